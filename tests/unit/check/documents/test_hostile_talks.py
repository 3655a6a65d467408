"""A thousand talks with hostile texts make feeds without an error and without a warning."""

import json
import random
from pathlib import Path

import pytest

from feeds.cli import main
from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.jobs.build import build
from tests.test_hostile import dumped

TEXTS = (
    "]]>", "<!-- a --><script>alert(1)</script>", "&#0; &lt; &amp;amp;", '" onmouseover="alert(1)',
    "a\r\nBcc: everybody@example.org", "=?utf-8?q?x?=", "[a](javascript:alert(1))", "🦔" * 30,
    "\u202e\u200b\ufeffx", "- [x](https://example.org/(a)b)", "| a | b |\n|---|---|\n| 1 |",
    "<iframe src=//a.example>", "<a href='x y' onclick=z>", "\u2028x\u0085", "ñ" * 500, "<b", "%00",
    "![x](data:text/html,<script>)", "[x](http://[::1)", "[x](a b)", "https://exa mple/", "\tx\t",
    "<svg/onload=alert(1)>", "{{ 7*7 }}", "../../etc/passwd", "=cmd|' /C calc'!A0", "x" * 3_000,
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "&bogus; &nbsp &#x1F994;",
    "[^1]: [^1]", "~~~\nnever closed", "e\u0301", "\u2066a\u2069", "</content></entry></feed>",
    "%(a)s {0} ${x}", "1. a\n   1. b\n      1. c", "> " * 40, "**" * 40, "<!-- never closed", "\\",
)  # fmt: skip


@pytest.mark.slow
def test_a_thousand_talks_with_hostile_texts_pass_strictly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(7)
    talks = tmp_path / "content" / "talks"
    talks.mkdir(parents=True)
    settings = f"""\
title = {dumped({"a": TEXTS[1]})[5:].strip()}
id = "tag:example.org,2026:t"
base_url = "https://example.org/a/"
language = "es-MX"
"""
    (tmp_path / "content" / "publication.toml").write_text(settings, "utf-8")

    def text() -> str:
        return " ".join(rng.choices(TEXTS, k=rng.randint(1, 3)))

    for number in range(1_000):
        front = dumped(
            {
                "title": text(),
                "date": f"2017-{1 + number % 12:02}-{1 + number % 28:02}",
                "abstract": text(),
                "kind": text(),
                "tags": [text() for _ in range(rng.randint(0, 3))],
                "event": {"name": text(), "location": text()},
                "speakers": [{"name": text(), "organization": text()}],
                "links": [{"title": text(), "url": "https://a.example/?a=ñ&b=[c]"}],
            }
        )
        path = talks / f"t{number}.md"
        path.write_bytes(f"---\n{front}---\n\n{text()}\n\n{text()}\n".encode())
    build(Folder(tmp_path), Site(tmp_path / "public", tmp_path / "content"))
    assert len(list(tmp_path.glob("public/talks/*/index.html"))) == 1_000
    status = main(["--root", str(tmp_path), "check", "--strict", "--format", "json"])
    said = capsys.readouterr()
    assert [found for found in json.loads(said.out) if found["level"] != "advice"] == []
    assert status == 0, said.err
