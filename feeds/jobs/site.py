"""Which units a site consists of, so that pages come before what leads to them."""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, repeat

from feeds.jobs.podcast import copies
from feeds.jobs.units import (
    Desk,
    FeedPart,
    GroupPage,
    IssuePage,
    Search,
    Show,
    TalkPage,
    Unit,
    Whole,
    YearPage,
)
from feeds.lazy import Run, Runs
from feeds.model import Copy, Issue, Output
from feeds.naming import Group, Kind, names_of
from feeds.plan import Plan
from feeds.render import LISTINGS, cards, pages, podcast, recordings, sitemap, style
from feeds.render.forms import Listing
from feeds.render.kit import Kit


def units_of(kit: Kit, plan: Plan, search: Search, copied: Sequence[Unit] = ()) -> Sequence[Unit]:
    """Every unit, so that pages come before what leads to them, and the ``copied`` ones. Each is
    made when somebody asks for it: there are three a talk."""
    return Runs(_runs_of(kit, plan, search, copied))


_Runs = Iterator[Run[Unit]]


def _runs_of(kit: Kit, plan: Plan, search: Search, copied: Sequence[Unit]) -> _Runs:
    yield _one(search)
    for place, issue in enumerate(plan.issues):
        yield len(issue.talks), partial(_talk_page, issue)
        older = plan.issues[place + 1] if place + 1 < len(plan.issues) else None
        yield _one(IssuePage(issue, older, plan.issues[place - 1] if place else None))
    yield _one(Whole("fixed", lambda desk: pages.fixed(desk.kit)))
    yield from _lists_of(plan)
    # A feed's place for each of its documents, the oldest first.
    counts = [len(feed.parts) for feed in plan.feeds]
    places = array("I", chain.from_iterable(map(repeat, range(len(counts)), counts)))
    parts = array("I", chain.from_iterable(reversed(range(count)) for count in counts))
    yield len(places), lambda at: FeedPart(plan.feeds[places[at]], parts[at])
    for listing in LISTINGS:
        documents = partial(_documents, listing)
        yield _one(Whole(listing.path, documents))
    yield _one(Whole("style", lambda desk: [style(desk.kit)]))
    if kit.show:
        yield _one(Show(podcast.heard(kit.show, plan.talks)))
    yield _one(Whole("sitemap", lambda desk: sitemap.outputs(desk.kit, desk.plan)))
    yield _one(Whole("card", lambda desk: [_card(desk.kit)]))
    yield len(copied), copied.__getitem__


def _one(unit: Unit) -> Run[Unit]:
    return 1, lambda _: unit


def _talk_page(issue: Issue, at: int) -> Unit:
    return TalkPage(issue.talks[at], issue)


def _documents(listing: Listing, desk: Desk) -> Iterable[Output]:
    return listing.documents(desk.kit, desk.plan)


def units_showing(kit: Kit, plan: Plan, slugs: Collection[str], search: Search) -> Iterator[Unit]:
    """Those of the units that show these talks whole, and not only in lists."""
    yield search
    wanted = frozenset(slugs)
    paths = {""}
    for place, issue in enumerate(plan.issues):
        some = [talk for talk in issue.talks if talk.slug in wanted]
        for talk in some:
            yield TalkPage(talk, issue)
            paths.update(plan.group(kind, n).path for kind in Kind for n in names_of(kind, talk))
        if some:
            older = plan.issues[place + 1] if place + 1 < len(plan.issues) else None
            yield IssuePage(issue, older, plan.issues[place - 1] if place else None)
    for feed in plan.feeds:
        if feed.path in paths:
            for number in reversed(range(len(feed.parts))):
                unit = FeedPart(feed, number)
                if not wanted.isdisjoint(unit.shows):
                    yield unit
    if kit.show and not wanted.isdisjoint(kit.show.audio):
        yield Show(podcast.heard(kit.show, plan.talks))


def _lists_of(plan: Plan) -> _Runs:
    """The pages that list talks."""
    if plan.years:
        yield _one(Whole("archive", lambda desk: [desk.lists.archive()]))
    for number, year in enumerate(plan.years):
        talks = tuple(talk for day in year.days for talk in day.talks)
        yield _one(YearPage(number, year.year, talks))
    for kind, groups in plan.groups.items():
        if groups:
            yield _one(Whole(f"overview {kind}", partial(_overview, kind)))
        yield len(groups), partial(_group_page, groups)
    yield _one(Whole("lists", _lists))
    for path, make in recordings.LISTS.items():
        yield _one(Whole(path, partial(_recordings, make)))


def _recordings(make: recordings.List, desk: Desk) -> Iterator[Output]:
    return make(desk.kit, desk.plan.talks)


def _group_page(groups: Sequence[Group], at: int) -> Unit:
    return GroupPage(groups[at])


def _overview(kind: Kind, desk: Desk) -> list[Output]:
    return [desk.lists.overview(kind)]


def _lists(desk: Desk) -> Iterator[Output]:
    kit, plan = desk.kit, desk.plan
    yield from desk.lists.issues()
    yield pages.index(kit, plan)
    yield pages.subscribe(kit, plan)
    yield pages.search(kit, plan)
    yield pages.not_found(kit, plan)


def _card(kit: Kit) -> Output:
    """The picture for every page that is about no single talk."""
    return Output(cards.SITE_PATH, cards.draw(cards.of_site(kit.publication)))


def audio_of(desk: Desk) -> Sequence[Copy]:
    """The audio and the covers of the podcast."""
    if desk.shelf is None or desk.kit.show is None:
        return ()
    return tuple(copies(desk.kit, desk.kit.show, desk.plan, desk.shelf))
