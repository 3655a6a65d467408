"""README and docs/ are a contract: their tables are the code's, their commands exist."""

import ast
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from feeds import entry, settings
from feeds.cli import parser
from feeds.cli.common import Commands
from feeds.deliveries import State
from feeds.jobs.send import _TOLD
from feeds.recordings import Outcome
from feeds.settings import audio, feed, mail, newsletter, podcast, site

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text("utf-8")
DOCS = {path.name: path.read_text("utf-8") for path in sorted((REPOSITORY / "docs").glob("*.md"))}
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
PAGES = {"README.md": README, **{f"docs/{name}": text for name, text in DOCS.items()}}


def table(heading: str, page: str = README) -> list[str]:
    """The first column of the table below a heading, its code words one by one."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def options_of(command: str) -> set[str]:
    """A command's long options, without --help."""
    (commands,) = [made for made in parser()._actions if isinstance(made, Commands)]
    actions = commands.choices[command]._actions
    return {name for made in actions for name in made.option_strings if name[:2] == "--"} - {
        "--help"
    }


def test_every_key_of_a_talk_is_documented_and_no_other() -> None:
    assert sorted(table("A talk")) == sorted(entry.KEYS)


def test_every_key_of_a_publication_is_documented_and_no_other() -> None:
    words: list[str] = []
    for word in table("A publication"):
        group, _, key = word.rpartition("] ")
        words.append(key)
        if group:
            words.append(group.strip("["))
    tables = {
        "feed": list(feed.CHECKS),
        "newsletter": list(newsletter.CHECKS),
        "mail": list(mail.CHECKS),
        "audio": list(audio.CHECKS),
        "podcast": list(podcast.CHECKS),
        "site": list(site.CHECKS),
    }
    assert set(words) == set(settings.KEYS).union(*tables.values())


def test_every_command_of_subscribers_is_documented_and_no_other() -> None:
    top = parser()
    (commands,) = [made for made in top._actions if isinstance(made, Commands)]
    inner = commands.choices["subscribers"]
    (own,) = [made for made in inner._actions if isinstance(made, Commands)]
    words = table("Subscribers")
    assert sorted(words) == sorted(own.choices)


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_that_a_page_shows_parse(page: str) -> None:
    top = parser()
    blocks = re.findall(r"^```\w*\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)
    shown = re.findall(r"^talkfeeds .*$", "\n".join(blocks), re.MULTILINE)
    assert len(shown) >= {"README.md": 12, "docs/sending.md": 11}.get(page, 0)
    shown += re.findall(r"talkfeeds --root /srv/talks [a-z][^>\n]*", "\n".join(blocks))
    for line in shown:
        words = shlex.split(line.partition(" #")[0].strip().strip('"'))
        assert callable(top.parse_args(words[1:]).run), line


@pytest.mark.parametrize(
    ("command", "page", "heading"),
    [
        ("send", "sending.md", "Sending"),
        ("issues", "sending.md", "What came of it"),
        ("serve", "serving.md", "See it while you write"),
        ("publish", "publishing.md", "Publishing"),
    ],
)
def test_every_option_is_in_the_table_and_no_other(command: str, page: str, heading: str) -> None:
    text = DOCS[page].replace("# ", "\n## ", 1)
    found = [word.split(" ")[0] for word in table(heading, text)]
    assert sorted(found) == sorted(options_of(command))


@pytest.mark.parametrize(
    ("command", "page"),
    [
        ("bounces", "bounces.md"),
        ("web", "web.md"),
        ("doctor", "doctor.md"),
        ("ping", "feeds.md"),
        ("check", "check.md"),
    ],
)
def test_every_option_is_named_in_the_page_of_its_command(command: str, page: str) -> None:
    for option in options_of(command):
        assert re.search(rf"{option}\b", DOCS[page]), option


def test_every_option_of_audio_is_named_in_its_page() -> None:
    (commands,) = [made for made in parser()._actions if isinstance(made, Commands)]
    (own,) = [made for made in commands.choices["audio"]._actions if isinstance(made, Commands)]
    for name, inner in own.choices.items():
        assert f"talkfeeds audio {name}" in DOCS["audio.md"]
        for option in {word for made in inner._actions for word in made.option_strings}:
            assert option in {"-h", "--help"} or option in DOCS["audio.md"], option


def test_every_outcome_of_a_recording_is_explained_and_no_other() -> None:
    assert sorted(table("When YouTube says no", DOCS["audio.md"])) == sorted(Outcome)


def test_every_command_is_shown_somewhere() -> None:
    (commands,) = [made for made in parser()._actions if isinstance(made, Commands)]
    everything = "\n".join(PAGES.values())
    for name in commands.choices:
        assert f"talkfeeds {name}" in everything, name


def test_every_state_of_a_delivery_is_explained_and_no_other() -> None:
    found = table("What a delivery's state means", DOCS["sending.md"])
    explained = [word for word in found if word in list(State)]
    assert sorted(explained) == sorted(State)
    assert found == explained


def test_every_event_of_the_log_is_explained_and_no_other() -> None:
    logged: set[str] = set()
    for name in (
        "cli/send.py",
        "cli/rehearsing.py",
        "cli/logs.py",
        "jobs/send.py",
        "jobs/committing.py",
    ):
        tree = ast.parse((REPOSITORY / "feeds" / name).read_text("utf-8"))
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr in {"info", "warning", "error"} and call.args:
                words = [node for node in ast.walk(call.args[0]) if isinstance(node, ast.Constant)]
                logged.update(str(word.value) for word in words)
    logged.update(event for _level, event in _TOLD.values())
    assert sorted(table("The log", DOCS["sending.md"])) == sorted(logged)


def test_every_variable_of_the_environment_is_documented_and_no_other() -> None:
    read: set[str] = set()
    for path in (REPOSITORY / "feeds").rglob("*.py"):
        read.update(re.findall(r"TALKFEEDS_[A-Z]\w+", path.read_text("utf-8")))
    written = set(re.findall(r"`(TALKFEEDS_[A-Z]\w+)`", "\n".join(PAGES.values())))
    assert written == read


def test_links_between_pages_lead_somewhere() -> None:
    found = 0
    for page, text in {**PAGES, "CONTRIBUTING.md": CONTRIBUTING}.items():
        prose = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", prose):
            path, _, anchor = target.partition("#")
            reached = (REPOSITORY / page).parent / path if path else REPOSITORY / page
            assert reached.is_file(), f"{page}: {target}"
            if anchor:
                heads = re.findall(r"^#+ (.*)$", reached.read_text("utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
                assert anchor in slugs, f"{page}: {target}"
            found += 1
    assert found > 12
    for name in DOCS:
        assert f"(docs/{name})" in README, f"{name} is reached from the README"


def test_the_scripts_that_pages_name_exist_and_can_be_run() -> None:
    named = set(re.findall(r"scripts/[\w-]+", "\n".join(PAGES.values())))
    assert {"scripts/regenerate", "scripts/test", "scripts/weekly-digest"} <= named
    for name in named:
        assert (REPOSITORY / name).stat().st_mode & 0o111, name


def test_contributing_draws_the_house_as_the_linter_has_it() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    (layers,) = [found["layers"] for found in contracts if found["type"] == "layers"]
    wanted = [{name.strip().removeprefix("feeds.") for name in row.split("|")} for row in layers]
    house = CONTRIBUTING.split("## The house")[1].split("```")[1]
    drawn = [set(re.findall(r"\w+", row.split("  ", 1)[0])) for row in house.splitlines()]
    assert [row for row in drawn if row] == wanted


def test_contributing_says_why_each_library_and_each_once() -> None:
    section = CONTRIBUTING.split("## Which library")[1].split("\n## ", 1)[0]
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *(name for extra in extras for name in extra)]:
        name = re.split(r"[\[>=]", requirement)[0]
        assert re.search(rf"\b{re.escape(name)}\b", section, re.IGNORECASE), name
    subjects = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    assert len(set(subjects)) == len(subjects) > 20


def test_the_changelog_says_nothing_twice() -> None:
    lines = (REPOSITORY / "CHANGELOG.md").read_text("utf-8").splitlines()
    firsts = [line.split(":")[0].split(",")[0] for line in lines if line.startswith("- ")]
    assert len(set(firsts)) == len(firsts)
