"""What a rule is, and the ways of being wrong that most vocabularies share."""

from collections.abc import Iterable
from dataclasses import dataclass

from feeds.check import Level


@dataclass(frozen=True, slots=True)
class Rule:
    """``message`` and ``remedy`` are templates in English; ``source`` names the section."""

    level: Level
    source: str
    message: str
    remedy: str


_SHARED: dict[str, tuple[str, str]] = {
    "missing": ("<{parent}> has no <{element}>", "add one"),
    "twice": ("<{parent}> has more than one <{element}>", "keep one"),
    "unknown": ("<{element}> does not belong into <{parent}>", "correct its name, or remove it"),
    "attribute-missing": ("<{element}> has no attribute {attribute}", "add it"),
    "attribute-unknown": (
        "<{element}> does not have an attribute {attribute}",
        "correct its name, or remove it",
    ),
    "content": ("<{element}> holds text where none belongs", "remove the text"),
    "empty": ("<{element}> is empty", "write something, or remove the element"),
    "space": ("{where} has white space around its value", "remove the white space"),
}
VALUE = ("{where}: “{value}” is not {wanted}", "correct the value")
VALUES = {
    "uri": "write a whole address, with other characters percent-encoded",
    "date": "write the date in that form",
    "language": "write a tag such as es-MX",
    "media-type": "write a type such as audio/mpeg",
    "email": "write an address",
    "number": "write a number",
    "duration": "write it so",
    "time": "write it so",
    "uuid": "write a UUID",
    "choice": "write one of those",
    "category": "take one of Apple's list",
}


def shared(
    vocabulary: str, source: str, words: str, level: Level = Level.ERROR
) -> Iterable[tuple[str, Rule]]:
    """A row for each of ``words``, called ``vocabulary-word``."""
    for word in words.split():
        if word in VALUES:
            message, remedy = VALUE[0], VALUES[word]
        else:
            message, remedy = _SHARED[word]
        yield f"{vocabulary}-{word}", Rule(level, source, message, remedy)


STRUCTURE = "missing twice unknown attribute-missing attribute-unknown content"
