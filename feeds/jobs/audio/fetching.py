"""Fetch: ask YouTube what is due, fetch what is wanted and allowed, and write each answer down.

Recordings are worked on in parallel, but a host hears one request at a time; that is the tube's
work. Who says "too many" or "are you a robot?" ends the asking for the whole run. A sidecar is
written when its recording is done, after the file that it names is in its place.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from threading import Event, Lock

from feeds.errors import FullDiskError, WorldError
from feeds.jobs.audio.deciding import (
    ChaptersOf,
    Errand,
    Order,
    There,
    asked_now,
    errands,
    held_until,
    told_chapters,
    wanted_of,
)
from feeds.jobs.audio.parts import Tube, World
from feeds.model import Output, Publication, Talk
from feeds.recordings import (
    BREAKING,
    Answer,
    Asked,
    Facts,
    Outcome,
    Seen,
    Sidecar,
    Stopped,
    Taken,
    Transcript,
    Wanted,
    Words,
)

_log = logging.getLogger(__name__)
# What another run would meet as well: this machine's own troubles end the run.
_LOCAL = frozenset({Outcome.DISK_FULL})


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one recording. ``made`` names the audio file that was made."""

    youtube_id: str
    slugs: tuple[str, ...]
    outcome: Outcome
    said: str = ""
    made: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Fetched:
    """A run. ``held`` until when nobody may be asked; ``left`` recordings were not come to;
    ``stopped`` says why the asking ended early."""

    lines: list[Line] = field(default_factory=list)
    held: datetime | None = None
    left: int = 0
    stopped: str = ""


Progress = Callable[[int, int, Mapping[str, tuple[int, int]]], None]


def fetch(
    publication: Publication,
    talks: Sequence[Talk],
    world: World,
    order: Order,
    told: Progress = lambda _done, _all, _bytes: None,
    chapters_of: ChaptersOf = told_chapters,
) -> Fetched:
    """Ask for what is due and make what is wanted. ``told`` hears how many recordings are done,
    of how many, and the bytes of those under way. KeyboardInterrupt ends it cleanly."""
    with world.shelf.hold():
        found, held = due_errands(publication, talks, world, order, chapters_of)
        run = _Run(publication, world, chapters_of, told)
        run.result.held = held
        if held is not None:
            # What is at hand can still be tagged anew.
            run.result.left = sum(errand.asks for errand in found)
            found = tuple(_unasking(errand) for errand in found if errand.retag)
        if any(errand.audio or errand.retag for errand in found):
            world.studio.check()
        run.work(found)
        return run.result


def due_errands(
    publication: Publication,
    talks: Sequence[Talk],
    world: World,
    order: Order,
    chapters_of: ChaptersOf = told_chapters,
) -> tuple[tuple[Errand, ...], datetime | None]:
    """What there is to do, and until when nobody may be asked. Asks nobody."""
    now, sidecars = world.now(), world.shelf.sidecars()

    def has_file(sidecar: Sidecar) -> bool:
        return sidecar.audio is not None and bool(world.shelf.path_of(sidecar.audio))

    cookies = world.cookies
    found = errands(
        publication,
        talks,
        sidecars,
        There(has_file, world.shelf.keeps),
        order,
        now,
        chapters_of,
        cookies=cookies,
    )
    return found, held_until(sidecars.values(), now, cookies=cookies)


def _unasking(errand: Errand) -> Errand:
    return replace(errand, facts=False, audio=False, subtitles=False, thumbnail=False)


class _Run:
    """One run's state, shared by its threads."""

    def __init__(
        self,
        publication: Publication,
        world: World,
        chapters_of: ChaptersOf,
        told: Progress,
    ) -> None:
        self.publication, self.world, self.chapters_of = publication, world, chapters_of
        self.told, self.total = told, 0
        self.result = Fetched()
        self.broken = Event()
        self.lock = Lock()
        self.bytes: dict[str, tuple[int, int]] = {}
        # What the downloads under way and the files made of them will still take.
        self.promised: dict[str, int] = {}
        # Passes of which YouTube has had enough in this run.
        self.waiting: set[str] = set()
        self.tube: Tube | None = None

    def work(self, found: Sequence[Errand]) -> None:
        """Do the errands, some at a time; no new one begins after a breaker opened."""
        self.total = len(found)
        if not any(errand.asks for errand in found):
            for errand in found:
                self.note(self.one(errand))
            return
        tube = self.tube = self.world.tube()
        waiting, running = list(reversed(found)), set[Future[Line | None]]()
        with ThreadPoolExecutor(self.publication.audio.parallel, "audio") as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < self.publication.audio.parallel:
                        if self.broken.is_set():
                            self.result.left += len(waiting)
                            waiting.clear()
                            break
                        running.add(pool.submit(self.one, waiting.pop()))
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        self.note(future.result())
            except BaseException:
                self.broken.set()
                tube.stop()
                raise

    def note(self, line: Line | None) -> None:
        if line is None:
            self.result.left += 1
        else:
            self.result.lines.append(line)
            _log.info("%s: %s", line.youtube_id, line.outcome)
        with self.lock:
            self.told(len(self.result.lines), self.total, self.bytes)

    def one(self, errand: Errand) -> Line | None:
        """One recording from beginning to end; None when the run ended before it was asked."""
        try:
            if errand.retag:
                errand, line = self._retag(errand)
                if line is not None:
                    return line
            return None if self.broken.is_set() else self._ask(errand)
        except Stopped:
            return None
        except Exception as error:  # noqa: BLE001 # whatever it is, the others go on
            return self._failed(errand, error)

    def _failed(self, errand: Errand, error: Exception) -> Line:
        """What nobody foresaw is an answer as well, and written down where that is possible."""
        _log.debug("%s", errand.youtube_id, exc_info=error)
        answer = _answer_of(error)
        self._break(answer)
        with suppress(WorldError):
            sidecar = self.world.shelf.sidecars().get(errand.youtube_id, errand.sidecar)
            asked = self._asked(answer, errand, sidecar.asked)
            self.world.shelf.keep(replace(sidecar, asked=asked))
        return self._line(errand, answer.outcome, answer.said, "", ())

    def _retag(self, errand: Errand) -> tuple[Errand, Line | None]:
        """New tags for a file that is there; the line when that was all."""
        sidecar, audio = errand.sidecar, errand.sidecar.audio
        assert audio is not None
        wanted = replace(self._wanted(errand, sidecar.facts), copy=True)
        try:
            made = self.world.studio.make(self.world.shelf.path_of(audio), wanted)
        except WorldError as error:
            answer = _answer_of(error)
            self._break(answer)
            return errand, self._line(errand, answer.outcome, answer.said, "", ())
        sidecar = replace(sidecar, audio=made)
        self.world.shelf.keep(sidecar)
        line = None if errand.asks else self._line(errand, Outcome.OK, "", made.name, ())
        return replace(errand, sidecar=sidecar), line

    def _ask(self, errand: Errand) -> Line:
        assert self.tube is not None
        seen = self.tube.look(errand.youtube_id, self._format(errand))
        try:
            return self._use(self.tube, errand, seen)
        finally:
            self.tube.done(seen)

    def _use(self, tube: Tube, errand: Errand, seen: Seen) -> Line:
        remarks: list[str] = []
        answer, made = seen.answer, ""
        sidecar = replace(errand.sidecar, facts=known(errand.sidecar.facts, seen))
        if answer.outcome is Outcome.OK and errand.audio:
            answer, sidecar = self._audio(tube, errand, seen, sidecar)
            made = sidecar.audio.name if sidecar.audio and answer.outcome is Outcome.OK else ""
        sidecar = replace(sidecar, asked=self._asked(answer, errand, sidecar.asked))
        self.world.shelf.keep(sidecar)
        self._break(answer)
        if answer.outcome is Outcome.OK:
            try:
                self._passes(tube, errand, seen, sidecar, remarks)
            except Stopped:
                pass
            except WorldError as error:  # the recording itself is done, and written down
                remarks.append(str(error))
                self._break(_answer_of(error))
        return self._line(errand, answer.outcome, answer.said, made, tuple(remarks))

    def _audio(
        self, tube: Tube, errand: Errand, seen: Seen, sidecar: Sidecar
    ) -> tuple[Answer, Sidecar]:
        youtube_id = errand.youtube_id
        # Twice: the download, and the file that is made of it beside it.
        size = 2 * (seen.size_bytes or 0)
        with self.lock:
            room = self.world.shelf.free_bytes() - size - sum(self.promised.values())
            if room < self.publication.audio.min_free_bytes:
                said = f"{room:,} bytes would stay free, [audio] min_free wants more"
                return Answer(Outcome.DISK_FULL, said), sidecar
            self.promised[youtube_id] = size

        def hear(done: int, total: int) -> None:
            with self.lock:
                self.bytes[youtube_id] = (done, total)
                self.promised[youtube_id] = max(size - done, 0)
                self.told(len(self.result.lines), self.total, self.bytes)

        try:
            return self._made(errand, sidecar, tube.fetch(seen, hear))
        finally:
            with self.lock:
                self.bytes.pop(youtube_id, None)
                self.promised.pop(youtube_id, None)

    def _made(self, errand: Errand, sidecar: Sidecar, taken: Taken) -> tuple[Answer, Sidecar]:
        """The audio file, of what was downloaded."""
        with self.lock:
            self.bytes.pop(errand.youtube_id, None)
        if taken.answer.outcome is not Outcome.OK:
            return taken.answer, sidecar
        try:
            made = self.world.studio.make(taken.path, self._wanted(errand, sidecar.facts))
        except WorldError as error:
            # It cost a download, and goes only when it is itself what is wrong.
            if error.subject == taken.path and not isinstance(error, FullDiskError):
                self.world.shelf.drop_source(taken.path)
            return _answer_of(error), sidecar
        sidecar = replace(sidecar, audio=made, pruned=None)
        # The record first: should we be stopped here, it names a file that is there.
        self.world.shelf.keep(sidecar)
        self.world.shelf.drop_source(taken.path)
        return taken.answer, sidecar

    def _passes(
        self, tube: Tube, errand: Errand, seen: Seen, sidecar: Sidecar, remarks: list[str]
    ) -> None:
        """Subtitles and the picture: each by itself, and neither costs any recording anything.

        Who has enough of one of them is asked for no more of it in this run.
        """
        if errand.subtitles and self._goes_on("subtitles", remarks):
            answer, words = tube.subtitles(seen)
            whole = answer.outcome is Outcome.OK
            if words:
                self.world.shelf.put([_output(errand.youtube_id, one) for one in words])
            if words or whole:
                found = {} if whole else {one.name: one for one in sidecar.transcripts}
                for one in words:
                    name = _name(errand.youtube_id, one)
                    found[name] = Transcript(name, "text/vtt", one.language, one.automatic)
                sidecar = replace(sidecar, transcripts=tuple(found.values()))
            if not whole:
                remarks.append(f"no subtitles: {answer.said}")
            asked = self._asked(answer, errand, sidecar.asked_subtitles)
            sidecar = replace(sidecar, asked_subtitles=asked)
            self._wait(answer, "subtitles")
        if errand.thumbnail and self._goes_on("thumbnail", remarks):
            answer, picture = tube.thumbnail(seen)
            if answer.outcome is Outcome.OK:
                self.world.shelf.put([Output(f"{errand.youtube_id}.jpg", picture)])
            else:
                remarks.append(f"no thumbnail: {answer.said}")
            asked = self._asked(answer, errand, sidecar.asked_thumbnail)
            sidecar = replace(sidecar, asked_thumbnail=asked)
            self._wait(answer, "thumbnail")
        self.world.shelf.keep(sidecar)

    def _goes_on(self, kind: str, remarks: list[str]) -> bool:
        if kind in self.waiting:
            remarks.append(f"no {kind}: YouTube had enough of them in this run")
        return kind not in self.waiting and not self.broken.is_set()

    def _wait(self, answer: Answer, kind: str) -> None:
        if answer.outcome in BREAKING:
            self.waiting.add(kind)

    def _asked(self, answer: Answer, errand: Errand, before: Asked | None) -> Asked:
        now, chance = self.world.now(), self.world.chance()
        return asked_now(answer, before, errand.fingerprint, now, chance)

    def _break(self, answer: Answer) -> None:
        """Nobody else is asked after an answer that all of them would get."""
        if answer.outcome in BREAKING or answer.outcome in _LOCAL:
            self.broken.set()
            if self.tube is not None:
                self.tube.shut()
            self.result.stopped = self.result.stopped or f"{answer.outcome}: {answer.said}"

    def _wanted(self, errand: Errand, facts: Facts | None) -> Wanted:
        assert errand.talk is not None
        return wanted_of(self.publication, errand.talk, facts, self.chapters_of)

    def _format(self, errand: Errand) -> str:
        choice = errand.talk.audio if errand.talk is not None else None
        return (choice.format if choice else "") or self.publication.audio.format

    @staticmethod
    def _line(
        errand: Errand, outcome: Outcome, said: str, made: str, remarks: tuple[str, ...]
    ) -> Line:
        slugs = tuple(talk.slug for talk in errand.talks)
        return Line(errand.youtube_id, slugs, outcome, said, made, remarks)


def known(before: Facts | None, seen: Seen) -> Facts | None:
    """The facts after a look: what a no, or an answer without a title, leaves out stays known."""
    if before is None or seen.facts is None:
        return seen.facts or before
    if seen.answer.outcome is Outcome.OK and seen.facts.title:
        return seen.facts
    told = {one.name: getattr(seen.facts, one.name) for one in fields(Facts)}
    return replace(before, **{name: value for name, value in told.items() if value})


def _name(youtube_id: str, words: Words) -> str:
    return f"{youtube_id}.{words.language}{'.auto' if words.automatic else ''}.vtt"


def _output(youtube_id: str, words: Words) -> Output:
    return Output(_name(youtube_id, words), words.data)


def _answer_of(error: Exception) -> Answer:
    """What this machine's own trouble, or anything else, is as an answer."""
    if isinstance(error, WorldError):
        # A record travels with the content: where something lies here is nobody's business.
        subject = error.subject.rpartition("/")[2]
        said = str(WorldError(subject, error.cause, error.remedy))
        full = isinstance(error, FullDiskError)
        return Answer(Outcome.DISK_FULL if full else Outcome.UNKNOWN, said)
    return Answer(Outcome.UNKNOWN, f"{type(error).__name__}: {error}")
