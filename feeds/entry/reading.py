"""A talk file → Talk: validated whole, every mistake at once."""

import re
from collections.abc import Callable
from typing import Any

import yaml
from frontmatter import parse as frontmatter_parse

from feeds import text
from feeds.entry.broken import TOP_KEY
from feeds.entry.nodes import TAG, Form, Nodes, quoted
from feeds.errors import ContentError, Problem
from feeds.model import AudioChoice, Event, Link, Publication, Recording, Speaker, Talk
from feeds.patterns import pattern

MAX_TALK_BYTES = 1_048_576
MAX_SLUG = 200
LEVELS = ("beginner", "intermediate", "advanced")
AUDIO_FORMATS = ("m4a", "mp3", "opus")
_FENCE = pattern(r"-{3,}\s*")
_UTF16 = pattern(rb"\xff\xfe|\xfe\xff|\0[^\0]|[^\0]\0")
# C1 controls and DEL: XML bears them, YAML does not.
_CONTROL_IN_YAML = pattern("[\x7f-\x84\x86-\x9f]")
# All of them but DEL in UTF-8, where they are found twenty times as fast.
_C1 = pattern(rb"\xc2[\x80-\x84\x86-\x9f]")
_SLIDES = "write https://… or the path of a file below content/"
_LICENSE = pattern(r"[A-Za-z0-9][A-Za-z0-9.+-]*(?: (?:AND|OR|WITH) [A-Za-z0-9][A-Za-z0-9.+-]*)*")

SPEAKER_KEYS = ("name", "role", "organization", "url")
EVENT_KEYS = ("name", "day", "url", "location")
LINK_KEYS = ("title", "url")
AUDIO_KEYS = ("download", "format", "start", "end", "chapters", "image")
REQUIRED = {"title": 'write "title: …"', "date": 'write "date: 2017-12-07"'}
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
    "withdrawn",
    "reason",
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
    offset = source.count("\n", 0, leading)
    handler = Nodes(lambda line, *rest: report(line + offset, *rest))
    if not handler.detect(source[leading:]):
        what = "has no front matter" if source.strip() else "is empty"
        report(1, "", what, "begin with a line ---, the keys, and another line ---")
        raise ContentError(problems)
    metadata: dict[str, Any] = frontmatter_parse(source, handler=handler)[0]
    if not metadata:
        report(1 + offset, "", "the front matter is never closed", "end it with a line ---")
        raise ContentError(problems)
    form = Form(path, 1 + offset, handler.yaml_line + offset, problems)
    talk = _talk(form, metadata[""], handler, publication)
    if problems or talk is None:
        raise ContentError(problems)
    return talk


def _decode(data: bytes, report: Callable[[int, str, str, str], None]) -> str | None:
    """UTF-8 (with or without a mark) → text with \\n line ends and no forbidden character."""
    if len(data) > MAX_TALK_BYTES:
        report(0, "", *too_large(len(data)))
        return None
    if _UTF16.match(data):
        report(1, "", "is UTF-16, not UTF-8", "save it as UTF-8")
        return None
    try:
        source = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        line = 1 + before.count(b"\n")
        report(line, "", f"byte 0x{data[error.start]:02X} is not UTF-8", "save the file as UTF-8")
        return None
    source = source.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.forbidden_in_xml(source) or b"\x7f" in data or _C1.search(data):
        source = _without_controls(source, report)
    return source


def _without_controls(source: str, report: Callable[[int, str, str, str], None]) -> str:
    """Report a control character in each line that has one; those of YAML within it only."""
    lines = source.split("\n")
    fences, key = 0, ""
    for number, line in enumerate(lines):
        clean = text.xml_legal(line).replace("\ufffd", "") if text.forbidden_in_xml(line) else line
        if _FENCE.fullmatch(clean if fences else clean.lstrip()):
            fences, key = fences + 1, ""
        elif fences == 1 and (found := TOP_KEY.match(clean)):
            key = found[1]
        inside = _CONTROL_IN_YAML.search(clean) if fences == 1 else None
        if bad := text.forbidden_in_xml(line) or (inside and inside.group()):
            report(number + 1, key, f"holds the control character U+{ord(bad):04X}", "remove it")
            lines[number] = _CONTROL_IN_YAML.sub("", clean) if inside else clean
    return "\n".join(lines)


def too_large(
    size_bytes: int, what: str = "a talk", most_bytes: int = MAX_TALK_BYTES
) -> tuple[str, str]:
    """Message and remedy for a talk file (or another text: ``what``) beyond its limit."""
    return (
        f"is {size_bytes:,} bytes long; {what} has at most {most_bytes:,}",
        "move the attachments out of the text, or split it",
    )


def _talk(
    form: Form, node: yaml.Node | None, handler: Nodes, publication: Publication
) -> Talk | None:
    required = {key: remedy for key, remedy in REQUIRED.items() if key not in handler.broken_keys}
    if node is None:
        node = yaml.MappingNode(TAG + "map", [])
    nodes = form.mapping(node, "", KEYS, required)
    if nodes is None:
        return None
    read = {key: _READERS[key](form, value, key) for key, value in nodes.items()}
    published, updated = read.get("published"), read.get("updated")
    if read.get("reason") and not read.get("withdrawn"):
        remedy = "add withdrawn: true, or remove the reason"
        form.wrong(nodes["reason"], "reason", "is that of a withdrawn talk", remedy)
    if published and updated and updated < published:
        form.wrong(nodes["updated"], "updated", "is before published", "correct one of them")
    slug = read.get("slug") or text.slugify(form.path.rpartition("/")[2].rpartition(".")[0])
    talk_id = read.get("id") or f"{publication.id}/{slug}"
    position = read.get("position") or 0
    day = read.get("date")
    if form.problems or day is None:
        return None
    if not published:
        published = text.default_published(day, position, talk_id, publication.timezone)
    return Talk(
        id=talk_id,
        slug=slug,
        title=read["title"],
        date=day,
        published=published,
        # A day's default moment is made up: an earlier update says no more than that day.
        updated=max(updated or published, published),
        language=read.get("language") or publication.language,
        position=position,
        speakers=read.get("speakers") or (),
        event=read.get("event"),
        kind=read.get("kind") or "talk",
        level=read.get("level") or "",
        tags=read.get("tags") or (),
        abstract=read.get("abstract") or "",
        abstract_language=read.get("abstract_language") or "",
        recording=read.get("youtube"),
        slides=read.get("slides") or "",
        links=read.get("links") or (),
        license=read.get("license") or "",
        audio=read.get("audio"),
        draft=bool(read.get("draft")),
        withdrawn=bool(read.get("withdrawn")),
        reason=read.get("reason") or "",
        notes=trimmed(handler.body),
        source=form.path,
    )


def line_of(data: bytes, key: str) -> int:
    """The line of a talk file's front matter that sets a top-level ``key``; 1 when none does."""
    fences = 0
    for number, line in enumerate(data.splitlines(), 1):
        fences += line.rstrip() == b"---"
        if fences == 1 and re.match(rb"%s\s*:" % re.escape(key.encode()), line):
            return number
    return 1


def trimmed(body: str) -> str:
    """``body`` without blank lines before and blanks after; the first line keeps its indent."""
    return re.sub(r"\A(?:[^\S\n]*\n)+", "", body).rstrip()


def _speakers(form: Form, node: yaml.Node, key: str) -> tuple[Speaker, ...]:
    speakers = []
    for item in form.sequence(node, key, "[Ada Lovelace] or - name: Ada Lovelace"):
        if isinstance(item, yaml.ScalarNode):
            speakers.append(Speaker(form.some_text(item, key)))
        elif nodes := form.mapping(item, key, SPEAKER_KEYS, {"name": "a speaker needs a name"}):
            speakers.append(Speaker(**{"name": "", **_texts(form, nodes, key)}))
    return tuple(speakers)


def _event(form: Form, node: yaml.Node, key: str) -> Event | None:
    if isinstance(node, yaml.ScalarNode):
        name = form.text(node, key)
        return Event(name) if name else None
    nodes = form.mapping(node, key, EVENT_KEYS, {"name": "an event needs a name"})
    return Event(**{"name": "", **_texts(form, nodes, key)}) if nodes else None


def _texts(form: Form, nodes: dict[str, yaml.Node], key: str) -> dict[str, str]:
    """The values of a speaker or an event."""
    values: dict[str, str] = {}
    for name, node in nodes.items():
        dotted = f"{key}.{name}"
        if name == "name":
            values[name] = form.some_text(node, dotted)
        elif name == "url":
            values[name] = form.url(node, dotted)
        elif name == "day" and node.tag in {TAG + "int", TAG + "timestamp"}:
            # "day: 2" is what people write for the second day; the digits are meant.
            values[name] = text.one_line(str(node.value))
        else:
            values[name] = form.text(node, dotted)
    return values


def _tags(form: Form, node: yaml.Node, key: str) -> tuple[str, ...]:
    tags = [form.text(item, key) for item in form.sequence(node, key, "[networking, security]")]
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _links(form: Form, node: yaml.Node, key: str) -> tuple[Link, ...]:
    links = []
    for item in form.sequence(node, key, "- {title: Code, url: https://example.org/}"):
        nodes = form.mapping(item, key, LINK_KEYS, {"url": "a link needs a url"})
        if not nodes:
            continue
        url = form.url(nodes["url"], f"{key}.url", required=True) if "url" in nodes else ""
        title = form.text(nodes["title"], f"{key}.title") if "title" in nodes else ""
        links.append(Link(title or url, url))
    return tuple(links)


def _id(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if value and not text.is_uri(value):
        remedy = "such as tag:example.org,2026:talks/my-talk"
        form.wrong(node, key, f"{quoted(value)} is not a URI", remedy)
    return value


def _slug(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if value and (not text.SLUG.fullmatch(value) or len(value) > MAX_SLUG):
        what = f"{quoted(value)} is not a slug of a-z, 0-9 and -, at most {MAX_SLUG} long"
        form.wrong(node, key, what, f"such as {text.slugify(value)}")
    return value


def _recording(form: Form, node: yaml.Node, key: str) -> Recording | None:
    raw = form.scalar(node, key, "a YouTube URL or id")  # an id of digits is a number to YAML
    if not raw:
        return None
    found = text.youtube_id(raw)
    if not found:
        form.wrong(
            node, key, f"no YouTube id in {quoted(raw)}", "such as https://youtu.be/07jq-5VbBVQ"
        )
        return None
    return Recording(found)


# Sound and film; what may be offered of a recording is made by ``talkfeeds audio fetch``.
_NO_SLIDES = frozenset(
    {
        "3gp", "aac", "aif", "aiff", "amr", "avi", "flac", "flv", "m4a", "m4b", "m4v", "mka",
        "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "oga", "ogg", "ogv", "opus", "wav",
        "weba", "webm", "wma", "wmv",
    }
)  # fmt: skip


def _slides(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if not value or text.is_web_url(value):
        return value
    path = value.lstrip("/ ")  # from the root of content/
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path) or value.startswith("//") or "\\" in value:
        form.wrong(node, key, f"{quoted(value)} is no web address and no path", _SLIDES)
    elif ".." in value.split("/"):
        form.wrong(node, key, f"{quoted(value)} leads out of content/", _SLIDES)
    elif path.rpartition(".")[2].lower() in _NO_SLIDES:
        # Feeds would offer it as an enclosure, whatever its licence.
        form.wrong(node, key, f"{quoted(value)} is sound or film, and no slides", _SLIDES)
    return path


def _cover(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    path = value.lstrip("/ ")  # from the root of content/
    picture = path.rpartition(".")[2].lower() in {"jpg", "jpeg", "png"}
    if value and (":" in value or "\\" in value or ".." in value.split("/") or not picture):
        remedy = "such as covers/my-talk.jpg"
        form.wrong(node, key, f"{quoted(value)} is no JPEG or PNG below content/", remedy)
    return path


def _license(form: Form, node: yaml.Node, key: str) -> str:
    value = form.text(node, key)
    if value and not (text.is_web_url(value) or _LICENSE.fullmatch(value)):
        form.wrong(node, key, f"{quoted(value)} is no SPDX id and no URL", "such as CC-BY-4.0")
    return value


def _audio(form: Form, node: yaml.Node, key: str) -> AudioChoice | None:
    if isinstance(node, yaml.ScalarNode):
        if node.tag != TAG + "bool" or form.boolean(node, key):
            form.wrong(node, key, "must be false or a table", "such as {download: true}")
        return AudioChoice(enabled=False)
    nodes = form.mapping(node, key, AUDIO_KEYS, {}) or {}
    choice: dict[str, Any] = {}
    for name, value in nodes.items():
        dotted = f"{key}.{name}"
        if name in {"download", "chapters"}:
            choice[name] = form.boolean(value, dotted)
        elif name == "format":
            choice[name] = form.choice(value, dotted, AUDIO_FORMATS)
        elif name == "image":
            choice[name] = _cover(form, value, dotted)
        else:
            choice[f"{name}_s"] = form.seconds(value, dotted)
    start, end = choice.get("start_s"), choice.get("end_s")
    if start is not None and end is not None and end <= start:
        form.wrong(nodes["end"], f"{key}.end", "is not after start", "correct one of them")
    return AudioChoice(**choice)


_READERS: dict[str, Callable[[Form, yaml.Node, str], Any]] = {
    "title": Form.some_text,
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
    "withdrawn": Form.boolean,
    "reason": Form.text,
}
