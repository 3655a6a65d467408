"""The search index: words → the pages that hold them, in files to fetch as people type.

Ours, and no library: an index that a build keeps in step must be the same bytes for the same
talks, made from texts in memory. The files, all JSON:

- ``search/index.json``: how many pages, and the beginnings of words by which the rest is cut;
- ``search/words-<hex>.json``: each word with that beginning → the pages that hold it;
- ``search/pages-<n>.json``: 200 pages each: path, title, what stands below the title.

``templates/search.js`` reads them. Both fold words in the same way: NFKD, without marks, in small
letters. Chinese and Japanese, which put no blanks between words, are cut into characters.
"""

import html
import json
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from feeds.model import Output
from feeds.text import xml_legal

FOLDER = "search/"
INDEX_PATH = f"{FOLDER}index.json"
PAGES_A_FILE = 200
MAX_WORD = 32
_MAX_FILE_CHARS = 48_000
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_TAG = re.compile(r"<[^>]*>")


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
    return text.translate(_FOLDED)


def words_of(text: str) -> list[str]:
    """The words of ``text``, folded, in their order."""
    return [word[:MAX_WORD] for word in _WORD.findall(folded(text))]


def words_of_html(sanitised: str) -> list[str]:
    """The words of sanitised HTML: its text, without tags."""
    return words_of(html.unescape(_TAG.sub(" ", sanitised)))


@dataclass(slots=True)
class Index:
    """Collects pages. Numbers are given by the caller, so that they can stay what they were.

    A posting is ``number * 4 + Where``: four bytes for a word on a page.
    """

    pages: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    _words: dict[str, "array[int]"] = field(default_factory=dict)

    def add(
        self,
        number: int,
        page: tuple[str, str, str],
        about: Iterable[str] = (),
        texts: Iterable[str] = (),
    ) -> None:
        """Take in a page: its path, its title, what stands below the title; ``about`` are words
        on who, where and what, ``texts`` are sanitised HTML."""
        self.pages[number] = page
        found = {word: Where.TEXT for text in texts for word in words_of_html(text)}
        found |= {word: Where.ABOUT for text in about for word in words_of(text)}
        found |= dict.fromkeys(words_of(page[1]), Where.TITLE)
        words = self._words
        for word, where in found.items():
            postings = words.get(word)
            if postings is None:
                postings = words[word] = array("I")
            postings.append(number * 4 + where)

    def outputs(self) -> Iterator[Output]:
        """The files."""
        entries = {
            word: f"{_json(word)}:{_json(_steps(postings))}"
            for word, postings in sorted(self._words.items())
        }
        beginnings = []
        for beginning, words in _cut("", list(entries), entries):
            beginnings.append(beginning)
            told = ",".join(entries[word] for word in words)
            yield Output(words_path(beginning), f"{{{told}}}\n".encode())
        count = len(self.pages)
        for first in range(0, count, PAGES_A_FILE):
            some = [self.pages[number] for number in range(first, min(first + PAGES_A_FILE, count))]
            path = f"{FOLDER}pages-{first // PAGES_A_FILE}.json"
            yield Output(path, (xml_legal(_json(some)) + "\n").encode())
        head = {"pages": count, "pages_a_file": PAGES_A_FILE, "words": beginnings}
        yield Output(INDEX_PATH, (_json(head) + "\n").encode())


def words_path(beginning: str) -> str:
    """The file of the words that begin so, below ``public/``."""
    return f"{FOLDER}words-{beginning.encode().hex()}.json"


def _steps(postings: Iterable[int]) -> list[int]:
    """Ascending numbers as the step from each to the next: fewer digits."""
    found, before = [], 0
    for posting in sorted(postings):
        found.append(posting - before)
        before = posting
    return found


def _cut(
    beginning: str, words: list[str], entries: Mapping[str, str]
) -> Iterator[tuple[str, list[str]]]:
    """Sorted words in parts that fit a file, each with the beginning that its words share."""
    size = sum(len(entries[word]) + 1 for word in words)
    if size <= _MAX_FILE_CHARS or len(words) == 1:
        if words:
            yield beginning, words
        return
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[: len(beginning) + 1], []).append(word)
    for longer, members in groups.items():  # the word that is all beginning stands alone
        yield from _cut(longer, members, entries)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
