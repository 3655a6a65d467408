"""Which units a site consists of, so that pages come before what leads to them."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial

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
from feeds.model import Copy, Output
from feeds.naming import Kind, names_of
from feeds.plan import Plan
from feeds.render import LISTINGS, cards, pages, podcast, recordings, sitemap, style
from feeds.render.kit import Kit


def units_of(kit: Kit, plan: Plan, search: Search) -> Iterator[Unit]:
    """Every unit but the copies, so that pages come before what leads to them."""
    yield search
    for place, issue in enumerate(plan.issues):
        for talk in issue.talks:
            yield TalkPage(talk, issue)
        older = plan.issues[place + 1] if place + 1 < len(plan.issues) else None
        yield IssuePage(issue, older, plan.issues[place - 1] if place else None)
    yield Whole("fixed", lambda desk: pages.fixed(desk.kit))
    yield from _lists_of(plan)
    for feed in plan.feeds:
        for number in reversed(range(len(feed.parts))):
            yield FeedPart(feed, number)
    for listing in LISTINGS:
        yield Whole(listing.path, lambda desk, one=listing: one.documents(desk.kit, desk.plan))
    yield Whole("style", lambda desk: [style(desk.kit)])
    if kit.show:
        yield Show(podcast.heard(kit.show, plan.talks))
    yield Whole("sitemap", lambda desk: sitemap.outputs(desk.kit, desk.plan))
    yield Whole("card", lambda desk: [_card(desk.kit)])


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


def _lists_of(plan: Plan) -> Iterator[Unit]:
    """The pages that list talks."""
    if plan.years:
        yield Whole("archive", lambda desk: [desk.lists.archive()])
    for number, year in enumerate(plan.years):
        yield YearPage(number, year.year, tuple(t for day in year.days for t in day.talks))
    for kind, groups in plan.groups.items():
        if groups:
            yield Whole(f"overview {kind}", partial(_overview, kind))
        for group in groups:
            yield GroupPage(group)
    yield Whole("lists", _lists)
    yield Whole("recordings", lambda desk: recordings.lists(desk.kit, desk.plan.talks))


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
