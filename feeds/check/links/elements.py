"""Where an element of HTML, its style or its script names addresses."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from feeds.check.documents.srcset import candidates_of

_ATTRIBUTES = ("href", "src", "poster", "data", "background")
_QUOTING = {"blockquote", "q", "del", "ins"}
_CARDS = {"og:image", "og:url", "og:audio", "og:video", "twitter:image"}
_IMPORT = re.compile(r"""@import\s+(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_CSS_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^'"()\s]+))\s*\)""", re.IGNORECASE)
# What a browser fetches before a module runs; a bare name is another thing.
_MODULE = re.compile(
    r"""^[ \t]*(?:import|export)\b[^"'();]{0,400}["']((?:\.{0,2}/|https?:)[^"'\n]*)["']""",
    re.MULTILINE,
)
_REFRESH = re.compile(r"""[\s\d.]*[;,]?\s*(?:url\s*=\s*)?["']?([^"']*)""", re.IGNORECASE)


def addresses_of(node: Any) -> Iterator[str]:
    """The addresses in one element's attributes, as they are written."""
    attributes = node.attrib
    if node.tag != "base":
        for name in _ATTRIBUTES:
            hint = name == "href" and attributes.get("rel") in {"preconnect", "dns-prefetch"}
            if name in attributes and not hint:
                yield attributes[name]
    if node.tag in _QUOTING and "cite" in attributes:
        yield attributes["cite"]
    for name in ("srcset", "imagesrcset"):
        yield from (address for address, _ in candidates_of(attributes.get(name) or ""))
    if node.tag == "meta":
        content = attributes.get("content") or ""
        if (attributes.get("property") or attributes.get("name")) in _CARDS:
            yield content
        if (attributes.get("http-equiv") or "").lower() == "refresh":
            found = _REFRESH.match(content)
            yield found[1] if found else ""


def forms_of(node: Any) -> Iterator[str]:
    """Pages that a form leads to. What is posted, or is no page by its name, is a program's."""
    name, said = {"form": ("action", "method")}.get(node.tag, ("formaction", "formmethod"))
    if (target := node.get(name)) is None or (node.get(said) or "get").lower() != "get":
        return
    form = next(node.iterancestors("form"), None)
    if node.tag != "form" and form is not None and (form.get("method") or "get").lower() != "get":
        return
    if re.split("[?#]", target, maxsplit=1)[0].lower().endswith((".html", ".htm")):
        yield target


def styled(text: str) -> Iterator[tuple[str, int]]:
    """The addresses in a style sheet, each with its line in it."""
    for pattern in (_IMPORT, _CSS_URL):
        for found, line in with_lines(pattern, text):
            yield next((one for one in found.groups() if one), ""), line


def modules_of(text: str) -> Iterator[tuple[str, int]]:
    """The modules that a script imports, each with its line in it."""
    for found, line in with_lines(_MODULE, text):
        yield found[1], line


def with_lines(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], int]]:
    """Every match and the line on which it begins."""
    line, position = 1, 0
    for found in pattern.finditer(text):
        line += text.count("\n", position, found.start())
        position = found.start()
        yield found, line


def is_mailto(url: str) -> bool:
    """Whether a mailto: address leads to a mailbox, or at least says what to write (RFC 6068)."""
    to, mark, _ = url.partition(":")[2].partition("?")
    if not to:
        return bool(mark)
    for one in to.split(","):
        mailbox, at, host = unquote(one).strip().rpartition("@")
        if not (mailbox and at and host) or ("@" in mailbox and mailbox[0] != '"'):
            return False
    return True
