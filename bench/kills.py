"""The long form of tests/edges/send/test_kills.py: 200 kills over 20,000 recipients, each way."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.edges.send.kills import SETTLE, kill_again_and_again


def main() -> int:
    """Print what came of it; 1 when somebody was lost, or got it twice without the word."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--settle", choices=[*SETTLE, "all"], default="all")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--chunking", action="store_true", help="the relay takes one packet a letter"
    )
    options = parser.parse_args()
    failed = 0
    for settle in SETTLE if options.settle == "all" else [options.settle]:
        with tempfile.TemporaryDirectory() as folder:
            found = kill_again_and_again(
                Path(folder),
                options.kills,
                options.recipients,
                settle,
                options.connections,
                options.seed,
                chunking=options.chunking,
            )
        print(
            f"{settle}: {found.killed} kills in {found.runs} runs, {found.recipients:,} "
            f"recipients: lost {found.lost}, twice {found.twice}, ledger {found.totals}",
            flush=True,
        )
        most = options.connections * found.killed if settle == "resend" else 0
        failed += found.lost != 0 or found.twice > most
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
