"""What a build goes to, and what it comes to."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from feeds.jobs.loading import Loaded
from feeds.model import Changes, Copy, Kept, Output, Staged


class Destination(Protocol):
    """Where a build goes: all of it, or nothing."""

    def hold(self) -> AbstractContextManager[object]:
        """Keep other builds out, for as long as this one lasts."""
        ...

    def write(
        self, outputs: Iterator[Output | Copy | Staged | Kept], known: frozenset[str] | None = None
    ) -> Changes:
        """Consume every output, then put those in place that differ and remove the rest.

        When ``outputs`` raises, nothing has changed. ``known``: every path that is there.
        """
        ...

    def stage(self, output: Output | Copy) -> Staged | Kept:
        """Take one output, in any process that ``write`` began."""
        ...


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to. ``missing``: paths that talks name but ``content/`` lacks.
    ``podcast_url``: where the podcast is, also a private one; empty while no talk has audio.
    ``left_out``: audio and transcripts that are not what their record says, with the reason.
    ``paths`` is all that was built, below the output folder; ``touched`` what alone was made this
    time, where nothing came and nothing went; ``known`` says that all of it was as an earlier build
    had left it.
    """

    loaded: Loaded
    changes: Changes
    missing: tuple[str, ...]
    podcast_url: str = ""
    left_out: tuple[str, ...] = ()
    paths: Collection[str] = ()
    touched: tuple[str, ...] | None = None
    known: bool = False
