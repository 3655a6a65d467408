"""gPodder's command line (Debian's package gpodder) subscribes and downloads every episode."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.edges.podcast.conftest import Home

ONE, TWO = "dQw4w9WgXcQ", "aaaaaaaaaaa"


class _Handler(SimpleHTTPRequestHandler):
    """Files below a folder, as any web server gives them; says nothing."""

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def served(home: Home) -> Iterator[str]:
    """Where ``public/`` is served from."""
    home.public.mkdir()
    handler = partial(_Handler, directory=str(home.public))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def _gpo(folder: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GPODDER_HOME": str(folder),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["gpo", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout + done.stderr


def test_gpodder_downloads_every_episode(home: Home, served: str, tmp_path: Path) -> None:
    if not shutil.which("gpo"):
        pytest.skip("NOT TESTED: gPodder is not installed (apt-get install gpodder)")
    home.talk("uno", ONE, "license: CC-BY-4.0\n")
    home.talk("dos", TWO, "license: CC0-1.0\n")
    home.record(ONE)
    home.record(TWO)
    built = home.build(served)
    folder = tmp_path / "gpodder"
    folder.mkdir()
    said = _gpo(folder, "subscribe", built.podcast_url)
    assert "Successfully added" in said, said
    said = _gpo(folder, "download")
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".m4a", ".mp4"})
    assert len(files) == 2, said
    expected = {(home.audio / f"{one}.m4a").read_bytes() for one in (ONE, TWO)}
    assert {path.read_bytes() for path in files} == expected
