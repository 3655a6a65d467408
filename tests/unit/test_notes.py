"""The importer: raw notes → Talks, and a report that quotes everything else."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.errors import ContentError
from feeds.model import Event, Link, Publication, Recording, Speaker, Talk
from feeds.notes import Reading, read_notes
from feeds.notes.words import KINDS, LINK_LABELS, MODERATED
from feeds.text import MAX_POSITION, default_published, slugify, xml_legal

REAL = Path(__file__).parents[1] / "corpus" / "notes" / "kubecon-2017-dia-2.md"
PUBLICATION = Publication(
    "Notas",
    "tag:example.org,2017:notas",
    "https://example.org/",
    language="es",
    timezone="America/Mexico_City",
)
EVENT = Event("KubeCon + CloudNativeCon North America 2017", location="Austin")
DAY = date(2017, 12, 7)
VIDEO = "https://youtu.be/AE0gZlA2sZ8"
OTHER_VIDEO = "https://youtu.be/07jq-5VbBVQ"


def read(text: str, **facts: Any) -> Reading:
    known: dict[str, Any] = {
        "publication": PUBLICATION,
        "event": None,
        "first_day": None,
        "day": DAY,
        "language": "",
    }
    return read_notes(text, **(known | facts))


def only(text: str) -> Talk:
    reading = read(text)
    assert len(reading.drafts) == 1, [draft.talk.title for draft in reading.drafts]
    return reading.drafts[0].talk


def below(*lines: str) -> Talk:
    """The talk whose section holds ``lines``."""
    return only("\n".join(("## Title", "", *lines)))


def messages(reading: Reading, line: int = 0) -> str:
    """The messages for a line (0: for all), one a line."""
    return "\n".join(
        remark.message for remark in reading.remarks if not line or remark.line == line
    )


def titles(text: str, **facts: Any) -> list[str]:
    return [draft.talk.title for draft in read(text, **facts).drafts]


def source_lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def assert_partition(text: str, reading: Reading) -> None:
    """Every non-blank line is in one draft or reported, and what is reported is quoted."""
    lines = source_lines(text)
    filled = [number for number, line in enumerate(lines, start=1) if line.strip()]
    accounted = [number for draft in reading.drafts for number in draft.lines]
    assert sorted([*accounted, *reading.reported]) == filled
    quoted = {
        remark.line + offset: line
        for remark in reading.remarks
        for offset, line in enumerate(remark.text.split("\n"))
    }
    for number in reading.reported:
        assert quoted[number] == lines[number - 1].rstrip(" \t")


# --- the real file ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Reading:
    return read(
        REAL.read_text(encoding="utf-8"),
        event=EVENT,
        first_day=date(2017, 12, 6),
        day=None,
        abstract_language="en",
        source="notes/kubecon-2017-dia-2.md",
    )


GOOGLE = "Google"
REAL_HEADINGS = [
    (
        (
            "Keynote: KubeCon Opening Keynote - Project Update - Kelsey Hightower, Staff Developer"
            " Advocate, Google"
        ),
        "KubeCon Opening Keynote - Project Update",
        "keynote",
        "",
        [Speaker("Kelsey Hightower", "Staff Developer Advocate", GOOGLE)],
    ),
    (
        "Keynote: Kubernetes Secret Superpower - Chen Goldberg & Anthony Yeh, Google",
        "Kubernetes Secret Superpower",
        "keynote",
        "",
        [Speaker("Chen Goldberg", "", GOOGLE), Speaker("Anthony Yeh", "", GOOGLE)],
    ),
    (
        (
            "Keynote: Red Hat: Making Containers Boring (again) - Clayton Coleman, Architect,"
            " Kubernetes and OpenShift, Red Hat"
        ),
        "Red Hat: Making Containers Boring (again)",
        "keynote",
        "",
        [Speaker("Clayton Coleman", "Architect, Kubernetes and OpenShift", "Red Hat")],
    ),
    (
        (
            "Keynote: Pushing the Limits of Kubernetes with Game of Thrones - Zihao Yu & Illya"
            " Chekrygin, HBO"
        ),
        "Pushing the Limits of Kubernetes with Game of Thrones",
        "keynote",
        "",
        [Speaker("Zihao Yu", "", "HBO"), Speaker("Illya Chekrygin", "", "HBO")],
    ),
    (
        (
            "Keynote: Progress Toward Zero Trust Kubernetes Networks - Spike Curtis, Senior"
            " Software Engineer, Tigera"
        ),
        "Progress Toward Zero Trust Kubernetes Networks",
        "keynote",
        "",
        [Speaker("Spike Curtis", "Senior Software Engineer", "Tigera")],
    ),
    (
        "Keynote: The Road Ahead on the Kubernetes Journey - Craig McLuckie, CEO, Heptio",
        "The Road Ahead on the Kubernetes Journey",
        "keynote",
        "",
        [Speaker("Craig McLuckie", "CEO", "Heptio")],
    ),
    (
        (
            "''Hot Dogs or Not\" - At Scale with Kubernetes [I] - Vish Kannan & David Aronchick,"
            " Google"
        ),
        "''Hot Dogs or Not\" - At Scale with Kubernetes",
        "talk",
        "intermediate",
        [Speaker("Vish Kannan", "", GOOGLE), Speaker("David Aronchick", "", GOOGLE)],
    ),
    (
        (
            "The Elements of Kubernetes - Foundational Concepts for Apps Running on Kubernetes [I]"
            " - Aaron Schlesinger, Microsoft Azure"
        ),
        "The Elements of Kubernetes - Foundational Concepts for Apps Running on Kubernetes",
        "talk",
        "intermediate",
        [Speaker("Aaron Schlesinger", "", "Microsoft Azure")],
    ),
    (
        "Running MySQL on Kubernetes [I] - Patrick Galbraith, Consultant",
        "Running MySQL on Kubernetes",
        "talk",
        "intermediate",
        [Speaker("Patrick Galbraith", "Consultant")],
    ),
    (
        (
            "Accelerating Humanitarian Relief with Kubernetes [I] - Erik Schlegel & Christoph"
            " Schittko, Microsoft"
        ),
        "Accelerating Humanitarian Relief with Kubernetes",
        "talk",
        "intermediate",
        [Speaker("Erik Schlegel", "", "Microsoft"), Speaker("Christoph Schittko", "", "Microsoft")],
    ),
]


def test_the_real_file_is_eleven_talks_on_one_day(real: Reading) -> None:
    talks = [draft.talk for draft in real.drafts]
    assert [talk.position for talk in talks] == list(range(1, 12))
    assert {talk.date for talk in talks} == {DAY}
    assert {talk.event for talk in talks} == {Event(EVENT.name, "2", location="Austin")}
    assert {talk.language for talk in talks} == {"es"}
    assert [talk.draft for talk in talks] == [number == 7 for number in range(1, 12)]
    assert_partition(REAL.read_text(encoding="utf-8"), real)
    assert real.reported == (1,)


def test_the_real_headings(real: Reading) -> None:
    titled = [draft.talk for draft in real.drafts if not draft.talk.draft]
    assert [(t.title, t.kind, t.level, list(t.speakers)) for t in titled] == [
        (title, kind, level, speakers) for _, title, kind, level, speakers in REAL_HEADINGS
    ]
    assert len({talk.id for talk in titled}) == 10


def test_the_real_links_abstracts_and_notes(real: Reading) -> None:
    talks = [draft.talk for draft in real.drafts]
    assert [talk.recording and talk.recording.youtube_id for talk in talks] == [
        "07jq-5VbBVQ",
        "1kjgwXP_N7A",
        "AE0gZlA2sZ8",
        "7skInj_vqN0",
        "Agxt9Vg-YP4",
        "3FR82H7NwAw",
        None,
        "R3dVF5wWz-g",
        "S9l2MWhIBhc",
        "J7h0F34iBx0",
        "UywgL70FQ3s",
    ]
    assert [talk.slides.removeprefix("presentaciones/") for talk in talks] == [
        "",
        "",
        "",
        "KubeCon_Keynote_HBO.pdf",
        "KubeCon2017_SpikeCurtis-Keynote.pdf",
        "",
        "",
        "",
        "The_Elements_of_Kubernetes.pdf",
        "MySQL_on_Kubernetes.pdf",
        "Kubecon_2017_Humanitarian_Aid_Multi_Cloud.pdf",
    ]
    assert [bool(talk.abstract) for talk in talks] == [
        number not in {1, 2, 7} for number in range(1, 12)
    ]
    assert [talk.abstract_language for talk in talks] == [
        "en" if talk.abstract else "" for talk in talks
    ]
    assert talks[1].notes.split("\n")[1].startswith(" - Parte de esta extensibilidad")
    assert talks[3].abstract.startswith("Do you want to know")
    assert "\n\nIn this talk, we will" in talks[3].abstract
    assert talks[5].notes.split("\n")[-1].startswith("Hay una paradoja")
    assert talks[6].notes.startswith("* Hubo una sesión")


def test_the_real_file_without_its_heading_has_no_talk_by_the_wrong_name(real: Reading) -> None:
    mentoring = real.drafts[6]
    assert mentoring.lines == (90, 91, 94, 95, 98)
    assert mentoring.talk.title == "Untitled talk (line 90)"
    assert re.fullmatch(r"untitled-[0-9a-f]{8}", mentoring.talk.slug)
    assert "no heading" in messages(real, 90)
    assert "give it a title and remove draft: true" in messages(real, 90)
    assert messages(real, 94) == "slides: none yet (presentaciones/.pdf names no file)"
    assert messages(real, 95) == "recording: none yet (empty link)"
    assert len(real.remarks) == 10


# --- headings --------------------------------------------------------------------------------


@pytest.mark.parametrize(("heading", "title", "kind", "level", "speakers"), REAL_HEADINGS)
def test_heading_as_conferences_write_them(
    heading: str, title: str, kind: str, level: str, speakers: list[Speaker]
) -> None:
    reading = read(f"## {heading}\n\n* nota\n")
    talk = reading.drafts[0].talk
    found = (talk.title, talk.kind, talk.level, list(talk.speakers))
    assert found == (title, kind, level, speakers)
    assert not reading.remarks


@pytest.mark.parametrize(
    ("heading", "kind", "title"),
    [
        ("KEYNOTE:Title", "keynote", "Title"),
        ("Keynote : Title", "keynote", "Title"),
        ("🎤 Keynote: Title", "keynote", "Title"),
        ("**Keynote:** Title", "keynote", "Title"),
        ("Lightning Talk: Title", "lightning", "Title"),
        ("Charla relámpago: Title", "lightning", "Title"),
        ("Panel: Title", "panel", "Title"),
        ("Workshop: Title", "workshop", "Title"),
        ("Taller: Title", "workshop", "Title"),
        ("Tutorial: Title", "tutorial", "Title"),
        ("BoF: Title", "bof", "Title"),
        ("Plenaria: Title", "keynote", "Title"),
        ("Charla: Title", "talk", "Title"),
        ("Red Hat: Title", "talk", "Red Hat: Title"),
        ("Keynote: Red Hat: Title", "keynote", "Red Hat: Title"),
        ("SIG Node: Title", "talk", "SIG Node: Title"),
        ("Keynote:", "talk", "Keynote:"),
        ("Keynote", "talk", "Keynote"),
        (f"{'Keynote ' * 30}: Title", "talk", f"{'Keynote ' * 30}: Title"),
    ],
)
def test_kind(heading: str, kind: str, title: str) -> None:
    talk = only(f"## {heading}\n\n* nota\n")
    assert (talk.kind, talk.title) == (kind, title)


def test_a_kind_that_says_more_than_its_field_is_remarked() -> None:
    reading = read("## Sponsored Keynote: Title\n")
    assert reading.drafts[0].talk.kind == "keynote"
    assert messages(reading) == "kind: “Sponsored Keynote” was read as keynote"


@pytest.mark.parametrize(
    ("heading", "title", "level", "names"),
    [
        ("Title [I]", "Title", "intermediate", []),
        ("Title [B] - Jane Doe, Google", "Title", "beginner", ["Jane Doe"]),
        ("Title - Jane Doe, Google [A]", "Title", "advanced", ["Jane Doe"]),
        ("Title (Beginner)", "Title", "beginner", []),
        ("Title (Beginner) - Jane Doe, Google", "Title", "beginner", ["Jane Doe"]),
        ("Title [Intermediate] – Jane Doe, Google", "Title", "intermediate", ["Jane Doe"]),
        ("Title [Advanced Skill Level]", "Title", "advanced", []),
        ("Title [nivel básico]", "Title", "beginner", []),
        ("A [I] - B - Jane Doe, Google", "A [I] - B", "", ["Jane Doe"]),
        ("Title (A)", "Title (A)", "", []),
        ("Title [i]", "Title [i]", "", []),
        ("Title [C]", "Title [C]", "", []),
        ("Title I]", "Title I]", "", []),
        ("[I]", "[I]", "", []),
        ("Title (again) - Jane Doe, Google", "Title (again)", "", ["Jane Doe"]),
    ],
)
def test_level(heading: str, title: str, level: str, names: list[str]) -> None:
    talk = only(f"## {heading}\n\n* nota\n")
    assert (talk.title, talk.level) == (title, level)
    assert [speaker.name for speaker in talk.speakers] == names


def test_of_two_levels_one_is_remarked() -> None:
    reading = read("## Title [B] - Jane Doe, Google [I]\n")
    assert reading.drafts[0].talk.level == "intermediate"
    assert "beginner left out" in messages(reading)


def cast(speakers: str) -> list[tuple[str, str, str]]:
    talk = only(f"## Title - {speakers}\n\n* nota\n")
    assert talk.title == "Title"
    return [(one.name, one.role, one.organization) for one in talk.speakers]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jane Doe, Google", [("Jane Doe", "", "Google")]),
        ("Jane Doe, Ernst & Young", [("Jane Doe", "", "Ernst & Young")]),
        ("Jane Doe, AT&T", [("Jane Doe", "", "AT&T")]),
        ("Jane Doe, Acme, Inc.", [("Jane Doe", "", "Acme, Inc.")]),
        ("Jane Doe, CTO, Acme, S.A. de C.V.", [("Jane Doe", "CTO", "Acme, S.A. de C.V.")]),
        ("Jane Doe, Ph.D., MIT", [("Jane Doe, Ph.D.", "", "MIT")]),
        ("Jane Doe, Google (Cloud, AI)", [("Jane Doe", "", "Google (Cloud, AI)")]),
        ("Jane Doe, Google (Cloud, AI", [("Jane Doe", "Google (Cloud", "AI")]),
        ("Jane Doe, Auth0", [("Jane Doe", "", "Auth0")]),
        ("Jane Doe, Yahoo!", [("Jane Doe", "", "Yahoo!")]),
        ("Jane Doe, CEO", [("Jane Doe", "CEO", "")]),
        ("Jane Doe, Independent Developer", [("Jane Doe", "Independent Developer", "")]),
        ("Jane Doe, VP of Engineering", [("Jane Doe", "VP of Engineering", "")]),
        ("Jane Doe, Founder, Consultant", [("Jane Doe", "Founder, Consultant", "")]),
        ("Jane Doe, Google, Staff Engineer", [("Jane Doe", "Staff Engineer", "Google")]),
        ("Jane Doe, Engineer at Google", [("Jane Doe", "Engineer", "Google")]),
        ("Jane Doe, Meet at Google", [("Jane Doe", "", "Meet at Google")]),
        ("Jane Doe, CEO & Founder, Acme", [("Jane Doe", "CEO & Founder", "Acme")]),
        ("Jane Doe, , Google", [("Jane Doe", "", "Google")]),
        (
            "Jane Doe, Director, Kubernetes and Cloud Platforms, Upbound",
            [("Jane Doe", "Director, Kubernetes and Cloud Platforms", "Upbound")],
        ),
        ("Jane Doe & John Roe, IBM", [("Jane Doe", "", "IBM"), ("John Roe", "", "IBM")]),
        ("Jane Doe and John Roe, IBM", [("Jane Doe", "", "IBM"), ("John Roe", "", "IBM")]),
        ("Ana Ruiz y Juan Paz, IBM", [("Ana Ruiz", "", "IBM"), ("Juan Paz", "", "IBM")]),
        (
            "Jane Doe, Red Hat & John Roe, Google",
            [("Jane Doe", "", "Red Hat"), ("John Roe", "", "Google")],
        ),
        (
            "Jane Doe, Ernst & Young & John Roe, IBM",
            [("Jane Doe", "", "Ernst & Young"), ("John Roe", "", "IBM")],
        ),
        (
            "Jane Doe, CTO, Acme & John Roe, Product Manager, IBM",
            [("Jane Doe", "CTO", "Acme"), ("John Roe", "Product Manager", "IBM")],
        ),
        (
            "Jane Doe, Google & John Roe & Ana Ruiz, IBM",
            [("Jane Doe", "", "Google"), ("John Roe", "", "IBM"), ("Ana Ruiz", "", "IBM")],
        ),
        (
            "Jane Doe, Google, and John Roe, Red Hat",
            [("Jane Doe", "", "Google"), ("John Roe", "", "Red Hat")],
        ),
        ("Jane Doe, and John Roe, IBM", [("Jane Doe", "", "IBM"), ("John Roe", "", "IBM")]),
        (
            "Jane Doe, Google; John Roe, IBM",
            [("Jane Doe", "", "Google"), ("John Roe", "", "IBM")],
        ),
        (
            "Moderated by Jane Doe, CTO, Google; John Roe, IBM & Ana Ruiz, Red Hat",
            [
                ("Jane Doe", "Moderator, CTO", "Google"),
                ("John Roe", "", "IBM"),
                ("Ana Ruiz", "", "Red Hat"),
            ],
        ),
        ("Modera: Jane Doe, Google", None),
        ("Moderator: Jane Doe, Google", [("Jane Doe", "Moderator", "Google")]),
        ("Jane Doe (Moderator), Google", [("Jane Doe", "Moderator", "Google")]),
        ("Jane Doe (@jane), Google", [("Jane Doe (@jane)", "", "Google")]),
        ("Seán O'Brien, Org", [("Seán O'Brien", "", "Org")]),
        ("Jean-Luc van der Berg, Org", [("Jean-Luc van der Berg", "", "Org")]),
        ("Juan De La Cruz, UNAM", [("Juan De La Cruz", "", "UNAM")]),
        ("José Ortega y Gasset, UNAM", [("José Ortega y Gasset", "", "UNAM")]),
        ("Gabriele d'Annunzio, Org", [("Gabriele d'Annunzio", "", "Org")]),
        ("J. R. R. Tolkien Jr., Oxford", [("J. R. R. Tolkien Jr.", "", "Oxford")]),
        ("JANE DOE, ACME", [("JANE DOE", "", "ACME")]),
        ("JJ Abrams, Org", [("JJ Abrams", "", "Org")]),
        ("山田 太郎, メルカリ", [("山田 太郎", "", "メルカリ")]),
        ("王小明, 阿里巴巴", [("王小明", "", "阿里巴巴")]),
        ("प्रिया शर्मा, Org", [("प्रिया शर्मा", "", "Org")]),
    ],
)
def test_speakers(text: str, expected: list[tuple[str, str, str]] | None) -> None:
    if expected is None:
        assert only(f"## Title - {text}\n").title == f"Title - {text}"
    else:
        assert cast(text) == expected


@pytest.mark.parametrize("dash", ["-", "–", "—", "--", "---"])
def test_dashes(dash: str) -> None:
    talk = only(f"## A{dash}b {dash} C {dash} Jane Doe, Google\n")
    assert (talk.title, talk.speakers[0].name) == (f"A{dash}b {dash} C", "Jane Doe")


@pytest.mark.parametrize(
    "heading",
    [
        "Kubernetes - The Hard Way",
        "Kubernetes - Deep Dive",
        "Kubernetes - Project Update",
        "Kubernetes - Part Two",
        "Kubernetes - Lessons Learned",
        "Kubernetes - Past, Present, and Future",
        "Kubernetes - Is It Safe?",
        "Kubernetes - Building Clusters",
        "Kubernetes - Mostly Shifting Gears Across Continents Daily",
        "Kubernetes - AWS Lambda",
        "Kubernetes - GitHub Copilot, Microsoft",
        "Kubernetes - Red Hat",
        "Kubernetes - 2nd Edition, Revised",
        "Kubernetes - jane doe, google",
        "Kubernetes - La Nube",
        "Kubernetes - De La",
        "Kubernetes - Refactoring Monoliths",
        "Kubernetes - Kubernetes",
        "Kubernetes - ",
        "- Kubernetes",
        "Kubernetes [I] - Part 2",
        "Kubernetes [I] - What? - Then",
        "Making Containers Boring (again)",
        "Security (Past, Present, Future)",
        "Storage (Rook)",
        "(Jane Doe, Google)",
        "Kubernetes - " + "Jane Doe, " * 300 + "Google",
        "Kubernetes - Jane Doe;, Google",
    ],
)
def test_titles_that_keep_their_dash(heading: str) -> None:
    talk = only(f"## {heading}\n\n* nota\n")
    assert talk.title == " ".join(heading.split())
    assert talk.speakers == ()


def test_a_dash_without_speakers_is_remarked() -> None:
    reading = read("## Kubernetes - The Hard Way\n")
    assert messages(reading) == "speakers: none recognised; “The Hard Way” was kept in the title"
    assert not read("## Kubernetes The Hard Way\n").remarks


@pytest.mark.parametrize(
    ("heading", "names", "doubt"),
    [
        ("Title - Jane Doe", ["Jane Doe"], "a guess, from how it is written"),
        ("Title - Jane Doe (Google)", ["Jane Doe"], "a guess"),
        ("Title - Jane Doe & John Roe", ["Jane Doe", "John Roe"], "a guess"),
        ("Title (Jane Doe, Google)", ["Jane Doe"], "from the parentheses"),
        ("A - Title (Jane Doe, Google)", ["Jane Doe"], "from the parentheses"),
        ("Title [B] - Madonna", ["Madonna"], "does not read like a personal name"),
        ("Title [B] - Ernst & Young", ["Ernst & Young"], "does not read like"),
        ("Title [B] - Madonna & Cher, EMI", ["Madonna", "Cher"], "does not read like"),
        ("Title - Jane Doe, Ana Ruiz, and John Roe, IBM", None, "list of names"),
        ("Title - Jane Doe, Ana Ruiz & John Roe, IBM", None, "list of names"),
        ("Title - Jane Doe, Ana Ruiz & John Roe", None, "list of names"),
        ("Title - Jane Doe, Google & John Roe", ["Jane Doe"], "may hold another speaker"),
    ],
)
def test_guesses_are_remarked(heading: str, names: list[str] | None, doubt: str) -> None:
    reading = read(f"## {heading}\n")
    found = [speaker.name for speaker in reading.drafts[0].talk.speakers]
    assert found == (names or ["Jane Doe", "Ana Ruiz", "John Roe"])
    assert doubt in messages(reading, 1)


def test_a_list_of_names_shares_its_organization() -> None:
    assert cast("Jane Doe, Ana Ruiz, and John Roe, IBM") == [
        ("Jane Doe", "", "IBM"),
        ("Ana Ruiz", "", "IBM"),
        ("John Roe", "", "IBM"),
    ]


def test_the_link_around_a_title_is_one_of_the_talk_s() -> None:
    reading = read(f"## [Title](https://sched.example/1) - Jane Doe, Google\n\n[Video]({VIDEO})\n")
    talk = reading.drafts[0].talk
    assert (talk.title, talk.speakers[0].name) == ("Title", "Jane Doe")
    assert talk.links == (Link("Title", "https://sched.example/1"),)
    assert "heading: its link" in messages(reading, 1)
    assert only(f"## [Title]({VIDEO})\n").recording == Recording("AE0gZlA2sZ8")
    assert only("## [Title](a.pdf)\n").title == "[Title](a.pdf)"


# --- which headings are talks ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("## Title", "Title"),
        ("##\u00a0Title", "Title"),
        ("##\u00a0 Title", "Title"),
        ("##\tTitle", "Title"),
        ("   ## Title", "Title"),
        ("## Title ##", "Title"),
        ("## Title #", "Title"),
        ("## C#", "C#"),
        ("## C# ##", "C#"),
        ("##   Two\t blanks ", "Two blanks"),
        ("## **Title**", "Title"),
        ("## ****", "****"),
        ("Title\n===", "Title"),
        ("Title\n-----  ", "Title"),
    ],
)
def test_headings(line: str, title: str) -> None:
    assert titles(f"{line}\n\n* nota\n") == [title]


@pytest.mark.parametrize(
    "line",
    [
        "##Title",
        "#hashtag",
        "####### Title",
        "    ## Title",
        "\t## Title",
        "\\## Title",
        "Prose.\n---",
        "Two lines\nof prose\n---",
        "- item\n---",
        "[Repo](x)\n---",
        "see https://example.org\n---",
        "| a | b\n---",
        "---\n---",
        "Title\n--",
        "    code\n---",
        "\tcode\n---",
    ],
)
def test_no_headings(line: str) -> None:
    assert below("* nota", "", line, "", "more").notes.startswith(f"* nota\n\n{line}\n\nmore")


def test_the_shallowest_level_with_text_is_that_of_talks() -> None:
    reading = read("# Notes\n\n## Track\n\n### One\n\n* a\n\n#### Sub\n\n* b\n\n### Two\n\n* c\n")
    assert [draft.talk.title for draft in reading.drafts] == ["One", "Two"]
    assert reading.drafts[0].talk.notes == "* a\n\n#### Sub\n\n* b"
    assert reading.reported == (1, 3)
    assert "stands above the talks" in messages(reading, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n\nx\n\n# B\n\n## C\n\ny\n", ["A", "B"]),
        ("# Event\n## A\n## B\n", ["A", "B"]),
        ("# A\n# B\n", ["A", "B"]),
        ("## A\n\nx\n\n# Group\n\n## B\n\ny\n", ["A", "B"]),
        ("## A\n\n### Notas\n\nx\n", ["A"]),
        ("## A\n\n## Notas\n\nx\n\n## B\n\ny\n", ["A", "B"]),
        ("# Notas\n\n## A\n\nx\n", ["A"]),
        ("# A\n\nx\n\n## Demo\n\n[Slides](a.pdf)\n", ["A"]),
        ("A\n===\n\nx\n\nB\n===\n\ny\n", ["A", "B"]),
        ("## A\nB\n---\n\nx\n", ["A", "B"]),
        ("## A\n\nx\n\n## B\n\ny\n\n# C\n\nz\n\n## D\n\nz\n", ["A", "B", "C"]),
        ("Title.\n-----\n\nx\n", ["Title."]),
        ("It works.\n===\n\nx\n\nIt scales...\n===\n* y\n", ["It works.", "It scales..."]),
        ("It works.\n---\n\nx\n\nB\n---\n\ny\n", ["It works.", "B"]),
        ("A\n---\n\nx\n\nIt works.\n---\n\ny\n", ["A", "It works."]),
        ("It works.\n---\n\nx\n\n## B\n\ny\n\nProse.\n---\n\nz\n", ["It works.", "B"]),
        ("Notas de Ana.\n---\n\n## A\n\nx\n", ["A"]),
        ("Notas de Ana.\n---\n\nA\n---\n\nx\n", ["A"]),
        ("Prose.\n---\n", ["Untitled talk (line 1)"]),
        ("Two lines\nof prose.\n---\n\nx\n", ["Untitled talk (line 1)"]),
        ("```\nNo title.\n---\nx\n```\n", ["Untitled talk (line 1)"]),
        ("Hola.\n\n## Track\n\n### A\n\nx\n\n### B\n\ny\n\n# C\n\nz\n", ["A", "B", "C"]),
        ("### A\n\nx\n\n## B\n\ny\n\n### D\n\ny\n\n# C\n\nz\n", ["A", "B", "C"]),
        ("# A\n\nx\n\n# Día 2\n\nHola.\n\n## B\n\ny\n\n# C\n\nz\n", ["A", "B", "C"]),
        ("", []),
        ("\n \n\t\n", []),
    ],
)
def test_talks(text: str, expected: list[str]) -> None:
    reading = read(text)
    assert [draft.talk.title for draft in reading.drafts] == expected
    assert_partition(text, reading)


def test_talks_below_a_day_s_name_before_a_shallower_heading_are_of_that_day() -> None:
    text = "## Día 2\n\nHola.\n\n### A\n\nx\n\n# B\n\ny\n"
    reading = read(text, day=None, first_day=DAY)
    assert [(draft.talk.title, draft.talk.date.day) for draft in reading.drafts] == [
        ("A", 8),
        ("B", 8),
    ]
    assert reading.reported == (1, 3)
    assert messages(reading, 1) == "day: the talks below are of day 2"
    assert_partition(text, reading)


def test_an_introduction_below_the_document_s_title_is_no_talk() -> None:
    talks = "## A\n\n[Slides](a.pdf)\n\n* a\n\n## B\n\n[Video]()\n\n* b\n"
    for intro in ("# KubeCon\n\nHola.\n\n", "# KubeCon, día 1\n\nHola.\n\n"):
        reading = read(intro + talks)
        assert [draft.talk.title for draft in reading.drafts] == ["A", "B"]
        assert reading.reported == (1, 3)
        assert messages(reading, 3) == "text: it stands before the first talk and was not imported"
    two = f"# KubeCon, día 1\n\nHola.\n\n{talks}\n# KubeCon, día 2\n\nHola.\n\n{talks}"
    dated = read(two, day=None, first_day=DAY)
    assert [draft.talk.date.day for draft in dated.drafts] == [7, 7, 8, 8]
    assert messages(dated, 19) == "text: it belongs to no talk and was not imported"
    for talk in ("A - Jane Doe, Google", "Panel: A", "A [I]"):
        assert titles(f"# KubeCon\n\nHola.\n\n## {talk}\n\n## {talk}\n\nx\n") == ["A", "A"]
        assert titles(f"# KubeCon\n\nHola.\n\n## {talk}\n\nx\n") == ["KubeCon"]
    assert titles("# KubeCon\n\nHola.\n\n## A - Jane Doe\n\n## B - Ana Ruiz\n") == ["KubeCon"]
    # With links or a fence of its own it is a talk.
    assert titles(f"# KubeCon\n\n[Slides](a.pdf)\n\n{talks}") == ["KubeCon"]
    assert titles(f"# KubeCon\n\n```\nx\n```\n\n{talks}") == ["KubeCon"]
    assert titles(f"# Keynote\n\nx\n\n# Panel\n\ny\n\n{talks}") == ["Keynote", "Panel"]


def test_text_before_the_first_talk_is_reported_word_for_word() -> None:
    reading = read("Hola.  \n\n  - uno\n\n## A\n\nx\n")
    assert reading.reported == (1, 3)
    assert reading.remarks[0].text == "Hola.\n\n  - uno"
    assert reading.remarks[0].line == 1


def test_a_text_without_headings_is_one_draft() -> None:
    reading = read("\n\n[Slides](a.pdf)\n\n  * nota\n\notra\n")
    [draft] = reading.drafts
    assert draft.talk.title == "Untitled talk (line 3)"
    assert draft.talk.draft
    assert draft.talk.slides == "a.pdf"
    assert draft.talk.notes == "  * nota\n\notra"
    assert draft.lines == (3, 5, 7)


@pytest.mark.parametrize("line", ["##", "## ##", "##   "])
def test_an_empty_heading_is_an_untitled_talk(line: str) -> None:
    reading = read(f"{line}\n\n* nota\n")
    [draft] = reading.drafts
    assert draft.talk.draft
    assert draft.talk.title == "Untitled talk (line 1)"
    assert "the heading is empty" in messages(reading, 1)


def test_a_title_without_text_is_a_talk() -> None:
    reading = read("## A\n\n## B\n\nx\n")
    assert [draft.lines for draft in reading.drafts] == [(1,), (3, 5)]
    assert reading.drafts[0].talk.notes == ""


# --- days ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "number"),
    [
        ("Día 2", 2),
        ("Dia 2", 2),
        ("DAY 2", 2),
        ("Day 02", 2),
        ("Día dos", 2),
        ("2º día", 2),
        ("2.º día", 2),
        ("2nd day", 2),
        ("Second day", 2),
        ("Segundo día", 2),
        ("Jueves, segundo día, 7 dic", 2),
        ("Jueves, 2º día, 7 dic", 2),
        ("Día 2: jueves 7 de diciembre de 2017", 2),
        ("Day 2 (Thursday, December 7th)", 2),
        ("Thursday – Day 2", 2),
        ("Day 0", 0),
    ],
)
def test_day_headings(heading: str, number: int) -> None:
    for level in ("#", "##"):
        reading = read(
            f"{level} {heading}\n\n## A\n\nx\n", day=None, first_day=date(2017, 12, 6), event=EVENT
        )
        [draft] = reading.drafts
        assert draft.talk.date == date(2017, 12, 5 + number)
        assert draft.talk.event == Event(EVENT.name, str(number), location="Austin")
        assert reading.reported == (1,)
        assert messages(reading, 1) == f"day: the talks below are of day {number}"


@pytest.mark.parametrize(
    "heading",
    ["Day 2 Operations", "Surviving Day 2", "One day", "Day", "Day 9999", "Day 2?", "A Second day"],
)
def test_titles_that_are_no_day(heading: str) -> None:
    assert titles(f"## {heading}\n\nx\n") == [heading]


def test_several_days_in_one_file() -> None:
    text = (
        "# Día 1\n\n## A\n\nx\n\n## B\n\nx\n\n# KubeCon – día 2\n\n## C\n\nx\n\n# Lunch\n\n## D\n"
    )
    reading = read(text, day=None, first_day=date(2017, 12, 6), event=EVENT)
    found = [
        (draft.talk.title, draft.talk.date.day, draft.talk.position, draft.talk.event)
        for draft in reading.drafts
    ]
    first, second = (Event(EVENT.name, number, location="Austin") for number in "12")
    assert found == [
        ("A", 6, 1, first),
        ("B", 6, 2, first),
        ("C", 7, 1, second),
        ("D", 7, 2, second),
    ]
    assert_partition(text, reading)


def test_the_given_day_wins_and_positions_run_on() -> None:
    reading = read("# Día 1\n\n## A\n\nx\n\n# Día 2\n\n## B\n\nx\n", event=EVENT)
    assert [(draft.talk.date, draft.talk.position) for draft in reading.drafts] == [
        (DAY, 1),
        (DAY, 2),
    ]
    assert [draft.talk.event and draft.talk.event.day for draft in reading.drafts] == ["1", "2"]


@pytest.mark.parametrize(
    "source",
    [
        "notes/kubecon-2017-dia-2.md",
        "day2.md",
        "C:\\notes\\día_02.md",
        "2017-12-07-day-2.md",
        "Day 2.md",
        f"{'x-' * 100}day-2.md",
    ],
)
def test_the_day_in_the_file_s_name(source: str) -> None:
    reading = read("## A\n\nx\n", day=None, first_day=date(2017, 12, 6), source=source)
    assert reading.drafts[0].talk.date == DAY


def test_a_heading_wins_over_the_file_s_name() -> None:
    reading = read("# Día 3\n\n## A\n\nx\n", day=None, first_day=DAY, source="dia-2.md")
    assert reading.drafts[0].talk.date == date(2017, 12, 9)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({}, "no day"),
        ({"first_day": DAY}, "no day"),
        ({"first_day": DAY, "source": "monday2.md"}, "no day"),
        ({"source": "day2.md"}, "day 2 of an event without a first day"),
        ({"first_day": date.max, "source": "day2.md"}, "no calendar"),
        ({"first_day": date.min, "source": "day0.md"}, "no calendar"),
    ],
)
def test_a_talk_without_a_date_is_an_error(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(ContentError) as caught:
        read("\n\n## A\n\nx\n\n## B\n", day=None, **({"source": "notes.md"} | facts))
    [problem] = caught.value.problems
    assert (problem.path, problem.line, problem.key) == (facts.get("source", "notes.md"), 3, "date")
    assert message in problem.message
    assert "--date" in problem.remedy


def test_a_date_at_the_end_of_the_calendar_is_an_error() -> None:
    tokyo = replace(PUBLICATION, timezone="Asia/Tokyo")
    with pytest.raises(ContentError, match="no calendar"):
        read("## A\n", day=date.min, publication=tokyo)


def test_a_text_without_talks_needs_no_date() -> None:
    assert read("", day=None) == Reading((), (), ())


def test_days_without_talks_are_drafts() -> None:
    reading = read("# Día 1\n\nuno\n\n# Día 2\n\ndos\n", day=None, first_day=DAY)
    assert [draft.talk.date.day for draft in reading.drafts] == [7, 8]
    assert [draft.talk.notes for draft in reading.drafts] == ["uno", "dos"]
    assert all(draft.talk.draft for draft in reading.drafts)


def test_a_day_within_a_talk_s_notes_is_notes() -> None:
    assert below("x", "", "### Day 1", "", "y").notes == "x\n\n### Day 1\n\ny"


# --- abstracts and other fences --------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ("```", "One.", "", "Two.", "```", "[Slides](a.pdf)", "", "* nota"),
        ("[Slides](a.pdf)", "", "```", "One.", "", "Two.", "```", "* nota"),
        ("[Slides](a.pdf)", "```  ", "One.  ", " \t", "Two.", "```  ", "* nota"),
        ("  ~~~~", "", "One.", "", "Two.", "", "  ~~~~~", "* nota", "", "[Slides](a.pdf)"),
        ("```", "```", "```", "One.", "", "Two.", "```", "[Slides](a.pdf)", "* nota"),
        ("Abstract:", "```", "One.", "", "Two.", "```", "[Slides](a.pdf)", "* nota"),
    ],
)
def test_the_abstract(lines: tuple[str, ...]) -> None:
    talk = below(*lines)
    assert (talk.abstract, talk.notes, talk.slides) == ("One.\n\nTwo.", "* nota", "a.pdf")


def test_the_abstract_keeps_its_indentation() -> None:
    assert below("```", "  One", "    two", "```").abstract == "  One\n    two"


@pytest.mark.parametrize(
    "lines",
    [
        ("* nota", "```", "code", "```"),
        ("```yaml", "a: 1", "```"),
        ("``` yaml", "```", "* nota"),
        ("~~~ yaml `x`", "```", "", "[Slides](a.pdf)", "~~~"),
        ("* nota", "", "~~~", "```", "", "~~~", "", "more"),
        ("````sh", "```", "# comment", "```", "````"),
        ("```inline``` code", "", "more"),
        ("    ```", "    code", "    ```"),
    ],
)
def test_other_fences_are_notes(lines: tuple[str, ...]) -> None:
    talk = below(*lines)
    assert (talk.notes, talk.abstract) == ("\n".join(lines), "")


def test_code_within_a_line_opens_no_fence() -> None:
    assert below("```inline``` code", "", "[Slides](a.pdf)").slides == "a.pdf"


def test_a_second_fence_before_the_notes_is_notes() -> None:
    talk = below("```", "One.", "```", "", "```", "code", "```", "* nota")
    assert (talk.abstract, talk.notes) == ("One.", "```\ncode\n```\n* nota")


def test_an_empty_fence_is_no_abstract() -> None:
    reading = read("## A\n\n```\n\n```\n\n* nota\n```\n```\nmore\n")
    [draft] = reading.drafts
    assert (draft.talk.abstract, draft.talk.notes) == ("", "* nota\n\nmore")
    assert draft.lines == (1, 3, 5, 7, 8, 9, 10)
    assert messages(reading, 3) == "abstract: none here (empty fence)"


@pytest.mark.parametrize(
    "code",
    [
        ("```sh", "# install", "make", "```"),
        ("```", "## Not a talk", "```"),
        ("```", "x", "", "## Not a talk", "", "y", "```"),
        ("```", "## one", "", "## two", "", "ls", "```"),
        ("````", "## Not a talk", "```yaml", "a: 1", "```", "````"),
        ("```", "## Not a talk", "```", "more"),
        ("```", "## Not a talk", "```", "more", "```", "x", "```"),
        ("```", "x", "## Not a talk", "", "```", "", "more"),
        ("```", "Not a talk", "---", "x", "```"),
    ],
)
def test_headings_in_fences_are_none(code: tuple[str, ...]) -> None:
    text = "\n".join(("## A", "", "* nota", "", *code, "", "## B", "", "```", "b", "```"))
    reading = read(text)
    assert [draft.talk.title for draft in reading.drafts] == ["A", "B"]
    assert reading.drafts[0].talk.notes == "\n".join(("* nota", "", *code))
    assert reading.drafts[1].talk.abstract == "b"


@pytest.mark.parametrize(
    "second",
    [
        ("## B", "", "```", "b", "```"),
        ("## B", "```", "b", "```"),
        ("## B", "", "[Slides](b.pdf)", "```", "b", "```"),
        ("## B", "", "```", "b", "```", "", "```yaml", "c: 1", "```"),
        ("## B", "", "```yaml", "c: 1", "```"),
        ("## B", "", "~~~", "b", "~~~"),
        ("## B", "", "```", "b", "", "## C", "", "```", "c", "```"),
        ("## B", "", "* nota"),
        ("# Día 2", "", "## B", "", "* nota"),
        ("# Día 2", "## B", "", "* nota"),
    ],
)
def test_a_fence_that_is_never_closed_ends_before_the_next_talk(second: tuple[str, ...]) -> None:
    text = "\n".join(("## A", "", "```", "# a comment", "abstract", "", *second))
    reading = read(text)
    assert [draft.talk.title for draft in reading.drafts][:2] == ["A", "B"]
    assert reading.drafts[0].talk.abstract == "# a comment\nabstract"
    assert "fence: it is never closed" in messages(reading, 3)
    assert_partition(text, reading)


def test_a_fence_that_is_never_closed_may_end_with_the_text() -> None:
    assert below("```", "One.").abstract == "One."
    assert below("* nota", "```", "code", "### sub").notes == "* nota\n```\ncode\n### sub"
    assert read("```\nintro\n\n## A\n\nx\n").reported == (1, 2)


# --- links -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f"- [Youtube]({VIDEO})",
        f"* [YouTube]({VIDEO})",
        f"1. [Video]({VIDEO})",
        f"[Grabación]({VIDEO})",
        f"**[Youtube]({VIDEO})**",
        f"- [**Youtube**]({VIDEO})",
        f"**Youtube:** {VIDEO}",
        f"**Youtube**: {VIDEO}",
        f"Video: <{VIDEO}>",
        f"Video:{VIDEO}",
        f"Vídeo : {VIDEO}",
        f"Video {VIDEO}",
        f"- 📹 Video: {VIDEO}",
        f"[Recording]: {VIDEO}",
        f"[Watch] ({VIDEO})",
        f"Recording: [Youtube]({VIDEO})",
        f"Recording: [{VIDEO}]({VIDEO})",
        f"[Youtube](<{VIDEO}>)",
        f"[Youtube]({VIDEO}).",
        f"   - [Youtube]({VIDEO})",
        f"[Youtube]({VIDEO}?si=abc)",
        "[Youtube](https://www.youtube.com/watch?v=AE0gZlA2sZ8)",
        "Youtube: AE0gZlA2sZ8",
        VIDEO,
        f"<{VIDEO}>",
    ],
)
def test_recordings(line: str) -> None:
    reading = read(f"## A\n\n{line}\n\n* nota\n")
    talk = reading.drafts[0].talk
    assert talk.recording == Recording("AE0gZlA2sZ8")
    assert talk.notes == "* nota"
    if "Youtube: AE" not in line:
        assert not reading.remarks


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"[Youtube]({VIDEO}", "parenthesis is not closed"),
        (f"[Youtube]({VIDEO})({VIDEO})", "several links"),
        (f"[Youtube](https://youtu.be/{VIDEO})", "only the id AE0gZlA2sZ8 was kept"),
        ("[Youtube](htps://youtu.be/AE0gZlA2sZ8)", "only the id"),
        ("[Youtube](youtu.be/AE0gZlA2sZ8)", "only the id"),
        ("[Youtube](https://youtube.com/watch?list=x&v=AE0gZlA2sZ8)", "only the id"),
        (f"[Youtube]({VIDEO}?t=30)", "only the id"),
        (f'[Youtube]({VIDEO} "Charla")', "own title “Charla”"),
        (f"Video: [aquí mero]({VIDEO})", "the words “aquí mero” were left out"),
        (f"[Youtube]({VIDEO})\n[Video]({VIDEO})", "the same video again"),
    ],
)
def test_recordings_that_need_a_word(line: str, message: str) -> None:
    reading = read(f"## A\n\n{line}\n\n* nota\n")
    talk = reading.drafts[0].talk
    assert talk.recording == Recording("AE0gZlA2sZ8")
    assert (talk.notes, talk.links) == ("* nota", ())
    assert message in messages(reading)


@pytest.mark.parametrize(
    ("line", "slides"),
    [
        ("- [Diapositivas](presentaciones/a.pdf)", "presentaciones/a.pdf"),
        ("[Láminas](https://example.org/a.pdf)", "https://example.org/a.pdf"),
        ("[Slides](presentaciones/My Talk (final).pdf)", "presentaciones/My Talk (final).pdf"),
        ("[Slides](<My Talk.pdf>)", "My Talk.pdf"),
        ("[Slides](My Talk.pdf", "My Talk.pdf"),
        ("[Slides](a.pdf 'Title')", "a.pdf"),
        ("[Slides](www.example.org/a.pdf)", "https://www.example.org/a.pdf"),
        ("[Slides](example.org/a.pdf)", "https://example.org/a.pdf"),
        ("[Slides](https://example.org/My Talk.pdf)", "https://example.org/My%20Talk.pdf"),
        ("[Slides](https://example.org/)", "https://example.org/"),
        ("- Slides: a.pdf", "a.pdf"),
        ("- Slides: My Talk.pdf", "My Talk.pdf"),
        ("**Presentación:** slides/a.key", "slides/a.key"),
        ("Deck: [PDF](a.pdf)", "a.pdf"),
        ("[Slides](a.pdf)\n[Slides](a.pdf)", "a.pdf"),
        ("[Slides](v1.0/a:b.pdf)", "v1.0/a:b.pdf"),
    ],
)
def test_slides(line: str, slides: str) -> None:
    talk = below(*line.split("\n"), "", "* nota")
    assert (talk.slides, talk.notes, talk.links) == (slides, "* nota", ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[Slides](presentaciones/.pdf)", "slides: none yet (presentaciones/.pdf names no file)"),
        ("[Slides](.pdf)", "slides: none yet (.pdf names no file)"),
        ("[Slides](presentaciones/)", "slides: none yet (presentaciones/ names no file)"),
        ("[Slides](https://a.org/.pdf)", "slides: none yet (https://a.org/.pdf names no file)"),
        ("[Slides]()", "slides: none yet (empty link)"),
        ("[Slides](", "slides: none yet (empty link)"),
        ("[Slides]", "slides: none yet (empty link)"),
        ("Slides:", "slides: none yet (empty link)"),
        ("Slides: pendiente", "slides: none yet (“pendiente” is no link)"),
        ("[Slides](TBD)", "slides: none yet (TBD is no link)"),
        ("[Youtube](#)", "recording: none yet (# is no link)"),
        ("- [Youtube]()", "recording: none yet (empty link)"),
    ],
)
def test_links_that_lead_nowhere_yet(line: str, message: str) -> None:
    reading = read(f"## A\n\n{line}\n\n* nota\n")
    talk = reading.drafts[0].talk
    assert (talk.slides, talk.recording, talk.notes) == ("", None, "* nota")
    assert message in messages(reading, 3)


@pytest.mark.parametrize(
    "line",
    [
        "[Slides](../a.pdf)",
        "[Slides](a/%2e%2e/%2E./b.pdf)",
        "[Slides](/etc/passwd)",
        "[Slides](//example.org/a.pdf)",
        "[Slides](\\\\host\\a.pdf)",
        "[Slides](a\\..\\b.pdf)",
        "[Slides](~/a.pdf)",
        "[Slides](#a)x",
        "[Slides](?a)",
        "[Slides](javascript:alert(1))",
        "[Slides](java\tscript:alert(1))",
        "[Slides](file:///a.pdf)",
        "[Slides](C:\\a.pdf)",
        "[Slides](http://)",
        "[Youtube](coming-soon)",
        "[Youtube](htps://example.org/a)",
        f"[Youtube](https://example.org/{'a' * 2000})",
        "[Foto](img/a.jpg)",
        "[Foto]()",
    ],
)
def test_links_that_cannot_be_understood_stay_in_the_notes(line: str) -> None:
    reading = read(f"## A\n\n{line}\n\n```\nabstract\n```\n\n* nota\n")
    talk = reading.drafts[0].talk
    assert (talk.slides, talk.recording, talk.links) == ("", None, ())
    assert talk.notes.startswith(f"{line}\n\n")
    assert talk.notes.endswith("* nota")
    if not line.endswith("x"):
        assert talk.abstract == "abstract"
        assert "kept in the notes" in messages(reading, 3)


@pytest.mark.parametrize(
    ("lines", "links", "message"),
    [
        (
            ("[Video](https://vimeo.com/1)",),
            [Link("Video", "https://vimeo.com/1")],
            "is no YouTube video",
        ),
        (
            ("[Youtube](https://www.youtube.com/playlist?list=PL1)",),
            [Link("Youtube", "https://www.youtube.com/playlist?list=PL1")],
            "is no YouTube video",
        ),
        (
            (f"[Youtube]({VIDEO})", f"[Youtube]({OTHER_VIDEO})"),
            [Link("Youtube", OTHER_VIDEO)],
            "there is one already",
        ),
        (
            (f"[Youtube]({VIDEO})(youtu.be/07jq-5VbBVQ)",),
            [Link("Youtube", OTHER_VIDEO)],
            "there is one already",
        ),
        (
            ("[Slides](a.pdf)", "[Deck](https://example.org/b.pdf)"),
            [Link("Deck", "https://example.org/b.pdf")],
            "there are some already",
        ),
        (("- [Repo](https://github.com/a/b)",), [Link("Repo", "https://github.com/a/b")], ""),
        (
            ("- [**Repo**](github.com/a/b)",),
            [Link("Repo", "https://github.com/a/b")],
            "was read as",
        ),
        (
            ("[Slides](a.pdf) | [Repo](https://github.com/a/b)",),
            [Link("Repo", "https://github.com/a/b")],
            "",
        ),
        (("[](https://a.org/)",), [Link("https://a.org/", "https://a.org/")], ""),
    ],
)
def test_further_links(lines: tuple[str, ...], links: list[Link], message: str) -> None:
    reading = read("\n".join(("## A", "", *lines, "", "* nota")))
    talk = reading.drafts[0].talk
    assert (list(talk.links), talk.notes) == (links, "* nota")
    assert message in messages(reading)


@pytest.mark.parametrize(
    "line",
    [
        "Slides: https://e.org/a.pdf https://e.org/b.pdf https://youtu.be/07jq-5VbBVQ",
        "Slides https://e.org/a.pdf https://e.org/b.pdf https://youtu.be/07jq-5VbBVQ",
        "- **Slides:** <https://e.org/a.pdf>, <https://e.org/b.pdf> / <https://youtu.be/07jq-5VbBVQ>",
        "Slides: https://e.org/a.pdf,https://e.org/b.pdf & https://youtu.be/07jq-5VbBVQ",
        "Slides: https://e.org/a.pdf - https://e.org/b.pdf | https://youtu.be/07jq-5VbBVQ",
        "[Slides](https://e.org/a.pdf https://e.org/b.pdf https://youtu.be/07jq-5VbBVQ)",
    ],
)
def test_of_several_slides_behind_one_label_the_first_are_the_talk_s(line: str) -> None:
    talk = below(line, "", "* nota")
    assert talk.slides == "https://e.org/a.pdf"
    assert talk.links == (Link("Slides", "https://e.org/b.pdf"), Link("Slides", OTHER_VIDEO))
    assert talk.notes == "* nota"
    said = messages(read(f"## Title\n\n{line}\n\n* nota\n"), 3)
    assert "slides: several links behind one label" in said
    assert "slides: there are some already; kept as a further link" in said


def test_several_targets_of_other_kinds_behind_one_label() -> None:
    both = below(f"Video: {VIDEO} {OTHER_VIDEO}")
    assert both.recording == Recording("AE0gZlA2sZ8")
    assert both.links == (Link("Video", OTHER_VIDEO),)
    file = below("Slides: my  talk.pdf https://e.org/b.pdf")
    assert (file.slides, file.links) == ("my  talk.pdf", (Link("Slides", "https://e.org/b.pdf"),))
    archived = "https://web.archive.org/web/2017/https://e.org/a.pdf"
    assert below(f"Slides: {archived}").slides == archived
    for prose in ("pending https://e.org/b.pdf", "https://e.org/a.pdf and https://e.org/b.pdf"):
        assert below(f"Slides: {prose}").notes == f"Slides: {prose}"


def test_plain_slides_need_no_word() -> None:
    assert not read("## A\n\n[Slides](https://example.org/a.pdf)\n\n* nota\n").remarks


def test_second_slides_in_a_file_stay_in_the_notes() -> None:
    reading = read("## A\n\n[Slides](a.pdf)\n[Slides](b.pdf)\n\n* nota\n")
    talk = reading.drafts[0].talk
    assert (talk.slides, talk.notes) == ("a.pdf", "[Slides](b.pdf)\n\n* nota")
    assert "there are some already" in messages(reading, 4)


@pytest.mark.parametrize("between", [" | ", " · ", ", ", " / ", " • ", " ", "", " - ", " & "])
def test_several_links_on_one_line(between: str) -> None:
    talk = below(f"- [Slides](a (1).pdf){between}**[Youtube]({VIDEO})**", "", "* nota")
    assert (talk.slides, talk.recording) == ("a (1).pdf", Recording("AE0gZlA2sZ8"))
    assert talk.notes == "* nota"


@pytest.mark.parametrize(
    "line",
    [
        f"Slides: a.pdf | Video: {VIDEO}",
        f"Slides: a.pdf, Video: {VIDEO}",
        f"Slides: a.pdf [Video]({VIDEO})",
        f"**Slides:** [PDF](a.pdf) / **Video:** [Youtube]({VIDEO})",
        f"[Slides]: a.pdf | [Video]({VIDEO})",
        f"[Slides](a.pdf | [Video]({VIDEO})",
    ],
)
def test_several_labels_on_one_line(line: str) -> None:
    talk = below(line)
    assert (talk.slides, talk.recording) == ("a.pdf", Recording("AE0gZlA2sZ8"))
    assert talk.notes == ""


@pytest.mark.parametrize(
    "line",
    [
        f"El video es {VIDEO} y ya",
        f"Hablaron de [un video]({VIDEO}), muy bueno",
        "Video: it was great and I liked it",
        "Video: it was great.",
        f"[Youtube]({VIDEO}) muy buena",
        f"[Youtube]({VIDEO} y más",
        f"    - [Youtube]({VIDEO})",
        f"\t- [Youtube]({VIDEO})",
        f"> [Youtube]({VIDEO})",
        f"![Slides]({VIDEO})",
        "[Slides",
        "[[Slides](a.pdf)](b.pdf)",
        "[Repo] https://example.org",
        "Repo: https://example.org",
        "Video: [x",
        "Slides: see my site/a.pdf b",
        "[Slides](a.pdf)" * 21,
        f"[Slides]{'(a.pdf)' * 5}",
        "https://example.org/",
    ],
)
def test_prose_with_links_is_notes(line: str) -> None:
    talk = below(line, "", "```", "code", "```")
    assert talk.notes == f"{line}\n\n```\ncode\n```"
    assert (talk.slides, talk.recording, talk.links) == ("", None, ())


def test_a_link_with_words_around_it_is_remarked() -> None:
    reading = read(f"## A\n\n- [Youtube]({VIDEO}) muy buena\n")
    assert "recording: the link stands among the notes" in messages(reading, 3)


@pytest.mark.parametrize(
    "lines",
    [
        ("* nota", "", "[Slides](a.pdf)", f"[Youtube]({VIDEO})"),
        ("* nota", "[Slides](a.pdf)", f"[Youtube]({VIDEO})"),
        ("[Slides](a.pdf)", "* nota", "", f"[Youtube]({VIDEO})"),
        ("[Slides](a.pdf)", "", f"[Youtube]({VIDEO})", "", "* nota"),
        ("Links:", "", "- [Slides](a.pdf)", f"- [Youtube]({VIDEO})", "* nota"),
        ("### Enlaces", "- [Slides](a.pdf)", f"- [Youtube]({VIDEO})", "### Notas", "* nota"),
        ("[Slides](a.pdf)", f"[Youtube]({VIDEO})", "", "Notas", "---", "* nota"),
    ],
)
def test_links_stand_before_or_after_the_notes(lines: tuple[str, ...]) -> None:
    talk = below(*lines)
    assert (talk.slides, talk.recording) == ("a.pdf", Recording("AE0gZlA2sZ8"))
    assert talk.notes == "* nota"


@pytest.mark.parametrize(
    "lines",
    [
        ("Uno.", "", "[Slides](a.pdf)", f"[Youtube]({VIDEO})", "", "Dos."),
        ("Uno.", "[Slides](a.pdf)", f"[Youtube]({VIDEO})", "Dos."),
        ("Uno.", "", "[Slides](a.pdf)", f"[Youtube]({VIDEO})", "Dos."),
        ("Uno.", "", "[Slides](a.pdf)", "", f"[Youtube]({VIDEO})", "", "Dos."),
    ],
)
def test_the_only_links_may_stand_among_the_notes(lines: tuple[str, ...]) -> None:
    talk = below(*lines)
    assert (talk.slides, talk.recording) == ("a.pdf", Recording("AE0gZlA2sZ8"))
    assert talk.notes == "Uno.\n\nDos."


@pytest.mark.parametrize(
    "lines",
    [
        (f"[Youtube]({VIDEO})", "", "* Demo:", f"- [Video]({OTHER_VIDEO})", "* nota"),
        ("* Demo:", f"- [Video]({OTHER_VIDEO})", "* nota", "", f"[Youtube]({VIDEO})"),
    ],
)
def test_a_link_among_notes_stays_there_when_the_talk_has_its_own(lines: tuple[str, ...]) -> None:
    reading = read("\n".join(("## A", "", *lines)))
    talk = reading.drafts[0].talk
    assert talk.recording == Recording("AE0gZlA2sZ8")
    assert talk.notes == f"* Demo:\n- [Video]({OTHER_VIDEO})\n* nota"
    assert "stands among the notes" in messages(reading)


def test_links_that_end_a_list_of_notes_are_the_talk_s() -> None:
    notes = ("* nota", "- [Repo](https://a.org)")
    talk = below(f"[Youtube]({VIDEO})", "", *notes, "- [Slides](a.pdf)")
    assert (talk.slides, talk.notes, talk.links) == ("a.pdf", "\n".join(notes), ())


def test_a_block_of_links_after_notes_is_the_talk_s_even_with_others() -> None:
    talk = below("* nota", "", "[Slides](a.pdf)", "[Repo](https://a.org/)", "", "* más")
    assert (talk.slides, talk.links) == ("a.pdf", (Link("Repo", "https://a.org/"),))
    assert talk.notes == "* nota\n\n* más"


def test_links_that_start_a_list_of_notes_are_notes() -> None:
    lines = ("- [Istio](https://istio.io)", "- nota")
    assert below(*lines).notes == "\n".join(lines)
    talk = below("- [Slides](a.pdf)", "", *lines)
    assert (talk.notes, talk.links) == ("\n".join(lines), ())
    later = ("* nota", "", "- [Istio](https://istio.io)")
    assert below(*later).notes == "\n".join(later)


# --- labels and notes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    ["**Notas:**", "Notas", "Notes:", "### Notas", "Apuntes:", "- Comentarios:", "__Notes__"],
)
def test_a_label_that_introduces_the_notes_is_left_out(label: str) -> None:
    reading = read(f"## A\n\n[Slides](a.pdf)\n\n{label}\n\n* nota\n")
    [draft] = reading.drafts
    assert draft.talk.notes == "* nota"
    assert draft.lines == (1, 3, 5, 7)
    assert "introduces the notes" in messages(reading, 5)


@pytest.mark.parametrize(
    "lines",
    [
        ("* nota", "", "Notas:", "", "más"),
        ("Notas: buena charla",),
        ("Links:", "", "nada"),
        ("Links:",),
        ("Abstract:", "", "nada"),
        ("x", "", "### Sub", "", "y"),
    ],
)
def test_other_labels_are_notes(lines: tuple[str, ...]) -> None:
    assert below(*lines).notes == "\n".join(lines)


def test_notes_are_word_for_word() -> None:
    lines = (
        "   * uno  ",
        " - dos",
        "\ttres\u00a0",
        "   ",
        "",
        "",
        "> «cuatro»",
        "1. cinco\u2028seis",
    )
    assert below("", *lines, "", " ").notes == "\n".join(lines)


# --- talks without a heading -----------------------------------------------------------------

FIRST = ("## A", "", "[Slides](a.pdf)", f"[Youtube]({VIDEO})", "", "* uno", "")


@pytest.mark.parametrize(
    ("lines", "abstract"),
    [
        (("```", "```", "", "[Slides](.pdf)", "[Youtube]()"), ""),
        (("```", "```", "", "[Youtube]()", "- otra nota"), ""),
        (("```", "Abstract.", "```", "", "[Slides](b.pdf)"), "Abstract."),
        (("[Slides](b.pdf)", "[Youtube]()"), ""),
        (("[Slides](b.pdf)", "", "[Youtube]()"), ""),
        (("[Slides](b.pdf) | [Youtube]()", "- otra nota"), ""),
    ],
)
def test_a_talk_whose_heading_is_missing(lines: tuple[str, ...], abstract: str) -> None:
    text = "\n".join((*FIRST, *lines, "", "* dos"))
    reading = read(text)
    first, second = (draft.talk for draft in reading.drafts)
    assert (first.title, first.notes, first.slides) == ("A", "* uno", "a.pdf")
    assert second.title == "Untitled talk (line 8)"
    assert second.draft
    assert second.abstract == abstract
    assert second.notes.endswith("* dos")
    assert "no heading: written as a draft" in messages(reading, 8)
    assert_partition(text, reading)


@pytest.mark.parametrize(
    "lines",
    [
        ("```", "code", "```", "", "* dos"),
        ("```", "```", "", "* dos"),
        ("```sh", "ls", "```", "", "[Slides](b.pdf)"),
        ("[Slides](https://a.org/b.pdf)", "", "* dos"),
        ("[Slides](a.pdf)", f"[Youtube]({VIDEO})"),
        ("```", "```", "", "```", "code", "```"),
    ],
)
def test_no_other_talk(lines: tuple[str, ...]) -> None:
    assert titles("\n".join((*FIRST, *lines))) == ["A"]


def test_code_before_the_only_links_is_no_other_talk() -> None:
    lines = ("## A", "", "* uno", "", "```", "code", "```", "", "[Slides](a.pdf)")
    assert titles("\n".join(lines)) == ["A"]


def test_an_untitled_talk_is_named_after_its_first_notes() -> None:
    one = only("* nota\n\n* otra\n")
    assert only("\n\n[Slides](a.pdf)\n\n* nota\n\n* corregida\n").slug == one.slug
    assert only("* nada\n").slug != one.slug
    assert only("[Slides](a.pdf)\n").slug.startswith("untitled-")


# --- ids, dates, characters ------------------------------------------------------------------


def test_ids_slugs_and_times() -> None:
    reading = read("## Ñandú\n## Foo\n## Foo\n## Foo 2\n## Foo\n## 日本語\n", language="en")
    talks = [draft.talk for draft in reading.drafts]
    assert [talk.slug for talk in talks] == [
        "nandu",
        "foo",
        "foo-2",
        "foo-2-2",
        "foo-3",
        slugify("日本語"),
    ]
    for position, talk in enumerate(talks, start=1):
        assert talk.id == f"tag:example.org,2017:notas/2017-12-07/{talk.slug}"
        assert talk.position == position
        published = default_published(DAY, position, talk.id, "America/Mexico_City")
        assert talk.published == talk.updated == published
        assert (talk.language, talk.abstract_language, talk.source) == ("en", "", "")


def test_long_titles_have_short_slugs() -> None:
    talk = only(f"## {'palabra ' * 5_000}\n")
    assert len(talk.title) == 39_999
    assert len(talk.slug) <= 60


def test_positions_stop_where_times_do() -> None:
    reading = read("# a\n" * (MAX_POSITION + 2))
    assert [draft.talk.position for draft in reading.drafts][-3:] == [MAX_POSITION] * 3
    assert len({draft.talk.id for draft in reading.drafts}) == MAX_POSITION + 2
    assert messages(reading, MAX_POSITION + 2) == f"position: a day has no more than {MAX_POSITION}"


def test_positions_within_the_limit_are_not_remarked() -> None:
    assert not read("# a\n# b\n").remarks


def test_characters_that_xml_forbids() -> None:
    text = (
        "## T\x00tle - Jane D\x01e, G\x02\n\n```\nab\x03c\n```\n\n* no\x1bta \ud800\n\x0c\n* más\n"
    )
    reading = read(text)
    [draft] = reading.drafts
    assert draft.talk.title == "T\ufffdtle - Jane D\ufffde, G\ufffd"
    assert draft.talk.abstract == "ab\ufffdc"
    assert draft.talk.notes == "* no\ufffdta \ufffd\n\n* más"
    marked = [remark.line for remark in reading.remarks if "U+FFFD" in remark.message]
    assert marked == [1, 4, 7]
    assert_partition(text, reading)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_the_byte_order_mark(end: str) -> None:
    text = end.join(("\ufeff## A", "", "```", "uno", "dos", "```", "", "* tres", "* cuatro"))
    talk = only(text)
    assert (talk.title, talk.abstract, talk.notes) == ("A", "uno\ndos", "* tres\n* cuatro")
    assert_partition(text, read(text))


def test_remarks_stand_in_order_and_once() -> None:
    reading = read("[Slides]() [Slides]()\n\n## A\n\n[Slides]() | [Slides]()\n[Youtube]()\n")
    assert [remark.line for remark in reading.remarks] == [1, 5, 6]
    assert reading.remarks[1].text == "[Slides]() | [Slides]()"


# --- properties ------------------------------------------------------------------------------

SCRAPS = st.sampled_from(
    [
        *("\n", "\n", "\n\n", "\r\n", "\r", " ", "    ", "\t", "\x0b", "\u2028", "\x00", "\ufeff"),
        *(
            "# ",
            "## ",
            "### ",
            "##",
            "#",
            "===",
            "---",
            "Día 2",
            "Day 3",
            "Keynote: ",
            " - ",
            "[I]",
        ),
        *("```", "~~~", "````", "```yaml", "Jane Doe, Google", "Jane Doe", " & ", "Notas:"),
        *("- [Slides](a.pdf)", f"- [Youtube]({VIDEO})", "[Youtube]()", "[x](https://a.org)"),
        *("Links:", "Video: ", "https://a.org/b", "| ", "(", ")", "[", "]", "**", "; ", "\x1c"),
        *("<!--", "<!--", "-->", "Título.\n---\n", "\n\nFin.\n===\n"),
        *("* nota", "hola", "日本語", "\ud800", "Moderated by ", "1. ", "> ", "\u00a0"),
    ]
)
MESSY = st.lists(SCRAPS, max_size=40).map("".join) | st.text(
    alphabet=st.characters() | st.sampled_from("\n\n\r\t #`~-=[]()&,:;*|"), max_size=80
)
WORD = re.compile(r"\w+")
# Words that a field stands for, in other words.
UNDERSTOOD = {
    word
    for phrase in (*KINDS, *LINK_LABELS, *MODERATED, "and y e und et at")
    for word in phrase.split()
} | {"https", "http", "www", "youtube", "com", "watch", "v", "youtu", "be", "i", "b", "a"}


def field_words(talk: Talk) -> set[str]:
    people = [text for s in talk.speakers for text in (s.name, s.role, s.organization)]
    links = [text for link in talk.links for text in (link.title, link.url)]
    video = talk.recording.youtube_id if talk.recording else ""
    texts = (talk.title, talk.kind, talk.level, talk.slides, video, *people, *links)
    return set(WORD.findall(" ".join(texts).casefold()))


def assert_nothing_is_lost(text: str, reading: Reading) -> None:
    """Every line of a talk is in its notes or abstract, or its words are in other fields."""
    lines = source_lines(text)
    remarked = {
        remark.line + offset
        for remark in reading.remarks
        for offset in range(remark.text.count("\n") + 1)
    }
    for draft in reading.drafts:
        notes, abstract = draft.talk.notes, draft.talk.abstract.split("\n")
        kept = {line.rstrip() for line in (*notes.split("\n"), *abstract)}
        known = field_words(draft.talk) | UNDERSTOOD
        for number in draft.lines:
            line = xml_legal(lines[number - 1])
            words = set(WORD.findall(line.casefold()))
            assert line.rstrip() in kept or words <= known or number in remarked, line
        for line in kept - {""}:
            assert any(xml_legal(lines[number - 1]).rstrip() == line for number in draft.lines)


@given(MESSY, st.sampled_from([None, DAY]), st.sampled_from(["notes.md", "day2.md"]))
@example("## A\n\n```\n\n## B\n```x\n", DAY, "notes.md")
@example("[Youtube](\x00", DAY, "notes.md")
def test_every_line_of_any_text_is_accounted_for(text: str, day: date | None, source: str) -> None:
    try:
        reading = read(text, day=day, first_day=DAY, source=source)
    except ContentError as error:
        assert day is None
        assert [problem.key for problem in error.problems] == ["date"]  # noqa: PT017 # or none
        return
    assert_partition(text, reading)
    assert_nothing_is_lost(text, reading)
    assert len({draft.talk.id for draft in reading.drafts}) == len(reading.drafts)
    assert read(text, day=day, first_day=DAY, source=source) == reading


NAMES = st.sampled_from(
    ["Jane Doe", "Ana Ruiz", "Jean-Luc van der Berg", "李 明", "Craig McLuckie"]
)
ORGANIZATIONS = st.sampled_from(["Google", "Red Hat", "Ernst & Young", "AT&T", "Acme, Inc."])
PLAIN_TITLES = st.lists(
    st.sampled_from(
        ["Kubernetes", "Running", "the", "Hard Way", "- Update", "C#", "(again)", "a: b"]
    ),
    min_size=1,
    max_size=4,
).map(lambda words: "Title " + " ".join(words))
NOTE_LINES = st.lists(
    st.sampled_from(
        ["* nota", " - sub", "", "más prosa", "### Sub", "con [enlace](https://a.org) y"]
    ),
    max_size=5,
)


@st.composite
def written_talks(draw: st.DrawFn) -> tuple[list[str], dict[str, Any]]:
    """A talk's section as somebody writes it, and what it says."""
    kind = draw(st.sampled_from([("", "talk"), ("Keynote: ", "keynote"), ("Taller: ", "workshop")]))
    level = draw(st.sampled_from([("", ""), (" [I]", "intermediate"), (" (Beginner)", "beginner")]))
    speakers = draw(st.lists(st.tuples(NAMES, ORGANIZATIONS), max_size=3))
    title, notes = draw(PLAIN_TITLES), ["* empieza", *draw(NOTE_LINES), "* acaba"]
    abstract = draw(st.sampled_from([[], ["One."], ["One.", "", "Two."]]))
    fence = ["```", *abstract, "```", ""] if abstract else []
    links = ["- [Diapositivas](a b.pdf)", f"- [Youtube]({VIDEO})", ""]
    cast = " & ".join(f"{name}, {organization}" for name, organization in speakers)
    heading = f"## {kind[0]}{title}{level[0]}{' - ' + cast if cast else ''}"
    body = draw(st.sampled_from([[*fence, *links, *notes], [*links, *fence, *notes]]))
    if draw(st.booleans()):
        body = [*fence, *notes, "", *links]
    said = {
        "title": title,
        "kind": kind[1],
        "level": level[1],
        "speakers": tuple(Speaker(name, "", organization) for name, organization in speakers),
        "abstract": "\n".join(abstract),
        "slides": "a b.pdf",
        "recording": Recording("AE0gZlA2sZ8"),
        "notes": "\n".join(notes),
        "draft": False,
    }
    return [heading, "", *body, ""], said


@given(st.lists(written_talks(), min_size=1, max_size=4))
def test_written_talks_are_read(written: list[tuple[list[str], dict[str, Any]]]) -> None:
    text = "\n".join(["# Día 2", "", *(line for lines, _ in written for line in lines)])
    reading = read(text, day=None, first_day=date(2017, 12, 6))
    found = [{key: getattr(draft.talk, key) for key in written[0][1]} for draft in reading.drafts]
    assert found == [said for _, said in written]
    assert reading.reported == (1,)
    assert_partition(text, reading)
    assert_nothing_is_lost(text, reading)


def test_published_times_carry_an_offset() -> None:
    talk = only("## A\n")
    assert talk.published.utcoffset() is not None
    assert talk.published.astimezone(UTC) > datetime(2017, 12, 7, tzinfo=UTC)


# --- comments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "comment",
    [
        ("<!--", "## Draft", "", "- [Slides](b.pdf)", "-->"),
        ("<!-- ## Draft", "## Draft", "Draft", "-----", "--> and more"),
        ("   <!--", "```", "## Draft", "~~~", "-->"),
        ("<!-- # Draft -->",),
        ("<!-->", "<!-- a", "# Draft", "<!-- b -->"),
    ],
)
def test_a_comment_makes_no_talk_and_stays_in_the_notes(comment: tuple[str, ...]) -> None:
    lines = ("* nota", *comment, "otra", "", "```", "código", "```")
    text = "\n".join(("## A", "", "- [Slides](a.pdf)", "", *lines, "", "## B", "", "x"))
    reading = read(text)
    assert [draft.talk.title for draft in reading.drafts] == ["A", "B"]
    talk = reading.drafts[0].talk
    assert talk.slides == "a.pdf"
    assert talk.notes == "\n".join(lines)
    assert_partition(text, reading)


def test_a_comment_is_neither_a_talk_s_text_nor_its_links() -> None:
    comment = "<!--\n# Plan\n\n- [Slides](a.pdf)\n-->"
    text = f"{comment}\n\n# KubeCon\n\n{comment}\n\n## A\n\n* a\n\n## B\n\n* b\n"
    reading = read(text)
    assert [draft.talk.title for draft in reading.drafts] == ["A", "B"]
    assert reading.reported == (1, 2, 4, 5, 7, 9, 10, 12, 13)
    assert_partition(text, reading)
    talk = below(comment, "```", "abstract", "```", "", "[Slides](b.pdf)", "", "* nota")
    assert (talk.abstract, talk.slides) == ("abstract", "b.pdf")
    assert talk.notes == f"{comment}\n\n* nota"


def test_a_comment_that_is_never_closed_and_one_in_code_hide_no_talk() -> None:
    assert titles("## A\n\nx\n\n<!-- later\n\n## B\n\ny\n") == ["A", "B"]
    assert titles("## A\n\nx\n\n```html\n<!--\n```\n\n## B\n\ny -->\n") == ["A", "B"]


# --- hostile texts: they must end, in time linear in their length ------------------------------

HOSTILE = [
    *("[", "](", "[a](", "(", ")", "- ", " - ", "] - ", "[I] - ", "a & ", "Jane Doe, ", "; "),
    *("Jane Doe & ", "Jane Doe, Google & ", ", Inc", "Slides: a | ", "[Slides](a) | ", "Video: "),
    *(
        "#",
        "`",
        "```\n",
        "```x\n",
        "````\n\n# a\n```x\n",
        "```\n\n# a\n\n",
        "a\n===\n",
        "a.\n---\n",
        "\na.\n---\n\n",
        "\na.\n---\nx\n",
        "<!--\n",
        "<!--\n-->\n",
        "## a\n<!--\n## b\n-->\n",
        "-->\n",
        "Links:\n\n",
    ),
    *("https://e.org/a ", " ,", "Slides: <https://", "(https://a "),
    *("x\n\n- [Slides](a)\n\n", "- [Slides](a)\n\n", "\u0300\u0315", "youtu.be/", "\x00", "\" '"),
]


@pytest.mark.slow
@pytest.mark.parametrize("start", ["", "## a [I] - ", "- [Slides](", "- Slides: ", "## a\nx\n\n"])
def test_hostile_texts_end(start: str) -> None:
    for scrap in HOSTILE:
        # Many short lines make many talks; those take their time honestly.
        size = 10_000 if "\n" in scrap else 200_000
        text = start + scrap * (size // len(scrap))
        assert_partition(text, read(text))
