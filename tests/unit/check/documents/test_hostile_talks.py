"""A thousand talks with hostile texts make feeds without an error and without a warning."""

import random
from pathlib import Path

import pytest

from feeds.check import Level
from feeds.check.documents import check_document
from tests.support import built
from tests.test_hostile import dumped

TEXTS = (
    "]]>", "<!-- a --><script>alert(1)</script>", "&#0; &lt; &amp;amp;", '" onmouseover="alert(1)',
    "a\r\nBcc: everybody@example.org", "=?utf-8?q?x?=", "[a](javascript:alert(1))", "🦔" * 30,
    "\u202e\u200b\ufeffx", "- [x](https://example.org/(a)b)", "| a | b |\n|---|---|\n| 1 |",
    "<iframe src=//a.example>", "<a href='x y' onclick=z>", "\u2028x\u0085", "ñ" * 500, "<b", "%00",
    "![x](data:text/html,<script>)", "[x](http://[::1)", "[x](a b)", "https://exa mple/", "\tx\t",
    "<svg/onload=alert(1)>", "{{ 7*7 }}", "../../etc/passwd", "=cmd|' /C calc'!A0", "x" * 3_000,
)  # fmt: skip


@pytest.mark.slow
def test_a_thousand_talks_with_hostile_texts_pass_strictly(tmp_path: Path) -> None:
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
    looked_at = 0
    for name, data in built(tmp_path).files.items():
        if name.endswith((".atom", ".rss", ".opml", "feed.json")):
            faults, facts = check_document(data)
            assert [fault for fault in faults if fault.level is not Level.ADVICE] == [], name
            looked_at += len(facts.entries)
    assert looked_at
