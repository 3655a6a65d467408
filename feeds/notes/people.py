"""Who speaks: the part of a heading behind its dash, "Name, Role, Organization" and its kin."""

import re
import unicodedata
from dataclasses import dataclass, field

from feeds.model import Speaker
from feeds.notes import words
from feeds.text import shortened

_AND = re.compile(r" (?:&|and|y|e|und|et) ")
_LEADING_AND = re.compile(r"(?:&|and|y|e|und|et) ")
_AT = re.compile(r" (?:at|@) ")
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_.'’‘ʼ‐‑-]*(?:[.'’‘ʼ‐‑-]+[^\W\d_.'’‘ʼ‐‑-]+)*[.'’]?")
_CAMEL = re.compile(r"[^\W\d_]*?(?=[A-Z])")
_MODERATED = re.compile(r"([^\W\d_]+(?: por| by)?)(?: ?:)? (?=\S)")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Cast:
    """The speakers in their order. ``doubts`` says, in plain English, where it was a guess."""

    speakers: tuple[Speaker, ...]
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Turn:
    """One or more people who share what is said after their names."""

    names: list[str]
    facts: list[str] = field(default_factory=list)
    role: str = ""


def read_cast(text: str, *, certain: bool = False) -> Cast | None:
    """The speakers that ``text`` (one line) names, or None when it does not read like that.

    ``certain``: something else already says that these are speakers; names are then taken
    as they stand, whatever they look like.
    """
    turns: list[_Turn] = []
    doubts: list[str] = []
    for group in text.split(";"):
        found = _Group(certain=certain).read(group.strip())
        if found is None:
            return None
        turns += found.turns
        doubts += found.doubts
    speakers = tuple(_speaker(name, turn) for turn in turns for name in turn.names)
    strange = [speaker.name for speaker in speakers if not is_name(speaker.name)]
    if strange:
        quoted = shortened(", ".join(strange), 80)
        doubts.append(f"speakers: “{quoted}” does not read like a personal name")
    elif not certain and not any(turn.facts for turn in turns):
        if not all(_is_plain(name) for turn in turns for name in turn.names):
            return None
        doubts.append(f"speakers: “{shortened(text, 80)}” is a guess, from how it is written")
    return Cast(speakers, tuple(doubts))


def read_parenthesis(text: str) -> Cast | None:
    """The speakers in "Name, Organization", as somebody may write them in parentheses."""
    name, comma, _ = text.partition(",")
    cast = read_cast(text) if comma and is_name(name.strip()) else None
    if cast is None:
        return None
    doubt = f"speakers: “{shortened(text, 80)}” is a guess, from the parentheses"
    return Cast(cast.speakers, (*cast.doubts, doubt))


def is_name(text: str) -> bool:
    """Whether ``text`` has the shape of a personal name: two to five words in capitals.

    Particles (de, van) may be small; scripts without capitals are fine, and need no blank.
    A word that titles, techniques or organizations are made of makes it something else.
    """
    text = text.partition(",")[0]
    if not 0 < len(text) <= _LONGEST_NAME:
        return False
    parts = unicodedata.normalize("NFC", text).split(" ")
    while len(parts) > 1 and _plain_word(parts[-1]) in words.NAME_SUFFIXES:
        parts.pop()
    if not 2 <= len(parts) <= 5 and not (len(parts) == 1 and _has_no_case(text)):
        return False
    if words.fold(text) in words.ORGANIZATIONS or _plain_word(parts[0]) in {"la", "las", "los"}:
        return False
    shouting = all(part.isupper() for part in parts)
    return all(_is_name_word(part, shouting=shouting) for part in parts) and any(
        not part.islower() for part in parts
    )


def _plain_word(word: str) -> str:
    return words.fold(word).replace(".", "")


def _has_no_case(text: str) -> bool:
    return len(text) > 1 and text.isalpha() and text.lower() == text.upper()


def _is_name_word(word: str, *, shouting: bool) -> bool:
    folded = words.fold(word)
    if folded in words.PARTICLES:
        return True
    if folded in words.NOT_A_NAME or not _NAME_WORD.fullmatch(word) or word[0].islower():
        return False
    if shouting or "." in word or len(word) < 3:
        return True
    inner = _CAMEL.match(word, 1)
    return inner is None or not word.isupper() and words.fold(word[: inner.end()]) in words.CAMEL


def _is_plain(name: str) -> bool:
    """Whether a name without any comma is one beyond doubt: two to four words, no gerund."""
    parts = [part for part in name.split(" ") if part not in words.PARTICLES]
    return 2 <= len(parts) <= 4 and not re.fullmatch(r".{3,}ing|.+[ts]ion|.+ción", parts[0])


def _speaker(name: str, turn: _Turn) -> Speaker:
    name, role, organization = _split_parenthesis(name)
    for fact in _roles_and_organizations(turn.facts):
        if is_role(fact):
            role = f"{role}, {fact}" if role else fact
        else:
            organization = f"{organization}, {fact}" if organization else fact
    return Speaker(name, f"{turn.role}, {role}".strip(", "), organization)


def _split_parenthesis(name: str) -> tuple[str, str, str]:
    """A name, and the role or the organization in the parentheses behind it."""
    bare, opening, inner = name.rstrip(")").partition(" (")
    if not opening or not name.endswith(")") or "(" in inner or inner.startswith("@"):
        return name, "", ""
    return (bare, inner, "") if is_role(inner) else (bare, "", inner)
