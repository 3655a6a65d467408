"""Heads and entries of Atom documents, for who looks at many that have the same shape.

A site has thousands of them that differ in names, addresses, times and texts alone: their elements
and attributes are the same, and so are all other values. Where one was sound, the next of its shape
is sound when each of those is what it has to be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from feeds.check.documents import media
from feeds.check.documents.atom import ENTRY, FEED
from feeds.check.documents.grammar import Spec
from feeds.check.documents.values import ANY, Kind, choice
from feeds.patterns import pattern

_NAME = "[A-Za-z][A-Za-z0-9]*(?::[A-Za-z][A-Za-z0-9]*)?"
_TAG = pattern(f"({_NAME})((?: {_NAME}=)*)(/?)")
_DECLARATION = "?xml version='1.0' encoding='UTF-8'?"
_STYLE = ("?xml-stylesheet type=", " href=", "?")
# What XML forbids, as bytes, and how some letters that it forbids begin.
_CONTROLS = bytes({*range(32)} - set(b"\t\n\r"))
_NO_LETTER = b"\xef\xbf"
# References that mean more than a letter.
_REFERENCE = pattern(r"&(?!(?:lt|gt|amp|quot|apos);)")
_LETTERS = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
# Who has more has a shape for each document.
_MOST = 4096
_Test = Callable[[str], bool]
# A tag, where it has attributes as what stands around their values.
_Tag = str | tuple[str, ...]


def _of_texts(path: str, spec: Spec, *names: str) -> dict[str, Kind]:
    return {f"{path}/{name}": spec.children[name].text for name in names}


def _of(path: str, spec: Spec, *names: str) -> dict[str, Kind]:
    return {f"{path}@{name}": spec.attributes[name] for name in names}


_PERSON, _LINK = FEED.children["author"], FEED.children["link"]
_MEDIA = "entry/media:content"
_KINDS = {
    **_of_texts("feed", FEED, "id", "title", "subtitle", "updated"),
    **_of_texts("feed/author", _PERSON, "name"),
    **_of("feed/link", _LINK, "href"),
    **_of_texts("entry", ENTRY, "id", "title", "updated", "published", "content", "summary"),
    **_of_texts("entry/author", _PERSON, "name"),
    **_of("entry/link", _LINK, "href", "title", "length"),
    **_of("entry/category", ENTRY.children["category"], "term"),
    **_of(_MEDIA, media.ELEMENTS["content"], "duration"),
    **_of(f"{_MEDIA}/media:player", media.ELEMENTS["player"], "url"),
    **_of(f"{_MEDIA}/media:thumbnail", media.ELEMENTS["thumbnail"], "url"),
    # As HTML a text may be anything, and else it may not.
    "entry/content@type": choice("html"),
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """Of the values of a shape: those that are the same in all that have it, and those that may
    differ, with what they have to be, where they may not be anything."""

    same: tuple[int, ...]
    differing: tuple[tuple[int, _Test], ...]


class Shapes:
    """The shapes that were sound in one build."""

    def __init__(self) -> None:
        self._plans: dict[int, _Plan | None] = {}
        self._sound: set[int] = set()

    def are_sound(
        self,
        start: bytes,
        entries: Sequence[bytes],
        end: bytes,
        judge: Callable[[bytes], int | None],
    ) -> bool:
        """Whether no error is in a document of these entries. ``judge`` is given what has to be
        looked at whole, as a document; it says how many entries are in it, None for an error."""
        # The end by itself as well: entries stand where it begins.
        around, is_known = self._look(start + end, hash(end))
        left, shapes = [], [around]
        for entry in entries:
            # What an entry need not have depends on what stands around it.
            shape, is_sound = self._look(entry, around) if around else (0, False)
            if not is_sound:
                left.append(entry)
                shapes.append(shape)
        if is_known and not left:
            return True
        if judge(b"".join((start, *left, end))) != len(left):
            return False
        if len(self._sound) < _MOST:
            self._sound.update(shape for shape in shapes if shape)
        return True

    def _look(self, data: bytes, around: int) -> tuple[int, bool]:
        """The shape, 0 for none, and whether that was sound before and the values are what they
        have to be."""
        cut = _cut(data)
        if cut is None:
            return 0, False
        markup, values = cut
        told = hash(markup)
        if told not in self._plans and len(self._plans) < _MOST:
            self._plans[told] = _Planner(markup).plan
        plan = self._plans.get(told)
        if plan is None or not all(_is(test, values[at]) for at, test in plan.differing):
            return 0, False
        shape = hash((told, around, *[values[at] for at in plan.same]))
        return shape, shape in self._sound


def _cut(data: bytes) -> tuple[tuple[_Tag, ...], list[str]] | None:
    """A document as its markup and the values in it, attributes' and texts; None where it is not
    as plain as that, or not legal."""
    if _NO_LETTER in data or len(data.translate(None, _CONTROLS)) < len(data):
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    before, *pieces = text.split("<")
    # One such bracket for each of the other kind, which every tag needs.
    if before or text.count(">") != len(pieces) or _REFERENCE.search(text):
        return None
    markup, values = list[_Tag](), list[str]()
    for piece in pieces:
        tag, end, inner = piece.partition(">")
        if not end:
            return None
        if '"' in tag:
            parts = tag.split('"')
            markup.append(tuple(parts[::2]))
            values += parts[1::2]
        else:
            markup.append(tag)
        values.append(inner)
    return tuple(markup), values


def _is(test: _Test, value: str) -> bool:
    """Whether a value is what it has to be, once its references are letters."""
    if "&" in value:
        for reference, letter in _LETTERS:
            value = value.replace(reference, letter)
    return test(value)


class _Planner:
    """Makes the ``plan`` for what has this markup; None for all but one element with others in it.
    A piece that is none may be sound beside another, and would not be alone."""

    def __init__(self, markup: Sequence[_Tag]) -> None:
        self._path: list[str] = []
        self._places: list[str] = []  # of the values, as far as they have one
        self.plan = self._planned(markup)

    def _planned(self, markup: Sequence[_Tag]) -> _Plan | None:
        begun = False
        for tag, after in pairwise((*markup, "")):
            if tag in {_DECLARATION, _STYLE}:
                self._places += [""] * (1 if isinstance(tag, str) else len(tag))
            elif isinstance(tag, str) and tag.startswith("/"):
                if not self._path:
                    return None
                # Its name is part of the markup: where it is another one, no document is sound.
                self._path.pop()
                self._places.append("")
            elif (begun and not self._path) or not self._element(tag, after):
                return None
            else:
                begun = True
        if self._path or not begun:
            return None
        tests = [(at, _KINDS.get(place)) for at, place in enumerate(self._places)]
        same = tuple(at for at, kind in tests if kind is None)
        return _Plan(same, tuple((at, kind.test) for at, kind in tests if kind and kind is not ANY))

    def _element(self, tag: _Tag, after: _Tag) -> bool:
        """One that begins, or is empty; False for what is none."""
        around = (tag,) if isinstance(tag, str) else tag
        found = _TAG.fullmatch("".join(around))
        if found is None:
            return False
        name, attributes = found[1], found[2].replace("=", "").split()
        place = "/".join((*self._path, name))
        # Names without a prefix mean the same everywhere.
        if len(attributes) != len(around) - 1 or ("xmlns" in attributes and place != "feed"):
            return False
        self._places += [f"{place}@{attribute}" for attribute in attributes]
        if found[3]:
            self._places.append("")
        else:
            self._path.append(name)
            # A text is what it has to be where it is all that there is in its element.
            self._places.append(place if after == f"/{name}" else "")
        return True
