"""What a sink does wrong, and when: one line of text a fault, the same in tests and commands.

    STEP [SELECTOR …] ACTION

STEP is ``connect``, ``ehlo``, ``starttls``, ``auth``, ``mail``, ``rcpt``, ``data``, ``text`` (the
first bytes of a message came), ``end`` (its last dot came) or ``accepted`` (it was recorded,
but not answered yet). ACTION is a reply (``450 4.2.0 later``; after 421 the connection is
closed), ``cut`` (reset at once), ``close`` (closed in peace), ``mute`` (silence) or ``drip`` (the
usual reply, a byte at a time). A SELECTOR narrows it: ``every=N`` (each Nth time), ``first=N``,
``only=N`` (the Nth), ``after=N`` (once N messages came on this connection), ``to=TEXT`` (in the
recipient). Numbers count what the other selectors let through, over all connections.
"""

import re
from dataclasses import dataclass, field

STEPS = (
    "connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "text", "end", "accepted",
)  # fmt: skip
_SELECTOR = re.compile(r"(every|first|only|after|to)=(\S+)")


@dataclass
class Fault:
    """One line, read. ``seen`` counts."""

    step: str
    action: str
    numbers: dict[str, int] = field(default_factory=dict)
    to: str = ""
    seen: int = 0

    def strikes(self, recipient: str, carried: int) -> bool:
        """Whether it happens this time."""
        if self.to not in recipient or carried < self.numbers.get("after", 0):
            return False
        self.seen += 1
        rules = {
            "every": lambda number: self.seen % number == 0,
            "first": lambda number: self.seen <= number,
            "only": lambda number: self.seen == number,
        }
        return all(rules[name](number) for name, number in self.numbers.items() if name in rules)


def read_fault(line: str) -> Fault:
    """A line → Fault; ValueError for a step that does not exist."""
    step, _, rest = line.strip().partition(" ")
    if step not in STEPS:
        raise ValueError(f"{step!r} is none of {', '.join(STEPS)}")
    fault = Fault(step, "")
    while found := _SELECTOR.match(rest):
        if found[1] == "to":
            fault.to = found[2]
        else:
            fault.numbers[found[1]] = int(found[2])
        rest = rest[found.end() :].lstrip()
    fault.action = rest
    if not re.fullmatch(r"cut|close|mute|drip|[2-5]\d\d( .*)?", rest):
        raise ValueError(f"{rest!r} is no action")
    return fault
