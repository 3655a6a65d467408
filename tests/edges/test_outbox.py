"""The outbox: a Maildir that mail programs read, and that no retry fills twice."""

import asyncio
import mailbox
import os
import stat
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from feeds.deliveries import Fate, Letter
from feeds.edges.outbox import open_outbox
from feeds.errors import WorldError

LETTER = Letter(
    "token",
    "bounces+token@example.org",
    "ana@example.com",
    (b"Subject: A\r\n\r\n", b"Hello.\r\n", b".\r\nBye.\r\n"),
)


def carry(folder: Path, *letters: Letter) -> list[tuple[Fate, str]]:
    async def story() -> list[tuple[Fate, str]]:
        (lane,) = open_outbox(folder).lanes()
        answers = [await lane.carry(letter) for letter in letters]
        await lane.close()
        return [(answer.fate, answer.text) for answer in answers]

    return asyncio.run(story())


def test_a_letter_becomes_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / ".talkfeeds" / "outbox"
    before = os.umask(0)
    try:
        assert carry(folder, LETTER) == [(Fate.ACCEPTED, "written to the outbox")]
    finally:
        os.umask(before)
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    assert path == folder / "new" / "token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name in ("", "tmp", "new", "cur"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o700
    assert path.read_bytes() == (
        b"Return-Path: <bounces+token@example.org>\nDelivered-To: ana@example.com\n"
        b"Subject: A\n\nHello.\n.\nBye.\n"
    )


def test_it_reads_as_a_maildir_without_defects(tmp_path: Path) -> None:
    carry(tmp_path / "outbox", LETTER)
    (found,) = mailbox.Maildir(tmp_path / "outbox")
    message = BytesParser(policy=policy.default).parsebytes(found.as_bytes())
    assert not message.defects
    assert message["Delivered-To"] == "ana@example.com"


def test_the_same_delivery_twice_is_one_file(tmp_path: Path) -> None:
    again = [(Fate.ACCEPTED, "written to the outbox"), (Fate.ACCEPTED, "already in the outbox")]
    assert carry(tmp_path / "outbox", LETTER, LETTER) == again
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 1


@pytest.mark.parametrize("age_s", [0, 60])
@pytest.mark.parametrize("name", ["token", "token:2,S"])
def test_a_delivery_that_was_read_is_not_written_again(
    tmp_path: Path, name: str, age_s: int
) -> None:
    folder = tmp_path / "outbox"

    async def story() -> None:
        await open_outbox(folder).check()
        (lane,) = open_outbox(folder).lanes()
        at = (folder / "cur").stat().st_mtime - age_s
        os.utime(folder / "cur", (at, at))
        await lane.carry(LETTER)
        (folder / "new" / "token").rename(folder / "cur" / name)
        answer = await lane.carry(LETTER)
        assert (answer.fate, answer.text) == (Fate.ACCEPTED, "already in the outbox")

    asyncio.run(story())
    assert not list((folder / "new").iterdir())


def test_what_a_crash_left_in_tmp_is_no_delivery(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    carry(folder)
    asyncio.run(open_outbox(folder).check())
    (folder / "tmp" / f"token.{os.getpid()}").write_bytes(b"half")
    assert carry(folder, LETTER) == [(Fate.ACCEPTED, "written to the outbox")]
    assert (folder / "new" / "token").read_bytes().endswith(b"Bye.\n")
    assert not list((folder / "tmp").iterdir())


def test_an_outbox_that_cannot_be_made_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(WorldError, match="outbox: cannot be written: ") as caught:
        asyncio.run(open_outbox(tmp_path / "outbox").check())
    assert "TALKFEEDS_SMTP_URL" in caught.value.remedy


def test_a_disk_that_says_no_leaves_the_letter_unsent(tmp_path: Path) -> None:
    """A folder stands where the letter's file should: the renaming fails."""
    folder = tmp_path / "outbox"
    asyncio.run(open_outbox(folder).check())
    (folder / "new").rmdir()
    (folder / "new").write_text("a file")
    ((fate, text),) = carry(folder, LETTER)
    assert fate is Fate.UNSENT
    assert text.startswith("the outbox cannot be written: ")
    assert not list((folder / "tmp").iterdir())


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    asyncio.run(open_outbox(tmp_path / "outbox").check())
    assert not [path for path in (tmp_path / "outbox").rglob("*") if path.is_file()]
