"""Real Maildirs, mbox files and pipes."""

import mailbox
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.edges.mailboxes import PipedMail, maildir, mbox
from feeds.errors import WorldError

LIMIT = 1_000
TRY_LOCK = """
import fcntl, sys
with open(sys.argv[1], "rb+") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(7)
"""
ONE, TWO = b"Subject: one\n\nfirst\n", b"Subject: two\n\nFrom here\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Maildir as delivery agents make it, with two mails in it."""
    box = mailbox.Maildir(str(tmp_path / "bounces"), create=True)
    box.add(ONE)
    box.add(TWO)
    return tmp_path / "bounces"


def names(folder: Path, part: str) -> list[str]:
    return sorted(path.name for path in (folder / part).iterdir())


def test_a_maildir_gives_new_mails_and_marks_them_as_seen(folder: Path) -> None:
    new = names(folder, "new")
    mails = list(maildir(folder, LIMIT))
    assert sorted(mail.read() for mail in mails) == [ONE, TWO]
    assert names(folder, "new") == new
    for mail in mails:
        mail.done()
    assert names(folder, "new") == []
    assert names(folder, "cur") == [f"{name}:2,S" for name in new]
    assert list(maildir(folder, LIMIT)) == []
    flags = [message.get_flags() for message in mailbox.Maildir(str(folder))]
    assert flags == ["S", "S"]


def test_a_mail_that_a_mail_program_took_from_new_is_not_lost(folder: Path) -> None:
    (first, second) = names(folder, "new")
    (folder / "new" / first).rename(folder / "cur" / f"{first}:2,F")
    (folder / "new" / second).rename(folder / "cur" / f"{second}:2,RS")
    (mail,) = maildir(folder, LIMIT)
    assert mail.read() in {ONE, TWO}
    mail.done()
    assert names(folder, "cur") == [f"{first}:2,FS", f"{second}:2,RS"]


def test_a_mail_that_goes_away_meanwhile_is_empty_and_no_mistake(folder: Path) -> None:
    mails = list(maildir(folder, LIMIT))
    for path in (folder / "new").iterdir():
        path.unlink()
    assert [mail.read() for mail in mails] == [b"", b""]
    for mail in mails:
        mail.done()
    assert names(folder, "cur") == []


def test_a_maildir_holds_only_files_and_only_their_beginning_is_read(folder: Path) -> None:
    (folder / "new" / "0.folder").mkdir()
    (folder / "new" / ".hidden").write_bytes(ONE)
    (folder / "new" / "0.link").symlink_to("/etc/passwd")
    (folder / "new" / "0.large").write_bytes(b"x" * 5_000)
    mails = list(maildir(folder, LIMIT))
    assert sorted(len(mail.read()) for mail in mails) == sorted([len(ONE), len(TWO), LIMIT])


def test_what_is_no_maildir_is_said(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"is no Maildir that can be read: no such file"):
        list(maildir(tmp_path, LIMIT))


def test_a_maildir_that_breaks_under_it_is_said(folder: Path) -> None:
    (first, second) = maildir(folder, LIMIT)
    shutil.rmtree(folder / "cur")
    (folder / "cur").touch()
    with pytest.raises(WorldError, match=r"was taken in and cannot be moved to cur/: not a dir"):
        first.done()
    for path in (folder / "new").iterdir():
        path.unlink()
        path.mkdir()
    with pytest.raises(WorldError, match="cannot be read: is a directory"):
        second.read()


def box_of(path: Path, *mails: bytes) -> Path:
    box = mailbox.mbox(str(path))
    for mail in mails:
        box.add(mail)
    box.close()
    return path


def subjects(path: Path) -> list[str]:
    box = mailbox.mbox(str(path))
    try:
        return [message["Subject"] for message in box]
    finally:
        box.close()


def test_an_mbox_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    path = box_of(tmp_path / "box", ONE, TWO)
    before = path.read_bytes()
    for _ in range(2):
        with mbox(path, LIMIT) as mails:
            found = list(mails)
            assert [mail.read() for mail in found] == [ONE, TWO.replace(b"From", b">From")]
            for mail in found:
                mail.done()
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["box"]


@pytest.mark.parametrize("data", [b"root:x:0:0:root:/root:/bin/sh\n", b"\x93\x00From ", ONE])
def test_a_file_that_is_no_mbox_is_said_and_left(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "box"
    path.write_bytes(data)
    with pytest.raises(WorldError, match="is no mbox"), mbox(path, LIMIT, delete=True):
        pass
    assert path.read_bytes() == data
    for empty in (b"", b"\n"):
        path.write_bytes(empty)
        with mbox(path, LIMIT) as mails:
            assert list(mails) == []


def test_an_mbox_loses_what_was_done_when_it_shall(tmp_path: Path) -> None:
    path = box_of(tmp_path / "box", ONE, TWO)
    path.chmod(0o600)
    with mbox(path, LIMIT, delete=True) as mails:
        next(mails).done()
    assert subjects(path) == ["two"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_mbox_loses_what_was_done_before_a_mistake_and_nothing_else(tmp_path: Path) -> None:
    path = box_of(tmp_path / "box", ONE, TWO)

    def interrupted() -> None:
        with mbox(path, LIMIT, delete=True) as mails:
            next(mails).done()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert subjects(path) == ["two"]


def test_an_mbox_is_locked_in_both_ways_while_it_is_read(tmp_path: Path) -> None:
    path = box_of(tmp_path / "box", ONE)
    with mbox(path, LIMIT):
        assert (tmp_path / "box.lock").exists()
        # Locks of fcntl are a process's own, so only another one can see them.
        tried = subprocess.run([sys.executable, "-c", TRY_LOCK, path], check=False)
        assert tried.returncode == 7
    assert not (tmp_path / "box.lock").exists()


def test_an_mbox_that_another_program_has_is_left_alone(tmp_path: Path) -> None:
    path = box_of(tmp_path / "box", ONE)
    (tmp_path / "box.lock").touch()
    with pytest.raises(WorldError, match="is locked by another program"), mbox(path, LIMIT):
        pass
    assert (tmp_path / "box.lock").exists()
    with pytest.raises(WorldError, match="is not there"), mbox(tmp_path / "none", LIMIT):
        pass


def test_an_mbox_that_grew_against_its_lock_keeps_everything(tmp_path: Path) -> None:
    path = box_of(tmp_path / "box", ONE)

    def raced() -> None:
        with mbox(path, LIMIT, delete=True) as mails:
            next(mails).done()
            with path.open("ab") as file:
                file.write(b"From x Mon Dec 11 15:04:05 2017\nSubject: two\n\n2\n")

    with pytest.raises(WorldError, match="was taken in and cannot be written"):
        raced()
    assert subjects(path) == ["one", "two"]
    assert not (tmp_path / "box.lock").exists()


def test_an_mbox_that_was_replaced_just_before_its_lock_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = box_of(tmp_path / "box", ONE)
    lock = mailbox.mbox.lock

    def late(box: mailbox.mbox) -> None:
        box_of(tmp_path / "new", ONE, TWO).rename(path)
        lock(box)

    monkeypatch.setattr(mailbox.mbox, "lock", late)
    with pytest.raises(WorldError, match="was changed by another program"), mbox(path, LIMIT):
        pass
    monkeypatch.undo()
    assert subjects(path) == ["one", "two"]


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "mail").write_bytes(b"x" * 200_000)
    with (tmp_path / "mail").open("rb") as stream:
        mail = PipedMail(stream, LIMIT)
        assert mail.read() == b"x" * LIMIT
        assert stream.read() == b""
        mail.done()
