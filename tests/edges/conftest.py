"""What the edge tests share: a small publication on disk, and the command as a process."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from feeds.cli import main

SETTINGS = """\
title = "Pláticas"
id = "tag:example.org,2026-01-01:talks"
base_url = "https://talks.example.org/"
language = "es-MX"
timezone = "America/Mexico_City"
"""

TALK = """\
---
title: Plática {number}
date: 2017-12-07
id: tag:example.org,2026-01-01:talks/{number}
position: {number}
youtube: https://youtu.be/abcdefghi{number:02}
---

* Notas de la plática {number}: «así».
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


class Forked:
    """Who was forked while a test ran. Other children of this process may serve other tests."""

    def __init__(self) -> None:
        self.children: list[int] = []

    def are_gone(self) -> None:
        for child in self.children:
            with pytest.raises(ChildProcessError):
                os.waitpid(child, os.WNOHANG)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> Forked:
    """Those that this test forks."""
    found, fork = Forked(), os.fork

    def noted() -> int:
        child = fork()
        found.children.append(child)
        return child

    monkeypatch.setattr(os, "fork", noted)
    return found


def write_publication(root: Path, talks: int = 3) -> Path:
    """A publication of ``talks`` talks below ``root``."""
    (root / "content" / "talks").mkdir(parents=True)
    (root / "content" / "publication.toml").write_text(SETTINGS, "utf-8")
    for number in range(1, talks + 1):
        path = root / "content" / "talks" / f"talk-{number}.md"
        path.write_text(TALK.format(number=number), "utf-8")
    return root


@pytest.fixture
def publication(tmp_path: Path) -> Path:
    """A publication with three talks."""
    return write_publication(tmp_path / "publication")


@pytest.fixture
def talkfeeds_process(tmp_path: Path) -> Run:
    """Runs the command in a process of its own, from a folder that is no publication."""

    def run(
        *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path = tmp_path
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "feeds", *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def talkfeeds(request: pytest.FixtureRequest, tmp_path: Path, talkfeeds_process: Run) -> Run:
    """The same; with ``--quick`` in this process, which saves half a second each time."""
    if not request.config.option.quick:
        return talkfeeds_process
    monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    here = partial(_in_this_process, monkeypatch, tmp_path)

    def run(*arguments: str | Path, **more: Any) -> "subprocess.CompletedProcess[str]":
        # Servers take signals, some words are for Python alone, and programs are looked up once.
        alone = {"web", "serve"}.intersection(arguments)
        alone |= {name for name in more.get("env", ()) if name.startswith(("PATH", "PYTHON", "TZ"))}
        return (talkfeeds_process if alone else here)(*arguments, **more)

    return run


def _in_this_process(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> "subprocess.CompletedProcess[str]":
    words = [str(word) for word in arguments]
    out, err = (TextIOWrapper(BytesIO(), "utf-8", newline="") for _ in range(2))
    with monkeypatch.context() as patch:
        patch.chdir(cwd or tmp_path)
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            status = main(words)
        except SystemExit as asked:  # how argparse ends
            status = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
        texts = [_written(stream) for stream in (out, err)]
    return subprocess.CompletedProcess(words, status, *texts)


def _written(stream: TextIOWrapper) -> str:
    """What was written, as text."""
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, BytesIO)
    return buffer.getvalue().decode("utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
