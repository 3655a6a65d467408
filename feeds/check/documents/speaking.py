"""Faults in a person's language: templates are looked up, then values are put in."""

import re
from collections.abc import Callable, Iterator

from feeds.check.documents.rules import RULES
from feeds.check.documents.sayings import SAYINGS, taken_apart
from feeds.check.documents.sheet import Fault

Translate = Callable[[str], str]

_OF = re.compile(r"(\S+) of <(.+)>")
_ATTRIBUTE = "{attribute} of <{element}>"
_ONE_OF = "one of {words}"
_PREFIX = "one of "


def in_words(fault: Fault, translate: Translate) -> tuple[str, str]:
    """The message and the remedy; ``translate`` gives a template back that it does not know."""
    row = fault.row
    values = {key: _value(key, value, translate) for key, value in fault.values.items()}
    return translate(row.message).format_map(values), translate(row.remedy).format_map(values)


def _value(key: str, value: str, translate: Translate) -> str:
    """What of a value is in English: places, what was wanted, and causes."""
    if key == "where" and (found := _OF.fullmatch(value)):
        return translate(_ATTRIBUTE).format(attribute=found[1], element=found[2])
    if key == "wanted" and value.startswith(_PREFIX):
        return translate(_ONE_OF).format(words=value.removeprefix(_PREFIX))
    if key == "detail" and (said := taken_apart(value)):
        return translate(said[0]).format_map(said[1])
    return translate(value) if key in {"where", "wanted", "detail"} and value else value


def templates() -> Iterator[str]:
    """Every template that a catalog must have."""
    yield from (_ATTRIBUTE, _ONE_OF, *SAYINGS)
    for rule in RULES.values():
        yield rule.message
        yield rule.remedy
