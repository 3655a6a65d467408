"""What lies in a site's folder: said file by file, and found where it lies."""

import os
from pathlib import Path

import pytest

from feeds.edges.sitefiles import Files, Sites
from feeds.jobs.linking import check_links

THERE = ["a.html", "b/c/d.html", "b/é.png", "b/.hidden.html", ".well-known/x", ".htaccess"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """With what is there, and with what a visitor does not get."""
    root = tmp_path / "site"
    for name in (*THERE, ".git/config", "b/.secret/x.html"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x", "utf-8")
    (tmp_path / "outside.html").write_text("x", "utf-8")
    os.mkfifo(root / "pipe.html")
    (root / "circle").symlink_to(".")
    (root / "gone.html").symlink_to("nothing")
    (root / "linked.html").symlink_to("a.html")
    return root


def test_what_is_listed_is_what_is_found(site: Path) -> None:
    files = Files(str(site))
    wanted = {*THERE, "linked.html"}
    assert set(files) == wanted
    assert len(files) == len(wanted)
    assert files
    assert all(path in files for path in wanted)


@pytest.mark.parametrize(
    "path",
    ["", "b", "b/", "/a.html", "./a.html", "../outside.html", "b/../a.html", "A.html", "pipe.html",
     ".git/config", "b/.secret/x.html", "circle/a.html", "gone.html", "a.html/", "b//c/d.html"],
)  # fmt: skip
def test_what_is_not_listed_is_not_found(site: Path, path: str) -> None:
    assert path not in Files(str(site))


def test_a_folder_that_is_none_is_empty(tmp_path: Path) -> None:
    files = Files(str(tmp_path / "nothing"))
    assert not files
    assert "a" not in files


def test_pages_that_all_say_another_address_do_not_have_their_folder_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does a feed that lies beside everything that somebody has."""
    for number in range(50):
        page = f'<link rel="canonical" href="https://x{number}.example/{number}.html">'
        text = f'<!doctype html>{page}<a href="/0.html">x</a><a href="/gone.html">y</a>'
        (tmp_path / f"{number}.html").write_text(text, "utf-8")
    (tmp_path / "aside" / "deep").mkdir(parents=True)
    listed: list[str] = []
    real = os.scandir

    def scandir(path: str) -> object:
        listed.append(str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.chdir(tmp_path)
    names = [f"{number}.html" for number in range(50)]
    found = check_links(Sites(), names).remarks
    assert [one.fault.rule for one in found] == ["link-missing"] * 50
    assert [path for path in listed if not path.endswith(".html")] == ["."]
