"""Values to test with, made in one line each, and a whole site built in memory."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

from feeds.archives import Part
from feeds.edges.content import Folder
from feeds.jobs.build import build
from feeds.model import (
    Asset,
    Author,
    Changes,
    Copy,
    Event,
    Issue,
    Kept,
    Output,
    Publication,
    Recording,
    Speaker,
    Staged,
    Talk,
    Week,
)
from feeds.plan import Feed, Plan, issue_of, plan
from feeds.render import FORMATS, LISTINGS, atom, document_of, newsletter, pages, style
from feeds.render.heads import Head, head_of
from feeds.render.kit import Kit, Template
from feeds.render.lists import Lists
from feeds.render.markdown import body_of

# For clients that speak plain HTTP: reading everybody's certificates takes 20 ms each time.
NO_TLS = SSLContext(PROTOCOL_TLS_CLIENT)
REPOSITORY = Path(__file__).parents[1]
WEEK = Week(2017, 49)
_FIRST = datetime(2017, 12, 7, 9, tzinfo=UTC)


def make_publication(**changes: Any) -> Publication:
    """A Mexican publication below a path, with an author."""
    found = Publication(
        title="Notas de KubeCon",
        id="tag:talks.example,2026-01-02:notas",
        base_url="https://talks.example/notas/",
        language="es-MX",
        timezone="America/Mexico_City",
        subtitle="Lo que oímos en Austin",
        author=Author("Ana Pérez", "ana@talks.example", "https://ana.example/"),
    )
    return replace(found, **changes)


def make_talk(number: int = 1, **changes: Any) -> Talk:
    """A talk with everything that most talks have; ``number`` makes it another one."""
    moment = _FIRST + timedelta(seconds=number)
    found = Talk(
        id=f"tag:talks.example,2026-01-02:notas/{number}",
        slug=f"talk-{number}",
        title=f"Talk number {number}",
        date=date(2017, 12, 7),
        published=moment,
        updated=moment,
        language="es-MX",
        position=number,
        speakers=(Speaker("Zihao Yu", "Engineer", "HBO"), Speaker("Illya Chekrygin")),
        event=Event("KubeCon 2017", "2", "https://kubecon.example/", "Austin"),
        abstract="What the *organiser* says.",
        abstract_language="en",
        recording=Recording("07jq-5VbBVQ"),
        notes="Una nota corta. Otra nota, **más larga**, que cuenta lo que pasó.",
        source=f"content/talks/talk-{number}.md",
    )
    return replace(found, **changes)


@cache
def shipped() -> tuple[Mapping[str, Template], Mapping[str, str]]:
    """The templates and catalogs that ship, read once."""
    folder = Folder(Path(__file__).parent / "nowhere")
    return folder.templates(), folder.catalogs()


def make_kit(publication: Publication | None = None, assets: Mapping[str, int] = {}) -> Kit:
    """A Kit with the real templates and catalogs; ``assets``: path → size in bytes."""
    templates, catalogs = shipped()
    files = {path: Asset(path, size_bytes) for path, size_bytes in assets.items()}
    return Kit(publication or make_publication(), templates, catalogs, files)


def make_issue(kit: Kit, talks: Iterable[Talk], week: Week = WEEK) -> Issue:
    """The talks that fall into ``week``, in reading order."""
    return issue_of(kit.publication, talks, week)


def make_digest(kit: Kit, talks: Iterable[Talk]) -> newsletter.Digest:
    """The digest of the talks' week."""
    issue = make_issue(kit, talks)
    summaries = {
        talk.slug: newsletter.summary_of(talk, body_of(talk, kit.publication.base_url))
        for talk in issue.talks
    }
    return newsletter.digest(kit, issue, summaries)


def entry_of(kit: Kit, talk: Talk) -> bytes:
    """The talk's Atom entry."""
    return atom.entry(kit, talk, body_of(talk, kit.publication.base_url))


def feed_of(kit: Kit, talks: Iterable[Talk]) -> bytes:
    """An Atom feed of the talks as they are given."""
    talks = list(talks)
    head = head_of_feed(kit, talks)
    return b"".join(atom.document(kit, head, [entry_of(kit, talk) for talk in talks]))


def head_of_feed(kit: Kit, talks: Iterable[Talk]) -> Head:
    """The head of a feed that lists all of the talks."""
    part = Part("", tuple(talks))
    return head_of(kit, Feed(kit.publication.id, (part,)), part)


def pages_of(kit: Kit, talks: Iterable[Talk]) -> dict[str, str]:
    """Every page of a site with these talks, by its path."""
    planned = plan(kit.publication, talks)
    lists = Lists(kit, planned)
    found = [
        make(kit, planned) for make in (pages.index, pages.subscribe, pages.search, pages.not_found)
    ]
    found += [*lists.years(), *lists.groups(), *lists.issues()]
    for issue in planned.issues:
        cards = {}
        for talk in issue.talks:
            body = body_of(talk, kit.publication.base_url)
            summary = newsletter.summary_of(talk, body)
            cards[talk.slug] = newsletter.page_card(kit, talk, summary)
            found.append(pages.talk(kit, planned, issue, talk, body, summary[0]))
        found.append(pages.issue(kit, planned, issue, cards))
    return {output.path: output.data.decode() for output in found}


def feeds(
    kit: Kit, planned: Plan, fragments: Mapping[str, Mapping[str, bytes]]
) -> Iterator[Output]:
    """Every document of every feed. ``fragments``: each talk's, by its slug and their suffix."""
    for feed in planned.feeds:
        for form in FORMATS:

            def fragment(talk: Talk, suffix: str = form.suffix) -> bytes:
                return fragments[talk.slug][suffix]

            for number in reversed(range(len(feed.parts))):
                yield from document_of(kit, feed, number, form, fragment)
    for listing in LISTINGS:
        yield from listing.documents(kit, planned)
    yield style(kit)


@dataclass
class Memory:
    """Where a build can go instead of a disk: everything by its path, copies as their asset."""

    files: dict[str, bytes] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)

    def hold(self) -> AbstractContextManager[None]:
        """Nobody else builds here."""
        return nullcontext()

    def stage(self, output: Output | Copy) -> Kept:
        """A build without a crew needs no stage."""
        raise AssertionError(output)

    def write(
        self,
        outputs: Iterator[Output | Copy | Staged | Kept],
        known: frozenset[str] | None = None,
    ) -> Changes:
        """Keep all of it."""
        assert known is None
        for output in outputs:
            assert isinstance(output, Output | Copy)
            assert output.path not in self.files | self.copies, f"{output.path} twice"
            if isinstance(output, Copy):
                self.copies[output.path] = output.asset
            else:
                self.files[output.path] = output.data
        return Changes(len(self.files), 0, 0)

    @property
    def paths(self) -> set[str]:
        """Everything that a web server would find."""
        return set(self.files) | set(self.copies)


def built(root: Path) -> Memory:
    """The site of the publication below ``root``, as ``talkfeeds build`` makes it."""
    site = Memory()
    build(Folder(root), site)
    return site
