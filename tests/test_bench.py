"""The bench measures what it says: corpora that stay, costs of whole families, figures in place."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench import profiles
from bench.build import options_of, parser
from bench.chart import log_log
from bench.children import Cost, counted, measured, middle
from bench.corpus import generate, talk_file, talks
from bench.limit import read_and_write, sizes
from bench.peers import PEERS
from bench.report import COLD, EDITED, HUGO, LARGE, LIMIT, OURS, SMALL, Figures, Key, page, readme
from feeds.edges.content import Folder
from feeds.jobs.loading import load

REPOSITORY = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_corpus_is_the_same_every_time_and_as_large_and_as_varied_as_said() -> None:
    once, again = list(talks(1_000)), list(talks(1_000))
    assert once == again
    texts = [talk_file(made) for made in once]
    assert 3_500 < sum(len(text.encode()) for text in texts) / len(texts) < 4_500
    assert 135 <= len({tag for made in once for tag in made.tags}) <= 142
    assert 680 <= len({name for made in once for name in made.speakers}) <= 740


def test_talks_that_are_to_be_in_one_week_are(tmp_path: Path) -> None:
    generate(tmp_path, 50, in_one_week=True)
    plan = load(Folder(tmp_path)).plan
    assert [len(issue.talks) for issue in plan.issues] == [50]


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_gets_every_talk(name: str, tmp_path: Path) -> None:
    peer = PEERS[name](tmp_path / "home")
    peer.generate(tmp_path / "site", talks(30))
    written = sorted((tmp_path / "site" / "content" / "talks").glob("*.md"))
    assert written[-1] == peer.newest(tmp_path / "site", 30)
    for path, made in zip(written, talks(30), strict=True):
        text = path.read_text("utf-8")
        assert made.title in text
        assert text.endswith(made.body)


@pytest.mark.slow
def test_a_cost_holds_what_children_of_children_took() -> None:
    grandchild = "x = bytearray(150_000_000); sum(range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    cost, printed = measured([sys.executable, "-c", f"{child}; print('done')"])
    assert printed == "done\n"
    assert 150 < cost.memory_mb < 200
    assert cost.cpu_s > 0.02


@pytest.mark.slow
def test_a_large_bench_does_not_make_its_children_large() -> None:
    ballast = bytearray(os.urandom(1_000_000) * 150)
    cost, _ = measured([sys.executable, "-c", "pass"])
    assert cost.memory_mb < 50 < len(ballast) / 1_000_000


def test_a_command_that_fails_ends_the_bench_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match=r"ended with 1\n(?s:.*)no such talk"):
        measured([sys.executable, "-c", "raise SystemExit('no such talk')"])


def test_the_middle_is_each_figures_own() -> None:
    costs = [Cost(1, 9, 5), Cost(2, 8, 50), Cost(30, 7, 6)]
    assert middle(costs) == Cost(2, 8, 6)


def test_the_limit_writes_as_much_as_a_build_did(tmp_path: Path) -> None:
    public = tmp_path / "public"
    (public / "a" / "b").mkdir(parents=True)
    (public / "a" / "b" / "page.html").write_bytes(b"a" * 70_000)
    (public / "feed.atom").write_bytes(b"")
    read_and_write(str(public), sizes(str(public)), str(tmp_path / "target"))
    assert counted(tmp_path / "target") == counted(public) == (2, 70_000)


def test_what_dots_hide_at_the_top_is_not_counted(tmp_path: Path) -> None:
    for path in (".mark", ".git/x", "a/.hidden", "b"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"123")
    assert counted(tmp_path) == (2, 6)


def test_on_the_plot_a_power_law_is_a_straight_line() -> None:
    line = [(10.0**power, 0.5 * 10.0**power) for power in (1, 2, 3)]
    svg = ET.fromstring(log_log("Cost", {"ours": line, "theirs": [(10, 7)]}, "talks", "s"))
    space = "{http://www.w3.org/2000/svg}"
    first = svg.findall(f"{space}polyline")[0].get("points") or ""
    spots = [tuple(map(float, spot.split(","))) for spot in first.split()]
    (left, low), (middle_x, middle_y), (right, high) = spots
    assert left < middle_x < right
    assert low > middle_y > high
    assert middle_x - left == pytest.approx(right - middle_x, abs=0.2)
    assert low - middle_y == pytest.approx(middle_y - high, abs=0.2)
    words = [text.text for text in svg.findall(f"{space}text")]
    assert {"Cost", "talks", "s", "ours", "theirs", "1,000", "1"} <= set(words)


def test_imports_are_read_from_what_python_says() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import lxml.etree, json"],
        check=True,
        capture_output=True,
        text=True,
    )
    found = profiles.parse(f"a warning: of somebody else's\n{ran.stderr}")
    assert "json.decoder" in {one.name for one in found}
    assert all(one.whole_us >= one.alone_us >= 0 for one in found)
    assert profiles.heavy(found) == ["lxml"]
    assert profiles.table(found, 3).count("\n") == 5


def figures() -> Figures:
    """Three runs of each, and Hugo."""
    found = Figures("a machine")
    for wall in (4.0, 5.0, 9.0):
        found.add(Key(OURS, SMALL, COLD), Cost(wall, 12, 60))
        found.add(Key(HUGO, SMALL, COLD), Cost(wall * 2, 20, 1_200))
        found.add(Key(OURS, SMALL, EDITED), Cost(1, 1, 50))
        found.add(Key(LIMIT, SMALL, COLD), Cost(0.5, 0.4, 0))
        found.add(Key(OURS, LARGE, COLD), Cost(24.0, 60, 201))
    found.imported = ["lxml"]
    return found


def test_the_page_shows_medians_ratios_and_whether_aims_were_met() -> None:
    text = page(figures())
    assert "| 10,000 | cold | talkfeeds | 5.00 | 12.00 | 60 |  | 0.50 | 0.60 | 0.050 |" in text
    assert "| 10,000 | one talk edited | talkfeeds | 1.00 | 1.00 | 50 |  | 0.10 | " in text
    assert "| cold, 10,000: wall | 0.55 × Hugo | 0.5 | met |" in text
    assert "| one talk edited, 10,000 | 0.05 × Hugo | 0.1 | **missed** |" in text
    assert "| cold, 50,000: time per talk | 1.2 × that at 10,000 | 0.96 | met |" in text
    assert "| cold, 50,000: largest process | 200 MB | 201 | **missed** |" in text
    assert "| heavy imports when nothing changed | none | lxml | **missed** |" in text
    assert "nothing changed, 50,000" not in text  # not measured, so neither met nor missed


def test_the_readmes_lines_are_those_of_ten_thousand_talks() -> None:
    lines = readme(figures()).splitlines()
    assert lines[0] == "a machine"
    assert [line.split(" | ")[0] for line in lines[4:]] == [
        "| talkfeeds, cold",
        "| Hugo 0.168.0, every build",
        "| talkfeeds, one talk edited",
        "| reading every input and writing every output once",
    ]


def test_peers_and_cases_that_nobody_knows_are_wrong_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert options_of(["1000", "--peers", "none"]).peers == []
    assert options_of(["1000", "--peers", "hugo"]).peers == ["hugo"]
    for words in (["--peers", "jekyll"], ["--cases", "nap"]):
        with pytest.raises(SystemExit) as caught:
            options_of(words)
        assert caught.value.code == 2
    assert "jekyll is none of hugo, eleventy, pelican, none" in capsys.readouterr().err


def test_every_option_is_explained() -> None:
    explained = (REPOSITORY / "docs" / "speed.md").read_text("utf-8")
    for action in parser()._actions:
        for name in action.option_strings or [f"`{action.dest.upper()} …`"]:
            assert name in {"-h", "--help"} or name in explained, name


@pytest.mark.slow
def test_a_short_run_measures_every_case_and_writes_table_plot_and_figures(tmp_path: Path) -> None:
    to = tmp_path / "figures"
    done = subprocess.run(
        [sys.executable, "-m", "bench.build", "12", "--runs", "1", "--peers", "none", "--cases",
         "builds,precompress", "--to", str(to)],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == (to / "figures.md").read_text("utf-8") + "\n"
    rows = json.loads((to / "figures.json").read_text("utf-8"))["rows"]
    files = {(row["case"], row["tool"]): row["files"] for row in rows}
    assert files["cold", OURS] == files["cold", LIMIT]
    assert files["nothing changed", OURS] == 0
    assert 0 < files["one talk edited", OURS] < files["cold", OURS]
    assert files["compressed beforehand", OURS] > 50
    assert files["compressed beforehand, nothing changed", OURS] == 0
    ET.parse(to / "builds.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["figures"]
