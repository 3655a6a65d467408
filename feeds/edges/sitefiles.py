"""A site's files to check links in: what holds links, what lies there, how large it is."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from feeds.check.documents import Target
from feeds.edges.feedfiles import Shelves, is_address, is_file, is_folder
from feeds.errors import WorldError

_LINKING = {
    ".atom", ".css", ".eml", ".htm", ".html", ".json", ".opml", ".rdf", ".rss", ".xml",
}  # fmt: skip
_NAMED = {"robots.txt"}


class Sites(Shelves):
    """Fulfils the Shelf of the job that checks links."""

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

    def files(self, folder: str) -> Collection[str]:
        """The paths below a folder, sorted; hidden ones are there too, but no hidden folders'.

        Except ``.well-known``, which is no secret (RFC 8615).
        """
        found: list[str] = []
        for here, folders, names in os.walk(folder):
            folders[:] = sorted(
                one for one in folders if not one.startswith(".") or one == ".well-known"
            )
            inside = os.path.relpath(here, folder).replace(os.sep, "/")
            prefix = "" if inside == "." else f"{inside}/"
            # What is no file, such as a pipe, is nothing that a visitor could get.
            found += [f"{prefix}{name}" for name in sorted(names) if is_file(Path(here, name))]
        return found

    def peek(self, name: str, most: int) -> tuple[int, bytes]:
        """A file's size in bytes and its first ones, or WorldError."""
        try:
            with Path(name).open("rb") as file:
                return os.fstat(file.fileno()).st_size, file.read(most)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WorldError(name, reason.lower()) from error
