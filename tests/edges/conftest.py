"""What the edge tests share: a small publication on disk, and the command as a process."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

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
def talkfeeds(tmp_path: Path) -> Run:
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


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
