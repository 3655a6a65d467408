"""Links asked of a real server, which fails in every way that servers do."""

import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from PIL import Image

from feeds.check import Level
from feeds.check.documents import Fault
from feeds.check.links.answers import Question, answer_faults
from feeds.check.links.references import Reference, Use
from feeds.edges import openweb
from feeds.edges.asking import Asker, Memory
from feeds.edges.asking.visit import retry_after_s
from feeds.edges.feedfiles import Shelves
from feeds.edges.sitefiles import Sites
from feeds.errors import WorldError
from feeds.jobs.linking import check_links
from tests.edges.asking.conftest import Server, by_method, file, in_turn, sending
from tests.edges.conftest import Run

INSIDE = "it leads into a private network"
AUDIO = b"\0\0\0\x20ftypM4A " + b"a" * 5_000


def asker(
    memory: Memory | None = None, limit_s: float = 10.0, waits: list[float] | None = None
) -> Asker:
    """Without a pause; what it would have waited stands in ``waits``."""
    found: list[float] = [] if waits is None else waits
    return Asker(memory, limit_s=limit_s, pause_s=0, wait=found.append)


def checked(tmp_path: Path, document: str, with_: Asker, name: str = "a.html") -> list[Fault]:
    path = tmp_path / name
    path.write_text(document, "utf-8")
    return [one.fault for one in check_links(Sites(), [str(path)], with_).remarks]


def page(*urls: str) -> str:
    return "<!doctype html>\n" + "\n".join(f'<a href="{url}">x</a>' for url in urls)


def said(tmp_path: Path, url: str, limit_s: float = 10.0) -> list[tuple[str, Mapping[str, str]]]:
    """The rules that a page with that link breaks, but that its host is private, as here."""
    found = checked(tmp_path, page(url), asker(limit_s=limit_s))
    return [(one.rule, one.values) for one in found if one.rule != "link-private"]


def rules(tmp_path: Path, url: str, limit_s: float = 10.0) -> list[str]:
    return [rule for rule, _ in said(tmp_path, url, limit_s)]


def test_a_link_that_is_there_is_asked_once_by_head(server: Server, tmp_path: Path) -> None:
    assert rules(tmp_path, server.on("/a?b=c", sending()) + "#d") == []
    assert server.asked == ["HEAD /a?b=c"]


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (404, "link-gone"), (410, "link-gone"), (400, "link-gone"), (500, "link-failing"),
        (502, "link-failing"), (503, "link-failing"), (403, "link-refused"), (401, "link-refused"),
        (429, "link-refused"), (999, "link-refused"),
    ],
)  # fmt: skip
def test_a_status_that_is_no_good_is_said(
    server: Server, tmp_path: Path, status: int, rule: str
) -> None:
    url = server.on("/a", sending(status))
    ((found, values),) = said(tmp_path, url)
    assert (found, values["status"]) == (rule, str(status))
    assert server.asked == ["HEAD /a", "GET /a"], "HEAD alone decides nothing"


@pytest.mark.parametrize("status", [403, 404, 405, 500, 501])
def test_where_head_is_refused_get_decides(server: Server, tmp_path: Path, status: int) -> None:
    assert rules(tmp_path, server.on("/a", by_method(sending(status), sending()))) == []
    assert server.asked == ["HEAD /a", "GET /a"]


def test_of_a_page_nothing_is_read(server: Server, tmp_path: Path) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        sending(200, b"a" * 65_536, Content_Length=str(1 << 40))(request)
        while not server.stop.is_set():
            request.wfile.write(b"a" * 65_536)

    assert rules(tmp_path, server.on("/a", by_method(sending(405), endless))) == []


@pytest.mark.parametrize(
    ("statuses", "rule", "other"),
    [
        ((301,), "link-moved", "/1"),
        ((308, 301), "link-moved", "/2"),
        ((301, 302), "link-moved", "/1"),
        ((302,), "link-elsewhere", "/1"),
        ((307, 301), "link-elsewhere", "/2"),
        ((303,), "link-elsewhere", "/1"),
    ],
)
def test_a_redirect_is_followed_and_said(
    server: Server, tmp_path: Path, statuses: tuple[int, ...], rule: str, other: str
) -> None:
    url = server.on("/0", sending())
    for number, status in enumerate(statuses):
        server.on(f"/{number}", sending(status, Location=f"/{number + 1}"))
        server.on(f"/{number + 1}", sending())
    ((found, values),) = said(tmp_path, url)
    assert (found, values["other"]) == (rule, f"{server.url}{other}")


def test_the_body_of_a_redirect_is_not_read(server: Server, tmp_path: Path) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        sending(302, b"", Location="/b", Content_Length=str(1 << 40))(request)
        while request.command == "GET" and not server.stop.is_set():
            request.wfile.write(b"a" * 65_536)

    server.on("/b", by_method(sending(405), sending()))
    assert rules(tmp_path, server.on("/a", endless)) == ["link-elsewhere"]


def test_a_redirect_in_letters_beyond_ascii_is_followed(server: Server, tmp_path: Path) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        head = "HTTP/1.1 301 x\r\nLocation: /é\r\nContent-Length: 0\r\n\r\n"
        request.wfile.write(head.encode())

    server.on("/%C3%A9", sending())
    ((rule, values),) = said(tmp_path, server.on("/a", answer))
    assert (rule, values["other"]) == ("link-moved", f"{server.url}/é")


@pytest.mark.parametrize("there", ["http://[", "//[::1", "http://a:99999/", "http://%00/"])
def test_a_redirect_to_what_is_no_address_is_unreachable(
    server: Server, tmp_path: Path, there: str
) -> None:
    assert rules(tmp_path, server.on("/a", sending(302, Location=there))) == ["link-unreachable"]


def test_a_redirect_to_nothing_is_gone(server: Server, tmp_path: Path) -> None:
    assert rules(tmp_path, server.on("/a", sending(301, Location="/nothing"))) == ["link-gone"]


def test_a_loop_is_named_as_one(server: Server, tmp_path: Path) -> None:
    server.on("/b", sending(302, Location="/a"))
    assert rules(tmp_path, server.on("/a", sending(302, Location="/b"))) == ["link-loop"]
    assert server.asked == ["HEAD /a", "HEAD /b"]


def test_redirects_without_an_end_are_a_loop_too(server: Server, tmp_path: Path) -> None:
    for number in range(30):
        server.on(f"/{number}", sending(301, Location=f"/{number + 1}"))
    assert rules(tmp_path, f"{server.url}/0") == ["link-loop"]
    assert len(server.asked) == 11


@pytest.mark.parametrize("there", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:a()"])
def test_a_redirect_leads_to_the_web_or_nowhere(server: Server, tmp_path: Path, there: str) -> None:
    found = said(tmp_path, server.on("/a", sending(302, Location=there)))
    assert found[0][0] == "link-unreachable"
    assert "no web address" in found[0][1]["detail"]


def test_a_strangers_document_does_not_ask_inside(server: Server) -> None:
    url = server.on("/a", sending())
    (answer,) = asker().ask([Question(url, stranger=True)])
    assert answer.trouble == INSIDE
    assert server.asked == []
    (answer,) = asker().ask([Question(url)])
    assert answer.is_good, "a document inside may link inside"


def answering(monkeypatch: pytest.MonkeyPatch, port: int, *addresses: str) -> None:
    """What a name server of an attacker's does: it answers differently each time it is asked."""
    left, real = list(addresses), socket.getaddrinfo

    def look_up(host: str, *rest: Any, **more: Any) -> Any:
        if host != "rebinding.example":
            return real(host, *rest, **more)
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("stranger", [True, False])
def test_a_name_that_leads_inside_when_it_is_looked_up_again_is_not_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch, stranger: bool
) -> None:
    server.on("/a", sending())
    port = int(server.url.rpartition(":")[2])
    answering(monkeypatch, port, "1.1.1.1", "127.0.0.1")
    url = f"http://rebinding.example:{port}/a"
    (answer,) = asker().ask([Question(url, stranger=stranger)])
    assert (answer.trouble, server.asked) == (INSIDE, [])


def test_a_name_that_was_inside_when_it_was_judged_leads_not_from_outside_into_it(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attacker's own server, here at 127.0.0.2, sends on to a private one."""
    monkeypatch.setattr(openweb, "is_inside", lambda address: address != "127.0.0.2")
    port = int(server.url.rpartition(":")[2])
    answering(monkeypatch, port, "127.0.0.1", "127.0.0.2")
    url = f"http://rebinding.example:{port}/a"
    server.on("/a", sending(302, Location=server.on("/secret", sending())))
    with ThreadingHTTPServer(("127.0.0.2", port), server.handler) as attacker:
        thread = Thread(target=attacker.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            (answer,) = asker().ask([Question(url)])
        finally:
            attacker.shutdown()
            thread.join()
    assert (answer.trouble, server.asked) == (INSIDE, ["HEAD /a"])


def test_an_address_that_was_outside_for_head_is_not_inside_for_get(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = iter([False, False, True, True])
    monkeypatch.setattr(openweb, "is_inside", lambda _address: next(ways))
    (answer,) = asker().ask([Question(server.on("/a", sending(405)))])
    assert (answer.trouble, server.asked) == (INSIDE, ["HEAD /a"])


def test_a_document_at_an_address_has_its_links_asked(talkfeeds: Run, server: Server) -> None:
    gone = f"{server.url}/gone"
    feed_ = f"""<rss version="2.0"><channel><title>a</title><link>{gone}</link>
<description>a</description></channel></rss>"""
    url = server.on("/feed", sending(200, feed_.encode(), Content_Type="application/rss+xml"))
    done = talkfeeds("check", url, "--links=remote", env={"CI": "", "no_proxy": "*"})
    assert f"{url}:1: error: link-gone: “{gone}” answers 404" in done.stdout
    assert "1 file with 1 link, 1 address elsewhere" in done.stderr
    assert server.asked == ["GET /feed", "HEAD /gone", "GET /gone"], "the feed itself once"


def test_a_redirect_from_the_open_net_leads_not_inside(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openweb, "is_inside", lambda _address: False)
    monkeypatch.setattr(openweb, "leads_inside", lambda url: "/inside" in url)
    found = said(tmp_path, server.on("/a", sending(301, Location="/inside")))
    assert found[0][1]["detail"] == INSIDE
    assert server.asked == ["HEAD /a"]


def test_a_server_that_hangs_up_is_unreachable(server: Server, tmp_path: Path) -> None:
    def hang_up(request: BaseHTTPRequestHandler) -> None:
        request.connection.shutdown(socket.SHUT_RDWR)

    found = said(tmp_path, server.on("/a", hang_up))
    assert [(rule, values["detail"]) for rule, values in found] == [
        ("link-unreachable", "it hangs up")
    ]


def test_a_port_where_nothing_listens_is_unreachable(server: Server, tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # taken, and nobody listens
        found = said(tmp_path, f"http://127.0.0.1:{bound.getsockname()[1]}/")
    assert [(rule, values["detail"]) for rule, values in found] == [
        ("link-unreachable", "nothing is there")
    ]


def test_a_name_that_nobody_has_is_unreachable(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers questions about names is another host, so it is not asked here."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = said(tmp_path, "http://nobody.example/")
    assert [(rule, values["detail"]) for rule, values in found] == [
        ("link-unreachable", "its name is unknown")
    ]


def test_a_server_that_is_silent_is_slow(server: Server, tmp_path: Path) -> None:
    def silent(_request: BaseHTTPRequestHandler) -> None:
        server.stop.wait(60)

    url = server.on("/a", silent)
    started = monotonic()
    ((rule, values),) = said(tmp_path, url, limit_s=0.3)
    assert (rule, values["limit"]) == ("link-slow", "0.3")
    assert monotonic() - started < 10


def test_a_server_that_trickles_its_header_is_slow(server: Server, tmp_path: Path) -> None:
    def trickle(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-A: ")
        while not server.stop.wait(0.02):
            request.wfile.write(b"a")

    assert rules(tmp_path, server.on("/a", trickle), limit_s=0.4) == ["link-slow"]


def test_a_server_that_trickles_a_file_is_slow(server: Server, tmp_path: Path) -> None:
    def trickle(request: BaseHTTPRequestHandler) -> None:
        sending(200, b"a", Content_Length="1000000")(request)
        while request.command == "GET" and not server.stop.wait(0.02):
            request.wfile.write(b"a")

    url = server.on("/a", trickle)
    question = Question(url, frozenset({Use.ENCLOSURE}))
    (answer,) = Asker(limit_s=5, file_limit_s=0.4, pause_s=0).ask([question])
    assert answer.trouble == "slow"


def test_one_request_at_a_time_a_host_with_a_pause(server: Server) -> None:
    waits: list[float] = []
    questions = [Question(server.on(f"/{number}", sending())) for number in range(20)]
    politely = Asker(pause_s=7.0, wait=waits.append)
    assert all(answer.is_good for answer in politely.ask(questions))
    assert server.most == {"127.0.0.1": 1}
    assert len(waits) == 19
    assert all(6 < wait <= 7 for wait in waits)


def test_hosts_are_asked_at_the_same_time(server: Server) -> None:
    """Each waits until the other has been asked, so one after the other would never end."""
    there: dict[str, list[int]] = {"127.0.0.1": [], "localhost": []}

    def meet(request: BaseHTTPRequestHandler) -> None:
        there[request.headers["Host"].partition(":")[0]].append(1)
        while not all(there.values()) and not server.stop.wait(0.005):
            pass
        sending()(request)

    url = server.on("/a", meet)
    questions = [Question(url), Question(url.replace("127.0.0.1", "localhost"))]
    assert [answer.is_good for answer in asker().ask(questions)] == [True, True]


def test_retry_after_is_kept_and_then_asked_again(server: Server) -> None:
    waits: list[float] = []
    url = server.on("/a", in_turn(sending(429, Retry_After="30"), sending()))
    (answer,) = asker(waits=waits).ask([Question(url)])
    assert answer.is_good
    assert [round(wait) for wait in waits] == [30]
    assert server.asked == ["HEAD /a", "HEAD /a"]


def test_a_host_that_wants_an_hour_is_left_alone(server: Server) -> None:
    waits: list[float] = []
    questions = [Question(server.on("/a", sending(503, Retry_After="3600")))]
    questions += [Question(server.on(f"/{number}", sending())) for number in range(5)]
    answers = {answer.url: answer for answer in asker(waits=waits).ask(questions)}
    assert {(answer.status, answer.trouble) for answer in answers.values()} == {
        (503, ""), (503, "unasked"),
    }  # fmt: skip
    assert answers[questions[0].url].trouble == "", "this one did answer"
    assert (server.asked, waits) == (["HEAD /a"], [])


def test_what_was_not_asked_is_not_told_as_an_answer(server: Server, tmp_path: Path) -> None:
    first = server.on("/a", sending(429, Retry_After="3600"))
    found = checked(tmp_path, page(first, server.on("/b", sending(404))), asker())
    told = [(one.line, one.rule, one.level) for one in found if one.rule != "link-private"]
    assert told == [(2, "link-refused", Level.ADVICE), (3, "link-unasked", Level.ADVICE)]
    assert "was not asked: its server had answered 429" in found[-1].message


def test_another_port_is_another_server(server: Server) -> None:
    urls = [server.on("/a", sending(429, Retry_After="3600")), server.on("/b", sending())]
    with ThreadingHTTPServer(("127.0.0.1", 0), server.handler) as other:
        thread = Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            urls.append(f"http://127.0.0.1:{other.server_port}/b")
            answers = {one.url: one for one in asker().ask([Question(url) for url in urls])}
        finally:
            other.shutdown()
            thread.join()
    assert [answers[url].trouble for url in urls] == ["", "unasked", ""]
    assert answers[urls[2]].is_good


def test_what_was_not_asked_is_not_forgotten(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    known = Question(server.on("/known", sending()))
    list(asker(Memory(path, 0, 100)).ask([known]))
    busy = Question(server.on("/a", sending(429, Retry_After="3600")))
    more = Question(known.url, frozenset({Use.ART}))
    answers = list(asker(Memory(path, 1, 100)).ask([busy, more]))
    assert [answer.trouble for answer in answers] == ["", "unasked"]
    server.asked.clear()
    (answer,) = asker(Memory(path, 2, 100)).ask([known])
    assert (answer.is_good, server.asked) == (True, [])


@pytest.mark.parametrize(("status", "rule"), [(429, "link-refused"), (503, "link-failing")])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_server_that_is_busy_halfway_is_no_fault_of_the_file(
    server: Server, tmp_path: Path, status: int, rule: str, at: int
) -> None:
    """``at``: after so many requests."""
    good = file(AUDIO)
    answers = [good] * at + [sending(status, Retry_After="3600")]
    assert on_enclosure(tmp_path, feed(server.on("/a.m4a", in_turn(*answers)))) == [rule]


def test_the_same_address_in_other_letters_is_asked_once(server: Server, tmp_path: Path) -> None:
    url = server.on("/b", sending())
    capitals = url.replace("http://", "HTTP://")
    assert checked(tmp_path, page(url, capitals, f"{url}/../%62"), asker())
    assert server.asked == ["HEAD /b"]


def test_a_host_is_asked_once_at_a_time_by_redirects_too(server: Server) -> None:
    def lasting(request: BaseHTTPRequestHandler) -> None:
        server.stop.wait(0.01)  # long enough for another request to be seen beside it
        sending()(request)

    questions = []
    for number in range(15):
        here = server.on(f"/{number}", lasting)
        there = server.on(f"/from/{number}", sending(302, Location=here))
        questions += [Question(here), Question(there.replace("127.0.0.1", "localhost"))]
    assert all(answer.is_good for answer in asker().ask(questions))
    assert server.most == {"127.0.0.1": 1, "localhost": 1}


def test_no_password_of_the_reader_is_sent_along(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Authorization"])
        sending()(request)

    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ana password secret\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert rules(tmp_path, server.on("/a", answer)) == []
    assert seen == [None]


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 2, 10, 0, 0, tzinfo=UTC)
    assert retry_after_s("120", now) == 120
    assert retry_after_s("Fri, 02 Jan 2026 10:00:05 GMT", now) == 5
    assert retry_after_s("Fri, 02 Jan 2026 09:00:00 GMT", now) == 0
    assert retry_after_s("soon", now) == retry_after_s("-5", now) == 0


def feed(url: str, *, length: int = len(AUDIO), kind: str = "audio/mp4") -> str:
    return (
        '<rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><item>\n'
        f'<enclosure url="{url}" length="{length}" type="{kind}"/></item></channel></rss>'
    )


def on_enclosure(tmp_path: Path, document: str) -> list[str]:
    found = checked(tmp_path, document, asker(), "a.rss")
    return [one.rule for one in found if one.rule != "link-private"]


def test_an_enclosure_that_is_what_the_feed_says_passes(server: Server, tmp_path: Path) -> None:
    assert on_enclosure(tmp_path, feed(server.on("/a.m4a", file(AUDIO)))) == []
    assert on_enclosure(tmp_path, feed(f"{server.url}/a.m4a", kind="audio/x-m4a")) == []


HEAD_SAYS_LESS = sending(200, Content_Length="7", Content_Type="audio/mp4")


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("enclosure-head", {"head": HEAD_SAYS_LESS}),
        ("enclosure-head", {"head": sending(405)}),
        ("enclosure-head", {"head": sending(404)}),
        ("enclosure-type", {"kind": "audio/mpeg"}),
        ("enclosure-type", {"kind": "text/html; charset=utf-8"}),
        ("enclosure-ranges", {"ranges": False}),
        ("enclosure-ranges", {"said_range": "bytes 0-0/*"}),
        ("enclosure-ranges", {"said_range": "bytes 0-1/5016"}),
        ("enclosure-beyond", {"beyond": 200}),
    ],
)
def test_an_enclosure_on_a_worse_server_is_told_apart(
    server: Server, tmp_path: Path, rule: str, options: dict[str, object]
) -> None:
    answer = file(AUDIO, **options)  # type: ignore[arg-type]
    assert on_enclosure(tmp_path, feed(server.on("/a.m4a", answer))) == [rule]


def test_an_enclosure_of_another_length_is_named(server: Server, tmp_path: Path) -> None:
    url = server.on("/a.m4a", file(AUDIO))
    assert on_enclosure(tmp_path, feed(url, length=7)) == ["enclosure-length"]


def test_lengths_that_no_file_has_are_wrong_and_no_more(server: Server, tmp_path: Path) -> None:
    url = server.on("/a.m4a", file(AUDIO, head=sending(200, Content_Length="9" * 5_000)))
    assert on_enclosure(tmp_path, feed(url)) == ["enclosure-head"]
    url = server.on("/b.m4a", file(AUDIO))
    document = feed(url).replace(f'"{len(AUDIO)}"', f'"{"9" * 5_000}"')
    assert on_enclosure(tmp_path, document) == ["enclosure-length"]
    document = feed(url).replace(f'"{len(AUDIO)}"', f'"{"0" * 5_000}{len(AUDIO)}"')
    assert on_enclosure(tmp_path, document) == []


def test_an_enclosure_that_ends_early_is_unreachable(server: Server, tmp_path: Path) -> None:
    answer = file(AUDIO, Content_Length=str(len(AUDIO) + 1))
    assert on_enclosure(tmp_path, feed(server.on("/a.m4a", answer))) == ["link-unreachable"]


@pytest.mark.parametrize(
    ("rules_", "options"),
    [
        ([], {"Access_Control_Allow_Origin": "*"}),
        (["file-cors"], {}),
        (["file-cors"], {"Access_Control_Allow_Origin": "https://talks.example"}),
        (["file-type"], {"Access_Control_Allow_Origin": "*", "kind": "text/plain"}),
        (["file-type"], {"Access_Control_Allow_Origin": "*", "kind": "application/octet-stream"}),
    ],
)
@pytest.mark.parametrize(
    ("element", "kind"), [("transcript", "text/vtt"), ("chapters", "application/json+chapters")]
)
def test_what_players_on_the_web_read_must_be_open_to_them(
    server: Server, tmp_path: Path, element: str, kind: str,
    rules_: list[str], options: dict[str, str],
) -> None:  # fmt: skip
    url = server.on("/a", file(b"WEBVTT", **{"kind": kind, **options}))  # type: ignore[arg-type]
    document = (
        '<rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><item>'
        f'<podcast:{element} url="{url}" type="{kind}"/></item></channel></rss>'
    )
    assert on_enclosure(tmp_path, document) == rules_


def test_art_is_fetched_and_looked_at(server: Server, tmp_path: Path) -> None:
    small = BytesIO()
    Image.new("L", (300, 300)).save(small, "PNG")
    url = server.on("/art.png", sending(200, small.getvalue()))
    document = (
        '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'
        f'<itunes:image href="{url}"/></channel></rss>'
    )
    assert on_enclosure(tmp_path, document) == ["art-size", "art-colour"]


def test_what_was_there_is_not_asked_again_for_a_week(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "links.json"
    questions = [
        Question(server.on("/a", sending(301, Location="/b"))),
        Question(server.on("/gone", sending(404))),
        Question(server.on("/f", file(AUDIO)), frozenset({Use.ENCLOSURE})),
    ]
    server.on("/b", sending())
    day = 86_400.0

    def asked(now_s: float) -> list[str]:
        server.asked.clear()
        found = list(asker(Memory(path, now_s, 7 * day)).ask(questions))
        assert {(one.url, one.status) for one in found} == {
            (questions[0].url, 200), (questions[1].url, 404), (questions[2].url, 200),
        }  # fmt: skip
        (first,) = [one for one in found if one.url == questions[0].url]
        assert [hop.status for hop in first.hops] == [301]
        (whole,) = [one for one in found if one.file]
        assert whole.file is not None
        assert whole.file.got_bytes == len(AUDIO)
        return server.asked

    assert len(asked(0)) > 5
    assert asked(6 * day) == ["HEAD /gone", "GET /gone"]
    assert "HEAD /a" in asked(8 * day)
    assert "HEAD /a" in asked(-day), "a clock that was put back remembers nothing"
    assert oct(path.stat().st_mode)[-3:] == "600"


_HEADERS = (
    b"Content-Length: " + b"9" * 5_000, b"Content-Length: -5", b"Retry-After: " + b"9" * 5_000,
    b"Retry-After: Fri, 02 Jan 99999 10:00:00 GMT", b"Content-Type: \xff\0", b": a", b"none", b" a",
    b"Transfer-Encoding: chunked", b"Content-Encoding: gzip, br, x", b"X: " + b"a" * 70_000,
    b"\r\n".join(b"X%d: a" % number for number in range(200)), b"Content-Range: \x1b[31m",
    *(b"Location: " + there for there in (
        b"", b"\xff\xfe", b"//", b"http://", b"/\x01", b"#x", b"http://a:99999/", b"http:x",
        b"http://" + b"a" * 300, b"a" * 60_000, b"http://user:pw@[::1]:1/", b"\\\\x", b"http://*/",
    )),
)  # fmt: skip
RAW = (
    b"", b"\0" * 100, b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n", b"SSH-2.0-x\r\n",
    b"HTTP/1.1 000 x\r\n\r\n", b"HTTP/1.1 100 x\r\n\r\n" * 50, b"HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\nx",
    b"HTTP/1.1 200 x\r\n\r\n" + b"\xff\xd8\xff" * 10, b"HTTP/1.1 304 x\r\n\r\n",
    b"HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n", b"HTTP/1.1 401 x\r\nWWW-Authenticate: \xff\r\n\r\n",
    *(b"HTTP/1.1 %d x\r\n%s\r\n\r\nabc" % (status, header)
      for status in (200, 206, 302, 429) for header in _HEADERS),
)  # fmt: skip


@pytest.mark.slow
def test_whatever_a_server_answers_is_an_answer(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are looked up nowhere here."""
    real = socket.getaddrinfo

    def look_up(host: str, *rest: Any, **more: Any) -> Any:
        if host not in {"127.0.0.1", "::1"}:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for number, raw in enumerate(RAW):
        url = server.on(f"/{number}", lambda request, raw=raw: request.wfile.write(raw))  # type: ignore[misc]
        for use in Use:
            (answer,) = asker().ask([Question(url, frozenset({use}))])
            reference = Reference(url, 1, use, length="9" * 5_000, type="a")
            for fault in answer_faults(reference, answer, 1.0):
                assert fault.message.isprintable()
        with suppress(WorldError):
            Shelves(limit_s=10).read(url)


def test_more_is_asked_of_what_was_only_a_link(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "links.json"
    url = server.on("/f", file(AUDIO))
    list(asker(Memory(path, 0, 100)).ask([Question(url)]))
    server.asked.clear()
    enclosure = Question(url, frozenset({Use.ENCLOSURE}))
    (answer,) = asker(Memory(path, 1, 100)).ask([enclosure])
    assert answer.file is not None
    assert server.asked


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"version": 99}', '{"version": 1, "answers": {"URL": {"at": 0}}}',
             '{"version": 1, "answers": {"URL": 7}}', '{"version": 1, "answers": []}', "\x00\xff"]
)  # fmt: skip
def test_a_broken_memory_is_an_empty_one(server: Server, tmp_path: Path, kept: str) -> None:
    path = tmp_path / "links.json"
    url = server.on("/a", sending())
    path.write_text(kept.replace("URL", url), "utf-8")
    (answer,) = asker(Memory(path, 1, 100)).ask([Question(url)])
    assert answer.is_good
    assert json.loads(path.read_text("utf-8"))["answers"][url]["status"] == 200


def test_a_memory_that_cannot_be_kept_costs_no_answer(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder", "utf-8")
    url = server.on("/a", sending())
    (answer,) = asker(Memory(tmp_path / "cache" / "links.json", 1, 100)).ask([Question(url)])
    assert answer.is_good


def test_whoever_stops_listening_ends_the_asking(server: Server) -> None:
    questions = [Question(server.on(f"/{number}", sending())) for number in range(50)]
    answers = asker().ask(questions)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert len(server.asked) < 50


@pytest.mark.slow  # the pause between two requests is the real one
def test_the_command_asks_only_when_it_shall(
    talkfeeds: Run, publication: Path, server: Server
) -> None:
    url = server.on("/a", sending(404))
    note = publication / "content" / "talks" / "talk-1.md"
    note.write_text(note.read_text("utf-8") + f"\n[x]({url})\n", "utf-8")
    note.write_text(note.read_text("utf-8").replace("youtube: ", "links: []\n#"), "utf-8")
    for number in (2, 3):
        other = publication / "content" / "talks" / f"talk-{number}.md"
        other.write_text(other.read_text("utf-8").replace("youtube: ", "links: []\n#"), "utf-8")
    assert talkfeeds("--root", publication, "build").returncode == 0
    quiet = {"CI": "", "no_proxy": "*"}
    local = talkfeeds("--root", publication, "check", "--links", env=quiet)
    assert (local.returncode, server.asked) == (0, [])
    in_ci = talkfeeds("--root", publication, "check", "--links=remote", env={"CI": "true"})
    assert (in_ci.returncode, server.asked) == (2, [])
    assert "CI is set" in in_ci.stderr
    remote = talkfeeds(
        "--root", publication, "check", "--links", "remote", "--format=json", env=quiet
    )
    assert remote.returncode == 1, remote.stderr
    found = [one for one in json.loads(remote.stdout) if one["rule"] == "link-gone"]
    assert {Path(one["file"]).name for one in found} >= {"feed.atom", "index.html", "feed.json"}
    assert server.asked == ["HEAD /a", "GET /a"], "once, however often it is linked"
    assert (publication / ".talkfeeds" / "cache" / "links.json").is_file()


def test_a_path_behind_links_is_a_path(talkfeeds: Run, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.html").write_text(page("gone"), "utf-8")
    done = talkfeeds("check", "--links", "site")
    assert done.returncode == 1
    assert done.stdout.startswith("site/a.html:2: error: link-missing: ")
    assert "1 file with 1 link\n" in done.stderr


def test_a_built_site_links_to_nothing_that_is_missing(talkfeeds: Run, publication: Path) -> None:
    talkfeeds("--root", publication, "build")
    done = talkfeeds("--root", publication, "check", "--links", "--strict")
    assert (done.returncode, done.stdout) == (0, "")
    (gone,) = publication.glob("public/talks/talk-1/index.html")
    gone.unlink()
    done = talkfeeds("--root", publication, "check", "--links", "--strict")
    assert done.returncode == 1
    files = {line.partition(":")[0].partition("/public/")[2] for line in done.stdout.splitlines()}
    assert {"index.html", "feed.atom", "sitemap.xml"} <= files
