"""Front matter as YAML's nodes: what people wrote, with its line, before YAML's opinions.

YAML as people write it bites silently: ``1:30`` is 90, ``no`` is False, a second ``title:``
replaces the first, an alias grows without bound. The nodes still know line and letters.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from feeds import text
from feeds.entry.broken import compose
from feeds.errors import Problem
from feeds.model import FIRST_YEAR, LAST_YEAR
from feeds.patterns import pattern

TAG = "tag:yaml.org,2002:"
_NULL = TAG + "null"

# Line ends to YAML 1.1, and to nobody else: they would shift every line number below them.
_YAML_LINE_ENDS = "\x85\u2028\u2029"
_DAY = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RFC3339 = pattern(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
# 1:02:30, 62:30 or 3750; to the millisecond.
_CLOCK = pattern(
    r"(?:(?:(?P<hours>[0-9]{1,2}):(?P<below60>[0-5]?[0-9])|(?P<minutes>[0-9]{1,3}))"
    r":(?P<clock>[0-5][0-9](?:\.[0-9]{1,3})?))|(?P<plain>[0-9]{1,6}(?:\.[0-9]{1,3})?)"
)


class Nodes(YAMLHandler):
    """python-frontmatter's YAML, kept as nodes, and the lines where its parts begin.

    ``frontmatter.parse`` strips the body; ``body`` keeps its first line's indentation.
    """

    def __init__(self, problems: Callable[[int, str, str, str], None]) -> None:
        super().__init__()
        self.report = problems
        self.yaml_line = 1
        self.body = ""
        self.broken_keys: set[str] = set()

    def split(self, text: str) -> tuple[str, str]:
        assert self.FM_BOUNDARY is not None
        opening = self.FM_BOUNDARY.match(text)
        if opening is None:
            raise ValueError
        # A boundary begins a line: to look for those lines is faster than to try at each character.
        closing, at = None, opening.end()
        while closing is None and (at := text.find("\n---", at) + 1):
            closing = self.FM_BOUNDARY.match(text, at)
        if closing is None:
            raise ValueError
        self.yaml_line = 1 + text.count("\n", 0, opening.end())
        self.body = text[closing.end() :]
        return text[opening.end() : closing.start()], self.body

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        def report(line: int, *rest: str) -> None:
            self.report(self.yaml_line + line, *rest)

        for char in _YAML_LINE_ENDS:
            fm = fm.replace(char, " ")
        node, self.broken_keys = compose(fm, report)
        return {"": node}


@dataclass(slots=True)
class Form:
    """Reads nodes and notes each mistake with its line and dotted key.

    ``opening`` is the line of the first ``---``, ``yaml_line`` that of the nodes' line 0.
    """

    path: str
    opening: int
    yaml_line: int
    problems: list[Problem]

    def wrong(self, node: yaml.Node | int, key: str, message: str, remedy: str = "") -> None:
        line = node if isinstance(node, int) else self.yaml_line + node.start_mark.line
        self.problems.append(Problem(self.path, line, key, message, remedy))

    def mapping(
        self, node: yaml.Node, key: str, known: tuple[str, ...], required: Mapping[str, str]
    ) -> dict[str, yaml.Node] | None:
        """A mapping's nodes by key, without the empty ones.

        Unknown, repeated and missing keys are mistakes; ``required`` gives their remedies.
        """
        if not isinstance(node, yaml.MappingNode):
            message = "must be a table of keys" if key else "the front matter has no keys"
            self.wrong(node, key, message, _known_keys(known))
            return None
        found: dict[str, yaml.Node] = {}
        meant: set[str] = set()
        for name_node, value in node.value:
            name = name_node.value if isinstance(name_node, yaml.ScalarNode) else ""
            if name in known and name not in found:
                found[name] = value
                continue
            shown = text.shortened(text.visible(text.one_line(name)), 60)
            dotted = f"{key}.{shown}" if key else shown
            if name in found:
                first = self.yaml_line + found[name].start_mark.line
                self.wrong(name_node, dotted, f"stands twice, first in line {first}", "keep one")
            elif shown:
                close = nearest(name, known)
                meant.update(close)
                remedy = f"did you mean {close[0]}?" if close else _known_keys(known)
                self.wrong(name_node, dotted, "is not a key", remedy)
            else:
                self.wrong(name_node, key, "a key must be a word", _known_keys(known))
        for name, remedy in required.items():
            dotted = f"{key}.{name}" if key else name
            if name in found and is_null(found[name]):
                self.wrong(found[name], dotted, "is empty", remedy)
            elif name not in found and name not in meant:
                self.wrong(node if key else self.opening, dotted, "is missing", remedy)
        return {name: value for name, value in found.items() if not is_null(value)}

    def sequence(self, node: yaml.Node, key: str, example: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, key, "must be a list", f"write {example}")
            return []
        return list(node.value)

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
        if kind == "null":
            self.wrong(node, key, "is empty", "write something or remove it")
            return ""
        if kind in _MISREAD:
            remedy = f'put it in quotes: "{text.shortened(raw, 80)}"'
            self.wrong(node, key, _MISREAD[kind](raw), remedy)
            return ""
        value = raw.strip("\n") if lines else text.one_line(raw)
        if bad := text.forbidden_in_xml(value):
            self.wrong(node, key, f"holds the control character U+{ord(bad):04X}", "remove it")
            return ""
        return value.rstrip() if lines else value

    def some_text(self, node: yaml.Node, key: str) -> str:
        """Text that says something."""
        before = len(self.problems)
        value = self.text(node, key)
        if not value and len(self.problems) == before:
            self.wrong(node, key, "is empty", "write something")
        return value

    def choice(self, node: yaml.Node, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(node, key)
        if value and value not in allowed:
            close = nearest(value, allowed)
            remedy = f"did you mean {close[0]}?" if close else "choose one of them"
            self.wrong(node, key, f"{quoted(value)} is none of {', '.join(allowed)}", remedy)
            return ""
        return value

    def boolean(self, node: yaml.Node, key: str) -> bool | None:
        raw = self.scalar(node, key, "true or false")
        if raw is None:
            return None
        if node.tag != TAG + "bool":
            self.wrong(
                node,
                key,
                f"{quoted(raw)} is not true or false",
                "write true or false, without quotes",
            )
            return None
        return raw.lower() in {"true", "yes", "on"}

    def integer(self, node: yaml.Node, key: str, low: int, high: int) -> int | None:
        raw = self.scalar(node, key, "a whole number")
        if raw is None:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", raw):
            wanted = f"write one from {low} to {high}"
            self.wrong(node, key, f"{quoted(raw)} is not a whole number", wanted)
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
        if not _DAY.fullmatch(raw.strip()):
            self.wrong(node, key, f"{quoted(raw)} is not a date", "write it as 2017-12-07")
            return None
        try:
            value = date.fromisoformat(raw.strip())
        except ValueError:
            self.wrong(node, key, f"{raw} is no day of the calendar", "check month and day")
            return None
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.wrong(node, key, f"{raw} is out of range", f"from {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return value

    def moment(self, node: yaml.Node, key: str) -> datetime | None:
        raw = self.scalar(node, key, "a date and time")
        if raw is None:
            return None
        example = "write it as 2017-12-07T16:30:00-06:00"
        form = _RFC3339.fullmatch(raw.strip())
        if form is None:
            self.wrong(node, key, f"{quoted(raw)} is not a date and time", example)
            return None
        if not form["offset"]:
            self.wrong(node, key, f"{quoted(raw)} has no offset from UTC", example)
            return None
        try:
            value = datetime.fromisoformat(raw.strip().upper())
        except ValueError:
            self.wrong(node, key, f"{raw} is no moment of the calendar", example)
            return None
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.wrong(node, key, f"{raw} is out of range", f"from {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return text.fixed_offset(value)

    def seconds(self, node: yaml.Node, key: str) -> float | None:
        raw = self.scalar(node, key, "a time within the recording")
        if raw is None:
            return None
        form = _CLOCK.fullmatch(raw.strip())
        if form is None:
            self.wrong(
                node, key, f"{quoted(raw)} is not a time", "write it as 1:02:30 or as seconds"
            )
            return None
        if form["plain"]:
            return float(form["plain"])
        minutes = int(form["hours"] or 0) * 60 + int(form["below60"] or form["minutes"])
        return round(minutes * 60 + float(form["clock"]), 3)

    def language(self, node: yaml.Node, key: str) -> str:
        value = self.text(node, key)
        if value and not text.is_language(value):
            self.wrong(node, key, f"{quoted(value)} is not a language tag", "such as es-MX or en")
            return ""
        return value

    def url(self, node: yaml.Node, key: str, *, required: bool = False) -> str:
        value = self.some_text(node, key) if required else self.text(node, key)
        if value and not text.is_web_url(value):
            self.wrong(
                node, key, f"{quoted(value)} is not a web address", "such as https://example.org/"
            )
            return ""
        return value


def _known_keys(known: tuple[str, ...]) -> str:
    return f"known keys: {', '.join(known)}"


def quoted(value: str) -> str:
    """What stands in the file, as a message shows it."""
    return repr(text.shortened(value, 80))


def is_null(node: yaml.Node) -> bool:
    """``key:`` with nothing behind it."""
    return node.tag == _NULL and isinstance(node, yaml.ScalarNode)


def _truth(raw: str) -> str:
    truth = raw.lower() in {"true", "yes", "on"}
    return f"unquoted {raw} is the truth value {truth} to YAML, not text"


def _number(raw: str) -> str:
    digits = raw.replace("_", "")
    if re.fullmatch(r"[+-]?[0-9]{1,9}(?::[0-5]?[0-9]){1,4}(?:\.[0-9]*)?", digits):
        number = 0.0
        for part in digits.lstrip("+-").split(":"):
            number = number * 60 + float(part)
        sign = "-" if digits.startswith("-") else ""
        return f"unquoted {raw} is the number {sign}{number:.12g} to YAML (base 60), not text"
    return f"unquoted {text.shortened(raw, 80)} is a number to YAML, not text"


def _date(raw: str) -> str:
    return f"unquoted {raw} is a date to YAML, not text"


# What YAML 1.1 makes of unquoted words, by its tag, said in a person's terms.
_MISREAD: dict[str, Callable[[str], str]] = {
    "bool": _truth,
    "int": _number,
    "float": _number,
    "timestamp": _date,
}


def nearest(name: str, known: tuple[str, ...]) -> list[str]:
    """The known key that ``name`` looks most like, if any does."""
    from difflib import get_close_matches

    return get_close_matches(name.lower(), known, n=1, cutoff=0.6)
