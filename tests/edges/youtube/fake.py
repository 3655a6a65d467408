"""A YouTube on this machine: yt-dlp's own extractor asks it, through yt-dlp's own seam.

``handler_of`` gives the only way to the network that a test's yt-dlp has: youtube.com's watch
page, player and browse API are answered from a ``Video``, 127.0.0.1 is really asked, and every
other host is refused and written down.
"""

import io
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from yt_dlp.networking import Request, RequestHandler, Response
from yt_dlp.networking._urllib import UrllibRH
from yt_dlp.networking.exceptions import HTTPError, TransportError

CHANNEL = "UC" + "a" * 22


@dataclass
class Video:
    """What YouTube says of one id. ``reason`` and ``subreason`` are its own sentences; ``odd``
    is put into the player's answer last."""

    title: str = "Running MySQL on Kubernetes"
    status: str = "OK"
    reason: str = ""
    subreason: str = ""
    seconds: int = 1800
    audio_url: str = ""
    audio_bytes: int = 0
    live: dict[str, Any] = field(default_factory=dict)
    formats: bool = True
    details: bool = True
    captcha: bool = False
    description: str = "About databases.\n0:00 Hello\n1:30 Pets and cattle\n20:00 Questions\n"
    tracks: list[dict[str, Any]] = field(default_factory=list)
    thumbnail_url: str = ""
    player_status: int = 200
    page_status: int = 200
    retry_after: str = ""
    available_in: list[str] = field(default_factory=list)
    odd: dict[str, Any] = field(default_factory=dict)


def player(youtube_id: str, video: Video) -> dict[str, Any]:
    """The player API's answer, and the watch page's ``ytInitialPlayerResponse``."""
    playability: dict[str, Any] = {"status": video.status}
    if video.reason:
        playability["reason"] = video.reason
    if video.subreason:
        renderer = {
            "reason": {"simpleText": video.reason},
            "subreason": {"simpleText": video.subreason},
        }
        playability["errorScreen"] = {"playerErrorMessageRenderer": renderer}
    if video.captcha:
        playability["errorScreen"] = {"playerCaptchaViewModel": {"challengeHtml": "<div/>"}}
    found: dict[str, Any] = {"playabilityStatus": playability}
    if video.details:
        found["videoDetails"] = {
            "videoId": youtube_id,
            "title": video.title,
            "lengthSeconds": str(video.seconds),
            "channelId": CHANNEL,
            "author": "CNCF",
            "shortDescription": video.description,
            "isLiveContent": False,
            "isPrivate": False,
            "viewCount": "7",
            **video.live,
        }
        found["microformat"] = {
            "playerMicroformatRenderer": {
                "title": {"simpleText": video.title},
                "uploadDate": "2017-12-15T05:34:39-08:00",
                "isUnlisted": False,
                "isFamilySafe": True,
                "externalChannelId": CHANNEL,
                "availableCountries": video.available_in,
                "thumbnail": {"thumbnails": _pictures(video)},
            }
        }
    if video.tracks:
        found["captions"] = {"playerCaptionsTracklistRenderer": {"captionTracks": video.tracks}}
    if video.formats and video.status == "OK":
        found["streamingData"] = {
            "expiresInSeconds": "21540",
            "adaptiveFormats": [
                {
                    "itag": 140,
                    "url": video.audio_url or "http://127.0.0.1:9/audio.m4a",
                    "mimeType": 'audio/mp4; codecs="mp4a.40.2"',
                    "bitrate": 130_000,
                    "contentLength": str(video.audio_bytes),
                    "approxDurationMs": str(video.seconds * 1000),
                    "audioQuality": "AUDIO_QUALITY_MEDIUM",
                    "audioSampleRate": "44100",
                    "audioChannels": 2,
                }
            ],
        }
    _put_into(found, video.odd)
    return found


def _put_into(found: dict[str, Any], odd: dict[str, Any]) -> None:
    """What the player says otherwise than usual."""
    for key, value in odd.items():
        if isinstance(value, dict) and isinstance(found.get(key), dict):
            _put_into(found[key], value)
        else:
            found[key] = value


def page(youtube_id: str, video: Video) -> bytes:
    """The watch page: settings, the player's first answer, and what stands around it."""
    config = {
        "INNERTUBE_API_KEY": "key",
        "INNERTUBE_CONTEXT": {"client": {"clientName": "WEB", "clientVersion": "2.20260708.00.00"}},
        "VISITOR_DATA": "visitor",
    }
    around = {
        "contents": {
            "twoColumnWatchNextResults": {
                "results": {
                    "results": {
                        "contents": [
                            {"videoPrimaryInfoRenderer": {"title": {"simpleText": video.title}}},
                            {
                                "videoSecondaryInfoRenderer": {
                                    "owner": {
                                        "videoOwnerRenderer": {"title": {"simpleText": "CNCF"}}
                                    },
                                    "metadataRowContainer": {
                                        "metadataRowContainerRenderer": {"rows": [_license_row()]}
                                    },
                                }
                            },
                        ]
                    }
                }
            }
        }
    }
    return (
        "<!doctype html><html><head><title>YouTube</title></head><body>"
        f"<script>ytcfg.set({json.dumps(config)});</script>"
        f"<script>var ytInitialPlayerResponse = {json.dumps(player(youtube_id, video))};</script>"
        f"<script>var ytInitialData = {json.dumps(around)};</script>"
        "</body></html>"
    ).encode()


def _license_row() -> dict[str, Any]:
    text = "Creative Commons Attribution license (reuse allowed)"
    return {
        "metadataRowRenderer": {
            "title": {"simpleText": "License"},
            "contents": [{"runs": [{"text": text}]}],
        }
    }


def _pictures(video: Video) -> list[dict[str, Any]]:
    if not video.thumbnail_url:
        return []
    return [{"url": video.thumbnail_url, "width": 1280, "height": 720}]


@dataclass
class Fake:
    """All videos, and what was asked: paths of youtube.com, and hosts that were refused."""

    videos: dict[str, Video] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Response:
        """What youtube.com says."""
        parts = urlsplit(request.url)
        with self.lock:
            self.asked[parts.path] += 1
        if parts.path == "/watch":
            youtube_id = parse_qs(parts.query)["v"][0]
            video = self.videos[youtube_id]
            return self._said(request, video, video.page_status, page(youtube_id, video))
        if parts.path.startswith("/youtubei/v1/player"):
            youtube_id = json.loads(request.data or b"{}")["videoId"]
            video = self.videos[youtube_id]
            told = json.dumps(player(youtube_id, video)).encode()
            return self._said(request, video, video.player_status, told)
        if parts.path.startswith("/embed/"):
            youtube_id = parts.path.rpartition("/")[2]
            return self._said(request, Video(), 200, page(youtube_id, self.videos[youtube_id]))
        return self._said(request, Video(), 200, b"{}")

    @staticmethod
    def _said(request: Request, video: Video, status: int, data: bytes) -> Response:
        headers = {"Content-Type": "application/json"}
        if video.retry_after:
            headers["Retry-After"] = video.retry_after
        response = Response(io.BytesIO(data), request.url, headers, status)
        if status >= 400:
            raise HTTPError(response)
        return response


def handler_of(fake: Fake) -> type[RequestHandler]:
    """yt-dlp's only way out: the fake, this machine, or nowhere."""

    class LoopbackRH(UrllibRH):  # type: ignore[misc] # yt-dlp publishes no types
        _SUPPORTED_URL_SCHEMES = ("http", "https")

        def _check_extensions(self, extensions: dict[str, Any]) -> None:
            extensions.pop("impersonate", None)
            super()._check_extensions(extensions)

        def _send(self, request: Request) -> Response:
            host = urlsplit(request.url).hostname or ""
            if host == "127.0.0.1":
                return super()._send(request)
            if host in {"www.youtube.com", "youtube.com"}:
                with fake.lock:
                    fake.at_once += 1
                    fake.most_at_once = max(fake.most_at_once, fake.at_once)
                try:
                    return fake.answer(request)
                finally:
                    with fake.lock:
                        fake.at_once -= 1
            with fake.lock:
                fake.refused[host] += 1
            raise TransportError(f"{host} is not on this machine")

    return LoopbackRH
