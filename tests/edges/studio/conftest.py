"""Sounds made by ffmpeg, seconds long; without ffmpeg the tests say NOT TESTED."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sound = Callable[..., Path]


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """``sounds("x.m4a", "sine=f=440:d=9")`` → that file, made once by ffmpeg."""
    if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
        pytest.skip("NOT TESTED: ffmpeg and ffprobe are not installed (apt-get install ffmpeg)")
    folder = tmp_path_factory.mktemp("sounds")

    def make(name: str, source: str = "sine=f=440:d=9", *more: str) -> Path:
        path = folder / name
        if not path.exists():
            command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, *more, str(path)]
            subprocess.run(command, check=True)
        return path

    return make


def probed(path: Path) -> dict[str, Any]:
    """What ffprobe says of a file."""
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters"]
    done = subprocess.run([*command, "-of", "json", path], capture_output=True, check=True)
    assert not done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def chapters_of(path: Path) -> list[tuple[float, str]]:
    """The chapters that ffprobe finds, in the order of time."""
    return sorted(
        (float(one["start_time"]), one.get("tags", {}).get("title", ""))
        for one in probed(path)["chapters"]
    )
