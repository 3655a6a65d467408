"""Whether a document is a mail, a page, or neither; imported for every document that is named."""

import re

_HTML = (b"<!doctype html", b"<html")
_CANONICAL = re.compile(rb"<link\b[^>]*\brel\s*=\s*[\"']?canonical\b", re.IGNORECASE)
_FIELD = re.compile(rb"[!-9;-~]+:[ \t]")


def kind_of(name: str, data: bytes) -> str:
    """``mail``, ``page`` (one of a website), or empty for what may be a feed."""
    suffix = name.rpartition("/")[2].rpartition(".")[2].lower()
    start = data[:400].lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix == "eml" or (suffix != "txt" and _FIELD.match(start) and _is_header(data)):
        return "mail"
    if suffix in {"html", "htm"} or is_html(data):
        return "page" if _CANONICAL.search(data[: 1 << 16]) else "mail"
    return ""


def is_html(data: bytes) -> bool:
    """Whether a document begins as HTML does, whatever it is called."""
    return data[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML)


def _is_header(data: bytes) -> bool:
    return b"\nSubject:" in b"\n" + data[: 1 << 14]
