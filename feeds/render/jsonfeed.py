"""JSON Feed 1.1: each talk's item serialised once, a head, and the items.

https://www.jsonfeed.org/version/1.1/ says the same as the Atom feed, in its own words. It knows
no withdrawn items; they are left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feeds.model import Talk
from feeds.render import atom
from feeds.render.forms import Format
from feeds.render.heads import Head, moment, said
from feeds.render.jsontext import json_bytes
from feeds.render.kit import Kit
from feeds.render.markdown import Body
from feeds.render.plaintext import to_text
from feeds.text import rfc3339, xml_legal

SUFFIX = ".json"
MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"
# The items come last, so that a document is opened before them and closed behind.
_ITEMS = b'"items": []'


def item(kit: Kit, talk: Talk, body: Body) -> bytes:
    """One talk as an object in UTF-8, ready to stand in any document."""
    audio = kit.audio(talk)
    attachments = []
    for link in atom.links_of(kit, talk):
        if link.rel == "enclosure":
            duration_s = audio.duration_s if audio and link.href == kit.audio_url(talk) else None
            attachments.append(
                {
                    "url": link.href,
                    "mime_type": link.type,
                    "title": link.title,
                    "size_in_bytes": int(link.length) if link.length else None,
                    "duration_in_seconds": round(duration_s) if duration_s else None,
                }
            )
    found = {
        "id": said(talk.id),
        "url": kit.url(talk.path),
        "title": said(talk.title),
        "content_html": kit.content(talk, body) or said(""),
        "summary": xml_legal(to_text(body.abstract_html)) if body.abstract_html else "",
        "image": kit.picture(talk),
        "date_published": rfc3339(moment(talk.published)),
        "date_modified": rfc3339(moment(talk.updated)),
        "authors": [
            _filled({"name": said(speaker.name), "url": xml_legal(speaker.url)})
            for speaker in talk.speakers
        ],
        "tags": [said(tag) for tag in talk.tags],
        "language": xml_legal(talk.language),
        "attachments": [_filled(attachment) for attachment in attachments],
    }
    return laid_out(_filled(found))


def document(kit: Kit, head: Head, items: Iterable[bytes]) -> Iterator[bytes]:
    """A feed's document as a stream: its head, then its ``items``, newest first."""
    start, _, end = _head(kit, head).rpartition(_ITEMS)
    yield start + _ITEMS[:-1]
    separator = b"\n"
    for found in items:
        yield separator + found
        separator = b",\n"
    yield b"\n]" + end + b"\n"


def laid_out(value: Any, depth: int = 1) -> bytes:
    """JSON as ``json.dumps(…, ensure_ascii=False, indent=1)`` writes it, for keys that are text.

    No fast library indents so; here it writes the values, and we the lines.
    """
    if not value or not isinstance(value, dict | list):
        return json_bytes(value)
    begin, end, line = b"{", b"}", b"\n" + b" " * depth
    if isinstance(value, dict):
        parts = [
            b"%b: %b" % (json_bytes(key), laid_out(one, depth + 1)) for key, one in value.items()
        ]
    else:
        begin, end = b"[", b"]"
        parts = [laid_out(one, depth + 1) for one in value]
    return b"%b%b%b%b%b" % (begin, line, (b"," + line).join(parts), line[:-1], end)


def _head(kit: Kit, head: Head) -> bytes:
    publication = kit.publication
    author = publication.author
    found = {
        "version": VERSION,
        "title": said(head.title),
        "home_page_url": head.home_url,
        "feed_url": kit.url(head.path + SUFFIX),
        "description": xml_legal(head.subtitle),
        "next_url": kit.url(head.older + SUFFIX) if head.older else "",
        # An archive stays as it is, also when the looks change.
        "icon": "" if head.is_archive else kit.picture_url(publication.logo),
        "favicon": "" if head.is_archive else kit.picture_url(publication.icon),
        "authors": [
            _filled({"name": said(author.name), "url": author.uri})
            if author
            else {"name": said(publication.title)}
        ],
        "language": xml_legal(head.language),
    }
    if publication.feed.hub and not head.is_archive:
        found["hubs"] = [{"type": "WebSub", "url": publication.feed.hub}]
    return laid_out(_filled(found) | {"items": []})


def _filled(found: Mapping[str, object]) -> dict[str, object]:
    """Without what is empty: JSON Feed leaves out what is not there."""
    return {key: value for key, value in found.items() if value not in ("", None, [])}


FORMAT = Format(SUFFIX, MEDIA_TYPE, item, document)
