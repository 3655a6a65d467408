"""Texts → Publication and Talks: the one place where content is read, all mistakes at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from feeds import entry, recordings
from feeds.errors import ContentError, Problem
from feeds.model import Asset, Issue, Publication, Talk
from feeds.plan import Plan, plan
from feeds.recordings import Sidecar
from feeds.render.kit import Kit, Template


class Source(Protocol):
    """A publication's own files, as an edge finds them. Paths are relative to the root."""

    def settings(self) -> tuple[str, bytes] | Problem:
        """``content/publication.toml``: its path and bytes."""
        ...

    def talks(self) -> Iterator[tuple[str, bytes] | Problem]:
        """Each talk file's path and bytes, in the order of their paths."""
        ...

    def talk_files(self) -> Iterator[tuple[str, str] | Problem]:
        """The same, unread: each one's path, and what tells this state of it from another; empty
        when nothing does."""
        ...

    def talk(self, path: str) -> bytes | Problem:
        """The bytes of one of them."""
        ...

    def beside(self) -> str:
        """What tells this state of everything but the talks from another; empty when nothing
        does."""
        ...

    def recordings(self) -> Iterator[tuple[str, bytes] | Problem]:
        """Each sidecar's path (``content/recordings/<id>.json``) and bytes, by path."""
        ...

    def transcript(self, name: str) -> bytes | Problem:
        """The file of that name in ``content/recordings/``."""
        ...

    def assets(self) -> Mapping[str, Asset]:
        """Files below ``content/`` that may be published, by their path there."""
        ...

    def templates(self) -> Mapping[str, Template]:
        """The templates that ship, each replaced by the publication's own where it has one.

        Raises ContentError with all of its own that cannot be read.
        """
        ...

    def catalogs(self) -> Mapping[str, str]:
        """gettext ``.po`` texts by language."""
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """A publication read whole. ``unminted``: files whose id is made from their name.

    ``sidecars``: what is known of recordings, by YouTube id.
    """

    publication: Publication
    plan: Plan
    drafts: int
    unminted: tuple[str, ...]
    sidecars: Mapping[str, Sidecar] = field(hash=False, default_factory=dict)


# Stands in while the settings are broken, so that the talks' own mistakes are still found.
_PLACEHOLDER = Publication(
    "placeholder", "tag:example.org,2026:placeholder", "https://example.org/"
)


def read_settings(source: Source, base_url: str = "") -> Publication:
    """The publication alone, its base URL replaced when ``base_url`` is given."""
    from feeds import settings  # what was read before need not be read again

    found = source.settings()
    if isinstance(found, Problem):
        raise ContentError([found])
    publication = settings.parse(found[1], found[0])
    return replace(publication, base_url=base_url) if base_url else publication


def read_talks(source: Source, publication: Publication) -> list[Talk]:
    """Every talk file; ContentError with the problems of all of them."""
    talks: list[Talk] = []
    problems: list[Problem] = []
    for found in source.talks():
        if isinstance(found, Problem):
            problems.append(found)
            continue
        path, data = found
        try:
            talks.append(entry.parse(data, path, publication))
        except ContentError as error:
            problems.extend(error.problems)
    if problems:
        raise ContentError(problems)
    return talks


def read_sidecars(source: Source) -> dict[str, Sidecar]:
    """Every sidecar by its recording's YouTube id; ContentError with the problems of all."""
    found: dict[str, Sidecar] = {}
    problems: list[Problem] = []
    for one in source.recordings():
        if isinstance(one, Problem):
            problems.append(one)
            continue
        path, data = one
        try:
            sidecar = recordings.read(data, path)
        except ContentError as error:
            problems.extend(error.problems)
            continue
        found[sidecar.youtube_id] = sidecar
    if problems:
        raise ContentError(problems)
    return found


def with_facts(talk: Talk, sidecars: Mapping[str, Sidecar]) -> Talk:
    """``talk`` with what its recording's sidecar knows."""
    sidecar = sidecars.get(talk.recording.youtube_id) if talk.recording else None
    if talk.recording is None or sidecar is None or sidecar.facts is None:
        return talk
    return replace(talk, recording=replace(talk.recording, duration_s=sidecar.facts.duration_s))


class Ground(Protocol):
    """What is known of everything but the talks."""

    publication: Publication
    sidecars: Mapping[str, Sidecar]
    assets: Mapping[str, Asset]


def ground(source: Source, base_url: str, known: Ground | None = None) -> tuple[list[Problem], Kit]:
    """All that talks stand on: settings, sidecars, templates, other files; and what is wrong with
    them. While the settings are broken, others stand in, so that the talks' own mistakes are
    still found. ``known``: what they are, when that is known."""
    problems: list[Problem] = []
    if known:
        templates = source.templates()
        kit = Kit(known.publication, templates, source.catalogs(), known.assets, known.sidecars)
        return problems, kit
    publication, sidecars, templates = _PLACEHOLDER, dict[str, Sidecar](), dict[str, Template]()
    try:
        publication = read_settings(source, base_url)
    except ContentError as error:
        problems.extend(error.problems)
    try:
        sidecars = read_sidecars(source)
    except ContentError as error:
        problems.extend(error.problems)
    try:
        templates = dict(source.templates())
    except ContentError as error:
        problems.extend(error.problems)
    return problems, Kit(publication, templates, source.catalogs(), source.assets(), sidecars)


def with_texts(source: Source, kit: Kit, issue: Issue) -> Issue:
    """``issue`` with its talks whole, as their files say now; a build keeps them without their
    texts. ContentError where a file is broken by now."""

    def whole(talk: Talk) -> Talk:
        data = source.talk(talk.source)
        if isinstance(data, Problem):
            raise ContentError([data])
        return with_facts(entry.parse(data, talk.source, kit.publication), kit.sidecars)

    return replace(issue, talks=tuple(map(whole, issue.talks)))


def load(source: Source, base_url: str = "") -> Loaded:
    """Settings, talks and sidecars, checked against each other; ContentError with all problems.

    Those of the publication's own templates, as far as reading them shows any, are among them.
    """
    problems, kit = ground(source, base_url)
    publication, sidecars = kit.publication, kit.sidecars
    talks: list[Talk] = []
    try:
        talks = read_talks(source, publication)
    except ContentError as error:
        problems.extend(error.problems)
    if problems:
        raise ContentError(problems)
    try:
        planned = plan(publication, [with_facts(talk, sidecars) for talk in talks])
    except ContentError as error:
        raise ContentError(placed(source, error.problems)) from None
    unminted = tuple(talk.source for talk in talks if talk.id == f"{publication.id}/{talk.slug}")
    drafts = sum(talk.draft for talk in talks)
    return Loaded(publication, planned, drafts, unminted, sidecars)


def kit_of(
    source: Source, publication: Publication, sidecars: Mapping[str, Sidecar] | None = None
) -> Kit:
    """What the renderers need besides the talks."""
    return Kit(publication, source.templates(), source.catalogs(), source.assets(), sidecars or {})


def placed(source: Source, problems: tuple[Problem, ...]) -> list[Problem]:
    """Problems between talks, with the line of the key that they are about."""
    wanted = {problem.path for problem in problems}
    texts = {
        found[0]: found[1]
        for found in source.talks()
        if not isinstance(found, Problem) and found[0] in wanted
    }
    return [
        problem._replace(line=entry.line_of(texts.get(problem.path, b""), problem.key))
        for problem in problems
    ]
