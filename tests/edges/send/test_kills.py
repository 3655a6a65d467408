"""Promise 9 under kill -9: nobody is lost, and nobody gets it twice without the operator's word.

The long form is scripts/kills.
"""

from pathlib import Path

import pytest

from tests.edges.send.kills import kill_again_and_again

CONNECTIONS = 4


@pytest.mark.slow
@pytest.mark.parametrize("chunking", [True, False])
@pytest.mark.parametrize(("settle", "kills"), [("reconcile", 8), ("skip", 6), ("resend", 6)])
def test_a_send_that_is_killed_again_and_again_reaches_everybody(
    tmp_path: Path, settle: str, kills: int, *, chunking: bool
) -> None:
    found = kill_again_and_again(
        tmp_path, kills, 400, settle, CONNECTIONS, seed=7, accept_delay_ms=10, chunking=chunking
    )
    assert found.killed == kills, "some runs ended before they were killed"
    assert found.lost == 0
    assert found.twice <= (CONNECTIONS * kills if settle == "resend" else 0)
    if settle != "skip":
        assert found.totals == {"sent": 400}
    for number in found.copies:
        assert found.states[number] in {"sent", "skipped"}
