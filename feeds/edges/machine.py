"""This machine, as far as fetching recordings is concerned; yt-dlp is loaded when it is asked."""

import shutil
import stat
import subprocess
from functools import cache
from pathlib import Path

from feeds.check.tools import Cookies, Runtime, Tools
from feeds.edges.recordings import Shelf
from feeds.edges.studio.programs import trouble_of

_PATIENCE_S = 5
# Where the program has another name than the runtime.
_PROGRAMS = {"quickjs": "qjs"}


@cache
def runtimes() -> tuple[Runtime, ...]:
    """Programs that run JavaScript, deno first; yt-dlp asks each for its version.

    It would wait for ever for one that hangs: such a one is not asked, and has no version.
    """
    import yt_dlp  # noqa: F401 # it fills the table
    from yt_dlp.globals import supported_js_runtimes
    from yt_dlp.utils._jsruntime import _determine_runtime_path

    found = []
    for name, kind in supported_js_runtimes.value.items():
        wanted = ".".join(map(str, kind.MIN_SUPPORTED_VERSION))
        # yt-dlp's own rule for where it is: beside this Python, else on the PATH.
        if _hangs(_determine_runtime_path(None, _PROGRAMS.get(name, name))):
            found.append(Runtime(name, "", supported=False, wanted=wanted))
        elif (info := kind().info) is not None:
            found.append(Runtime(info.name, info.version, info.supported, wanted))
    return tuple(found)


def _hangs(program: str) -> bool:
    try:
        subprocess.run(  # noqa: S603 # a list, no shell
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=_PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return True
    except OSError:
        return False  # it is not there
    return False


def tools(root: Path, cookies: str) -> Tools:
    """What is there. ``cookies`` is the path that was named, or empty."""
    from yt_dlp.extractor.youtube.jsc._builtin import vendor
    from yt_dlp.version import __version__

    ffmpeg, ffprobe = shutil.which("ffmpeg") or _imageio(), shutil.which("ffprobe") or ""
    return Tools(
        ytdlp=__version__,
        ejs=_ejs(),
        ejs_wanted=vendor.VERSION,
        runtimes=runtimes(),
        ffmpeg=ffmpeg,
        ffprobe=ffprobe,
        free_bytes=Shelf(root).free_bytes(),
        cookies=cookies_at(Path(cookies)) if cookies else None,
        troubles={one: trouble_of(one) for one in (ffmpeg, ffprobe) if one},
    )


def _ejs() -> str:
    try:
        from yt_dlp_ejs import version
    except ImportError:
        return ""
    return str(version)


def _imageio() -> str:
    """The ffmpeg that imageio-ffmpeg brings, if it is installed."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe
    except ImportError:
        return ""
    try:
        return str(get_ffmpeg_exe())
    except RuntimeError:  # it is installed, and brought none for this machine
        return ""


def cookies_at(path: Path) -> Cookies:
    """What the cookies file looks like from outside."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.readline(200).strip()
        mode = path.stat().st_mode
    except OSError:
        return Cookies(str(path), "", open_to_others=False)
    return Cookies(str(path), head or "an empty file", bool(mode & (stat.S_IRWXG | stat.S_IRWXO)))
