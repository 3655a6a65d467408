"""``talkfeeds bounces`` as people, cron and mail systems meet it."""

import json
import mailbox
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.cli import main, parser
from feeds.deliveries import BounceKind
from feeds.edges.ledger import open_ledger
from feeds.jobs.subscribers import add
from feeds.model import Status, Subscriber, Week
from feeds.tokens import Tokens
from tests.edges.conftest import Run
from tests.edges.emptied import put_empty_ledger
from tests.unit.bounces.test_corpus import CORPUS

KEY = "a secret key of at least 32 characters"
TOKENS = Tokens(KEY.encode(), "tag:example.org,2026-01-01:talks")
SINCE = datetime(2017, 12, 1, tzinfo=UTC)
PEOPLE = ("ana", "eva", "leo")

Ask = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ask(
    publication: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ask:
    """``talkfeeds bounces`` of a publication with three subscribers."""
    put_empty_ledger(publication / ".talkfeeds", KEY.encode())
    ledger = open_ledger(publication / ".talkfeeds", KEY.encode())
    for name in PEOPLE:
        add(ledger, Subscriber(f"{name}@example.org", Status.CONFIRMED, SINCE), again=False)
    ledger.close()

    def run(*arguments: str | Path, **env: str) -> "subprocess.CompletedProcess[str]":
        command = ["--root", str(publication), "bounces", *map(str, arguments)]
        given = {"TALKFEEDS_SECRET_KEY": KEY, "TALKFEEDS_DATABASE_URL": "", **env}
        with monkeypatch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            status = main(command)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(command, status, said.out, said.err)

    return run


def mail(name: str, number: int, week: Week = Week(2017, 49)) -> bytes:  # noqa: B008 # frozen
    """A mail of the corpus, about our delivery to the subscriber of that number."""
    text = (CORPUS / f"{name}.eml").read_text("utf-8").partition("\n")[2]
    return text.replace("{token}", TOKENS.delivery(week, number)).encode()


MAILS = (
    mail("postfix-unknown-user", 1),
    mail("leave", 2),
    mail("vacation-in-spanish", 3),
    mail("bounce-names-an-address-alone", 3),
)


def statuses(publication: Path) -> list[str]:
    ledger = open_ledger(publication / ".talkfeeds", KEY.encode())
    with ledger.reading() as register:
        found = [str(person.status) for person in register.each()]
    ledger.close()
    return found


def fill(folder: Path, *mails: bytes) -> Path:
    box = mailbox.Maildir(str(folder), create=True)
    for data in mails:
        box.add(data)
    return folder


def test_the_default_mailbox_is_the_publications_own(ask: Ask, publication: Path) -> None:
    fill(publication / ".talkfeeds" / "bounces", *MAILS)
    tried = ask("--dry-run")
    told = "4 mails: 1 hard, 1 left, 1 auto-replies, 1 not ours\n"
    assert tried.stdout == told + "2 subscribers would receive no more mail\n"
    assert statuses(publication) == ["confirmed"] * 3
    done = ask()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == told + "2 subscribers will receive no more mail\n"
    assert statuses(publication) == ["bounced", "unsubscribed", "confirmed"]
    again = ask()
    assert (again.returncode, again.stdout, again.stderr) == (0, "0 mails\n", "")


def test_without_a_mailbox_it_says_where_one_would_be(ask: Ask, publication: Path) -> None:
    found = ask()
    assert (found.returncode, found.stdout) == (0, "0 mails\n")
    assert str(publication / ".talkfeeds" / "bounces") in found.stderr


def test_the_totals_as_json(ask: Ask, tmp_path: Path) -> None:
    found = ask("--maildir", fill(tmp_path / "box", *MAILS), "--json")
    numbers = json.loads(found.stdout)
    assert numbers.pop("dry_run") is False
    assert {name for name, number in numbers.items() if number} == {
        "read",
        "hard",
        "left",
        "auto_replies",
        "unknown",
        "silenced",
    }
    assert (numbers["read"], numbers["silenced"]) == (4, 2)
    assert numbers["already"] == 0


def test_an_mbox_may_be_read_again_and_again(ask: Ask, tmp_path: Path, publication: Path) -> None:
    box = mailbox.mbox(str(tmp_path / "box"))
    for data in MAILS:
        box.add(data)
    box.close()
    before = (tmp_path / "box").read_bytes()
    assert "1 hard, 1 left" in ask("--mbox", tmp_path / "box").stdout
    again = ask("--mbox", tmp_path / "box")
    assert again.stdout == "4 mails: 1 auto-replies, 1 not ours, 2 known already\n"
    assert (tmp_path / "box").read_bytes() == before
    assert ask("--mbox", tmp_path / "box", "--delete", "--dry-run").returncode == 0
    assert (tmp_path / "box").read_bytes() == before
    assert ask("--mbox", tmp_path / "box", "--delete").returncode == 0
    assert (tmp_path / "box").read_bytes() == b""


def test_a_letter_that_strayed_in_is_left_for_a_person(ask: Ask, tmp_path: Path) -> None:
    letter = b"From: leo@example.org\nSubject: lunch?\n\nOn Monday?\n"
    box = mailbox.mbox(str(tmp_path / "box"))
    for data in (MAILS[0], letter, MAILS[1], b"\x00\xff\x00 nothing at all"):
        box.add(data)
    box.close()
    told = ask("--mbox", tmp_path / "box", "--delete").stdout
    assert told.startswith("4 mails: 1 hard, 1 left, 2 other mail\n")
    with closing(mailbox.mbox(str(tmp_path / "box"))) as after:
        left = [bytes(message) for message in after]
    assert len(left) == 2
    assert b"On Monday?" in left[0]
    assert b"nothing at all" in left[1]
    folder = fill(tmp_path / "folder", MAILS[0], letter)
    ask("--maildir", folder)
    (kept,) = (folder / "new").iterdir()
    assert b"On Monday?" in kept.read_bytes()
    (done,) = (folder / "cur").iterdir()
    assert done.name.endswith(":2,S")


def test_a_log_where_everybody_could_read_it_is_refused(ask: Ask, publication: Path) -> None:
    found = ask("--log", publication / "public" / "bounces.jsonl")
    assert (found.returncode, found.stdout) == (1, "")
    assert "everybody reads" in found.stderr
    assert "--log" in found.stderr
    assert not (publication / "public").exists()


def pipe(publication: Path, data: bytes, **env: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "feeds", "--root", str(publication), "bounces", "-"],
        input=data,
        env={"PATH": "/usr/bin:/bin", "TALKFEEDS_SECRET_KEY": KEY, **env},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_a_mail_system_pipes_a_mail(ask: Ask, publication: Path) -> None:
    found = pipe(publication, b"From MAILER-DAEMON Mon Dec 11 15:04:05 2017\n" + MAILS[0])
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout == b"1 mail: 1 hard\n1 subscriber will receive no more mail\n"
    assert statuses(publication) == ["bounced", "confirmed", "confirmed"]
    large = pipe(publication, MAILS[1] + b"x" * 3_000_000)
    assert (large.returncode, large.stdout[:15]) == (0, b"1 mail: 1 left\n")


@pytest.mark.slow
def test_a_mail_system_keeps_the_mail_while_the_ledger_cannot_take_it(
    ask: Ask, publication: Path, tmp_path: Path
) -> None:
    away = f"postgresql://talks:secret@/talks?host={tmp_path}"
    found = pipe(publication, MAILS[0], TALKFEEDS_DATABASE_URL=away)
    assert (found.returncode, found.stdout) == (75, b"")
    assert b"cannot be reached" in found.stderr
    (publication / "content" / "publication.toml").write_text("title = 1", "utf-8")
    assert pipe(publication, MAILS[0]).returncode == 75
    assert statuses(publication) == ["confirmed"] * 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-", "--imap"), "- is a mailbox of its own"),
        (("-", "--maildir", "x"), "- is a mailbox of its own"),
        (("--delete",), "--delete belongs to --mbox"),
        (("--maildir", "x", "--mbox", "y"), "not allowed with"),
        (("somewhere",), "invalid choice"),
    ],
)
def test_words_that_do_not_go_together(ask: Ask, arguments: tuple[str, ...], said: str) -> None:
    found = ask(*arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert said in found.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "TALKFEEDS_IMAP_URL: is not set"),
        ("https://a:b@mail.example.org/", "is not an IMAP URL"),
        ("imaps://a:hunter2@mail.example.org:x/", "is not an IMAP URL"),
        ("imaps://mail.example.org/INBOX", "names no host, no user or no password"),
        ("imaps://ana:hunter2@/INBOX", "names no host, no user or no password"),
    ],
)
def test_an_imap_url_that_is_none_is_said_and_not_repeated(ask: Ask, url: str, said: str) -> None:
    found = ask("--imap", TALKFEEDS_IMAP_URL=url)
    assert found.returncode == 1
    assert said in found.stderr
    assert "hunter2" not in found.stderr


def test_a_mailbox_that_is_none_is_said(ask: Ask, tmp_path: Path) -> None:
    for option in ("--maildir", "--mbox"):
        found = ask(option, tmp_path / "nowhere")
        assert (found.returncode, found.stdout) == (1, "")
        assert found.stderr.startswith(f"{tmp_path / 'nowhere'}: ")


def test_nobodys_address_is_printed(ask: Ask, publication: Path) -> None:
    fill(publication / ".talkfeeds" / "bounces", *MAILS)
    for arguments in (("--dry-run",), ("--json",), ()):
        found = ask(*arguments)
        assert "@" not in found.stdout + found.stderr


def test_help_has_an_example_that_parses(talkfeeds: Run) -> None:
    shown = talkfeeds("bounces", "--help").stdout
    example = shown.rpartition("example: talkfeeds ")[2].split()
    assert callable(parser().parse_args(example).run)


def test_every_kind_has_a_name_in_the_totals() -> None:
    from feeds.jobs.bounces import _NAMES

    assert set(BounceKind) - set(_NAMES) == {BounceKind.REFUSED}
