"""The README is a contract: its tables are the code's, its commands exist."""

import re
import shlex
from pathlib import Path

from feeds import entry, settings
from feeds.cli import parser
from feeds.cli.common import Commands

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text("utf-8")


def table(heading: str) -> list[str]:
    """The first column of the table below a heading, its code words one by one."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def test_every_key_of_a_talk_is_documented_and_no_other() -> None:
    assert sorted(table("A talk")) == sorted(entry.KEYS)


def test_every_key_of_a_publication_is_documented_and_no_other() -> None:
    words: list[str] = []
    for word in table("A publication"):
        group, _, key = word.rpartition("] ")
        words.append(key)
        if group:
            words.append(group.strip("["))
    tables = {"feed": ["entries"], "newsletter": ["title", "reason", "thumbnails"]}
    tables["mail"] = ["sender", "reply_to", "unsubscribe", "postal_address", "web_url"]
    keys = {key for key in settings.KEYS if key not in {"podcast", "audio"}}
    assert set(words) == keys.union(*tables.values())
    assert "`[podcast]` and `[audio]`" in README


def test_every_command_of_subscribers_is_documented_and_no_other() -> None:
    top = parser()
    (commands,) = [made for made in top._actions if isinstance(made, Commands)]
    inner = commands.choices["subscribers"]
    (own,) = [made for made in inner._actions if isinstance(made, Commands)]
    words = table("Subscribers")
    assert sorted(words) == sorted(own.choices)


def test_the_commands_that_it_shows_parse() -> None:
    top = parser()
    shown = re.findall(r"^talkfeeds .*$", README, re.MULTILINE)
    assert len(shown) >= 5
    for line in shown:
        assert callable(top.parse_args(shlex.split(line.partition("#")[0])[1:]).run)


def test_the_scripts_that_it_names_exist_and_can_be_run() -> None:
    named = set(re.findall(r"scripts/[\w-]+", README))
    assert {"scripts/regenerate", "scripts/test"} <= named
    for name in named:
        assert (REPOSITORY / name).stat().st_mode & 0o111, name
