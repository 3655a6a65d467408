"""A WebSub hub over HTTP, what it was told, and the feeds that a build left in ``public/``."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from feeds import __version__
from feeds.edges.connecting import StepSession
from feeds.edges.disk import write_files
from feeds.errors import WorldError
from feeds.model import Output
from feeds.text import one_line, shortened

STATE = "ping.json"
_FEEDS = ("feed.atom", "feed.json")
_PODCAST = "podcast.rss"
_MOST_BYTES = 2_000
_LATER = "nothing is lost, readers look by themselves too; run talkfeeds ping again later"
_ADDRESS = "correct [feed] hub in content/publication.toml"


class WebHub:
    """A hub, asked over one connection; ``timeout_s`` is how long it may be silent."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self.url, self.timeout_s = url, timeout_s
        self._session = StepSession()
        self._session.headers["User-Agent"] = f"talkfeeds/{__version__}"

    def tell(self, topic_url: str) -> str:
        """POST the news, as hubs have taken it since PubSubHubbub 0.4 §7, under both names.

        WebSub (§5) leaves the form to the hub. Empty when it was taken (2xx), the hub's reason
        when it was refused (4xx); WorldError for silence, redirects, 429 and 5xx.
        """
        form = {"hub.mode": "publish", "hub.topic": topic_url, "hub.url": topic_url}
        try:
            with self._session.post(
                self.url,
                data=form,
                timeout=self.timeout_s,
                allow_redirects=False,  # a POST that is redirected arrives as a GET
                stream=True,  # of a long answer only the beginning is read
            ) as answer:
                said = "" if answer.ok else _said(answer)
        except requests.Timeout as error:
            cause = f"did not answer within {self.timeout_s:g} s"
            raise WorldError(self.url, cause, _LATER) from error
        except requests.RequestException as error:
            cause = f"cannot be reached: {_reason(error)}"
            raise WorldError(self.url, cause, f"{_LATER}, or {_ADDRESS}") from error
        if answer.is_redirect or 300 <= answer.status_code < 400:
            target = answer.headers.get("Location", "")
            raise WorldError(self.url, f"has moved to {target or 'an unknown place'}", _ADDRESS)
        if answer.status_code in {408, 429} or answer.status_code >= 500:
            raise WorldError(self.url, f"is in trouble: {said}", _LATER)
        return said

    def close(self) -> None:
        """Hang up."""
        self._session.close()


def _said(answer: requests.Response) -> str:
    """``500 Internal Server Error: what the hub wrote``, on one line."""
    try:
        start = next(answer.iter_content(_MOST_BYTES), b"")
    except requests.RequestException:
        start = b""
    html = "html" in answer.headers.get("Content-Type", "")
    text = "" if html else one_line(start.decode("utf-8", "replace"))
    text = "".join(char for char in text if char.isprintable())
    status = f"{answer.status_code} {answer.reason or ''}".strip()
    return f"{status}: {shortened(text, 200)}" if text else status


def _reason(error: BaseException) -> str:
    """The innermost cause, which names what happened: ``connection refused``."""
    reason: Any = error
    while inner := (getattr(reason, "reason", None) or reason.__context__ or reason.__cause__):
        if not isinstance(inner, BaseException):
            break
        reason = inner
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return shortened(one_line(str(reason)), 200) or type(reason).__name__


class BuiltFeeds:
    """The feeds in an output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def feeds(self) -> dict[str, str]:
        """Subscription documents by their path, those of the whole publication first.

        A private podcast lies deeper than the one that everybody may know, and is not among them.
        """
        found = [path for name in _FEEDS for path in self.folder.rglob(name)]
        found += self.folder.glob(_PODCAST)
        paths = [path.relative_to(self.folder).as_posix() for path in found if path.is_file()]
        if not paths:
            remedy = "run talkfeeds build first, or name its folder with --output"
            raise WorldError(str(self.folder), "holds no feeds", remedy)
        ordered = sorted(paths, key=lambda path: (path.count("/"), path))
        return {path: _digest(self.folder / path) for path in ordered}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        cause = f"cannot be read: {(error.strerror or str(error)).lower()}"
        raise WorldError(str(path), cause, "change its permissions") from error


class Told:
    """What a hub was told, in ``.talkfeeds/ping.json``: losing it only tells everything again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / STATE

    def told(self, hub_url: str) -> dict[str, str]:
        """Digests by the feeds' URLs; empty for another hub, and for a file that is not ours."""
        try:
            found = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            cause = f"cannot be read: {(error.strerror or str(error)).lower()}"
            raise WorldError(str(self.path), cause, "change its permissions") from error
        except ValueError:
            return {}
        if not isinstance(found, dict) or found.get("hub") != hub_url:
            return {}
        told = found.get("told")
        return {str(url): str(seen) for url, seen in told.items()} if isinstance(told, dict) else {}

    def remember(self, hub_url: str, told: Mapping[str, str]) -> None:
        """Written beside and renamed."""
        text = json.dumps({"hub": hub_url, "told": dict(sorted(told.items()))}, indent=1)
        write_files(self.path.parent, [Output(self.path.name, f"{text}\n".encode())])
