"""Publish: ``public/`` onto a store of files, in an order in which no feed names what is not there.

What a store holds is known by its own entity tags and by a record that lies in it. The record
says of each file, under names that tell nobody a private podcast's address, which tag belongs
to which content and head. Where both agree, nothing is uploaded; where they do not, for
whatever reason, it is uploaded again. So a publish may be killed at any moment, and run again.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from feeds.errors import TalkfeedsError, WorldError
from feeds.render.compression import original_of
from feeds.render.media import Upload, upload_of

# Files between two renewals of the record: what a killed publish uploads twice, at most.
_STEP = 500
_FEEDS = frozenset({"atom", "rss", "opml", "xml", "json"})


@dataclass(frozen=True, slots=True)
class File:
    """A file below ``public/``, and what it holds (SHA-256, as hexadecimal digits)."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish came to, in files."""

    uploaded: int
    unchanged: int
    removed: int


class Store(Protocol):
    """A place for files. Every method raises WorldError for what the place refuses."""

    @property
    def subject(self) -> str:
        """What the place is called, without secrets."""
        ...

    def tags(self) -> Mapping[str, str]:
        """Everything that is there, but what begins with a dot: path → entity tag."""
        ...

    def record(self) -> bytes | None:
        """What ``keep`` kept; None when nothing ever was."""
        ...

    def keep(self, record: bytes) -> None:
        """Keep the record, in place of the one before."""
        ...

    def put(self, uploads: Iterable[Upload]) -> Iterator[tuple[Upload, str]]:
        """Upload, several at a time; each with its entity tag as soon as it is there."""
        ...

    def remove(self, paths: Collection[str]) -> None:
        """Remove; all are gone when this returns."""
        ...


def turn(path: str) -> int:
    """When a file goes up: 0 what pages show, 1 talks, 2 other pages, 3 archives, 4 feeds.

    Whatever names others comes after them. Removals go the other way round.
    """
    # What is compressed beforehand is sent in place of the file that it is beside.
    folder, _, name = (original_of(path)[0] or path).rpartition("/")
    suffix = name.rpartition(".")[2].lower()
    if suffix == "html":
        return 1 if path.startswith("talks/") else 2
    if name in {"recordings.txt", "robots.txt"} or (suffix in _FEEDS and folder != "chapters"):
        return 3 if "archive" in folder.split("/") else 4
    return 0


@dataclass(slots=True)
class _Record:
    """For each file's hidden name: its state (content, head), and the tag that it got."""

    files: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, data: bytes) -> "_Record":
        """What cannot be understood is an empty record: then everything is uploaded again."""
        try:
            found = json.loads(data)["files"]
            return cls({str(key): (str(state), str(tag)) for key, (state, tag) in found.items()})
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def bytes(self) -> bytes:
        """The same for the same files."""
        return json.dumps({"talkfeeds": 1, "files": self.files}, sort_keys=True).encode()


def publish(
    files: Iterable[File],
    store: Store,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    *,
    dry_run: bool = False,
) -> Published:
    """Make ``store`` hold ``files`` and nothing else; what begins with a dot there stays.

    ``progress`` is called after each upload: done, of how many.
    WorldError when the store holds files and no record: those were not put there by us.
    """
    tags, known = store.tags(), store.record()
    if known is None and tags:
        raise WorldError(
            store.subject,
            f"holds {len(tags):,} files that no publish put there",
            "a publish removes what is not its own: name a place below it, or empty it",
        )
    old, record = _Record.read(known or b""), _Record()
    changed: list[tuple[Upload, str]] = []
    found = list(files)
    wanted = {file.path for file in found}
    for file in found:
        encoded = original_of(file.path)[0] in wanted
        upload = upload_of(file.path, file.size_bytes, encoded=encoded)
        # Only where there is one, so that records from before know what they knew.
        coding = [upload.content_encoding] if encoded else []
        head = (upload.media_type, upload.cache_control, *coding)
        state = _digest(file.path, *head, file.sha256)
        tag = tags.get(file.path)
        if tag is not None and old.files.get(_digest(file.path)) == (state, tag):
            record.files[_digest(file.path)] = (state, tag)
        else:
            changed.append((upload, state))
    gone = [path for path in tags if path not in wanted]
    published = Published(
        len(changed),
        len(wanted) - len(changed),
        len(gone),
    )
    if dry_run:
        return published
    if known is None:
        store.keep(record.bytes())  # first of all: what a killed publish leaves is known as ours
    _upload(store, changed, record, progress)
    for _, paths in groupby(sorted(gone, key=_last_first), turn):
        store.remove(list(paths))
    if record.files != old.files:
        store.keep(record.bytes())
    return published


def _upload(
    store: Store,
    changed: list[tuple[Upload, str]],
    record: _Record,
    progress: Callable[[int, int], None],
) -> None:
    """Turn by turn, each wholly there before the next begins."""
    states = {upload.path: state for upload, state in changed}
    uploads = sorted((upload for upload, _ in changed), key=lambda one: (turn(one.path), one.path))
    done = 0
    try:
        for _, batch in groupby(uploads, lambda one: turn(one.path)):
            for upload, tag in store.put(batch):
                record.files[_digest(upload.path)] = (states[upload.path], tag)
                done += 1
                progress(done, len(uploads))
                if done % _STEP == 0:
                    store.keep(record.bytes())
    except TalkfeedsError:
        if done:
            with suppress(WorldError):  # spares the next run some uploads
                store.keep(record.bytes())
        raise


def _last_first(path: str) -> tuple[int, str]:
    return -turn(path), path


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
