"""People who mean harm: what of docs/threats.md has no other test."""

import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Request, sync_playwright

from feeds import entry, recordings
from feeds.bounces import Quiet, read_report
from feeds.edges.content import Folder
from feeds.errors import ContentError
from feeds.jobs.digest import make_digest
from feeds.links import Asked
from feeds.model import MailSettings, Recording, Week
from feeds.recordings import Chapter, Facts, Sidecar
from feeds.render.confirmation import already, confirmation
from feeds.tokens import Tokens
from tests.edges.conftest import SETTINGS, Run, snapshot, write_publication
from tests.edges.send.kills import WEEK, command, relay
from tests.edges.send.kills import publication as sending_publication
from tests.edges.site.conftest import BROWSERS, FLAGS
from tests.fuzz.harmless import assert_harmless
from tests.support import built, make_kit, make_publication
from tests.test_hostile import dumped
from tests.test_publication import NOW
from tests.unit.bounces.test_corpus import TOKENS
from tests.unit.test_corpus import PUBLICATION

ID = "--exec-rm-r"
SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "<svg/onload=alert(1)><a href='javascript:alert(1)'>x</a>",
    "</title></style></textarea></noscript><script>alert(1)</script>",
    "[x](javascript:alert(1)) ![x](x' onerror='alert(1)) <https://a.example/\"onclick=alert(1)>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe><base href='//evil.example/'>",
    "<form action=javascript:alert(1)><button autofocus>x</button></form><meta http-equiv=refresh>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<details open ontoggle=alert(1)><video><source onerror=alert(1)></video></details>",
    "-->]]><!--><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "{{ ''.__class__ }}{% include '/etc/passwd' %}${alert(1)}#{7*7}",
    "&lt;script&gt;alert(1)&lt;/script&gt; \\x3cscript\\x3ealert(1) \u2028alert(1)",
)


def hostile_publication(root: Path) -> Path:
    """A talk for each script, with it in every field, and what YouTube says of its recording."""
    (root / "content" / "talks").mkdir(parents=True)
    (root / "content" / "recordings").mkdir()
    title = dumped({"title": SCRIPTS[0]})
    name = dumped({"a": SCRIPTS[1]})[5:].strip()
    settings = SETTINGS.replace('title = "Pláticas"', title.replace('"title":', "title =").strip())
    settings += f"subtitle = {name}\nauthor = {{ name = {name} }}\n"
    settings += f"[newsletter]\ntitle = {name}\n[mail]\npostal_address = {name}\n"
    (root / "content" / "publication.toml").write_text(settings, "utf-8")
    for number, text in enumerate(SCRIPTS):
        youtube = f"-xss-{number:06}"
        front = dumped(
            {
                "title": text,
                "date": "2017-12-07",
                "youtube": youtube,
                "abstract": text,
                "kind": text,
                "tags": [text],
                "event": {"name": text, "day": text, "location": text, "url": "https://a.example/"},
                "speakers": [{"name": text, "role": text, "organization": text}],
                "links": [{"title": text, "url": "https://a.example/'onclick=alert(1)//"}],
            }
        )
        path = root / "content" / "talks" / f"{number:02}.md"
        path.write_text(f"---\n{front}---\n\n{text}\n\n* {text}\n\n## {text}\n", "utf-8")
        chapters = (Chapter(0.0, text), Chapter(60.0, text))
        facts = Facts(text, text, 900.0, chapters=chapters, thumbnail_url="javascript:alert(1)")
        sidecar = root / recordings.path_of(youtube)
        sidecar.write_bytes(recordings.write(Sidecar(youtube, facts)))
    return root


@pytest.mark.slow
def test_no_script_of_an_author_or_of_youtube_is_in_a_page_or_mail(tmp_path: Path) -> None:
    root = hostile_publication(tmp_path)
    pages = {path: data for path, data in built(root).files.items() if path.endswith(".html")}
    assert len(pages) > 3 * len(SCRIPTS)
    for page in pages.values():
        assert_harmless(page)
    digest = make_digest(Folder(root), Week(2017, 49), NOW).digest
    assert digest is not None
    assert_harmless(digest.html)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder behind a web server on loopback."""
    handler = partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
def test_a_real_browser_runs_nothing_of_what_was_written(tmp_path: Path, talkfeeds: Run) -> None:
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        pytest.skip("NOT TESTED: Chromium is not installed (apt-get install chromium)")
    root = hostile_publication(tmp_path / "publication")
    assert talkfeeds("--root", root, "build").returncode == 0
    digest = make_digest(Folder(root), Week(2017, 49), NOW).digest
    assert digest is not None
    public = root / "public"
    (public / "mail.html").write_text(digest.html, "utf-8")
    looked_at = [path.relative_to(public).as_posix() for path in public.rglob("*.html")]
    wanted = [path for path in looked_at if path.startswith(("talks/", "mail", "index", "search"))]
    wanted += [path for path in looked_at if path not in wanted][::10]
    dialogs: list[str] = []
    elsewhere: list[str] = []

    def dialog(found: Dialog) -> None:
        dialogs.append(found.message)
        found.dismiss()

    with served(public) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page()
        page.on("dialog", dialog)

        def asked(request: Request) -> None:
            if "evil.example" in request.url:
                elsewhere.append(request.url)

        page.on("request", asked)
        # Pictures of YouTube and the like are none of this test's business.
        page.route(lambda address: not address.startswith(url), lambda route: route.abort())
        for path in wanted:
            page.goto(f"{url}{path}")
            # Everything that a hand could touch off: a handler that is there would run.
            page.evaluate(
                """() => { for (const one of document.querySelectorAll('*'))
                for (const name of ['click', 'focus', 'mouseover', 'error', 'load', 'toggle'])
                one.dispatchEvent(new Event(name, {bubbles: false, cancelable: true})) }"""
            )
        browser.close()
    assert dialogs == []
    assert elsewhere == []
    assert len(wanted) > len(SCRIPTS)


NO_NET = """\
import sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen"}:
        raise SystemExit(f"NET {event} {arguments}")

sys.addaudithook(watch)
from feeds.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_a_build_a_digest_and_a_check_ask_nobody_whatever_addresses_say(tmp_path: Path) -> None:
    inside = "http://169.254.169.254/latest/meta-data"
    root = write_publication(tmp_path / "publication")
    settings = SETTINGS + (
        f'icon = "{inside}/icon.png"\nlogo = "{inside}/logo.png"\n'
        f'author = {{ name = "A", uri = "{inside}/me" }}\n[feed]\nhub = "{inside}/hub"\n'
    )
    (root / "content" / "publication.toml").write_text(settings, "utf-8")
    talk = root / "content" / "talks" / "talk-1.md"
    more = (
        f"slides: {inside}/a.pdf\nlinks: [{{title: a, url: {inside}}}]\n---\n\n![a]({inside}.png)"
    )
    talk.write_text(talk.read_text("utf-8").replace("---\n\n", f"{more}\n\n", 1), "utf-8")
    for words in (["build"], ["digest", "2017-W49"], ["check", "--strict"]):
        done = subprocess.run(
            [sys.executable, "-c", NO_NET, "--root", str(root), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "NET" not in done.stderr, done.stderr
        assert done.returncode == 0, done.stderr + done.stdout


def test_what_watches_the_net_sees_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_NET, "check", "http://127.0.0.1:9/feed.atom"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "NET socket." in done.stderr


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("slug", bad) for bad in ("../x", "..", "a/b", "a\\b", "%2e%2e", "A", "/etc", "a\0")),
        *(("slides", bad) for bad in ("../../etc/passwd", "a/../../b", "..\\..\\b", "file:///etc")),
        *(("youtube", bad) for bad in (
            "../../../x", "a/b", "--", "https://evil.example/watch?v=07jq-5VbBVQ",
            "https://youtube.com.evil.example/watch?v=07jq-5VbBVQ", "javascript:07jq-5VbBVQ",
            "https://youtu.be/07jq-5VbBV$(id)", "07jq-5VbBVQ;id", "-o /tmp/x https://youtu.be/07jq",
        )),
    ],
)  # fmt: skip
def test_no_path_or_id_of_a_talk_leads_anywhere_else(key: str, value: str) -> None:
    front = dumped({"title": "a", "date": "2017-12-07", key: value})
    with pytest.raises(ContentError) as caught:
        entry.parse(f"---\n{front}---\n\nx\n".encode(), "content/talks/a.md", PUBLICATION)
    assert [problem.key for problem in caught.value.problems] == [key]


def test_an_id_that_looks_like_an_option_is_an_id(tmp_path: Path, talkfeeds: Run) -> None:
    root = write_publication(tmp_path / "publication", talks=1)
    talk = root / "content" / "talks" / "talk-1.md"
    text = talk.read_text("utf-8")
    talk.write_text(text.replace("https://youtu.be/abcdefghi01", f'"{ID}"'), "utf-8")
    assert Recording(ID).youtube_id == ID
    assert talkfeeds("--root", root, "build").returncode == 0
    lines = (root / "public" / "recordings.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if ID in line] == [f"https://www.youtube.com/watch?v={ID}"]


def test_slides_that_lead_out_by_a_link_are_not_published(tmp_path: Path, talkfeeds: Run) -> None:
    root = write_publication(tmp_path / "publication", talks=1)
    secret = tmp_path / "secret.pdf"
    secret.write_text("secret")
    (root / "content" / "slides").mkdir()
    (root / "content" / "slides" / "a.pdf").symlink_to(secret)
    talk = root / "content" / "talks" / "talk-1.md"
    talk.write_text(talk.read_text("utf-8").replace("---\n\n", "slides: slides/a.pdf\n---\n\n"))
    talkfeeds("--root", root, "build")
    if (root / "public").exists():
        assert b"secret" not in b"".join(snapshot(root / "public").values())


SECRET = "s3cret-which-nobody-shall-read"


@pytest.mark.parametrize(
    "words",
    [
        ["send", "2017-W49"],
        ["send", "2017-W49", "--test", "ana@example.org"],
        ["doctor"],
        ["subscribers", "list"],
        ["subscribers", "add", "eva@example.org", "--confirmed"],
        ["bounces"],
        ["issues"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("whose", ["relay", "database"])
def test_no_password_is_printed_or_logged(
    words: list[str], whose: str, tmp_path: Path, talkfeeds: Run
) -> None:
    root = write_publication(tmp_path / "publication", talks=1)
    settings = root / "content" / "publication.toml"
    settings.write_text(f'{SETTINGS}[mail]\nsender = "A <a@talks.example.org>"\n', "utf-8")
    env = {
        "TALKFEEDS_SECRET_KEY": f"{SECRET} of at least 32 characters",
        "TALKFEEDS_IMAP_URL": f"imaps://ana:{SECRET}@127.0.0.1:9/INBOX",
        "TALKFEEDS_SMTP_URL": f"smtp://ana:{SECRET}@127.0.0.1:9/?tls=nonsense",
        "TALKFEEDS_DATABASE_URL": "",
    }
    if whose == "database":
        env["TALKFEEDS_SMTP_URL"] = ""
        env["TALKFEEDS_DATABASE_URL"] = f"postgresql://ana:{SECRET}@127.0.0.1:9/mail"
    done = talkfeeds("--root", root, *words, env=env)
    assert done.returncode in {0, 1, 2}
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    for data in snapshot(root).values():
        assert SECRET.encode() not in data


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        "connect 554 5.7.1 \x1b[31mgo\x1b]0;x\x07 <script>alert(1)</script>",
        "ehlo 550 5.7.1 \x1b[2J\x1b[31m\u202e<script>alert(1)</script>",
        "rcpt 550 5.1.1 \x1b[31m<script>alert(1)</script>",
        "end 554 5.7.1 \x1b[31m\x07<script>alert(1)</script>",
    ],
    ids=lambda fault: str(fault).split()[0],
)
def test_a_relays_words_do_nothing_to_a_terminal_a_log_or_a_report(
    fault: str, tmp_path: Path
) -> None:
    root, log = tmp_path / "publication", tmp_path / "log.jsonl"
    mail = 'retry_after = "1s"\nretry_for = "1s"\n'
    environment = sending_publication(root, 1, 1, mail=mail)
    said = ""
    with relay(tmp_path, "--fault", fault) as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        for words in (
            ["send", WEEK, "--log", str(log)],
            ["issues"],
            ["issues", "--json"],
            ["issues", "--report"],
        ):
            done = subprocess.run(
                command(root, *words), env=environment, capture_output=True, text=True, check=False
            )
            assert "Traceback" not in done.stderr, done.stderr
            said += done.stdout + done.stderr
    said += log.read_text("utf-8") if log.exists() else ""
    odd = {char for char in said if not char.isprintable() and char != "\n"}
    assert not odd, ascii(said)
    assert "<script>alert" not in (root / ".talkfeeds" / "report.html").read_text("utf-8")


def test_what_we_send_ourselves_is_answered_by_nobody(tmp_path: Path) -> None:
    """A mail of ours that comes back to us, by a rule or a forger, changes nothing: no loop."""
    publication = make_publication(
        mail=MailSettings(sender="Notas <notas@talks.example>", web_url="https://talks.example/m/")
    )
    kit = make_kit(publication)
    asked = Asked("notas@talks.example", "", NOW)
    url = "https://talks.example/m/confirm/x"
    tokens = Tokens(b"a secret key of at least 32 characters", "tag:example.org,2026:talks")
    assert tokens.delivery(Week(2017, 49), 7) == TOKENS.delivery(Week(2017, 49), 7)
    for letter in (
        confirmation(kit, asked, url, "1" * 32),
        already(kit, asked, url, url, "2" * 32),
    ):
        data = b"".join(letter.data)
        assert b"Auto-Submitted: auto-generated" in data
        report = read_report(b"Delivered-To: notas@talks.example\r\n" + data, TOKENS)
        assert isinstance(report.kind, Quiet)
        assert report.delivery is None
    digest = make_digest(Folder(hostile_publication(tmp_path)), Week(2017, 49), NOW)
    token = TOKENS.delivery(Week(2017, 49), 7)
    back = f"Delivered-To: b+{token}@talks.example\r\nAuto-Submitted: auto-generated\r\n".encode()
    assert isinstance(read_report(back + digest.message, TOKENS).kind, Quiet)


def test_a_key_is_asked_for_nowhere_in_public(tmp_path: Path, talkfeeds: Run) -> None:
    root = write_publication(tmp_path / "publication", talks=1)
    env = {"TALKFEEDS_SECRET_KEY": f"{SECRET} of at least 32 characters", "HOME": str(tmp_path)}
    assert talkfeeds("--root", root, "build", env={**os.environ, **env}).returncode == 0
    assert SECRET.encode() not in b"".join(snapshot(root / "public").values())
