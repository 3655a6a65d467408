"""The wheel itself, in an environment of its own, run from / (templates and words inside)."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import feedparser
import pytest

from tests.edges.preview.conftest import serving

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path | str = "/") -> str:
    environment = {key: os.environ[key] for key in os.environ if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``talkfeeds`` command of a wheel installed beside nothing but its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=REPOSITORY)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel
    )
    # No test touches an index: the dependencies come from the environment that runs the tests.
    # A path in a .pth file is not searched for .pth files, so the checkout itself stays out.
    (site,) = environment.glob("lib/python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin" / "talkfeeds"


def test_the_wheel_builds_a_scaffolded_publication(installed: Path, tmp_path: Path) -> None:
    python = installed.with_name("python")
    where = run(python, "-c", "import feeds; print(feeds.__file__)")
    assert Path(where.strip()).is_relative_to(installed.parents[1])
    root = tmp_path / "talks"
    run(installed, "new", root, "--language", "es")
    assert "1 talk" in run(installed, "--root", root, "build")
    week = sorted((root / "public" / "issues").iterdir())[0].name
    run(installed, "--root", root, "digest", week)
    assert len(feedparser.parse((root / "public" / "feed.atom").read_bytes()).entries) == 1
    assert "Suscríbete" in (root / "public" / "index.html").read_text("utf-8")
    assert (root / ".talkfeeds" / "issues" / f"{week}.eml").stat().st_size > 3_000


def test_the_wheel_brings_its_migrations(installed: Path, tmp_path: Path) -> None:
    root = tmp_path / "talks"
    run(installed, "new", root)
    assert "added" in run(installed, "--root", root, "subscribers", "add", "ana@example.org")
    assert "ana@example.org" in run(installed, "--root", root, "subscribers", "list")


def test_the_wheel_serves_a_preview(installed: Path, tmp_path: Path) -> None:
    root = tmp_path / "talks"
    run(installed, "new", root, "--language", "es")
    with serving(root, command=[str(installed)]) as served:
        assert "Suscríbete" in served.client.get("/").text
        assert "Vista previa" in served.client.get("/.preview/").text
        for name in ("preview.css", "preview.js"):
            assert served.client.get(f"/.preview/{name}").status_code == 200
        assert served.stop()[0] == 0
    run(installed, "--root", root, "build")
    assert "uploaded" in run(installed, "--root", root, "publish", tmp_path / "www")
