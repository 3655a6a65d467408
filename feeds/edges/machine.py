"""This machine, as far as fetching recordings is concerned; yt-dlp is loaded when it is asked."""

import shutil
import stat
from functools import cache
from pathlib import Path

from feeds.check.tools import Cookies, Runtime, Tools
from feeds.edges.recordings import Shelf


@cache
def runtimes() -> tuple[Runtime, ...]:
    """Programs that run JavaScript, deno first; yt-dlp asks each for its version."""
    import yt_dlp  # noqa: F401 # it fills the table
    from yt_dlp.globals import supported_js_runtimes

    found = []
    for kind in supported_js_runtimes.value.values():
        info = kind().info
        if info is not None:
            wanted = ".".join(map(str, kind.MIN_SUPPORTED_VERSION))
            found.append(Runtime(info.name, info.version, info.supported, wanted))
    return tuple(found)


def tools(root: Path, cookies: str) -> Tools:
    """What is there. ``cookies`` is the path that was named, or empty."""
    from yt_dlp.extractor.youtube.jsc._builtin import vendor
    from yt_dlp.version import __version__

    return Tools(
        ytdlp=__version__,
        ejs=_ejs(),
        ejs_wanted=vendor.VERSION,
        runtimes=runtimes(),
        ffmpeg=shutil.which("ffmpeg") or _imageio(),
        ffprobe=shutil.which("ffprobe") or "",
        free_bytes=Shelf(root).free_bytes(),
        cookies=_cookies(Path(cookies)) if cookies else None,
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


def _cookies(path: Path) -> Cookies:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.readline(200).strip()
        mode = path.stat().st_mode
    except OSError:
        return Cookies(str(path), "", open_to_others=False)
    return Cookies(str(path), head or "an empty file", bool(mode & (stat.S_IRWXG | stat.S_IRWXO)))
