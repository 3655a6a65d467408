"""A kit in another language: what a person reads in theirs, not in the publication's."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from feeds.render.kit import Kit
from feeds.render.words import Words


@dataclass(frozen=True, slots=True)
class Choice:
    """A language that a person can choose: its tag (empty: the publication's), in its own words."""

    tag: str
    name: str


@lru_cache(maxsize=32)
def speaking(kit: Kit, language: str) -> Kit:
    """``kit`` in ``language``; in the publication's when that is empty or has no catalog."""
    tag = language or kit.publication.language
    if Words(tag, kit.catalogs).language != tag.split("-")[0].lower():
        tag = kit.publication.language
    if Words(tag, kit.catalogs).language == kit.words.language:
        tag = kit.publication.language
    if tag == kit.publication.language:
        return kit
    return replace(kit, publication=replace(kit.publication, language=tag))


def choices(kit: Kit) -> tuple[Choice, ...]:
    """The publication's language first, then every other that has a catalog."""
    own = kit.words.language
    others = sorted({"en", *kit.catalogs} - {own})
    return tuple(Choice("" if tag == own else tag, _name(tag)) for tag in (own, *others))


def accepted(kit: Kit, header: str) -> str:
    """The language that a browser asks for (RFC 9110 §12.5.4), of those that we speak.

    Empty, for the publication's, when it names none of them.
    """
    known = {"en", *kit.catalogs}
    wanted = []
    for part in header.split(",")[:20]:
        tag, _, quality = part.strip().partition(";")
        primary = tag.strip().split("-")[0].lower()
        if primary in known:
            wanted.append((_quality(quality), primary))
    best = max((quality for quality, _ in wanted), default=0.0)
    found = next((tag for quality, tag in wanted if quality == best and best > 0), "")
    return "" if found == kit.words.language else found


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0


def _name(tag: str) -> str:
    from babel import Locale

    name = str(Locale.parse(tag).get_display_name(tag) or tag)
    return name[:1].upper() + name[1:]


def tags_of(found: Iterable[Choice]) -> frozenset[str]:
    """What may be chosen."""
    return frozenset(choice.tag for choice in found)
