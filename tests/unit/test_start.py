"""A command starts with what it needs, and says the same as if it had everything."""

import subprocess
import sys

import pytest

from feeds.cli import _COMMANDS, _named, main, parser
from feeds.cli.common import Commands


def commands_of(only: str = "") -> dict[str, str]:
    """Each command that a parser knows, with its help."""
    (found,) = [one for one in parser(only)._actions if isinstance(one, Commands)]
    return {name: one.format_help() for name, one in found.choices.items()}


def test_a_command_alone_is_what_it_is_among_all() -> None:
    everything = commands_of()
    assert list(everything) == list(_COMMANDS)
    for name, told in everything.items():
        assert commands_of(name) == {name: told}
    assert commands_of("--version") == {}
    assert parser().format_usage() == parser("build").format_usage()


@pytest.mark.parametrize(
    ("words", "only"),
    [
        ("build", "build"),
        ("--root x build --json", "build"),
        ("--root=x digest 2017-W49", "digest"),
        ("--version", "--version"),
        ("--root build", ""),
        ("--roo x build", ""),
        ("--help", ""),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_which_command_is_called_is_told_at_a_glance_or_not_at_all(words: str, only: str) -> None:
    assert _named(words.split()) == only


@pytest.mark.parametrize(
    "words", ["build --nothing", "--root", "build x", "nothing", "", "--roo x check --wrong"]
)
def test_wrong_usage_says_what_it_said(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words.split()) == 2
    said = capsys.readouterr()
    monkeypatch.setattr("feeds.cli._named", lambda _words: "")
    assert main(words.split()) == 2
    assert capsys.readouterr() == said


def test_a_build_imports_no_other_command() -> None:
    script = (
        "import sys\n"
        "from feeds.cli import _named, parser\n"
        "parser(_named(['build'])).parse_args(['build'])\n"
        "print(*(name for name in sys.modules if name.startswith('feeds.')))\n"
        "print(*({'dataclasses', 'inspect', 'json', 'logging'} & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    ours, heavy = done.stdout.split("\n", 1)
    assert set(ours.split()) == {"feeds.cli", "feeds.cli.build", "feeds.cli.common", "feeds.errors"}
    assert heavy.split() == []
