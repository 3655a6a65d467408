"""A talk file ⇄ Talk: what the corpus cannot hold, and what is true of every file."""

import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import yaml
from frontmatter.default_handlers import YAMLHandler
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds import entry, text
from feeds.entry import broken
from feeds.entry.nodes import Nodes
from feeds.entry.reading import AUDIO_FORMATS, LEVELS, trimmed
from feeds.errors import ContentError
from feeds.model import AudioChoice, Event, Link, Publication, Recording, Speaker, Talk
from tests.examples import examples
from tests.unit.test_corpus import CORPUS, PUBLICATION

PATH = "content/talks/una-platica.md"
FRONT = "---\ntitle: Una plática\ndate: 2017-12-07\n"


def parse(source: str | bytes, path: str = PATH, publication: Publication = PUBLICATION) -> Talk:
    data = source.encode() if isinstance(source, str) else source
    return entry.parse(data, path, publication)


def problems(source: str | bytes) -> list[str]:
    """What is wrong with a file, each line without its path."""
    with pytest.raises(ContentError) as caught:
        parse(source)
    return [str(problem).removeprefix(PATH) for problem in caught.value.problems]


# Values that a Talk may hold

_BAD = [chr(i) for i in range(32) if chr(i) not in "\t\n\r"] + ["\ufffe", "\uffff"]
_LEGAL = st.characters(exclude_categories=["Cs"], exclude_characters=_BAD)
# What YAML, Markdown's fences and Python's own idea of white space trip over.
_TRAPS = (
    *(
        "---",
        "...",
        "- ",
        "? ",
        ": ",
        " #",
        "#",
        "&a",
        "*a",
        "!t",
        "|",
        ">",
        "'",
        '"',
        "%",
        "@",
        "`",
    ),
    *(
        "{",
        "}",
        "[",
        "]",
        ",",
        "\\",
        "\t",
        "\n",
        "\n\n",
        " ",
        "  ",
        "\r",
        "\x7f",
        "\x85",
        "\x9f",
        "\xa0",
    ),
    *(
        "\u2028",
        "\u2029",
        "\ufeff",
        "\u200b",
        "é",
        "😀",
        "\U0010ffff",
        "<b>",
        "&amp;",
        "no",
        "null",
    ),
    *("~", "1:30", "2017-12-07", "0x1F", "1e3", "=", "<<", "title: x"),
)
ANY = st.text(_LEGAL, max_size=30) | st.lists(st.sampled_from(_TRAPS), max_size=6).map("".join)
LINES = ANY.map(text.one_line)
SOME = LINES.filter(bool)
SLUGS = st.from_regex(text.SLUG.pattern, fullmatch=True).filter(lambda slug: len(slug) <= 200)
LANGUAGES = st.sampled_from(["en", "es", "es-MX", "zh-Hant-TW", "x-klingon"])
URLS = st.sampled_from(
    [
        "https://example.org",
        "http://exämple.org:8080/ä?b=c&d#e",
        "https://[::1]/a_(b)",
        "https://a.b/",
    ]
)
IDS = (
    st.text(
        st.characters(
            exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"], exclude_characters='<>"{}|\\^`[]#%'
        ).filter(lambda character: not text.forbidden_in_xml(character)),
        min_size=1,
        max_size=20,
    )
    .map("tag:example.org,2026:{}".format)
    .filter(text.is_uri)
)
_SEGMENTS = LINES.filter(lambda name: not re.search(r"[/\\:]", name) and name not in {"", ".."})
PATHS = st.lists(_SEGMENTS, min_size=1, max_size=3).map("/".join)
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=_OFFSETS)
SECONDS = st.integers(0, 999_999_999).map(lambda milliseconds: milliseconds / 1000)
SPEAKERS = st.builds(Speaker, SOME, role=LINES, organization=LINES, url=st.just("") | URLS)
EVENTS = st.builds(
    Event, SOME, day=LINES | st.sampled_from(["1", "02", "0", "2017"]), location=LINES
)
LINKS = st.builds(lambda title, url: Link(title or url, url), LINES, URLS)


@st.composite
def audio_choices(draw: st.DrawFn) -> AudioChoice:
    if not draw(st.booleans()):
        return AudioChoice(enabled=False)
    start, end = draw(st.none() | SECONDS), draw(st.none() | SECONDS)
    if start is not None and end is not None and end <= start:
        end = None
    return AudioChoice(
        download=draw(st.none() | st.booleans()),
        format=draw(st.sampled_from(("", *AUDIO_FORMATS))),
        start_s=start,
        end_s=end,
        chapters=draw(st.none() | st.booleans()),
    )


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    """Every Talk that a file can say."""
    day = draw(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
    talk_id, position = draw(IDS), draw(st.just(0) | st.integers(-999, 9_999))
    published = draw(st.none() | MOMENTS) or text.default_published(
        day, position, talk_id, PUBLICATION.timezone
    )
    withdrawn = draw(st.booleans())
    return Talk(
        id=talk_id,
        slug=draw(SLUGS),
        title=draw(SOME),
        date=day,
        published=published,
        updated=max(published, draw(st.just(published) | MOMENTS)),
        language=draw(LANGUAGES),
        position=position,
        speakers=tuple(draw(st.lists(SPEAKERS, max_size=3))),
        event=draw(st.none() | EVENTS),
        kind=draw(st.just("talk") | SOME),
        level=draw(st.sampled_from(("", *LEVELS))),
        tags=tuple(draw(st.lists(SOME, unique=True, max_size=3))),
        abstract=draw(ANY.map(lambda value: value.strip("\n").rstrip())),
        abstract_language=draw(st.just("") | LANGUAGES),
        recording=draw(
            st.none() | st.from_regex(r"[A-Za-z0-9_-]{11}", fullmatch=True).map(Recording)
        ),
        slides=draw(st.just("") | URLS | PATHS),
        links=tuple(draw(st.lists(LINKS, max_size=2))),
        license=draw(st.sampled_from(["", "MIT", "GPL-2.0+ OR MIT", "https://example.org/"])),
        audio=draw(st.none() | audio_choices()),
        draft=draw(st.booleans()),
        withdrawn=withdrawn,
        reason=draw(LINES) if withdrawn else "",
        notes=draw(ANY.map(lambda value: trimmed(re.sub("\r\n?", "\n", value)))),
        source=PATH,
    )


@given(talks())
@settings(max_examples=examples(60))  # each draws a hundred values
def test_a_talk_written_and_parsed_is_the_same(talk: Talk) -> None:
    written = entry.write(talk, PUBLICATION)

    again = parse(written)
    assert again == talk
    assert again.published.utcoffset() == talk.published.utcoffset()
    assert again.updated.utcoffset() == talk.updated.utcoffset()
    assert written.endswith("\n")
    assert not written.endswith("\n\n")
    assert entry.write(again, PUBLICATION) == written


@given(SOME, ANY, ANY)
@example("a", "uno\x85dos", "")
@example("a", "uno\u2028dos\n\u2029tres", "")
@example("a", "uno\r\ndos", "")
@example("a", "  uno\n dos", "    code")
@settings(max_examples=examples(200))
def test_any_text_written_and_parsed_is_the_same(title: str, abstract: str, notes: str) -> None:
    talk = replace(
        TALK,
        title=title,
        speakers=(Speaker(title, role=title),),
        tags=(title,),
        abstract=abstract.strip("\n").rstrip(),
        notes=trimmed(re.sub("\r\n?", "\n", notes)),
    )

    assert parse(entry.write(talk, PUBLICATION)) == talk


TALK = Talk(
    id="tag:example.org,2026:talks/una-platica",
    slug="una-platica",
    title="Una plática",
    date=date(2017, 12, 7),
    published=text.default_published(
        date(2017, 12, 7), 0, "tag:example.org,2026:talks/una-platica", PUBLICATION.timezone
    ),
    updated=text.default_published(
        date(2017, 12, 7), 0, "tag:example.org,2026:talks/una-platica", PUBLICATION.timezone
    ),
    language="es",
    source=PATH,
)


def test_a_talk_is_written_as_a_person_would() -> None:
    talk = replace(
        TALK,
        title="Kubernetes: qué hay de nuevo",
        published=datetime(2017, 12, 7, 16, 30, tzinfo=UTC),
        updated=datetime(2017, 12, 8, tzinfo=UTC),
        language="es-MX",
        position=3,
        speakers=(Speaker("Ada Lovelace"), Speaker("Jesse", "SRE", "GitHub", "https://a.example/")),
        event=Event("KubeCon", day="2", location="Austin"),
        kind="keynote",
        level="beginner",
        tags=("redes", "no"),
        abstract="Uno\n\n    dos",
        abstract_language="en",
        recording=Recording("07jq-5VbBVQ"),
        slides="slides/a b.pdf",
        links=(Link("Código", "https://example.org/"),),
        license="MIT",
        audio=AudioChoice(download=True, start_s=90.5, chapters=False),
        draft=True,
        notes="    código\n\n* Notas",
    )

    assert (
        entry.write(talk, PUBLICATION)
        == """\
---
title: 'Kubernetes: qué hay de nuevo'
date: 2017-12-07
id: tag:example.org,2026:talks/una-platica
slug: una-platica
published: '2017-12-07T16:30:00+00:00'
updated: '2017-12-08T00:00:00+00:00'
position: 3
speakers:
  - Ada Lovelace
  - name: Jesse
    role: SRE
    organization: GitHub
    url: https://a.example/
event:
  name: KubeCon
  day: 2
  location: Austin
kind: keynote
level: beginner
tags:
  - redes
  - 'no'
language: es-MX
youtube: https://www.youtube.com/watch?v=07jq-5VbBVQ
slides: slides/a b.pdf
links:
  - title: Código
    url: https://example.org/
license: MIT
audio:
  download: true
  start: 90.5
  chapters: false
draft: true
abstract_language: en
abstract: |-
  Uno

      dos
---

    código

* Notas
"""
    )


def test_what_equals_its_default_is_not_written() -> None:
    assert entry.write(TALK, PUBLICATION) == (
        "---\ntitle: Una plática\ndate: 2017-12-07\n"
        "id: tag:example.org,2026:talks/una-platica\nslug: una-platica\n---\n"
    )


@pytest.mark.parametrize(
    ("audio", "lines"),
    [
        (AudioChoice(enabled=False), "audio: false\n"),
        (AudioChoice(), "audio: {}\n"),
        (AudioChoice(start_s=0.001), "audio:\n  start: 0.001\n"),
        (AudioChoice(end_s=999_999.999), "audio:\n  end: 999999.999\n"),
    ],
)
def test_audio_is_written_so_that_it_can_be_read(audio: AudioChoice, lines: str) -> None:
    written = entry.write(replace(TALK, audio=audio), PUBLICATION)

    assert lines in written
    assert parse(written).audio == audio


def test_an_event_with_a_name_only_is_written_as_text() -> None:
    written = entry.write(replace(TALK, event=Event("KubeCon")), PUBLICATION)

    assert "\nevent: KubeCon\n" in written


@pytest.mark.parametrize("day", ["9" * 5_000, "02", "-1", "٣", "1_0", "2.0", "no", "Día 2"])
def test_an_events_day_is_written_so_that_it_can_be_read(day: str) -> None:
    event = Event("KubeCon", day=day)

    assert parse(entry.write(replace(TALK, event=event), PUBLICATION)).event == event


# What is true of every file


def _check(data: bytes) -> None:
    """Parse, and look at whatever comes of it."""
    lines = 1 + data.count(b"\n") + data.count(b"\r")
    try:
        talk = parse(data)
    except ContentError as error:
        found = error.problems
    else:
        assert talk.title
        assert talk.updated >= talk.published
        assert parse(entry.write(talk, PUBLICATION)) == talk
        return
    assert found
    for problem in found:
        assert problem.path == PATH
        assert 0 <= problem.line <= lines
        assert problem.message
        assert "\n" not in str(problem)
        assert "YAML cannot read this" not in problem.message


@given(st.binary())
def test_any_bytes_are_a_talk_or_a_content_error(data: bytes) -> None:
    _check(data)


@given(st.text() | ANY, st.text() | ANY)
@example("- " * 25, "")
@example("\n \x85 x: @", "")
def test_any_front_matter_is_a_talk_or_a_content_error(front: str, body: str) -> None:
    _check(f"---\n{front}\n---\n{body}".encode())
    _check(f"{FRONT}{front}\n---\n{body}".encode())


VALID = [path.read_bytes() for path in sorted((CORPUS / "valid").glob("*.md"))]
FRAGMENTS = (
    *(b"\n", b"\r\n", b"\r", b"\t", b" ", b"\n  ", b"\n---\n", b"--- ", b"...\n", b"- ", b"? "),
    *(b": ", b":", b"#", b" #", b"&a ", b"*a", b"!t ", b"|", b">", b"'", b'"', b"%", b"@", b"`"),
    *(b"{", b"}", b"[", b"]", b",", b"\\", b"~", b"<<: ", b"=", b"\x00", b"\x01", b"\xff", b"\xc3"),
    *("\x85".encode(), "\u2028".encode(), "\x81".encode(), "\ufeff".encode(), "\ufffe".encode()),
    *(b"9", b"a", b"title: x\n", b"date: 2017-12-07\n", b"speakers:\n", b"audio: ", b"event: {"),
)


@given(
    st.sampled_from(VALID),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(FRAGMENTS)),
        min_size=1,
        max_size=6,
    ),
)
def test_any_mutated_file_is_a_talk_or_a_content_error(
    data: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    for where, cut, fragment in changes:
        at = round(where * len(data))
        data = data[:at] + fragment + data[at + cut :]
    _check(data)


@pytest.mark.slow
def test_many_mutated_files_are_talks_or_content_errors() -> None:
    """The same with a seeded generator: more files in less time."""
    chance = random.Random(2017)
    for _ in range(2_000):
        data = chance.choice(VALID)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data) + 1)
            data = data[:at] + chance.choice(FRAGMENTS) + data[at + chance.choice([0, 0, 1, 5]) :]
        _check(data)


def test_other_files_do_not_move_a_talk() -> None:
    path = "content/talks/second.md"
    before = parse(FRONT + "---\n", path)

    others = [parse(FRONT + "---\n", f"content/talks/other-{number}.md") for number in range(20)]
    after = parse(FRONT + "---\n", path)

    assert after == before
    assert len({talk.published for talk in [*others, after]}) == 21


# The file as a whole


def test_a_talk_of_a_megabyte_is_read() -> None:
    start = FRONT.encode() + b"---\n"

    talk = parse(start + b"a" * (entry.MAX_TALK_BYTES - len(start)))

    assert len(talk.notes) == entry.MAX_TALK_BYTES - len(start)


def test_a_larger_one_is_refused() -> None:
    remedy = "move the attachments out of the text, or split it"
    assert problems(b"a" * (entry.MAX_TALK_BYTES + 1)) == [
        f": is 1,048,577 bytes long; a talk has at most 1,048,576 ({remedy})"
    ]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"\xff", ":1: byte 0xFF"),
        (b"---\n\xe9", ":2: byte 0xE9"),
        (b"---\r\n\r\n\xe9", ":3: byte 0xE9"),
        (b"---\r\r\xe9", ":3: byte 0xE9"),
        (b"---\n\xc3", ":2: byte 0xC3"),
        (b"---\n\n\xed\xa0\x80", ":3: byte 0xED"),  # a surrogate
    ],
)
def test_the_first_byte_that_is_not_utf_8_is_named(data: bytes, where: str) -> None:
    assert problems(data) == [f"{where} is not UTF-8 (save the file as UTF-8)"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_utf_16_is_named(encoding: str) -> None:
    assert problems((FRONT + "---\n").encode(encoding)) == [
        ":1: is UTF-16, not UTF-8 (save it as UTF-8)"
    ]


@pytest.mark.parametrize("level", ["- ", "-  ", "[", "{a: ", "? ", "- ? "])
def test_nesting_does_not_crash_the_parser(level: str) -> None:
    """libyaml's composer overflows the C stack on 100,000 levels."""
    deep = level * (900_000 // len(level))

    (problem,) = problems(f"{FRONT}tags:\n  {deep}\n---\n")

    assert problem == ":5: tags: is nested more than 20 deep (a talk needs no more than three)"


def test_nesting_over_lines_does_not_crash_the_parser() -> None:
    deep = "".join(f"{' ' * depth}a:\n" for depth in range(1, 1_400))

    (problem,) = problems(f"{FRONT}event:\n{deep}---\n")

    assert problem == ":24: event: is nested more than 20 deep (a talk needs no more than three)"


def test_twenty_levels_are_no_crime_by_themselves() -> None:
    assert problems(f"{FRONT}tags: {'[' * 18}{']' * 18}\n---\n") == [
        ":4: tags: must be text (a list or a table stands here)"
    ]


def test_many_lists_are_not_deep() -> None:
    tags = "".join(f"  - a - {number} [x] ?\n" for number in range(100))

    assert len(parse(f"{FRONT}tags:\n{tags}---\n").tags) == 100


def test_all_of_a_hundred_broken_lines_are_reported() -> None:
    front = "".join(f"key{number}: @\n" for number in range(100))

    found = problems(f"{FRONT}{front}---\n")

    assert [line.split(" ", 2)[1] for line in found] == [f"key{number}:" for number in range(100)]


@pytest.mark.slow
def test_a_megabyte_of_broken_lines_is_given_up() -> None:
    found = problems("---\n" + "kind: a: b\n" * 90_000 + "---\n")

    assert found[0] == ":1: holds more lines that YAML cannot read (correct the others first)"
    assert found[1].startswith(":2: kind: a colon followed by a blank")
    assert 10 < len(found) < 20


def test_the_title_set_aside_is_not_missing() -> None:
    remedy = "put the whole value in quotes"
    assert problems("---\ntitle: a: b\ndate: @\n---\n") == [
        f":2: title: a colon followed by a blank begins a value in YAML ({remedy})",
        f":3: date: a value cannot begin with @ in YAML ({remedy})",
    ]


@pytest.mark.parametrize(
    ("character", "named"), [("\x00", "U+0000"), ("\x1b", "U+001B"), ("\uffff", "U+FFFF")]
)
def test_a_control_character_in_the_notes_has_no_key(character: str, named: str) -> None:
    assert problems(f"{FRONT}---\n\ntitle: x{character}y\n") == [
        f":6: holds the control character {named} (remove it)"
    ]


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("content/talks/una-platica.md", "una-platica"),
        ("content/talks/2017/Día 1.md", "dia-1"),
        ("content/talks/a.b.md", "a-b"),
        ("content/talks/日本語.md", "x-77710aed"),
        ("content/talks/" + "a" * 90 + ".md", "a" * 80),
    ],
)
def test_the_slug_comes_from_the_files_name_and_the_id_from_the_slug(path: str, slug: str) -> None:
    talk = parse(FRONT + "---\n", path)

    assert talk.slug == slug
    assert talk.id == f"tag:example.org,2026:talks/{slug}"
    assert talk.source == path


def test_what_a_file_leaves_out_comes_from_the_publication() -> None:
    publication = replace(PUBLICATION, language="en", timezone="Pacific/Kiritimati")

    talk = parse(FRONT + "---\n", publication=publication)

    assert talk.language == "en"
    assert talk.published.utcoffset() == timedelta(hours=14)


@pytest.mark.parametrize(
    ("body", "notes"),
    [
        ("", ""),
        ("\n \n\t\n", ""),
        ("a", "a"),
        ("\n\n a \n", " a"),
        ("    code\n", "    code"),
        ("\n \n    code\n\n\n", "    code"),
    ],
)
def test_trimmed_keeps_the_first_lines_indent(body: str, notes: str) -> None:
    assert trimmed(body) == notes


@pytest.mark.parametrize(
    ("data", "key", "line"),
    [
        (b"---\ntitle: x\nid: a:b\n---\n", "id", 3),
        (b"---\r\ntitle: x\r\nid : a:b\r\n---\r\n", "id", 3),
        (b"\n\n---\nid: a:b\n---\n", "id", 4),
        (b"---\rtitle: x\rid: a:b\r---\r", "id", 3),
        (b"---\ntitle: x\n---\nid: in the notes\n", "id", 1),
        (b"---\nidea: x\n  id: nested\n---\n", "id", 1),
        (b"id: before\n---\nid: a:b\n---\n", "id", 3),
        (b"", "slug", 1),
    ],
)
def test_line_of_finds_a_key_of_the_front_matter(data: bytes, key: str, line: int) -> None:
    assert entry.line_of(data, key) == line


@pytest.mark.parametrize("name", ["f/talk.m4a", "f/talk.MP3", "f/talk.mp4", "f/talk.opus"])
def test_sound_and_film_are_no_slides(name: str) -> None:
    data = f"---\ntitle: T\ndate: 2017-12-07\nslides: {name}\n---\nNotes.\n".encode()
    with pytest.raises(ContentError, match="is sound or film, and no slides"):
        parse(data)


@pytest.mark.slow
@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "&a",
                "!a",
                "!",
                "&",
                "*a",
                "-",
                "?",
                "[",
                "]",
                "{",
                "}",
                ",",
                ":",
                '"',
                "'",
                "#",
                "%",
                "---",
                "!!str",
                "!<x>",
                "|\n",
                ">\n",
            ]
        )
        | st.sampled_from([" ", "\n", "\t", ": ", ", ", "- "]),
        max_size=12,
    ).map("".join)
)
@settings(deadline=None, max_examples=examples(400))
@example("{a: !t b}")
@example('{"a":!t b}')
@example("[&x b]")
@example("? &a b")
@example("--- !t\na")
def test_no_anchor_and_no_tag_stands_where_none_is_looked_for(source: str) -> None:
    """Only where a node may begin is YAML read a second time, for what it hides."""
    try:
        yaml.compose(source, Loader=yaml.CSafeLoader)
        events = list(yaml.parse(source, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return
    if any(getattr(event, "anchor", None) or getattr(event, "tag", None) for event in events):
        assert broken._MAYBE_ANCHOR.search(source) or broken._MAYBE_TAG.search(source)


@given(
    st.text(alphabet="yYnoNULtrefalsOF<~=-+.:_0123456789 xXb", max_size=8)
    | st.sampled_from(["null", "Null", "~", "", "<<", "=", "1e3", "1:30", "2017-12-07", ".inf"])
)
@settings(max_examples=examples(500))
def test_every_word_is_to_us_what_it_is_to_yaml(word: str) -> None:
    source = f"a: {word}\nb: [{word}]\nc: '{word}'\nd: {{}}\n"
    try:
        wanted = yaml.serialize(yaml.compose(source, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return
    found = yaml.compose(source, Loader=broken._Loader)
    assert yaml.serialize(found) == wanted


@given(st.text(alphabet="-\n \tab", max_size=24).map(lambda rest: f"---{rest}"))
@settings(max_examples=examples(500))
def test_front_matter_ends_where_its_library_ends_it(source: str) -> None:
    boundary = YAMLHandler.FM_BOUNDARY
    assert boundary is not None
    handler = Nodes(lambda *_: None)
    try:
        _, wanted, content = boundary.split(source, 2)
    except ValueError:
        with pytest.raises(ValueError, match=r"\A\Z"):
            handler.split(source)
        return
    if boundary.match(source):
        assert handler.split(source) == (wanted, content)


@pytest.mark.parametrize("code", [*range(0x7F, 0xA1), 0xC2, 0x27F])
def test_controls_that_yaml_refuses_are_named_wherever_they_stand(code: int) -> None:
    source = f"{FRONT}draft: a{chr(code)}b\n---\n"
    refused = code < 0xA0 and code != 0x85
    assert (f"U+{code:04X}" in "".join(problems(source))) is refused


def test_a_byte_behind_a_mark_is_named_as_it_stands() -> None:
    assert "0xFE" in problems(b"\xef\xbb\xbf---\ntitle: a\xfeb\n---\n")[0]
