"""``talkfeeds publish s3://…`` against a real S3 server: what goes up, in which order, and noes."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import feedparser
import pytest

from feeds.edges.content import Folder
from feeds.edges.output import Site
from feeds.jobs.build import build
from tests.edges.conftest import TALK, Run
from tests.edges.publishing.conftest import KEYS, Cloud, refusal

PATIENCE_S = 60.0
RECORD = ".talkfeeds-published.json"


def rebuild(root: Path) -> None:
    """What ``talkfeeds build`` does."""
    build(Folder(root), Site(root / "public", root / "content"))


@pytest.fixture
def built(publication: Path) -> Path:
    """A publication with three talks, built."""
    rebuild(publication)
    return publication


def site_of(root: Path) -> dict[str, bytes]:
    """What is to be published."""
    public = root / "public"
    return {
        path.relative_to(public).as_posix(): path.read_bytes()
        for path in sorted(public.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def stored(cloud: Cloud, bucket: str) -> dict[str, bytes]:
    """What is there, but the record."""
    found = cloud.objects(bucket)
    del found[RECORD]
    return found


def test_the_bucket_holds_the_site_with_its_types_and_cache_times(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    bucket = cloud.bucket()
    done = talkfeeds("--root", built, "publish", f"s3://{bucket}")
    assert done.returncode == 0, done.stderr
    site = site_of(built)
    assert done.stdout == (f"s3://{bucket}: {len(site)} files uploaded, 0 unchanged, 0 removed\n")
    assert stored(cloud, bucket) == site
    assert cloud.head(bucket, "index.html") == ("text/html; charset=utf-8", "public, max-age=300")
    assert cloud.head(bucket, "feed.atom") == ("application/atom+xml", "public, max-age=300")
    cover = next(path for path in site if path.startswith("covers/"))
    assert cloud.head(bucket, cover) == ("image/svg+xml", "public, max-age=3600")
    assert cloud.head(bucket, RECORD) == ("application/json", "no-store")


def test_what_is_compressed_beforehand_says_what_it_is_and_how_it_is_packed(
    talkfeeds: Run, publication: Path, cloud: Cloud
) -> None:
    settings = publication / "content" / "publication.toml"
    settings.write_text(settings.read_text("utf-8") + '[site]\nprecompress = ["gz", "zst"]\n')
    assert talkfeeds("--root", publication, "build").returncode == 0
    bucket = cloud.bucket()
    assert talkfeeds("--root", publication, "publish", f"s3://{bucket}").returncode == 0
    assert stored(cloud, bucket) == site_of(publication)
    for path, kind in (("feed.atom", "application/atom+xml"), ("index.html", "text/html")):
        assert cloud.head(bucket, path)[0].startswith(kind)
        assert cloud.encoding(bucket, path) == ""
        for end, coding in (("gz", "gzip"), ("zst", "zstd")):
            assert cloud.head(bucket, f"{path}.{end}") == cloud.head(bucket, path)
            assert cloud.encoding(bucket, f"{path}.{end}") == coding
    again = talkfeeds("--root", publication, "publish", f"s3://{bucket}")
    assert ": 0 files uploaded" in again.stdout


def test_pages_are_there_before_the_feeds_that_name_them(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    bucket = cloud.bucket()
    assert talkfeeds("--root", built, "publish", f"s3://{bucket}/notas").returncode == 0
    order = [key.removeprefix("notas/") for key in cloud.uploads()]
    last_page = max(place for place, key in enumerate(order) if key.endswith(".html"))
    assert order.index("feed.atom") > last_page
    assert order.index("index.html") > order.index("talks/talk-1/index.html")
    assert order[0] == order[-1] == RECORD


def test_again_uploads_nothing_and_after_an_edit_what_changed(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    bucket = cloud.bucket()
    publish = ("--root", built, "publish", f"s3://{bucket}", "--json")
    talkfeeds(*publish)
    cloud.log.clear()
    again = json.loads(talkfeeds(*publish).stdout)
    assert (again["uploaded"], again["removed"]) == (0, 0)
    assert [method for method, _ in cloud.log] == ["GET", "GET"]
    talk = built / "content" / "talks" / "talk-2.md"
    talk.write_text(talk.read_text("utf-8").replace("así", "asá"), "utf-8")
    rebuild(built)
    cloud.log.clear()
    dry = json.loads(talkfeeds(*publish, "--dry-run").stdout)
    assert {method for method, _ in cloud.log} == {"GET"}
    cloud.log.clear()
    edited = json.loads(talkfeeds(*publish).stdout)
    assert edited == {**dry, "dry_run": False}
    uploads = set(cloud.uploads())
    assert {"talks/talk-2/index.html", "feed.atom", RECORD} <= uploads
    assert not any("talk-1" in key or "talk-3" in key for key in uploads)
    assert len(uploads) == edited["uploaded"] + 1
    assert stored(cloud, bucket) == site_of(built)


@pytest.mark.slow
def test_a_talk_that_goes_takes_its_page_away_last(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    bucket = cloud.bucket()
    publish = ("--root", built, "publish", f"s3://{bucket}")
    talkfeeds(*publish)
    cloud.client.put_object(Bucket=bucket, Key=".well-known/security.txt", Body=b"host's own")
    cloud.client.put_object(Bucket=bucket, Key=f"other/{RECORD}", Body=b"{}")
    cloud.client.put_object(Bucket=bucket, Key="other/index.html", Body=b"another's")
    (built / "content" / "talks" / "talk-3.md").unlink()
    rebuild(built)
    cloud.log.clear()
    done = talkfeeds(*publish)
    assert "0 removed" not in done.stdout
    methods = [method for method, key in cloud.log if key != RECORD]
    assert methods.index("POST") > max(
        place for place, method in enumerate(methods) if method == "PUT"
    )
    found = cloud.objects(bucket)
    assert found.pop(".well-known/security.txt") == b"host's own"
    assert found.pop("other/index.html") == b"another's"
    del found[RECORD], found[f"other/{RECORD}"]
    assert found == site_of(built)


@pytest.mark.slow
def test_names_of_all_kinds_and_large_files_arrive_as_they_are(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    names = ["a%20b.pdf", "C#.pdf", "ñandú 日本.pdf", "x~[1]+&=*.pdf", "large.pdf"]
    content = built / "content"
    (content / "slides").mkdir()
    for name in names:
        data = os.urandom(1) * (11_000_000 if name == "large.pdf" else 10)
        (content / "slides" / name).write_bytes(data)
    for number, name in enumerate(names, 1):
        front = f"slides: {json.dumps('slides/' + name, ensure_ascii=False)}\nposition: {number}"
        text = TALK.format(number=number).replace(f"position: {number}", front)
        (content / "talks" / f"talk-{number}.md").write_text(text, "utf-8")
    rebuild(built)
    site = site_of(built)
    assert {f"slides/{name}" for name in names} <= site.keys()
    bucket = cloud.bucket()
    assert talkfeeds("--root", built, "publish", f"s3://{bucket}").returncode == 0
    assert [method for method, key in cloud.log if key == "slides/large.pdf"].count("PUT") == 3
    assert stored(cloud, bucket) == site
    assert cloud.head(bucket, "slides/large.pdf")[0] == "application/pdf"
    again = talkfeeds("--root", built, "publish", f"s3://{bucket}", "--json")
    assert json.loads(again.stdout)["uploaded"] == 0


def test_a_bucket_with_files_of_others_is_left_alone(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    bucket = cloud.bucket()
    cloud.client.put_object(Bucket=bucket, Key="holiday.jpg", Body=b"x")
    done = talkfeeds("--root", built, "publish", f"s3://{bucket}")
    assert done.returncode == 1
    assert done.stderr == (
        f"s3://{bucket}: holds 1 files that no publish put there (a publish removes what is not "
        "its own: name a place below it, or empty it)\n"
    )
    assert cloud.objects(bucket) == {"holiday.jpg": b"x"}


@pytest.mark.parametrize(
    ("method", "answer", "says"),
    [
        ("GET", refusal("403 Forbidden", "AccessDenied"), "refuses: access denied (the key needs"),
        ("PUT", refusal("403 Forbidden", "AccessDenied"), "refuses: access denied (the key needs"),
        ("PUT", ("403 Forbidden", ""), "refuses: access denied"),
        (
            "GET",
            refusal("403 Forbidden", "SignatureDoesNotMatch"),
            "refuses the secret key (check AWS_ACCESS_KEY_ID",
        ),
        ("GET", refusal("403 Forbidden", "InvalidAccessKeyId"), "does not know the access key"),
        (
            "GET",
            refusal("400 Bad Request", "ExpiredToken"),
            "refuses: the session is over (sign in",
        ),
        (
            "GET",
            refusal("301 Moved Permanently", "PermanentRedirect"),
            "is in another region (say in which with AWS_REGION)",
        ),
        ("PUT", refusal("507 Insufficient", "QuotaExceeded"), "answers with 507 (run it again"),
        ("PUT", refusal("400 Bad Request", "EntityTooLarge"), "answers with EntityTooLarge"),
    ],
)
def test_a_bucket_that_refuses_is_told_in_words_that_hold_no_secret(
    talkfeeds: Run,
    built: Path,
    cloud: Cloud,
    method: str,
    answer: tuple[str, str],
    says: str,
) -> None:
    bucket = cloud.bucket()
    cloud.before = lambda asked, _key: answer if asked == method else None
    done = talkfeeds("--root", built, "publish", f"s3://{bucket}/notas")
    assert done.returncode == 1
    assert f"s3://{bucket}/notas: {says}" in done.stderr
    assert done.stderr.count("\n") == 1, "one line, and no traceback"
    for secret in (*KEYS.values(), "index.html", cloud.url):
        assert secret not in done.stderr


@pytest.mark.slow
def test_a_refusal_in_the_middle_leaves_feeds_that_hold_and_the_next_run_completes(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    bucket = cloud.bucket()
    no = refusal("403 Forbidden", "AccessDenied")
    cloud.before = lambda method, key: no if method == "PUT" and key == "index.html" else None
    assert talkfeeds("--root", built, "publish", f"s3://{bucket}").returncode == 1
    assert "feed.atom" not in cloud.objects(bucket)
    cloud.before = lambda _method, _key: None
    assert talkfeeds("--root", built, "publish", f"s3://{bucket}").returncode == 0
    assert "talks/talk-1/index.html" not in cloud.uploads(), "was there already, and is known"
    assert stored(cloud, bucket) == site_of(built)


def test_a_server_that_stumbles_is_asked_again(talkfeeds: Run, built: Path, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    stumbles = iter([refusal("503 Slow Down", "SlowDown")] * 2)
    cloud.before = lambda method, _key: next(stumbles, None) if method == "PUT" else None
    done = talkfeeds("--root", built, "publish", f"s3://{bucket}")
    assert done.returncode == 0, done.stderr
    assert stored(cloud, bucket) == site_of(built)


@pytest.mark.slow
@pytest.mark.parametrize("size_bytes", [10, 6_000_000])
def test_ctrl_c_ends_it_while_the_server_holds_an_upload(
    built: Path, cloud: Cloud, size_bytes: int
) -> None:
    (built / "public" / "slides.pdf").write_bytes(bytes(size_bytes))
    held, released = threading.Event(), threading.Event()

    def before(method: str, key: str) -> None:
        if method == "PUT" and key == "slides.pdf":
            held.set()
            released.wait(PATIENCE_S)

    bucket = cloud.bucket()
    command = [sys.executable, "-m", "feeds", "--root", str(built), "publish", f"s3://{bucket}"]
    cloud.before = before
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert held.wait(PATIENCE_S)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=PATIENCE_S)[1]
        finally:
            released.set()
    assert process.returncode == 130
    assert said == "talkfeeds: stopped; run it again, and it completes\n"


@pytest.mark.parametrize(
    ("environment", "place", "says"),
    [
        ({}, "s3://nobody-made-this", "is not there (make the bucket, or correct its name)"),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            "s3://notas",
            "cannot be reached (check the network, and AWS_ENDPOINT_URL)",
        ),
        (
            {"AWS_ENDPOINT_URL": "no address"},
            "s3://notas",
            "is no web address (such as https://s3.example.org)",
        ),
    ],
)
def test_places_that_are_not_there(
    talkfeeds: Run,
    built: Path,
    cloud: Cloud,
    environment: dict[str, str],
    place: str,
    says: str,
) -> None:
    done = talkfeeds("--root", built, "publish", place, env=environment)
    assert done.returncode == 1
    subject = "AWS_ENDPOINT_URL" if "no web address" in says else place
    assert done.stderr.startswith(f"{subject}: {says}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "place",
    [
        "s3://AKIDEXAMPLE:wJalrXUtnFEMI@notas/",
        "s3://notas/a?secret=wJalrXUtnFEMI",
        "s3://notas/../b",
        "s3://notas//b",
        "s3://",
        "gs://notas",
        "https://wJalrXUtnFEMI@example.org/",
    ],
)
def test_what_is_no_destination_is_a_usage_error_that_repeats_no_key(
    talkfeeds: Run, built: Path, cloud: Cloud, place: str
) -> None:
    done = talkfeeds("--root", built, "publish", place)
    assert done.returncode == 2
    assert "DEST is a folder, or s3://bucket" in done.stderr
    assert "wJal" not in done.stderr
    assert cloud.log == []


def test_without_the_library_it_says_what_to_install(
    talkfeeds: Run, built: Path, cloud: Cloud
) -> None:
    (built / "obstore").mkdir()
    (built / "obstore" / "__init__.py").write_text("raise ModuleNotFoundError(name='obstore')\n")
    env = {"PYTHONPATH": str(built)}
    done = talkfeeds("--root", built, "publish", "s3://notas", env=env)
    assert done.returncode == 1
    assert "needs obstore (install it with: pip install 'talkfeeds[s3]')" in done.stderr


def test_what_no_build_made_is_not_published(talkfeeds: Run, publication: Path) -> None:
    done = talkfeeds("--root", publication, "publish", "s3://notas")
    assert done.returncode == 1
    assert "is not there, or no build made it (run: talkfeeds build)" in done.stderr


def _named(feed: bytes) -> set[str]:
    """The pages that a feed names."""
    links = [entry.link for entry in feedparser.parse(feed).entries]
    return {link.removeprefix("https://talks.example.org/") + "index.html" for link in links}


@pytest.mark.slow
def test_killed_at_any_request_no_feed_names_a_page_that_is_not_there(
    built: Path, cloud: Cloud
) -> None:
    """kill -9 before or after the n-th request that changes something, for every n."""
    bucket = cloud.bucket()
    command = [sys.executable, "-m", "feeds", "--root", str(built), "publish", f"s3://{bucket}"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    talks = built / "content" / "talks"
    kills, counting = 0, threading.Lock()
    for number in range(30):
        # Each round adds a talk and takes the oldest away.
        (talks / f"talk-{number + 4}.md").write_text(TALK.format(number=number + 4), "utf-8")
        (talks / f"talk-{number + 1}.md").unlink()
        rebuild(built)
        process: list[subprocess.Popen[bytes]] = []
        left = [1 + number]

        def kill(method: str, _key: str, process: list[subprocess.Popen[bytes]] = process) -> None:
            if method == "GET":
                return
            with counting:
                left[0] -= 1  # noqa: B023 # one round, one count
                if left[0] == 0:  # noqa: B023 # the same
                    process[0].send_signal(signal.SIGKILL)
                    process[0].wait()

        def before(method: str, key: str) -> None:
            kill(method, key)

        if number % 2:
            cloud.after = kill
        else:
            cloud.before = before
        process.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        status = process[0].wait()
        cloud.before, cloud.after = lambda _method, _key: None, lambda _method, _key: None
        assert status in {0, -signal.SIGKILL}
        kills += status != 0
        found = cloud.objects(bucket)
        for path, data in found.items():
            if path.endswith(".atom"):
                assert _named(data) <= found.keys(), f"round {number}"
        if status == 0:
            break
    assert kills > 8, kills
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert stored(cloud, bucket) == site_of(built)


def test_the_record_in_the_bucket_names_no_path(talkfeeds: Run, built: Path, cloud: Cloud) -> None:
    bucket = cloud.bucket()
    assert talkfeeds("--root", built, "publish", f"s3://{bucket}").returncode == 0
    record = cloud.objects(bucket)[RECORD].decode()
    assert not re.search(r"talk-|index|html|feed\.", record)
