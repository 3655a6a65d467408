"""Lines that are nothing but links: to the slides, to the recording, to something else."""

import re
from dataclasses import dataclass
from itertools import pairwise

from feeds.notes import words
from feeds.text import one_line, youtube_id

_BULLET = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])[ \t]+")
_EMPHASIS = re.compile(r"[*_]*")
_BEFORE_TARGET = re.compile(r"[*_]{0,3}\s?(?=\()")
_BETWEEN = re.compile(r"[\s|·•,;/*_.)&+–—-]*")
_PARENTHESES = re.compile(r"[()]")
# Bounded throughout: a label is tried at many places of a line.
_WORDS = r"[^\w()<>\"'`!#|@]{0,8}([^\W_](?:[^:\[\]()<>]{0,38}[^\W_])?)[*_\]]{0,6}"
# "Video: https://…", "**Video:** https://…", "[Video]: https://…", "Slides:"
_LABEL = re.compile(_WORDS + r"\s?:[*_]{0,3}\s*")
# "Video https://…"
_LABEL_URL = re.compile(_WORDS + r"\s+(?=<?https?://)")
# Where the next one may begin: "Slides: a.pdf | Video: https://…"
_NEXT = re.compile(r"\s[|·•/]\s|[,;]\s|\s(?=\[)")
# "Slides: https://… https://…", also with a comma or a sign between blanks in between.
_ANOTHER_URL = re.compile(r"(?<=[\s,;|])<?https?://", re.IGNORECASE)
_BEHIND_URL = re.compile(r"(?:[,;|·•]|(?<=\s)[/&+–—-])$")
_FILE = re.compile(r"[^/\\]\.[A-Za-z0-9]{2,5}$")
# A line with more links than this is a list, and belongs to the notes.
_MOST_LINKS = 20
_MOST_TARGETS = 4
_BARE_ID = re.compile(r"(?=.*[0-9A-Z])[A-Za-z0-9_-]{11}")

BARE, OTHER = "bare", ""


@dataclass(frozen=True, slots=True)
class Found:
    """One link of a line. ``urls`` as written: none where it is empty, two where doubled.

    ``sort`` is ``words.SLIDES`` or ``words.RECORDING`` where the label says so, ``BARE``
    for a YouTube URL without a label, else ``OTHER``. ``lost`` are words that no field has
    a place for.
    """

    label: str
    sort: str
    urls: tuple[str, ...] = ()
    lost: str = ""
    unclosed: bool = False

    @property
    def known(self) -> bool:
        """Whether its label names the slides or the recording."""
        return self.sort in {words.SLIDES, words.RECORDING}


def read_links(line: str) -> tuple[Found, ...]:
    """The links of a line that consists of nothing else; empty for any other line.

    A list item or a bare line, indented by three blanks at most. With several links they
    may stand apart by ``|``, ``·``, a comma or a slash.
    """
    text = _content(line)
    position = _match_end(_EMPHASIS, text, 0)
    bare = _bare(text[position:].rstrip("*_"))
    if bare:
        return (bare,)
    found: list[Found] = []
    while position < len(text):
        link = _bracketed(text, position) or _labelled(text, position)
        if link is None or len(found) == _MOST_LINKS:
            return ()
        found.append(link[0])
        position = _match_end(_BETWEEN, text, link[1])
    return tuple(found)


def leading_link(line: str) -> tuple[Found, str] | None:
    """The Markdown link that a line (or its list item) starts with, and the words after it."""
    text = _content(line)
    link = _bracketed(text, 0) if text.startswith("[") else None
    return (link[0], text[link[1] :]) if link else None


def _match_end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _content(line: str) -> str:
    """A line without its indentation and bullet; empty when it is indented like code."""
    text = line.lstrip(" ")
    if len(line) - len(text) > 3 or text.startswith("\t"):
        return ""
    bullet = _BULLET.match(text)
    return text[bullet.end() :].strip() if bullet else text.strip()


def sort_of(label: str) -> str:
    """What a label names: slides, a recording or something else."""
    return words.LINK_LABELS.get(words.label(label), OTHER)


def _bare(text: str) -> Found | None:
    url = text.removeprefix("<").removesuffix(">")
    if "youtu" not in url[:40].lower() or len(url) > 200 or not youtube_id(url):
        return None
    return Found("", BARE, (url,))


def _bracketed(text: str, position: int) -> tuple[Found, int] | None:
    """The link in brackets at ``position``: ``[label](url)``, ``[Slides] (url)``, ``[Slides]``."""
    if text[position] != "[":
        return None
    close = text.find("]", position)
    label = text[position + 1 : close]
    if close < 0 or "[" in label:
        return None
    label, sort, after = one_line(label.strip("*_ ")), sort_of(label), close + 1
    if sort:
        after = _match_end(_BEFORE_TARGET, text, after)
    if text[after : after + 1] == "(":
        return _targets(text, after + 1, Found(label, sort))
    follows = text[after : after + 12].lstrip(" *_")
    if not sort or follows.startswith((":", "http", "<")):
        return None
    return Found(label, sort), after


def _targets(text: str, start: int, found: Found) -> tuple[Found, int] | None:
    """The URLs in the parentheses that open before ``start``, and where the last one ends.

    Parentheses within a URL are its own where they come in pairs. Where the last one is
    missing, the URL ends with the line, or before the line's next link.
    """
    following = text.find("](", start)
    limit = text.rfind("[", start, following) if following >= 0 else len(text)
    if limit < 0:
        limit = following
    urls: list[str] = []
    unclosed = False
    end = start - 1
    while text[end : end + 1] == "(" and end < limit:
        start, close = end + 1, _closing(text, end, limit)
        if close < 0:
            unclosed = True
            close = text.rfind(")", start, limit)
        end = limit if close < 0 else close + 1
        target = text[start : close if close >= 0 else limit].strip(" \t|·•,;*_")
        each = target.split()
        several = len(each) > 1 and all(url.startswith(("http://", "https://")) for url in each)
        urls += each if several else [target]
    if len(urls) > _MOST_TARGETS:
        return None
    if unclosed and re.search(r"\s", urls[-1]) and not _is_file(urls[-1], found.sort):
        return None
    known = tuple(url for url in urls if url)
    return Found(found.label, found.sort, known, unclosed=unclosed), end


def _closing(text: str, opening: int, limit: int) -> int:
    """Where the parenthesis at ``opening`` closes before ``limit``; -1 where it does not."""
    depth = 0
    for match in _PARENTHESES.finditer(text, opening, limit):
        depth += 1 if match[0] == "(" else -1
        if depth == 0:
            return match.start()
    return -1


def _is_file(url: str, sort: str) -> bool:
    return sort == words.SLIDES and _FILE.search(url[-10:]) is not None


def _labelled(text: str, position: int) -> tuple[Found, int] | None:
    """The link with a label before it: "Slides: a.pdf", "**Video:** <https://…>"."""
    tries = (pattern.match(text, position) for pattern in (_LABEL, _LABEL_URL))
    match = next((found for found in tries if found and sort_of(found[1])), None)
    if match is None:
        return None
    sort = sort_of(match[1])
    label, start = one_line(match[1]), match.end()
    if text[start : start + 1] == "[":
        link = _bracketed(text, start)
        return link and (_relabelled(link[0], label, sort), link[1])
    end = _value_end(text, start)
    urls = _urls(text[start:end])
    if not urls or words.fold(urls[0]) in words.NOTHING_YET:
        # "Slides: pending https://…" is no empty link; its line stays in the notes.
        return (Found(label, sort, lost="".join(urls)), end) if len(urls) < 2 else None
    known = len(urls) <= _MOST_LINKS and all(_is_target(url, sort) for url in urls)
    return (Found(label, sort, urls), end) if known else None


def _urls(value: str) -> tuple[str, ...]:
    """The targets that a label introduces: one, or further web addresses behind it."""
    starts = [0, *(match.start() for match in _ANOTHER_URL.finditer(value)), len(value)]
    pieces = [value[start:end].strip("*_ \t") for start, end in pairwise(starts)]
    if len(pieces) > 1:
        pieces = [_BEHIND_URL.sub("", piece).rstrip() for piece in pieces]
    unwrapped = (
        piece[1:-1].strip() if piece.startswith("<") and piece.endswith(">") else piece
        for piece in pieces
    )
    return tuple(url for url in unwrapped if url)


def _relabelled(link: Found, label: str, sort: str) -> Found:
    lost = "" if link.sort == sort or link.label in link.urls else link.label
    return Found(label, sort, link.urls, lost, link.unclosed)


def _value_end(text: str, start: int) -> int:
    """Where what a label introduces ends: before the next link, or with the line."""
    for match in _NEXT.finditer(text, start):
        label = _LABEL.match(text, match.end())
        if text[match.end() : match.end() + 1] == "[" or (label and sort_of(label[1])):
            return match.start()
    return len(text)


def _is_target(url: str, sort: str) -> bool:
    """Whether a label introduces ``url`` as its link, and no prose ("Video: it was great")."""
    if re.search(r"\s", url):
        return _is_file(url, sort) and len(url.split()) <= 8
    return "/" in url or _is_file(url, words.SLIDES) or bool(_BARE_ID.fullmatch(url))
