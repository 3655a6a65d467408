"""What a file of ``public/`` is to a web server: its media type, and how long it may be kept."""

from dataclasses import dataclass

from feeds.chapters import MEDIA_TYPE as CHAPTERS
from feeds.recordings import MEDIA_TYPES as AUDIO
from feeds.render.atom import MEDIA_TYPE as ATOM
from feeds.render.compression import CODINGS, original_of
from feeds.render.podcast import MEDIA_TYPE as RSS
from feeds.transcripts import SRT, VTT

# Python's own table varies by machine. Texts say that they are UTF-8; XML says so itself.
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "atom": ATOM,
    "rss": RSS,
    "opml": "text/x-opml",  # OPML 2.0, "What is the MIME type?"
    "xml": "application/xml",
    "xsd": "application/xml",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "gz": "application/gzip",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "key": "application/vnd.apple.keynote",
    "epub": "application/epub+zip",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "ico": "image/vnd.microsoft.icon",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "vtt": f"{VTT}; charset=utf-8",
    "srt": f"{SRT}; charset=utf-8",
    **AUDIO,
}
OTHER = "application/octet-stream"
_PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "ico", "woff", "woff2"})
# The folders of a feed's older documents.
_FEED_PAGES = frozenset({"archive", "later"})
_MINUTES, _HOUR, _DAY = 300, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of ``public/`` as a store shall hold it and give it to browsers."""

    path: str
    size_bytes: int
    media_type: str
    cache_control: str
    content_encoding: str = ""


def upload_of(path: str, size_bytes: int, *, encoded: bool = False) -> Upload:
    """The file at ``path`` with what its name says; ``encoded``: it is another one, compressed."""
    if not encoded:
        return Upload(path, size_bytes, media_type(path), cache_control(path))
    original, kind = original_of(path)
    head = media_type(original), cache_control(original)
    return Upload(path, size_bytes, *head, CODINGS[kind])


def media_type(path: str) -> str:
    """What a file of that name is, for ``Content-Type``; the same on every machine."""
    folder, _, name = path.rpartition("/")
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    if suffix == "json":
        if name == "feed.json" or folder.rpartition("/")[2] in _FEED_PAGES:
            return "application/feed+json"  # JSON Feed 1.1
        if folder == "chapters":
            return CHAPTERS
    return _TYPES.get(suffix, OTHER)


def is_feed(kind: str) -> bool:
    """Whether a media type is that of a feed, or of a list of them, in XML."""
    return kind in {ATOM, RSS, _TYPES["opml"]}


def cache_control(path: str) -> str:
    """How long caches may keep it: what changes with every talk for minutes, sound for a day.

    What lies in ``private/`` is for whoever knows the address, and for no shared cache.
    """
    suffix = path.rpartition(".")[2].lower()
    seconds = _MINUTES
    if suffix in _PICTURES:
        seconds = _HOUR
    elif suffix in AUDIO:
        seconds = _DAY
    whose = "private" if path.startswith("private/") else "public"
    return f"{whose}, max-age={seconds}"
