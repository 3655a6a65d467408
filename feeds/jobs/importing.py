"""Import: a day of raw notes → talk files. Adds files, and never changes one that is there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from feeds import entry
from feeds.jobs.loading import Source, read_settings, read_talks
from feeds.model import Event, Output, Publication, Talk
from feeds.notes import Reading, Remark, read_notes
from feeds.text import is_web_url


class Notebook(Protocol):
    """Where new talk files go, and where the notes' own attachments lie."""

    def add(self, outputs: Iterable[Output]) -> None:
        """Create files, all or none; an existing one is never replaced."""
        ...

    def bring(self, path: str) -> bool:
        """Copy an attachment from beside the notes to ``content/<path>``, if it is there."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One talk of the notes: ``state`` is created, unchanged or kept.

    ``kept`` files say something else than the notes; ``missing`` are the lines of the notes
    that they do not hold.
    """

    path: str
    talk: Talk
    state: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything that became of a file of notes; ``slides`` were copied along."""

    outcomes: tuple[Outcome, ...]
    remarks: tuple[Remark, ...]
    slides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the person who imports says about the notes."""

    event: Event | None = None
    first_day: date | None = None
    day: date | None = None
    language: str = ""
    abstract_language: str = ""


def import_notes(
    source: Source, notebook: Notebook, text: str, path: str, facts: Facts, *, dry_run: bool
) -> Imported:
    """Read notes, add what is new. Importing the same notes again changes nothing.

    A talk is known by its id, wherever its file was moved and whatever was edited in it.
    """
    publication = read_settings(source)
    present = read_talks(source, publication)
    reading = read_notes(
        text,
        publication=publication,
        event=facts.event,
        first_day=facts.first_day,
        day=facts.day,
        language=facts.language,
        abstract_language=facts.abstract_language,
        source=path,
    )
    outcomes = _outcomes(reading, present)
    slides: list[str] = []
    if not dry_run:
        notebook.add(
            [_file(outcome, publication) for outcome in outcomes if outcome.state == "created"]
        )
        wanted = (outcome.talk.slides for outcome in outcomes)
        slides = [name for name in wanted if name and not is_web_url(name) and notebook.bring(name)]
    return Imported(tuple(outcomes), reading.remarks, tuple(slides))


def _file(outcome: Outcome, publication: Publication) -> Output:
    """The new talk's file, read back: what an import writes, every later build accepts."""
    data = entry.write(outcome.talk, publication).encode()
    entry.parse(data, outcome.path, publication)
    return Output(outcome.path, data)


def _outcomes(reading: Reading, present: Iterable[Talk]) -> list[Outcome]:
    known = {talk.id: talk for talk in present}
    slugs = {talk.slug for talk in known.values()}
    paths = {talk.source for talk in known.values()}
    outcomes = []
    for draft in reading.drafts:
        talk = draft.talk
        if talk.id in known:
            outcomes.append(_met(talk, known[talk.id]))
            continue
        slug, number = talk.slug, 1
        while slug in slugs or f"content/talks/{slug}.md" in paths:
            number += 1
            slug = f"{talk.slug}-{number}"
        slugs.add(slug)
        talk = replace(talk, slug=slug)
        outcomes.append(Outcome(f"content/talks/{slug}.md", talk, "created"))
    return outcomes


def _met(talk: Talk, present: Talk) -> Outcome:
    """A talk of the notes that has a file already."""
    # A slug that was taken made the file another name; that alone is no edit.
    same = replace(talk, source=present.source, slug=present.slug) == present
    if same:
        return Outcome(present.source, present, "unchanged")
    held: Mapping[str, None] = dict.fromkeys(
        line.strip() for line in f"{present.notes}\n{present.abstract}".split("\n")
    )
    lines = f"{talk.notes}\n{talk.abstract}".split("\n")
    missing = tuple(line for line in lines if line.strip() and line.strip() not in held)
    return Outcome(present.source, present, "kept", missing)
