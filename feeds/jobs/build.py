"""Build: everything below ``public/``, from everything below ``content/``."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Protocol

from feeds import transcripts
from feeds.check.documents.gate import Gate
from feeds.errors import ChangedError, ContentError, Problem
from feeds.jobs.loading import Loaded, Source, kit_of, load, read_settings
from feeds.jobs.podcast import Shelf, copies, show_of, unfit_covers
from feeds.model import Changes, Copy, Output, Talk
from feeds.plan import Plan
from feeds.recordings import Transcript
from feeds.render import (
    cards,
    feeds,
    finding,
    fragments_of,
    newsletter,
    pages,
    podcast,
    recordings,
    sitemap,
)
from feeds.render.kit import Kit
from feeds.render.lists import Lists
from feeds.render.markdown import body_of
from feeds.render.search import Index
from feeds.transcripts import Cue

_TRIES = 3


class Destination(Protocol):
    """Where a build goes: all of it, or nothing."""

    def write(self, outputs: Iterator[Output | Copy]) -> Changes:
        """Consume every output, then put those in place that differ and remove the rest.

        When ``outputs`` raises, nothing has changed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to. ``missing``: paths that talks name but ``content/`` lacks.
    ``podcast_url``: where the podcast is, also a private one; empty while no talk has audio.
    ``left_out``: audio and transcripts that are not what their record says, with the reason.
    """

    loaded: Loaded
    changes: Changes
    missing: tuple[str, ...]
    podcast_url: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class _Files:
    """Files of ``content/`` that the talks show; ``covers``: cover path → thumbnail."""

    found: set[str] = field(default_factory=set)
    covers: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)


class _Texts:
    """The transcripts of ``content/``. ``left``: those that cannot be offered, and why; a build
    does without them, for the audio is the same."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.left: list[str] = []
        # A talk is rendered at once; its transcripts are asked for a few times, then no more.
        self.cues = lru_cache(maxsize=32)(self._cues)

    def _cues(self, one: Transcript) -> tuple[Cue, ...]:
        found = self.source.transcript(one.name)
        path = f"content/recordings/{one.name}"
        said = ""
        if isinstance(found, Problem):
            said = str(found)
        else:
            try:
                if cues := transcripts.read(found, path, automatic=one.automatic):
                    return cues
                said = f"{path}: says nothing"
            except ContentError as error:
                said = str(error)
        if said not in self.left:
            self.left.append(said)
        return ()


def build(
    source: Source,
    destination: Destination,
    base_url: str = "",
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    audible: Callable[[Loaded], frozenset[str]] = lambda _loaded: frozenset(),
    shelf: Shelf | None = None,
) -> Built:
    """Read, plan, render, write. ``progress`` is called after each talk: done, of how many.

    ContentError where a feed would break a rule of its format: then nothing is written.

    The ``shelf`` holds audio; without one there is no podcast and no enclosure. ``audible`` says
    which other talks' audio is offered, by slug, for their chapters and transcripts. When a fetch
    replaces a file while it is built, the build begins again, at most twice.
    """
    for _ in range(_TRIES - 1):
        with suppress(ChangedError):
            return _build(source, destination, base_url, progress, audible, shelf)
    return _build(source, destination, base_url, progress, audible, shelf)


def _build(
    source: Source,
    destination: Destination,
    base_url: str,
    progress: Callable[[int, int], None],
    audible: Callable[[Loaded], frozenset[str]],
    shelf: Shelf | None,
) -> Built:
    loaded = load(source, base_url)
    kit = kit_of(source, loaded.publication, loaded.sidecars)
    kit = replace(kit, audible=audible(loaded))
    left: tuple[str, ...] = ()
    if shelf is not None and any(one.audio for one in loaded.sidecars.values()):
        home = read_settings(source).base_url
        show, left = show_of(loaded.publication, loaded.plan.talks, loaded.sidecars, shelf, home)
        public = frozenset(show.audio) if show and not show.folder else frozenset()
        kit = replace(kit, show=show, audible=kit.audible | public)
        unfit = unfit_covers(loaded.publication, loaded.plan.talks, show, shelf) if show else ()
        if problems := list(unfit):
            raise ContentError(problems)
    files = _Files()

    texts = _Texts(source)
    kit = replace(kit, cues=texts.cues)

    gate = Gate()

    def outputs() -> Iterator[Output | Copy]:
        for output in _outputs(kit, loaded, files, progress):
            if isinstance(output, Output) and (problems := gate.problems(output.path, output.data)):
                raise ContentError(problems)
            yield output
        yield from _cards(loaded.plan, shelf)
        if shelf is not None and kit.show is not None:
            yield from copies(kit, kit.show, loaded.plan, shelf)

    changes = destination.write(outputs())
    feed = kit.url(podcast.path(kit.show)) if kit.show else ""
    return Built(loaded, changes, tuple(sorted(files.missing)), feed, (*left, *texts.left))


def _outputs(
    kit: Kit,
    loaded: Loaded,
    files: _Files,
    progress: Callable[[int, int], None],
) -> Iterator[Output | Copy]:
    """Every file of the site, then the files of ``content/`` that it shows."""
    made = {cards.SITE_PATH, *(cards.path(talk) for talk in loaded.plan.talks)}
    for output in _rendered(kit, loaded.plan, files, progress):
        made.add(output.path)
        yield output
    image = kit.publication.podcast.image if kit.show else ""
    for path in (kit.publication.icon, kit.publication.logo, image):
        if path and "://" not in path:
            (files.found if path in kit.assets else files.missing).add(path)
    files.missing -= made  # a link to another page of the site
    folders = {folder for path in made for folder in _folders(path)}
    if clashes := sorted(
        path
        for path in files.found
        if path in made or path in folders or not made.isdisjoint(_folders(path))
    ):
        raise ContentError(
            Problem(f"content/{path}", 0, "", "would replace a page of the site", "rename it")
            for path in clashes
        )
    for path in sorted(files.found):
        yield Copy(path, path)
    for path, asset in sorted(files.covers.items()):
        yield Copy(path, asset)


def _cards(plan: Plan, shelf: Shelf | None) -> Iterator[Output | Copy]:
    """A picture for each talk that somebody shares, and one for every other page.

    Drawing takes longer than all the rest of a talk: what was drawn once lies on the shelf.
    """
    publication = plan.publication
    wanted = {cards.path(talk): cards.of_talk(publication, talk) for talk in plan.talks}
    wanted[cards.SITE_PATH] = cards.of_site(publication)
    for path, card in wanted.items():
        if shelf is None:
            yield Output(path, cards.draw(card))
        else:
            yield Copy(path, shelf.card(card.key, partial(cards.draw, card)), made=True)


def _folders(path: str) -> list[str]:
    """``a/b/c`` → ``a``, ``a/b``: what must be folders for the file to stand there."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _rendered(
    kit: Kit,
    plan: Plan,
    files: _Files,
    progress: Callable[[int, int], None],
) -> Iterator[Output]:
    """Pages, covers, issues and feeds. A talk is rendered once, when its issue is made."""
    fragments: dict[str, dict[str, bytes]] = {}
    show, items = kit.show, {}
    words = Index()
    done, count = 0, len(plan.talks)
    numbered = {talk.slug: count - place for place, talk in enumerate(plan.talks, 1)}
    for place, issue in enumerate(plan.issues):
        told = {}
        for talk in issue.talks:
            body = body_of(talk, kit.publication.base_url)
            summary = newsletter.summary_of(talk, body)
            told[talk.slug] = newsletter.page_card(kit, talk, summary)
            fragments[talk.slug] = fragments_of(kit, talk, body)
            if show and talk.slug in show.audio:
                items[talk.slug] = podcast.item(kit, show, talk, body)
            yield pages.talk(kit, plan, issue, talk, body, summary[0])
            if cover := pages.cover(kit, talk):
                yield cover
            yield from recordings.beside(kit, talk)
            _gather(kit, talk, body.references, files)
            words.add(numbered[talk.slug], *finding.of_talk(kit, talk, body))
            done += 1
            progress(done, count)
        older = plan.issues[place + 1] if place + 1 < len(plan.issues) else None
        newer = plan.issues[place - 1] if place else None
        yield pages.issue(kit, plan, issue, told, (older, newer))
    for place, group in enumerate(finding.of_groups(kit, plan), count):
        words.add(place, *group)
    yield from words.outputs()
    yield from _lists(kit, plan)
    yield from recordings.lists(kit, plan.talks)
    # After the pages that they lead to.
    yield from feeds(kit, plan, fragments)
    if show:
        heard = podcast.heard(show, plan.talks)
        ordered = (items[talk.slug] for talk in heard)
        document = podcast.document(kit, show, heard, ordered)
        yield Output(podcast.path(show), b"".join(document))
    yield from sitemap.outputs(kit, plan)


def _lists(kit: Kit, plan: Plan) -> Iterator[Output]:
    """The pages that are about no single talk, and what all pages need."""
    yield from pages.fixed(kit)
    lists = Lists(kit, plan)
    yield from lists.years()
    yield from lists.groups()
    yield from lists.issues()
    yield pages.index(kit, plan)
    yield pages.subscribe(kit, plan)
    yield pages.search(kit, plan)
    yield pages.not_found(kit, plan)


def _gather(kit: Kit, talk: Talk, references: frozenset[str], files: _Files) -> None:
    """Note the files that ``talk`` shows; a thumbnail at hand becomes its cover."""
    found, missing = kit.files_of(talk, references)
    files.found |= found
    files.missing |= missing
    if thumbnail := kit.thumbnail(talk):
        files.covers[pages.cover_path(kit, talk)] = thumbnail
