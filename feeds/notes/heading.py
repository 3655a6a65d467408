"""A talk's heading: "Kind: Title [Level] - Speaker, Role, Organization"."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from feeds.model import Speaker
from feeds.notes import words
from feeds.notes.people import Cast, read_cast, read_parenthesis
from feeds.text import one_line, shortened

_DASHES = (" - ", " – ", " — ", " -- ", " --- ")
_LONGEST_LEVEL = 40
_BRACKETS = {"]": "[", ")": "("}
_MARKED_DASH = re.compile(r"[])] (?:-{1,3}|[–—]) ")
# What makes a level and a dash say nothing: "Introduction [B] - Part 2".
_NO_CAST = re.compile(r"[?!¿¡]|[0-9]")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says. ``remarks`` tell, in plain English, what of it was a guess."""

    title: str
    kind: str = "talk"
    level: str = ""
    speakers: tuple[Speaker, ...] = ()
    remarks: tuple[str, ...] = ()


class _Split(NamedTuple):
    """A heading without its kind, in parts."""

    title: str
    level: str = ""
    cast: Cast | None = None
    remarks: tuple[str, ...] = ()


def read_heading(text: str) -> Heading:
    """The parts of a heading, of which every word ends in a field.

    The title keeps what is not understood: a colon that introduces no kind, a dash that no
    personal name follows.
    """
    whole = _without_emphasis(one_line(text))
    kind, rest, remarks = _split_kind(whole)
    rest, level = _split_level(rest)
    title, marked, cast, remark = _split_cast(rest)
    if not title:
        return Heading(whole)
    if level and marked and level != marked:
        remarks += (f"level: two are named; {level} was taken, {marked} left out",)
    speakers, doubts = (cast.speakers, cast.doubts) if cast else ((), ())
    return Heading(title, kind, level or marked, speakers, (*remarks, *remark, *doubts))


def _without_emphasis(text: str) -> str:
    if text.startswith("**") and text.count("**") == 2:
        return one_line(text.replace("**", "")) or text
    return text


def _split_kind(text: str) -> tuple[str, str, tuple[str, ...]]:
    before, colon, after = text.partition(":")
    prefix = words.label(before)
    kind = words.KINDS.get(prefix)
    if not colon or not kind or not after.strip():
        return "talk", text, ()
    remark = f"kind: “{before.strip()}” was read as {kind}"
    return kind, after.strip(), (remark,) if prefix in words.LOSSY_KINDS else ()


def _split_level(text: str) -> tuple[str, str]:
    """``text`` without the level that it ends with ("[I]", "(Beginner)"), and the level."""
    opening = _BRACKETS.get(text[-1:], "")
    start = text.rfind(opening) if opening else -1
    # A level marks a title; alone it is one.
    if start < 1:
        return text, ""
    inner = text[start + 1 : -1]
    letter = words.LEVEL_LETTERS.get(inner, "") if opening == "[" else ""
    level = letter or words.LEVELS.get(words.fold(inner), "")
    return (text[:start].rstrip(), level) if level else (text, "")


def _split_cast(text: str) -> _Split:
    """A heading without its kind, taken apart."""
    marked = _marked(text)
    if marked:
        return marked
    title, rest = _last_dash(text)
    cast = read_cast(rest) if rest else None
    if cast:
        bare, level = _split_level(title)
        return _Split(bare, level, cast)
    title, cast = _split_parenthesis(text)
    if rest and not cast:
        remark = f"speakers: none recognised; “{shortened(rest, 80)}” was kept in the title"
        return _Split(text, remarks=(remark,))
    return _Split(title, cast=cast)


def _marked(text: str) -> _Split | None:
    """The heading cut at the first dash with a level before it, if speakers follow."""
    for match in _MARKED_DASH.finditer(text):
        bracket = match.start() + 1
        nearby = text[max(0, bracket - _LONGEST_LEVEL) : bracket]
        short, level = _split_level(nearby)
        if level:
            title = text[: bracket - len(nearby)] + short
            rest = text[match.end() :]
            doubtful = _NO_CAST.search(rest) or _last_dash(rest)[1]
            cast = read_cast(rest) or (None if doubtful else read_cast(rest, certain=True))
            return _Split(title.rstrip(), level, cast) if cast else None
    return None


def _last_dash(text: str) -> tuple[str, str]:
    """What stands before and behind the last dash between blanks."""
    position, dash = max((text.rfind(dash), dash) for dash in _DASHES)
    if position < 1:
        return text, ""
    return text[:position].rstrip(), text[position + len(dash) :].lstrip()


def _split_parenthesis(text: str) -> tuple[str, Cast | None]:
    """Title and speakers of "Title (Name, Organization)"."""
    title, opening, inner = text.removesuffix(")").rpartition(" (")
    cast = read_parenthesis(inner) if opening and title and text.endswith(")") else None
    return (title, cast) if cast else (text, None)
