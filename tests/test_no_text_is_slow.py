"""No text keeps a processor busy: repetitions are read in a time that their length deserves.

A pattern that looks at the same letters again and again (ReDoS) takes minutes for what else takes
milliseconds. Here every door gets each of the repetitions that such patterns stumble over.
"""

import gc
import importlib
import json
import pkgutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from html import escape

import pytest

from feeds import entry, maillog, transcripts
from feeds.bounces import read_report
from feeds.chapters import chapters_of
from feeds.check import documents
from feeds.check.documents import check_document
from feeds.check.documents.values import Kind
from feeds.check.links.addresses import normal
from feeds.check.links.references import references_of
from feeds.check.mail.checking import check_mail
from feeds.edges.mailfiles import support
from feeds.errors import ContentError
from feeds.notes import read_notes
from feeds.recordings import Facts
from feeds.render.speaking import accepted
from tests.fuzz.running import bounded
from tests.fuzz.targets import TARGETS
from tests.support import feed_of, make_digest, make_kit, make_talk, pages_of
from tests.unit.bounces.test_corpus import TOKENS
from tests.unit.test_corpus import PUBLICATION

LETTERS, MOST_S = 15_000, 5.0
PUMPS = (
    *"a A0é \t\n-_.,:;/\\'\"<>()[]{}@#%&=+*?!|~^$`—",
    *(
        "a ",
        "a.",
        "a,",
        "a-",
        "a: ",
        "a@",
        "1:",
        "1-",
        "<a",
        "</a>",
        "[a](",
        "](",
        "=?",
        "a=",
        "&a",
    ),
    *("\n ", "\n-", "\n# ", "a\n", "> ", "\n> ", "**", "*a", "_a", "`a", "a;b", "--", "a="),
    *(
        "<!--",
        "https://a ",
        "[[",
        "[^1]",
        "\n[^1]: ",
        "((",
        ") (",
        " - ",
        '"a',
        "\r\n",
        "00:00 a\n",
    ),
    *(
        "a b ",
        ". A",
        "00:00 a\n",
        "=?",
        "http://",
        "| a |\n",
        "~~a",
        "\n* a",
        "=?utf-8?q?a?= ",
        "e\u0301",
    ),
    *("\u200b", "🦔", "ﬁ", "url(", "url( ", "%2e%2e/", "/../", "--b\n", "sitemap:\n"),
)
KIT = make_kit()
# What lets the patterns of values begin.
STARTS = (
    *(
        "a",
        "tag:a",
        "urn:ab:",
        "http://a/",
        "http://a:",
        "http://[",
        "a@",
        "a/a;a=",
        "1",
        "geo:1,1",
    ),
    *("en-", "en-a-", "Mon, 01 Jan 2020 00:00:00 ", "2020-01-01T00:00:00.", "r (", "1:", "P"),
)
for _module in pkgutil.iter_modules(documents.__path__):
    importlib.import_module(f"feeds.check.documents.{_module.name}")
# Some stand in no variable of a module, but in a table.
KINDS = [one for one in gc.get_objects() if type(one) is Kind]
SUPPORT = support()
_STATUS = """\
Content-Type: multipart/report; boundary=x

--x
Content-Type: message/delivery-status

Status: {0}
Action: {0}
--x--
"""


def _talk_file(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    quoted = quoted.replace("\r", "\\r").replace("\t", "\\t")
    front = f'title: "{quoted}"\ndate: 2017-12-07\ntags: ["{quoted}"]\nyoutube: "{quoted}"\n'
    for data in (f"---\n{front}---\n{text}", f"---\n{text}\n---\n{text}", text):
        with suppress(ContentError):
            entry.parse(data.encode(), "content/talks/a.md", PUBLICATION)


def _notes(text: str) -> None:
    for notes in (text, f"## {text}\n\n* a\n", f"## a\n\n[{text}]({text})\n"):
        read_notes(
            notes,
            publication=PUBLICATION,
            event=None,
            first_day=None,
            day=date(2017, 12, 7),
            language="",
        )


def _published(text: str) -> None:
    talk = make_talk(notes=text, abstract=text)
    feed_of(KIT, [talk])
    pages_of(KIT, [talk])
    make_digest(KIT, [talk])


def _named(text: str) -> None:
    line = " ".join(text.split())[:5_000] or "a"
    talk = make_talk(title=line, tags=(line,), kind=line)
    feed_of(KIT, [talk])
    make_digest(KIT, [talk])
    pages_of(KIT, [replace(talk, title="a", tags=("a",))])


def _mail(text: str) -> None:
    folded = text.replace("\n", "\n ")
    for data in (
        f"Subject: {folded}\nFrom: {folded}\nReceived: {folded}\nDate: {folded}\n\n{text}",
        f"From: MAILER-DAEMON@a\nDelivered-To: {folded}\n\n{text}",
        f"From: MAILER-DAEMON@a\nContent-Type: multipart/report; boundary={folded}\n\n--{text}",
        _STATUS.format(text),
    ):
        read_report(data.encode(), TOKENS)


def _transcript(text: str) -> None:
    for data in (text, f"WEBVTT\n\n00:00.000 --> 00:01.000\n{text}\n", f"WEBVTT {text}"):
        with suppress(ContentError):
            transcripts.read(data.encode(), "a.vtt", automatic=True)


def _chapters(text: str) -> None:
    for notes in (text, f"00:00 {text}\n01:00 {text}\n"):
        chapters_of(notes, Facts(duration_s=900.0))


def _links(text: str) -> None:
    for name, data in (
        ("a.css", text),
        (
            "a.html",
            f'<!doctype html><p style="{text}">{text}<style>{text}</style><a href="{text}">',
        ),
        ("robots.txt", text),
        ("feed.json", json.dumps({"items": [{"url": text, "content_html": text}]})),
        ("feed.atom", f"<feed xmlns='http://www.w3.org/2005/Atom'>{escape(text)}</feed>"),
    ):
        references_of(name, data.encode("utf-8", "replace"), "https://a.example/")
    normal(f"HTTP://a.example/{text}?{text}#{text}")


def _checked_mail(text: str) -> None:
    folded = text.replace("\n", "\n ")
    head = f"Subject: {folded}\nTo: {folded}\nDate: {folded}\nList-Id: {folded}\n"
    kind = "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n"
    for data in (f"{head}{kind}{text}\n--b--\n", f"{head}\n{text}", f"<p style='{text}'>{text}"):
        check_mail("a.eml", data.encode("utf-8", "replace"), SUPPORT, text.encode())


def _checked_values(text: str) -> None:
    """As each type of value, begun and ended as the types' patterns are."""
    for kind in KINDS:
        for start in STARTS:
            for end in ("", " x y", ","):
                kind.test(f"{start}{text[1:-1]}{end}")


def _checked_feed(text: str) -> None:
    words = escape("".join(char for char in text if char.isprintable()))
    fields = (
        f"<id>tag:{words}</id><title type='html'>{words}</title><link href='{words}'/>"
        f"<updated>{words}</updated><dc:date>{words}</dc:date><georss:point>{words}</georss:point>"
        f"<media:content url='{words}' type='{words}' duration='{words}'/>"
    )
    spaces = " ".join(
        f"xmlns:{prefix}='{space}'"
        for prefix, space in (
            ("dc", "http://purl.org/dc/elements/1.1/"),
            ("georss", "http://www.georss.org/georss"),
            ("media", "http://search.yahoo.com/mrss/"),
        )
    )
    items = f"{fields}<description>{words}</description>"
    atom = "http://www.w3.org/2005/Atom"
    for document in (
        f"<feed xmlns='{atom}' {spaces}>{fields}<entry>{fields}</entry></feed>",
        f"<rss version='2.0' {spaces}><channel><item>{items}</item></channel></rss>",
        f"<opml version='2.0'><body><outline text='{words}' xmlUrl='{words}'/></body></opml>",
        json.dumps({"items": [{"id": text, "url": text, "content_html": text, "image": text}]}),
        f'{{"items": [{text}',
    ):
        check_document(document.encode("utf-8", "replace"))


DOORS: dict[str, Callable[[str], object]] = {
    "a talk file": _talk_file,
    "notes to import": _notes,
    "notes that are published": _published,
    "a title that is published": _named,
    "chapters in notes": _chapters,
    "a mail that came back": _mail,
    "a transcript": _transcript,
    "a log of a relay": lambda text: maillog.read(text.encode().splitlines(keepends=True)),
    "a list of people": lambda text: TARGETS["subscribers"].hold(f"email,name\n{text}".encode()),
    "links of a document": _links,
    "a mail to check": _checked_mail,
    "a feed to check": _checked_feed,
    "a value in a feed": _checked_values,
    "settings": lambda text: TARGETS["settings"].hold(f"title = '''{text}'''".encode()),
    "what a browser wants to hear": lambda text: accepted(KIT, text),
}


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_no_repetition_makes_a_door_slow(door: str) -> None:
    for pump in PUMPS:
        # What comes before lets a pattern begin, and what comes after lets it fail.
        text = f"a{pump * (LETTERS // len(pump))}\x01"

        def enter(_data: bytes, text: str = text) -> None:
            DOORS[door](text)

        try:
            bounded(enter, b"", MOST_S)
        except AssertionError as error:
            raise AssertionError(f"{pump!r}, {LETTERS:,} letters: {error}") from error
