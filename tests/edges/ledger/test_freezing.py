"""An issue from a real publication into both databases, while others change what it is of."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.deliveries import Wish
from feeds.edges.content import Folder
from feeds.edges.ledger import Ledger
from feeds.errors import ContentError, WorldError
from feeds.jobs.issues import Nothing, Ready, Workshop, freeze, language_of, prepare
from feeds.jobs.loading import kit_of, load
from feeds.jobs.subscribers import Wishes, remove, set_wishes
from feeds.model import Issue, Publication, Week
from feeds.render.letters import Template
from tests.edges.conftest import TALK, write_publication
from tests.edges.ledger.conftest import both_when_quick
from tests.edges.ledger.made import person, take_in, totals_of
from tests.edges.ledger.worker import SECRET

LAST, WEEK, NEXT = Week(2017, 48), Week(2017, 49), Week(2017, 50)
NOW = datetime(2018, 1, 8, 9, tzinfo=UTC)
Open = Callable[[], Workshop]


@pytest.fixture
def workshop(tmp_path: Path) -> Open:
    """The publication as it stands on the disk now."""
    root = tmp_path / "publication"
    write_publication(root)

    def made() -> Workshop:
        source = Folder(root)
        loaded = load(source)
        return Workshop(
            loaded, kit_of(source, loaded.publication), SECRET, lambda _template, _kit, _week: []
        )

    return made


def add_talk(tmp_path: Path, number: int, date: str) -> None:
    path = tmp_path / "publication" / "content" / "talks" / f"talk-{number}.md"
    path.write_text(TALK.format(number=number).replace("2017-12-07", date), "utf-8")


def meanwhile(*changes: Callable[[], object]) -> Callable[[Publication, Issue, datetime], None]:
    """What others do between the rendering and the freezing, one change a try."""
    left = list(changes)

    def late(_publication: Publication, _issue: Issue, _now: datetime) -> None:
        if left:
            left.pop(0)()

    return late


def test_wishes_that_change_meanwhile_are_rendered_too(ledger: Ledger, workshop: Open) -> None:
    take_in(ledger, [person("ana"), person("eva"), person("zoe")])
    found = freeze(
        ledger,
        workshop(),
        WEEK,
        NOW,
        meanwhile(
            lambda: set_wishes(ledger, "ana@example.org", Wishes(language="en")),
            lambda: take_in(ledger, [person("new", tags=("go",))]),
            lambda: remove(ledger, "zoe@example.org", NOW),
        ),
    )
    assert isinstance(found, Ready)
    assert found.recipients == totals_of(ledger, WEEK).recipients == 2
    assert set(found.frozen.choices) == {
        Wish("", (), ()),
        Wish("en", (), ()),
        Wish("", ("go",), ()),
    }
    assert {variant.language for variant in found.frozen.variants} == {"es-MX", "en"}


def test_everybody_may_leave_meanwhile(ledger: Ledger, workshop: Open) -> None:
    take_in(ledger, [person("ana")])
    leaves = meanwhile(lambda: remove(ledger, "ana@example.org", NOW))
    found = freeze(ledger, workshop(), WEEK, NOW, leaves)
    assert isinstance(found, Ready)
    assert found.recipients == 0
    assert totals_of(ledger, WEEK).finished_at == NOW


def test_wishes_that_never_rest_are_told(ledger: Ledger, workshop: Open) -> None:
    people = iter(range(1_000))

    def restless(_publication: Publication, _issue: Issue, _now: datetime) -> None:
        take_in(ledger, [person(f"p{next(people)}", tags=(f"t{next(people)}",))])

    take_in(ledger, [person("ana")])
    with pytest.raises(WorldError, match="changes faster than it can be rendered"):
        freeze(ledger, workshop(), WEEK, NOW, restless)
    with ledger.reading() as shelf:
        assert shelf.totals() == []


def test_the_same_week_frozen_meanwhile_is_not_frozen_again(ledger: Ledger, workshop: Open) -> None:
    take_in(ledger, [person("ana")])
    other = meanwhile(lambda: freeze(ledger, workshop(), WEEK, NOW))
    assert freeze(ledger, workshop(), WEEK, NOW, other) is None
    assert totals_of(ledger, WEEK).recipients == 1


def test_an_older_week_frozen_meanwhile_takes_its_talks(
    ledger: Ledger, workshop: Open, tmp_path: Path
) -> None:
    """Both were about to tell a talk that came late."""
    take_in(ledger, [person("ana")])
    add_talk(tmp_path, 4, "2017-12-01")
    freeze(ledger, workshop(), LAST, NOW)
    add_talk(tmp_path, 5, "2017-12-01")
    add_talk(tmp_path, 6, "2017-12-13")
    other = meanwhile(lambda: freeze(ledger, workshop(), WEEK, NOW))
    found = freeze(ledger, workshop(), NEXT, NOW, other)
    assert isinstance(found, Ready)
    assert [talk.position for talk in found.issue.talks] == [6]
    with ledger.reading() as shelf:
        assert [(issue.week, issue.talks) for issue in shelf.totals()] == [
            (NEXT, 1),
            (WEEK, 4),
            (LAST, 1),
        ]


def test_a_newer_week_frozen_meanwhile_is_told(
    ledger: Ledger, workshop: Open, tmp_path: Path
) -> None:
    take_in(ledger, [person("ana")])
    add_talk(tmp_path, 4, "2017-12-13")
    other = meanwhile(lambda: freeze(ledger, workshop(), NEXT, NOW))
    with pytest.raises(WorldError, match="2017-W49: is older than the newest issue, 2017-W50"):
        freeze(ledger, workshop(), WEEK, NOW, other)
    with ledger.reading() as shelf:
        assert [issue.week for issue in shelf.totals()] == [NEXT]


def test_a_week_without_news_begins_the_telling(
    ledger: Ledger, workshop: Open, tmp_path: Path
) -> None:
    take_in(ledger, [person("ana")])
    assert freeze(ledger, workshop(), NEXT, NOW) == Nothing(NEXT, "nothing new")
    add_talk(tmp_path, 4, "2017-12-01")
    found = freeze(ledger, workshop(), NEXT, NOW)
    assert isinstance(found, Ready)
    assert [talk.position for talk in found.issue.talks] == [4]


def test_a_week_without_news_takes_no_week_away_before_the_first_issue(
    ledger: Ledger, workshop: Open
) -> None:
    take_in(ledger, [person("ana")])
    assert freeze(ledger, workshop(), NEXT, NOW) == Nothing(NEXT, "nothing new")
    found = freeze(ledger, workshop(), WEEK, NOW)
    assert isinstance(found, Ready)
    assert [talk.position for talk in found.issue.talks] == [1, 2, 3]
    assert freeze(ledger, workshop(), NEXT, NOW) == Nothing(NEXT, "nothing new")


def test_a_week_for_which_nobody_was_there_begins_nothing(ledger: Ledger, workshop: Open) -> None:
    assert freeze(ledger, workshop(), WEEK, NOW) == Nothing(WEEK, "nobody is subscribed", 3)
    with ledger.reading() as shelf:
        assert shelf.told() is None
    take_in(ledger, [person("ana")])
    assert isinstance(freeze(ledger, workshop(), WEEK, NOW), Ready)


def test_lateness_is_asked_of_issues_alone(ledger: Ledger, workshop: Open) -> None:
    def late(_publication: Publication, issue: Issue, _now: datetime) -> None:
        raise WorldError(str(issue.week), "is late")

    assert isinstance(freeze(ledger, workshop(), WEEK, NOW, late), Nothing)
    take_in(ledger, [person("ana")])
    with pytest.raises(WorldError, match="is late"):
        freeze(ledger, workshop(), WEEK, NOW, late)
    with ledger.reading() as shelf:
        assert shelf.told() is None


def test_an_unfinished_week_waits_to_the_microsecond(ledger: Ledger, workshop: Open) -> None:
    end = datetime.fromisoformat("2017-12-11T00:00:00-06:00")
    take_in(ledger, [person("ana")])
    with pytest.raises(WorldError, match=r"is not over until 2017-12-11 00:00 -0600 \(wait\)"):
        freeze(ledger, workshop(), WEEK, end - timedelta(microseconds=1))
    assert isinstance(freeze(ledger, workshop(), WEEK, end), Ready)


@both_when_quick
def test_preparing_changes_nothing(ledger: Ledger, workshop: Open) -> None:
    take_in(ledger, [person("ana")])
    with ledger.reading() as shelf:
        first = prepare(shelf, workshop(), WEEK, NOW)
    with ledger.reading() as shelf:
        assert prepare(shelf, workshop(), WEEK, NOW) == first
        assert shelf.told() is None


def test_a_gate_that_complains_keeps_everything_back(ledger: Ledger, workshop: Open) -> None:
    take_in(ledger, [person("ana"), person("bob", language="en")])

    def no_english(_template: Template, kit: object, _week: Week) -> list[str]:
        language = kit.publication.language  # type: ignore[attr-defined]
        return ["some-rule: no"] if language == "en" else []

    made = workshop()
    strict = Workshop(made.loaded, made.kit, made.secret, no_english)
    with pytest.raises(ContentError, match=r"2017-W49 \(en\): some-rule: no"):
        freeze(ledger, strict, WEEK, NOW)
    with ledger.reading() as shelf:
        assert shelf.totals() == []
        assert shelf.told() is None


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("", "es-MX"),
        ("es", "es-MX"),
        ("es-AR", "es-MX"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("tlh", "es-MX"),
        ("e", "es-MX"),
    ],
)
def test_people_read_their_language_where_there_are_words_in_it(
    workshop: Open, wanted: str, spoken: str
) -> None:
    assert language_of(workshop().kit, wanted) == spoken
