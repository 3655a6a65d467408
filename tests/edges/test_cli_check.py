"""``talkfeeds check``: the command as a process, and fetches from a server on loopback."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from feeds.check.documents.rules import RULES
from feeds.check.mail.fallbacks import FALLBACKS
from tests.edges.conftest import Run
from tests.support import REPOSITORY
from tests.unit.check.documents.test_speaking import english_in

CORPUS = REPOSITORY / "tests" / "corpus" / "check"
GOOD = CORPUS / "atom-date" / "valid.atom"
BAD = CORPUS / "atom-date" / "invalid.atom"
WARNED = CORPUS / "atom-order" / "invalid.atom"


def test_a_good_feed_is_passed(talkfeeds: Run) -> None:
    done = talkfeeds("check", GOOD)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 document: 0 errors, 0 warnings\n"


def test_an_error_names_file_line_rule_remedy_and_section(talkfeeds: Run) -> None:
    done = talkfeeds("check", BAD)
    assert done.returncode == 1
    assert done.stdout == (
        f"{BAD}:11: error: atom-date: <updated>: “2026-01-02 10:00:00” is not a date of RFC 3339 "
        "(write the date in that form; RFC 4287 §4.2.15)\n"
    )


def test_warnings_count_only_when_they_shall(talkfeeds: Run) -> None:
    assert talkfeeds("check", WARNED).returncode == 0
    assert talkfeeds("check", "--strict", WARNED).returncode == 1
    assert talkfeeds("check", "--strict", CORPUS / "rss-text-input" / "invalid.rss").returncode == 0


def test_json_is_one_list_for_many_files(talkfeeds: Run) -> None:
    done = talkfeeds("check", "--format", "json", GOOD, BAD, "nothing.atom", WARNED)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [(one["file"], one["line"], one["rule"], one["level"]) for one in found] == [
        (str(BAD), 11, "atom-date", "error"),
        ("nothing.atom", 1, "unreadable", "error"),
        (str(WARNED), 15, "atom-order", "warning"),
    ]
    assert all(one["message"] for one in found)
    assert json.loads(talkfeeds("check", "--format", "json", GOOD).stdout) == []


def test_sarif_names_its_rules_and_places(talkfeeds: Run) -> None:
    done = talkfeeds("check", "--format", "sarif", BAD, WARNED)
    log = json.loads(done.stdout)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert names[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["region"]["startLine"] >= 1
    assert [result["level"] for result in run["results"]] == ["error", "warning"]


@pytest.mark.parametrize("name", ["a:b.atom", "a?b#c%41.atom", "é ñ.atom", "x/../a.atom"])
def test_sarif_names_a_file_as_an_address_that_leads_to_it(
    talkfeeds: Run, tmp_path: Path, name: str
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / name).write_bytes(BAD.read_bytes())
    log = json.loads(talkfeeds("check", "--format", "sarif", name).stdout)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    found = urlsplit(place["artifactLocation"]["uri"])
    assert (found.scheme, unquote(found.path), found.query, found.fragment) == ("", name, "", "")


def test_github_gets_workflow_commands(talkfeeds: Run, tmp_path: Path) -> None:
    path = tmp_path / "a,b:c%.atom"
    path.write_bytes(BAD.read_bytes())
    (line,) = talkfeeds("check", "--format", "github", path).stdout.splitlines()
    place = str(path).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    assert line.startswith(f"::error file={place},line=11,title=atom-date::<updated>: ")


def test_what_a_build_made_passes_strictly(talkfeeds: Run, publication: Path) -> None:
    assert talkfeeds("--root", publication, "build").returncode == 0
    done = talkfeeds("--root", publication, "check", "--strict", "--format", "json")
    assert done.returncode == 0, done.stdout
    assert [one for one in json.loads(done.stdout) if one["level"] != "advice"] == []


def test_without_a_build_there_is_nothing_to_check(talkfeeds: Run, publication: Path) -> None:
    done = talkfeeds("--root", publication, "check")
    assert done.returncode == 1
    assert "make it: talkfeeds build" in done.stderr


def test_a_folder_gives_its_feeds_and_leaves_other_files_alone(
    talkfeeds: Run, tmp_path: Path
) -> None:
    (tmp_path / "site" / "b").mkdir(parents=True)
    (tmp_path / "site" / ".hidden").mkdir()
    (tmp_path / "site" / "b" / "feed.xml").write_bytes(BAD.read_bytes())
    (tmp_path / "site" / ".hidden" / "feed.xml").write_bytes(BAD.read_bytes())
    (tmp_path / "site" / "sitemap.xml").write_text("<urlset xmlns='http://x'/>", "utf-8")
    (tmp_path / "site" / "data.json").write_text('{"a": 1}', "utf-8")
    done = talkfeeds("check", "site", cwd=tmp_path)
    assert done.stdout.startswith("site/b/feed.xml:11: error: atom-date")
    assert "1 document: " in done.stderr


_MEASURED = (
    "import re, sys, time; from feeds.cli import main; status = main(sys.argv[1:]); "
    # Not ru_maxrss, which a process inherits from the one that started it.
    "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]; "
    "print(time.process_time(), peak); sys.exit(status)"
)


@pytest.mark.slow
def test_ten_thousand_entries_take_three_seconds_and_200_mb(tmp_path: Path) -> None:
    body = (
        '&lt;p&gt;Some words with &lt;a href="https://x.example/"&gt;a link&lt;/a&gt;.&lt;/p&gt; '
        * 15
    )
    path = tmp_path / "big.atom"
    with path.open("w", encoding="utf-8") as file:
        file.write(GOOD.read_text("utf-8").partition("  <entry>")[0])
        for number in range(10_000):
            stamp = f"2025-01-{1 + number % 28:02}T{number // 3600:02}:{number // 60 % 60:02}:00Z"
            file.write(
                f"<entry><id>tag:talks.example,2026:{number}</id><title>Talk {number}</title>\n"
                f"<updated>{stamp}</updated><published>{stamp}</published>\n"
                f'<link href="https://talks.example/{number}/" type="text/html"/>\n'
                f"<author><name>Ana</name></author><category term='a'/>\n"
                f'<content type="html">{body}</content></entry>\n'
            )
        file.write("</feed>\n")
    command = [sys.executable, "-c", _MEASURED, "check", str(path)]
    spent_s = []
    for _ in range(3):  # a machine that others work on is slow by turns
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[:2_000]
        cpu, peak_kb = done.stdout.split()[-2:]
        assert int(peak_kb) < 200 * 1_024
        spent_s.append(float(cpu))
        if spent_s[-1] < 3:
            break
    assert min(spent_s) < 3


def test_a_hundred_megabytes_are_not_read_to_their_end(tmp_path: Path, talkfeeds: Run) -> None:
    path = tmp_path / "huge.atom"
    with path.open("wb") as file:
        file.write(b'<feed xmlns="http://www.w3.org/2005/Atom">')
        for _ in range(100):
            file.write(b" " * (1 << 20))
        file.write(b"</feed>")
    done = talkfeeds("check", path)
    assert done.returncode == 1
    assert "xml-too-large" in done.stdout


_ATOM, _RSS = '<feed xmlns="http://www.w3.org/2005/Atom">', '<rss version="2.0"><channel>'
_DEEP, _HUGE = 10_000, 100 << 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "again", "times", "end", "rule"),
    [
        (_ATOM, "<a>", _DEEP, "</a>" * _DEEP + "</feed>", "xml-too-deep"),
        (f'{_ATOM}<entry><content type="xhtml">', "<div>", _DEEP, "", "xml-too-deep"),
        (f"{_RSS}<item>", "<a>", _DEEP, "", "xml-too-deep"),
        ('<opml version="2.0"><body>', '<outline text="a">', _DEEP, "", "xml-too-deep"),
        (
            '{"version": "https://jsonfeed.org/version/1", "items": ',
            "[",
            _DEEP,
            "",
            "json-too-large",
        ),
        (
            '{"version": "https://jsonfeed.org/version/1", "a": ',
            '{"a":',
            _DEEP,
            "",
            "json-too-large",
        ),
        (_ATOM, "<entry><id>a</id></entry>\n", _HUGE // 26, "</feed>", "xml-too-large"),
        (_RSS, "<item><title>a</title></item>\n", _HUGE // 30, "</channel></rss>", "xml-too-large"),
        ('<opml version="2.0"><body>', '<outline text="a"/>', _HUGE // 19, "", "xml-too-large"),
        ('{"items": [', '{"id": "a"},', _HUGE // 12, "{}]}", "json-too-large"),
        ('{"items": [], "title": "', "a" * 100, _HUGE // 100, '"}', "json-too-large"),
        (f"{_ATOM}<title>", "a" * 100, _HUGE // 100, "</title></feed>", "xml-too-large"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_deep_and_large_documents_of_every_format_end_soon_and_in_little_room(
    start: str, again: str, times: int, end: str, rule: str, tmp_path: Path
) -> None:
    path = tmp_path / "feed.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write(start)
        for _ in range(times // 1_000):
            file.write(again * 1_000)
        file.write(end)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, "check", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f": {rule}: " in done.stdout, done.stdout[-2_000:]
    cpu, peak_kb = done.stdout.split()[-2:]
    assert float(cpu) < 10
    assert int(peak_kb) < 600 * 1_024


def test_every_rule_of_the_docs_is_one_and_the_other_way_round() -> None:
    page = (REPOSITORY / "docs" / "check.md").read_text("utf-8")
    section = page.partition("\n## Rules")[2]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{name}` | {rule.level} | {rule.source} |" for name, rule in sorted(RULES.items())
    ]


def test_messages_are_in_the_language_of_whoever_reads(talkfeeds: Run, publication: Path) -> None:
    spanish = "aviso: atom-order: <rights> está después de la primera entrada"
    english = "warning: atom-order: <rights> stands behind the first entry"
    plain = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "C.UTF-8"}
    assert english in talkfeeds("check", WARNED, env=plain).stdout
    assert spanish in talkfeeds("check", WARNED, env={**plain, "LANG": "es_MX.UTF-8"}).stdout
    assert spanish in talkfeeds("check", WARNED, "--language", "es").stdout
    assert spanish in talkfeeds("--root", publication, "check", WARNED).stdout
    assert english in talkfeeds("--root", publication, "check", WARNED, "--language=en").stdout
    assert talkfeeds("check", WARNED, "--language", "español!").returncode == 2


def test_nothing_but_names_is_english_in_a_spanish_run(talkfeeds: Run) -> None:
    """Over the whole corpus, as a person of Mexico gets it."""
    env = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "es_MX.UTF-8"}
    mails = sorted(path for path in CORPUS.glob("mail-*/invalid.*") if path.suffix != ".txt")
    done = talkfeeds("check", CORPUS, *mails, "nothing.atom", env=env)
    assert done.returncode == 1
    rows = done.stdout.splitlines()
    assert len(rows) > 250
    for row in rows:
        said = row.partition(".")[2].partition(":")[2].split(": ", 3)[3]
        assert not english_in(said), row
    assert re.fullmatch(r"\d+ documentos: \d+ errores, \d+ avisos\n", done.stderr)
    for more, found in (
        ((GOOD,), "1 documento: 0 errores, 0 avisos\n"),
        ((BAD,), "1 documento: 1 error, 0 avisos\n"),
        ((CORPUS / "link-missing" / "valid.html", "--links"), "1 archivo con 2 enlaces\n"),
    ):
        assert found in talkfeeds("check", *more, env=env).stderr


def test_the_features_of_a_mail_are_listed_in_spanish(talkfeeds: Run) -> None:
    mail = CORPUS / "mail-feature" / "valid.html"
    done = talkfeeds("check", "--features", mail, "--language=es-MX")
    for row in done.stdout.splitlines():
        assert not english_in(row.partition(": ")[2]), row
    assert "elemento <body> × 1: " in done.stdout
    assert "; en su lugar: las esquinas son rectas\n" in done.stdout
    assert "se muestra en todas partes\n" in done.stdout
    assert "características; por ciento de los correos abiertos donde no se muestra" in done.stderr


@pytest.mark.parametrize(
    ("locale", "spanish"),
    [
        ("es_MX.UTF-8", True), ("es", True), ("es_ES@euro", True), ("C", False), ("POSIX", False),
        ("en_GB.UTF-8", False), ("C.UTF-8", False), ("?!", False), ("xx_YY", False),
    ],
)  # fmt: skip
def test_any_locale_is_one_language_or_english(talkfeeds: Run, locale: str, spanish: bool) -> None:
    done = talkfeeds("check", GOOD, env={"LC_ALL": locale})
    assert ("documento:" in done.stderr) is spanish, done.stderr


def test_an_empty_name_is_wrong_usage(talkfeeds: Run, publication: Path) -> None:
    for words in (("",), (GOOD, ""), ("--links=",), ("--links", "")):
        done = talkfeeds("--root", publication, "check", *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr


@pytest.mark.parametrize("more", [(), ("--links",)])
def test_a_folder_in_which_nothing_is_checked_does_not_pass(
    talkfeeds: Run, tmp_path: Path, more: tuple[str, ...]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.md").write_text("a", "utf-8")
    done = talkfeeds("check", GOOD, "empty", *more, "--language=en")
    assert done.returncode == 1
    assert done.stdout == (
        "empty:1: error: nothing-to-check: holds no document that is checked "
        "(correct the name, or name the file itself; talkfeeds)\n"
    )
    assert "1 document: 1 error, 0 warnings\n" in done.stderr
    done = talkfeeds("check", "empty", *more, "--format=json")
    assert [one["rule"] for one in json.loads(done.stdout)] == ["nothing-to-check"]


def test_a_folder_that_is_named_twice_is_not_empty_the_second_time(
    talkfeeds: Run, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "feed.atom").write_bytes(GOOD.read_bytes())
    assert talkfeeds("check", "a", "a", "a/feed.atom").returncode == 0


def test_a_pipe_or_a_device_is_refused_and_an_open_one_is_read(
    talkfeeds: Run, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "x.rss")
    for name in ("x.rss", "/dev/zero", "/dev/tty"):
        done = talkfeeds("check", name, "--language=en")
        assert done.returncode == 1
        assert f"{name}:1: error: unreadable: cannot be read: is neither a file" in done.stdout
    command = f"{sys.executable} -m feeds check - <(cat {BAD})"
    done = subprocess.run(
        ["bash", "-c", f"cat {BAD} | {command}"], capture_output=True, text=True, check=False
    )
    assert [line.split(":")[1] for line in done.stdout.splitlines()] == ["11", "11"]


@pytest.mark.parametrize("format_", ["text", "github"])
def test_a_name_writes_nothing_into_the_terminal(
    talkfeeds: Run, tmp_path: Path, format_: str
) -> None:
    name = "a\x1b]0;x\x07\x1b[31m\x9b\u202e\nb.atom:1: error\r.atom"
    (tmp_path / name).write_bytes(BAD.read_bytes())
    done = talkfeeds("check", name, f"{name}.gone", "--format", format_)
    assert len(done.stdout.splitlines()) == 2
    assert done.stdout.replace("\n", "").isprintable()
    done = talkfeeds("check", "--features", name)
    assert done.returncode == 1
    assert done.stderr.replace("\n", "").isprintable()


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "github"])
def test_a_name_that_is_no_text_is_a_name(talkfeeds: Run, tmp_path: Path, format_: str) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "\udcff.atom").write_bytes(BAD.read_bytes())
    (tmp_path / "s" / "a.html").write_text('<!doctype html><a href="%FF.atom">x</a>', "utf-8")
    done = talkfeeds("check", "--links", "s", "--format", format_, "--language=en")
    assert done.returncode == 1
    assert "not a date" in done.stdout
    assert "a.html" not in done.stdout, "its link leads there"


def test_a_name_that_no_file_can_have_is_not_there(talkfeeds: Run) -> None:
    for more in ((), ("--links",)):
        done = talkfeeds("check", "x" * 5_000, *more, "--language=en")
        assert done.returncode == 1
        assert "file name too long" in done.stdout


def test_every_fallback_of_the_docs_is_one_and_the_other_way_round() -> None:
    page = (REPOSITORY / "docs" / "check.md").read_text("utf-8")
    section = page.partition("### Fallbacks")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {one.why} |" for name, one in sorted(FALLBACKS.items())]


def test_a_mail_is_checked_as_one_with_the_text_beside_it(talkfeeds: Run, tmp_path: Path) -> None:
    for end in ("html", "txt"):
        text = (CORPUS / "mail-text-words" / f"invalid.{end}").read_bytes()
        (tmp_path / f"a.{end}").write_bytes(text)
    done = talkfeeds("check", "a.html", "--language=en")
    assert (done.returncode, done.stderr) == (1, "1 document: 1 error, 0 warnings\n")
    assert done.stdout.startswith("a.html:7: error: mail-text-words: the text part does not say")
    (tmp_path / "a.txt").unlink()
    assert talkfeeds("check", "a.html").returncode == 0


def test_a_page_is_no_mail(talkfeeds: Run, publication: Path) -> None:
    talkfeeds("--root", publication, "build")
    page = publication / "public" / "index.html"
    done = talkfeeds("check", page, "--language=en")
    assert "unknown-format: this is no feed that is known here (a page of a website" in done.stdout
    assert talkfeeds("check", page, "--links").returncode == 0


def test_the_own_digest_is_checked_as_a_letter(talkfeeds: Run, publication: Path) -> None:
    done = talkfeeds("--root", publication, "check", "--mail", "--strict")
    assert (done.returncode, done.stdout) == (0, "")
    done = talkfeeds("--root", publication, "check", "--mail", "2001-W01")
    assert done.returncode == 1
    assert "has no talks (the newest week with talks is 2017-W49)" in done.stderr
    assert talkfeeds("--root", publication, "check", "--mail", "2017-W99").returncode == 2
    shipped = (REPOSITORY / "templates" / "digest.html").read_text("utf-8")
    (publication / "templates").mkdir()
    own = publication / "templates" / "digest.html"
    own.write_text(shipped.replace("margin:0 0 4px", "display:flex;color:#999"), "utf-8")
    done = talkfeeds("--root", publication, "check", "--mail", "--format=json")
    found = {one["rule"] for one in json.loads(done.stdout)}
    assert (done.returncode, found) == (1, {"mail-feature", "mail-contrast"})
    assert {one["file"] for one in json.loads(done.stdout)} == {"digest 2017-W49"}


def test_the_features_of_a_mail_are_listed(talkfeeds: Run, publication: Path) -> None:
    done = talkfeeds("--root", publication, "check", "--mail", "--features", "--language=en")
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if "border-radius" in line]
    assert "Outlook (Windows)" in line
    assert line.endswith("; instead: corners are square")
    done = talkfeeds("--root", publication, "check", "--mail", "--features", "--format", "json")
    assert {"file", "slug", "share", "without", "fallback"} <= set(json.loads(done.stdout)[0])
    assert talkfeeds("check", "--features").returncode == 2
    assert talkfeeds("check", "--features", GOOD).returncode == 1


def test_the_features_of_a_mail_without_a_bottom_are_not_looked_for(
    talkfeeds: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text(f"<style>{'@media x{' * 5_000}</style><p>x", "utf-8")
    done = talkfeeds("check", "--features", "a.html")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "a.html: its style is nested too deeply (make it flatter)\n"


def test_a_pipe_in_a_folder_is_passed_by(tmp_path: Path, talkfeeds: Run) -> None:
    os.mkfifo(tmp_path / "x.rss")
    os.mkfifo(tmp_path / "y.html")
    opml = (CORPUS / "opml-uri" / "valid.opml").read_bytes()
    (tmp_path / "feeds.opml").write_bytes(opml)
    for more in ((), ("--links",)):
        done = talkfeeds("check", *more, tmp_path)
        assert done.returncode == 0, done.stderr
