"""What an issue tells: half-open weeks in the publication's zone, and each talk once."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from feeds.model import Event, Publication, Talk, Week
from feeds.plan import last_finished_week, news_of, wanted_of
from tests.support import make_publication, make_talk

MICROSECOND = timedelta(microseconds=1)


def in_zone(timezone: str) -> Publication:
    return make_publication(timezone=timezone)


def told_in(publication: Publication, moment: datetime, week: Week) -> bool:
    """Whether the first issue tells a talk of that moment."""
    return bool(news_of(publication, [make_talk(published=moment)], week, None).issue.talks)


# Zone, week, its length in hours: the clocks change on its Sunday, or within it, or never.
WEEKS = [
    ("America/Chicago", "2018-W10", 167),
    ("America/Chicago", "2018-W44", 169),
    ("Europe/Madrid", "2017-W12", 167),
    ("Europe/Madrid", "2017-W43", 169),
    ("Australia/Lord_Howe", "2018-W13", 168.5),
    ("Australia/Lord_Howe", "2018-W40", 167.5),
    ("America/Mexico_City", "2026-W13", 168),
    ("UTC", "2020-W53", 168),
    ("Pacific/Apia", "2011-W52", 144),  # 30 December 2011 was left out
    ("Pacific/Kiritimati", "2020-W53", 168),
    ("America/Sao_Paulo", "2018-W44", 167),  # midnight itself is skipped on a Sunday
    ("Asia/Beirut", "2022-W12", 167),
    ("Asia/Kathmandu", "2017-W49", 168),
]


def test_a_withdrawn_talk_is_no_news_and_none_when_it_comes_back() -> None:
    publication, week = make_publication(), Week(2017, 49)
    shown, gone = make_talk(1), make_talk(2, withdrawn=True)
    first = news_of(publication, [shown, gone], week, None)
    assert first.issue.talks == (shown,)
    assert first.older == ()
    assert news_of(publication, [shown, gone], week, {shown.id}).issue.talks == ()
    back = replace(gone, withdrawn=False)
    assert news_of(publication, [shown, back], week, {shown.id, gone.id}).issue.talks == ()


@pytest.mark.parametrize(("timezone", "name", "hours"), WEEKS)
def test_a_window_is_half_open_to_the_microsecond(timezone: str, name: str, hours: float) -> None:
    publication, week = in_zone(timezone), Week.parse(name)
    issue = news_of(publication, [], week, None).issue
    span = issue.end.astimezone(UTC) - issue.start.astimezone(UTC)
    assert span == timedelta(hours=hours)
    zone = ZoneInfo(timezone)
    assert issue.start.astimezone(zone).date() == week.monday
    assert (issue.end - MICROSECOND).astimezone(zone).date() == week.sunday
    for moment, inside in (
        (issue.start - MICROSECOND, False),
        (issue.start, True),
        (issue.start + MICROSECOND, True),
        (issue.end - MICROSECOND, True),
        (issue.end, False),
    ):
        for as_written in (
            moment,
            moment.astimezone(UTC),
            moment.astimezone(ZoneInfo("Asia/Tokyo")),
        ):
            assert told_in(publication, as_written, week) == inside
    before = Week.of(week.monday - timedelta(days=1))
    after = Week.of(week.sunday + timedelta(days=1))
    assert news_of(publication, [], before, None).issue.end == issue.start
    assert news_of(publication, [], after, None).issue.start == issue.end


@given(
    st.sampled_from(sorted({timezone for timezone, _, _ in WEEKS})),
    st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1)),
)
def test_every_moment_is_in_the_week_of_its_day_and_in_no_other(
    timezone: str, moment: datetime
) -> None:
    publication, moment = in_zone(timezone), moment.replace(tzinfo=UTC)
    day = moment.astimezone(ZoneInfo(timezone)).date()
    weeks = [Week.of(day + timedelta(days=days)) for days in (-7, 0, 7)]
    assert [told_in(publication, moment, week) for week in weeks] == [False, True, False]


def test_a_year_of_53_weeks_ends_in_the_next_year() -> None:
    publication, last, first = in_zone("America/Chicago"), Week(2020, 53), Week(2021, 1)
    sunday = datetime.fromisoformat("2021-01-03T23:59:59.999999-06:00")
    assert told_in(publication, sunday, last)
    assert told_in(publication, sunday + MICROSECOND, first)
    assert Week.of(last.sunday + timedelta(days=1)) == first
    assert last_finished_week(publication, sunday + MICROSECOND) == last
    assert last_finished_week(publication, sunday) == Week(2020, 52)


def test_the_first_issue_tells_its_own_week_and_calls_the_rest_old() -> None:
    moment = datetime(2017, 12, 7, 12, tzinfo=UTC)
    talks = [
        make_talk(at, published=moment + timedelta(days=7 * at), draft=draft)
        for at, draft in ((-2, True), (-1, False), (0, False), (1, False))
    ]
    news = news_of(make_publication(), talks, Week(2017, 49), None)
    assert [talk.id for talk in news.issue.talks] == [talks[2].id]
    # A draft of long ago that comes out later is news.
    assert news.older == (talks[1].id,)
    news = news_of(make_publication(), talks, Week(2017, 49), frozenset({talks[2].id}))
    assert [talk.id for talk in news.issue.talks] == [talks[1].id]
    assert news.older == ()


def test_late_talks_are_told_in_reading_order_whatever_their_week() -> None:
    early = make_talk(1, published=datetime(2017, 11, 1, tzinfo=UTC), date=date(2017, 11, 1))
    late = make_talk(2, published=datetime(2017, 12, 7, tzinfo=UTC))
    news = news_of(make_publication(), [late, early], Week(2017, 49), frozenset())
    assert news.issue.talks == (early, late)


# What somebody wants

TALKS = (
    make_talk(1, tags=("k8s", "Go"), event=Event("KubeCon")),
    make_talk(2, tags=("Straße",), event=Event("GopherCon")),
    make_talk(3, tags=(), event=None),
)


@pytest.mark.parametrize(
    ("tags", "events", "numbers"),
    [
        ((), (), [1, 2, 3]),
        (("k8s",), (), [1]),
        (("K8S", "go"), (), [1]),
        (("STRASSE",), (), [2]),
        ((), ("kubecon",), [1]),
        (("go",), ("GopherCon",), [1, 2]),
        (("k8",), (), []),
        ((), ("",), []),
        (("none",), ("nowhere",), []),
    ],
)
def test_somebody_gets_every_talk_of_any_of_their_tags_or_events(
    tags: tuple[str, ...], events: tuple[str, ...], numbers: list[int]
) -> None:
    issue = replace(news_of(make_publication(), [], Week(2017, 49), None).issue, talks=TALKS)
    found = wanted_of(issue, tags, events)
    assert [talk.position for talk in found.talks] == numbers
    assert (found.week, found.start, found.end) == (issue.week, issue.start, issue.end)


# Exactly once


@dataclass
class Author:
    """A publication as its author changes it, and as its issues told it."""

    talks: dict[str, Talk] = field(default_factory=dict)
    week: Week = field(default_factory=lambda: Week(2020, 50))
    told: list[str] = field(default_factory=list)
    no_news: frozenset[str] | None = None


class OneIssueEach(RuleBasedStateMachine):
    """Weeks go by; talks are added, dated back and forth, edited, hidden, renamed. Each is told
    in the first issue after it can be, and never again."""

    publication = in_zone("America/Chicago")

    @initialize()
    def begin(self) -> None:
        self.author = Author()

    def moment(self, weeks: int, minutes: int) -> datetime:
        end = news_of(self.publication, [], self.author.week, None).issue.end
        return end + timedelta(weeks=weeks, minutes=minutes)

    @rule(weeks=st.integers(-6, 2), minutes=st.integers(-10_081, 0), draft=st.booleans())
    def add(self, weeks: int, minutes: int, draft: bool) -> None:
        made = make_talk(len(self.author.talks), published=self.moment(weeks, minutes), draft=draft)
        self.author.talks[made.id] = made

    def change(self, data: st.DataObject, **changes: object) -> None:
        if self.author.talks:
            chosen = data.draw(st.sampled_from(sorted(self.author.talks)))
            found = self.author.talks[chosen]
            self.author.talks[chosen] = replace(found, **changes)  # type: ignore[arg-type]

    @rule(data=st.data(), weeks=st.integers(-6, 2), minutes=st.integers(-10_081, 0))
    def date_anew(self, data: st.DataObject, weeks: int, minutes: int) -> None:
        self.change(data, published=self.moment(weeks, minutes))

    @rule(data=st.data(), draft=st.booleans())
    def hide_or_show(self, data: st.DataObject, draft: bool) -> None:
        self.change(data, draft=draft)

    @rule(data=st.data(), title=st.text(max_size=5), slug=st.text("abc", min_size=1, max_size=5))
    def edit(self, data: st.DataObject, title: str, slug: str) -> None:
        self.change(data, title=title, slug=slug, notes=title)

    @rule(weeks=st.integers(1, 3))
    def send(self, weeks: int) -> None:
        """Some weeks are passed over: nobody was there to send."""
        author = self.author
        for _ in range(weeks - 1):
            author.week = Week.of(author.week.sunday + timedelta(days=1))
        known = None if author.no_news is None else frozenset(author.told) | author.no_news
        news = news_of(self.publication, author.talks.values(), author.week, known)
        end = news.issue.end
        eligible = {
            talk.id for talk in author.talks.values() if not talk.draft and talk.published < end
        }
        if author.no_news is None:
            author.no_news = frozenset(news.older)
            start = news.issue.start
            assert {author.talks[talk].published < start for talk in news.older} <= {True}
        author.told += [talk.id for talk in news.issue.talks]
        # None that can be told is left, and none that cannot be was told now.
        assert eligible <= set(author.told) | author.no_news
        assert {talk.id for talk in news.issue.talks} <= eligible
        author.week = Week.of(author.week.sunday + timedelta(days=1))

    @invariant()
    def never_twice(self) -> None:
        assert max(Counter(self.author.told).values(), default=1) == 1
        assert not (self.author.no_news or frozenset()) & set(self.author.told)


TestOneIssueEach = OneIssueEach.TestCase
