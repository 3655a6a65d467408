"""Where the links of one talk go: its slides, its recording, its further links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from feeds.model import Link
from feeds.notes import words
from feeds.notes.links import BARE, Found
from feeds.text import is_web_url, shortened, youtube_id

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# A host that lost its scheme; the name of a folder does not end so.
_HOST = re.compile(
    r"(?:www\.[\w.-]+|[\w.-]+\.(?:com|org|net|io|dev|edu|gov|gl|ly|mx|es|de|uk|eu))/",
    re.ASCII | re.IGNORECASE,
)
# "presentaciones/.pdf", "presentaciones/": the folder is known, the file's name is not.
_NO_FILE = re.compile(r"(?:^|/)(?:\.[A-Za-z0-9]{1,5})?$")
_VIDEO = re.compile(
    r"(?:youtu\.be/|youtube(?:-nocookie)?\.com/(?:(?:embed|live|shorts|v|e)/|\S{0,200}?[?&]v=))"
    r"([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])",
    re.ASCII | re.IGNORECASE,
)
# URLs that say nothing beyond the id. ``si`` and ``feature`` tell who shared the link.
_PLAIN_VIDEO = re.compile(
    r"https?://(?:youtu\.be/|(?:www\.|m\.)?youtube\.com/(?:watch\?v=|embed/|live/|shorts/))"
    r"[A-Za-z0-9_-]{11}(?:[?&](?:si|feature)=[\w.-]*)*",
    re.ASCII,
)
# Longer URLs break elsewhere too, and parsing them is not linear in their length.
_LONGEST_URL = 2_000


@dataclass(slots=True)
class Shelf:
    """The links of a talk as they are found, one after the other."""

    slides: str = ""
    youtube_id: str = ""
    links: list[Link] = field(default_factory=list)
    placed: set[str] = field(default_factory=set)

    def put(self, found: Found) -> tuple[bool, tuple[str, ...]]:
        """Whether ``found`` was understood and has its place, and what there is to say."""
        remarks = list(_oddities(found))
        name = _name(found)
        if not found.urls:
            if not found.known:
                return False, (f"link: “{found.label}” leads nowhere; kept in the notes",)
            return True, (*remarks, f"{name}: none yet ({_emptiness(found)})")
        understood = True
        for url in dict.fromkeys(found.urls):
            target, title = _without_title(url)
            if title:
                remarks.append(f"{name}: the link's own title “{_quoted(title)}” was left out")
            placed, remark = self._place(found, target)
            understood = understood and placed
            if placed:
                self.placed.add(url)
            if remark:
                remarks.append(remark)
        return understood, tuple(remarks)

    def holds(self, found: Found) -> bool:
        """Whether ``found`` leads where an earlier link already did."""
        return bool(found.urls) and self.placed.issuperset(found.urls)

    def _place(self, found: Found, url: str) -> tuple[bool, str]:
        name = _name(found)
        if len(url) > _LONGEST_URL:
            return False, f"{name}: the link is too long to be one; the line was kept in the notes"
        if found.known and (words.fold(url) in words.NOTHING_YET or url in {"", "#"}):
            return True, f"{name}: none yet ({url} is no link)"
        if found.sort == words.SLIDES:
            return self._place_slides(found.label, url)
        if found.sort in {words.RECORDING, BARE}:
            return self._place_recording(found.label or "YouTube", url)
        return self._place_link(found.label, url)

    def _place_link(self, label: str, url: str) -> tuple[bool, str]:
        whole, remark = _repaired("link", url)
        if not is_web_url(whole):
            return (
                False,
                f"link: “{_quoted(url)}” is no web address; the line was kept in the notes",
            )
        self.links.append(Link(label or whole, whole))
        return True, remark

    def _place_slides(self, label: str, url: str) -> tuple[bool, str]:
        whole, remark = _repaired("slides", url)
        web = is_web_url(whole)
        if not web and not _is_path(whole):
            quoted = _quoted(url)
            return False, f"slides: “{quoted}” is no usable link; the line was kept in the notes"
        if _NO_FILE.search(whole) and not (web and whole.endswith("/")):
            return True, f"slides: none yet ({_quoted(url)} names no file)"
        if not self.slides:
            self.slides = whole
            return True, remark
        if whole == self.slides:
            return True, "slides: the same link again"
        if not web:
            return False, "slides: there are some already; the line was kept in the notes"
        self.links.append(Link(label, whole))
        return True, "slides: there are some already; kept as a further link"

    def _place_recording(self, label: str, url: str) -> tuple[bool, str]:
        video = _video(url)
        if not video:
            return self._place_other_recording(label, url)
        whole = url if _PLAIN_VIDEO.fullmatch(url) else ""
        remark = "" if whole else f"recording: of “{_quoted(url)}” only the id {video} was kept"
        if not self.youtube_id:
            self.youtube_id = video
            return True, remark
        if video == self.youtube_id:
            return True, "recording: the same video again"
        self.links.append(Link(label, whole or f"https://youtu.be/{video}"))
        return True, f"recording: there is one already; {video} was kept as a further link"

    def _place_other_recording(self, label: str, url: str) -> tuple[bool, str]:
        whole, _ = _repaired("recording", url)
        if not is_web_url(whole):
            quoted = _quoted(url)
            return False, f"recording: “{quoted}” is no usable link; the line was kept in the notes"
        self.links.append(Link(label, whole))
        return True, f"recording: {_quoted(whole)} is no YouTube video; kept as a further link"


def _name(found: Found) -> str:
    return {BARE: words.RECORDING}.get(found.sort, found.sort) or "link"


def _oddities(found: Found) -> Iterator[str]:
    name = _name(found)
    if found.unclosed:
        yield f"{name}: the link's parenthesis is not closed"
    if len(found.urls) > 1:
        yield f"{name}: several links behind one label"
    if found.lost and found.urls:
        yield f"{name}: the words “{_quoted(found.lost)}” were left out"


def _emptiness(found: Found) -> str:
    return f"“{found.lost}” is no link" if found.lost else "empty link"


def _quoted(text: str) -> str:
    return shortened(text, 80)


def _without_title(url: str) -> tuple[str, str]:
    """A URL, and the title that Markdown allows behind it: ``a.pdf "Title"``."""
    quote = url[-1:]
    start = url.rfind(quote, 0, -1) if quote in {'"', "'"} else -1
    title = ""
    if start > 0 and url[start - 1] in " \t":
        url, title = url[:start].rstrip(), url[start + 1 : -1]
    if url.startswith("<") and url.endswith(">"):
        url = url[1:-1].strip()
    return url, title


def _repaired(name: str, url: str) -> tuple[str, str]:
    """``url`` with the blanks and the scheme that a web address needs, and what was done."""
    whole = url
    if not _SCHEME.match(url) and _HOST.match(url):
        whole = f"https://{url}"
    if whole.lower().startswith(("http://", "https://")):
        whole = whole.replace(" ", "%20")
    if whole == url or not is_web_url(whole):
        return url, ""
    return whole, f"{name}: “{_quoted(url)}” was read as {_quoted(whole)}"


def _is_path(url: str) -> bool:
    """Whether ``url`` is a file below the publication: relative, and never out of it.

    Browsers drop tabs within a URL, so that ``java<tab>script:`` would become a scheme, and
    take a backslash for a slash.
    """
    if _SCHEME.match(url) or url.startswith(("/", "~", "#", "?")):
        return False
    return not {"\t", "\\"} & set(url) and ".." not in unquote(url).split("/")


def _video(url: str) -> str:
    """The id of the video that ``url`` leads to, also when the URL around it is broken."""
    plain = re.fullmatch(r"[a-z_-]{11}", url)  # a word ("coming-soon"), hardly an id
    video = "" if plain else youtube_id(url)
    if not video:
        match = _VIDEO.search(url)
        video = match[1] if match else ""
    return video
