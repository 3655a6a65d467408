"""Which day of the event a heading or a file's name speaks of."""

import re

from feeds.notes.words import CALENDAR_WORDS, CARDINALS, DAY_NOUNS, ORDINAL_ENDINGS, ORDINALS, fold

_TOKEN = re.compile(r"[a-z]+|[0-9]+")
_MONTHS_AND_YEARS = 4  # digits at most: "Día 2, 7 de diciembre de 2017"


def heading_day(text: str) -> int | None:
    """The number in a heading that is nothing but a day: "Día 2", "Day 2: Thursday, Dec 7"."""
    folded = fold(text)
    found = _find(_TOKEN.findall(folded))
    # A sign that is no token (日, $, ?) makes it more than a day.
    if found is None or re.search(r"[^a-z0-9\s.,:;/()–—-]", folded):
        return None
    number, others = found
    return number if all(_is_calendar(token) for token in others) else None


def day_within(text: str) -> int | None:
    """The number of a day named anywhere in ``text``: "KubeCon 2017, Día 2 (Austin)"."""
    found = _find(_TOKEN.findall(fold(text)))
    return found[0] if found else None


def file_day(source: str) -> int | None:
    """The number in the last part of a path: ``notes/kubecon-2017-dia-2.md``, ``day2.md``."""
    return day_within(re.split(r"[/\\]", source)[-1][-80:])


def _find(tokens: list[str]) -> tuple[int, list[str]] | None:
    """The day's number and the tokens that do not belong to it."""
    for index, token in enumerate(tokens):
        if token not in DAY_NOUNS:
            continue
        ordinal = _ordinal(tokens[:index])
        if ordinal:
            number, length = ordinal
            return number, tokens[: index - length] + tokens[index + 1 :]
        after = _number(tokens[index + 1 : index + 2])
        if after is not None:
            return after, tokens[:index] + tokens[index + 2 :]
    return None


def _number(tokens: list[str]) -> int | None:
    if not tokens:
        return None
    if tokens[0].isdecimal():
        return int(tokens[0]) if len(tokens[0]) <= 3 else None
    return CARDINALS.get(tokens[0])


def _ordinal(tokens: list[str]) -> tuple[int, int] | None:
    """The ordinal that ends ``tokens``, and how many of them it is: "2nd", "segundo"."""
    if tokens and tokens[-1] in ORDINALS:
        return ORDINALS[tokens[-1]], 1
    if tokens[-1:] and tokens[-1] in ORDINAL_ENDINGS:
        number = _number(tokens[-2:-1])
        return (number, 2) if number is not None else None
    return None


def _is_calendar(token: str) -> bool:
    if token.isdecimal():
        return len(token) <= _MONTHS_AND_YEARS
    return token in CALENDAR_WORDS
