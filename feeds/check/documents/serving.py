"""What a server says of a document beside the document itself."""

import codecs
from urllib.parse import urljoin

from feeds.check.documents.encodings import charset_of, named_encoding
from feeds.check.documents.identifiers import normal
from feeds.check.documents.sheet import Facts, Fault, Sheet

_XML = ("application/xml", "text/xml")
# RFC 4287 §7, RFC 5023 §16; RSS 1.0 is RDF; JSON Feed 1.1; OPML has no registered type.
_TYPES = {
    "atom": ("application/atom+xml", *_XML),
    "rss": ("application/rss+xml", "application/rdf+xml", *_XML),
    "app": ("application/atomsvc+xml", "application/atomcat+xml", *_XML),
    "json": ("application/feed+json", "application/json"),
}


def check_served(data: bytes, facts: Facts, content_type: str, url: str) -> list[Fault]:
    """Where the server and the document differ: encoding, type, address."""
    sheet = Sheet()
    kind = content_type.partition(";")[0].strip().lower()
    wanted = _TYPES.get(facts.kind, ())
    if kind and wanted and kind not in wanted:
        sheet.say("served-type", 1, value=kind, wanted=wanted[0])
    charset, named = charset_of(content_type), named_encoding(data)
    if facts.kind != "json" and charset and named and _codec(charset) != _codec(named):
        sheet.say("served-encoding", 1, value=charset, found=named)
    if facts.self_url and normal(urljoin(url, facts.self_url)) != normal(url):
        sheet.say("served-elsewhere", 1, value=facts.self_url)
    return sheet.faults


def _codec(name: str) -> str:
    """One name for each encoding; UTF-16 and UTF-32 are named with their byte order and without."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return name
    return found[:6] if found.startswith(("utf-16", "utf-32")) else found
