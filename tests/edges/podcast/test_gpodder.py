"""gPodder's command line (Debian's package gpodder) downloads every episode from the preview."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.edges.podcast.conftest import SECRET, Home
from tests.edges.preview.conftest import serving

ONE, TWO = "dQw4w9WgXcQ", "aaaaaaaaaaa"


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


@pytest.mark.slow
@pytest.mark.parametrize("private", [False, True])
def test_gpodder_downloads_every_episode(home: Home, tmp_path: Path, private: bool) -> None:
    if not shutil.which("gpo"):
        pytest.skip("NOT TESTED: gPodder is not installed (apt-get install gpodder)")
    if private:
        home.settings("[podcast]\nprivate = true\n")
    home.talk("uno", ONE, "license: CC-BY-4.0\n")
    home.talk("dos", TWO, "license: CC0-1.0\n")
    home.record(ONE)
    home.record(TWO)
    folder = tmp_path / "gpodder"
    folder.mkdir()
    with serving(home.root, secret=SECRET) as served:
        said = served.wait("built: ")
        address = f"{served.base}podcast.rss"
        if private:
            address = said.rpartition("the private podcast is at ")[2]
            assert address.startswith(f"{served.base}private/")
            assert served.client.get("/podcast.rss").status_code == 404
        heard = _gpo(folder, "subscribe", address)
        assert "Successfully added" in heard, heard
        heard = _gpo(folder, "download")
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".m4a", ".mp4"})
    assert len(files) == 2, heard
    expected = {(home.audio / f"{one}.m4a").read_bytes() for one in (ONE, TWO)}
    assert {path.read_bytes() for path in files} == expected


@pytest.mark.slow
def test_audio_can_be_sought_in(home: Home) -> None:
    home.talk("uno", ONE, "license: CC-BY-4.0\n")
    home.record(ONE)
    whole = (home.audio / f"{ONE}.m4a").read_bytes()
    with serving(home.root, secret=SECRET) as served:
        head = served.client.head("/audio/uno.m4a")
        assert head.headers["content-type"] == "audio/x-m4a"
        assert int(head.headers["content-length"]) == len(whole)
        part = served.client.get("/audio/uno.m4a", headers={"range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, whole[1000:2000])
        rest = {"range": "bytes=2000-", "if-range": head.headers["etag"]}
        assert served.client.get("/audio/uno.m4a", headers=rest).content == whole[2000:]
        assert served.client.get("/audio/uno.m4a").content == whole
