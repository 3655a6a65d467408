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
_PUNCTUATION = re.compile(r"[(),]")
_JOINERS = ".'’‘ʼ‐‑-"
_CHUNKS = re.compile(rf"[{_JOINERS}]")
# First words of titles, rather than of names without anything behind them.
_NO_FIRST_NAME = re.compile(r".{3,}ing|.+[ts]ion|.+ci[oó]n", re.IGNORECASE)
_LONGEST_NAME = 80
# Forty speakers with their affiliations; what is longer is no list of speakers.
_LONGEST_CAST = 2_000


@dataclass(frozen=True, slots=True)
class Cast:
    """The speakers in their order. ``doubts`` says, in plain English, where it was a guess."""

    speakers: tuple[Speaker, ...]
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Turn:
    """One or more people who share what is said behind their names."""

    names: list[str]
    facts: list[str] = field(default_factory=list)
    role: str = ""


def read_cast(text: str, *, certain: bool = False) -> Cast | None:
    """The speakers that ``text`` (one line) names, or None when it does not read like that.

    ``certain``: something else already says that these are speakers; the names are then
    taken as they stand, whatever they look like.
    """
    if len(text) > _LONGEST_CAST:
        return None
    turns: list[_Turn] = []
    doubts: list[str] = []
    for group in text.split(";"):
        found = _turns(group.strip(), doubts, certain=certain)
        if not found:
            return None
        turns += found
    names = [name for turn in turns for name in turn.names]
    strange = [name for name in names if not _is_person(name)]
    if strange:
        quoted = shortened(", ".join(strange), 80)
        doubts.append(f"speakers: “{quoted}” does not read like a personal name")
    elif not certain and not any(turn.facts for turn in turns):
        if not all(_is_plain(name) for name in names):
            return None
        doubts.append(f"speakers: “{shortened(text, 80)}” is a guess, from how it is written")
    speakers = (_speaker(name, turn) for turn in turns for name in turn.names)
    return Cast(tuple(speakers), tuple(doubts))


def read_parenthesis(text: str) -> Cast | None:
    """The speakers in "Name, Organization" where somebody wrote that in parentheses."""
    name, comma, _ = text.partition(",")
    cast = read_cast(text) if comma and is_name(name) else None
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
    if not 0 < len(text) <= _LONGEST_NAME or words.fold(text) in words.ORGANIZATIONS:
        return False
    parts = unicodedata.normalize("NFC", text).split(" ")
    while len(parts) > 1 and _undotted(parts[-1]) in words.NAME_SUFFIXES:
        parts.pop()
    if not 2 <= len(parts) <= 5 and not (len(parts) == 1 and _has_no_case(text)):
        return False
    if parts[0] in words.ARTICLES or all(words.fold(part) in words.PARTICLES for part in parts):
        return False
    shouting = text.isupper()
    return all(_is_name_word(part, shouting=shouting) for part in parts) and not text.islower()


def is_role(text: str) -> bool:
    """Whether ``text`` says what somebody does: "CEO", "Independent Developer", "VP of Sales"."""
    parts = words.fold(text).split(" ")
    return parts[-1] in words.ROLE_NOUNS or parts[0] in words.ROLE_HEADS


def _undotted(word: str) -> str:
    return words.fold(word).replace(".", "")


def _has_no_case(text: str) -> bool:
    return len(text) > 1 and text.isalpha() and text.lower() == text.upper()


def _is_name_word(word: str, *, shouting: bool) -> bool:
    if words.fold(word) in words.PARTICLES:
        return True
    if not word or not word[0].isalpha() or words.fold(word) in words.NOT_A_NAME:
        return False
    if not all(char.isalpha() or char in _JOINERS or _is_mark(char) for char in word):
        return False
    first, *others = _CHUNKS.split(word)
    small = first.islower() and not (others and words.fold(first) in words.CAMEL)
    return not small and all(shouting or _is_name_chunk(chunk) for chunk in (first, *others))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _is_name_chunk(chunk: str) -> bool:
    """Whether capitals within a word are a name's (McLuckie, JJ), no product's (GitHub, AWS)."""
    inner = next((index for index, char in enumerate(chunk) if index and char.isupper()), 0)
    return not inner or len(chunk) < 3 or words.fold(chunk[:inner]) in words.CAMEL


def _is_person(text: str) -> bool:
    """Whether it is a name, whatever stands in parentheses behind it."""
    return is_name(text.partition(" (")[0] if text.endswith(")") else text)


def _is_plain(name: str) -> bool:
    """Whether a name with nothing behind it is likely one: short, and no gerund in front."""
    parts = _split_parenthesis(name)[0].split(" ")
    counted = [part for part in parts if part not in words.PARTICLES]
    return 2 <= len(counted) <= 4 and not _NO_FIRST_NAME.fullmatch(parts[0])


def _turns(text: str, doubts: list[str], *, certain: bool) -> list[_Turn]:
    """The people of one group (what stands between semicolons); none when it is no such thing.

    "A & B, Org" and "A, B, and C, Org" share the organization; "A, Org & B, Org" do not.
    """
    role, text = _moderation(text)
    first, *parts = _comma_parts(text)
    names = _names(first)
    if not names and certain and first:
        names = _AND.split(first) if parts else [first]
    if not names:
        return []
    turns = [_Turn(names, role=role)]
    for position, part in enumerate(parts, start=1):
        turn, last = turns[-1], position == len(parts)
        left, names = _trailing_names(part)
        before = [*turn.facts, left] if left else list(turn.facts)
        if names and all(_is_person(fact) for fact in before):
            if before:
                doubts.append(f"speakers: “{shortened(text, 80)}” was read as a list of names")
            turn.names += [*before, *names]
            turn.facts.clear()
        elif names and not (left and last):
            turn.facts[:] = before
            turns.append(_Turn(names))
        else:
            turn.facts.append(part)
            if names:
                doubts.append(f"speakers: “{shortened(part, 80)}” may hold another speaker")
    return turns


def _moderation(text: str) -> tuple[str, str]:
    """The role that a group starts with ("Moderated by …"), and the rest of it."""
    for opening in words.MODERATED:
        if words.fold(text[: len(opening)]) == opening and text[len(opening) :][:1] in {" ", ":"}:
            return "Moderator", text[len(opening) :].lstrip(" :")
    return "", text


def _comma_parts(text: str) -> list[str]:
    """``text`` cut at its commas, but for those in parentheses, of "Inc." and of "Jr."."""
    cuts, depth = [-1], 0
    for match in _PUNCTUATION.finditer(text):
        if match[0] == "," and depth == 0:
            cuts.append(match.start())
        elif match[0] != ",":
            depth = max(0, depth + (1 if match[0] == "(" else -1))
    if depth:
        cuts = [-1, *(match.start() for match in re.finditer(",", text))]
    ends = [*cuts[1:], len(text)]
    parts: list[str] = []
    for start, end in zip(cuts, ends, strict=True):
        part = text[start + 1 : end].strip()
        suffix = _undotted(part).partition(" ")[0]
        if len(parts) > 1 and suffix in words.COMPANY_SUFFIXES:
            parts[-1] += f", {part}"
        elif len(parts) == 1 and suffix in words.NAME_SUFFIXES:
            parts[0] += f", {part}"
        elif part:
            parts.append(part)
    return parts or [""]


def _names(text: str) -> list[str]:
    """The personal names that ``text`` consists of: one, or several joined by "&" or "and"."""
    several = _AND.split(text)
    if len(several) > 1 and all(_is_person(name) for name in several):
        return several
    return [text] if _is_person(text) else []


def _trailing_names(part: str) -> tuple[str, list[str]]:
    """What a part says before its last "&", and the names that follow: "Google & John Doe".

    Both are empty when there are none. In "and John Doe" nothing stands before.
    """
    leading = _LEADING_AND.match(part)
    if leading:
        return "", _names(part[leading.end() :])
    joints = list(_AND.finditer(part))
    names: list[str] = []
    end = len(part)
    for joint in reversed(joints):
        name = part[joint.end() : end]
        if not _is_person(name):
            break
        names.append(name)
        end = joint.start()
    return (part[:end], names[::-1]) if names else ("", [])


def _speaker(name: str, turn: _Turn) -> Speaker:
    bare, role, organization = _split_parenthesis(name)
    if turn.facts:
        said_role, said_organization = _affiliation(turn.facts)
        role = ", ".join(filter(None, (role, said_role)))
        organization = ", ".join(filter(None, (said_organization, organization)))
    return Speaker(bare, ", ".join(filter(None, (turn.role, role))), organization)


def _affiliation(facts: list[str]) -> tuple[str, str]:
    """Role and organization: "Role, Org", "Role, more of it, Org", "Org, Role", "Role at Org"."""
    *others, last = facts
    if not others:
        role, at, organization = _partition(last)
        if at and is_role(role):
            return role, organization
        return (last, "") if is_role(last) else ("", last)
    if not is_role(last):
        return ", ".join(others), last
    return (", ".join(facts), "") if is_role(others[0]) else (last, ", ".join(others))


def _partition(text: str) -> tuple[str, bool, str]:
    match = _AT.search(text)
    return (text[: match.start()], True, text[match.end() :]) if match else (text, False, "")


def _split_parenthesis(name: str) -> tuple[str, str, str]:
    """A name, and the role or else the organization in the parentheses behind it."""
    bare, opening, inner = name.removesuffix(")").partition(" (")
    if not opening or not name.endswith(")") or set(inner) & set("()@"):
        return name, "", ""
    return (bare, inner, "") if is_role(inner) else (bare, "", inner)
