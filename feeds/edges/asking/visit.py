"""One host's addresses, asked one after the other: HEAD, then GET where HEAD is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from socket import socket
from threading import Lock
from types import TracebackType
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from feeds import __version__
from feeds.check.links.answers import Answer, File, Hop, Question
from feeds.check.links.references import Use
from feeds.edges.connecting import Deadline, location_of, watched_session
from feeds.edges.openweb import InsideError, Way, is_from
from feeds.errors import WorldError

_REDIRECTS = {301, 302, 303, 307, 308}
_MAX_REDIRECTS = 10
_MAX_RETRY_AFTER_S = 60.0
_MAX_FILE_BYTES = 4 << 30
_MAX_PICTURE_BYTES = 20 << 20
_BLOCK = 1 << 16
_CONNECT_S = 10.0
_BUSY = {429, 503}
# Of no host; whether what comes back names it, or everybody, is what is asked.
_ORIGIN = "https://player.example"
_FILES = {Use.ENCLOSURE, Use.TRANSCRIPT, Use.CHAPTERS}


class _Turns(Protocol):
    """Whose turn it is at a host."""

    def turn(self, url: str) -> Lock: ...
    def before(self, url: str) -> None: ...
    def after(self, url: str, at_least_s: float = 0.0) -> None: ...
    def refuse(self, url: str, status: int) -> None: ...
    def refused(self, url: str) -> int: ...


class Visit:
    """One thread's session."""

    def __init__(self, hosts: _Turns, limit_s: float, file_limit_s: float) -> None:
        self._hosts, self._limit_s, self._file_limit_s = hosts, limit_s, file_limit_s
        self._way, self._deadline = Way(), Deadline()
        self._session = watched_session(self._look, self._watch)
        self._session.headers["User-Agent"] = f"talkfeeds/{__version__} (check of links)"
        self._session.headers["Accept"] = "*/*"
        self._session.headers["Accept-Encoding"] = "identity"

    def __enter__(self) -> "Visit":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def _look(self, connection: socket) -> None:
        self._way.judge(connection)
        self._watch(connection)

    def _watch(self, connection: socket) -> None:
        self._deadline.watch(connection)

    def ask(self, question: Question) -> tuple[Answer, bytes]:
        """The answer, and the bytes of a picture that is to be looked at; never a WorldError."""
        url = question.url
        self._way = Way(outside=question.stranger)
        try:
            return self._whole(question)
        except InsideError:
            return Answer(url, trouble="it leads into a private network"), b""
        except _SlowError:
            return Answer(url, trouble="slow"), b""
        except _BusyError as busy:
            return Answer(url, busy.status), b""
        except _UnaskedError as unasked:
            return Answer(url, unasked.status, "unasked"), b""
        except WorldError as error:
            return Answer(url, trouble=error.cause), b""

    def _whole(self, question: Question) -> tuple[Answer, bytes]:
        answer, end = self._follow(question)
        if answer.is_good and question.uses & _FILES:
            return self._file(answer, end), b""
        if answer.is_good and Use.ART in question.uses:
            return answer, self._picture(end)
        return answer, b""

    def _follow(self, question: Question) -> tuple[Answer, str]:
        """Where the address leads, by HEAD and then by GET; and its last address."""
        answer, end = self._hops(question, "HEAD")
        if answer.trouble != "loop" and not answer.is_good:
            answer, end = self._hops(question, "GET")
        return answer, end

    def _hops(self, question: Question, method: str) -> tuple[Answer, str]:
        url = question.url
        hops: list[Hop] = []
        seen = {url}
        self._way.again()
        while True:
            self._way.may_lead_to(url)
            status, location = self._once(method, url)
            if status not in _REDIRECTS or not location:
                return Answer(question.url, status, hops=tuple(hops)), url
            try:
                url = urljoin(url, location)
            except ValueError as error:
                raise WorldError(question.url, "it leads to what is no web address") from error
            hops.append(Hop(status, url.partition("#")[0]))
            if url in seen or len(hops) > _MAX_REDIRECTS:
                return Answer(question.url, status, "loop", tuple(hops)), url
            seen.add(url)
            if urlsplit(url).scheme not in {"http", "https"}:
                raise WorldError(question.url, "it leads to what is no web address")

    def _once(self, method: str, url: str) -> tuple[int, str]:
        """Status and Location. Of a body nothing is read."""
        answer = self._request(method, url, {}, self._limit_s, _nothing)
        return answer.status_code, location_of(answer)

    def _file(self, answer: Answer, url: str) -> Answer:
        """HEAD, all of it, its first byte, and what lies behind its end."""
        head = self._part("HEAD", url)
        got_bytes = 0

        def count(block: bytes) -> bool:
            nonlocal got_bytes
            got_bytes += len(block)
            return got_bytes <= _MAX_FILE_BYTES

        whole = self._part("GET", url, {"Origin": _ORIGIN}, count)
        if whole.status_code != 200:
            return Answer(answer.url, whole.status_code, hops=answer.hops)
        first = self._part("GET", url, {"Range": "bytes=0-0"})
        beyond = self._part("GET", url, {"Range": f"bytes={got_bytes}-"})
        length = head.headers.get("Content-Length", "")
        file = File(
            type=whole.headers.get("Content-Type", ""),
            head_status=head.status_code,
            head_bytes=int(length[:19]) if length.isdecimal() else -1,
            got_bytes=got_bytes,
            range_status=first.status_code,
            range_said=first.headers.get("Content-Range", ""),
            beyond_status=beyond.status_code,
            origin=whole.headers.get("Access-Control-Allow-Origin", ""),
        )
        return Answer(answer.url, answer.status, hops=answer.hops, file=file)

    def _part(
        self,
        method: str,
        url: str,
        headers: dict[str, str] | None = None,
        take: Callable[[bytes], bool] | None = None,
    ) -> requests.Response:
        """One look at a file. What a busy server says is of the server, not of the file."""
        limit_s = self._limit_s if take is None else self._file_limit_s
        found = self._request(method, url, headers or {}, limit_s, take or _nothing)
        if found.status_code in _BUSY:
            raise _BusyError(found.status_code)
        return found

    def _picture(self, url: str) -> bytes:
        found = bytearray()

        def take(block: bytes) -> bool:
            found.extend(block)
            return len(found) <= _MAX_PICTURE_BYTES

        self._request("GET", url, {}, self._limit_s, take)
        return bytes(found)

    def _request(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        limit_s: float,
        take: Callable[[bytes], bool],
    ) -> requests.Response:
        """Asked once more after the time that a busy server names, when that is short."""
        answer = self._at_once(method, url, headers, limit_s, take)
        said = answer.headers.get("Retry-After", "")
        if answer.status_code in _BUSY and said:
            later_s = retry_after_s(said, datetime.now(UTC))
            if later_s > _MAX_RETRY_AFTER_S:
                self._hosts.refuse(url, answer.status_code)
                raise _BusyError(answer.status_code)
            self._hosts.after(url, later_s)
            answer = self._at_once(method, url, headers, limit_s, take)
        return answer

    def _at_once(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        limit_s: float,
        take: Callable[[bytes], bool],
    ) -> requests.Response:
        """One request in the host's turn; ``take`` gets the body until it has enough."""
        with self._hosts.turn(url):
            if status := self._hosts.refused(url):
                raise _UnaskedError(status)
            self._hosts.before(url)
            deadline = self._deadline = Deadline()
            deadline.begin(limit_s)
            try:
                with self._session.request(
                    method,
                    url,
                    headers=headers,
                    timeout=min(_CONNECT_S, limit_s),
                    stream=True,
                    allow_redirects=False,
                ) as answer:
                    if take is not _nothing and answer.status_code == 200:
                        self._read(answer, take)
            except requests.exceptions.Timeout as error:
                raise _SlowError from error
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                if is_from(error, InsideError):
                    raise InsideError from error
                if deadline.expired:
                    raise _SlowError from error
                raise WorldError(url, _reason(error)) from error
            finally:
                deadline.finish()
                # A server that closes without a word must not be met on the same connection.
                self._session.close()
                self._hosts.after(url)
            if deadline.expired:
                raise _SlowError
            return answer

    @staticmethod
    def _read(answer: requests.Response, take: Callable[[bytes], bool]) -> None:
        while block := answer.raw.read(_BLOCK):
            if not take(block):
                return


class _SlowError(Exception):
    """The time for one request is over."""


class _BusyError(Exception):
    """The host wants to be left alone, with this status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


class _UnaskedError(Exception):
    """The host had said with this status that it wants to be left alone."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(status)


def _nothing(_block: bytes) -> bool:
    """Of this body nothing is wanted."""
    return False


def retry_after_s(said: str, now: datetime) -> float:
    """Seconds from ``now`` of a Retry-After (RFC 9110 §10.2.3); 0 for what is none."""
    said = said.strip()
    if said.isdecimal():
        return float(said[:9])
    try:
        return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _reason(error: BaseException) -> str:
    """What kept a server from answering, in the words that the messages know."""
    text = repr(error)
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if "NameResolution" in text or "getaddrinfo" in text or "Name or service" in text:
        return "its name is unknown"
    if "refused" in text:
        return "nothing is there"
    if "RemoteDisconnected" in text or "IncompleteRead" in text or "reset" in text:
        return "it hangs up"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return "it is no address"
    return f"it cannot be reached ({type(error).__name__})"
