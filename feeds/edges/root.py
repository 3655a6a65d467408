"""Where a publication is."""

from pathlib import Path

from feeds.errors import WorldError

SETTINGS = "content/publication.toml"


def find_root(start: Path) -> Path:
    """The nearest folder upwards from ``start`` that holds ``content/publication.toml``."""
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file():
            return folder
    remedy = "change into a publication, name one with --root, or make one with: talkfeeds new"
    raise WorldError(SETTINGS, f"is not in {start} or above it", remedy)
