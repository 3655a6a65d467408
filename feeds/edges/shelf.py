"""The files that were made, as a build looks at them: a stat and the head, no more."""

import json
import stat
import uuid
from collections.abc import Callable
from pathlib import Path

from feeds.edges.disk import write_files
from feeds.edges.secret import secret_key
from feeds.errors import ContentError, Problem, WorldError
from feeds.model import Output
from feeds.recordings import MEDIA_TYPES, AudioFile

_HEAD_BYTES = 64
_TOLERANCE_S = 1.0


def sniffed(head: bytes) -> str:
    """The media type that a file's first bytes speak of; empty when it is none of ours."""
    if head[4:8] == b"ftyp":
        return MEDIA_TYPES["m4a"]
    if head.startswith(b"OggS") and b"OpusHead" in head:
        return MEDIA_TYPES["opus"]
    # ID3v2, or the sync word of MPEG audio, layer III (ISO/IEC 11172-3 §2.4.1.3).
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return MEDIA_TYPES["mp3"]
    return ""


def fault_of(path: Path, audio: AudioFile) -> str:
    """Why ``path`` is not the file that ``audio`` speaks of: a plain file of its size, its
    container and, as far as that says it, its length; empty when it is."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return "is no plain file"
        if found.st_size != audio.size_bytes:
            return f"has {found.st_size:,} bytes, not {audio.size_bytes:,}"
        with path.open("rb") as file:
            media_type = sniffed(file.read(_HEAD_BYTES))
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be read: {(error.strerror or str(error)).lower()}"
    return _inner_fault(path, media_type, audio)


def _inner_fault(path: Path, media_type: str, audio: AudioFile) -> str:
    if not media_type or media_type != audio.media_type:
        return f"is {media_type or 'no audio'}, not {audio.media_type}"
    found_s = _length_s(path)
    if found_s is not None and abs(found_s - audio.duration_s) > _TOLERANCE_S:
        return f"lasts {found_s:.1f} seconds, not {audio.duration_s:.1f}"
    return ""


def _length_s(path: Path) -> float | None:
    """What the container says of its length; None when it says nothing that can be read."""
    import mutagen

    try:
        info = getattr(mutagen.File(path), "info", None)
    except (mutagen.MutagenError, OSError):
        return None
    length = getattr(info, "length", None)
    return float(length) if isinstance(length, int | float) else None


def verify(path: Path, audio: AudioFile) -> bool:
    """Whether ``path`` is the file that ``audio`` speaks of."""
    return not fault_of(path, audio)


class Shelf:
    """``.talkfeeds/audio/``, ``.talkfeeds/covers/`` and ``content/podcast.json``; fulfils the
    build's Shelf. ``given`` is the secret key from the environment, empty for that in the file.
    """

    def __init__(self, root: Path, given: str = "") -> None:
        self.folder, self.given = root / ".talkfeeds", given
        self.stored = root / "content" / "podcast.json"

    def fault(self, audio: AudioFile) -> str:
        """Why the file that a sidecar speaks of cannot be offered; empty when it can. A name
        never leads out of here."""
        name = audio.name
        if not name or name != Path(name).name or name.startswith("."):
            return "is no file of ours"
        return fault_of(self.folder / "audio" / name, audio)

    def cover(self, key: str, draw: Callable[[], bytes]) -> str:
        """The picture's path below ``.talkfeeds/``; drawn and kept when it is not there."""
        path = f"covers/{key}.jpg"
        if not (self.folder / path).is_file():
            write_files(self.folder, [Output(path, draw())])
        return path

    def picture(self, key: str, draw: Callable[[], bytes]) -> bytes:
        """The picture itself."""
        return (self.folder / self.cover(key, draw)).read_bytes()

    def unfit(self, image: str) -> str:
        """Why a picture below ``content/`` is no cover that directories take; empty when it is.

        Apple wants it square, 1400 to 3000 pixels, in RGB, as JPEG or PNG.
        """
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(self.stored.parent / image) as found:
                width, height, form, mode = *found.size, found.format, found.mode
        except (FileNotFoundError, NotADirectoryError):
            return "is not below content/"
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError):
            return "is no picture that can be read"
        if form not in {"JPEG", "PNG"}:
            return f"is {form}"
        if width != height or not 1400 <= width <= 3000:
            return f"is {width} × {height} pixels"
        return "" if mode == "RGB" else f"is in {mode}, not in RGB"

    def guid(self, minted: str) -> str:
        """What ``content/podcast.json`` holds; it is made, once, with ``minted``."""
        if not self.stored.exists():
            told = json.dumps({"guid": minted}, indent=1) + "\n"
            write_files(self.stored.parent, [Output(self.stored.name, told.encode())])
        subject = "content/podcast.json"
        remedy = "put it back from your repository: apps know the show by it"
        try:
            found = json.loads(self.stored.read_bytes())
            return str(uuid.UUID(found["guid"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            problem = Problem(subject, 0, "guid", "is not a UUID", remedy)
            raise ContentError([problem]) from None
        except OSError as error:
            raise WorldError(subject, f"cannot be read: {error.strerror}", remedy) from error

    def secret(self) -> bytes:
        """The key from the environment, or from ``.talkfeeds/secret.key``, made when needed."""
        return secret_key(self.folder, self.given)[0]
