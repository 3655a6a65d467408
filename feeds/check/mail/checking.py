"""A mail held against every rule: the gate's, and those of the programs that show it.

What is looked at is a whole message (``.eml``), or its HTML part alone with or without the text
part that belongs to it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Any

from lxml import etree

from feeds.check import Finding
from feeds.check.bodies import HTML, TEXT, Html, html_findings, left_findings, link_findings
from feeds.check.documents.rules import RULES
from feeds.check.documents.sheet import Fault, shown
from feeds.check.headers import PARSER_ERRORS
from feeds.check.mail.contrast import hexed, pairs_of
from feeds.check.mail.fallbacks import FALLBACKS
from feeds.check.mail.features import Used, features_of
from feeds.check.mail.lines import lines_of
from feeds.check.mail.styles import Sheet, sheet_of
from feeds.check.mail.support import Feature, Support
from feeds.check.messages import Expected, check_message
from feeds.check.wire import fields_of, split
from feeds.text import one_line, shortened

_WORDED = {"a", "h1", "h2", "h3", "h4", "h5", "h6"}
# A digest to look at is addressed to nobody; these are asked of letters.
_OF_LETTERS = {"mail-recipient", "mail-auto-submitted", "mail-list-unsubscribe-post"}
_TOO_MUCH = {"mail-size", "mail-header-length"}
_MAX_HEADER = 1 << 17
# Ten times what is shown anywhere; the gate has said so by then.
_MAX_BYTES = 1 << 20
_MOST = 100


def check_mail(
    name: str,
    data: bytes,
    support: Support,
    text: bytes | None = None,
    expected: Expected | None = None,
) -> list[Fault]:
    """Every fault of a message, or of an HTML part and the ``text`` part that belongs to it.

    Without ``expected`` a message may be to anybody. Lines are those of ``data``; with it,
    those of the HTML part, which is what people will look at.
    """
    faults: list[Fault] = []
    line_of: Callable[[str, int], int] = _as_they_are
    html: bytes | None = data
    if not _looks_like_html(name, data):
        wire = data if b"\r\n" in data else data.replace(b"\n", b"\r\n")
        if expected is None:
            line_of = lines_of(data)
        faults += _from(_message_findings(wire, expected), line_of)
        if any(fault.rule in _TOO_MUCH for fault in faults):
            return faults  # parsers would take long over it
        html, text = _parts(wire)
        if html and len(html) <= _MAX_BYTES and any(one.rule == "mail-structure" for one in faults):
            # The gate has stopped there; whoever wrote it wants to hear the rest.
            faults += _from(_body_findings(html, text), line_of)
    elif html is not None:
        faults += _from(_body_findings(html, text), line_of)
    if html and len(html) <= _MAX_BYTES:
        try:
            for found in _shown(html, text, support):
                faults.append(replace(found, line=line_of(HTML, found.line)))
        except RecursionError:
            said = {"detail": "the style is nested too deeply"}
            faults.append(Fault(1, "mail-html-form", RULES["mail-html-form"].level, "", said))
    faults.sort(key=lambda fault: fault.line)
    return faults


def _looks_like_html(name: str, data: bytes) -> bool:
    start = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start[:1] == b"<" or (name.lower().endswith((".html", ".htm")))


def _as_they_are(part: str, line: int) -> int:
    return 0 if part == TEXT else line  # stands in another file


def _from(findings: Iterable[Finding], line_of: Callable[[str, int], int]) -> Iterator[Fault]:
    for finding in findings:
        said = {"detail": shortened(one_line(finding.message), 300)}
        line = line_of(finding.part, finding.line) if finding.part or finding.line else 1
        yield Fault(max(line, 1), finding.rule, finding.level, finding.source, said)


def _message_findings(data: bytes, expected: Expected | None) -> Iterator[Finding]:
    if expected is not None:
        yield from check_message(data, expected)
        return
    fields = {field.name: field.value for field in fields_of(split(data[:_MAX_HEADER])[0])}
    words = re.split(r"[\s<>,;:\"()]+", fields.get("to", ""))
    to = next((word for word in words if "@" in word.strip("@")), "")
    recipient = to or "somebody@example.org"
    one_click = "list-unsubscribe-post" in fields
    for finding in check_message(data, Expected(recipient=recipient, one_click=one_click)):
        if to or finding.rule not in _OF_LETTERS:
            yield finding


def _body_findings(html: bytes, text: bytes | None) -> Iterator[Finding]:
    """What the gate says of the parts, where there is no message around them."""
    found = Html(html)
    yield from html_findings(found)
    words = (text or b"").decode("utf-8", "replace")
    yield from left_findings(found, words, "")
    if text is not None:
        yield from link_findings(found, words)


def html_of(name: str, data: bytes) -> bytes | None:
    """The HTML part of a mail, or of what is one; None where there is none."""
    if _looks_like_html(name, data):
        return data
    header = fields_of(split(data[:_MAX_HEADER])[0])
    return None if any(len(field.value) > 8_192 for field in header) else _parts(data)[0]


def _parts(data: bytes) -> tuple[bytes | None, bytes | None]:
    """The HTML and the text of a message."""
    html = text = None
    try:
        for part in message_from_bytes(data, policy=compat32).walk():
            kind = part.get_content_type()
            if kind == "text/html" and html is None:
                html = _content(part)
            elif kind == "text/plain" and text is None:
                text = _content(part)
    except PARSER_ERRORS:
        return None, None
    return html, text


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _shown(html: bytes, text: bytes | None, support: Support) -> Iterator[Fault]:
    """What readers will see, or will not."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
    root = etree.fromstring(html, parser) if html.strip() else None
    if root is None:
        return
    sheets = sheets_of(root)
    yield from _feature_faults(root, sheets, support)
    yield from _contrast_faults(root, sheets)
    if text is not None:
        yield from _word_faults(root, text.decode("utf-8", "replace"))


def sheets_of(root: Any) -> list[Sheet]:
    """A mail's style elements."""
    return [sheet_of(node.text or "", int(node.sourceline or 1)) for node in root.iter("style")]


def _fault(line: int, rule: str, **values: object) -> Fault:
    said = {key: shown(str(value)) for key, value in values.items()}
    return Fault(line, rule, RULES[rule].level, "", said)


def _feature_faults(root: Any, sheets: list[Sheet], support: Support) -> Iterator[Fault]:
    """The first place of each feature that somebody lacks and nothing stands in for."""
    told: set[str] = set()
    for used in features_of(root, sheets, support.features):
        feature = support.features[used.slug]
        if used.slug in told or not (without := feature.without()) or stands_in(used):
            continue
        told.add(used.slug)
        yield _feature_fault(used, feature, without, support)


def stands_in(used: Used) -> bool:
    """Whether a documented fallback stands beside a use of a feature."""
    fallback = FALLBACKS.get(used.slug)
    return fallback is not None and fallback.beside(used)


def _feature_fault(
    used: Used, feature: Feature, without: tuple[str, ...], support: Support
) -> Fault:
    clients = ", ".join(support.named(client) for client in without)
    share = f"{support.share(without):.0f}"
    values = {"feature": shown(feature.title), "clients": clients, "share": share}
    source = f"Can I email, {support.updated}: {used.slug}"
    return Fault(used.line, "mail-feature", RULES["mail-feature"].level, source, values)


def _contrast_faults(root: Any, sheets: list[Sheet]) -> Iterator[Fault]:
    told: Counter[tuple[object, ...]] = Counter()
    for pair in pairs_of(root, sheets):
        key = (pair.dark, pair.ink, pair.ground, pair.large)
        if pair.is_enough or told[key]:
            continue
        told[key] += 1
        yield _fault(
            pair.line,
            "mail-contrast-dark" if pair.dark else "mail-contrast",
            value=pair.words[:40],
            ink=hexed(pair.ink),
            ground=hexed(pair.ground),
            found=f"{pair.ratio:.2f}",
            wanted=f"{pair.wanted:g}",
        )


def _word_faults(root: Any, text: str) -> Iterator[Fault]:
    """Titles and the words of links, which the text part says as well, however it is folded."""
    said = _bare(text)
    told: set[str] = set()
    for node in root.iter(*_WORDED):
        for words in _lines(node):
            bare = _bare(words)
            if bare and bare not in said and bare not in told and len(told) < _MOST:
                told.add(bare)
                yield _fault(int(node.sourceline or 1), "mail-text-words", value=words)


def _lines(node: Any) -> Iterator[str]:
    """An element's words, a line each: as <br> and inner elements divide them."""
    for words in node.itertext():
        if words.strip():
            yield " ".join(words.split())


def _bare(words: str) -> str:
    """Letters and digits alone: the text part folds lines and writes capitals as it likes."""
    return "".join(char for char in words.casefold() if char.isalnum())
