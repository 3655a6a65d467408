"""A talk file → Talk: validated whole, every mistake at once."""

import re
from collections.abc import Callable
from typing import Any

import yaml
from frontmatter import parse as frontmatter_parse

from feeds import text
from feeds.entry.nodes import TAG, TOP_KEY, Form, Nodes
from feeds.errors import ContentError, Problem
from feeds.model import AudioChoice, Event, Link, Publication, Recording, Speaker, Talk

MAX_TALK_BYTES = 1_048_576
LEVELS = ("beginner", "intermediate", "advanced")
AUDIO_FORMATS = ("m4a", "mp3", "opus")
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LICENSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*(?: (?:AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*")

SPEAKER_KEYS = ("name", "role", "organization", "url")
EVENT_KEYS = ("name", "day", "url", "location")
LINK_KEYS = ("title", "url")
AUDIO_KEYS = ("download", "format", "start", "end", "chapters")
KEYS = (
    "title",
    "date",
    "id",
    "slug",
    "published",
    "updated",
    "position",
    "speakers",
    "event",
    "kind",
    "level",
    "tags",
    "language",
    "abstract",
    "abstract_language",
    "youtube",
    "slides",
    "links",
    "license",
    "audio",
    "draft",
)  # fmt: skip


def parse(data: bytes, path: str, publication: Publication) -> Talk:
    """One talk file (UTF-8 bytes) → Talk, with every default of DESIGN filled in.

    ``path`` is relative to the root; its last part gives the default slug. Raises
    ContentError with all problems of the file.
    """
    problems: list[Problem] = []

    def report(line: int, key: str, message: str, remedy: str) -> None:
        problems.append(Problem(path, line, key, message, remedy))

    source = _decode(data, report)
    if source is None:
        raise ContentError(problems)
    leading = len(source) - len(source.lstrip())
    handler = Nodes(lambda line, *rest: report(line + source.count("\n", 0, leading), *rest))
    if not handler.detect(source[leading:]):
        report(1, "", "has no front matter", "begin the file with a line --- and end it with one")
        raise ContentError(problems)
    metadata: dict[str, Any] = frontmatter_parse(source, handler=handler)[0]
    if not metadata:
        report(1, "", "the front matter is never closed", "end it with a line ---")
        raise ContentError(problems)
    offset = source.count("\n", 0, leading)
    form = Form(path, handler.yaml_line + offset, problems, set())
    talk = _talk(form, metadata[""], handler, publication)
    if problems or talk is None:
        raise ContentError(problems)
    return talk


def _decode(data: bytes, report: Callable[[int, str, str, str], None]) -> str | None:
    """UTF-8 (with or without a mark) → text with \\n line ends and no forbidden character."""
    if len(data) > MAX_TALK_BYTES:
        report(0, "", *too_large(len(data)))
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        report(1, "", "is UTF-16, not UTF-8", "save it as UTF-8")
        return None
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        report(line, "", f"byte 0x{data[error.start]:02X} is not UTF-8", "save the file as UTF-8")
        return None
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if text.forbidden_in_xml(source):
        for number, line_text in enumerate(source.split("\n"), 1):
            if bad := text.forbidden_in_xml(line_text):
                key = TOP_KEY.match(line_text)
                message = f"holds the control character U+{ord(bad):04X}"
                report(number, key[1] if key else "", message, "remove it")
        source = text.xml_legal(source)
    return source


def too_large(size_bytes: int) -> tuple[str, str]:
    """Message and remedy for a talk file beyond MAX_TALK_BYTES."""
    return (
        f"is {size_bytes:,} bytes long; a talk has at most {MAX_TALK_BYTES:,}",
        "move the attachments out of the text, or split it",
    )


def _talk(
    form: Form, node: yaml.Node | None, handler: Nodes, publication: Publication
) -> Talk | None:
    if node is None:
        nodes: dict[str, yaml.Node] | None = {}
    else:
        nodes = form.mapping(node, "", KEYS)
    if nodes is None:
        return None
    for key in ("title", "date"):
        if key not in nodes and key not in handler.broken_keys:
            form.wrong(1, key, "is missing", f"add a line {key}:")
    read = {key: _READERS[key](form, value, key) for key, value in nodes.items()}
    if "title" in nodes and read["title"] == "" and not form.problems:
        form.wrong(nodes["title"], "title", "is empty", "give the talk a title")
    slug = read.get("slug") or text.slugify(form.path.rpartition("/")[2].rpartition(".")[0])
    talk_id = read.get("id") or f"{publication.id}/{slug}"
    position = read.get("position") or 0
    day = read.get("date")
    if form.problems or day is None:
        return None
    published = read.get("published") or text.default_published(
        day, position, talk_id, publication.timezone
    )
    updated = read.get("updated") or published
    if updated < published and "published" in nodes:
        form.wrong(nodes["updated"], "updated", "is before published", "correct one of them")
    abstract = read.get("abstract") or ""
    return Talk(
        id=talk_id,
        slug=slug,
        title=read["title"],
        date=day,
        published=published,
        updated=updated,
        language=read.get("language") or publication.language,
        position=position,
        speakers=read.get("speakers") or (),
        event=read.get("event"),
        kind=read.get("kind") or "talk",
        level=read.get("level") or "",
        tags=read.get("tags") or (),
        abstract=abstract,
        abstract_language=read.get("abstract_language") or "",
        recording=read.get("youtube"),
        slides=read.get("slides") or "",
        links=read.get("links") or (),
        license=read.get("license") or "",
        audio=read.get("audio"),
        draft=bool(read.get("draft")),
        notes=trimmed(handler.body),
        source=form.path,
    )


def line_of(data: bytes, key: str) -> int:
    """The line of a talk file that sets a top-level ``key``; 1 when none does."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.startswith(f"{key}:".encode()):
            return number
    return 1


def trimmed(body: str) -> str:
    """``body`` without blank lines before and blanks after; the first line keeps its indent."""
    return re.sub(r"\A(?:[^\S\n]*\n)+", "", body).rstrip()


def _speakers(form: Form, node: yaml.Node, key: str) -> tuple[Speaker, ...]:
    speakers = []
    for item in form.sequence(node, key, "[Ada Lovelace] or - name: Ada Lovelace"):
        if isinstance(item, yaml.ScalarNode):
            speakers.append(Speaker(form.text(item, key)))
        elif (nodes := form.mapping(item, key, SPEAKER_KEYS)) is not None:
            if "name" not in nodes:
                form.wrong(item, f"{key}.name", "is missing", "a speaker needs a name")
                continue
            values = {
                name: (form.url if name == "url" else form.text)(value, f"{key}.{name}")
                for name, value in nodes.items()
            }
            speakers.append(Speaker(**values))
    for speaker in speakers:
        if not speaker.name and not form.problems:
            form.wrong(node, key, "holds a speaker without a name", "name or remove the item")
    return tuple(speakers)


def _event(form: Form, node: yaml.Node, key: str) -> Event | None:
    if isinstance(node, yaml.ScalarNode):
        name = form.text(node, key)
        return Event(name) if name else None
    nodes = form.mapping(node, key, EVENT_KEYS)
    if nodes is None:
        return None
    if "name" not in nodes:
        form.wrong(node, f"{key}.name", "is missing", "an event needs a name")
        return None
    values: dict[str, str] = {}
    for name, value in nodes.items():
        dotted = f"{key}.{name}"
        if name == "day" and value.tag in {TAG + "int", TAG + "timestamp"}:
            # "day: 2" is what people write for the second day; the digits are meant.
            values[name] = text.one_line(str(value.value))
        else:
            values[name] = (form.url if name == "url" else form.text)(value, dotted)
    return Event(**values) if values["name"] else None


def _tags(form: Form, node: yaml.Node, key: str) -> tuple[str, ...]:
    tags = [form.text(item, key) for item in form.sequence(node, key, "[networking, security]")]
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _links(form: Form, node: yaml.Node, key: str) -> tuple[Link, ...]:
    links = []
    for item in form.sequence(node, key, "- {title: Code, url: https://example.org/}"):
        nodes = form.mapping(item, key, LINK_KEYS)
        if nodes is None:
            continue
        if "url" not in nodes:
            form.wrong(item, f"{key}.url", "is missing", "a link needs a url")
            continue
        url = form.url(nodes["url"], f"{key}.url")
        title = form.text(nodes["title"], f"{key}.title") if "title" in nodes else ""
        links.append(Link(title or url, url))
    return tuple(links)


def _id(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if value and not _ABSOLUTE_URI.fullmatch(value):
        remedy = "such as tag:example.org,2026:talks/my-talk"
        form.wrong(node, key, f"{value!r} is not a URI", remedy)
    return value


def _slug(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if value and (not text.SLUG.fullmatch(value) or len(value) > 200):
        form.wrong(node, key, f"{value!r} is not a slug (a-z, 0-9, -)", text.slugify(value))
    return value


def _recording(form: Form, node: yaml.Node, key: str) -> Recording | None:
    raw = form.scalar(node, key, "a YouTube URL or id")  # an id of digits is a number to YAML
    if not raw:
        return None
    found = text.youtube_id(raw)
    if not found:
        form.wrong(node, key, f"no YouTube id in {raw!r}", "such as https://youtu.be/07jq-5VbBVQ")
        return None
    return Recording(found)


def _slides(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if not value or text.is_web_url(value):
        return value
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value) or value.startswith("//") or "\\" in value:
        form.wrong(node, key, f"{value!r} is no web address and no path", "https://… or a path")
    elif ".." in value.split("/"):
        form.wrong(node, key, f"{value!r} leads out of content/", "name a file below content/")
    return value.lstrip("/")


def _license(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if value and not (text.is_web_url(value) or _LICENSE.fullmatch(value)):
        form.wrong(node, key, f"{value!r} is no SPDX id and no URL", "such as CC-BY-4.0")
    return value


def _audio(form: Form, node: yaml.Node, key: str) -> AudioChoice | None:
    if isinstance(node, yaml.ScalarNode):
        if form.boolean(node, key):
            form.wrong(node, key, "is false or a table", "write audio: {download: true}")
        return AudioChoice(enabled=False)
    nodes = form.mapping(node, key, AUDIO_KEYS) or {}
    choice: dict[str, Any] = {}
    for name, value in nodes.items():
        dotted = f"{key}.{name}"
        if name in {"download", "chapters"}:
            choice[name] = form.boolean(value, dotted)
        elif name == "format":
            choice[name] = form.choice(value, dotted, AUDIO_FORMATS)
        else:
            choice[f"{name}_s"] = form.seconds(value, dotted)
    start, end = choice.get("start_s"), choice.get("end_s")
    if start is not None and end is not None and end <= start:
        form.wrong(nodes["end"], f"{key}.end", "is not after start", "correct one of them")
    return AudioChoice(**choice)


_READERS: dict[str, Callable[[Form, yaml.Node, str], Any]] = {
    "title": Form.text,
    "date": Form.day,
    "id": _id,
    "slug": _slug,
    "published": Form.moment,
    "updated": Form.moment,
    "position": lambda form, node, key: form.integer(
        node, key, text.MIN_POSITION, text.MAX_POSITION
    ),
    "speakers": _speakers,
    "event": _event,
    "kind": Form.text,
    "level": lambda form, node, key: form.choice(node, key, LEVELS),
    "tags": _tags,
    "language": Form.language,
    "abstract": lambda form, node, key: form.text(node, key, lines=True),
    "abstract_language": Form.language,
    "youtube": _recording,
    "slides": _slides,
    "links": _links,
    "license": _license,
    "audio": _audio,
    "draft": Form.boolean,
}
