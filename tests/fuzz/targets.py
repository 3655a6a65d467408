"""What is fuzzed: a door each, seeds for it, and what must hold whatever comes through it.

``hold`` raises AssertionError where a promise is broken. Any other exception that leaves it is a
finding too: a door answers with the errors that it declares, or it lets in.
"""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from feeds import entry, recordings, settings
from feeds.bounces import read_report
from feeds.check import Level
from feeds.check.documents import check_document
from feeds.check.documents.cross import Placed, check_together
from feeds.check.documents.gate import Gate
from feeds.check.documents.rules import RULES
from feeds.check.documents.speaking import in_words
from feeds.edges.content import Folder
from feeds.edges.disk import Desk
from feeds.edges.feedfiles import catalogs
from feeds.errors import ContentError, Problem
from feeds.jobs.importing import Facts, import_notes
from feeds.model import Event, Talk
from feeds.notes import read_notes
from feeds.render.words import Words
from feeds.subscribers import read_csv, write_csv
from tests.fuzz import web
from tests.support import feed_of, make_digest, make_kit, pages_of
from tests.unit.bounces.test_corpus import FILES, TOKENS, mail
from tests.unit.bounces.test_hostile import sound
from tests.unit.test_corpus import CORPUS, PUBLICATION
from tests.unit.test_entry import FRAGMENTS
from tests.unit.test_notes import assert_nothing_is_lost, assert_partition

PATH = "content/talks/fuzz.md"
DAY = date(2017, 12, 7)


@dataclass(frozen=True, slots=True)
class Target:
    """One door. ``examples`` are enough for a short run; ``around`` opens what ``hold`` needs."""

    name: str
    seeds: Callable[[], tuple[bytes, ...]]
    pieces: tuple[bytes, ...]
    hold: Callable[[bytes], None]
    examples: int = 150
    around: Callable[[], AbstractContextManager[Callable[[bytes], None]]] | None = None


def _texts(*patterns: str, most: int = 5_000) -> tuple[bytes, ...]:
    found = (path for pattern in patterns for path in CORPUS.glob(pattern))
    paths = sorted(path for path in found if path.is_file())
    return tuple(data for path in paths if len(data := path.read_bytes()) <= most)


def _problems_are_whole(error: ContentError, path: str, data: bytes) -> None:
    """Each names its file and a line that is there, and does nothing to a terminal."""
    lines = len(data.decode("utf-8", "replace").splitlines()) + data.count(b"\r") + 1
    assert error.problems
    for problem in error.problems:
        assert problem.path == path
        assert 0 <= problem.line <= lines, problem
        assert problem.message
        assert str(problem).isprintable(), ascii(str(problem))


# ── a talk file ──────────────────────────────────────────────────────────────────────────


def _talk(data: bytes) -> Talk | None:
    try:
        return entry.parse(data, PATH, PUBLICATION)
    except ContentError as error:
        _problems_are_whole(error, PATH, data)
        return None


def hold_talk(data: bytes) -> None:
    """A Talk that can be written and read again, or problems."""
    talk = _talk(data)
    if talk is None:
        return
    written = entry.write(talk, PUBLICATION)
    again = entry.parse(written.encode(), PATH, PUBLICATION)
    assert again == talk
    assert entry.write(again, PUBLICATION) == written
    assert _talk(data) == talk


@cache
def _catalogs() -> dict[str, Words]:
    return {language: Words(language, catalogs()) for language in ("en", "es")}


def hold_published(data: bytes) -> None:
    """What is let in leaves in a feed without an error, in pages and mail without a script."""
    talk = _talk(data)
    if talk is None or talk.draft or talk.withdrawn:
        return
    kit = make_kit(PUBLICATION)
    faults, _ = check_document(feed_of(kit, [talk]))
    wrong = [fault for fault in faults if fault.level is not Level.ADVICE]
    assert wrong == [], "; ".join(fault.message for fault in wrong)
    pages = pages_of(kit, [talk])
    from tests.fuzz.harmless import assert_harmless

    for path, page in pages.items():
        if path.startswith(("talks/", "index", "issues/")):
            assert_harmless(page)
    assert_harmless(make_digest(kit, [talk]).html)


# ── notes ────────────────────────────────────────────────────────────────────────────────


def hold_notes(data: bytes) -> None:
    """Every line is in a talk or in the report, and every talk can be written and read."""
    text = data.decode("utf-8", "replace")
    for day, source in ((DAY, "notes.md"), (None, "day2.md")):
        try:
            reading = read_notes(
                text,
                publication=PUBLICATION,
                event=Event("KubeCon"),
                first_day=DAY,
                day=day,
                language="",
                source=source,
            )
        except ContentError as error:
            assert day is None
            assert {problem.key for problem in error.problems} == {"date"}  # noqa: PT017 # or none
            _problems_are_whole(error, source, data)
            continue
        assert_partition(text, reading)
        assert_nothing_is_lost(text, reading)
        assert len({draft.talk.id for draft in reading.drafts}) == len(reading.drafts)
        for draft in reading.drafts:
            written = entry.write(draft.talk, PUBLICATION)
            entry.parse(written.encode(), f"content/talks/{draft.talk.slug}.md", PUBLICATION)


def hold_importing(data: bytes) -> None:
    """Files on a disk: an import adds talks, and importing again changes nothing."""
    text = data.decode("utf-8", "replace")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "content").mkdir()
        (root / "content" / "publication.toml").write_bytes(_SETTINGS)
        notebook = Desk(root, root)
        facts = Facts(day=DAY)
        first = import_notes(Folder(root), notebook, text, "notes.md", facts, dry_run=False)
        before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
        again = import_notes(Folder(root), notebook, text, "notes.md", facts, dry_run=False)
        after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert len(first.outcomes) == len(again.outcomes)
    assert {outcome.state for outcome in again.outcomes} <= {"unchanged"}
    assert before == after
    assert {path.parent for path in after} <= {root / "content", root / "content" / "talks"}


# ── a feed ───────────────────────────────────────────────────────────────────────────────


def hold_feed(data: bytes) -> None:
    """The same faults whenever it is looked at, each with a rule, a line, and words for it."""
    faults, facts = check_document(data)
    lines = data.count(b"\n") + data.count(b"\r") + 1
    for fault in faults:
        assert fault.rule in RULES
        assert 1 <= fault.line <= lines
        for words in _catalogs().values():
            message, remedy = in_words(fault, words.translations.gettext)
            assert message.isprintable(), ascii(message)
            assert message
            assert remedy
    again, _ = check_document(data)
    assert again == faults
    quick, _ = check_document(data, thorough=False)
    assert [fault for fault in quick if fault not in faults] == []
    check_together([Placed("public/a.atom", facts), Placed("public/b.json", facts)], bool)
    for path in ("feed.atom", "feed.json", "podcast.rss"):
        for problem in Gate().problems(path, data):
            assert isinstance(problem, Problem)


# ── a mail that came back ────────────────────────────────────────────────────────────────


def hold_bounce(data: bytes) -> None:
    """A report, about a delivery of ours or about nobody, and the same when read again."""
    report = read_report(data, TOKENS)
    sound(report)
    assert read_report(data, TOKENS) == report


# ── what else is read from files ─────────────────────────────────────────────────────────

_SETTINGS = b"""\
title = "T"
id = "tag:example.org,2026:talks"
base_url = "https://talks.example.org/"
language = "es"
"""


def hold_settings(data: bytes) -> None:
    """A publication, or problems."""
    try:
        first = settings.parse(data, "content/publication.toml")
    except ContentError as error:
        _problems_are_whole(error, "content/publication.toml", data)
        return
    assert settings.parse(data, "content/publication.toml") == first


def hold_subscribers(data: bytes) -> None:
    """Rows that can be written and read again and run nothing in a spreadsheet, or problems."""
    try:
        rows = list(read_csv(data.splitlines(keepends=True), "people.csv"))
    except ContentError as error:
        _problems_are_whole(error, "people.csv", data)
        return
    from feeds.model import Subscriber

    moment = datetime(2026, 1, 1, tzinfo=UTC)
    people = [
        Subscriber(row.email, row.status, moment, name=row.name, language=row.language)
        for row in rows
    ]
    written = "".join(write_csv(people)).encode()
    assert list(read_csv(written.splitlines(keepends=True), "people.csv")) == rows
    import csv
    import io

    for cells in csv.reader(io.StringIO(written.decode(), newline="")):
        assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r＝＋－＠")]


def hold_sidecar(data: bytes) -> None:
    """What is known of a recording, or problems."""
    path = "content/recordings/07jq-5VbBVQ.json"
    try:
        found = recordings.read(data, path)
    except ContentError as error:
        _problems_are_whole(error, path, data)
        return
    assert recordings.read(recordings.write(found), path) == found


def _unopened(_data: bytes) -> None:
    raise AssertionError("the web app is fuzzed while it runs")


# ── all of them ──────────────────────────────────────────────────────────────────────────

_HEADINGS = (
    *(
        b"# ",
        b"## ",
        b"### ",
        b"# D\xc3\xada 2\n",
        b"Keynote: ",
        b" - ",
        b" \xe2\x80\x94 ",
        b"```\n",
    ),
    *(b"~~~\n", b"[Youtube](", b"[Slides](presentaciones/a.pdf)", b"[", b"](", b")", b"* ", b"> "),
    *(b"https://youtu.be/07jq-5VbBVQ", b"---\n", b"===\n", b"| a | b |\n", b"<!--", b"-->", b"&"),
    *(b"    ", b"1. ", b"[^1]", b"<https://a.example>", b"**", b"_", b"Panel: ", b"Untitled"),
)
_XML = (
    *(b"<a>", b"</a>", b"<a/>", b"<entry>", b"</entry>", b"<item>", b"</item>", b"<![CDATA["),
    *(b" xmlns=''", b" xmlns='http://www.w3.org/2005/Atom'", b" type='xhtml'", b" type='html'"),
    *(b" type='a/b'", b"<!DOCTYPE a [<!ENTITY a 'b'>]>", b"&a;", b"&nbsp;", b"xml:lang='a'"),
    *(b"<?xml version='1.0' encoding='utf-16'?>", b"<?xml version='1.1'?>", b"<?a b?>", b"<!--"),
    *(b"2026-12-31T23:59:60Z", b"9999-12-31T23:59:59-23:59", b"0001-01-01T00:00:00+23:59"),
    *(b"Wed, 31 Feb 2026 25:61:61 XYZ", b"{", b"}", b"[[", b"true", b"1e999", b"\\ud800", b","),
    *(b'{"items": ', b"urn:uuid:", b"tag:a,1:b", b"a@b", b"geo:1,2", b"00:00:00", b"\xff\xfe<\x00"),
)
_MAIL = (
    *(
        b"Content-Type: message/delivery-status\n",
        b"Content-Type: multipart/report\n",
        b"=?utf-8?b?",
    ),
    *(b"?=", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n"),
    *(b"boundary=", b"charset=", b"Status: 5.1.1\n", b"Action: failed\n", b"\n\n", b"--", b" \n\t"),
    *(
        b"Final-Recipient: rfc822; a@b\n",
        b"Date: ",
        b"Received: by a; ",
        b"begin 644 a\n",
        b"From ",
    ),
)
_TOML = (
    *(b"[mail]\n", b"[feed]\n", b"[podcast]\n", b"[audio]\n", b"[newsletter]\n", b"[[a]]\n", b"= "),
    *(b'"""', b"'''", b"{ ", b" }", b"[ ", b" ]", b"1979-05-27T07:32:00Z", b"inf", b"nan", b"0x"),
    *(b"language = ", b"timezone = ", b"base_url = ", b"entries = ", b"#", b".", b"sender = "),
)
_SETTINGS_SEEDS = (
    *(CORPUS.parent / "golden" / "publication" / "content").glob("publication.toml"),
    *(CORPUS.parents[1] / "content").glob("publication.toml"),
)
_SIDECARS = CORPUS.parent / "golden" / "publication" / "content" / "recordings"
_PEOPLE = (
    b'email,name,language,status\nana@example.org,Ana,es,confirmed\neva@example.org,"E, va",,\n',
    b"sep=;\r\nemail;name\r\nana@example.org;'=1+1\r\n",
    b"\xef\xbb\xbfname\temail\nA\tana@example.org\n",
)


def _mails() -> tuple[bytes, ...]:
    return tuple(data for path in FILES if len(data := mail(path)[1]) <= 10_000)


TARGETS = {
    target.name: target
    for target in (
        Target("talk", lambda: _texts("valid/*.md", "invalid/*.md"), FRAGMENTS, hold_talk),
        Target("published", lambda: _texts("valid/*.md"), FRAGMENTS, hold_published, 25),
        Target("notes", lambda: _texts("notes/*.md", most=10**6), _HEADINGS, hold_notes, 40),
        Target(
            "importing", lambda: _texts("notes/*.md", most=10**6), _HEADINGS, hold_importing, 15
        ),
        Target("feed", lambda: _texts("check/*/*"), _XML, hold_feed, 100),
        Target("bounce", _mails, _MAIL, hold_bounce, 100),
        Target(
            "settings",
            lambda: tuple(path.read_bytes() for path in _SETTINGS_SEEDS),
            _TOML,
            hold_settings,
        ),
        Target(
            "subscribers", lambda: _PEOPLE, (b",", b"\t=", b"confirmed", b"email"), hold_subscribers
        ),
        Target(
            "sidecar",
            lambda: tuple(path.read_bytes() for path in sorted(_SIDECARS.glob("*.json"))),
            (b"true", b"1e999", b"[]", b"{}", b"-1", b"99999999999999", b'"a"', b"NaN"),
            hold_sidecar,
            60,
        ),
        Target("web", lambda: web.SEEDS, web.PIECES, _unopened, 60, web.open_web),
    )
}
