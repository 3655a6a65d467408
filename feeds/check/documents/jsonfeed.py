"""JSON Feed 1.0 and 1.1: its structure by a JSON Schema, its values by their types."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from feeds.check import Level
from feeds.check.documents import html
from feeds.check.documents.places import Path, lines_of, twice_of
from feeds.check.documents.rules import RULES
from feeds.check.documents.sheet import Entry, Sheet
from feeds.check.documents.values import (
    ABSOLUTE,
    DATE3339_LAX,
    LANGUAGE,
    MEDIA_TYPE,
    Kind,
    is_known_region,
)
from feeds.patterns import pattern

MAX_BYTES = 64 << 20
# Values in memory take more room than their letters: [[],[],…].
MAX_VALUES = 2_000_000
HALF = pattern(r"\\u[dD][89a-fA-F]")
_VERSIONS = ("https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1")

_STRING, _BOOLEAN, _NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "number"}
_AUTHOR = {
    "type": "object",
    "properties": {"name": _STRING, "url": _STRING, "avatar": _STRING},
}
_AUTHORS = {"type": "array", "items": _AUTHOR}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": _STRING,
        "title": _STRING,
        "home_page_url": _STRING,
        "feed_url": _STRING,
        "description": _STRING,
        "user_comment": _STRING,
        "next_url": _STRING,
        "icon": _STRING,
        "favicon": _STRING,
        "author": _AUTHOR,
        "authors": _AUTHORS,
        "language": _STRING,
        "expired": _BOOLEAN,
        "hubs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "url"],
                "properties": {"type": _STRING, "url": _STRING},
            },
        },
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": ["string", "number"]},
                    "url": _STRING,
                    "external_url": _STRING,
                    "title": _STRING,
                    "content_html": _STRING,
                    "content_text": _STRING,
                    "summary": _STRING,
                    "image": _STRING,
                    "banner_image": _STRING,
                    "date_published": _STRING,
                    "date_modified": _STRING,
                    "author": _AUTHOR,
                    "authors": _AUTHORS,
                    "tags": {"type": "array", "items": _STRING},
                    "language": _STRING,
                    "attachments": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["url", "mime_type"],
                            "properties": {
                                "url": _STRING,
                                "mime_type": _STRING,
                                "title": _STRING,
                                "size_in_bytes": _NUMBER,
                                "duration_in_seconds": _NUMBER,
                            },
                        },
                    },
                },
            },
        },
    },
}
_FEED_KEYS = frozenset(SCHEMA["properties"])
_ITEM = SCHEMA["properties"]["items"]["items"]["properties"]
_ATTACHMENT = _ITEM["attachments"]["items"]["properties"]
_FEED_VALUES = {
    "home_page_url": ABSOLUTE,
    "feed_url": ABSOLUTE,
    "next_url": ABSOLUTE,
    "icon": ABSOLUTE,
    "favicon": ABSOLUTE,
    "language": LANGUAGE,
}
_ITEM_VALUES = {
    "url": ABSOLUTE,
    "external_url": ABSOLUTE,
    "image": ABSOLUTE,
    "banner_image": ABSOLUTE,
    "date_published": DATE3339_LAX,
    "date_modified": DATE3339_LAX,
    "language": LANGUAGE,
}
_TYPES = {"string": "text", "object": "an object", "array": "a list", "number": "a number"}


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(SCHEMA)


class _Found:
    """Faults with their places in the document; lines come when all are known."""

    def __init__(self) -> None:
        self.faults: list[tuple[Path, str, dict[str, object]]] = []
        self.others: dict[int, Path] = {}
        self.has_twice = False

    def say(self, path: Path, rule: str, /, **values: object) -> None:
        self.faults.append((path, rule, values))


def check(sheet: Sheet, data: bytes) -> None:
    """The whole document."""
    if len(data) > MAX_BYTES or sum(map(data.count, (b"[", b"{", b","))) > MAX_VALUES:
        sheet.say("json-too-large", 1, detail="too many values")
        return
    found = _Found()
    feed, text = _read(sheet, data, found)
    if feed is None:
        return
    if not isinstance(feed, dict) or not _is_feed(feed):
        sheet.say("unknown-format", 1, detail="JSON that is no JSON Feed")
        return
    sheet.facts.kind = "json"
    for error in _validator().iter_errors(feed):
        _structure(found, error)
    entries = list(_feed(found, feed))
    lines = lines_of(text, {path for path, _, _ in found.faults} | {path for path, _ in entries})
    seen: dict[str, int] = {}
    for path, entry in entries:
        line = _line(lines, path)
        if entry.id and (other := seen.get(entry.id)) is not None:
            sheet.say("json-id-twice", line, other=other, value=entry.id)
        seen.setdefault(entry.id, line)
        sheet.facts.entries.append(Entry(entry.id, line, entry.title, entry.url, entry.updated))
    for path, rule, values in found.faults:
        sheet.say(rule, _line(lines, path), **values)
    for line, name in twice_of(text) if found.has_twice else ():
        sheet.say("json-key-twice", line, value=name)
    if isinstance(url := feed.get("feed_url"), str):
        sheet.facts.self_url = url


def has_errors(feed: dict[str, Any]) -> bool:
    """Whether an error stands in a feed that was read, but for ids that stand twice in it."""
    if not _is_feed(feed) or not _validator().is_valid(feed):
        return True
    found = _Found()
    for _ in _feed(found, feed):
        pass
    return any(RULES[rule].level is Level.ERROR for _, rule, _ in found.faults)


def _is_feed(value: dict[str, Any]) -> bool:
    """Whether it means to be one: other JSON is none of our business."""
    version = value.get("version")
    return (isinstance(version, str) and "jsonfeed.org" in version) or "items" in value


def _read(sheet: Sheet, data: bytes, found: _Found) -> tuple[Any, str]:

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        found.has_twice = found.has_twice or len(value) != len(items)
        return value

    def refuse(word: str) -> Any:
        raise json.JSONDecodeError(f"{word} is no number", text, max(text.find(word), 0))

    text = ""
    try:
        text = _with_plain_ends(data.decode("utf-8"))
        if text.startswith("\ufeff"):
            sheet.say("json-form", 1, detail="it begins with a byte order mark")
            text = text[1:]
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=refuse)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        sheet.say("json-form", line, detail="a byte that is not UTF-8")
    except json.JSONDecodeError as error:
        sheet.say("json-form", error.lineno, detail=error.msg)
    except (RecursionError, ValueError):
        sheet.say("json-too-large", 1, detail="nested too deep, or a number too long")
    else:
        if line := _half_line(value, text):
            sheet.say("json-form", line, detail="half of a character (RFC 8259 §8.2)")
        else:
            return value, text
    return None, ""


def _with_plain_ends(text: str) -> str:
    """The same with line ends that are counted; within values there are none (RFC 8259 §7)."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _half_line(value: Any, text: str) -> int:
    """The line of an escape that may be half of a character, when one is; else 0."""
    half = HALF.search(text)
    if half is None:
        return 0
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return text.count("\n", 0, half.start()) + 1
    return 0


def _structure(found: _Found, error: Any) -> None:
    """One finding of the schema, as a rule of ours."""
    path = tuple(error.instance_path)
    kind = type(error.kind).__name__.rpartition("_")[2]
    if kind == "Required":
        found.say(path, "json-missing", where=where(path), value=str(error.kind.property))
        return
    wanted = _schema_at(error.schema_path).get("type", "")
    words = [wanted] if isinstance(wanted, str) else list(wanted)
    said = " or ".join(_TYPES.get(word, "true or false") for word in words)
    found.say(path, "json-type", where=where(path), wanted=said)


def _schema_at(path: list[str | int]) -> Mapping[str, Any]:
    node: Any = SCHEMA
    for step in path[:-1]:
        node = node[step]
    return node  # type: ignore[no-any-return]


def where(path: Path) -> str:
    """A place as people write it: ``items[3].url``."""
    said = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return said.lstrip(".") or "the feed"


def _feed(found: _Found, feed: dict[str, Any]) -> Iterator[tuple[Path, Entry]]:
    """Values of the feed and of its items; gives what others may say differently."""
    version = feed.get("version")
    if isinstance(version, str) and version.rstrip("/") not in _VERSIONS:
        found.say(("version",), "json-version", value=version)
    _common(found, (), feed, _FEED_VALUES, _FEED_KEYS)
    if "feed_url" not in feed:
        found.say((), "json-feed-url")
    elif feed.get("next_url") == feed["feed_url"] and feed["feed_url"]:
        found.say(("next_url",), "json-next")
    hubs = feed.get("hubs")
    for number, hub in enumerate(hubs if isinstance(hubs, list) else []):
        if isinstance(hub, dict):
            _value(found, ("hubs", number, "url"), hub.get("url"), ABSOLUTE)
    if feed.get("title") == "":
        found.say(("title",), "json-empty", where="title")
    items = feed.get("items")
    for number, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield ("items", number), _item(found, ("items", number), item)


def _item(found: _Found, path: Path, item: dict[str, Any]) -> Entry:
    _common(found, path, item, _ITEM_VALUES, frozenset(_ITEM))
    if "content_html" not in item and "content_text" not in item:
        found.say(path, "json-content", where=where(path))
    name = item.get("id")
    if isinstance(name, int | float) and not isinstance(name, bool):
        found.say((*path, "id"), "json-id-number", where=where((*path, "id")))
    elif name == "":
        found.say((*path, "id"), "json-empty", where=where((*path, "id")))
    attachments = item.get("attachments")
    for number, one in enumerate(attachments if isinstance(attachments, list) else []):
        if isinstance(one, dict):
            _attachment(found, (*path, "attachments", number), one)
    content = item.get("content_html")
    if isinstance(content, str):
        noted = _Note(found, (*path, "content_html"))
        html.check(noted, 1, content, relative=False)

    def text(*keys: str) -> str:
        return next((value for key in keys if isinstance(value := item.get(key), str)), "")

    updated = text("date_modified", "date_published")
    return Entry(str(name or ""), 0, text("title"), text("url", "external_url"), updated)


class _Note:
    """A sheet for HTML, which knows its place and not its line."""

    def __init__(self, found: _Found, path: Path) -> None:
        self.found, self.path = found, path

    def say(self, rule: str, _line: int, /, **values: object) -> None:
        """Note a fault."""
        self.found.say(self.path, rule, **values)


def _attachment(found: _Found, path: Path, one: dict[str, Any]) -> None:
    _common(found, path, one, {"url": ABSOLUTE, "mime_type": MEDIA_TYPE}, frozenset(_ATTACHMENT))
    for key in ("size_in_bytes", "duration_in_seconds"):
        value = one.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
            place = (*path, key)
            found.say(
                place, "json-number", where=where(place), value=value, wanted="a number from 0 on"
            )


def _common(
    found: _Found,
    path: Path,
    value: dict[str, Any],
    kinds: Mapping[str, Kind],
    known: frozenset[str],
) -> None:
    """Typed values, authors, and names that nobody has heard of."""
    for key, one in value.items():
        if kind := kinds.get(key):
            _value(found, (*path, key), one, kind)
        elif key not in known and not key.startswith("_"):
            found.say((*path, key), "json-unknown", where=where(path), value=key)
    if "author" in value:
        _author(found, (*path, "author"), value["author"])
        if "authors" not in value:
            found.say((*path, "author"), "json-author-old", where=where(path))
    authors = value.get("authors")
    for number, one in enumerate(authors if isinstance(authors, list) else []):
        _author(found, (*path, "authors", number), one)


def _author(found: _Found, path: Path, one: Any) -> None:
    if not isinstance(one, dict):
        return  # the schema has said so
    if not any(one.get(key) for key in ("name", "url", "avatar")):
        found.say(path, "json-author-empty", where=where(path))
    for key in ("url", "avatar"):
        _value(found, (*path, key), one.get(key), ABSOLUTE)


def _value(found: _Found, path: Path, value: Any, kind: Kind) -> None:
    if not isinstance(value, str):
        return  # the schema has said so
    if value == "":
        found.say(path, "json-empty", where=where(path))
    elif not kind.test(value.strip()):
        found.say(
            path, f"json-{kind.name}", where=where(path), value=value, wanted=kind.wanted
        )  # fmt: skip
    elif kind is LANGUAGE and not is_known_region(value):
        found.say(path, "language-region", where=where(path), value=value)


def _line(lines: dict[Path, int], path: Path) -> int:
    """The line of a place; of what is around it where it is not there itself."""
    while path not in lines and path:
        path = path[:-1]
    return lines.get(path, 1)
