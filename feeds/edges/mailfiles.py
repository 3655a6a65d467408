"""The data about mail programs, and how it is renewed: ``python -m feeds.edges.mailfiles FILE``."""

import sys
from pathlib import Path

from feeds.check.mail.support import Support, support_of, vendored

_PATH = Path(__file__).parent.parent / "check" / "mail" / "caniemail.json"


def support() -> Support:
    """What mail programs show, as it is shipped."""
    return support_of(_PATH.read_text("utf-8"))


def renew(source: Path) -> None:
    """Take Can I email's data.json in; OSError or ValueError when it cannot be."""
    _PATH.write_text(vendored(source.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    renew(Path(sys.argv[1]))
