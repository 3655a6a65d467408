"""What a publish uploads, in which order, and what a killed one leaves."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import WorldError
from feeds.jobs.publish import File, Published, publish, turn
from feeds.render.media import Upload

SITE = {
    "style.css": "s",
    "covers/uno.jpg": "j",
    "talks/uno/index.html": "1",
    "talks/dos/index.html": "2",
    "index.html": "uno dos",
    "archive/2017.atom": "uno",
    "feed.atom": "dos",
}


class Killed(BaseException):
    """The process went away."""


class Memory:
    """A store that dies before its n-th request, and remembers what was asked."""

    subject = "memory"

    def __init__(self, dies_at: int = 10**9) -> None:
        self.files: dict[str, str] = {}
        self.kept: bytes | None = None
        self.site: Mapping[str, str] = {}
        self.log: list[tuple[str, str]] = []
        self.dies_at = dies_at

    def _asked(self, what: str, path: str = "") -> None:
        if len(self.log) >= self.dies_at:
            raise Killed
        self.log.append((what, path))

    def tags(self) -> Mapping[str, str]:
        return {path: _hash(text) for path, text in self.files.items()}

    def record(self) -> bytes | None:
        return self.kept

    def keep(self, record: bytes) -> None:
        self._asked("keep")
        self.kept = record

    def put(self, uploads: Iterable[Upload]) -> Iterator[tuple[Upload, str]]:
        for upload in uploads:
            self._asked("put", upload.path)
            self.files[upload.path] = self.site[upload.path]
            yield upload, _hash(self.site[upload.path])

    def remove(self, paths: Collection[str]) -> None:
        for path in paths:
            self._asked("remove", path)
            del self.files[path]

    @property
    def puts(self) -> list[str]:
        return [path for what, path in self.log if what == "put"]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def files_of(site: Mapping[str, str]) -> list[File]:
    return [File(path, len(text), _hash(text)) for path, text in sorted(site.items())]


def run(store: Memory, site: Mapping[str, str], *, dry_run: bool = False) -> Published:
    store.site = site
    return publish(files_of(site), store, dry_run=dry_run)


def test_pages_go_before_what_names_them() -> None:
    store = Memory()
    assert run(store, SITE) == Published(7, 0, 0)
    assert store.puts == [
        "covers/uno.jpg", "style.css", "talks/dos/index.html", "talks/uno/index.html",
        "index.html", "archive/2017.atom", "feed.atom",
    ]  # fmt: skip
    assert store.files == SITE


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("audio/uno.m4a", 0),
        ("chapters/uno.json", 0),
        ("recordings.txt", 4),
        ("slides/uno.txt", 0),
        ("talks/uno/index.html", 1),
        ("tags/go/index.html", 2),
        ("404.html", 2),
        ("archive/1.atom", 3),
        ("tags/go/archive/1.atom", 3),
        ("tags/go/feed.atom", 4),
        ("feed.json", 4),
        ("podcast.rss", 4),
        ("private/0f/podcast.rss", 4),
        ("feeds.opml", 4),
        ("sitemap.xml", 4),
        ("robots.txt", 4),
    ],
)
def test_the_turn_of_each_kind_of_file(path: str, expected: int) -> None:
    assert turn(path) == expected


def test_only_what_changed_is_uploaded_and_the_rest_not_asked_for() -> None:
    store = Memory()
    run(store, SITE)
    store.log.clear()
    assert run(store, SITE) == Published(0, 7, 0)
    assert store.log == []
    edited = {**SITE, "talks/uno/index.html": "one"}
    assert run(store, edited) == Published(1, 6, 0)
    assert store.puts == ["talks/uno/index.html"]


def test_what_somebody_else_changed_there_is_uploaded_again() -> None:
    store = Memory()
    run(store, SITE)
    store.files["index.html"] = "defaced"
    del store.files["style.css"]
    store.log.clear()
    run(store, SITE)
    assert store.puts == ["style.css", "index.html"]
    assert store.files == SITE


def test_removals_come_last_feeds_before_the_pages_that_they_name() -> None:
    store = Memory()
    run(store, {**SITE, "talks/z/index.html": "z", "tags/z/feed.atom": "z", "covers/z.jpg": "z"})
    store.log.clear()
    assert run(store, {**SITE, "feed.atom": "dos uno"}) == Published(1, 6, 3)
    assert [(what, path) for what, path in store.log if what != "keep"] == [
        ("put", "feed.atom"),
        ("remove", "tags/z/feed.atom"),
        ("remove", "talks/z/index.html"),
        ("remove", "covers/z.jpg"),
    ]
    store.log.clear()
    run(store, {**SITE, "feed.atom": "dos uno"})
    assert store.log == []


def test_a_store_with_files_of_others_is_left_alone() -> None:
    store = Memory()
    store.files = {"holiday.jpg": "x"}
    with pytest.raises(WorldError, match="holds 1 files that no publish put there") as caught:
        run(store, SITE)
    assert "holiday" not in str(caught.value)
    assert (store.files, store.log) == ({"holiday.jpg": "x"}, [])


def test_a_dry_run_asks_for_nothing_that_changes() -> None:
    store = Memory()
    assert run(store, SITE, dry_run=True) == Published(7, 0, 0)
    assert store.log == []


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b'{"files": {"a": 1}}', b'{"files": []}'])
def test_a_record_that_cannot_be_read_uploads_everything_again(record: bytes) -> None:
    store = Memory()
    run(store, SITE)
    store.kept = record
    store.log.clear()
    assert run(store, SITE).uploaded == 7


def test_the_record_tells_nobody_a_path() -> None:
    store = Memory()
    secret = "private/0123456789abcdef0123456789abcdef/podcast.rss"
    run(store, {**SITE, secret: "x"})
    assert store.kept is not None
    assert re.fullmatch(rb'[{}\[\]":, \w]+', store.kept)
    assert b"0123456789abcdef0123" not in store.kept
    assert b"private" not in store.kept


def test_what_was_uploaded_before_an_error_is_known_afterwards() -> None:
    class Refusing(Memory):
        def put(self, uploads: Iterable[Upload]) -> Iterator[tuple[Upload, str]]:
            for found in super().put(uploads):
                if found[0].path == "index.html":
                    raise WorldError("memory", "is full")
                yield found

    refusing = Refusing()
    with pytest.raises(WorldError, match="is full"):
        run(refusing, SITE)
    store = Memory()
    store.files, store.kept = dict(refusing.files), refusing.kept
    assert run(store, SITE).uploaded == 3, "index.html, whose tag nobody heard, and the feeds"


_NAMES = st.sampled_from(["uno", "dos", "tres", "cuatro"])


@st.composite
def sites(draw: st.DrawFn) -> dict[str, str]:
    """A site whose feeds name talks that have a page."""
    talks = sorted(draw(st.sets(_NAMES)))
    found = {f"talks/{name}/index.html": draw(st.sampled_from("ab")) for name in talks}
    for path in ("feed.atom", "archive/1.atom", "tags/x/feed.atom"):
        named = [name for name in talks if draw(st.booleans())]
        if named or path == "feed.atom":
            found[path] = " ".join(named)
    return {**found, "style.css": draw(st.sampled_from("xy"))}


def whole(files: Mapping[str, str]) -> bool:
    """Whether each feed names pages that are there."""
    return all(
        f"talks/{name}/index.html" in files
        for path, text in files.items()
        if path.endswith(".atom")
        for name in text.split()
    )


@given(st.lists(st.tuples(sites(), st.integers(0, 14)), min_size=1, max_size=4), sites())
def test_killed_at_any_request_no_feed_names_what_is_not_there_and_the_next_completes(
    attempts: list[tuple[dict[str, str], int]], last: dict[str, str]
) -> None:
    store = Memory()
    for site, most in attempts:
        store.log, store.dies_at = [], most
        try:
            run(store, site)
        except Killed:
            pass
        else:
            assert store.files == site
        assert whole(store.files)
    store.log, store.dies_at = [], 10**9
    run(store, last)
    assert store.files == last
    store.log.clear()
    run(store, last)
    assert store.log == [], "a second run has nothing to do"
