"""Names that talks share (tags, speakers, events, languages) → the paths of their pages and feeds.

People subscribe to these paths, so that a path must stay where it is when other names come.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from feeds.model import Talk
from feeds.text import one_line, slugify

_MAX_SLUG = 60
_DIGEST = 6
# Normalising a long run of combining marks is quadratic (Unicode §3.11); no name is so long.
_MAX_NORMALISED = 500


class Kind(StrEnum):
    """By what talks are brought together; the value is the folder below ``public/``."""

    TAG = "tags"
    SPEAKER = "speakers"
    EVENT = "events"
    LANGUAGE = "languages"

    @property
    def word(self) -> str:
        """As ``[feed] by`` says it: ``tag``."""
        return self.name.lower()

    # An enum's own is written in Python, and asks for the name.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Group:
    """The talks that share a name, in the order they were given.

    ``name`` is as the first talk that used it wrote it, counted by ``published``; ``slug`` is
    its own among the groups of its kind. ``everything`` has the withdrawn ones among them.
    """

    kind: Kind
    name: str
    slug: str
    talks: tuple[Talk, ...]
    everything: tuple[Talk, ...] = ()

    @property
    def path(self) -> str:
        """Its page below ``public/``; ``feed.atom`` and ``feed.json`` lie in the same folder."""
        return self.kind + "/" + self.slug + "/"


@lru_cache(maxsize=1 << 12)
def key_of(name: str) -> str:
    """What two spellings of one name have in common: blanks and capitals do not matter."""
    key = one_line(name).casefold()
    return unicodedata.normalize("NFC", key) if len(key) <= _MAX_NORMALISED else key


def names_of(kind: Kind, talk: Talk) -> tuple[str, ...]:
    """The names of that kind that a talk bears."""
    if kind is Kind.TAG:
        return talk.tags
    if kind is Kind.SPEAKER:
        return tuple(speaker.name for speaker in talk.speakers)
    if kind is Kind.EVENT:
        return (talk.event.name,) if talk.event else ()
    return (talk.language,)


def groups_of(kind: Kind, talks: Iterable[Talk]) -> tuple[Group, ...]:
    """One group for each name of that kind, in the order of the names.

    A name that only withdrawn talks bear has a group without talks, and keeps its slug.
    """
    found = list(talks)
    written: dict[str, str] = {}
    for talk in sorted(found, key=lambda talk: (talk.published, talk.id)):
        for name in names_of(kind, talk):
            line = one_line(name)
            # The same text, where it can be: a talk has it already.
            written.setdefault(key_of(name), name if line == name else line)
    # A language tag is written with dashes alone.
    slugs = slugs_of(written, dash="-" if kind is Kind.LANGUAGE else "--")
    members: dict[str, list[Talk]] = {}
    for talk in found:
        for key in dict.fromkeys(key_of(name) for name in names_of(kind, talk)):
            members.setdefault(key, []).append(talk)
    return tuple(
        Group(
            kind,
            written[key],
            slugs[key],
            *_shown_and_all(tuple(members[key])),
        )
        for key in sorted(members, key=lambda key: (slugs[key], key))
    )


def _shown_and_all(talks: tuple[Talk, ...]) -> tuple[tuple[Talk, ...], tuple[Talk, ...]]:
    # The same tuple, where it can be: there is a group for nearly every talk.
    shown = tuple(talk for talk in talks if not talk.withdrawn)
    return (talks if len(shown) == len(talks) else shown), talks


def slugs_of(names: Iterable[str], dash: str = "--") -> dict[str, str]:
    """Each name's ``key_of`` → its slug (``a-z0-9-``), no two alike.

    ``names`` stand in the order in which they came into use. A name of which a slug would lose
    letters (日本語) or the signs that make it another word (C++, C#), and one that is too long,
    always has a digest of itself at the end: such a path depends on nothing else. Any other has
    its plain slug, where a dash of its own is ``dash`` ("ana-maria" → ana--maria), unless an
    earlier one has that ("Ana María" before "Ana Maria"): then it carries the digest too. So a
    name that comes later never moves one that was there; a talk that is dated back can, where two
    names differ in accents or punctuation alone.
    """
    keys = list(dict.fromkeys(map(key_of, names)))
    found: dict[str, str] = {}
    taken: set[str] = set()

    def give(key: str, slugs: Iterator[str]) -> None:
        slug = next(slug for slug in slugs if slug not in taken)
        found[key] = slug
        taken.add(slug)

    for key in keys:
        if _loses(key):
            give(key, _digested(key))
    for key in keys:
        if key not in found:
            give(key, _plain_first(key, dash))
    return {key: found[key] for key in keys}


def _plain_first(key: str, dash: str) -> Iterator[str]:
    # A dash of the name's own is doubled: "ana-maria" never asks for the place of "ana maria".
    parts = key.split("-")
    plain = dash.join(slugify(part) for part in parts)
    if len(plain) <= _MAX_SLUG and all(map(_stays, parts)):
        yield plain
    yield from _digested(key)


def _digested(key: str) -> Iterator[str]:
    """``c-9f2c1a`` and, should that be taken, longer ones."""
    slug = slugify(key, _MAX_SLUG)
    head = "x" if slug.startswith("x-") and not _stays(key) else slug
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    for length in range(_DIGEST, len(digest) + 1):
        yield f"{head}-{digest[:length]}"


def _stays(key: str) -> bool:
    """Whether anything of ``key`` stays in a slug."""
    return any(map(_is_plain, key))


def _loses(key: str) -> bool:
    """Whether a slug of ``key`` loses a letter, or a sign that is part of a word.

    That is one that leans on a word at one side: "C++", "C#", "#nube", but not "Q&A" or
    "KubeCon + CloudNativeCon".
    """
    around = f" {key} "
    for before, char, after in zip(around, key, around[2:], strict=False):
        if _is_plain(char) or unicodedata.category(char)[0] == "M":
            continue
        if char.isalnum():
            return True
        if _is_sign(char) and _in_word(before) != _in_word(after):
            return True
    return not _stays(key)


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] == "S" or char in "#%*@"


def _in_word(char: str) -> bool:
    return char.isalnum() or _is_sign(char)


@cache
def _is_plain(char: str) -> bool:
    """Whether a slug shows something of ``char``."""
    return char.isalnum() and not slugify(char).startswith("x-")
