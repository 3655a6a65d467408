"""``talkfeeds`` with a YouTube on this machine, and a studio that copies: for tests of the whole.

    python -m tests.edges.youtube.run MEDIA_URL SIZE DIE_AT -- audio fetch …

DIE_AT kills this process, as by kill -9, at the so-manieth change that it makes to the disk, or
when it asks anybody something; 0 lives. The number of such moments is printed at the end.
"""

import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from feeds.cli import audio, main
from feeds.edges.recordings import Shelf
from feeds.jobs.audio.parts import Tube
from feeds.model import Publication
from feeds.recordings import AudioFile, Wanted
from tests.edges.youtube.fake import Fake, Video

_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.truncate", "socket.connect"}


class Copier:
    """A studio that copies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self) -> None:
        """It can always work."""

    def make(self, source: str, wanted: Wanted) -> AudioFile:
        """The source's bytes, under a name of their own."""
        path = self.folder / f"{wanted.youtube_id}.{wanted.format}"
        beside = self.folder / f".{path.name}.tmp"
        shutil.copyfile(source, beside)
        beside.replace(path)
        size = path.stat().st_size
        return AudioFile(
            path.name,
            size,
            "audio/x-m4a",
            1800.0,
            made_from=wanted.made_from,
            talk_id=wanted.talk.id,
        )


class Anything(dict[str, Video]):
    """Every id is a recording; what begins with a capital P is private."""

    def __init__(self, url: str, size_bytes: int) -> None:
        super().__init__()
        self.url, self.size_bytes = url, size_bytes

    def __missing__(self, youtube_id: str) -> Video:
        if youtube_id.startswith("P"):
            return Video(status="LOGIN_REQUIRED", reason="This is a private video.", details=False)
        return Video(audio_url=f"{self.url}/{youtube_id}.m4a", audio_bytes=self.size_bytes)


def run(url: str, size_bytes: int, die_at: int, arguments: list[str]) -> int:
    """The command; gives its exit status."""
    fake = Fake(Anything(url, size_bytes))
    moments = 0
    root = Path(arguments[arguments.index("--root") + 1])

    def tube_of(root: Path, publication: Publication, cookies: str) -> Tube:
        from feeds.edges.youtube import YouTube
        from tests.edges.youtube.fake import handler_of

        folder, handlers = Shelf(root).sources, [handler_of(fake)]
        return YouTube(folder, root / ".talkfeeds/cache", pause_s=0, handlers=handlers)

    def hear(event: str, about: tuple[Any, ...]) -> None:
        nonlocal moments
        writes = event == "open" and re.search("[wax+]", str(about[1] or ""))
        here = writes and str(about[0]).startswith(str(root))
        if here or event in _CHANGES:
            moments += 1
            if moments == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    audio.tube_of = tube_of
    audio.studio_of = lambda root: Copier(root / ".talkfeeds" / "audio")
    sys.addaudithook(hear)
    status = main(arguments)
    sys.stderr.write(f"moments {moments} asked {sum(fake.asked.values())}\n")
    return status


if __name__ == "__main__":
    at = sys.argv.index("--")
    media_url, size, die = sys.argv[1:at]
    sys.exit(run(media_url, int(size), int(die), sys.argv[at + 1 :]))
