"""Saves in a publication, as they happen (watchfiles)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from watchfiles import Change, awatch

# Below the root, what a site is made of. The rest of it may be anybody's: a checkout, an archive.
_FOLDERS = ("content", "templates")


async def watch(root: Path, saved: Callable[[], None]) -> None:
    """Call ``saved`` after each burst of saves in ``content/`` and ``templates/``; never ends.

    What happens after this coroutine's first step is seen. Folders that are made, or take
    another's place, are watched from then on.
    """
    async with asyncio.TaskGroup() as group:
        below = group.create_task(_below(root, saved))
        async for found in _bursts(root, recursive=False):
            if any(Path(path).name in _FOLDERS for _, path in found):
                below.cancel()
                below = group.create_task(_below(root, saved))
                saved()


async def _below(root: Path, saved: Callable[[], None]) -> None:
    folders = [root / name for name in _FOLDERS if (root / name).is_dir()]
    if folders:
        async for _ in _bursts(*folders, recursive=True):
            saved()


async def _bursts(*folders: Path, recursive: bool) -> AsyncIterator[set[tuple[Change, str]]]:
    try:
        async for found in awatch(*folders, watch_filter=_wanted, recursive=recursive):
            yield found
    except OSError:
        # The system watches no more files for this user: then we look by ourselves.
        async for found in awatch(
            *folders, watch_filter=_wanted, recursive=recursive, force_polling=True
        ):
            yield found


def _wanted(_change: Change, path: str) -> bool:
    """Not what editors leave beside a file while they save it."""
    name = path.rpartition("/")[2]
    return not (name.startswith(".") or name.endswith(("~", ".swp", ".tmp")) or name == "4913")
