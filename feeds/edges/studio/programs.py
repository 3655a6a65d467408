"""ffmpeg, found and run: an argument list in, what it said out; never a shell, never the network.

ffprobe is not needed: ffmpeg itself says what a file is while it reads it, and imageio-ffmpeg
brings no ffprobe along.
"""

import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from feeds.errors import FullDiskError, WorldError

_REMEDY = "install ffmpeg (apt-get install ffmpeg), or talkfeeds with its extra: talkfeeds[ffmpeg]"
# A file that is really a playlist would make ffmpeg open what it names.
_DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mp3,ogg,aac,wav,flac"
_READING = ("-protocol_whitelist", "file", "-format_whitelist", _DEMUXERS)
_AUDIO = re.compile(r"Stream #0:.*?: Audio: (\w+).*?(\d+) Hz")
_CONTAINER = re.compile(r"Input #0, (\S+), from")
_MEASURED_S = re.compile(r"out_time_us=(\d+)")
_SAID_S = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
_NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|File too large")
# Ended by a signal, or, as a shell says it, not found, not executable, or ended by one.
_NOT_STARTED = 126
_PATIENCE_S = 10


@dataclass(frozen=True, slots=True)
class Programs:
    """Where ffmpeg is."""

    ffmpeg: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A file as ffmpeg read it to its end. ``said_s`` is what its head says; 0 when nothing."""

    container: str
    codec: str
    rate_hz: int
    duration_s: float
    said_s: float


def find_programs(path: str | None = None) -> Programs:
    """ffmpeg on ``path`` (default: PATH), else imageio-ffmpeg's; or a WorldError."""
    found = shutil.which("ffmpeg", path=path)
    if found is None:
        try:
            import imageio_ffmpeg

            found = str(imageio_ffmpeg.get_ffmpeg_exe())
        except (ImportError, RuntimeError):  # RuntimeError: it holds none for this machine
            raise WorldError("ffmpeg", "is not on the PATH", _REMEDY) from None
    return Programs(found)


def trouble_of(program: str) -> str:
    """Why a program that is there cannot be used, asked by running it; empty when it can."""
    try:
        done = subprocess.run(  # noqa: S603 # a list, no shell
            [program, "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return f"says nothing for {_PATIENCE_S} seconds"
    except OSError as error:
        return f"cannot be run: {(error.strerror or str(error)).lower()}"
    if not done.returncode:
        return ""
    lines = done.stderr.decode("utf-8", "replace").strip().split("\n")
    return f"is broken (exit status {done.returncode}): {lines[-1].strip()[:200]}"


def check_programs(path: str | None = None) -> Programs:
    """``find_programs``, and each was run once; WorldError for one that is broken."""
    programs = find_programs(path)
    if trouble := trouble_of(programs.ffmpeg):
        raise WorldError(programs.ffmpeg, trouble, _REMEDY)
    return programs


@cache
def _leash() -> tuple[str, ...]:
    """What ends a program together with us, by kill -9 too, where there is such a thing
    (util-linux); without it ffmpeg would go on, and write to a file that nobody waits for."""
    command = (shutil.which("setpriv") or "", "--pdeathsig", "KILL")
    try:
        # A busybox has a setpriv that does not know this.
        done = subprocess.run([*command, "true"], capture_output=True, check=False)  # noqa: S603 # true
    except OSError:
        return ()
    return () if done.returncode else command


def reading(path: Path, start_s: float | None = None, end_s: float | None = None) -> list[str]:
    """The arguments that open a file as it is, and only files, or a part of it."""
    cut = ["-ss", f"{start_s:.3f}"] if start_s else []
    cut += ["-to", f"{end_s:.3f}"] if end_s is not None else []
    return [*_READING, *cut, "-i", f"file:{path}"]


def run(programs: Programs, arguments: list[str], subject: Path, given: bytes = b"") -> str:
    """What ffmpeg said (both streams); WorldError with its last words when it failed."""
    command = [*_leash(), programs.ffmpeg, "-hide_banner", "-nostats", "-y", *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603 # a list, no shell
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WorldError(programs.ffmpeg, f"cannot be run: {reason}", _REMEDY) from error
    said = done.stderr.decode("utf-8", "replace")
    if no_room := _NO_ROOM.search(said):
        raise FullDiskError(str(subject), f"cannot be written: {no_room[0].lower()}", "make room")
    if done.returncode == -signal.SIGXFSZ:
        raise FullDiskError(str(subject), "cannot be written: file too large", "raise ulimit -f")
    if done.returncode:
        lines = [line for line in said.strip().split("\n") if line.strip()]
        last = lines[-1].strip() if lines else f"exit status {done.returncode}"
        if done.returncode < 0 or done.returncode >= _NOT_STARTED:
            # No word about the file, which may be good.
            status = f"exit status {done.returncode}"
            raise WorldError(programs.ffmpeg, f"was ended or is broken ({status}): {last}", _REMEDY)
        raise WorldError(
            str(subject), f"ffmpeg failed: {last}", "look at the file, or fetch it again"
        )
    return said + done.stdout.decode("utf-8", "replace")


def listen(
    programs: Programs, path: Path, start_s: float | None = None, end_s: float | None = None
) -> Sound:
    """A file (or part of it) read to its end; WorldError when there is no sound in it.

    Its packets are counted, not decoded: 0.01 s for a minute of sound.
    """
    arguments = [*reading(path, start_s, end_s), "-map", "0:a:0", "-c", "copy"]
    said = run(programs, [*arguments, "-progress", "pipe:1", "-f", "null", "-"], path)
    audio, container = _AUDIO.search(said), _CONTAINER.search(said)
    measured = _MEASURED_S.findall(said)
    if audio is None or container is None or not measured:
        raise WorldError(str(path), "holds no sound", "fetch it again")
    head = _SAID_S.search(said)
    said_s = int(head[1]) * 3600 + int(head[2]) * 60 + float(head[3]) if head else 0.0
    return Sound(container[1], audio[1], int(audio[2]), int(measured[-1]) / 1e6, said_s)
