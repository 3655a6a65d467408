"""What a relay's log says it took: the deliveries' tokens in it.

Postfix's ``cleanup`` writes the Message-ID beside the queue id while the message is still
coming in, and throws it away when the connection is lost; ``qmgr`` names the queue id as
``queue active`` once it is whole and on disk. Both together are an acceptance. Exim's ``<=``
line is one by itself. For other relays, a list with a Message-ID a line will do.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from feeds.tokens import SHAPE

_TOKEN = f"({SHAPE})".encode()
_POSTFIX_ID = re.compile(rb"/cleanup\[\d+\]: ([0-9A-Za-z]{6,}): message-id=<" + _TOKEN + rb"@")
_POSTFIX_QUEUED = re.compile(
    rb"/qmgr\[\d+\]: ([0-9A-Za-z]{6,}): from=<.*\(queue active\)|"
    rb"/cleanup\[\d+\]: ([0-9A-Za-z]{6,}): (?:milter-)?hold: "
)
_EXIM = re.compile(rb" <= \S+ .*\bid=" + _TOKEN + rb"@")
_LISTED = re.compile(rb"\s*<?" + _TOKEN + rb"@[^\s<>]+>?\s*")


@dataclass(frozen=True, slots=True)
class Log:
    """What a log says: tokens of the messages that the relay took, and of all that it names."""

    accepted: frozenset[str]
    named: frozenset[str]


def read(lines: Iterable[bytes]) -> Log:
    """What the relay took, in any order of the lines.

    Where a queue id was used again (Postfix's short ones are), the order does matter: a line
    about it means the message that was named last.
    """
    named: dict[bytes, bytes] = {}
    queued: set[bytes] = set()
    found: set[bytes] = set()
    every: set[bytes] = set()
    for line in lines:
        if match := _POSTFIX_ID.search(line):
            queue, token = match.groups()
            named[queue] = token
            every.add(token)
            if queue in queued:
                queued.remove(queue)
                found.add(token)
        elif match := _POSTFIX_QUEUED.search(line):
            queue = match[1] or match[2]
            if queue in named:
                found.add(named[queue])
            else:
                queued.add(queue)
        elif match := _EXIM.search(line) or _LISTED.fullmatch(line):
            found.add(match[1])
    return Log(_words(found), _words(found | every))


def _words(tokens: set[bytes]) -> frozenset[str]:
    return frozenset(token.decode("ascii") for token in tokens)
