"""The command as people meet it: exit statuses, messages, help; each in its own process."""

import json
import os
import re
from email import message_from_bytes, policy
from pathlib import Path

import feedparser
import pytest

from feeds import __version__
from feeds.cli import main, parser
from tests.edges.conftest import Run, snapshot

COMMANDS = (
    "new", "import", "build", "digest", "send", "issues", "audio", "subscribers", "web", "bounces",
    "ping", "serve", "publish", "check", "doctor",
)  # fmt: skip


def test_version(talkfeeds: Run) -> None:
    done = talkfeeds("--version")
    assert (done.returncode, done.stdout) == (0, f"talkfeeds {__version__}\n")


def test_every_command_is_listed_has_help_and_an_example(talkfeeds: Run) -> None:
    top = talkfeeds("--help")
    listed = re.findall(r"^    (\w+)(?:  |$)", top.stdout, re.MULTILINE)
    assert tuple(listed) == COMMANDS
    for name in COMMANDS:
        shown = talkfeeds(name, "--help")
        assert shown.returncode == 0
        example = re.search(r"example: (talkfeeds .*)", shown.stdout)
        assert example, f"{name} --help shows no example"


def test_examples_in_the_help_parse() -> None:
    import shlex

    top = parser()
    actions = [action for action in top._actions if action.choices]
    assert actions
    for made in actions[0].choices.values():  # type: ignore[union-attr]
        for line in made.epilog.replace("example: ", "").split("\n"):
            assert callable(top.parse_args(shlex.split(line)[1:]).run)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["bild"], "invalid choice: 'bild'"),
        (["build", "--outptu", "x"], "unrecognized arguments: --outptu"),
        (["--root", "nowhere", "build"], "--root nowhere is not a folder"),
        (["--root", "PUBLICATION", "build", "--base-url", "talks.example.org"], "does not begin"),
        (["--root", "PUBLICATION", "build", "--output", "PUBLICATION"], "would write over"),
        (["--root", "PUBLICATION", "digest", "2017-W54"], "'2017-W54' is not an ISO week"),
        (["--root", "PUBLICATION", "digest", "last"], "'last' is not an ISO week"),
        (["--root", "PUBLICATION", "import", "n.md", "--date", "7/12/2017"], "is not a date"),
        (["--root", "PUBLICATION", "import", "n.md", "--language", "?"], "is not a language tag"),
        (["--root", "PUBLICATION", "new"], "holds a publication already"),
        (["--root", "PUBLICATION", "new", "--talk", " "], "a talk needs a title"),
        (["--root", "PUBLICATION", "new", "--talk", "A", "--youtube", "x"], "no YouTube id in 'x'"),
        (["new", "x", "--base-url", "ftp://x"], "does not begin with https://"),
        (["new", "x", "--language", "?"], "is not a language tag"),
        (["new", "x", "--youtube", "x"], "belong to a talk"),
        (["new", "x", "--talk", "A"], "name that with --root"),
    ],
)
def test_usage_errors_exit_2(
    talkfeeds: Run, publication: Path, arguments: list[str], says: str
) -> None:
    before = snapshot(publication.parent)
    done = talkfeeds(*[word.replace("PUBLICATION", str(publication)) for word in arguments])
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("talkfeeds: ")
    assert says in done.stderr
    assert snapshot(publication.parent) == before


def test_a_missing_publication_is_told_with_the_remedy(talkfeeds: Run, tmp_path: Path) -> None:
    for where in ([], ["--root", str(tmp_path)]):
        done = talkfeeds(*where, "build")
        assert done.returncode == 1
        assert done.stderr.startswith("content/publication.toml: is not ")
        assert "talkfeeds new" in done.stderr
        assert "Traceback" not in done.stderr


def test_new_scaffolds_what_build_accepts_at_once(talkfeeds: Run, tmp_path: Path) -> None:
    made = talkfeeds("new", "my-talks", "--title", 'A "quoted" título', "--language", "es-MX")
    assert made.returncode == 0, made.stderr
    root = tmp_path / "my-talks"
    assert talkfeeds("build", cwd=root).returncode == 0
    found = feedparser.parse((root / "public" / "feed.atom").read_bytes())
    assert (found.bozo, found.feed.title, len(found.entries)) == (0, 'A "quoted" título', 1)
    again = talkfeeds("new", "my-talks")
    assert again.returncode == 2
    other = talkfeeds("new", tmp_path / "other")
    assert other.returncode == 0
    ids = {
        re.search(r'id = "(.*)"', (folder / "content/publication.toml").read_text())[1]  # type: ignore[index]
        for folder in (root, tmp_path / "other")
    }
    assert len(ids) == 2


def test_new_refuses_a_folder_with_files_and_takes_a_fresh_repository(
    talkfeeds: Run, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    done = talkfeeds("new", "full")
    assert done.returncode == 2
    assert "is not an empty folder" in done.stderr
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    (tmp_path / "repository" / ".gitignore").write_text("mine\n")
    assert talkfeeds("new", "repository").returncode == 0
    assert (tmp_path / "repository" / ".gitignore").read_text() == "mine\n"


def test_new_talk_is_published_by_the_next_build(talkfeeds: Run, publication: Path) -> None:
    arguments = ["new", "--talk", "¿Qué tal: «así»?", "--date", "2017-12-08"]
    made = talkfeeds("--root", publication, *arguments, "--youtube", "https://youtu.be/07jq-5VbBVQ")
    assert made.stdout == f"{publication}/content/talks/que-tal-asi.md\n"
    assert talkfeeds("--root", publication, *arguments).stdout.endswith("que-tal-asi-2.md\n")
    built = talkfeeds("--root", publication, "build", "--json")
    assert json.loads(built.stdout)["talks"] == 5
    page = (publication / "public/talks/que-tal-asi/index.html").read_text("utf-8")
    assert "¿Qué tal: «así»?" in page


def test_build_says_what_it_did_on_standard_output(talkfeeds: Run, publication: Path) -> None:
    first = talkfeeds("build", cwd=publication / "content" / "talks")
    assert first.returncode == 0
    files = len(snapshot(publication / "public")) - 1  # without the marker
    assert files > 10
    said = f"{publication}/public: 3 talks, {files} files written, 0 unchanged, 0 removed\n"
    assert first.stdout == said
    second = talkfeeds("build", cwd=publication)
    assert second.stdout.endswith(f"3 talks, 0 files written, {files} unchanged, 0 removed\n")


def test_a_talk_without_an_id_and_a_missing_file_are_told(
    talkfeeds: Run, publication: Path
) -> None:
    (publication / "content/talks/new.md").write_text(
        "---\ntitle: New\ndate: 2017-12-07\nslides: slides/none.pdf\n---\n[x](img/none.png)\n"
    )
    done = talkfeeds("--root", publication, "build", "--json")
    assert done.returncode == 0
    assert "1 talk without an id of their own" in done.stderr
    assert json.loads(done.stdout)["missing"] == ["img/none.png", "slides/none.pdf"]
    assert "none.pdf" not in (publication / "public/feed.atom").read_text()


def test_slides_and_pictures_at_hand_go_out(talkfeeds: Run, publication: Path) -> None:
    content = publication / "content"
    (content / "slides").mkdir()
    (content / "slides" / "a (final).pdf").write_bytes(b"%PDF-1.4 1234567890")
    (content / "img").mkdir()
    (content / "img" / "á b.png").write_bytes(b"png")
    (content / "recordings").mkdir()
    (content / "recordings" / "abcdefghi01.jpg").write_bytes(b"jpg")
    (content / "private.txt").write_text("nobody links to it")
    (content / "talks/new.md").write_text(
        "---\ntitle: New\ndate: 2017-12-07\nid: tag:x,2026:new\nslides: slides/a (final).pdf\n---\n"
        "![picture](<img/á b.png>)\n",
        "utf-8",
    )
    assert talkfeeds("--root", publication, "build").stderr == ""
    public = snapshot(publication / "public")
    assert public["slides/a (final).pdf"] == b"%PDF-1.4 1234567890"
    assert public["img/á b.png"] == b"png"
    assert public["covers/abcdefghi01.jpg"] == b"jpg"
    assert "private.txt" not in public
    found = feedparser.parse(public["feed.atom"])
    (enclosure,) = [link for entry in found.entries for link in entry.enclosures]
    assert enclosure.href == "https://talks.example.org/slides/a%20%28final%29.pdf"
    assert (enclosure.length, enclosure.type) == ("19", "application/pdf")


def test_an_asset_cannot_replace_a_page(talkfeeds: Run, publication: Path) -> None:
    (publication / "content/index.html").write_text("mine")
    (publication / "content/talks/new.md").write_text(
        "---\ntitle: New\ndate: 2017-12-07\n---\n[home](index.html)\n"
    )
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert "content/index.html: would replace a page of the site" in done.stderr
    assert not (publication / "public").exists()


def test_content_errors_come_all_at_once_and_change_nothing(
    talkfeeds: Run, publication: Path
) -> None:
    assert talkfeeds("--root", publication, "build").returncode == 0
    before = snapshot(publication / "public")
    talks = publication / "content" / "talks"
    (talks / "a.md").write_text("---\ntitel: x\ndate: 2017-02-30\n---\n")
    (talks / "b.md").write_bytes(b"---\ntitle: caf\xe9\ndate: 2017-12-07\n---\n")
    settings = publication / "content" / "publication.toml"
    settings.write_text(settings.read_text("utf-8") + "lenguage = 'es'\n", "utf-8")
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "content/publication.toml:6: lenguage: is not a key (did you mean language?)",
        "content/talks/a.md:2: titel: is not a key (did you mean title?)",
        "content/talks/a.md:3: date: 2017-02-30 is no day of the calendar (check month and day)",
        "content/talks/b.md:2: byte 0xE9 is not UTF-8 (save the file as UTF-8)",
    ]
    assert snapshot(publication / "public") == before


def test_equal_ids_and_slugs_name_the_line(talkfeeds: Run, publication: Path) -> None:
    talks = publication / "content" / "talks"
    text = (talks / "talk-1.md").read_text("utf-8")
    (talks / "zz.md").write_text(text.replace("---\n\n", "slug: talk-2\n---\n\n"), "utf-8")
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        (
            "content/talks/zz.md:4: id: tag:example.org,2026-01-01:talks/1 is also that of"
            " content/talks/talk-1.md (an id belongs to one talk for ever: remove it from the copy)"
        ),
        (
            "content/talks/zz.md:7: slug: talk-2 is also that of content/talks/talk-2.md"
            " (rename the file or give one of them a slug)"
        ),
    ]


@pytest.mark.parametrize(
    "broken", ["{{ nobody.knows }}", "{% if %}", "{{ talk.title | nofilter }}"]
)
def test_a_broken_own_template_is_named_with_its_line(
    talkfeeds: Run, publication: Path, broken: str
) -> None:
    (publication / "templates").mkdir()
    (publication / "templates" / "talk.html").write_text(f"<p>\n{broken}\n</p>")
    done = talkfeeds("--root", publication, "build")
    assert done.returncode == 1
    assert done.stderr.startswith("templates/talk.html:2: ")
    assert "Traceback" not in done.stderr
    assert not (publication / "public").exists()


def test_a_template_that_is_a_pipe_stops_the_build_with_all_other_mistakes(
    talkfeeds: Run, publication: Path
) -> None:
    (publication / "templates").mkdir()
    os.mkfifo(publication / "templates" / "talk.html")
    (publication / "content" / "talks" / "bad.md").write_text("---\ntitle: T\n---\n")
    for command in ("build", "digest"):
        done = talkfeeds("--root", publication, command)
        assert done.returncode == 1
        bad, pipe = done.stderr.splitlines()[:2]
        assert bad.startswith("content/talks/bad.md:")
        assert pipe == "templates/talk.html: is not a regular file (put a text file here)"


def test_base_url_option_moves_links_and_no_id(talkfeeds: Run, publication: Path) -> None:
    def ids(url: str) -> list[str]:
        talkfeeds("--root", publication, "build", "--base-url", url)
        found = feedparser.parse((publication / "public/feed.atom").read_bytes())
        assert all(entry.link.startswith(url) for entry in found.entries)
        return [found.feed.id, *(entry.id for entry in found.entries)]

    assert ids("https://a.example/") == ids("https://b.example/deep/path/")


def test_digest_writes_three_files_and_says_where(talkfeeds: Run, publication: Path) -> None:
    done = talkfeeds("--root", publication, "digest", "2017-W49", "--json")
    said = json.loads(done.stdout)
    assert (said["week"], said["talks"]) == ("2017-W49", 3)
    html, text, eml = (Path(name) for name in said["files"])
    assert len(html.read_bytes()) == said["html_bytes"]
    message = message_from_bytes(eml.read_bytes(), policy=policy.default)
    assert message["Subject"] == said["subject"]
    parts = {
        part.get_content_type(): part.get_content().replace("\r\n", "\n")
        for part in message.iter_parts()
    }
    assert parts == {"text/plain": text.read_text("utf-8"), "text/html": html.read_text("utf-8")}


def test_a_week_without_talks_says_so_and_writes_nothing(talkfeeds: Run, publication: Path) -> None:
    for week in (["2017-W50"], []):
        done = talkfeeds("--root", publication, "digest", *week)
        assert (done.returncode, done.stdout) == (0, "")
        assert (
            "no talks, so there is no issue; the newest week with talks is 2017-W49" in done.stderr
        )
    assert not (publication / ".talkfeeds").exists()


def test_standard_output_that_is_closed_is_no_traceback(publication: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "feeds", "--root", str(publication), "digest", "2017-W49"]
    done = subprocess.run(
        f"{' '.join(command)} | true", shell=True, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr


def test_main_can_be_called(capsys: pytest.CaptureFixture[str], publication: Path) -> None:
    assert main(["--root", str(publication), "build"]) == 0
    assert "3 talks" in capsys.readouterr().out
