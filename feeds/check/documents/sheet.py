"""What a check of one document writes down."""

import dataclasses
from collections import Counter
from dataclasses import dataclass, field

from feeds.check import Level
from feeds.check.documents.rules import RULES
from feeds.check.documents.ruling import Rule
from feeds.text import one_line

# So many of one rule are told; who has more will see the rest when these are gone.
_MOST = 100
# HTML of so many letters is read for its form: three seconds.
_MOST_LETTERS = 16 << 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where a rule does not hold; ``line`` counts from 1.

    ``values`` go into the rule's templates; ``section`` is the specification's, more closely.
    """

    line: int
    rule: str
    level: Level
    section: str = ""
    values: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def row(self) -> Rule:
        """The rule."""
        return RULES[self.rule]

    @property
    def source(self) -> str:
        """Who demands it."""
        return self.section or self.row.source

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.row.message.format_map(self.values)

    @property
    def remedy(self) -> str:
        """What to do, in English."""
        return self.row.remedy.format_map(self.values)


@dataclass(frozen=True, slots=True)
class Target:
    """One document to look at: a path or an address. ``found``: met in a folder, not named."""

    name: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What other documents may say differently: ``updated`` and the link as they are written."""

    id: str
    line: int
    title: str = ""
    url: str = ""
    updated: str = ""


@dataclasses.dataclass(slots=True)
class Facts:
    """What a document says of itself to others. ``kind``: atom, rss, json, opml, app, or empty."""

    kind: str = ""
    self_url: str = ""
    links: dict[str, tuple[str, int]] = field(default_factory=dict)
    archive: bool = False
    entries: list[Entry] = field(default_factory=list)


class Sheet:
    """Faults of one document, in the order in which they were found.

    Where it is not ``thorough``, what an author cannot change any more is left out: an id stays.
    """

    def __init__(self, *, thorough: bool = True) -> None:
        self.thorough = thorough
        self.faults: list[Fault] = []
        self.facts = Facts()
        self._counts: Counter[str] = Counter()
        self._unread = _MOST_LETTERS

    def say(self, rule: str, line: int, /, **values: object) -> None:
        """Note a fault of ``rule``; the values are shortened to a line.

        Two values are not the rule's: ``section``, its place in the specification, and ``level``.
        """
        section = str(values.pop("section", ""))
        level = Level(str(values.pop("level", None) or RULES[rule].level))
        self._counts[rule] += 1
        if self._counts[rule] <= _MOST:
            said = {key: shown(str(value)) for key, value in values.items()}
            self.faults.append(Fault(line, rule, level, section, said))

    def reads(self, letters: int) -> bool:
        """Whether so much may be read once more: what takes long is done for as much as feeds have,
        and not for as much as a document may have."""
        self._unread -= letters
        return self._unread >= 0

    @property
    def has_errors(self) -> bool:
        """Whether anything here is an error."""
        return any(fault.level is Level.ERROR for fault in self.faults)


def shown(text: str) -> str:
    """A value as a message shows it: a line of at most 80 characters, nothing invisible."""
    line = one_line(text[:400])
    line = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in line)
    return line if len(line) <= 80 else line[:79] + "…"
