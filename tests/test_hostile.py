"""Any text in any field never breaks the XML, the mail or the build (promise 7)."""

import json
import tempfile
from email import message_from_bytes, policy
from pathlib import Path

import html5lib
import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st
from lxml import etree

from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.errors import ContentError
from feeds.jobs.build import build
from feeds.jobs.digest import make_digest
from feeds.model import Week
from feeds.text import xml_legal
from tests.test_publication import NOW

pytestmark = pytest.mark.slow

AWKWARD = st.sampled_from(
    [
        "]]>",
        "<!--",
        "--><script>alert(1)</script>",
        "&#0;",
        "&lt;",
        "{{ publication.id }}",
        "{% raw %}",
        "%(num)s",
        '" onmouseover="alert(1)',
        "\r\nBcc: everybody@example.org",
        "=?utf-8?q?x?=",
        "javascript:alert(1)",
        "\u202e\u200b\ufeff",
        "🦔" * 30,
        "\x00\x0b\ufffe",
        "ñ" * 5_000,
        "- [x](https://example.org/(a)b)",
        "| a | b |\n|---|---|\n| 1 |",
        "```\nnever closed",
        "[^1]\n\n[^1]: note",
    ]
)
ANY = st.lists(st.one_of(AWKWARD, st.text(max_size=40)), max_size=4).map(" ".join)
# A file with a control character is refused whole; most examples should get further.
SOUND = ANY.map(lambda text: "x" + xml_legal(text).replace("\ufffd", ""))
TEXT = st.one_of(SOUND, SOUND, SOUND, SOUND, SOUND, SOUND, SOUND, SOUND, SOUND, ANY)


def dumped(values: dict[str, object]) -> str:
    # YAML of our own making: json-like quoting, so that every text arrives as it is.
    return str(yaml.safe_dump(values, allow_unicode=False, default_style='"', width=2**31))


@given(
    st.fixed_dictionaries(
        {
            "title": TEXT,
            "abstract": TEXT,
            "kind": TEXT,
            "tags": st.lists(TEXT, max_size=3),
            "event": st.fixed_dictionaries({"name": TEXT, "day": TEXT, "location": TEXT}),
            "speakers": st.lists(
                st.fixed_dictionaries({"name": TEXT, "role": TEXT, "organization": TEXT}),
                max_size=2,
            ),
        }
    ),
    TEXT,
)
def test_whatever_a_talk_file_says_is_refused_or_published_whole(
    values: dict[str, object], notes: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        talks = root / "content" / "talks"
        talks.mkdir(parents=True)
        settings = 'title = "T"\nid = "tag:example.org,2026:t"\nbase_url = "https://example.org/"\n'
        (root / "content" / "publication.toml").write_text(settings, "utf-8")
        front = dumped(values | {"youtube": "07jq-5VbBVQ"})
        data = f"---\ndate: 2017-12-07\n{front}---\n\n{notes}\n".encode("utf-8", "surrogatepass")
        (talks / "a.md").write_bytes(data)
        refused: ContentError | None = None
        try:
            build(Folder(root), Site(root / "public", root / "content"))
            digest = make_digest(Folder(root), Week(2017, 49), NOW)
        except ContentError as error:
            refused = error
        event(f"refused: {refused is not None}")
        if refused:
            assert not (root / "public").exists()
            assert {problem.path for problem in refused.problems} == {"content/talks/a.md"}
            return
        found = digest.digest
        assert found is not None
        feed = etree.parse(root / "public" / "feed.atom")
        assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1
        etree.parse(root / "public" / "covers" / "a.svg")
        for path in root.glob("public/**/*.html"):
            page = html5lib.parse(path.read_bytes(), namespaceHTMLElements=False)
            for script in page.iter("script"):
                if script.get("type") == "application/ld+json":
                    assert json.loads(script.text or "")["@graph"]
                else:
                    assert script.attrib == {"src": "../search.js", "defer": ""}
            for element in page.iter():
                assert not any(str(name).startswith("on") for name in element.attrib)
                assert "javascript:" not in (element.get("href") or "").lower()
        message = message_from_bytes(digest.message, policy=policy.default)
        assert message["Bcc"] is None
        for part in message.walk():
            assert not part.defects
        assert len(found.html.encode()) <= 95_000
