"""What SQLite and PostgreSQL must both do: the jobs' Protocols, and the jobs over them."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from feeds.edges.ledger import Ledger
from feeds.errors import ContentError, WorldError
from feeds.jobs.subscribers import (
    Imported,
    Wishes,
    add,
    forget,
    import_csv,
    remove,
    set_wishes,
)
from feeds.model import Status, Subscriber
from feeds.subscribers import write_csv
from tests.edges.ledger.conftest import Place, both_when_quick
from tests.edges.ledger.made import an_issue, freeze

NOW = datetime(2017, 12, 11, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ANA = Subscriber("ana@example.org", Status.CONFIRMED, NOW, "Ana", "es-MX", ("k8s",), ("Día 2",))
HEADER = "email,name,language,status\n"


def everybody(ledger: Ledger) -> list[Subscriber]:
    with ledger.reading() as register:
        return list(register.each())


def take(ledger: Ledger, text: str, now: datetime = NOW) -> Imported:
    return import_csv(ledger, (HEADER + text).encode().splitlines(keepends=True), "a.csv", now)


def csv_of(ledger: Ledger) -> str:
    with ledger.reading() as register:
        return "".join(write_csv(register.each()))


@both_when_quick
def test_what_is_added_comes_back_whole(ledger: Ledger) -> None:
    for person in (ANA, replace(ANA, email="josé@example.org", name="«ñ» 🎤 '", paused=True)):
        assert add(ledger, person, again=False) == ("added", person)
        assert person in everybody(ledger)


def test_moments_are_utc_whatever_their_offset(ledger: Ledger) -> None:
    here = NOW.astimezone(timezone(timedelta(hours=-6)))
    add(ledger, replace(ANA, since=here), again=False)
    (found,) = everybody(ledger)
    assert found.since == NOW
    assert found.since.utcoffset() == timedelta()


@both_when_quick
def test_the_order_is_that_of_code_points_in_every_locale(ledger: Ledger) -> None:
    emails = ["Zoe@example.org", "a-b@example.org", "ab@example.org", "a_c@example.org", "ñ@x.org"]
    emails += ["ñandu@x.org", "nz@x.org", "ana@xn--maana-pta.mx"]
    for email in emails:
        add(ledger, replace(ANA, email=email), again=False)
    assert [person.email for person in everybody(ledger)] == sorted(emails, key=str.lower)


def test_one_mailbox_is_one_person(ledger: Ledger) -> None:
    add(ledger, ANA, again=False)
    assert add(ledger, replace(ANA, email="ANA@example.org"), again=False) == ("unchanged", ANA)
    with pytest.raises(RuntimeError), ledger.changing() as register:
        register.add([replace(ANA, email="Ana@example.org")])
    assert everybody(ledger) == [ANA]


def test_a_block_that_raises_changes_nothing(ledger: Ledger) -> None:
    def fail() -> None:
        with ledger.changing() as register:
            register.add([ANA])
            register.suppress("eva@example.org", NOW)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert everybody(ledger) == []
    with ledger.reading() as register:
        assert register.counts().suppressed == 0


def test_reading_sees_one_state_while_others_write(ledger: Ledger) -> None:
    add(ledger, ANA, again=False)
    with ledger.reading() as register:
        assert register.counts().subscribers == 1
        add(ledger, replace(ANA, email="eva@example.org"), again=False)
        assert [person.email for person in register.each()] == [ANA.email]
    assert len(everybody(ledger)) == 2


def test_one_change_at_a_time_and_the_impatient_are_told(ledger: Ledger, place: Place) -> None:
    other = place.open(patience_s=0.05)
    with ledger.changing() as register:
        register.add([ANA])
        with pytest.raises(WorldError, match="in use by another process") as error:
            add(other, ANA, again=False)
        assert "ana@" not in str(error.value)
    other.close()
    assert everybody(ledger) == [ANA]


def test_a_change_waits_for_the_one_before(ledger: Ledger, place: Place) -> None:
    """Nobody is brought back between an import's look at the suppression list and its write."""
    other = place.open()
    asked = threading.Event()
    done: list[object] = []

    def forget_meanwhile() -> None:
        asked.set()
        done.append(forget(other, ANA.email, LATER).fresh)

    thread = threading.Thread(target=forget_meanwhile)
    with ledger.changing() as register:
        assert not register.suppressed([ANA.email])
        thread.start()
        assert asked.wait(30)
        thread.join(0.2)
        assert not done
        register.add([ANA])
    thread.join(30)
    other.close()
    assert done == [True]
    assert everybody(ledger) == []


def test_adding_confirms_and_never_takes_back(ledger: Ledger) -> None:
    pending = replace(ANA, status=Status.PENDING)
    assert add(ledger, pending, again=False)[0] == "added"
    assert add(ledger, replace(ANA, since=LATER, name="Other"), again=False) == (
        "confirmed",
        replace(ANA, since=LATER),
    )
    assert add(ledger, pending, again=False)[0] == "unchanged"
    assert everybody(ledger) == [replace(ANA, since=LATER)]


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED])
def test_whoever_left_comes_back_only_when_they_ask(ledger: Ledger, status: Status) -> None:
    left = replace(ANA, status=status)
    with ledger.changing() as register:
        register.add([left])
    with pytest.raises(WorldError, match=f"this address is {status} .*--again"):
        add(ledger, ANA, again=False)
    assert everybody(ledger) == [left]
    assert add(ledger, replace(ANA, since=LATER), again=True)[0] == "returned"
    assert everybody(ledger) == [replace(ANA, since=LATER)]


def test_removing_keeps_the_row_and_is_done_once(ledger: Ledger) -> None:
    add(ledger, ANA, again=False)
    gone = replace(ANA, status=Status.UNSUBSCRIBED, since=LATER)
    assert remove(ledger, "ANA@example.org", LATER) == (True, gone)
    assert remove(ledger, ANA.email, LATER + timedelta(days=1)) == (False, gone)
    with pytest.raises(WorldError, match="nobody has this address"):
        remove(ledger, "eva@example.org", NOW)


def test_wishes_are_changed_one_by_one(ledger: Ledger) -> None:
    add(ledger, ANA, again=False)
    assert set_wishes(ledger, ANA.email, Wishes(paused=True)) == (True, replace(ANA, paused=True))
    assert set_wishes(ledger, ANA.email, Wishes(paused=True))[0] is False
    wishes = Wishes(name="", language="en", tags=(), events=("KubeCon",), paused=False)
    changed, found = set_wishes(ledger, ANA.email, wishes)
    assert changed
    assert found == Subscriber(ANA.email, Status.CONFIRMED, NOW, language="en", events=("KubeCon",))
    assert everybody(ledger) == [found]


def test_the_forgotten_are_gone_and_stay_away(ledger: Ledger) -> None:
    add(ledger, ANA, again=False)
    assert forget(ledger, "Ana@Example.org".lower(), LATER).fresh
    assert everybody(ledger) == []
    assert not forget(ledger, ANA.email, LATER).fresh
    assert take(ledger, "ANA@EXAMPLE.ORG,Ana\neva@example.org\n") == Imported(added=1, suppressed=1)
    with pytest.raises(WorldError, match=r"on the suppression list .*--again"):
        add(ledger, ANA, again=False)
    assert [person.email for person in everybody(ledger)] == ["eva@example.org"]
    assert add(ledger, ANA, again=True)[0] == "added"
    assert take(ledger, "ana@example.org\n") == Imported(unchanged=1)


def test_whoever_never_was_here_can_be_forgotten(ledger: Ledger) -> None:
    assert forget(ledger, ANA.email, NOW).fresh
    assert take(ledger, "ana@example.org\n") == Imported(suppressed=1)


def test_a_number_is_never_given_twice(ledger: Ledger) -> None:
    """Message ids and return addresses will be made of it."""

    def number() -> int:
        with ledger.engine.connect() as connection:
            found: int = connection.exec_driver_sql("SELECT max(id) FROM subscribers").scalar_one()
            return found

    add(ledger, ANA, again=False)
    first = number()
    forget(ledger, ANA.email, NOW)
    add(ledger, ANA, again=True)
    assert number() > first


@both_when_quick
def test_an_import_moves_a_status_forwards_only(ledger: Ledger) -> None:
    ranks = [Status.PENDING, Status.CONFIRMED, Status.UNSUBSCRIBED, Status.BOUNCED]
    ranks.append(Status.COMPLAINED)
    for before in ranks:
        for said in ranks:
            person = replace(ANA, email=f"{before}.{said}@example.org", status=before)
            with ledger.changing() as register:
                register.add([person])
            found = take(ledger, f"{person.email},,,{said}\n", LATER)
            with ledger.reading() as register:
                after = register.find([person.email])[person.email]
            later = ranks.index(said) > ranks.index(before)
            expected = replace(person, status=said, since=LATER) if later else person
            assert after == expected
            kept = ranks.index(said) < ranks.index(before)
            assert found == Imported(changed=later, kept=kept, unchanged=not later and not kept)


def test_an_import_leaves_what_it_does_not_say(ledger: Ledger) -> None:
    add(ledger, replace(ANA, paused=True), again=False)
    assert take(ledger, "ana@example.org,,,\n", LATER) == Imported(unchanged=1)
    assert take(ledger, "ana@example.org,Anna,,\n", LATER) == Imported(changed=1)
    assert everybody(ledger) == [replace(ANA, name="Anna", paused=True)]


def test_an_import_with_a_mistake_changes_nothing(ledger: Ledger) -> None:
    add(ledger, ANA, again=False)
    good = "".join(f"p{number}@example.org\n" for number in range(2_500))
    with pytest.raises(ContentError) as error:
        take(ledger, f"ana@example.org,Anna\n{good}nobody\n{good[:15]}")
    lines = [problem.line for problem in error.value.problems]
    assert lines == [2503, 2504]
    assert everybody(ledger) == [ANA]


def test_import_export_import_is_the_same_in_a_new_database(ledger: Ledger, place: Place) -> None:
    text = 'b@example.org,"Bea, ""B""",es,pending\nA@example.org,\'=1+1,,bounced\n'
    assert take(ledger, text + "josé@mañana.mx,@ñ,en\n") == Imported(added=3)
    once = csv_of(ledger)
    assert once.splitlines() == [
        "email,name,language,status",
        "A@example.org,'=1+1,,bounced",
        'b@example.org,"Bea, ""B""",es,pending',
        "josé@xn--maana-pta.mx,'@ñ,en,confirmed",
    ]
    lines = once.encode().splitlines(keepends=True)
    assert import_csv(ledger, lines, "a.csv", LATER) == Imported(unchanged=3)
    with ledger.changing() as register:
        for person in everybody(ledger):
            register.erase(person.email)
    assert import_csv(ledger, lines, "a.csv", LATER) == Imported(added=3)
    assert csv_of(ledger) == once


def test_counts_add_up(ledger: Ledger) -> None:
    for number, status in enumerate(Status):
        with ledger.changing() as register:
            register.add(
                [
                    replace(
                        ANA,
                        email=f"{status}{copy}@example.org",
                        status=status,
                        language="es" if copy else "",
                        paused=copy == 1,
                    )
                    for copy in range(number + 1)
                ]
            )
    forget(ledger, "eva@example.org", NOW)
    with ledger.reading() as register:
        counts = register.counts()
    assert counts.by_status == {
        "pending": 1,
        "confirmed": 2,
        "unsubscribed": 3,
        "bounced": 4,
        "complained": 5,
    }
    assert (counts.subscribers, counts.receiving, counts.paused, counts.suppressed) == (15, 1, 4, 1)
    assert counts.by_language == {"": 5, "es": 10}


def test_each_streams_more_than_a_batch_and_by_status(ledger: Ledger) -> None:
    people = [
        replace(
            ANA,
            email=f"p{number:05}@example.org",
            status=Status.PENDING if number % 2 else Status.CONFIRMED,
        )
        for number in range(2_500)
    ]
    with ledger.changing() as register:
        register.add(people)
    assert everybody(ledger) == people
    with ledger.reading() as register:
        assert list(register.each(Status.PENDING)) == people[1::2]


def test_another_key_is_refused_once_there_are_hashes(ledger: Ledger, place: Place) -> None:
    other = b"another secret key, also 32 long."
    place.open(other).close()
    place.open().close()
    forget(ledger, ANA.email, NOW)
    with pytest.raises(WorldError, match=r"another secret key, .*TALKFEEDS_SECRET_KEY"):
        place.open(other)
    place.open().close()


def test_a_ledger_belongs_to_the_first_publication_that_asks(ledger: Ledger) -> None:
    with ledger.reading() as register:
        assert register.publication() == ""
    with ledger.changing() as register:
        assert register.take_publication("tag:a.example,2026:a") == "tag:a.example,2026:a"
    with ledger.changing() as register:
        assert register.take_publication("tag:b.example,2026:b") == "tag:a.example,2026:a"


def test_letters_keep_the_key_that_named_them(place: Place) -> None:
    ledger = place.open()
    freeze(ledger, an_issue(choices={}, talks=("a",)))
    ledger.close()
    with pytest.raises(WorldError, match="made with another secret key"):
        place.open(b"another secret key, also 32 long.")
