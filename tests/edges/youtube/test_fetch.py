"""``talkfeeds audio`` as a whole: processes, files, kill -9, and a second run."""

import fcntl
import json
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.cli.audio import cookies_of
from feeds.errors import WorldError
from feeds.recordings import Sidecar, read
from tests.edges.youtube.media import Fault, Media, serving

IDS = ("Aaaaaaaaaaa", "Bbbbbbbbbbb", "Ccccccccccc")
PRIVATE = "Ppppppppppp"
# As an MP4 begins, for status looks at that.
HEAD = b"\0\0\0\x18ftypM4A "
DATA = {one: HEAD + random.Random(one).randbytes(150_000 - len(HEAD)) for one in IDS}
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def media() -> Iterator[Media]:
    with serving(Media(files={f"/{name}.m4a": data for name, data in DATA.items()})) as found:
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "publication"
    talks = made / "content" / "talks"
    talks.mkdir(parents=True)
    (made / "content" / "publication.toml").write_text(
        'title = "T"\nid = "tag:example.org,2026:t"\nbase_url = "https://example.org/"\n'
        '[audio]\ndownload = true\nmin_free = "1M"\n'
    )
    for number, youtube_id in enumerate((*IDS, PRIVATE)):
        (talks / f"{youtube_id.lower()}.md").write_text(
            f"---\ntitle: Talk {number}\ndate: 2017-12-0{number + 1}\n"
            f"youtube: {youtube_id}\nlicense: CC-BY-4.0\n---\nNotes.\n"
        )
    return made


def command(
    root: Path, media: Media, *words: str, die_at: int = 0
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    arguments = [media.url, "150000", str(die_at), "--", "--root", str(root), *words]
    return subprocess.run(
        [sys.executable, "-m", "tests.edges.youtube.run", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "TALKFEEDS_COOKIES": ""},
    )


def sidecars(root: Path) -> dict[str, Sidecar]:
    folder = root / "content" / "recordings"
    return {path.stem: read(path.read_bytes(), path.name) for path in folder.glob("[!.]*.json")}


def published(root: Path) -> dict[str, bytes]:
    """What lies where a build looks for audio."""
    folder = root / ".talkfeeds" / "audio"
    if not folder.is_dir():
        return {}
    found = [path for path in folder.iterdir() if path.is_file() and path.name[0] != "."]
    return {path.name: path.read_bytes() for path in found}


def all_files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "cache" not in path.parts
    }


WHOLE = {f"{name}.m4a": data for name, data in DATA.items()}


def test_a_fetch_makes_audio_and_writes_down_what_it_was_told(root: Path, media: Media) -> None:
    done = command(root, media, "audio", "fetch", "--json")
    assert done.returncode == 1, done.stderr  # one recording is private
    outcomes = {
        line["youtube_id"]: line["outcome"] for line in json.loads(done.stdout)["recordings"]
    }
    assert outcomes == {**dict.fromkeys(IDS, "ok"), PRIVATE: "private"}
    assert published(root) == WHOLE
    found = sidecars(root)
    assert set(found) == {*IDS, PRIVATE}
    for name in IDS:
        audio, facts = found[name].audio, found[name].facts
        assert audio is not None
        assert facts is not None
        assert (audio.name, audio.size_bytes) == (f"{name}.m4a", 150_000)
        assert facts.title == "Running MySQL on Kubernetes"
    assert list((root / ".talkfeeds" / "audio" / "sources").iterdir()) == []
    assert media.most == 1  # two recordings at a time, and one request to a host


@pytest.mark.slow
def test_a_second_run_asks_nobody_and_changes_nothing(root: Path, media: Media) -> None:
    command(root, media, "audio", "fetch")
    before = all_files(root)
    media.asked.clear()
    again = command(root, media, "audio", "fetch")
    assert again.returncode == 0, again.stderr
    assert "asked 0" in again.stderr
    assert "nothing new to ask for" in again.stderr
    assert media.asked == []
    assert all_files(root) == before


@pytest.mark.slow
def test_facts_alone_fetch_no_file(root: Path, media: Media) -> None:
    done = command(root, media, "audio", "fetch", "--metadata-only")
    assert done.returncode == 1, done.stderr
    assert published(root) == {}
    assert media.asked == []
    assert all(sidecars(root)[name].facts is not None for name in IDS)
    again = command(root, media, "audio", "fetch", "--metadata-only")
    assert (again.returncode, "asked 0" in again.stderr) == (0, True)


@pytest.mark.slow
def test_a_new_title_tags_the_file_anew_without_asking_anybody(root: Path, media: Media) -> None:
    command(root, media, "audio", "fetch")
    talk = root / "content" / "talks" / f"{IDS[0].lower()}.md"
    talk.write_text(talk.read_text().replace("Talk 0", "A new title"))
    before = sidecars(root)[IDS[0]].audio
    done = command(root, media, "audio", "fetch")
    assert "asked 0" in done.stderr
    after = sidecars(root)[IDS[0]].audio
    assert before is not None
    assert after is not None
    assert before.made_from.split("/")[0] == after.made_from.split("/")[0]
    assert before.made_from != after.made_from


@pytest.mark.slow
def test_too_many_requests_end_the_asking_for_this_run_and_the_next(
    root: Path, media: Media
) -> None:
    for name in IDS:
        media.faults[f"/{name}.m4a"] = [Fault(429, retry_after="3600")]
    done = command(root, media, "audio", "fetch", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["stopped"].startswith("rate-limit: ")
    assert told["left"] > 0
    before = all_files(root)
    again = command(root, media, "audio", "fetch")
    assert again.returncode == 1
    assert "asked 0" in again.stderr
    assert "shut the door" in again.stderr
    assert all_files(root) == before


@pytest.mark.slow
def test_without_room_nothing_is_downloaded(root: Path, media: Media) -> None:
    settings = root / "content" / "publication.toml"
    settings.write_text(settings.read_text().replace('"1M"', '"900000T"'))
    done = command(root, media, "audio", "fetch", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["stopped"].startswith("disk-full: ")
    assert media.asked == []
    settings.write_text(settings.read_text().replace('"900000T"', '"1M"'))
    command(root, media, "audio", "fetch")
    assert published(root) == WHOLE


@pytest.mark.slow
def test_what_is_wrong_with_the_words_is_said_at_once(root: Path, media: Media) -> None:
    for words, says in (
        (("fetch", "--talk", "nobody"), "--talk nobody: no talk has this slug"),
        (("prune", "--bytes", "10 GB"), "'10 GB' is no size, such as 10G"),
        (("prune", "--older-than", "old"), "'old' is no duration, such as 90d"),
        (("prune", "--keep", "-1"), "--keep takes a number from 0"),
    ):
        done = command(root, media, "audio", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr


def test_a_broken_sidecar_is_named_and_not_overwritten(root: Path, media: Media) -> None:
    folder = root / "content" / "recordings"
    folder.mkdir()
    (folder / f"{IDS[0]}.json").write_text("{")
    done = command(root, media, "audio", "fetch")
    assert done.returncode == 1
    assert f"content/recordings/{IDS[0]}.json: cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / f"{IDS[0]}.json").read_text() == "{"


def test_a_dry_run_says_what_it_would_ask_for_and_asks_nobody(root: Path, media: Media) -> None:
    before = all_files(root)
    done = command(root, media, "audio", "fetch", "--dry-run", "--json")
    wanted = {one["youtube_id"]: one["wanted"] for one in json.loads(done.stdout)["recordings"]}
    assert wanted[IDS[0]] == ["facts", "audio", "subtitles", "thumbnail"]
    assert "asked 0" in done.stderr
    assert all_files(root) == before


def test_status_of_this_repository_s_own_talks_says_why_for_each() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "feeds", "--root", str(REPOSITORY), "audio", "status", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    states = Counter(one["state"] for one in json.loads(done.stdout)["talks"])
    assert states == {"not-wanted": 10, "no-recording": 1}


@pytest.mark.slow
def test_status_says_why_for_each_talk(root: Path, media: Media) -> None:
    talk = root / "content" / "talks" / f"{IDS[2].lower()}.md"
    talk.write_text(talk.read_text().replace("license: CC-BY-4.0\n", ""))
    command(root, media, "audio", "fetch")
    done = command(root, media, "audio", "status", "--json")
    assert done.returncode == 0, done.stderr
    found = {one["youtube_id"]: one for one in json.loads(done.stdout)["talks"]}
    states = {name: one["state"] for name, one in found.items()}
    assert states == {
        IDS[0]: "ready",
        IDS[1]: "ready",
        IDS[2]: "not-allowed",
        PRIVATE: "refused",
    }
    assert found[PRIVATE]["said"].startswith("This is a private video")
    assert "cookies" in found[PRIVATE]["remedy"]
    words = command(root, media, "audio", "status").stdout
    assert "its recording has no licence" in words


@pytest.mark.slow
def test_prune_looks_first_and_removes_with_yes(root: Path, media: Media) -> None:
    command(root, media, "audio", "fetch")
    before = all_files(root)
    look = command(root, media, "audio", "prune", "--keep", "1")
    assert look.stdout.count("would remove") == 2
    assert all_files(root) == before
    done = command(root, media, "audio", "prune", "--keep", "1", "--yes")
    assert done.stdout.count("removed") == 2
    # The newest talk with audio is the last of the three.
    assert set(published(root)) == {f"{IDS[2]}.m4a"}
    assert sidecars(root)[IDS[0]].audio is None
    again = command(root, media, "audio", "fetch")
    assert "asked 0" in again.stderr
    assert set(published(root)) == {f"{IDS[2]}.m4a"}
    named = command(root, media, "audio", "fetch", "--talk", IDS[0].lower())
    assert named.returncode == 0, named.stderr
    assert set(published(root)) == {f"{IDS[0]}.m4a", f"{IDS[2]}.m4a"}


@pytest.mark.slow
def test_prune_finds_what_killed_runs_left_and_looks_without_a_right_to_write(
    root: Path, media: Media
) -> None:
    command(root, media, "audio", "fetch")
    audio = root / ".talkfeeds" / "audio"
    (audio / "sources" / "Xxxxxxxxxxx.140.m4a.part").write_bytes(b"x" * 7)
    (audio / ".Xxxxxxxxxxx.m4a.99.making").write_bytes(b"x" * 8)
    long_ago = 1_500_000_000
    os.utime(audio / f"{IDS[0]}.m4a", (long_ago, long_ago))
    before = all_files(root)
    # A running fetch holds this.
    (audio / ".lock").chmod(0)
    with (audio / ".lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        look = command(root, media, "audio", "prune", "--older-than", "90d", "--json")
        assert look.returncode == 0, look.stderr
        done = command(root, media, "audio", "prune", "--yes")
        assert (done.returncode, "another fetch is running" in done.stderr) == (1, True)
    assert all_files(root) == before
    found = {one["name"]: one["reason"] for one in json.loads(look.stdout)["files"]}
    assert found == {
        f"{IDS[0]}.m4a": "was made on 2017-07-14",
        "sources/Xxxxxxxxxxx.140.m4a.part": "a download of which no file was made",
        ".Xxxxxxxxxxx.m4a.99.making": "was left half made",
    }
    command(root, media, "audio", "prune", "--older-than", "90d", "--yes")
    assert set(published(root)) == {f"{name}.m4a" for name in IDS[1:]}
    left = {path.name for path in audio.rglob("*") if path.is_file()} - {".lock"}
    assert left == set(published(root))


def test_a_draft_that_is_named_is_called_one(root: Path, media: Media) -> None:
    talk = root / "content" / "talks" / f"{IDS[0].lower()}.md"
    talk.write_text(talk.read_text().replace("title:", "draft: true\ntitle:"))
    done = command(root, media, "audio", "fetch", "--talk", IDS[0].lower())
    assert done.returncode == 2
    assert f"--talk {IDS[0].lower()}: it is a draft" in done.stderr


@pytest.mark.parametrize("said", ["", '[{"name": "x"}]'])
def test_a_cookies_file_in_another_form_is_refused_at_once(tmp_path: Path, said: str) -> None:
    cookies = tmp_path / "cookies.json"
    cookies.write_text(said)
    with pytest.raises(WorldError, match="is no cookies file") as caught:
        cookies_of({"TALKFEEDS_COOKIES": str(cookies)})
    assert "cookies.txt" in caught.value.remedy
    cookies.write_text("# Netscape HTTP Cookie File\n")
    assert cookies_of({"TALKFEEDS_COOKIES": str(cookies)}) == str(cookies)


def check_after_a_kill(root: Path) -> None:
    """Nothing half is published, and every record names a whole file."""
    there = published(root)
    for name, data in there.items():
        assert data == WHOLE[name]
    for sidecar in sidecars(root).values():
        if sidecar.audio is not None:
            assert len(there[sidecar.audio.name]) == sidecar.audio.size_bytes


@pytest.mark.slow
def test_kill_9_anywhere_loses_nothing_and_publishes_nothing_half(
    root: Path, media: Media, tmp_path: Path
) -> None:
    whole = command(root, media, "audio", "fetch")
    moments = int(re.findall(r"moments (\d+)", whole.stderr)[0])
    assert moments > 30
    wanted = all_files(root)
    chosen = random.Random(9).sample(range(1, moments), 10)
    for die_at in chosen:
        for path in (root / "content" / "recordings").iterdir():
            path.unlink()
        subprocess.run(["rm", "-r", str(root / ".talkfeeds")], check=True)
        killed = command(root, media, "audio", "fetch", die_at=die_at)
        assert killed.returncode == -signal.SIGKILL, f"{die_at}: {killed.stderr}"
        check_after_a_kill(root)
        media.asked.clear()
        next_run = command(root, media, "audio", "fetch")
        check_after_a_kill(root)
        assert set(published(root)) == set(WHOLE), (die_at, next_run.stdout, next_run.stderr)
        assert set(all_files(root)) == set(wanted)
        done = command(root, media, "audio", "fetch")
        assert (done.returncode, "asked 0" in done.stderr) == (0, True)


@pytest.mark.slow
def test_ctrl_c_ends_at_once_and_leaves_a_download_to_go_on_with(root: Path, media: Media) -> None:
    arguments = [media.url, "150000", "0", "--", "--root", str(root), "audio", "fetch"]
    processes: list[subprocess.Popen[str]] = []
    interrupted: list[int] = []

    def interrupt(out: int) -> None:
        if not interrupted:
            interrupted.append(out)
            processes[0].send_signal(signal.SIGINT)

    media.sent = interrupt
    start = [sys.executable, "-m", "tests.edges.youtube.run", *arguments]
    processes.append(subprocess.Popen(start, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True))
    _, said = processes[0].communicate(timeout=60)
    assert interrupted
    assert "nothing is half-written" in said
    assert "Traceback" not in said
    check_after_a_kill(root)
    # Nobody said no: there is nothing to wait for.
    done = command(root, media, "audio", "fetch")
    assert "3 recordings done" in done.stderr, done.stderr
    assert published(root) == WHOLE


@pytest.mark.slow
def test_kill_9_within_a_download_goes_on_at_that_byte(root: Path, media: Media) -> None:
    arguments = [media.url, "150000", "0", "--", "--root", str(root), "audio", "fetch"]
    arguments += ["--talk", IDS[0].lower()]
    processes: list[subprocess.Popen[bytes]] = []
    part = root / ".talkfeeds" / "audio" / "sources" / f"{IDS[0]}.140.m4a.part"

    def kill(out: int) -> None:
        # What left for the socket may lie in buffers: kill when some of it is in the file.
        if out > 100_000 and processes[0].poll() is None:
            while not (part.exists() and part.stat().st_size > 0):
                assert processes[0].poll() is None
            processes[0].kill()
            processes[0].wait()

    media.sent = kill
    start = [sys.executable, "-m", "tests.edges.youtube.run", *arguments]
    processes.append(subprocess.Popen(start, cwd=REPOSITORY, stderr=subprocess.DEVNULL))
    assert processes[0].wait(timeout=60) == -signal.SIGKILL
    check_after_a_kill(root)
    here = part.stat().st_size
    assert 0 < here < 150_000
    media.sent = lambda _out: None
    media.asked.clear()
    done = command(root, media, "audio", "fetch", "--talk", IDS[0].lower())
    assert done.returncode == 0, done.stderr
    (range_,) = media.ranges(f"/{IDS[0]}.m4a")
    assert range_.startswith(f"bytes={here}-")
    assert published(root) == {f"{IDS[0]}.m4a": DATA[IDS[0]]}
