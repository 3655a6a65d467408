"""What each output lists: order, days, issues, and what cannot stand together."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ContentError, Problem, UsageError
from feeds.model import Event, FeedSettings, Publication, Talk, Week
from feeds.naming import Kind
from feeds.plan import (
    days_of,
    issue_of,
    issues_of,
    last_finished_week,
    plan,
    reading_order,
)
from feeds.text import default_published, rfc3339

NOON = datetime(2017, 12, 7, 12, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def publication(timezone: str = "America/Mexico_City", entries: int = 50) -> Publication:
    return Publication(
        title="Pláticas",
        id="tag:example.org,2026:talks",
        base_url="https://talks.example.org/",
        language="es",
        timezone=timezone,
        feed=FeedSettings(entries),
    )


def talk(
    name: str,
    published: datetime = NOON,
    *,
    day: date = date(2017, 12, 7),
    event: Event | None = None,
    position: int = 0,
    draft: bool = False,
    talk_id: str = "",
    slug: str = "",
) -> Talk:
    return Talk(
        id=talk_id or f"tag:example.org,2026:talks/{name}",
        slug=slug or name,
        title=name,
        date=day,
        published=published,
        updated=published,
        language="es",
        position=position,
        event=event,
        draft=draft,
        source=f"content/talks/{name}.md",
    )


def names(talks: tuple[Talk, ...]) -> list[str]:
    return [talk.title for talk in talks]


# Order


def test_the_newest_come_first_and_the_id_decides_between_equals() -> None:
    found = plan(
        publication(),
        [
            talk("b", NOON),
            talk("late", NOON + MICROSECOND),
            talk("a", NOON, talk_id="tag:example.org,2026:zzz"),
            talk("early", NOON - MICROSECOND),
        ],
    )

    assert names(found.talks) == ["late", "a", "b", "early"]


def test_the_moment_counts_and_not_its_offset() -> None:
    found = plan(
        publication(),
        [
            talk("first", datetime.fromisoformat("2017-12-07T23:00:00+14:00")),
            talk("second", datetime.fromisoformat("2017-12-07T10:00:00+00:00")),
            talk("third", datetime.fromisoformat("2017-12-07T01:00:00-12:00")),
        ],
    )

    assert names(found.talks) == ["third", "second", "first"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),  # days
            st.sampled_from([None, Event("A"), Event("A", day="2"), Event("B")]),
            st.integers(-1, 1),
            st.sampled_from([NOON, NOON + MICROSECOND]),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_plan_does_not_depend_on_the_order_of_the_files(
    given_talks: list[tuple[int, Event | None, int, datetime, bool]], chance: random.Random
) -> None:
    talks = [
        talk(
            f"t{number}",
            published + timedelta(days=days),
            day=date(2017, 12, 7) + timedelta(days=days),
            event=event,
            position=position,
            draft=draft,
        )
        for number, (days, event, position, published, draft) in enumerate(given_talks)
    ]
    shuffled = list(talks)
    chance.shuffle(shuffled)

    found = plan(publication(), talks)

    assert plan(publication(), shuffled) == found
    shown = {talk.slug for talk in talks if not talk.draft}
    assert {talk.slug for talk in found.talks} == shown
    assert set(found.neighbours) == shown
    assert sorted(talk.slug for day in found.days for talk in day.talks) == sorted(shown)
    assert sorted(talk.slug for issue in found.issues for talk in issue.talks) == sorted(shown)


def test_the_feed_is_the_newest_part_and_archives_are_the_rest() -> None:
    talks = [talk(f"t{number}", NOON + timedelta(hours=number)) for number in range(5)]

    found = plan(publication(entries=2), talks)  # each archive document holds one

    assert names(found.talks) == ["t4", "t3", "t2", "t1", "t0"]
    assert [names(part.items) for part in found.feeds[0].parts] == [
        ["t4", "t3"],
        ["t2"],
        ["t1"],
        ["t0"],
    ]


def test_one_more_talk_moves_no_other() -> None:
    def at(number: int) -> Talk:
        talk_id = f"tag:example.org,2026:{number}"
        published = default_published(date(2017, 12, 7), 0, talk_id, "America/Mexico_City")
        return talk(f"t{number}", published, talk_id=talk_id)

    before = plan(publication(), map(at, range(20))).talks
    after = plan(publication(), map(at, range(21))).talks

    assert tuple(talk for talk in after if talk.slug != "t20") == before


def test_a_publication_without_talks_has_an_empty_plan() -> None:
    found = plan(publication(), [])

    assert found.publication == publication()
    assert (found.talks, found.days, found.issues) == ((), (), ())
    assert [part.items for part in found.feeds[0].parts] == [()]
    assert found.neighbours == {}


def test_a_talk_of_the_future_is_listed() -> None:
    """Nothing here knows the clock; `draft: true` holds a talk back."""
    assert names(plan(publication(), [talk("f", datetime(2199, 1, 1, tzinfo=UTC))]).talks) == ["f"]


# Drafts, and what cannot stand together


def test_a_draft_is_nowhere() -> None:
    talks = [talk("a"), talk("b", draft=True), talk("c")]

    found = plan(publication(), talks)

    assert names(found.talks) == names(found.feeds[0].parts[0].items) == ["c", "a"]
    assert [names(day.talks) for day in found.days] == [["a", "c"]]
    assert [names(issue.talks) for issue in found.issues] == [["a", "c"]]
    assert found.neighbours["a"] == (None, talks[2])
    assert found.neighbours["c"] == (talks[0], None)
    assert names(issue_of(publication(), talks, Week(2017, 49)).talks) == ["a", "c"]
    assert plan(publication(), [talk("b", draft=True)]).issues == ()


def test_a_withdrawn_talk_stands_in_its_feeds_alone() -> None:
    gone = replace(talk("b", event=Event("KubeCon")), withdrawn=True)

    found = plan(publication(), [talk("a"), gone])

    assert names(found.talks) == ["a"]
    assert set(found.neighbours) == {"a"}
    assert [names(issue.talks) for issue in found.issues] == [["a"]]
    assert found.groups[Kind.EVENT] == ()
    listed = {feed.path: (names(feed.parts[0].items), feed.withdrawn) for feed in found.feeds}
    assert listed == {
        "": (["a"], (gone,)),
        "events/kubecon/": ([], (gone,)),
        "languages/es/": (["a"], (gone,)),
    }
    both = replace(gone, draft=True)
    assert all(feed.withdrawn == () for feed in plan(publication(), [both]).feeds)


def test_equal_ids_and_equal_slugs_are_refused_at_once() -> None:
    one = "tag:example.org,2026:one"

    with pytest.raises(ContentError) as caught:
        plan(
            publication(),
            [
                talk("d", slug="same"),
                talk("c", talk_id=one, draft=True),
                talk("b", talk_id=one, slug="same"),
                talk("a", talk_id=one),
                talk("e", slug="same"),
            ],
        )

    ids = "an id belongs to one talk for ever: remove it from the copy"
    slugs = "rename the file or give one of them a slug"
    assert caught.value.problems == (
        Problem("content/talks/b.md", 0, "id", f"{one} is also that of content/talks/a.md", ids),
        Problem("content/talks/c.md", 0, "id", f"{one} is also that of content/talks/a.md", ids),
        Problem("content/talks/d.md", 0, "slug", "same is also that of content/talks/b.md", slugs),
        Problem("content/talks/e.md", 0, "slug", "same is also that of content/talks/b.md", slugs),
    )


# Days


def test_days_go_backwards_and_their_talks_forwards() -> None:
    first, second = date(2017, 12, 6), date(2017, 12, 7)
    conference, other = Event("KubeCon", day="1"), Event("Meetup")
    talks = [
        talk("z", day=second, event=conference, position=1),
        talk("y", NOON + MICROSECOND, day=second, event=conference, position=2),
        talk("x", NOON, day=second, event=conference, position=2),
        talk("w", NOON, day=second, event=conference, position=2),
        talk("m", day=second, event=other, position=-1),
        talk("n", day=second),
        talk("o", day=first, event=conference),
        talk("p", day=first, event=Event("KubeCon", day="0")),
        talk("q", day=first, event=Event("KubeCon", day="0", location="Austin")),
    ]

    assert [(day.date, day.event, day.label, names(day.talks)) for day in days_of(talks)] == [
        (second, "", "", ["n"]),
        (second, "KubeCon", "1", ["z", "w", "x", "y"]),
        (second, "Meetup", "", ["m"]),
        (first, "KubeCon", "0", ["p", "q"]),
        (first, "KubeCon", "1", ["o"]),
    ]


def test_neighbours_stand_on_the_same_day_of_the_same_event() -> None:
    talks = [
        talk("a", position=1),
        talk("b", position=2),
        talk("c", position=3),
        talk("d", event=Event("Meetup")),
    ]

    found = plan(publication(), talks).neighbours

    a, b, c, _ = talks
    assert found == {"a": (None, b), "b": (a, c), "c": (b, None), "d": (None, None)}


@given(st.lists(st.integers(-2, 2), min_size=2, max_size=8))
def test_reading_order_is_total(positions: list[int]) -> None:
    talks = [talk(f"t{number}", position=at) for number, at in enumerate(positions)]

    keys = sorted(reading_order(talk) for talk in talks)

    assert all(before < after for before, after in pairwise(keys))


# Issues

# Zone, week, its two bounds. Each bound is the first moment of its day.
WINDOWS = [
    ("America/Mexico_City", "2017-W49", "2017-12-04T00:00:00-06:00", "2017-12-11T00:00:00-06:00"),
    ("America/Chicago", "2017-W10", "2017-03-06T00:00:00-06:00", "2017-03-13T00:00:00-05:00"),
    ("America/Chicago", "2017-W44", "2017-10-30T00:00:00-05:00", "2017-11-06T00:00:00-06:00"),
    ("America/Sao_Paulo", "2018-W44", "2018-10-29T00:00:00-03:00", "2018-11-05T00:00:00-02:00"),
    ("Europe/Madrid", "2020-W53", "2020-12-28T00:00:00+01:00", "2021-01-04T00:00:00+01:00"),
    ("Europe/Madrid", "2021-W01", "2021-01-04T00:00:00+01:00", "2021-01-11T00:00:00+01:00"),
    ("UTC", "2016-W52", "2016-12-26T00:00:00+00:00", "2017-01-02T00:00:00+00:00"),
    ("UTC", "2018-W01", "2018-01-01T00:00:00+00:00", "2018-01-08T00:00:00+00:00"),
    ("UTC", "2019-W01", "2018-12-31T00:00:00+00:00", "2019-01-07T00:00:00+00:00"),
    ("Pacific/Apia", "2011-W52", "2011-12-26T00:00:00-10:00", "2012-01-02T00:00:00+14:00"),
    ("Pacific/Kiritimati", "2017-W49", "2017-12-04T00:00:00+14:00", "2017-12-11T00:00:00+14:00"),
    # Midnight itself was skipped on these Mondays.
    ("Asia/Tehran", "2016-W12", "2016-03-21T01:00:00+04:30", "2016-03-28T00:00:00+04:30"),
    ("America/Asuncion", "1990-W40", "1990-10-01T01:00:00-03:00", "1990-10-08T00:00:00-03:00"),
    ("Africa/Monrovia", "1950-W01", "1950-01-02T00:44:30+00:00", "1950-01-09T00:44:30+00:00"),
]


@pytest.mark.parametrize(("zone", "week", "start", "end"), WINDOWS)
def test_an_issue_holds_its_week_half_open(zone: str, week: str, start: str, end: str) -> None:
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    moments = {
        "before": first - MICROSECOND,
        "start": first,
        "inside": first + (last - first) / 2,
        "last": last - MICROSECOND,
        "end": last,
    }
    talks = [talk(name, moment, position=n) for n, (name, moment) in enumerate(moments.items())]

    issue = issue_of(publication(zone), talks, Week.parse(week))

    assert (rfc3339(issue.start), rfc3339(issue.end)) == (start, end)
    assert str(issue.week) == week
    assert names(issue.talks) == ["start", "inside", "last"]
    assert issue.path == f"issues/{week}/"
    weeks = issues_of(publication(zone), talks)
    assert [names(found.talks) for found in weeks] == [["end"], names(issue.talks), ["before"]]
    assert weeks[1] == issue


@pytest.mark.parametrize("zone", sorted({window[0] for window in WINDOWS}))
def test_issues_meet_without_gap_or_overlap(zone: str) -> None:
    week, issues = Week.parse("2009-W52"), []
    for _ in range(53 * 12):
        issues.append(issue_of(publication(zone), [], week))
        week = Week.of(week.sunday + timedelta(days=1))

    assert all(before.end == after.start for before, after in pairwise(issues))
    assert all(
        timedelta(days=6) <= issue.end - issue.start <= timedelta(days=7, hours=2)
        for issue in issues
    )


def test_an_issue_may_be_empty_and_counts_no_other_week() -> None:
    issue = issue_of(publication(), [talk("a")], Week(2017, 48))

    assert issue.talks == ()
    assert issues_of(publication(), []) == ()


def test_issues_come_newest_first_in_reading_order() -> None:
    talks = [
        talk("b", NOON, position=2),
        talk("a", NOON + timedelta(hours=1), position=1),
        talk("old", NOON - timedelta(days=7)),
        talk("new", NOON + timedelta(days=365)),
    ]

    found = issues_of(publication(), talks)

    assert [(str(issue.week), names(issue.talks)) for issue in found] == [
        ("2018-W49", ["new"]),
        ("2017-W49", ["a", "b"]),
        ("2017-W48", ["old"]),
    ]


@given(
    st.lists(st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)), max_size=8),
    st.sampled_from(sorted({window[0] for window in WINDOWS})),
)
def test_every_talk_is_in_the_one_issue_of_its_week(moments: list[datetime], zone: str) -> None:
    talks = [talk(f"t{n}", moment.replace(tzinfo=UTC)) for n, moment in enumerate(moments)]

    issues = issues_of(publication(zone), talks)

    assert sorted(name for issue in issues for name in names(issue.talks)) == sorted(
        talk.title for talk in talks
    )
    for issue in issues:
        assert issue_of(publication(zone), talks, issue.week) == issue
        assert issue.talks


@pytest.mark.parametrize(
    ("zone", "now", "week"),
    [
        ("UTC", "2017-12-11T00:00:00+00:00", "2017-W49"),
        ("UTC", "2017-12-10T23:59:59.999999+00:00", "2017-W48"),
        ("UTC", "2017-12-17T23:59:59+00:00", "2017-W49"),
        ("America/Mexico_City", "2017-12-11T05:59:59.999999+00:00", "2017-W48"),
        ("America/Mexico_City", "2017-12-11T06:00:00+00:00", "2017-W49"),
        ("Pacific/Kiritimati", "2017-12-10T10:00:00+00:00", "2017-W49"),
        ("Pacific/Kiritimati", "2017-12-10T09:59:59+00:00", "2017-W48"),
        ("Etc/GMT+12", "2017-12-11T11:59:59+00:00", "2017-W48"),
        ("Etc/GMT+12", "2017-12-11T12:00:00+00:00", "2017-W49"),
        ("Europe/Madrid", "2021-01-04T00:00:00+01:00", "2020-W53"),
        ("Europe/Madrid", "2021-01-03T23:59:59+01:00", "2020-W52"),
        ("Europe/Madrid", "2021-01-11T00:00:00+01:00", "2021-W01"),
        ("UTC", "2018-01-01T00:00:00+00:00", "2017-W52"),
        ("America/Chicago", "2017-03-13T05:00:00+00:00", "2017-W10"),
        ("America/Chicago", "2017-03-13T04:59:59+00:00", "2017-W09"),
        ("America/Chicago", "2017-11-06T06:00:00+00:00", "2017-W44"),
        ("America/Chicago", "2017-11-06T05:59:59+00:00", "2017-W43"),
    ],
)
def test_last_finished_week(zone: str, now: str, week: str) -> None:
    moment = datetime.fromisoformat(now)

    found = last_finished_week(publication(zone), moment)

    assert str(found) == week
    issue = issue_of(publication(zone), [], found)
    assert issue.end <= moment < issue.end + timedelta(days=7, hours=2)
    assert last_finished_week(publication(zone), moment.astimezone(ZoneInfo("Asia/Tokyo"))) == found


# Weeks


@pytest.mark.parametrize(
    ("written", "monday", "sunday"),
    [
        ("2017-W49", date(2017, 12, 4), date(2017, 12, 10)),
        (" 2017-w49\n", date(2017, 12, 4), date(2017, 12, 10)),
        ("2017-W01", date(2017, 1, 2), date(2017, 1, 8)),
        ("2017-W52", date(2017, 12, 25), date(2017, 12, 31)),
        ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
        ("2015-W53", date(2015, 12, 28), date(2016, 1, 3)),
        ("2019-W01", date(2018, 12, 31), date(2019, 1, 6)),
    ],
)
def test_a_week_is_read_and_written(written: str, monday: date, sunday: date) -> None:
    week = Week.parse(written)

    assert (week.monday, week.sunday) == (monday, sunday)
    assert str(week) == written.strip().upper()
    assert Week.of(monday) == Week.of(sunday) == week
    assert Week.of(monday - timedelta(days=1)) < week < Week.of(sunday + timedelta(days=1))


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2017",
        "2017-49",
        "2017-W",
        "2017-W00",
        "2017-W53",
        "2017-W54",
        "2021-W53",
        "2017-W99",
        "0000-W01",
        "2017-W4",
        "2017-W049",
        "17-W49",
        "20170-W49",
        "2017W49",
        "2017-W49-1",
        "2017-Wxx",
        "-017-W49",
        "2017-12-04",
        "esta semana",
        "2017-W4\n9",
        "٢٠١٧-W٤٩",
        "２０１７-W49",
        "+017-W49",
        "2_17-W49",
        "2017-W+9",
        "2017-W 9",
        # Their issues begin or end where Python's calendar has ended: OverflowError.
        "0001-W01",
        "9999-W52",
    ],
)
def test_what_is_no_week_is_a_wrong_use(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        Week.parse(written)

    assert str(caught.value) == (
        f"{written!r} is not an ISO week (write it as 2017-W49; a year has 52 or 53 of them)"
    )
