"""What stands where in a Markdown text: its lines, its headings, its fences.

CommonMark 0.31 §4.2 (ATX headings), §4.3 (setext headings) and §4.5 (fenced code), read the
way people write by hand: a no-break space after the hashes is a blank, a setext heading is
one line, and a fence that somebody forgot to close ends where the next talk begins.
"""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from feeds.notes.days import heading_day
from feeds.notes.words import SECTION_LABELS, label
from feeds.text import xml_legal

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)", re.DOTALL)
_UNDERLINE = re.compile(r" {0,3}(={3,}|-{3,})[ \t]*")
_COMMENT = re.compile(r" {0,3}<!--")
# A line that starts a list, a quotation, a table, a link or a fence is no setext title.
_NO_TITLE = re.compile(r"(?:[-*+](?:\s|$)|[0-9]{1,9}[.)]\s|[>|<#=~`\[])|[-*_=]+\s*$")


@dataclass(frozen=True, slots=True)
class Source:
    """The lines of a text, without their ends; indices count from 0.

    ``raw`` is what the author wrote, ``text`` the same with U+FFFD for what XML forbids.
    The one notion of a line: what stands between line feeds, once CR LF and CR are such.
    """

    raw: list[str]
    text: list[str]
    blank: list[bool]

    @classmethod
    def of(cls, text: str) -> "Source":
        """``text`` in lines; a byte order mark at its start is dropped."""
        plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        raw = plain.split("\n")
        blank = [not line.strip() for line in raw]
        # A form feed on a line of its own is white space; U+FFFD would make it a word.
        legal = [
            _legal_blank(line) if empty else xml_legal(line)
            for line, empty in zip(raw, blank, strict=True)
        ]
        return cls(raw, legal, blank)

    def __len__(self) -> int:
        return len(self.raw)

    def is_blank(self, index: int) -> bool:
        """Whether the line is white space; lines before the first and after the last are."""
        return not 0 <= index < len(self.raw) or self.blank[index]

    def filled(self, start: int, end: int) -> list[int]:
        """The indices of the non-blank lines in ``[start, end)``."""
        return [index for index in range(start, end) if not self.blank[index]]


@dataclass(frozen=True, slots=True)
class Head:
    """A heading on the lines ``[start, end)``; ``text`` without hashes and underline.

    ``day`` is set when it is nothing but a day ("Día 2"); ``section`` when it is nothing
    but the name of a talk's part ("Notas"), see ``words.SECTION_LABELS``.
    """

    start: int
    end: int
    level: int
    text: str
    day: int | None
    section: str


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block on the lines ``[start, end)``, markers included where they exist."""

    start: int
    end: int
    info: str
    closed: bool

    @property
    def inside(self) -> range:
        """The indices of the lines between the markers."""
        return range(self.start + 1, self.end - 1 if self.closed else self.end)


@dataclass(frozen=True, slots=True)
class Outline:
    """The headings outside fences and comments in order, and both by their first line.

    ``comment_at`` gives the line after the comment that starts on one; ``hidden`` are the
    lines of all comments.
    """

    heads: list[Head]
    head_at: dict[int, Head]
    fence_at: dict[int, Fence]
    comment_at: dict[int, int]
    hidden: frozenset[int]

    def has_text(self, source: Source, start: int, end: int) -> bool:
        """Whether a line in ``[start, end)`` is neither blank nor a comment's."""
        lines = range(start, end)
        return any(not source.blank[index] and index not in self.hidden for index in lines)


def outline(source: Source) -> Outline:
    """The headings and fences of ``source``, in time linear in its length (times its log)."""
    found = _outline(source, frozenset())
    # What a comment holds must not end a fence elsewhere, nor pair with its markers.
    return _outline(source, found.hidden) if found.hidden else found


def _outline(source: Source, hidden: frozenset[int]) -> Outline:
    """The outline, where ``hidden`` lines neither make headings nor open and close fences."""
    sure = _headings(source, hidden)
    fences = _Fences(source, list(sure.values()), hidden)
    candidates = sure | _doubtful(source, hidden, sure)
    comments = _comments(source)
    heads: list[Head] = []
    found: dict[int, Fence] = {}
    comment_at: dict[int, int] = {}
    open_head: Head | None = None
    talk_level = 0  # the shallowest level so far whose headings have text; 0: none yet
    index = 0
    while index < len(source):
        head = candidates.get(index)
        if index in comments:
            comment_at[index] = comments[index]
            index = comments[index]
            continue
        if head:
            heads.append(head)
            if not head.section:
                open_head = None if head.day is not None else head
            index = head.end
            continue
        if open_head and not source.blank[index]:
            talk_level = min(talk_level or open_head.level, open_head.level)
        if index in fences.markers:
            fence = fences.resolve(index, talk_level)
            found[index] = fence
            index = fence.end
        else:
            index += 1
    lines = (index for span in comment_at.items() for index in range(*span))
    return Outline(heads, {head.start: head for head in heads}, found, comment_at, frozenset(lines))


def _comments(source: Source) -> dict[int, int]:
    """Lines that open an HTML comment → the line after its end (CommonMark 0.31 §4.6, kind 2).

    Of those that are never closed nothing is a comment: what is below was meant to be read.
    """
    found: dict[int, int] = {}
    end = 0
    for index in range(len(source) - 1, -1, -1):
        line = source.text[index]
        if "-->" in line:
            end = index + 1
        if end and _COMMENT.match(line):
            found[index] = end
    return found


def fence_marker(line: str) -> tuple[str, str] | None:
    """The marker of a line that opens (or closes) a fence and its info string."""
    if "```" not in line and "~~~" not in line:
        return None
    match = _FENCE.fullmatch(line)
    if not match or (match[1][0] == "`" and "`" in match[2]):
        return None
    return match[1], match[2].strip()


def _legal_blank(line: str) -> str:
    return line if xml_legal(line) == line else ""


def _headings(source: Source, hidden: frozenset[int]) -> dict[int, Head]:
    """Every line that looks like a heading, whether within a fence or not."""
    found: dict[int, Head] = {}
    after_head = 0
    for index, line in enumerate(source.text):
        if index in hidden:
            after_head = index + 1
            continue
        atx = _atx(line)
        if atx:
            found[index] = _head(index, index + 1, *atx)
            after_head = index + 1
        elif index and _UNDERLINE.fullmatch(line):
            title = source.text[index - 1]
            starts = source.is_blank(index - 2) or after_head == index - 1
            if after_head == index:
                continue
            if starts and not source.blank[index - 1] and _can_be_title(title):
                level = 1 if "=" in line else 2
                found[index - 1] = _head(index - 1, index + 1, level, title.strip())
                after_head = index + 1
    return found


def _doubtful(source: Source, hidden: frozenset[int], sure: dict[int, Head]) -> dict[int, Head]:
    """Setext titles with a full stop at their end ("It works.", "-----").

    Below a heading with hashes they are prose above a rule, which stays in that talk's
    notes. Before any such heading they would leave the text below them without a talk.
    """
    first_atx = min(
        (head.start for head in sure.values() if head.end == head.start + 1), default=-1
    )
    last = len(source) if first_atx < 0 else first_atx
    found: dict[int, Head] = {}
    text_at = -1  # the next line that says something
    for index in range(len(source) - 1, 0, -1):
        title = source.text[index - 1]
        ends = title.rstrip().endswith(".")
        if (
            index < last
            and ends
            and text_at >= 0
            and text_at not in sure
            and text_at not in found
            and not hidden & {index - 1, index}
            and (source.is_blank(index - 2) or index - 2 in hidden)
            and _UNDERLINE.fullmatch(source.text[index])
            and _can_be_title(title.rstrip().rstrip("."))
        ):
            level = 1 if "=" in source.text[index] else 2
            found[index - 1] = _head(index - 1, index + 1, level, title.strip())
        if not source.blank[index] and index not in hidden:
            text_at = index
    return found


def _head(start: int, end: int, level: int, text: str) -> Head:
    return Head(start, end, level, text, heading_day(text), SECTION_LABELS.get(label(text), ""))


def _atx(line: str) -> tuple[int, str] | None:
    if "#" not in line[:4]:
        return None
    hashes = line.lstrip(" ")
    body = hashes.lstrip("#")
    level = len(hashes) - len(body)
    if len(line) - len(hashes) > 3 or not 1 <= level <= 6 or (body and not body[0].isspace()):
        return None
    text = body.strip()
    bare = text.rstrip("#")
    if not bare or bare[-1].isspace():
        text = bare.rstrip()
    return level, text


def _can_be_title(line: str) -> bool:
    """Whether a paragraph's line with a rule under it is a title, rather than prose or a link."""
    text = line.lstrip(" ")
    return not (
        len(line) - len(text) > 3
        or text.startswith("\t")
        or _NO_TITLE.match(text)
        or "://" in text
        or text.rstrip().endswith((".", ",", ";", ":"))
    )


class _Fences:
    """Where fences end. A fence may hold lines that look like headings (shell comments),
    and a fence that nobody closed may be followed by headings: this tells them apart.
    """

    def __init__(self, source: Source, heads: list[Head], hidden: frozenset[int]) -> None:
        self._source = source
        found = ((index, fence_marker(line)) for index, line in enumerate(source.text))
        self.markers = {index: marker for index, marker in found if marker and index not in hidden}
        self._enders = _Enders(source, heads)
        self._closer = _closers(self.markers)
        self._same = {
            sign: [index for index, (marker, _) in self.markers.items() if marker[0] == sign]
            for sign in "`~"
        }
        self._opening = {
            sign: [index for index in indices if self.markers[index][1]]
            for sign, indices in self._same.items()
        }

    def resolve(self, start: int, talk_level: int) -> Fence:
        """The fence that opens at ``start``, in a text whose talks stand at ``talk_level``."""
        info = self.markers[start][1]
        closer = self._closer.get(start)
        talk = self._enders.after(start, talk_level)
        if closer is not None and (
            talk is None or closer < talk or self._closes(start, talk, closer, talk_level)
        ):
            return Fence(start, closer + 1, info, closed=True)
        return Fence(start, len(self._source) if talk is None else talk, info, closed=False)

    def _closes(self, start: int, talk: int, closer: int, talk_level: int) -> bool:
        """Whether ``closer`` ends the fence although a heading stands between the two.

        It does not when it rather opens the heading's own fence: another fence opens in
        between, or the marker has a blank line before it and none after it. Where that
        does not tell, the heading's section counts its markers: they come in pairs.
        """
        sign, length = self.markers[start][0][0], len(self.markers[start][0])
        opening = self._opening[sign]
        position = bisect_right(opening, talk)
        nested = opening[position] if position < len(opening) else closer
        if nested < closer and len(self.markers[nested][0]) >= length:
            return False
        before = self._source.is_blank(closer - 1)
        after = self._source.is_blank(closer + 1)
        if before != after:
            return after
        same = self._same[sign]
        section = self._enders.before(closer, talk_level)
        following = self._enders.after(closer, talk_level)
        stop = len(same) if following is None else bisect_left(same, following)
        return (stop - bisect_left(same, section)) % 2 == 1


class _Enders:
    """The headings that end a fence left open: those of the talks' level, and shallower
    ones that stand alone between blank lines (``# install`` above a command does not).
    """

    def __init__(self, source: Source, heads: list[Head]) -> None:
        starts = {head.start for head in heads}
        self._at: list[list[int]] = [[] for _ in range(7)]
        self._alone: list[list[int]] = [[] for _ in range(7)]
        for head in heads:
            self._at[head.level].append(head.start)
            if source.is_blank(head.start - 1) and (
                source.is_blank(head.end) or head.end in starts
            ):
                self._alone[head.level].append(head.start)

    def _eligible(self, talk_level: int) -> list[list[int]]:
        if not talk_level:
            return self._at
        return [*self._alone[:talk_level], self._at[talk_level]]

    def after(self, index: int, talk_level: int) -> int | None:
        """The first that starts after ``index``."""
        found = [
            starts[position]
            for starts in self._eligible(talk_level)
            if (position := bisect_right(starts, index)) < len(starts)
        ]
        return min(found, default=None)

    def before(self, index: int, talk_level: int) -> int:
        """The last that starts before ``index``; there must be one."""
        return max(
            starts[position - 1]
            for starts in self._eligible(talk_level)
            if (position := bisect_left(starts, index))
        )


def _closers(markers: dict[int, tuple[str, str]]) -> dict[int, int]:
    """For each marker the next one that can close it: bare, of its sign, as long or longer."""
    closers: dict[int, int] = {}
    # From the end: bare markers still ahead, the nearest last; one that a nearer and longer
    # marker hides can close nothing any more, so that lengths fall towards the end.
    ahead: dict[str, list[tuple[int, int]]] = {"`": [], "~": []}
    for index in reversed(markers):
        marker, info = markers[index]
        length, stack = len(marker), ahead[marker[0]]
        position = bisect_right(stack, -length, key=lambda entry: -entry[0])
        if position:
            closers[index] = stack[position - 1][1]
        if not info:
            while stack and stack[-1][0] <= length:
                stack.pop()
            stack.append((length, index))
    return closers
