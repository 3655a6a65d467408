"""A small publication with one of everything, and what it must become, byte for byte.

After a change that is meant: ``python -m tests.golden``, and read the diff that git shows.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from feeds import __version__
from feeds.edges.content import Folder
from feeds.jobs.digest import files_of, make_digest
from feeds.model import Week
from tests.support import WEEK, built

PUBLICATION = Path(__file__).parent / "publication"
EXPECTED = Path(__file__).parent / "expected"
_VERSION = re.compile(rb'(<generator version=")[^"]*(")')


def everything() -> dict[str, bytes]:
    """Every file of the site and of both weeks' digests."""
    found = dict(built(PUBLICATION).files)
    for week in (WEEK, Week(2017, 48)):
        now = datetime(2026, 1, 1, tzinfo=UTC)
        digest = make_digest(Folder(PUBLICATION), week, now)
        assert digest.digest is not None
        found |= {f"mail/{output.path}": output.data for output in files_of(digest)}
    return found


def made() -> dict[str, bytes]:
    """What is compared; the version of the generator is left out of it."""
    found = everything()
    assert __version__.encode() in found["feed.atom"]
    for path in found:
        if path.endswith(".atom"):
            found[path] = _VERSION.sub(rb"\1VERSION\2", found[path])
    for name in ("style.css", "search.js"):  # word for word their templates
        del found[name]
    # Cards are looked at by tests of their own: pictures have no place in a repository's history.
    return {path: data for path, data in found.items() if not path.endswith(".png")}


def write() -> None:
    """Make the files that stand in ``expected/`` anew."""
    wanted = made()
    for path in EXPECTED.rglob("*"):
        if path.is_file() and path.relative_to(EXPECTED).as_posix() not in wanted:
            path.unlink()
    for name, data in wanted.items():
        path = EXPECTED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
