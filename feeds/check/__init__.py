"""Rules over what is finished: what they find, said the same way by all of them."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding weighs: an ``error`` stops what was asked for, the others are told."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that does not hold: ``rule`` is its id, ``source`` who demands it.

    ``message`` says what is wrong, ``remedy`` what to do; neither holds a person's address.
    ``line`` counts from 1 in a message, or in the ``part`` of it that is named (``text``,
    ``HTML``); 0 where the whole is meant.
    """

    rule: str
    level: Level
    message: str
    remedy: str
    source: str
    line: int = 0
    part: str = ""

    def __str__(self) -> str:
        return f"{self.level}: {self.rule}: {self.message} ({self.remedy}; {self.source})"


class State(StrEnum):
    """What a check of the surroundings says."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check: of what (``check`` and ``subject``), how it stands, and what to do.

    ``remedy`` is empty where all is well; ``source`` is who demands it.
    """

    check: str
    subject: str
    state: State
    message: str
    remedy: str = ""
    source: str = ""
