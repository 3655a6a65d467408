"""``talkfeeds send`` and ``talkfeeds issues`` as people meet them."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from feeds.cli import main
from feeds.deliveries import State
from feeds.model import Week
from tests.edges.conftest import TALK
from tests.edges.emptied import put_empty_ledger

Ask = Callable[..., "subprocess.CompletedProcess[str]"]
KEY = "x" * 40
WEEK, NEXT = "2017-W49", "2017-W50"
# Any but the one that messages show as an example.
ADDRESS = re.compile(r"(?<![\w.+-])(?!talks@)[\w.+-]+@example\.(?:org|net)")


@pytest.fixture
def ask(
    publication: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ask:
    """The command in this process, for one publication with a key from the environment."""
    put_empty_ledger(publication / ".talkfeeds", KEY.encode())

    def run(*arguments: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        given = {"TALKFEEDS_SECRET_KEY": KEY, "TALKFEEDS_DATABASE_URL": ""}
        given |= {"TALKFEEDS_SMTP_URL": "", "TALKFEEDS_DKIM_KEYS": "", **env}
        command = ["--root", str(publication), *map(str, arguments)]
        with monkeypatch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            status = main(command)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        if arguments[0] in {"send", "issues"}:
            assert not ADDRESS.search(said.out + said.err)
        return subprocess.CompletedProcess(command, status, said.out, said.err)

    return run


def subscribe(ask: Ask, *names: str, options: tuple[str, ...] = ()) -> None:
    for name in names:
        done = ask("subscribers", "add", f"{name}@example.org", "--confirmed", *options)
        assert done.returncode == 0, done.stderr


def subscribe_many(ask: Ask, publication: Path, number: int) -> None:
    people = publication / "people.csv"
    people.write_text("email\n" + "".join(f"p{at}@example.org\n" for at in range(number)))
    assert ask("subscribers", "import", people).returncode == 0


def outbox(publication: Path) -> dict[str, EmailMessage]:
    """What went out, by recipient."""
    folder = publication / ".talkfeeds" / "outbox" / "new"
    found: dict[str, EmailMessage] = {}
    for path in sorted(folder.glob("*")):
        message = message_from_bytes(path.read_bytes(), policy=default)
        email = str(message["Delivered-To"]).strip("<>")
        assert email not in found, "twice"
        assert message["Message-ID"].startswith(f"<{path.name}@")
        found[email] = message
    return found


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def write_talk(publication: Path, number: int, date: str = "2017-12-07", **keys: str) -> Path:
    text = TALK.format(number=number).replace("2017-12-07", date)
    for key, value in keys.items():
        text = text.replace("position:", f"{key}: {value}\nposition:", 1)
    path = publication / "content" / "talks" / f"talk-{number}.md"
    path.write_text(text, "utf-8")
    return path


def set_mail(publication: Path, text: str) -> None:
    with (publication / "content" / "publication.toml").open("a", encoding="utf-8") as file:
        file.write(f"[mail]\n{text}\n")


def totals(ask: Ask, **env: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(ask("issues", "--json", **env).stdout)
    return found


# The usual life


def test_an_issue_goes_out_once(ask: Ask, publication: Path) -> None:
    subscribe(ask, "ana", "eva")
    ask("subscribers", "add", "pending@example.org")
    subscribe(ask, "left")
    ask("subscribers", "remove", "left@example.org")
    done = ask("send", WEEK)
    assert (done.returncode, done.stderr) == (0, f"{WEEK}: 3 talks for 2 subscribers\n")
    assert done.stdout == f"{WEEK}  finished  3 talks  2 recipients: 2 sent\n"
    sent = outbox(publication)
    assert set(sent) == {"ana@example.org", "eva@example.org"}
    for email, message in sent.items():
        assert message.defects == []
        assert message["To"].addresses[0].addr_spec == email
        assert "Plática 3" in text_of(message)
        assert message["Return-Path"] != f"<{email}>"
        (token,) = re.findall(r"^<(\w{32})@", message["Message-ID"])
        assert f"+{token}@" in message["Return-Path"]
        # Without a web server one leaves by mail.
        assert f"<mailto:digest+leave-{token}@" in message["List-Unsubscribe"]
        assert f"+leave-{token}@" in text_of(message)
    before = {path: path.stat().st_mtime_ns for path in publication.rglob("outbox/new/*")}
    again = ask("send", WEEK)
    assert (again.returncode, again.stdout) == (0, done.stdout)
    assert {path: path.stat().st_mtime_ns for path in publication.rglob("outbox/new/*")} == before


def test_a_fresh_machine_says_what_is_missing_and_that_is_no_error(
    ask: Ask, publication: Path
) -> None:
    assert ask("issues").stdout == "no issue was sent yet\n"
    assert totals(ask) == []
    done = ask("send", WEEK)
    assert (done.returncode, done.stdout) == (0, f"{WEEK}: nobody is subscribed; no mail\n")
    subscribe(ask, "picky", options=("--tag", "none"))
    done = ask("send", WEEK)
    assert (done.returncode, done.stdout) == (
        0,
        f"{WEEK}: nobody wants any of its talks; no mail\n",
    )
    assert outbox(publication) == {}
    # Nobody missed anything: whoever comes in time gets them.
    subscribe(ask, "ana")
    assert ask("send", WEEK).stdout == f"{WEEK}  finished  3 talks  1 recipient: 1 sent\n"


def test_nothing_new_is_no_mail_and_no_error(ask: Ask, publication: Path) -> None:
    subscribe(ask, "ana")
    done = ask("send", "2017-W48")
    assert (done.returncode, done.stdout) == (0, "2017-W48: nothing new; no mail\n")
    assert ask("send", WEEK).returncode == 0
    done = ask("send", NEXT)
    assert (done.returncode, done.stdout) == (0, f"{NEXT}: nothing new; no mail\n")
    found = json.loads(ask("send", NEXT, "--json").stdout)
    assert found == {"week": NEXT, "recipients": 0, "reason": "nothing new"}
    assert [issue["week"] for issue in totals(ask)] == [WEEK]


def test_what_was_there_before_the_first_issue_is_no_news(ask: Ask, publication: Path) -> None:
    write_talk(publication, 4, "2016-01-05")
    subscribe(ask, "ana")
    ask("send", WEEK)
    assert "Plática 4" not in text_of(outbox(publication)["ana@example.org"])
    assert "nothing new" in ask("send", NEXT).stdout


def test_what_comes_late_is_told_in_the_next_issue_and_edits_are_not(
    ask: Ask, publication: Path
) -> None:
    subscribe(ask, "ana")
    hidden = write_talk(publication, 5, "2016-01-05", draft="true")
    ask("send", WEEK)
    write_talk(publication, 4)  # in the week that was sent
    hidden.write_text(hidden.read_text("utf-8").replace("draft: true", "draft: false"), "utf-8")
    edited = publication / "content" / "talks" / "talk-1.md"
    edited.write_text(edited.read_text("utf-8").replace("2017-12-07", "2017-12-13"), "utf-8")
    edited.rename(edited.with_name("another-name.md"))
    for path in publication.rglob("outbox/new/*"):
        path.unlink()
    done = ask("send", NEXT)
    assert done.stdout == f"{NEXT}  finished  2 talks  1 recipient: 1 sent\n", done.stderr
    told = text_of(outbox(publication)["ana@example.org"])
    assert [number for number in range(1, 6) if f"Plática {number}" in told] == [4, 5]
    assert "nothing new" in ask("send", "2017-W51").stdout


def test_each_gets_their_talks_in_their_language(ask: Ask, publication: Path) -> None:
    write_talk(publication, 4, tags="[go]")
    subscribe(ask, "ana")
    subscribe(ask, "bob", options=("--language", "en"))
    subscribe(ask, "gopher", options=("--tag", "Go"))
    subscribe(ask, "nobody", options=("--tag", "cobol"))
    subscribe(ask, "klingon", options=("--language", "tlh"))
    done = ask("send", WEEK, "--dry-run", "--json")
    found = json.loads(done.stdout)
    assert (found["week"], found["recipients"], len(found["talks"])) == (WEEK, 4, 4)
    assert sorted((variant["language"], variant["talks"]) for variant in found["variants"]) == [
        ("en", 4),
        ("es-MX", 1),
        ("es-MX", 4),
    ]
    ask("send", WEEK)
    sent = outbox(publication)
    assert set(sent) == {f"{name}@example.org" for name in ("ana", "bob", "gopher", "klingon")}
    assert "Plática 1" not in text_of(sent["gopher@example.org"])
    assert "Plática 4" in text_of(sent["gopher@example.org"])
    assert "4 talks" in sent["bob@example.org"]["Subject"]
    assert "4 pláticas" in sent["ana@example.org"]["Subject"]
    assert sent["klingon@example.org"]["Subject"] == sent["ana@example.org"]["Subject"]
    html = sent["bob@example.org"].get_body(("html",))
    assert html is not None
    assert '<html lang="en"' in html.get_content()


def test_a_page_of_the_publishers_own_is_shown_and_no_one_click_is_promised(
    ask: Ask, publication: Path
) -> None:
    set_mail(publication, 'unsubscribe = "https://example.com/leave?list=1&copy=2"')
    subscribe(ask, "ana")
    assert ask("send", WEEK).returncode == 0
    (message,) = outbox(publication).values()
    assert "List-Unsubscribe-Post" not in message
    assert "<https://example.com/leave?list=1&copy=2>" in message["List-Unsubscribe"]
    assert "https://example.com/leave?list=1&copy=2" in text_of(message)
    html = message.get_body(("html",))
    assert html is not None
    assert 'href="https://example.com/leave?list=1&amp;copy=2"' in html.get_content()


def test_a_web_app_makes_leaving_one_click(ask: Ask, publication: Path) -> None:
    set_mail(publication, 'web_url = "https://talks.example.org/mail/"')
    subscribe(ask, "ana", "eva")
    assert ask("send", WEEK).returncode == 0
    links = set()
    for message in outbox(publication).values():
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        (link,) = re.findall(r"https://talks\.example\.org/mail/unsubscribe/\S+", text_of(message))
        assert f"<{link}>" in message["List-Unsubscribe"]
        links.add(link)
    assert len(links) == 2


# Looking first


def snapshot_of(ask: Ask, publication: Path) -> tuple[object, ...]:
    """What the ledger says, and what the outbox holds."""
    import sqlite3

    with sqlite3.connect(publication / ".talkfeeds" / "mail.db") as connection:
        tables = ("issues", "issue_talks", "variants", "deliveries", "properties", "subscribers")
        return (
            *(connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables),
            outbox(publication).keys(),
        )


def test_a_dry_run_leaves_no_trace(ask: Ask, publication: Path) -> None:
    subscribe(ask, "ana", "eva")
    before = snapshot_of(ask, publication)
    done = ask("send", WEEK, "--dry-run")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == [
        "  Plática 1",
        "  Plática 2",
        "  Plática 3",
        "would go to 2 subscribers; nothing was sent or kept",
    ]
    assert "nothing new" in ask("send", "2017-W48", "--dry-run").stdout
    assert snapshot_of(ask, publication) == before
    assert not (publication / ".talkfeeds" / "outbox").exists()
    ask("send", WEEK)
    before = snapshot_of(ask, publication)
    known = ask("send", WEEK, "--dry-run")
    assert known.stdout == f"{WEEK}  finished  3 talks  2 recipients: 2 sent\n"
    assert "is frozen already" in known.stderr
    assert snapshot_of(ask, publication) == before


def test_a_test_reaches_one_address_and_is_off_the_books(ask: Ask, publication: Path) -> None:
    subscribe(ask, "ana")
    before = snapshot_of(ask, publication)
    done = ask("send", WEEK, "--test", "me@example.net")
    assert (done.returncode, done.stdout) == (0, f"{WEEK}: accepted written to the outbox\n")
    (email,) = outbox(publication)
    assert email == "me@example.net"
    assert snapshot_of(ask, publication)[:-1] == before[:-1]
    ask("send", WEEK)
    assert len(list(publication.rglob("outbox/new/*"))) == 2


def test_a_second_test_shows_what_was_mended(ask: Ask, publication: Path) -> None:
    """Readers hide a message whose Message-ID they know; so does the outbox."""
    ask("send", WEEK, "--test", "me@example.net")
    (first,) = publication.rglob("outbox/new/*")
    path = write_talk(publication, 1)
    path.write_text(path.read_text("utf-8").replace("Plática 1", "Mended"), "utf-8")
    done = ask("send", WEEK, "--test", "me@example.net", "--json")
    assert json.loads(done.stdout) == {"week": WEEK, "fate": "accepted", "code": 250}
    (second,) = set(publication.rglob("outbox/new/*")) - {first}
    assert "Mended" in text_of(message_from_bytes(second.read_bytes(), policy=default))


def test_a_test_that_was_not_accepted_is_an_error(ask: Ask, publication: Path) -> None:
    set_mail(publication, 'sender = "digest@talks.example.org"')
    done = ask("send", WEEK, "--test", "me@example.net", TALKFEEDS_SMTP_URL="smtp://127.0.0.1:1")
    assert done.returncode == 1
    assert ask("send", "2017-W40", "--test", "me@example.net").stdout == (
        "2017-W40: no talks; no mail\n"
    )


# What is refused


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["2017-W53"], 2, "'2017-W53' is not an ISO week"),
        (["today"], 2, "'today' is not an ISO week"),
        (["2021-W53"], 2, "'2021-W53' is not an ISO week"),
        ([WEEK, NEXT], 2, "unrecognized arguments"),
        ([WEEK, "--test", "nobody"], 2, "--test is not an e-mail address"),
        ([WEEK, "--test"], 2, "expected one argument"),
        ([WEEK, "--dry-run", "--test", "a@b.org"], 2, "not allowed with argument"),
        ([WEEK, "--skip-uncertain", "--resend-uncertain"], 2, "not allowed with argument"),
        ([WEEK, "--base-url", "ftp://x"], 2, "--base-url: 'ftp://x' does not begin with"),
        (["2090-W01"], 1, "2090-W01: is not over until 2090-01-09 00:00 -0600 (wait)"),
        ([WEEK, "--skip-uncertain"], 1, f"{WEEK}: has no issue in the ledger (see: talkfeeds"),
        ([WEEK, "--reconcile", "-"], 1, f"{WEEK}: has no issue in the ledger (see: talkfeeds"),
    ],
)
def test_what_cannot_be_is_told(ask: Ask, arguments: list[str], status: int, says: str) -> None:
    subscribe(ask, "ana")
    done = ask("send", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert totals(ask) == []


def test_an_older_week_is_refused_once_a_newer_one_was_sent(ask: Ask, publication: Path) -> None:
    write_talk(publication, 4, "2017-11-30")
    subscribe(ask, "ana")
    ask("send", WEEK)
    done = ask("send", "2017-W48")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"2017-W48: is older than the newest issue, {WEEK} "
        "(what it has not told goes into the next issue)\n"
    )


def last_finished() -> Week:
    """Of the publication's zone, by the real clock."""
    now = datetime.now(UTC) - timedelta(hours=6)
    return Week.of((now - timedelta(days=7)).date())


def test_a_schedule_that_fires_too_late_is_refused(ask: Ask, publication: Path) -> None:
    set_mail(publication, 'max_lateness = "0s"')
    week = last_finished()
    write_talk(publication, 4, str(week.monday))
    subscribe(ask, "ana")
    done = ask("send")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        rf"{week}: ended \d+ (h|d|d \d+ h) ago, later than max_lateness \(0 h\) allows "
        rf"\(if it shall go out all the same: talkfeeds send {week}\)\n",
        done.stderr,
    )
    assert totals(ask) == []
    assert outbox(publication) == {}
    assert ask("send", str(week)).returncode == 0
    # What is frozen is never late.
    assert ask("send").returncode == 0


def test_a_schedule_in_time_sends_the_last_finished_week(ask: Ask, publication: Path) -> None:
    set_mail(publication, 'max_lateness = "8d"')
    week = last_finished()
    write_talk(publication, 4, str(week.sunday))
    subscribe(ask, "ana")
    done = ask("send")
    assert done.stdout == f"{week}  finished  1 talk  1 recipient: 1 sent\n", done.stderr


def test_a_mail_that_the_gate_refuses_is_not_frozen(ask: Ask, publication: Path) -> None:
    subscribe(ask, "ana")
    (publication / "templates").mkdir()
    shipped = Path(__file__).parents[2] / "templates" / "digest.txt"
    own = publication / "templates" / "digest.txt"
    own.write_text(shipped.read_text("utf-8").replace("unsubscribe_url", "web_url"), "utf-8")
    for command in (["send", WEEK], ["send", WEEK, "--dry-run"]):
        done = ask(*command)
        assert (done.returncode, done.stdout) == (1, "")
        assert (
            "mail-way-out: a part of the mail does not print {{ unsubscribe_url }}" in done.stderr
        )
    assert totals(ask) == []
    own.unlink()
    assert ask("send", WEEK).returncode == 0


@pytest.mark.parametrize(("letters", "status"), [(25, 0), (26, 1)])
def test_a_mailbox_that_is_too_long_for_tokens_is_not_used(
    ask: Ask, publication: Path, letters: int, status: int
) -> None:
    """Relays refuse it, and each refusal would count against a subscriber."""
    set_mail(publication, f'sender = "{"m" * letters}@talks.example.org"')
    subscribe(ask, "ana")
    done = ask("send", WEEK)
    assert done.returncode == status
    assert ("mail-return-path: the mailbox for bounces has 26 letters" in done.stderr) == status
    assert len(totals(ask)) == 1 - status
    set_mail(publication, "")
    settings = publication / "content" / "publication.toml"
    short = settings.read_text("utf-8").replace("[mail]\n\n", "")
    settings.write_text(short + 'return_path = "bounces@talks.example.org"\n', "utf-8")
    assert ask("send", WEEK).returncode == 0


def test_a_mistake_in_the_content_is_told_as_by_a_build(ask: Ask, publication: Path) -> None:
    write_talk(publication, 4, "yesterday")
    done = ask("send", WEEK)
    assert (done.returncode, done.stdout) == (1, "")
    assert "content/talks/talk-4.md:3: date:" in done.stderr


def test_without_a_sender_no_relay_is_used(ask: Ask) -> None:
    done = ask("send", WEEK, TALKFEEDS_SMTP_URL="smtp://127.0.0.1:1")
    assert done.returncode == 1
    assert "content/publication.toml: names nobody who sends" in done.stderr


def test_a_relay_that_is_not_there_changes_nothing(ask: Ask, publication: Path) -> None:
    set_mail(publication, 'sender = "digest@talks.example.org"')
    subscribe(ask, "ana", "eva")
    done = ask("send", WEEK, TALKFEEDS_SMTP_URL="smtp://127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "smtp://127.0.0.1:1: " in done.stderr
    (found,) = totals(ask)
    assert (found["open"], found["finished_at"]) == (2, None)
    assert found["states"]["pending"] == 2  # type: ignore[index]
    assert ask("send", WEEK).returncode == 0
    assert len(outbox(publication)) == 2


# What is open, and how it is settled


def test_numbers_of_issues(ask: Ask, publication: Path) -> None:
    subscribe(ask, "ana", "eva")
    ask("send", WEEK)
    write_talk(publication, 4, "2017-12-13")
    done = ask("send", NEXT, "--json")
    found = totals(ask)
    assert json.loads(done.stdout) == found[0]
    assert [issue["week"] for issue in found] == [NEXT, WEEK]
    states = {str(state): 0 for state in State}
    for issue, talks in zip(found, (1, 3), strict=True):
        for moment in (issue.pop("frozen_at"), issue.pop("finished_at")):
            assert datetime.fromisoformat(str(moment)).utcoffset() == timedelta()
        assert str(issue.pop("subject")).startswith("Pláticas: ")
        week = issue.pop("week")
        assert week in {WEEK, NEXT}
        assert issue == {
            "talks": talks,
            "recipients": 2,
            "open": 0,
            "states": {**states, "sent": 2},
            "bounced_later": 0,
            "complaints": 0,
        }
    head, *rows = ask("issues").stdout.splitlines()
    assert head.split() == ["week", "frozen", "(UTC)", "talks", "recipients", "sent"]
    assert [(row.split()[0], row.split()[-4:]) for row in rows] == [
        (NEXT, ["finished", "1", "2", "2"]),
        (WEEK, ["finished", "3", "2", "2"]),
    ]


@pytest.fixture
def crashed(ask: Ask, publication: Path) -> Iterator[Callable[[str], list[str]]]:
    """An issue of three recipients of whom one is sent, and one uncertain; ``give(state)``
    makes it so, and gives the tokens of the letters in the order of the deliveries."""
    import sqlite3

    from feeds.tokens import Tokens

    tokens = Tokens(KEY.encode(), "tag:example.org,2026-01-01:talks")

    def give(state: str) -> list[str]:
        subscribe(ask, "ana", "eva", "zoe")
        ask("send", WEEK)
        for path in publication.rglob("outbox/new/*"):
            path.unlink()
        with sqlite3.connect(publication / ".talkfeeds" / "mail.db") as connection:
            connection.execute("UPDATE deliveries SET state = ? WHERE id = 2", (state,))
            connection.execute("UPDATE deliveries SET sender = 5 WHERE id = 2")
            connection.execute("UPDATE issues SET finished_at = NULL")
        return [tokens.delivery(Week.parse(WEEK), number) for number in (1, 2, 3)]

    yield give  # noqa: PT022 # what it gives back may only be used within a test


@pytest.mark.parametrize("state", ["sending", "uncertain"])
def test_what_a_crash_left_uncertain_waits_for_somebodys_word(
    ask: Ask, publication: Path, crashed: Callable[[str], list[str]], state: str
) -> None:
    crashed(state)
    for _ in range(2):
        done = ask("send", WEEK)
        assert done.returncode == 1
        assert done.stdout == f"{WEEK}  open  3 talks  3 recipients: 2 sent, 1 uncertain\n"
        assert "1 uncertain (settle them: --reconcile LOG" in done.stderr
        assert outbox(publication) == {}


def test_other_weeks_say_what_is_open(ask: Ask, crashed: Callable[[str], list[str]]) -> None:
    crashed("uncertain")
    done = ask("send", NEXT)
    assert done.returncode == 0
    assert f"{WEEK} has open deliveries: talkfeeds send {WEEK}\n" in done.stderr


@pytest.mark.parametrize("state", ["pending", "sending", "uncertain"])
def test_a_schedule_goes_on_with_what_an_older_week_left(
    ask: Ask, publication: Path, crashed: Callable[[str], list[str]], state: str
) -> None:
    crashed(state)
    done = ask("send")
    assert "nothing new; no mail" in done.stdout
    if state == "pending":
        assert done.returncode == 0
        assert f"{WEEK}  finished  3 talks  3 recipients: 3 sent\n" in done.stderr
        assert len(outbox(publication)) == 1
    else:
        # Time alone does not settle that: every schedule says so until somebody does.
        assert done.returncode == 1
        assert "1 uncertain (settle them: --reconcile" in done.stderr


@pytest.mark.parametrize("arguments", [("--test", ""), ("",), ("--test", "  ")])
def test_an_empty_variable_sends_nothing_to_anybody(
    ask: Ask, publication: Path, arguments: tuple[str, ...]
) -> None:
    subscribe(ask, "ana")
    assert ask("send", *arguments).returncode == 2
    assert totals(ask) == []
    assert outbox(publication) == {}


def test_a_frozen_issue_keeps_its_names_whatever_the_settings_become(
    ask: Ask, publication: Path, crashed: Callable[[str], list[str]]
) -> None:
    tokens = crashed("pending")
    settings = publication / "content" / "publication.toml"
    text = settings.read_text().replace("talks.example.org", "new.example.net")
    settings.write_text(f'{text}\n[mail]\nsender = "new@new.example.net"\n')
    assert ask("send", WEEK).returncode == 0
    (message,) = outbox(publication).values()
    assert message["Message-ID"] == f"<{tokens[1]}@talks.example.org>"
    assert message["Return-Path"].endswith("@talks.example.org>")
    assert "new.example.net" not in message["List-Unsubscribe"]


def test_mails_carry_links_to_leave_and_to_choose(ask: Ask, publication: Path) -> None:
    settings = publication / "content" / "publication.toml"
    settings.write_text(f'{settings.read_text()}\n[mail]\nweb_url = "https://s.example.org/"\n')
    subscribe(ask, "ana")
    assert ask("send", WEEK).returncode == 0
    (message,) = outbox(publication).values()
    for part in message.iter_parts():
        for way in ("unsubscribe", "preferences"):
            assert part.get_content().count(f"https://s.example.org/{way}/") == 1
    assert message["List-Unsubscribe"].startswith("<https://s.example.org/unsubscribe/")


def test_another_publication_is_refused(ask: Ask, publication: Path) -> None:
    subscribe(ask, "ana")
    assert ask("send", WEEK).returncode == 0
    settings = publication / "content" / "publication.toml"
    settings.write_text(settings.read_text().replace("example.org,2026-01-01", "b.example,2026"))
    for options in ((), ("--dry-run",)):
        done = ask("send", WEEK, *options)
        assert done.returncode == 1
        assert "belongs to another publication (tag:example.org,2026-01-01:talks)" in done.stderr


@pytest.mark.parametrize("state", ["sending", "uncertain"])
def test_on_the_operators_word_it_is_sent_again(
    ask: Ask, publication: Path, crashed: Callable[[str], list[str]], state: str
) -> None:
    tokens = crashed(state)
    done = (
        ask("send", "--resend-uncertain")
        if state == "uncertain"
        else ask("send", WEEK, "--resend-uncertain")
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{WEEK}  finished  3 talks  3 recipients: 3 sent\n"
    assert "0 were sent, 1 are sent again, 0 are skipped, 0 were forgotten" in done.stderr
    (message,) = outbox(publication).values()
    assert message["Message-ID"].startswith(f"<{tokens[1]}@")


def test_on_the_operators_word_it_is_given_up(
    ask: Ask, publication: Path, crashed: Callable[[str], list[str]]
) -> None:
    crashed("uncertain")
    done = ask("send", "--skip-uncertain")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{WEEK}  finished  3 talks  3 recipients: 2 sent, 1 skipped\n"
    assert outbox(publication) == {}
    assert ask("send", WEEK).returncode == 0


def postfix(*tokens: str) -> bytes:
    lines = []
    for at, token in enumerate(tokens):
        queue = f"9A3B52C0D{at}"
        lines += [
            f"Dec 11 09:00:00 mx postfix/cleanup[3]: {queue}: message-id=<{token}@x>",
            f"Dec 11 09:00:00 mx postfix/qmgr[2]: {queue}: from=<a@x>, nrcpt=1 (queue active)",
        ]
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("form", ["plain", "gz", "two"])
def test_the_relays_log_settles_it(
    ask: Ask,
    publication: Path,
    crashed: Callable[[str], list[str]],
    tmp_path: Path,
    taken: bool,
    form: str,
) -> None:
    tokens = crashed("uncertain")
    known = [tokens[0], *([tokens[1]] if taken else []), tokens[2]]
    logs = [tmp_path / "mail.log.1", tmp_path / "mail.log"] if form == "two" else [tmp_path / "log"]
    logs[0].write_bytes(postfix(*known[:1]) if form == "two" else postfix(*known))
    if form == "two":
        logs[1].write_bytes(postfix(*known[1:]))
    if form == "gz":
        logs = [tmp_path / "mail.log.2.gz"]
        logs[0].write_bytes(gzip.compress(postfix(*known)))
    options = [word for log in logs for word in ("--reconcile", str(log))]
    done = ask("send", WEEK, *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{WEEK}  finished  3 talks  3 recipients: 3 sent\n"
    assert len(outbox(publication)) == (not taken)


@pytest.mark.parametrize(
    "log", ["empty", "lacks", "other", "missing", "folder", "no gzip", "damaged"]
)
def test_half_a_log_settles_nothing(
    ask: Ask, publication: Path, crashed: Callable[[str], list[str]], tmp_path: Path, log: str
) -> None:
    tokens = crashed("uncertain")
    path = tmp_path / ("mail.log.gz" if log in {"no gzip", "damaged"} else "mail.log")
    contents = {
        "empty": b"",
        "lacks": postfix(tokens[0], tokens[1]),
        "other": postfix("a" * 32),
        "no gzip": b"plain",
        # A block of a kind that does not exist (RFC 1951 §3.2.3).
        "damaged": gzip.compress(b"")[:10] + b"\x07" * 20,
    }
    if log in contents:
        path.write_bytes(contents[log])
    if log == "folder":
        path.mkdir()
    done = ask("send", WEEK, "--reconcile", path)
    assert (done.returncode, done.stdout) == (1, "")
    if log in {"empty", "other"}:
        says = "lacks 2 of 2 letters that the relay took around then (give the whole log"
    elif log == "lacks":
        says = "lacks 1 of 2 letters"
    else:
        says = "cannot be read: "
    assert f"{path}: {says}" in done.stderr
    (found,) = totals(ask)
    assert found["states"]["uncertain"] == 1  # type: ignore[index]
    assert outbox(publication) == {}


def test_whoever_was_forgotten_meanwhile_gets_nothing_again(
    ask: Ask, publication: Path, crashed: Callable[[str], list[str]]
) -> None:
    crashed("uncertain")
    ask("subscribers", "forget", "eva@example.org")
    done = ask("send", "--resend-uncertain")
    assert done.returncode == 0, done.stderr
    assert "0 are sent again, 0 are skipped, 1 were forgotten meanwhile" in done.stderr
    assert done.stdout == f"{WEEK}  finished  3 talks  3 recipients: 2 sent, 1 suppressed\n"
    assert outbox(publication) == {}


def test_a_ledger_that_does_not_add_up_is_an_error(ask: Ask, publication: Path) -> None:
    import sqlite3

    subscribe(ask, "ana", "eva")
    ask("send", WEEK)
    with sqlite3.connect(publication / ".talkfeeds" / "mail.db") as connection:
        connection.execute("DELETE FROM deliveries WHERE id = 1")
    done = ask("send", WEEK)
    assert done.returncode == 1
    assert "1 deliveries for 2 recipients: the ledger does not add up" in done.stderr


# Processes


def command(publication: Path, *arguments: str, **env: str) -> "subprocess.Popen[str]":
    given = {**os.environ, "TALKFEEDS_SECRET_KEY": KEY, "TALKFEEDS_SMTP_URL": "", **env}
    return subprocess.Popen(
        [sys.executable, "-m", "feeds", "--root", str(publication), *arguments],
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A relay in a process of its own: its URL, and the file where it writes Message-IDs."""
    record = tmp_path / "accepted"
    record.touch()
    code = [sys.executable, "-m", "tests.edges.smtp.sink", "--record", str(record)]
    process = subprocess.Popen(
        [*code, "--accept-delay-ms", "5"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield f"smtp://127.0.0.1:{process.stdout.readline().strip()}", record
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_for(record: Path, lines: int, process: "subprocess.Popen[str]") -> None:
    """Until the relay has accepted so many."""
    while len(record.read_bytes().splitlines()) < lines:
        assert process.poll() is None, process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_stops_it_loses_nothing_and_repeats_nothing(
    ask: Ask, publication: Path, sink: tuple[str, Path], number: signal.Signals
) -> None:
    url, record = sink
    set_mail(publication, 'sender = "digest@talks.example.org"')
    subscribe_many(ask, publication, 300)
    process = command(publication, "send", WEEK, TALKFEEDS_SMTP_URL=url)
    wait_for(record, 20, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert "Traceback" not in err
    sent = int(re.findall(r"([\d,]+) sent", out)[0])
    assert out == f"{WEEK}  open  3 talks  300 recipients: {300 - sent} pending, {sent} sent\n"
    assert f"{WEEK}: {300 - sent} still to be sent (go on with: talkfeeds send {WEEK})" in err
    assert len(record.read_bytes().splitlines()) == sent
    # What was frozen goes out, whatever is edited meanwhile.
    write_talk(publication, 4)
    edited = write_talk(publication, 1)
    edited.write_text(edited.read_text("utf-8").replace("Plática 1", "Edited"), "utf-8")
    before = outbox(publication)
    assert before == {}
    done = ask("send", WEEK)
    assert done.returncode == 0, done.stderr
    rest = outbox(publication)
    ids = record.read_text().split() + [str(message["Message-ID"]) for message in rest.values()]
    assert max(Counter(ids).values()) == 1
    assert len(ids) == 300
    told = text_of(next(iter(rest.values())))
    assert "Plática 1" in told
    assert "Edited" not in told
    assert "Plática 4" not in told


@pytest.mark.slow
def test_two_at_once_send_it_once(ask: Ask, publication: Path, sink: tuple[str, Path]) -> None:
    url, record = sink
    set_mail(publication, 'sender = "digest@talks.example.org"')
    subscribe_many(ask, publication, 200)
    processes = [command(publication, "send", WEEK, TALKFEEDS_SMTP_URL=url) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in processes]
    for process, (out, err) in zip(processes, said, strict=True):
        assert process.returncode == 0, err
        assert out == f"{WEEK}  finished  3 talks  200 recipients: 200 sent\n"
    ids = record.read_text().split()
    assert len(ids) == len(set(ids)) == 200
