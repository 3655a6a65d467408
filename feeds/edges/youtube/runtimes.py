"""What yt-dlp finds on this machine: programs that run YouTube's JavaScript."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Runtime:
    """A program that runs JavaScript; ``supported`` in yt-dlp's own judgement of its version."""

    name: str
    version: str
    supported: bool
    wanted: str


@cache
def runtimes() -> tuple[Runtime, ...]:
    """All that are there, deno first; yt-dlp asks each for its version."""
    import yt_dlp  # noqa: F401 # it fills the table
    from yt_dlp.globals import supported_js_runtimes

    found = []
    for kind in supported_js_runtimes.value.values():
        info = kind().info
        if info is not None:
            wanted = ".".join(map(str, kind.MIN_SUPPORTED_VERSION))
            found.append(Runtime(info.name, info.version, info.supported, wanted))
    return tuple(found)
