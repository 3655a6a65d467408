"""YouTube through yt-dlp, as a library; fulfils the fetch's Tube. Nothing else loads yt-dlp.

One look costs YouTube's page and player once; download, subtitles and picture go on from what it
gave. Pauses between requests are yt-dlp's own. A host is asked by one thread at a time.
"""

import glob
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Event, Lock
from typing import Any
from urllib.parse import urlsplit

from yt_dlp import YoutubeDL
from yt_dlp.cookies import YoutubeDLCookieJar
from yt_dlp.networking import Request, Response
from yt_dlp.networking.common import RequestHandler
from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import DownloadCancelled, YoutubeDLError

from feeds.edges.machine import runtimes
from feeds.edges.youtube.reading import facts_of, language_of, spoken
from feeds.edges.youtube.saying import Refused, answer_of, said_of, without_formats
from feeds.errors import WorldError
from feeds.recordings import Answer, Outcome, Seen, Stopped, Taken, Words

# itag 140 is YouTube's AAC at 128 kbit/s, 251 its Opus.
FORMATS = {
    "m4a": "140/bestaudio[ext=m4a]",
    "mp3": "140/bestaudio[ext=m4a]/bestaudio",
    "opus": "251/bestaudio[acodec=opus]/140/bestaudio",
}
_HOST = "www.youtube.com"
_MAX_LANGUAGES = 10
_MAX_SUBTITLES_BYTES, _MAX_PICTURE_BYTES = 8_000_000, 8_000_000
_NOT_YET = {
    "is_upcoming": Outcome.PREMIERE,
    "is_live": Outcome.LIVE,
    "post_live": Outcome.LIVE,
}
_PATIENCE = 10
_NOT_THAT_RANGE = 416
_PICTURES = 4  # of those that YouTube may have, this many are asked for, the largest first


class _Listener(YoutubeDL):  # type: ignore[misc] # yt-dlp publishes no types
    """yt-dlp that remembers its warnings and what servers refused."""

    def __init__(
        self,
        params: dict[str, Any],
        handlers: Sequence[type[RequestHandler]],
        stopped: Callable[[], bool],
    ) -> None:
        self.warnings: list[str] = []
        self.refused: list[Refused] = []
        self.own_handlers, self.stopped = handlers, stopped
        # Requests that brought not a byte: where a connection is cut at once, yt-dlp asks for
        # the same piece of a file for ever (downloader/http.py, NextFragment).
        self.fruitless, self.patience = 0, 0
        super().__init__({**params, "logger": _Log(self.warnings)}, auto_init="no_verbose_header")

    def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
        return super().build_request_director(self.own_handlers or handlers, preferences)

    def urlopen(self, req: Request | str) -> Response:
        if self.stopped():
            raise DownloadCancelled("stopped")
        self.fruitless += 1
        try:
            if self.patience and self.fruitless > self.patience:
                # No TransportError: that one would be tried again, and leaves a file open.
                raise RequestError(f"{self.patience} connections ended without a byte")
            return super().urlopen(req)
        except HTTPError as error:
            headers = error.response.headers
            pause = pause_s(headers.get("Retry-After", ""), headers.get("Date", ""))
            self.refused.append(Refused(error.status, said_of(str(error)), pause))
            raise
        except RequestError as error:
            self.refused.append(Refused(0, said_of(str(error))))
            raise


class _Log:
    """yt-dlp's logger: warnings are kept, the rest is not worth a line."""

    def __init__(self, warnings: list[str]) -> None:
        self.warnings = warnings

    def debug(self, message: str) -> None:
        pass

    def info(self, message: str) -> None:
        pass

    def warning(self, message: str) -> None:
        self.warnings.append(message)

    def error(self, message: str) -> None:
        pass


class YouTube:
    """Downloads go below ``folder``, yt-dlp's cache below ``cache``. ``pause_s`` lies between
    requests. ``handlers`` take the place of yt-dlp's own ways to the network."""

    def __init__(
        self,
        folder: Path,
        cache: Path,
        *,
        cookies: str = "",
        pause_s: float = 3,
        timeout_s: float = 20,
        handlers: Sequence[type[RequestHandler]] = (),
    ) -> None:
        self.folder, self.handlers = folder, handlers
        self._shut, self._stopped = Event(), Event()
        self._hosts: dict[str, Lock] = {}
        self._lock = Lock()
        self._first = True
        self._cookies = _read_cookies(Path(cookies)) if cookies else ""
        self.params: dict[str, Any] = {
            "quiet": True,
            "noprogress": True,
            "color": "never",
            "noplaylist": True,
            "cachedir": str(cache),
            # Without those that hang: yt-dlp would wait for them.
            "js_runtimes": {one.name: {} for one in runtimes() if one.version},
            "outtmpl": {"default": f"{_plain(folder)}/%(id)s.%(format_id)s.%(ext)s"},
            "continuedl": True,
            "updatetime": False,
            "fixup": "never",
            "retries": 3,
            "fragment_retries": 3,
            "extractor_retries": 2,
            "socket_timeout": timeout_s,
            "sleep_interval_requests": pause_s,
            "sleep_interval": pause_s,
            "max_sleep_interval": 2 * pause_s,
        }

    def done(self, seen: Seen) -> None:
        """Close its connections."""
        if isinstance(seen.handle, tuple):
            seen.handle[0].close()

    def shut(self) -> None:
        """Look at nothing more; what was looked at may be fetched to its end."""
        self._shut.set()

    def stop(self) -> None:
        """Ask nothing more; a download ends at its next block, and can be resumed."""
        self._shut.set()
        self._stopped.set()

    def look(self, youtube_id: str, format: str) -> Seen:
        """The facts, and whether its sound could be fetched. Nothing is downloaded."""
        return self.look_at(f"https://{_HOST}/watch?v={youtube_id}", format)

    def look_at(self, url: str, format: str) -> Seen:
        """The same for any URL that yt-dlp knows."""
        ydl = self._open(format)
        try:
            return self._look_at(ydl, url)
        except (DownloadCancelled, Stopped):
            raise Stopped from None
        except Exception as error:  # noqa: BLE001 # what yt-dlp did not expect of YouTube
            return Seen(answer_of(error, ydl.refused, ydl.warnings))

    def _look_at(self, ydl: _Listener, url: str) -> Seen:
        with self._alone(urlsplit(url).hostname or ""):
            if self._shut.is_set():  # while we waited for our turn
                raise Stopped
            # Unprocessed: later steps fill in titles and dates that nobody said.
            info = ydl.extract_info(url, download=False, process=False)
        if info is None or info.get("_type", "video") != "video":
            return Seen(Answer(Outcome.UNKNOWN, "is no single recording"))
        facts = facts_of(info)
        playable = [one for one in info.get("formats") or () if one.get("acodec") != "none"]
        answer = Answer(Outcome.OK)
        if facts.live_status in _NOT_YET:
            answer = Answer(_NOT_YET[facts.live_status], f"live status: {facts.live_status}")
        elif not playable and not info.get("url"):
            runtime = any(one.supported for one in runtimes())
            answer = without_formats(ydl.refused, ydl.warnings, runtime=runtime)
        return Seen(answer, facts, _size(playable), (ydl, info))

    def fetch(self, seen: Seen, told: Callable[[int, int], None]) -> Taken:
        """Download the sound; ``.part`` files of earlier runs go on where they ended."""
        assert isinstance(seen.handle, tuple)
        ydl, info = seen.handle
        self.folder.mkdir(parents=True, exist_ok=True)

        def hear(state: dict[str, Any]) -> None:
            if self._stopped.is_set():
                raise DownloadCancelled("stopped")
            ydl.fruitless = 0
            total = state.get("total_bytes") or state.get("total_bytes_estimate") or 0
            told(int(state.get("downloaded_bytes") or 0), int(total))

        ydl.add_progress_hook(hear)
        taken = self._download(ydl, info)
        if any(one.status == _NOT_THAT_RANGE for one in ydl.refused):
            # A run ended between the last byte and the renaming. yt-dlp means to begin anew, but
            # its second request repeats the first one's Range (downloader/http.py, 2026.10).
            for part in self.folder.glob(f"{glob.escape(str(info['id']))}.*.part"):
                part.unlink()
            taken = self._download(ydl, info)
        return taken

    def _download(self, ydl: _Listener, info: dict[str, Any]) -> Taken:
        ydl.refused.clear()
        ydl.fruitless, ydl.patience = 0, _PATIENCE
        try:
            offered = info.get("formats") or [info]
            host = next((_host(one) for one in offered if _host(one)), "")
            with self._alone(host):
                done = ydl.process_ie_result(dict(info), download=True)
        except DownloadCancelled:
            raise Stopped from None
        except Exception as error:  # noqa: BLE001 # see look_at
            return Taken(answer_of(error, ydl.refused, ydl.warnings))
        files = (done or {}).get("requested_downloads") or ()
        if not files or not Path(files[0].get("filepath", "")).is_file():
            return Taken(Answer(Outcome.UNKNOWN, "yt-dlp gave no file and no reason"))
        return Taken(Answer(Outcome.OK), files[0]["filepath"])

    def subtitles(self, seen: Seen) -> tuple[Answer, tuple[Words, ...]]:
        """WebVTT of those that people wrote; without any, a machine's in the spoken language."""
        assert isinstance(seen.handle, tuple)
        ydl, info = seen.handle
        try:
            return self._subtitles(ydl, info)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 # see look_at
            return answer_of(error, [], []), ()

    def _subtitles(self, ydl: _Listener, info: dict[str, Any]) -> tuple[Answer, tuple[Words, ...]]:
        written = {
            name: tracks
            for name, tracks in (info.get("subtitles") or {}).items()
            if language_of(name)  # live_chat is none
        }
        automatic, odd = not written, ""
        found: dict[str, Words] = {}
        for name, tracks in sorted((written or spoken(info)).items()):
            language = language_of(name)
            url = next((one["url"] for one in tracks if one.get("ext") == "vtt"), "")
            if not url or not language or language in found or len(found) == _MAX_LANGUAGES:
                continue
            answer, data = self._get(ydl, url, _MAX_SUBTITLES_BYTES)
            if answer.outcome is not Outcome.OK:
                return answer, tuple(found.values())
            if not data.lstrip(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
                odd = f"subtitles in {language} are no WebVTT"
                continue
            if b"-->" not in data:  # WebVTT §4.1: it stands in every cue, and nowhere else
                odd = f"subtitles in {language} hold no cue"
                continue
            found[language] = Words(language, data, automatic)
        answer = Answer(Outcome.UNKNOWN, odd) if odd else Answer(Outcome.OK)
        return answer, tuple(found.values())

    def thumbnail(self, seen: Seen) -> tuple[Answer, bytes]:
        """The largest JPEG that is there."""
        assert isinstance(seen.handle, tuple)
        ydl, info = seen.handle
        try:
            return self._thumbnail(ydl, info)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001 # see look_at
            return answer_of(error, [], []), b""

    def _thumbnail(self, ydl: _Listener, info: dict[str, Any]) -> tuple[Answer, bytes]:
        offered = sorted(info.get("thumbnails") or (), key=_rank, reverse=True)
        # The largest may not be there; the one that YouTube itself named is, and comes last.
        urls = [one["url"] for one in offered if _is_jpeg(one.get("url", ""))][:_PICTURES]
        urls += [url for url in (info.get("thumbnail"),) if url and _is_jpeg(url)]
        answer = Answer(Outcome.UNKNOWN, "no JPEG is offered")
        for url in dict.fromkeys(urls):
            answer, data = self._get(ydl, url, _MAX_PICTURE_BYTES)
            if answer.outcome is Outcome.OK and data.startswith(b"\xff\xd8\xff"):
                return answer, data
            if answer.outcome is Outcome.RATE_LIMIT:
                break
            answer = (
                answer if answer.said else Answer(Outcome.UNKNOWN, said_of(f"{url} is no JPEG"))
            )
        return answer, b""

    def _get(self, ydl: _Listener, url: str, limit_bytes: int) -> tuple[Answer, bytes]:
        ydl.refused.clear()
        ydl.patience = 0
        try:
            with self._alone(urlsplit(url).hostname or ""), ydl.urlopen(Request(url)) as response:
                data: bytes = response.read(limit_bytes + 1)
        except DownloadCancelled:
            raise Stopped from None
        except (YoutubeDLError, OSError) as error:
            return answer_of(error, ydl.refused, []), b""
        if len(data) > limit_bytes:
            said = said_of(f"{url} is larger than {limit_bytes:,} bytes")
            return Answer(Outcome.UNKNOWN, said), b""
        return Answer(Outcome.OK), data

    def _open(self, format: str) -> _Listener:
        params = {**self.params, "format": FORMATS[format]}
        if self._cookies:
            # A copy for each: yt-dlp writes cookies back, and several would into one file.
            params["cookiefile"] = io.StringIO(self._cookies)
        ydl = _Listener(params, self.handlers, self._stopped.is_set)
        # yt-dlp pauses before each request but its first, and a recording is a yt-dlp here.
        with self._lock:
            ydl._first_webpage_request, self._first = self._first, False
        return ydl

    @contextmanager
    def _alone(self, host: str) -> Iterator[None]:
        with self._lock:
            lock = self._hosts.setdefault(host, Lock())
        with lock:
            yield


def pause_s(retry_after: str, date: str) -> float | None:
    """``Retry-After`` in seconds (RFC 9110 §10.2.3); a moment counts from the answer's ``Date``."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        pause = parsedate_to_datetime(retry_after) - parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    return max(pause.total_seconds(), 0.0)


def _read_cookies(path: Path) -> str:
    """A cookies file's text; WorldError for one that yt-dlp would not take."""
    try:
        text = path.read_text("utf-8", errors="replace")
        YoutubeDLCookieJar(io.StringIO(text)).load()
    except OSError as error:
        # A LoadError is one as well, without a number; it speaks of addresses in memory.
        cause = "cannot be read" if error.errno else "is no cookies file"
        raise WorldError(str(path), cause, "export it as Netscape's cookies.txt") from None
    return text


def _plain(folder: Path) -> str:
    """A folder's name in one of yt-dlp's templates."""
    return str(folder).replace("%", "%%")


def _size(formats: list[dict[str, Any]]) -> int | None:
    """What the sound will take: the largest that has no pictures, in bytes."""
    bare = [one for one in formats if one.get("vcodec") == "none"]
    sizes = [one.get("filesize") or one.get("filesize_approx") or 0 for one in bare]
    return max(map(int, sizes), default=0) or None


def _host(format: dict[str, Any]) -> str:
    return urlsplit(format.get("url") or "").hostname or ""


def _rank(picture: dict[str, Any]) -> tuple[int, int]:
    return picture.get("preference") or -99, (picture.get("width") or 0)


def _is_jpeg(url: str) -> bool:
    return urlsplit(url).path.endswith(".jpg")
