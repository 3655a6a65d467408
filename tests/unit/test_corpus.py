"""Talk files that stand in ``tests/corpus``, each beside what it must become.

``valid/<name>.md`` beside ``<name>.json``, every field of its Talk; ``invalid/<name>.md`` beside
``<name>.expected``, the very lines that a person reads.
"""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from feeds import entry
from feeds.errors import ContentError
from feeds.model import Publication, Talk
from feeds.text import rfc3339

CORPUS = Path(__file__).parents[1] / "corpus"
PUBLICATION = Publication(
    title="Pláticas",
    id="tag:example.org,2026:talks",
    base_url="https://talks.example.org/",
    language="es",
    timezone="America/Mexico_City",
)


def _names(kind: str, ending: str) -> list[str]:
    return sorted(path.name.removesuffix(ending) for path in (CORPUS / kind).glob(f"*{ending}"))


def _parse(path: Path) -> Talk:
    return entry.parse(path.read_bytes(), f"content/talks/{path.name}", PUBLICATION)


def _fields(talk: Talk) -> object:
    """A Talk as JSON holds it, dates with their offsets."""
    found = asdict(talk) | {
        "date": talk.date.isoformat(),
        "published": rfc3339(talk.published),
        "updated": rfc3339(talk.updated),
    }
    return json.loads(json.dumps(found))


@pytest.mark.parametrize(("kind", "ending"), [("valid", ".json"), ("invalid", ".expected")])
def test_every_file_stands_beside_its_expectation(kind: str, ending: str) -> None:
    assert _names(kind, ".md") == _names(kind, ending)
    assert len(_names(kind, ".md")) > 50
    strangers = {path.suffix for path in (CORPUS / kind).iterdir()} - {".md", ending}
    assert not strangers


@pytest.mark.parametrize("name", _names("valid", ".md"))
def test_a_valid_file_becomes_its_talk(name: str) -> None:
    talk = _parse(CORPUS / "valid" / f"{name}.md")

    expected = json.loads((CORPUS / "valid" / f"{name}.json").read_text("utf-8"))
    assert _fields(talk) == expected


@pytest.mark.parametrize("name", _names("valid", ".md"))
def test_a_valid_file_can_be_written_again(name: str) -> None:
    talk = _parse(CORPUS / "valid" / f"{name}.md")

    written = entry.write(talk, PUBLICATION)

    assert entry.parse(written.encode(), talk.source, PUBLICATION) == talk


@pytest.mark.parametrize("name", _names("invalid", ".md"))
def test_an_invalid_file_says_all_that_is_wrong(name: str) -> None:
    path = CORPUS / "invalid" / f"{name}.md"

    with pytest.raises(ContentError) as caught:
        _parse(path)

    assert f"{caught.value}\n" == path.with_suffix(".expected").read_text("utf-8")
    for problem in caught.value.problems:
        assert problem.path == f"content/talks/{name}.md"
        assert problem.remedy
        assert "\n" not in str(problem)
        assert str(problem).isprintable()


def test_every_key_is_in_use() -> None:
    lines = (CORPUS / "valid" / "every-key.md").read_text("utf-8").splitlines()

    counted = Counter(line.partition(":")[0] for line in lines[: lines.index("---", 1)])

    assert all(counted[key] == 1 for key in entry.KEYS)


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("valid/byte-order-mark", b"\xef\xbb\xbf---\n"),
        ("valid/crlf-lines", b"---\r\ntitle"),
        ("valid/old-mac-lines", b"---\rtitle"),
        ("valid/notes-begin-with-code", b"---\n\n   \n\t\n    $ kubectl"),
        ("valid/notes-hold-odd-characters", "uno\x85dos\u2028tres\x7f\x81".encode()),
        ("invalid/byte-order-mark-twice", b"\xef\xbb\xbf\xef\xbb\xbf---\n"),
        ("invalid/crlf-lines", b"---\r\ntitle"),
        ("invalid/control-characters-raw", b"Una pl\x07tica"),
        ("invalid/not-utf-8", b"Una pl\xe1tica\r\n"),
        ("invalid/utf-16", b"\xff\xfe-\x00"),
        ("invalid/utf-16-without-mark", b"\x00-\x00-"),
        ("invalid/yaml-tab-indents-list", b"tags:\n\t- redes"),
        ("invalid/yaml-line-separator-keeps-lines", "Una\u2028pl".encode()),
    ],
)
def test_no_tool_has_tidied_the_odd_bytes(name: str, signature: bytes) -> None:
    assert signature in (CORPUS / f"{name}.md").read_bytes()
