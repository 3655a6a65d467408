"""Front matter as YAML's nodes: what people wrote, with its line, before YAML's opinions.

YAML as people write it bites silently: ``1:30`` is 90, ``no`` is False, a second ``title:``
replaces the first, an alias grows without bound. The nodes still know line and letters.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from feeds import text
from feeds.errors import Problem

MAX_NESTING = 20
FIRST_YEAR, LAST_YEAR = 1900, 2199
TAG = "tag:yaml.org,2002:"
TOP_KEY = re.compile(r"([A-Za-z_][\w-]*)\s*:(?:\s|$)")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENERS = re.compile(r"[\[{]|- (?=- )|\? ")
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?"
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d\d(?:\.\d+)?)|(\d+(?:\.\d+)?)")


class Nodes(YAMLHandler):
    """python-frontmatter's YAML, kept as nodes, and the lines where its parts begin.

    ``frontmatter.parse`` strips the body; ``body`` keeps its first line's indentation.
    """

    def __init__(self, problems: Callable[[int, str, str, str], None]) -> None:
        super().__init__()
        self.report = problems
        self.yaml_line = self.body_line = 1
        self.body = ""
        self.broken_keys: set[str] = set()

    def split(self, text: str) -> tuple[str, str]:
        assert self.FM_BOUNDARY is not None
        opening = self.FM_BOUNDARY.match(text)
        closing = self.FM_BOUNDARY.search(text, opening.end()) if opening else None
        if opening is None or closing is None:
            raise ValueError
        self.yaml_line = 1 + text.count("\n", 0, opening.end())
        self.body_line = 1 + text.count("\n", 0, closing.end())
        self.body = text[closing.end() :]
        return text[opening.end() : closing.start()], self.body

    def load(self, fm: str, **_options: object) -> dict[str, Any]:
        if _too_deep(fm):
            self.report(
                self.yaml_line,
                "",
                f"the front matter is nested more than {MAX_NESTING} deep",
                "a talk needs no more than three",
            )
            self.broken_keys.update(("title", "date"))  # unread is not missing
            return {"": None}
        lines = fm.split("\n")
        for _ in range(len(lines) + 1):
            try:
                return {"": yaml.compose("\n".join(lines), Loader=_Loader)}
            except yaml.YAMLError as error:
                self._set_aside(error, lines)
        raise AssertionError("each round sets one line aside")  # pragma: no cover

    def _set_aside(self, error: yaml.YAMLError, lines: list[str]) -> None:
        """Report what YAML cannot read and blank its key, so that the rest is still read."""
        at, cause, remedy = _explain_yaml(error, lines)
        at = min(at, len(lines) - 1)
        while at > 0 and not lines[at].strip():
            at -= 1
        first = at
        while first > 0 and not TOP_KEY.match(lines[first]):
            first -= 1
        key = TOP_KEY.match(lines[first])
        if key:
            self.broken_keys.add(key[1])
        self.report(self.yaml_line + at, key[1] if key else "", cause, remedy)
        if not lines[first].strip():  # nothing left that could be blamed: give the file up
            lines[:] = [""] * len(lines)
        lines[first] = ""
        for later in range(first + 1, len(lines)):
            if TOP_KEY.match(lines[later]):
                break
            lines[later] = ""


def _too_deep(fm: str) -> bool:
    """Whether the YAML nests beyond reason; libyaml's composer crashes on 100,000 levels."""
    if sum(1 for _ in _OPENERS.finditer(fm)) <= MAX_NESTING and fm.count("\n ") <= MAX_NESTING:
        return False
    depth = 0
    try:
        for event in yaml.parse(fm, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_NESTING:
                return True
    except yaml.YAMLError:
        pass  # composing meets the same error and explains it
    return False


def _explain_yaml(  # noqa: PLR0911 # one return a kind of mistake
    error: yaml.YAMLError, lines: list[str]
) -> tuple[int, str, str]:
    """Where (line from 0), why in people's words, and the remedy."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return 0, f"YAML cannot read this: {error}".split("\n")[0], "retype the line"
    at = int(error.problem_mark.line)
    problem = error.problem or ""
    if "mapping values are not allowed" in problem:
        return (
            at,
            "a colon followed by a blank starts a new value in YAML",
            ("put the whole value in quotes"),
        )
    context = error.context or ""
    if "quoted scalar" in context and error.context_mark is not None:
        return (
            int(error.context_mark.line),
            "the quotation mark that opens here is never closed",
            ("close it, or put the whole value in the other kind of quotes"),
        )
    if "cannot start any token" in problem:
        mark = lines[at][error.problem_mark.column : error.problem_mark.column + 1]
        if mark == "\t":
            return at, "a tab stands where YAML wants blanks", "indent with blanks"
        return at, f"a value cannot begin with {mark!r} in YAML", "put the whole value in quotes"
    if (
        "undefined alias" in problem
        or "found undefined" in problem
        or "expected alphabetic" in (problem)
    ):
        return (
            at,
            "a value that begins with * or & is a YAML alias or anchor",
            ("put the whole value in quotes"),
        )
    what = f"{context}: {problem}" if context else problem
    return at, f"YAML cannot read this: {what}", "check the indentation, the dashes and the quotes"


@dataclass(slots=True)
class Form:
    """Reads nodes and notes each mistake with its line and dotted key."""

    path: str
    yaml_line: int
    problems: list[Problem]
    seen: set[int]

    def wrong(self, node: yaml.Node | int, key: str, message: str, remedy: str = "") -> None:
        line = node if isinstance(node, int) else self.yaml_line + node.start_mark.line
        self.problems.append(Problem(self.path, line, key, message, remedy))

    def mapping(
        self, node: yaml.Node, key: str, known: tuple[str, ...]
    ) -> dict[str, yaml.Node] | None:
        """A mapping's nodes by key; unknown and repeated keys are mistakes."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, key, "must be a table of keys", f"known keys: {', '.join(known)}")
            return None
        found: dict[str, yaml.Node] = {}
        for name_node, value in node.value:
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else ""
            dotted = f"{key}.{name}" if key else name
            if not self._once(name_node, dotted) or not self._once(value, dotted):
                continue
            if name not in known:
                self.wrong(name_node, dotted or key, "is not a key", nearest(name, known))
            elif name in found:
                first = self.yaml_line + found[name].start_mark.line
                self.wrong(name_node, dotted, f"stands twice, first in line {first}", "keep one")
            else:
                found[name] = value
        return {name: value for name, value in found.items() if not _is_null(value)}

    def sequence(self, node: yaml.Node, key: str, example: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, key, "must be a list", f"write {example}")
            return []
        return [item for item in node.value if self._once(item, key)]

    def _once(self, node: yaml.Node, key: str) -> bool:
        """False for an alias: YAML gives the very node that the anchor named."""
        if id(node) in self.seen:
            self.wrong(node, key, "is used again by a YAML alias (*)", "write the value out")
            return False
        self.seen.add(id(node))
        return True

    def scalar(self, node: yaml.Node, key: str, wanted: str) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(node, key, f"must be {wanted}", "a list or a table stands here")
            return None
        return str(node.value)

    def text(self, node: yaml.Node, key: str, *, lines: bool = False) -> str:
        """Text as written; what YAML silently reads as something else is a mistake."""
        raw = self.scalar(node, key, "text")
        if raw is None:
            return ""
        kind = str(node.tag).removeprefix(TAG)
        if kind not in {"str", "value", "merge"}:
            self.wrong(node, key, _misread(kind, raw), f'put it in quotes: "{raw}"')
            return ""
        value = raw.strip("\n") if lines else text.one_line(raw)
        if bad := text.forbidden_in_xml(value):
            self.wrong(node, key, f"holds the control character U+{ord(bad):04X}", "remove it")
            return ""
        return value.rstrip() if lines else value

    def choice(self, node: yaml.Node, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(node, key)
        if value and value not in allowed:
            self.wrong(node, key, f"{value!r} is none of {', '.join(allowed)}")
            return ""
        return value

    def boolean(self, node: yaml.Node, key: str) -> bool | None:
        raw = self.scalar(node, key, "true or false")
        if raw is None:
            return None
        if node.tag != TAG + "bool":
            self.wrong(node, key, f"{raw!r} is not true or false", "write true or false, unquoted")
            return None
        return raw.lower() in {"true", "yes", "on"}

    def integer(self, node: yaml.Node, key: str, low: int, high: int) -> int | None:
        raw = self.scalar(node, key, "a whole number")
        if raw is None:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", raw):
            meant = _misread("int", raw) if ":" in raw else f"{raw!r} is not a whole number"
            self.wrong(node, key, meant, f"write a number from {low} to {high}")
            return None
        value = int(raw)
        if not low <= value <= high:
            self.wrong(node, key, f"{value} is out of range", f"from {low} to {high}")
            return None
        return value

    def day(self, node: yaml.Node, key: str) -> date | None:
        raw = self.scalar(node, key, "a date")
        if raw is None:
            return None
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", raw.strip()):
            self.wrong(node, key, f"{raw!r} is not a date", "write it as 2017-12-07")
            return None
        try:
            value = date.fromisoformat(raw.strip())
        except ValueError:
            self.wrong(node, key, f"{raw} is no day of the calendar", "check month and day")
            return None
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.wrong(node, key, f"{raw} is out of range", f"{FIRST_YEAR} to {LAST_YEAR}")
            return None
        return value

    def moment(self, node: yaml.Node, key: str) -> datetime | None:
        raw = self.scalar(node, key, "a date and time")
        if raw is None:
            return None
        example = "write it as 2017-12-07T16:30:00-06:00"
        form = _RFC3339.fullmatch(raw.strip())
        if form is None:
            self.wrong(node, key, f"{raw!r} is not a date and time (RFC 3339)", example)
            return None
        if not form["offset"]:
            self.wrong(node, key, f"{raw!r} has no offset from UTC", example)
            return None
        try:
            value = datetime.fromisoformat(raw.strip().upper())
            in_range = FIRST_YEAR <= value.year <= LAST_YEAR
        except ValueError:
            in_range = False
        if not in_range:
            self.wrong(node, key, f"{raw} is no moment of the calendar", example)
            return None
        return text.fixed_offset(value)

    def seconds(self, node: yaml.Node, key: str) -> float | None:
        raw = self.scalar(node, key, "a time within the recording")
        form = _CLOCK.fullmatch(raw.strip()) if raw is not None else None
        if form is None:
            if raw is not None:
                self.wrong(node, key, f"{raw!r} is not a time", 'write it as "1:02:30" or seconds')
            return None
        if form[4]:
            return float(form[4])
        return int(form[1] or 0) * 3600 + int(form[2]) * 60 + float(form[3])

    def language(self, node: yaml.Node, key: str) -> str:
        value = self.text(node, key)
        if value and not text.is_language(value):
            self.wrong(node, key, f"{value!r} is not a language tag (BCP 47)", "such as es-MX, en")
            return ""
        return value

    def url(self, node: yaml.Node, key: str) -> str:
        value = self.text(node, key)
        if value and not text.is_web_url(value):
            self.wrong(node, key, f"{value!r} is not a web address", "such as https://example.org/")
            return ""
        return value


def _is_null(node: yaml.Node) -> bool:
    """``key:`` with nothing behind it counts as a key that is not there."""
    return isinstance(node, yaml.ScalarNode) and node.tag == TAG + "null"


def _misread(kind: str, raw: str) -> str:
    """What YAML 1.1 makes of an unquoted word, said in a person's terms."""
    if kind == "bool":
        truth = raw.lower() in {"true", "yes", "on"}
        return f"unquoted {raw} is the truth value {truth} to YAML, not text"
    if kind in {"int", "float"}:
        parts = raw.lstrip("+-").replace("_", "").split(":")
        if len(parts) > 1:
            number = 0.0
            for part in parts:
                number = number * 60 + float(part)
            return f"unquoted {raw} is the number {number:g} to YAML (base 60), not text"
        return f"unquoted {raw} is a number to YAML, not text"
    if kind == "timestamp":
        return f"unquoted {raw} is a date to YAML, not text"
    return f"{raw!r} is not text"


def nearest(name: str, known: tuple[str, ...]) -> str:
    """The remedy for an unknown key: the known one that looks most like it."""
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"known keys: {', '.join(known)}"
