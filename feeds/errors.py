"""The error tree: everything that is a person's or the world's doing, never a bug.

::

    TalkfeedsError              what the command line prints without a traceback
    ├── UsageError              the words of the command are off (exit status 2)
    ├── ContentError            the publication's own files say something impossible (1)
    └── WorldError              the disk, the network or another process said no (1)
        ├── FullDiskError       there is no room: whatever else is written there fails as well
        ├── ChangedError        a file became another one while it was read: begin again
        └── LostError           what was kept for later cannot be read back: do without it

A ``ContentError`` carries every ``Problem`` that was found, not the first one. Any other
exception that reaches the command line is a bug and keeps its traceback.
"""

import errno
from collections.abc import Iterable
from typing import NamedTuple

# A disk without room, a quota that is used up, a file system whose files end earlier.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Problem(NamedTuple):
    """One mistake: where it stands, what is wrong and what to do.

    ``path`` is relative to the publication's root, with forward slashes. ``line`` counts
    from 1; 0 says that the problem belongs to the file as a whole. ``key`` is the front
    matter or settings key (dotted below a table), empty where there is none.
    """

    path: str
    line: int
    key: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        subject = f"{self.key}: " if self.key else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{where}: {subject}{self.message}{remedy}"


class TalkfeedsError(Exception):
    """The root: ``str()`` gives the message, the subject and the cause, ready to print."""


class UsageError(TalkfeedsError):
    """The command was called in a way that it cannot be understood."""


class ContentError(TalkfeedsError):
    """One or more ``Problem`` in the publication's files, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class WorldError(TalkfeedsError):
    """Something outside said no: ``subject`` (a path, a host), the cause, the remedy."""

    def __init__(self, subject: str, cause: str, remedy: str = "") -> None:
        self.subject, self.cause, self.remedy = subject, cause, remedy
        super().__init__(subject, cause, remedy)

    def __str__(self) -> str:
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{self.subject}: {self.cause}{remedy}"


class FullDiskError(WorldError):
    """There is no room where ``subject`` was to be written."""


def unwritable(subject: str, error: OSError, remedy: str = "", what: str = "written") -> WorldError:
    """What a person is told when a file cannot be written."""
    kind = FullDiskError if error.errno in NO_ROOM else WorldError
    return kind(subject, f"cannot be {what}: {(error.strerror or str(error)).lower()}", remedy)


class ChangedError(WorldError):
    """A file is not what it was when the work began; the work can begin again."""


class LostError(WorldError):
    """What was kept for later cannot be read back; the work can be done without it."""
