"""Front matter that YAML cannot read, or reads otherwise than meant: where, why, what to do.

libyaml stops at its first error and speaks of tokens. Here each error is said in a person's
terms, at the line where it was made; what it spoils is set aside and the rest is read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from feeds.patterns import pattern

MAX_NESTING = 20
TOP_KEY = pattern(r"([A-Za-z_][\w-]*)\s*:(?:\s|$)")
# Rounds × length are bounded, so that a megabyte of broken lines is refused within seconds.
_MIN_ROUNDS, _MAX_WORK = 10, 2_000_000

_Whole: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Whole):  # type: ignore[misc] # libyaml's, which has no types
    """PyYAML's, which asks for the tag of every node: here without paths, which nobody has told."""

    def resolve(self, kind: type, value: str, implicit: tuple[bool, bool]) -> Any:
        """The tag of a node that bears none."""
        if kind is not yaml.ScalarNode:
            sequence = kind is yaml.SequenceNode
            return self.DEFAULT_SEQUENCE_TAG if sequence else self.DEFAULT_MAPPING_TAG
        if implicit[0]:
            for tag, form in self.yaml_implicit_resolvers.get(value[:1], ()):
                if form.match(value):
                    return tag
        return self.DEFAULT_SCALAR_TAG


_OPENERS = ("[", "{", "- ", "-\t", "? ", "?\t")
_WORD = pattern(r"\s*([A-Za-z_][\w-]*)")
_CLOSINGS = {"'": "quotation mark", '"': "quotation mark", "]": "]", "}": "}"}
_QUOTE = "put the whole value in quotes"
_OTHER_QUOTES = "put the whole value in the other kind of quotes"
_INDICATORS = tuple(",[]{}#&*!|>'\"%@`-?:")
_TAB = ("a tab stands where YAML wants blanks", "indent with blanks")
_UNCLOSED = (
    "the quotation mark that opens here is never closed",
    f"close it, or {_OTHER_QUOTES}",
)
_NO_KEY = (
    "is no key with a value",
    'write "key: value", a blank after the colon, or indent it below its key',
)
_MISALIGNED = ("is not indented like the lines above it", "line it up with them, with blanks")
_ANCHOR = ("a value that begins with & is an anchor to YAML", _QUOTE)
_ALIAS = ("a value that begins with * is an alias to YAML", _QUOTE)
_TAGGED = ("a value that begins with ! is a tag to YAML", _QUOTE)
_NOT_AT_MARGIN = (
    ("%", "a line cannot begin with % in YAML", "remove it"),
    ("...", "... ends the YAML here", "remove the line"),
    ((" ", "\t"), "is indented, and the lines below it are not", "begin it at the margin"),
)
# What libyaml says, "context: problem" → whether it was made where the context begins; why; remedy.
_SAID = (
    ("quoted scalar: .*(?:end of stream|document indicator)", True, *_UNCLOSED),
    (
        "quoted scalar: ",
        False,
        "a backslash within double quotes begins an escape",
        "write two of them, or use single quotes",
    ),
    ("tab character", False, *_TAB),
    ("anchor", False, *_ANCHOR),
    ("alias", False, *_ALIAS),
    (r"\btag\b", False, *_TAGGED),
    (
        "block scalar: ",
        True,
        "a value that begins with | or > is a block of the lines below",
        _QUOTE,
    ),
    ("simple key: ", True, *_NO_KEY),
    (
        "another document",
        False,
        "--- begins another document here",
        "remove it, or indent the line",
    ),
    (
        "unexpected ':'",
        False,
        "a colon within braces wants a blank behind it",
        "add the blank, or put the value in quotes",
    ),
    ("directive", False, "a line cannot begin with % in YAML", "remove it, or quote the value"),
)
# Where a node may begin: text is full of both signs elsewhere.
_MAYBE_ANCHOR = pattern(r"""&(?<![^\s\[\]{},:?"'-]&)(?=\S)""")
_MAYBE_TAG = pattern(r"""!(?<![^\s\[\]{},:?"'-]!)""")


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: its line, from 0, the cause and the remedy."""

    line: int
    cause: str
    remedy: str


def compose(
    source: str, report: Callable[[int, str, str, str], None]
) -> tuple[yaml.Node | None, set[str]]:
    """The YAML's nodes, without what cannot be read, and the top-level keys that this cost.

    ``report`` gets the line (from 0), key, cause and remedy of each mistake.
    """
    lines = source.split("\n")
    broken: set[str] = set()
    for _ in range(_MIN_ROUNDS + _MAX_WORK // (1 + len(source))):
        found = _read(lines)
        if not isinstance(found, Fault):
            return found, broken
        _set_aside(found, lines, broken, report)
    report(0, "", "holds more lines that YAML cannot read", "correct the others first")
    return None, broken | {"title", "date"}  # unread is not missing


def _read(lines: list[str]) -> yaml.Node | Fault | None:
    source = "\n".join(lines)
    if deep := _too_deep(source):
        return deep
    try:
        node: yaml.Node | None = yaml.compose(source, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        return _explain(error, lines)
    return _indicator(source) or node


def _set_aside(
    fault: Fault,
    lines: list[str],
    broken: set[str],
    report: Callable[[int, str, str, str], None],
) -> None:
    """Report a fault, and blank its key or, where it belongs to none, its line."""
    at = min(fault.line, len(lines) - 1)
    while at > 0 and not lines[at].strip():  # what is missing at the end is found behind it
        at -= 1
    first = at
    while first > 0 and not TOP_KEY.match(lines[first]):
        first -= 1
    key = TOP_KEY.match(lines[first])
    loose = not key or (first != at and not lines[at][:1].isspace())
    if loose:
        first = at
        if not re.match(r"-\s", lines[at]):
            key = TOP_KEY.match(lines[at].lstrip())
    report(at, key[1] if key else "", fault.cause, fault.remedy)
    for number in range(first, len(lines)):
        line = lines[number]
        if number > first and (TOP_KEY.match(line) or (loose and re.match(r"\S", line))):
            break
        if word := _WORD.match(line):
            broken.add(word[1])
        lines[number] = ""


def _events(source: str) -> Iterator[Any]:
    """YAML's events as far as it can be read; all of libyaml's carry marks."""
    try:
        yield from yaml.parse(source, Loader=_Loader)
    except yaml.YAMLError:
        return


def _too_deep(source: str) -> Fault | None:
    """Nesting beyond reason; libyaml's composer crashes on 100,000 levels."""
    openers = sum(map(source.count, _OPENERS))
    if openers <= MAX_NESTING and source.count("\n ") <= MAX_NESTING:
        return None
    depth = 0
    for event in _events(source):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_NESTING:
            return Fault(
                event.start_mark.line,
                f"is nested more than {MAX_NESTING} deep",
                "a talk needs no more than three",
            )
    return None


def _indicator(source: str) -> Fault | None:
    """Legal YAML that means something else than it looks: anchors and tags."""
    # One after the other: a single sign is looked for without trying at each character.
    if not (_MAYBE_ANCHOR.search(source) or _MAYBE_TAG.search(source)):
        return None
    for event in _events(source):
        if getattr(event, "anchor", None):  # an alias alone is an error of libyaml's already
            return Fault(event.start_mark.line, *_ANCHOR)
        if getattr(event, "tag", None):
            return Fault(event.start_mark.line, *_TAGGED)
    return None


def _explain(error: yaml.MarkedYAMLError, lines: list[str]) -> Fault:
    """libyaml's error at the line where it was made, and in a person's terms."""
    mark: Any = error.problem_mark
    begun: Any = error.context_mark or mark
    said = f"{error.context or ''}: {error.problem}"
    for wanted, where_begun, cause, remedy in _SAID:
        if re.search(wanted, said):
            return Fault(begun.line if where_begun else mark.line, cause, remedy)
    lines = [*lines, ""]  # the end may be found behind the last line
    if "flow" in said:
        return _in_brackets(said, begun, mark, lines)
    if "mapping values" in said:
        return _second_colon(mark, lines)
    if re.search("any token|not allowed in this context|node content", said):
        return _first_character(mark, lines)
    if "did not find expected" in said:
        return _out_of_line(said, mark.line, lines)
    # Nothing that libyaml 0.2.5 is known to say; another one may.
    cause = f"YAML cannot read this: {error.problem}"  # pragma: no cover
    return Fault(mark.line, cause, "put values in quotes")  # pragma: no cover


def _first_character(mark: Any, lines: list[str]) -> Fault:
    character = lines[mark.line][mark.column : mark.column + 1]
    if character == "\t":
        return Fault(mark.line, *_TAB)
    if character not in _INDICATORS:
        return Fault(mark.line, *_MISALIGNED)
    return Fault(mark.line, f"a value cannot begin with {character} in YAML", _QUOTE)


def _second_colon(mark: Any, lines: list[str]) -> Fault:
    """A colon where no key can stand, because of its own line or of a loose one above."""
    key = TOP_KEY.match(lines[mark.line])
    if key and mark.column < key.end():
        for above in range(mark.line - 1, -1, -1):
            if re.match(r"[^\s#]", lines[above]) and not TOP_KEY.match(lines[above]):
                return Fault(above, *_NO_KEY)
    remedy = _QUOTE if key else f"{_QUOTE}; a key of its own stands further left"
    return Fault(mark.line, "a colon followed by a blank begins a value in YAML", remedy)


def _in_brackets(said: str, begun: Any, mark: Any, lines: list[str]) -> Fault:
    opener = lines[begun.line][begun.column : begun.column + 1]
    opener = opener if opener in {"[", "{"} else "bracket"
    line = lines[mark.line]
    if not line.strip() or (mark.line > begun.line and TOP_KEY.match(line)):
        cause = f"the {opener} that opens here is never closed"
        return Fault(begun.line, cause, f"close it, or {_QUOTE}")
    if "node content" in said:
        return _first_character(mark, lines)
    return Fault(
        mark.line,
        f"a comma is missing within the {opener}",
        "put commas between the items, and quotes around those that hold : , [ or {",
    )


def _out_of_line(said: str, at: int, lines: list[str]) -> Fault:
    """Something follows where the value before it, or the lines above it, had ended."""
    if "document start" in said:
        for number, line in enumerate(lines[:at]):
            for beginning, cause, remedy in _NOT_AT_MARGIN:
                if line.strip() and line.startswith(beginning):
                    return Fault(number, cause, remedy)
    *_, last = _events("\n".join(lines))
    start, end = last.start_mark, last.end_mark
    closing = lines[end.line][end.column - 1 : end.column] if end.column else ""
    if end.line == at and start.index < end.index and closing in _CLOSINGS:
        if start.line < end.line:
            return Fault(start.line, *_UNCLOSED)
        remedy = _QUOTE if closing in "]}" else _OTHER_QUOTES
        return Fault(at, f"the value goes on after its closing {_CLOSINGS[closing]}", remedy)
    if "block mapping" in said and lines[at].startswith("- "):
        return Fault(at, "a list item cannot follow a value", "give the list a key of its own")
    return Fault(at, *(_NO_KEY if lines[at].startswith(":") else _MISALIGNED))
