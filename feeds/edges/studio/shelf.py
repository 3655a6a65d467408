"""The files that were made, as a build looks at them: a stat and the first bytes, no more."""

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


def verify(path: Path, audio: AudioFile) -> bool:
    """Whether ``path`` is a plain file of the size and container that ``audio`` says."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != audio.size_bytes:
            return False
        with path.open("rb") as file:
            return sniffed(file.read(_HEAD_BYTES)) == audio.media_type != ""
    except OSError:
        return False


class Shelf:
    """``.talkfeeds/audio/``, ``.talkfeeds/covers/`` and ``content/podcast.json``; fulfils the
    build's Shelf. ``given`` is the secret key from the environment, empty for that in the file.
    """

    def __init__(self, root: Path, given: str = "") -> None:
        self.folder, self.given = root / ".talkfeeds", given
        self.stored = root / "content" / "podcast.json"

    def holds(self, audio: AudioFile) -> bool:
        """Whether the file stands there as the sidecar says; a name never leads out of here."""
        name = audio.name
        if not name or name != Path(name).name or name.startswith("."):
            return False
        return verify(self.folder / "audio" / name, audio)

    def cover(self, key: str, draw: Callable[[], bytes]) -> str:
        """The picture's path below ``.talkfeeds/``; drawn and kept when it is not there."""
        return self._kept(f"covers/{key}.jpg", draw)

    def card(self, key: str, draw: Callable[[], bytes]) -> str:
        """The same for the picture of a shared link."""
        return self._kept(f"cards/{key}.png", draw)

    def _kept(self, path: str, draw: Callable[[], bytes]) -> str:
        if not (self.folder / path).is_file():
            write_files(self.folder, [Output(path, draw())])
        return path

    def picture(self, key: str, draw: Callable[[], bytes]) -> bytes:
        """The picture itself."""
        return (self.folder / self.cover(key, draw)).read_bytes()

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
