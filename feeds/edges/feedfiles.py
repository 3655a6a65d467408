"""Documents to check: files, folders, and addresses fetched politely.

A fetch takes http and https only, follows few redirects (and none from the open net into a
private one), waits and reads within limits, and says who asks.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from feeds import __version__
from feeds.check.documents import Target
from feeds.check.documents.tree import MAX_BYTES
from feeds.errors import WorldError

if TYPE_CHECKING:
    import socket

    import requests

    from feeds.edges.openweb import Way

_SUFFIXES = {".atom", ".rss", ".xml", ".rdf", ".json", ".opml"}
_MAX_REDIRECTS = 5
_BLOCK = 1 << 16
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|file:", re.IGNORECASE)
_REDIRECTS = {301, 302, 303, 307, 308}


def is_address(name: str) -> bool:
    """Whether ``name`` is an address to fetch, rather than a path."""
    return name.lower().startswith(("http://", "https://"))


def is_folder(name: str | Path) -> bool:
    """Whether there is a folder of that name; no where nobody may know."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def is_file(name: str | Path) -> bool:
    """Whether there is a file of that name; no where nobody may know."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def catalogs() -> Mapping[str, str]:
    """The ``.po`` texts of the messages about documents, by language."""
    folder = Path(__file__).parent.parent / "locale" / "check"
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.po"))}


class Shelves:
    """Fulfils the check's Library. ``limit_s`` is for one whole fetch.

    With ``twice`` what was fetched is kept for the second who reads it.
    """

    def __init__(
        self, limit_s: float = 30.0, limit_bytes: int = MAX_BYTES, *, twice: bool = False
    ) -> None:
        self.limit_s, self.limit_bytes, self._twice = limit_s, limit_bytes, twice
        self._kept: dict[str, bytes] = {}
        self._outside: dict[str, bool] = {}
        self._types: dict[str, str] = {}

    def is_from_outside(self, name: str) -> bool:
        """Whether a document that was read came from the open net, by what sent it."""
        return self._outside.get(name, False)

    def content_type(self, name: str) -> str:
        """What the server said that a document is, with its parameters; empty for a file."""
        return self._types.get(name, "")

    def targets(self, names: Iterable[str]) -> Iterator[Target]:
        """Files and addresses as they are named; of a folder, what may be a feed, sorted."""
        for name in names:
            if is_address(name) or not is_folder(name):
                yield Target(name)
                continue
            for folder, folders, files in os.walk(Path(name)):
                folders[:] = sorted(one for one in folders if not one.startswith("."))
                for file in sorted(files):
                    found = Path(folder) / file
                    is_one = found.suffix.lower() in _SUFFIXES and not file.startswith(".")
                    # A pipe that nobody writes into would be read for ever.
                    if is_one and is_file(found):
                        yield Target(found.as_posix(), found=True)

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return is_file(name)

    def read(self, name: str) -> bytes:
        """The document, or WorldError."""
        if name in self._kept:
            return self._kept.pop(name)
        if is_address(name):
            found = self._fetch(name)
            if self._twice:
                self._kept[name] = found
            return found
        if _SCHEME.match(name) and not Path(name).exists():
            raise WorldError(name, "only http and https are fetched")
        try:
            if not _is_readable(name):
                raise WorldError(name, "is neither a file nor a folder")
            with Path(name).open("rb") as file:
                # One more than allowed: whoever reads it says that it is too large.
                return file.read(self.limit_bytes + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WorldError(name, reason.lower()) from error

    def _fetch(self, url: str) -> bytes:
        import requests
        from urllib3.exceptions import HTTPError

        from feeds.edges.connecting import Deadline, watched_session
        from feeds.edges.openweb import InsideError, Way, is_from

        way, deadline = Way(), Deadline()

        def look(connection: "socket.socket") -> None:
            way.judge(connection)
            deadline.watch(connection)

        until = monotonic() + self.limit_s
        deadline.begin(self.limit_s)
        try:
            with watched_session(look, deadline.watch) as session:
                session.headers["User-Agent"] = f"talkfeeds/{__version__} (check)"
                session.headers["Accept"] = (
                    "application/atom+xml, application/rss+xml, application/feed+json, "
                    "application/xml;q=0.9, application/json;q=0.9, */*;q=0.1"
                )
                found = self._follow(session, url, until, way)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if is_from(error, InsideError):
                raise WorldError(url, str(InsideError())) from error
            if deadline.expired:
                raise self._slow(url) from error
            if isinstance(error, requests.RequestException | HTTPError):
                raise WorldError(url, f"no answer ({type(error).__name__})") from error
            raise WorldError(url, str(error).lower()) from error
        finally:
            deadline.finish()
        if deadline.expired:
            raise self._slow(url)
        self._outside[url] = way.outside
        return found

    def _slow(self, url: str) -> WorldError:
        return WorldError(url, f"took longer than {self.limit_s:g} s")

    def _follow(self, session: "requests.Session", url: str, until: float, way: "Way") -> bytes:
        from feeds.edges.connecting import location_of

        start = url
        for _ in range(_MAX_REDIRECTS + 1):
            left = until - monotonic()
            if left <= 0:
                raise self._slow(start)
            way.may_lead_to(url)
            with session.get(
                url, timeout=min(10.0, left), stream=True, allow_redirects=False
            ) as answer:
                if answer.status_code in _REDIRECTS and (location := location_of(answer)):
                    url = urljoin(url, location)
                    if not is_address(url):
                        raise WorldError(start, "leads to what is no web address")
                    # Another request is another connection, which is judged anew.
                    session.close()
                    continue
                if answer.status_code != 200:
                    raise WorldError(start, f"answers {answer.status_code}")
                self._types[start] = answer.headers.get("Content-Type", "")
                return self._body(answer, start, until)
        raise WorldError(start, f"redirects more than {_MAX_REDIRECTS} times")

    def _body(self, answer: "requests.Response", start: str, until: float) -> bytes:
        found = bytearray()
        # One receive at a time: whoever sends a letter a minute is not waited for.
        while block := answer.raw.read1(_BLOCK, decode_content=True):
            found += block
            if len(found) > self.limit_bytes:
                raise WorldError(start, f"has more than {self.limit_bytes:,} bytes")
            if monotonic() > until:
                raise self._slow(start)
        return bytes(found)


def _is_readable(name: str) -> bool:
    """Whether ``name`` can be read to an end: a file, or what was opened for us already.

    A named pipe would be waited for until somebody writes into it, a device may have no end.
    """
    opened = name == "/dev/stdin" or name.startswith(("/dev/fd/", "/proc/self/fd/"))
    mode = Path(name).stat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or opened
