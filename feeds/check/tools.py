"""What fetching recordings needs of a machine: yt-dlp and its helpers, ffmpeg, room, cookies."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from feeds.check import State, Verdict

MAX_AGE_DAYS = 90
_WIKI = "https://github.com/yt-dlp/yt-dlp/wiki/EJS"
_COOKIE_HEADS = ("# Netscape HTTP Cookie File", "# HTTP Cookie File")
_UPDATE = "bring it up to date: pip install --upgrade yt-dlp yt-dlp-ejs"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A program that runs JavaScript: ``supported`` is yt-dlp's judgement, ``wanted`` the first
    version that it takes."""

    name: str
    version: str
    supported: bool
    wanted: str


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies file that was named: its first line, empty when it cannot be read, and
    whether others than its owner can read it."""

    path: str
    head: str
    open_to_others: bool


@dataclass(frozen=True, slots=True)
class Tools:
    """What was found. Versions and paths are empty for what is not there.

    ``ejs_wanted`` is the version of yt-dlp-ejs that this yt-dlp was made for. ``troubles`` says of
    programs, by their paths, why they cannot be used, when they were run.
    """

    ytdlp: str
    ejs: str
    ejs_wanted: str
    runtimes: tuple[Runtime, ...]
    ffmpeg: str
    ffprobe: str
    free_bytes: int
    cookies: Cookies | None = None
    troubles: Mapping[str, str] = field(default_factory=dict)


def check_tools(tools: Tools, min_free_bytes: int, now: datetime) -> Iterator[Verdict]:
    """A verdict each, with what to do. ``now`` is for yt-dlp's age."""
    yield _ytdlp(tools.ytdlp, now)
    yield _runtime(tools.runtimes)
    yield _ejs(tools.ejs, tools.ejs_wanted)
    for name, path, remedy in (
        ("ffmpeg", tools.ffmpeg, "install ffmpeg, or: pip install imageio-ffmpeg"),
        ("ffprobe", tools.ffprobe, "it comes with ffmpeg: install that"),
    ):
        yield _program(name, path, tools.troubles.get(path, ""), remedy)
    free = f"{tools.free_bytes:,} bytes are free"
    if tools.free_bytes < min_free_bytes:
        message = f"{free}, [audio] min_free wants {min_free_bytes:,}"
        remedy = "make room: talkfeeds audio prune"
        yield Verdict("space", ".talkfeeds/audio", State.ERROR, message, remedy)
    else:
        yield Verdict("space", ".talkfeeds/audio", State.OK, free)
    yield check_cookies(tools.cookies)


def _ytdlp(version: str, now: datetime) -> Verdict:
    form = re.match(r"(\d{4})\.(\d{1,2})\.(\d{1,2})", version)
    if form is None:
        message = f"version {version!r} has no date" if version else "is not there"
        return Verdict("yt-dlp", "", State.ERROR, message, _UPDATE)
    age = (now.date() - date(int(form[1]), int(form[2]), int(form[3]))).days
    said = f"{version}, {age} days old"
    if age > MAX_AGE_DAYS:
        message = f"{said}: YouTube changes faster than that"
        return Verdict("yt-dlp", "", State.WARNING, message, _UPDATE)
    return Verdict("yt-dlp", "", State.OK, said)


def _runtime(found: tuple[Runtime, ...]) -> Verdict:
    good = [one for one in found if one.supported]
    if good:
        said = ", ".join(f"{one.name} {one.version}" for one in good)
        return Verdict("javascript", good[0].name, State.OK, said)
    remedy = "install deno (pip install deno, or https://deno.com), or node 22 or newer"
    if not found:
        message = "no program that runs YouTube's JavaScript"
        return Verdict("javascript", "", State.ERROR, message, remedy, _WIKI)
    said = ", ".join(
        f"{one.name} {one.version} (needs {one.wanted})" if one.version else f"{one.name} hangs"
        for one in found
    )
    message = f"not supported by yt-dlp: {said}"
    return Verdict("javascript", found[0].name, State.ERROR, message, remedy, _WIKI)


def _ejs(version: str, wanted: str) -> Verdict:
    """yt-dlp takes any patch of the minor version that it was made for."""
    if version.split(".")[:2] == wanted.split(".")[:2] and version:
        return Verdict("yt-dlp-ejs", "", State.OK, f"{version}, for yt-dlp's {wanted}")
    message = f"{version} does not fit" if version else "is not there"
    remedy = f"pip install yt-dlp-ejs=={wanted}"
    return Verdict(
        "yt-dlp-ejs", "", State.ERROR, f"{message}: yt-dlp wants {wanted}", remedy, _WIKI
    )


def _program(name: str, path: str, trouble: str, remedy: str) -> Verdict:
    if not path:
        return Verdict(name, "", State.ERROR, "is not there", remedy)
    if trouble:
        return Verdict(name, path, State.ERROR, trouble, remedy)
    return Verdict(name, "", State.OK, path)


def check_cookies(found: Cookies | None) -> Verdict:
    """Whether yt-dlp can read the file, and nobody else."""
    if found is None:
        message = "none: needed only for recordings that not everybody may see"
        return Verdict("cookies", "", State.OK, message)
    if not found.head:
        remedy = "check the path in TALKFEEDS_COOKIES"
        return Verdict("cookies", found.path, State.ERROR, "cannot be read", remedy)
    if not found.head.startswith(_COOKIE_HEADS):
        remedy = "export it in Netscape's format (cookies.txt)"
        return Verdict("cookies", found.path, State.ERROR, "is no cookies file", remedy)
    if found.open_to_others:
        message = "others on this machine can read it, and log in with it"
        return Verdict("cookies", found.path, State.WARNING, message, f"chmod 600 {found.path}")
    return Verdict("cookies", found.path, State.OK, "is a cookies file")
