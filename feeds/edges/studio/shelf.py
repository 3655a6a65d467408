"""The files that were made, as a build looks at them: a stat and the first bytes, no more."""

import stat
from pathlib import Path

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
    """``.talkfeeds/audio/``; fulfils the build's Audio."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def holds(self, audio: AudioFile) -> bool:
        """Whether the file stands there as the sidecar says; a name never leads out of here."""
        name = audio.name
        if not name or name != Path(name).name or name.startswith("."):
            return False
        return verify(self.folder / name, audio)
