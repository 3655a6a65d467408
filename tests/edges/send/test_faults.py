"""Each fault of a relay, over a whole send: nobody is lost, and nobody gets it twice."""

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.edges.send.kills import WEEK, command, copies, publication, relay, talkfeeds

pytestmark = pytest.mark.slow

READERS = 120
FAST = 'retry_after = "1s"\nretry_for = "60s"\nmessages_per_connection = 25\n'


def send(root: Path, environment: dict[str, str], *arguments: str) -> tuple[int, dict[str, int]]:
    """One run of the command: its exit status, and the deliveries by state."""
    done = subprocess.run(
        command(root, "send", WEEK, "--json", *arguments),
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    if not done.stdout:
        return done.returncode, {}
    found = json.loads(done.stdout)
    assert sum(found["states"].values()) == found["recipients"] == READERS
    return done.returncode, {state: count for state, count in found["states"].items() if count}


@pytest.mark.parametrize(
    "faults",
    [
        ["mail after=10 421 4.7.0 too many"],
        ["rcpt every=3 450 4.2.0 later"],
        ["data every=4 451 4.3.0 later"],
        ["end every=5 452 4.3.1 full"],
        ["connect first=3 421 4.3.2 busy"],
        ["connect first=2 cut"],
        ["mail every=9 cut", "rcpt every=11 close"],
        ["text every=7 cut"],
        ["accepted every=20 drip", "rcpt every=30 drip"],
        [
            "mail after=10 421 4.7.0 too many",
            # Rare enough that no letter meets six of them, and expires.
            "rcpt every=9 450 4.2.0 later",
            "text every=13 cut",
            "end every=23 451 4.3.0 later",
        ],
    ],
    ids=lambda faults: "+".join(fault.split()[0] for fault in faults),
)
def test_what_passes_by_itself_is_waited_for(tmp_path: Path, faults: list[str]) -> None:
    root = tmp_path / "publication"
    environment = publication(root, READERS, 4, mail=FAST)
    words = [word for fault in faults for word in ("--fault", fault)]
    with relay(tmp_path, *words) as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        status, states = send(root, environment)
        uncertain = states.get("uncertain", 0)
        if uncertain:
            # A connection that was cut while a letter's end was on its way: the log knows.
            assert status == 1
            status, states = send(root, environment, "--reconcile", str(tmp_path / "log"))
        while states.get("uncertain"):
            status, states = send(root, environment, "--reconcile", str(tmp_path / "log"))
        assert (status, states) == (0, {"sent": READERS})
    found = copies(root, tmp_path / "record")
    assert len(found) == READERS
    assert set(found.values()) == {1}


def test_an_answer_that_never_came_is_uncertain_and_the_log_settles_it(tmp_path: Path) -> None:
    root = tmp_path / "publication"
    environment = publication(root, READERS, 4, mail=FAST)
    with relay(tmp_path, "--fault", "accepted every=10 cut", "--fault", "end every=17 cut") as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        status, states = send(root, environment)
        assert status == 1
        # Those that were taken and not answered, and those that were not taken.
        assert states["uncertain"] >= READERS // 10
        assert states["uncertain"] + states["sent"] == READERS
        rounds = 0
        while states.get("uncertain"):
            status, states = send(root, environment, "--reconcile", str(tmp_path / "log"))
            rounds += 1
            assert rounds < 10
        assert (status, states) == (0, {"sent": READERS})
    found = copies(root, tmp_path / "record")
    assert len(found) == READERS
    assert set(found.values()) == {1}


def test_refusals_are_kept_with_the_relays_words_and_end_the_subscription(tmp_path: Path) -> None:
    root = tmp_path / "publication"
    environment = publication(root, READERS, 4, mail=FAST + "max_bounces = 1\n")
    with relay(tmp_path, "--fault", "rcpt to=reader1 550 5.1.1 nobody of that name") as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        status, states = send(root, environment)
    refused = sum(str(number).startswith("1") for number in range(READERS))
    assert (status, states) == (0, {"bounced": refused, "sent": READERS - refused})
    assert set(copies(root, tmp_path / "record").values()) == {1}
    with sqlite3.connect(root / ".talkfeeds" / "mail.db") as ledger:
        rows = ledger.execute(
            "SELECT email, status, state, code, answer FROM deliveries "
            "JOIN subscribers ON subscribers.id = subscriber_id"
        ).fetchall()
    for email, subscriber, state, code, answer in rows:
        if email.startswith("reader1"):
            assert (subscriber, state, code) == ("bounced", "bounced", 550)
            assert "5.1.1 nobody" in answer
            assert email not in answer
        else:
            assert (subscriber, state) == ("confirmed", "sent")


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("end 554 5.7.1 looks like spam", "pending"),
        ("rcpt 554 5.7.1 Client host rejected: Access denied", "pending"),
        ("end cut", "uncertain"),
    ],
)
def test_what_is_not_the_recipients_fault_does_not_cost_everybody(
    tmp_path: Path, fault: str, state: str
) -> None:
    root = tmp_path / "publication"
    environment = publication(root, READERS, 4, mail=FAST + "max_bounces = 1\n")
    with relay(tmp_path, "--fault", fault) as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        status, states = send(root, environment)
    assert status == 1
    assert 10 <= states[state] <= READERS
    assert states.get("uncertain", 0) < 20
    assert states.get("uncertain", 0) + states["pending"] == READERS
    with sqlite3.connect(root / ".talkfeeds" / "mail.db") as ledger:
        ((people,),) = ledger.execute("SELECT count(*) FROM subscribers WHERE status = 'confirmed'")
    assert people == READERS


def test_a_few_that_are_all_refused_wait_for_the_relay(tmp_path: Path) -> None:
    root = tmp_path / "publication"
    environment = publication(root, 5, 4, mail=FAST)
    with relay(tmp_path, "--fault", "rcpt 554 5.7.1 Client host rejected") as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        done = subprocess.run(
            command(root, "send", WEEK),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "gave up on the relay" in done.stderr
    with relay(tmp_path) as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        assert "5 sent" in talkfeeds(root, environment, "send", WEEK)


def test_deferrals_without_end_expire_and_are_named(tmp_path: Path) -> None:
    root = tmp_path / "publication"
    mail = 'retry_after = "1s"\nretry_for = "3s"\n'
    environment = publication(root, READERS, 4, mail=mail)
    with relay(tmp_path, "--fault", "rcpt to=reader7 450 4.2.0 later") as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        status, states = send(root, environment)
    late = sum(str(number).startswith("7") for number in range(READERS))
    assert (status, states) == (0, {"expired": late, "sent": READERS - late})


def test_a_relay_that_cannot_be_used_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    # Refused encryption and wrong certificates: tests/edges/smtp/test_handshake.py.
    root = tmp_path / "publication"
    environment = publication(root, READERS, 4)
    with relay(tmp_path, "--fault", "connect 554 5.3.2 go away") as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        status, _ = send(root, environment)
        assert status == 1
    with sqlite3.connect(root / ".talkfeeds" / "mail.db") as ledger:
        states = dict(ledger.execute("SELECT state, count(*) FROM deliveries GROUP BY state"))
    assert states == {"pending": READERS}
    assert not copies(root, tmp_path / "record")


def test_a_relay_that_is_not_there_is_told_and_everything_waits(tmp_path: Path) -> None:
    root = tmp_path / "publication"
    environment = publication(root, READERS, 4)
    with relay(tmp_path) as port:
        pass
    environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    status, _ = send(root, environment)
    assert status == 1
    with relay(tmp_path, "--port", str(port)):
        assert send(root, environment) == (0, {"sent": READERS})
    assert set(copies(root, tmp_path / "record").values()) == {1}
