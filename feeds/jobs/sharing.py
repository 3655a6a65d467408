"""Values that many talks have in common, held once: they came from files, or other processes, each
with its own."""

from dataclasses import replace
from typing import TypeVar

from feeds.jobs.records import Known
from feeds.model import Speaker, Talk

Value = TypeVar("Value")


class Shared:
    """Gives for each value the first one that equals it: of texts, days, and tuples and values of
    those. (Moments are no such thing: they equal those of other offsets.)"""

    def __init__(self) -> None:
        self._first: dict[object, object] = {}

    def of(self, value: Value) -> Value:
        """The first that equals ``value``."""
        return self._first.setdefault(value, value)  # type: ignore[return-value] # it equals value

    def known(self, known: Known, path: str, stamp: str) -> Known:
        """What is known of the talk at ``path``, with its ``stamp``."""
        of = self.of
        where = tuple(map(of, known.where[:2])) + known.where[2:]
        return replace(
            known,
            stamp=stamp,
            talk=self.talk(known.talk, path),
            where=where,
            references=of(known.references),
        )

    def talk(self, talk: Talk, path: str) -> Talk:
        """The same talk."""
        of = self.of
        return replace(
            talk,
            date=of(talk.date),
            language=of(talk.language),
            speakers=tuple(map(self._speaker, talk.speakers)),
            event=of(talk.event),
            kind=of(talk.kind),
            level=of(talk.level),
            tags=of(tuple(map(of, talk.tags))),
            abstract_language=of(talk.abstract_language),
            license=of(talk.license),
            source=path if path == talk.source else talk.source,
        )

    def _speaker(self, speaker: Speaker) -> Speaker:
        found = self._first.get(speaker)
        if found is None:
            told = (speaker.name, speaker.role, speaker.organization, speaker.url)
            found = self._first[speaker] = Speaker(*map(self.of, told))
        return found  # type: ignore[return-value] # it equals the speaker
