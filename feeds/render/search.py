"""The search index: words → the pages that hold them, in files to fetch as people type.

Ours, and no library: an index that a build keeps in step must be the same bytes for the same
talks, made from texts in memory. The files, all JSON:

- ``search/index.json``: how many pages, and the beginnings of words by which the rest is cut;
- ``search/words-<hex>.json``: each word with that beginning → the pages that hold it;
- ``search/pages-<n>.json``: 200 pages each: path, title, what stands below the title.

``templates/search.js`` reads them. Both fold words in the same way: NFKD, without marks, in small
letters. Chinese and Japanese, which put no blanks between words, are cut into characters.
"""

import codecs
import html
import marshal
import unicodedata
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, partial
from itertools import accumulate

from feeds.model import Kept, Output
from feeds.patterns import pattern
from feeds.render.jsontext import json_text
from feeds.render.postings import Postings
from feeds.text import xml_legal

FOLDER = "search/"
INDEX_PATH = f"{FOLDER}index.json"
PAGES_A_FILE = 200
MAX_WORD = 32
_MAX_FILE_CHARS = 48_000
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = pattern(rf"[{_CJK}]|[^\W_{_CJK}]+")
_TAG = pattern(r"<[^>]*>")
_BEYOND_ASCII = pattern("[^\0-\x7f]")
# What an index is packed into, some words and files of pages at a time.
_HEAD, _WORDS, _PAGES = "head", "words", "pages"
_PART_BYTES, _FILES_A_PART = 1 << 20, 20
# What a word takes besides its postings, about.
_AROUND_POSTINGS = 20
# So many different ones are exchanged one after the other; with more, one pass is shorter.
_FEW = 24


class Where(IntEnum):
    """Where on a page a word stands; the more it says about the page, the higher."""

    TEXT = 1
    ABOUT = 2
    TITLE = 3


class _Folding(dict[int, str]):
    """``str.translate``'s table: each character folded, found out once.

    One character at a time, because normalising a long run of marks is quadratic.
    """

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code)).lower()
        found = "".join(part for part in parts if unicodedata.category(part)[0] != "M")
        self[code] = found = found.replace("ς", "σ")
        return found


_FOLDED = _Folding()


def folded(text: str) -> str:
    """``text`` in small letters, without accents: what is compared, and sorted by."""
    if text.isascii():
        return text.lower()
    # Most texts in Latin letters have a few others, each of them often.
    others = {char: _FOLDED[ord(char)] for char in set(_BEYOND_ASCII.findall(text))}
    if len(others) > _FEW or not "".join(others.values()).isascii():
        return text.translate(_FOLDED)
    for char, plain in others.items():
        text = text.replace(char, plain)
    return text.lower()


def words_of(text: str) -> list[str]:
    """The words of ``text``, folded, in their order."""
    return [word[:MAX_WORD] for word in _whole_words(text)]


def _whole_words(text: str) -> list[str]:
    # Nearly all texts in Latin letters have no others than these 256, and signs between words.
    plain = text.encode("latin-1", "feeds-signs").translate(_latin())
    if 0 not in plain:
        return plain.decode("ascii").split()
    return _WORD.findall(folded(text))


@cache
def _latin() -> bytes:
    """Each character of Latin-1 folded, where that is one letter or digit of ASCII; a blank for
    what stands between words, and 0 for what only the long way knows."""
    found = bytearray(256)
    for code in range(256):
        plain = _FOLDED[code]
        if not _WORD.search(plain):
            found[code] = ord(" ")
        elif len(plain) == 1 and plain.isascii():
            found[code] = ord(plain)
    return bytes(found)


def _signs(error: UnicodeError) -> tuple[str, int]:
    """A blank for what is not in Latin-1 and stands between words; for a letter one that
    ``_latin`` does not know."""
    assert isinstance(error, UnicodeEncodeError)
    others = error.object[error.start : error.end].translate(_FOLDED)
    # A mark that stands alone belongs to the letter before it.
    return ("½" if not others or _WORD.search(others) else " "), error.end


codecs.register_error("feeds-signs", _signs)


def words_of_html(sanitised: str) -> list[str]:
    """The words of sanitised HTML: its text, without tags."""
    return words_of(_text(sanitised))


def _text(sanitised: str) -> str:
    return html.unescape(_TAG.sub(" ", sanitised))


def found_on(title: str, about: Iterable[str] = (), texts: Iterable[str] = ()) -> dict[str, int]:
    """The words of a page, each with its Where: ``about`` are words on who, where and what,
    ``texts`` are sanitised HTML."""
    found: dict[str, int] = {}
    places = (
        ("\n".join(map(_text, texts)), Where.TEXT),
        ("\n".join(about), Where.ABOUT),
        (title, Where.TITLE),
    )
    for text, where in places:
        # Each word is cut once, however often it occurs.
        words = dict.fromkeys(_whole_words(text))
        found |= dict.fromkeys([word[:MAX_WORD] for word in words], int(where))
    return found


@dataclass(slots=True)
class Index:
    """Collects pages. Numbers are given by the caller, so that they can stay what they were.

    A posting is ``number * 4 + Where``. What was collected can be packed and opened again, to
    exchange the words of a few pages.
    """

    pages: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    _words: Postings = field(default_factory=Postings)
    _sizes: dict[str, int] = field(default_factory=dict)
    _packed: list[bytes] = field(default_factory=list)
    _count: int = 0
    _known: frozenset[str] = frozenset()
    _beginnings: tuple[str, ...] = ()
    _changed: set[str] = field(default_factory=set)
    _moved: set[int] = field(default_factory=set)

    def add(
        self,
        number: int,
        page: tuple[str, str, str],
        about: Iterable[str] = (),
        texts: Iterable[str] = (),
    ) -> None:
        """Take in a page: its path, its title, what stands below the title; and its words."""
        self.put(number, page, found_on(page[1], about, texts))

    def put(self, number: int, page: tuple[str, str, str], found: Mapping[str, int]) -> None:
        """Take in a page with the words that were found on it."""
        self.pages[number] = page
        self._count += 1
        place, last = divmod(number + 1, PAGES_A_FILE)
        if not last and place == len(self._packed) + 1:
            self._pack(place - 1)
        self._words.add(number * 4, found)

    def exchange(
        self,
        number: int,
        page: tuple[str, str, str],
        before: Mapping[str, int],
        after: Mapping[str, int],
    ) -> None:
        """Another page in place of one; its words ``before`` and ``after``."""
        self._unpack(number // PAGES_A_FILE)
        if self.pages[number] != page:
            self.pages[number] = page
            self._moved.add(number // PAGES_A_FILE)
        for word, where in before.items():
            if after.get(word) != where:
                self._words.changing(word).remove(number * 4 + where)
                self._changed.add(word)
        for word, where in after.items():
            if before.get(word) != where:
                self._words.changing(word).append(number * 4 + where)
                self._changed.add(word)

    def _unpack(self, place: int) -> None:
        """The pages of one file, as texts again."""
        if place < len(self._packed):
            self.pages |= dict(enumerate(self._some_pages(place), place * PAGES_A_FILE))

    def _pack(self, place: int) -> None:
        """Keep the pages of one file as bytes: as texts they take ten times the memory."""
        some = range(place * PAGES_A_FILE, (place + 1) * PAGES_A_FILE)
        if all(number in self.pages for number in some):
            told = marshal.dumps([self.pages.pop(number) for number in some])
            self._packed.append(zlib.compress(told, 1))

    def _some_pages(self, place: int) -> list[tuple[str, str, str]]:
        """The pages of one file."""
        first = place * PAGES_A_FILE
        if place < len(self._packed) and first not in self.pages:
            told = zlib.decompress(self._packed[place])
            found: list[tuple[str, str, str]] = marshal.loads(told)  # noqa: S302 # ours
            return found
        stop = min(first + PAGES_A_FILE, self._count)
        return [self.pages[number] for number in range(first, stop)]

    def packed(self) -> dict[str, Callable[[], bytes]]:
        """All of it, once the files were made, in parts with names, and what makes each: as one
        they take as much memory as all else."""
        parts: dict[str, Callable[[], bytes]] = {}
        some: list[str] = []
        size = 0
        for word in self._words:
            some.append(word)
            size += _AROUND_POSTINGS + self._words.size_bytes(word)
            if size >= _PART_BYTES:
                parts[f"{_WORDS} {len(parts)}"] = partial(self._packed_words, some)
                some, size = [], 0
        parts[f"{_WORDS} {len(parts)}"] = partial(self._packed_words, some)
        files = range(-(-self._count // PAGES_A_FILE))
        for start in range(0, len(files), _FILES_A_PART):
            some_files = files[start : start + _FILES_A_PART]
            parts[f"{_PAGES} {start}"] = partial(self._packed_pages, some_files)
        names = tuple(parts)
        parts[_HEAD] = lambda: marshal.dumps((self._count, self._sizes, self._beginnings, names))
        return parts

    def _packed_words(self, words: Sequence[str]) -> bytes:
        return marshal.dumps({word: self._words.packed(word) for word in words})

    def _packed_pages(self, places: Iterable[int]) -> bytes:
        return marshal.dumps(
            [
                self._packed[place]
                if place < len(self._packed) and place not in self._moved
                else zlib.compress(marshal.dumps(self._some_pages(place)), 1)
                for place in places
            ]
        )

    @classmethod
    def opened(cls, part: Callable[[str], bytes]) -> "Index":
        """The same again. Each ``part`` must be what ``packed`` gave in this version of Python."""
        count, sizes, beginnings, names = marshal.loads(part(_HEAD))  # noqa: S302 # checked by whoever kept it
        words: dict[str, bytes] = {}
        pages: list[bytes] = []
        for name in names:
            some = marshal.loads(part(name))  # noqa: S302 # as above
            if name.startswith(_WORDS):
                words |= some
            else:
                pages += some
        return cls({}, Postings(words.items()), sizes, pages, count, frozenset(beginnings))

    def outputs(self) -> Iterator[Output | Kept]:
        """The files. After ``opened``, those that no exchange touched are kept."""
        self._words.close()
        known = self._known
        for word in [word for word in self._changed if not self._words.of(word)]:
            self._words.discard(word)
            self._sizes.pop(word, None)
        words = sorted(self._words)
        entries: dict[str, str] = {}
        for word in filter(self._words.__contains__, self._changed) if known else words:
            text = _entry(word, self._words.of(word))
            self._sizes[word] = len(text)
            if known:  # else all of them: made again they take less than they would hold
                entries[word] = text
        ends = [0, *accumulate(self._sizes[word] + 1 for word in words)]
        changed = sorted(self._changed)
        beginnings = []
        for beginning, start, stop in _cut("", words, ends, 0, len(words)):
            beginnings.append(beginning)
            path, some = words_path(beginning), words[start:stop]
            at = bisect_left(changed, beginning)
            touched = at < len(changed) and changed[at].startswith(beginning)
            if beginning in known and not touched:
                yield Kept(path)
            else:
                told = ",".join(
                    entries.get(word) or _entry(word, self._words.of(word)) for word in some
                )
                yield Output(path, f"{{{told}}}\n".encode())
        self._beginnings = tuple(beginnings)
        count = self._count
        for place in range(-(-count // PAGES_A_FILE)):
            path = f"{FOLDER}pages-{place}.json"
            if known and place not in self._moved:
                yield Kept(path)
                continue
            yield Output(path, (xml_legal(json_text(self._some_pages(place))) + "\n").encode())
        head = {"pages": count, "pages_a_file": PAGES_A_FILE, "words": beginnings}
        yield Output(INDEX_PATH, (json_text(head) + "\n").encode())


def words_path(beginning: str) -> str:
    """The file of the words that begin so, below ``public/``."""
    return f"{FOLDER}words-{beginning.encode().hex()}.json"


def _entry(word: str, postings: Iterable[int]) -> str:
    """A word and its pages: ascending numbers as the step from each to the next, which has fewer
    digits."""
    steps, before = [], 0
    for posting in sorted(postings):
        steps.append(str(posting - before))
        before = posting
    return f"{json_text(word)}:[{','.join(steps)}]"


def _cut(
    beginning: str, words: Sequence[str], ends: Sequence[int], start: int, stop: int
) -> Iterator[tuple[str, int, int]]:
    """Sorted words in parts that fit a file: each with the beginning that its words share, and
    where it starts and stops. ``ends``: how long the words before each are, written out."""
    if ends[stop] - ends[start] <= _MAX_FILE_CHARS or stop - start == 1:
        if start < stop:
            yield beginning, start, stop
        return
    while start < stop:
        # The word that is all beginning stands alone.
        longer = words[start][: len(beginning) + 1]
        after = start + 1
        if longer != beginning:
            after = bisect_right(words, longer, start, stop, key=lambda word: word[: len(longer)])
        yield from _cut(longer, words, ends, start, after)
        start = after
