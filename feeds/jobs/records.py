"""What is made of one talk alone, once: its HTML, and its fragment of every document.

A record is a few named parts as bytes. It depends on the talk's file, on what lies beside it (its
recording's sidecar, its slides, its picture) and on what is the same for all talks.
"""

import hashlib
import marshal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from feeds.jobs.faces import packed
from feeds.jobs.made import DIGEST_BYTES
from feeds.model import Talk
from feeds.render import finding, fragments_of, newsletter, podcast
from feeds.render.kit import Kit
from feeds.render.markdown import Body, body_of
from feeds.render.search import found_on

TEXTS, CARD, WORDS, ITEM, FACE = "texts", "card", "words", "item", "face"
Where = tuple[Any, ...]


class Store(Protocol):
    """Where records are put, and found again."""

    def put(self, parts: Mapping[str, bytes]) -> Where:
        """Keep the parts of one talk."""
        ...

    def flush(self) -> None:
        """Let other processes find what this one has put."""
        ...

    def get(self, where: Where, part: str) -> bytes:
        """One of the parts; empty for one that was not put."""
        ...


class Scratch:
    """A Store that lasts as long as the process."""

    def __init__(self) -> None:
        self._parts: dict[int, Mapping[str, bytes]] = {}

    def put(self, parts: Mapping[str, bytes]) -> Where:
        """Keep the parts of one talk."""
        self._parts[len(self._parts)] = dict(parts)
        return (len(self._parts) - 1,)

    def flush(self) -> None:
        """Nothing: there is no other process."""

    def get(self, where: Where, part: str) -> bytes:
        """One of the parts."""
        return self._parts[where[0]].get(part, b"")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a talk file. ``stamp`` tells this state of it from another without reading
    it, ``digest`` by its bytes; ``face`` stands for what lists show of the talk.

    ``talk`` is without its texts where only its record shows them. ``key`` stands for all that its
    record was made of, and ``where`` is that; ``references`` are the files that its texts name.
    Both are empty for a talk that nobody is shown. A ``sound`` record's fragments went through the
    gate.
    """

    stamp: str
    digest: bytes
    talk: Talk
    face: bytes
    key: bytes = b""
    where: Where = ()
    references: frozenset[str] = frozenset()
    sound: bool = False


def digest(*parts: bytes | str) -> bytes:
    """Bytes that stand for all of the parts."""
    found = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.digest()


def without_texts(talk: Talk) -> Talk:
    """The talk as lists show it."""
    return replace(talk, notes="", abstract="")


def around(kit: Kit, talk: Talk) -> bytes:
    """What stands for the files beside a talk that its record and its page show."""
    sidecar = kit.sidecar(talk)
    texts = sidecar.transcripts if sidecar else ()
    told = (
        kit.slides(talk) if talk.slides else None,
        kit.thumbnail(talk),
        sidecar.facts if sidecar else None,
        [(one, kit.assets.get(f"recordings/{one.name}")) for one in texts],
        talk.slug in kit.audible,
        (kit.show.folder, kit.show.audio.get(talk.slug)) if kit.show else None,
    )
    return digest(repr(told))


def records_of(kit: Kit, talks: Sequence[Talk]) -> list[tuple[dict[str, bytes], frozenset[str]]]:
    """Each talk's parts, and the files that its texts name. ``talks`` have their texts.

    One thing is made of all of them before the next: what makes it stays in the processor's caches
    meanwhile, which saves a fifth.
    """
    bodies = [body_of(talk, kit.publication.base_url) for talk in talks]
    whole = list(zip(talks, bodies, strict=True))
    summaries = [newsletter.summary_of(talk, body) for talk, body in whole]
    words = [_words(kit, talk, body) for talk, body in whole]
    shown = [
        newsletter.page_card(kit, talk, summary).encode()
        for talk, summary in zip(talks, summaries, strict=True)
    ]
    fragments = [fragments_of(kit, talk, body) for talk, body in whole]
    found = []
    for (talk, body), summary, told, card, formats in zip(
        whole, summaries, words, shown, fragments, strict=True
    ):
        texts = (body.notes_html, body.abstract_html, summary, talk.notes, talk.abstract)
        parts = {
            TEXTS: marshal.dumps(tuple(map(_plain, texts))),
            CARD: card,
            WORDS: told,
            FACE: packed(without_texts(talk)),
            **formats,
        }
        if kit.show and talk.slug in kit.show.audio:
            parts[ITEM] = podcast.item(kit, kit.show, talk, body)
        found.append((parts, body.references))
    return found


def _words(kit: Kit, talk: Talk, body: Body) -> bytes:
    page, about, texts = finding.of_talk(kit, talk, body)
    return marshal.dumps((page, found_on(page[1], about, texts)))


def texts_of(
    talk: Talk, data: bytes, references: Iterable[str]
) -> tuple[Talk, Body, tuple[str, str]]:
    """The talk whole, its HTML, and its summary with the language of that, out of TEXTS."""
    notes_html, abstract_html, summary, notes, abstract = marshal.loads(data)  # noqa: S302 # checked by the store
    body = Body(notes_html, abstract_html, frozenset(references))
    return replace(talk, notes=notes, abstract=abstract), body, summary


def words_of(data: bytes) -> tuple[tuple[str, str, str], dict[str, int]]:
    """The page that the search index is told of, and its words, out of WORDS."""
    page, found = marshal.loads(data)  # noqa: S302 # checked by the store
    return page, found


def _plain(value: Any) -> Any:
    """Strings of a plain kind, which marshal takes: markup is one of its own."""
    return tuple(map(str, value)) if isinstance(value, tuple) else str(value)
