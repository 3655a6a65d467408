"""Where in a JSON document a value stands: Python's reader does not say."""

import json
import re

from feeds.patterns import pattern

# Keys and indices from the top: ("items", 3, "url").
Path = tuple[str | int, ...]
_TOKEN = pattern(r'"(?:[^"\\]|\\.)*+"|[{}\[\],]|[^\s{}\[\],:"]+', re.DOTALL)


class _Walk:
    """The place that a pass over the tokens has come to."""

    def __init__(self) -> None:
        self.path: list[str | int] = []
        self.expecting_key = False

    def step(self, word: str) -> Path | None:
        """The place that begins with this token; None where none does."""
        if word in "}]":
            self.path.pop()
            self.expecting_key = False
            return None
        if word == ",":
            last = self.path[-1]
            if isinstance(last, int):
                self.path[-1] = last + 1
            else:
                self.expecting_key = True
            return None
        if self.expecting_key:
            self.path[-1] = json.loads(word, strict=False)
            self.expecting_key = False
            return tuple(self.path)
        place = tuple(self.path)
        if word in "{[":
            self.path.append("" if word == "{" else 0)
            self.expecting_key = word == "{"
        return place


def twice_of(text: str) -> list[tuple[int, str]]:
    """The names that stand twice in one object, and the line of each second place."""
    found: list[tuple[int, str]] = []
    walk, line, position = _Walk(), 1, 0
    names: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        word, is_key = token.group(), walk.expecting_key
        walk.step(word)
        if word in "{[":
            names.append(set())
        elif word in "}]":
            names.pop()
        elif is_key and isinstance(name := walk.path[-1], str):
            if name in names[-1]:
                found.append((line, name))
            names[-1].add(name)
    return found


def lines_of(text: str, wanted: set[Path]) -> dict[Path, int]:
    """The lines on which those places begin, in one pass over JSON that was read already."""
    found: dict[Path, int] = {}
    if not wanted:
        return found
    walk, line, position = _Walk(), 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        place = walk.step(token.group())
        if place in wanted and place is not None:
            found.setdefault(place, line)
    return found
