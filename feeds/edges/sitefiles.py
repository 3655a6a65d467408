"""A site's files to check links in: what holds links, what lies there, how large it is."""

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from feeds.check.documents import Target
from feeds.edges.feedfiles import Shelves, is_address, is_file, is_folder
from feeds.errors import WorldError

_LINKING = {
    ".atom", ".css", ".eml", ".htm", ".html", ".js", ".json", ".mjs", ".opml", ".rdf", ".rss",
    ".xml",
}  # fmt: skip
_NAMED = {"robots.txt"}


class Files(Collection[str]):
    """The paths below a folder, sorted; hidden ones are there too, but no hidden folders'.

    Except ``.well-known``, which is no secret (RFC 8615). Whether one is among them is looked up
    where it lies: a feed that says that it lies in one's home does not have that listed.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._listed: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def __iter__(self) -> Iterator[str]:
        for here, folders, names in os.walk(self._folder):
            folders[:] = sorted(one for one in folders if _is_open(one))
            inside = os.path.relpath(here, self._folder).replace(os.sep, "/")
            prefix = "" if inside == "." else f"{inside}/"
            # What is no file, such as a pipe, is nothing that a visitor could get.
            for name in sorted(names):
                if is_file(Path(here, name)):
                    yield f"{prefix}{name}"

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __contains__(self, path: object) -> bool:
        *folders, name = str(path).split("/")
        here = ""
        for folder in folders:
            if folder not in self._names(here)[0]:
                return False
            here += f"/{folder}"
        return name in self._names(here)[1]

    def _names(self, here: str) -> tuple[frozenset[str], frozenset[str]]:
        """The folders and the files in one folder, by their letters: case tells them apart."""
        found = self._listed.get(here)
        if found is None:
            folders, files = set(), set()
            with suppress(OSError), os.scandir(f"{self._folder}{here}") as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False) and _is_open(entry.name):
                        folders.add(entry.name)
                    elif is_file(entry.path):
                        files.add(entry.name)
            found = self._listed[here] = frozenset(folders), frozenset(files)
        return found


def _is_open(folder: str) -> bool:
    return not folder.startswith(".") or folder == ".well-known"


class Sites(Shelves):
    """Fulfils the Shelf of the job that checks links. ``twice`` is that of Shelves."""

    def __init__(self, *, twice: bool = False) -> None:
        super().__init__(twice=twice)
        self._files: dict[str, Files] = {}

    def linking(self, names: Iterable[str]) -> Iterator[Target]:
        """Files and addresses as they are named; of a folder, what may hold links, sorted."""
        for name in names:
            if is_address(name) or not is_folder(name):
                yield Target(name)
                continue
            folder = name.rstrip("/") or name
            for path in self.files(folder):
                end = path.rpartition("/")[2]
                if Path(end).suffix.lower() in _LINKING or end in _NAMED:
                    yield Target(f"{folder}/{path}", found=True)

    def files(self, folder: str) -> Files:
        """The paths of all files below a folder."""
        return self._files.setdefault(folder, Files(folder))

    def peek(self, name: str, most: int) -> tuple[int, bytes]:
        """A file's size in bytes and its first ones, or WorldError."""
        try:
            with Path(name).open("rb") as file:
                return os.fstat(file.fileno()).st_size, file.read(most)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WorldError(name, reason.lower()) from error
