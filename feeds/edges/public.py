"""Which folders everybody reads: what is private has no place there.

Apart from what writes them, as whoever opens a database or a log asks this alone.
"""

import os
from pathlib import Path

from feeds.errors import WorldError

# Says that a folder's contents are ours to replace and remove.
MARKER = ".talkfeeds-output"


def refuse_public(path: Path, remedy: str) -> None:
    """WorldError for a path in a folder that everybody reads, and that the next build clears.

    Those are ``public/`` of any publication, made or not, and whatever a build has marked.
    """
    real = Path(os.path.realpath(path))
    for folder in (real, *real.parents):
        beside = folder.parent / "content" / "publication.toml"
        # Not Path.exists: that raises for a folder that is closed to us.
        if os.path.exists(folder / MARKER) or (folder.name == "public" and os.path.exists(beside)):  # noqa: PTH110
            cause = f"is below {folder}/, which everybody reads and the next build clears"
            raise WorldError(str(path), cause, remedy)
