"""Subscribe, confirm, choose, leave, come back: over HTTP, on both databases."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any

import httpx
import pytest

from feeds.edges.ledger import Ledger
from feeds.jobs.subscribers import forget
from feeds.model import Status
from tests.edges.web.conftest import ONE_CLICK, PATIENCE_S, START, Site, message_of


def button(page: httpx.Response) -> dict[str, str]:
    """The hidden field of a page's one form."""
    (found,) = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page.text)
    return dict([found])


def test_nothing_is_kept_before_the_click_and_the_click_takes_them_in(site: Site) -> None:
    answer = site.ask("Ana@Example.org", language="en")
    assert answer.status_code == 200
    path = site.last_link(1)
    assert site.everything() == [], "nobody has confirmed"
    page = site.client.get(path)
    assert page.status_code == 200
    assert "A…@example.org" in page.text
    assert site.everything() == [], "looking changes nothing"
    done = site.client.post(path, data=button(page))
    assert (done.status_code, done.headers.get("location")) == (200, None)
    person = site.person("Ana@example.org")
    assert person
    assert (person.status, person.language, person.since) == (Status.CONFIRMED, "en", START)
    site.later(hours=1)
    assert site.client.post(path, data=button(page)).status_code == 200
    assert site.everything() == [person], "a second click changes nothing"


def test_a_link_to_confirm_expires_after_seven_days(site: Site) -> None:
    site.ask("ana@example.org")
    path = site.last_link(1)
    site.later(days=7)
    assert site.client.get(path).status_code == 200
    site.later(seconds=1)
    assert site.client.get(path).status_code == 410
    assert site.client.post(path, data={"confirm": "yes"}).status_code == 410
    assert site.everything() == []


def test_whoever_left_after_asking_is_not_brought_back_by_the_old_link(site: Site) -> None:
    site.ask("ana@example.org")
    path = site.last_link(1)
    site.client.post(path, data={"confirm": "yes"})
    with site.ledger.reading() as register:
        number = register.numbers(["ana@example.org"])["ana@example.org"]
    site.later(hours=1)
    assert site.client.post(site.leave_path(number), data=ONE_CLICK).status_code == 200
    site.later(hours=1)
    assert site.client.post(path, data={"confirm": "yes"}).status_code == 410
    person = site.person("ana@example.org")
    assert person
    assert person.status == Status.UNSUBSCRIBED
    site.ask("ana@example.org")
    site.later(minutes=1)
    assert site.client.post(site.last_link(2), data={"confirm": "yes"}).status_code == 200
    person = site.person("ana@example.org")
    assert person
    assert person.status == Status.CONFIRMED


def test_the_forgotten_come_back_by_their_own_click_alone(site: Site) -> None:
    site.add("ana@example.org")
    assert forget(site.ledger, "ana@example.org", START).fresh
    site.ask("ana@example.org")
    path = site.last_link(1)
    assert site.everything() == []
    with site.ledger.reading() as register:
        assert register.suppressed(["ana@example.org"])
    site.client.post(path, data={"confirm": "yes"})
    with site.ledger.reading() as register:
        assert not register.suppressed(["ana@example.org"])
    assert [person.email for person in site.everything()] == ["ana@example.org"]


@pytest.mark.parametrize("status", Status)
def test_everybody_reads_the_same_and_only_their_own_inbox_tells(
    open_site: Site, status: Status
) -> None:
    unknown = open_site.ask("nobody@example.org")
    open_site.inbox.wait(1)
    open_site.add("ana@example.org", status, tags=("go",))
    known = open_site.ask("ana@example.org")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    varied = {"date"}
    assert {name: value for name, value in known.headers.items() if name not in varied} == {
        name: value for name, value in unknown.headers.items() if name not in varied
    }
    open_site.ask("last@example.org")
    silent = status in {Status.BOUNCED, Status.COMPLAINED}
    letters = open_site.inbox.wait(2 if silent else 3)
    ours = [letter for letter in letters if letter.recipient == "ana@example.org"]
    assert len(ours) == (0 if silent else 1)
    if status == Status.CONFIRMED:
        message = message_of(ours[0])
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text = str(message.get_body(("plain",)))
        assert "/confirm/" not in text
    assert len(open_site.everything()) == 1, "and nothing was written down"


def held(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> tuple[Event, Event]:
    """Every transaction from now on waits: set when one does, and to be set to let them go."""
    begun, released = Event(), Event()
    for name in ("reading", "changing"):
        real = getattr(ledger, name)

        @contextmanager
        def waiting(real: Any = real) -> Iterator[object]:
            begun.set()
            assert released.wait(PATIENCE_S)
            with real() as register:
                yield register

        monkeypatch.setattr(ledger, name, waiting)
    return begun, released


def test_the_answer_to_who_asks_does_not_wait_for_the_ledger(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_site.add("ana@example.org")
    begun, released = held(open_site.ledger, monkeypatch)
    for email in ("ana@example.org", "nobody@example.org"):
        assert open_site.ask(email).status_code == 200
    assert begun.wait(PATIENCE_S), "the mails are what looks somebody up"
    released.set()
    assert len(open_site.inbox.wait(2)) == 2


def test_who_waits_for_the_ledger_keeps_nobody_else_waiting(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = open_site.leave_path(open_site.add("ana@example.org"))
    begun, released = held(open_site.ledger, monkeypatch)
    with ThreadPoolExecutor(1) as pool:
        leaving = pool.submit(open_site.client.post, path, data=ONE_CLICK)
        assert begun.wait(PATIENCE_S)
        try:
            assert open_site.client.get("").status_code == 200
            assert not leaving.done(), "its answer comes after the commit"
        finally:
            released.set()
        assert leaving.result().status_code == 200
    person = open_site.person("ana@example.org")
    assert person
    assert person.status == Status.UNSUBSCRIBED


def test_one_click_as_rfc_8058_has_it_in_both_encodings(site: Site) -> None:
    for number, encoding in enumerate(("data", "files")):
        path = site.leave_path(site.add(f"p{number}@example.org"))
        sent = {"List-Unsubscribe": (None, "One-Click")} if encoding == "files" else ONE_CLICK
        arguments = {encoding: sent}
        answer = site.client.post(path, **arguments)  # type: ignore[arg-type]
        kind = answer.request.headers["content-type"]
        assert kind.startswith(("multipart/form-data", "application/x-www-form-urlencoded"))
        assert answer.status_code == 200
        assert not answer.history
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers
        person = site.person(f"p{number}@example.org")
        assert person
        assert (person.status, person.since) == (Status.UNSUBSCRIBED, START)
        site.later(hours=1)
        assert site.client.post(path, **arguments).status_code == 200  # type: ignore[arg-type]
        assert site.person(f"p{number}@example.org") == person, "a second time changes nothing"
        site.later(hours=-1)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click\r\n"),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\nContent-Disposition: form-data; name="List-Unsubscribe"\n\nOne-Click\n--x--\n',
        ),
    ],
)
def test_one_click_with_line_ends_of_its_own(site: Site, kind: str, body: bytes) -> None:
    path = site.leave_path(site.add("ana@example.org"))
    answer = site.client.post(path, content=body, headers={"content-type": kind})
    assert answer.status_code == 200
    person = site.person("ana@example.org")
    assert person
    assert person.status == Status.UNSUBSCRIBED


def test_one_click_of_the_forgotten_is_answered_like_any_other(site: Site) -> None:
    path = site.leave_path(site.add("ana@example.org"))
    forget(site.ledger, "ana@example.org", START)
    assert site.client.post(path, data=ONE_CLICK).status_code == 200
    assert site.client.post(path, data={"leave": "yes"}).status_code == 200
    assert site.everything() == []


@pytest.mark.slow
def test_a_thousand_looks_of_a_scanner_change_nothing(site: Site) -> None:
    number = site.add("ana@example.org")
    site.ask("eva@example.org")
    paths = [site.leave_path(number), site.choose_path(number), site.last_link(1)]
    before = site.everything()

    def look(turn: int) -> int:
        path = paths[turn % 3]
        method = "HEAD" if turn // 3 % 2 else "GET"
        return site.client.request(method, path, headers={"sec-fetch-site": "none"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(look, range(1_000))) == {200}
    assert site.everything() == before
    assert len(site.inbox.letters) == 1


def test_a_post_that_is_no_form_of_ours_changes_nothing(site: Site) -> None:
    number = site.add("ana@example.org", tags=("go",), paused=True)
    site.ask("eva@example.org")
    before = site.everything()
    paths = [site.leave_path(number), site.choose_path(number), site.last_link(1)]
    for path in paths:
        for data in ({}, {"x": "y"}, {"List-Unsubscribe": "one-click"}):
            assert site.client.post(path, data=data).status_code == 400
    assert site.everything() == before


def test_a_person_leaves_by_the_button_and_takes_it_back(site: Site) -> None:
    number = site.add("ana@example.org", tags=("go",), paused=True, language="es")
    before = site.person("ana@example.org")
    page = site.client.get(site.leave_path(number))
    done = site.client.post(site.leave_path(number), data=button(page))
    assert done.status_code == 200
    person = site.person("ana@example.org")
    assert before
    assert person
    assert person.status == Status.UNSUBSCRIBED
    (back,) = re.findall(r'action="([^"]+/return/[^"]+)"', done.text)
    site.later(minutes=59)
    assert site.client.get(back).status_code == 200
    assert site.client.post(back, data={"return": "yes"}).status_code == 200
    person = site.person("ana@example.org")
    assert person
    assert person.status == Status.CONFIRMED
    assert (person.tags, person.paused, person.language) == (("go",), True, "es")
    assert site.client.post(back, data={"return": "yes"}).status_code == 200
    site.later(minutes=2)
    assert site.client.post(back, data={"return": "yes"}).status_code == 410


def test_an_old_offer_to_come_back_does_not_outlive_a_second_goodbye(site: Site) -> None:
    number = site.add("ana@example.org")
    done = site.client.post(site.leave_path(number), data={"leave": "yes"})
    (back,) = re.findall(r'action="([^"]+/return/[^"]+)"', done.text)
    again = site.client.post(site.leave_path(number), data={"leave": "yes"})
    assert "/return/" not in again.text, "who left before is offered the form instead"
    site.client.post(back, data={"return": "yes"})
    site.later(minutes=1)
    site.client.post(site.leave_path(number), data=ONE_CLICK)
    assert site.client.post(back, data={"return": "yes"}).status_code == 410
    person = site.person("ana@example.org")
    assert person
    assert person.status == Status.UNSUBSCRIBED


def test_preferences_are_shown_and_saved(site: Site) -> None:
    number = site.add("ana@example.org", tags=("an old tag",), events=())
    path = site.choose_path(number)
    shown = site.client.get(path).text
    assert re.search(r'value="an old tag" checked', shown), "although no talk has it now"
    assert re.search(r'value="k8s">', shown)
    form = {"pace": "paused", "language": "en", "tag": ["k8s", "go", "no such"], "event": []}
    saved = site.client.post(path, data=form)
    assert saved.status_code == 200
    assert 'lang="en"' in saved.text, "their language, from now on"
    person = site.person("ana@example.org")
    assert person
    assert (person.tags, person.events) == (("go", "k8s"), ())
    assert (person.paused, person.language) == (True, "en")
    form = {"pace": "weekly", "language": "no such", "event": ["KubeCon 2017"]}
    assert site.client.post(path, data=form).status_code == 200
    person = site.person("ana@example.org")
    assert person
    assert (person.tags, person.events) == ((), ("KubeCon 2017",))
    assert (person.paused, person.language) == (False, "")


@pytest.mark.parametrize("status", [status for status in Status if status != Status.CONFIRMED])
def test_preferences_are_for_those_who_are_subscribed(open_site: Site, status: Status) -> None:
    path = open_site.choose_path(open_site.add("ana@example.org", status))
    before = open_site.everything()
    assert open_site.client.get(path).status_code == 410
    assert open_site.client.post(path, data={"pace": "paused"}).status_code == 410
    assert open_site.everything() == before


def test_a_hundred_leave_at_once_and_each_answer_is_already_true(site: Site) -> None:
    numbers = {site.add(f"p{number}@example.org"): number for number in range(100)}

    def leave(number: int) -> tuple[int, Status]:
        answer = site.client.post(site.leave_path(number), data=ONE_CLICK)
        person = site.person(f"p{numbers[number]}@example.org")
        assert person
        return answer.status_code, person.status

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(leave, numbers)) == {(200, Status.UNSUBSCRIBED)}


def test_a_link_of_a_subscriber_who_is_pending_unsubscribes_without_an_offer(site: Site) -> None:
    number = site.add("ana@example.org", Status.PENDING)
    done = site.client.post(site.leave_path(number), data={"leave": "yes"})
    assert "/return/" not in done.text
    person = site.person("ana@example.org")
    assert person
    assert person.status == Status.UNSUBSCRIBED
    assert person.since - START == timedelta()
