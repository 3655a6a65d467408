"""What keeps the web app out of harm's way: limits, headers, forged and hostile input."""

import logging
import re
import socket
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.edges.ledger import Ledger
from feeds.errors import WorldError
from feeds.model import Status
from tests.edges.ledger.conftest import Place
from tests.edges.web.conftest import ONE_CLICK, PATIENCE_S, Site, serving
from tests.support import make_publication

PATHS = ("", "subscribe", "confirm/{}", "preferences/{}", "unsubscribe/{}", "return/{}")


def test_forms_of_one_network_are_limited_and_those_of_another_are_not(sqlite_site: Site) -> None:
    def ask(number: int, source: str) -> httpx.Response:
        data = {"email": f"p{number}@example.org"}
        return sqlite_site.client.post("subscribe", data=data, headers={"x-forwarded-for": source})

    for number in range(30):
        assert ask(number, f"192.0.2.{number}").status_code == 200
    refused = ask(30, "192.0.2.200")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")
    assert ask(31, "192.0.3.1").status_code == 200
    for number in range(30):
        assert ask(40 + number, f"2001:db8:1:{number:x}::1").status_code == 200
    assert ask(70, "2001:db8:1:ffff::1").status_code == 429
    assert ask(71, "2001:db8:2::1").status_code == 200
    sqlite_site.later(seconds=599)
    assert ask(72, "192.0.2.1").headers["retry-after"] == "1"
    sqlite_site.later(seconds=1)
    assert ask(73, "192.0.2.1").status_code == 200


def test_mails_to_one_address_are_limited_and_nobody_can_tell(sqlite_ledger: Ledger) -> None:
    with serving(sqlite_ledger) as site:
        answers = {
            site.ask(email).content
            for email in (
                "ana@example.org",
                "Ana@example.org",
                "ANA@EXAMPLE.org",
                "aNA@example.org",
            )
        }
        # One mailbox under many names (RFC 5233).
        answers |= {site.ask(f"ana+{number}@example.org").content for number in range(4)}
        site.ask("eva@example.org")
        assert len(answers) == 1
        letters = site.inbox.wait(4)
        assert [letter.recipient.lower() for letter in letters].count("ana@example.org") == 3
        site.later(hours=1)
        for _ in range(4):
            site.ask("ana@example.org")
        site.later(hours=1)
        for _ in range(4):
            site.ask("ana@example.org")
        site.ask("eva@example.org")
        recipients = [letter.recipient.lower() for letter in site.inbox.wait(8)]
        assert recipients.count("ana@example.org") == 6, "six a day"


def test_leaving_is_never_limited(sqlite_site: Site) -> None:
    path = sqlite_site.leave_path(sqlite_site.add("ana@example.org"))
    for _ in range(100):
        assert sqlite_site.client.post(path, data=ONE_CLICK).status_code == 200


def test_too_many_waiting_mails_are_said_to_everybody_alike(sqlite_ledger: Ledger) -> None:
    with serving(sqlite_ledger, most=0) as site:
        site.add("ana@example.org")
        for email in ("ana@example.org", "nobody@example.org"):
            answer = site.ask(email)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def every_answer(site: Site) -> list[httpx.Response]:
    """One of each kind."""
    number = site.add("ana@example.org")
    client, root = site.client, site.links.web_url.removesuffix("correo/")
    return [
        *(client.get(path.format("x")) for path in PATHS),
        client.get(site.leave_path(number)),
        client.get(site.choose_path(number)),
        site.ask("eva@example.org"),
        site.ask("no address"),
        client.put("subscribe"),
        client.post("subscribe", content=b"x", headers={"content-type": "text/plain"}),
        client.post("subscribe", data={"email": "x" * 70_000}),
        client.get(root + "no-such-page"),
        client.get(root + "healthz"),
        client.get(root + "metrics"),
        client.get("style.css"),
        client.post(site.leave_path(number), data=ONE_CLICK),
    ]


def test_every_answer_carries_the_security_headers_and_no_cookie(open_site: Site) -> None:
    answers = every_answer(open_site)
    found = {answer.status_code for answer in answers}
    assert found == {200, 400, 404, 405, 413, 415}
    for answer in answers:
        headers = answer.headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers
        assert "location" not in headers
        assert "server" not in headers
        cached = "public, max-age=3600" if answer.url.path.endswith(".css") else "no-store"
        assert headers["cache-control"] == cached
        assert "strict-transport-security" not in headers, "this one is plain http"
        if headers["content-type"].startswith("text/html") and answer.request.method == "GET":
            assert "<script" not in answer.text
            assert " style=" not in answer.text


def test_https_is_remembered_where_the_app_has_it() -> None:
    from feeds.edges.web.guard import Guard, Numbers
    from feeds.jobs.confirming import Outgoing

    outgoing = Outgoing(lambda _asked: None, None)  # type: ignore[arg-type] # nothing is sent

    async def app(*_arguments: object) -> None: ...

    guard = Guard(app, Numbers(outgoing), lambda: 0.0, https=True)
    assert guard.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("path", [path for path in PATHS if "{}" in path])
def test_forged_tokens_are_refused(open_site: Site, path: str) -> None:
    number = open_site.add("ana@example.org")
    open_site.ask("eva@example.org")
    leave, choose = open_site.leave_path(number), open_site.choose_path(number)
    real = [one.rpartition("/")[2] for one in (leave, choose, open_site.last_link(1))]
    own = path.removesuffix("{}")
    others = [token for token, made in zip(real, (leave, choose, "confirm/"), strict=True)
              if not made.startswith(own)]  # fmt: skip
    alphabet = st.characters(codec="utf-8", exclude_characters="/?#")
    changed = st.builds(
        lambda token, at, letter: token[: at % len(token)] + letter + token[at % len(token) + 1 :],
        st.sampled_from(real),
        st.integers(0, 300),
        st.sampled_from("abcABC019-_.=+~"),
    )

    @given(st.one_of(st.text(alphabet, min_size=1, max_size=200), changed, st.sampled_from(others)))
    def refused(token: str) -> None:
        if token in real and token not in others:
            return
        if token in {".", ".."}:
            return  # no tokens, but the path's own words
        target = path.format(httpx.QueryParams({"t": token}).__str__()[2:].replace("+", "%20"))
        for method in ("GET", "POST"):
            data = {**ONE_CLICK, "confirm": "yes", "pace": "paused", "return": "yes"}
            answer = open_site.client.request(method, target, data=data)
            assert answer.status_code == 404, (method, token)

    before = open_site.everything()
    refused()
    assert open_site.everything() == before


HOSTILE = (
    "'; DROP TABLE subscribers; --@example.org",
    "ana@example.org' OR '1'='1",
    "<script>alert(1)</script>@example.org",
    '"><img src=x onerror=alert(1)>@example.org',
    "ana@example.org\r\nBcc: eva@example.org",
    "ana@example.org\nBcc: eva@example.org",
    "ana@example.org, eva@example.org",
    "Ana <ana@example.org>",
    "ana\x00@example.org",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace") + "@example.org",
    "{{ 7 * 7 }}@example.org",
    "%(name)s@example.org",
    "",
    "@",
    "a" * 5_000 + "@example.org",
)


@pytest.mark.slow
@pytest.mark.parametrize("email", HOSTILE)
def test_hostile_addresses_are_refused_or_harmless(open_site: Site, email: str) -> None:
    answer = open_site.ask(email)
    assert answer.status_code in {200, 400}
    assert "<script>" not in answer.text
    assert "<img" not in answer.text
    assert "49@" not in answer.text
    open_site.ask("last@example.org")
    letters = open_site.inbox.wait(2 if answer.status_code == 200 else 1)
    for letter in letters:
        head = b"".join(letter.data).partition(b"\r\n\r\n")[0]
        assert b"Bcc" not in head
        assert head.count(b"\r\nTo: ") == 1
    assert open_site.everything() == []


def test_an_apostrophe_in_an_address_goes_through_to_the_end(site: Site) -> None:
    email = "o'hara+x'--@example.org"
    site.ask(email)
    assert site.client.post(site.last_link(1), data={"confirm": "yes"}).status_code == 200
    assert [person.email for person in site.everything()] == [email]


def test_names_and_words_are_escaped(open_site: Site) -> None:
    bad = "<b onclick=x>&'\""
    open_site.topics = replace(open_site.topics, tags=(bad,))
    number = open_site.add("ana@example.org", tags=(bad,), name=bad)
    path = open_site.choose_path(number)
    assert "<b " not in open_site.client.get(path).text
    open_site.client.post(path, data={"pace": "weekly", "tag": [bad]})
    person = open_site.person("ana@example.org")
    assert person
    assert person.tags == (bad,)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "null"}, 200),
        ({"origin": "null", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "OWN", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://talks.example", "sec-fetch-site": "cross-site"}, 200),
        ({"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null", "sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(
    open_site: Site, headers: dict[str, str], status: int
) -> None:
    assert make_publication().base_url.startswith("https://talks.example/")
    own = open_site.links.web_url.removesuffix("/correo/")
    sent = {name: own if value == "OWN" else value for name, value in headers.items()}
    data = {"email": "ana@example.org"}
    answer = open_site.client.post("subscribe", data=data, headers=sent)
    assert answer.status_code == status
    leave = open_site.leave_path(open_site.add("eva@example.org"))
    one_click = open_site.client.post(leave, data=ONE_CLICK, headers=sent)
    assert one_click.status_code == 200, "RFC 8058 knows no origin"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"email=ana%40example.org", "application/x-www-form-urlencoded; charset=utf-8", 200),
        (b"email=ana%40example.org", "text/plain", 415),
        (b'{"email": "ana@example.org"}', "application/json", 415),
        (b"email=ana%40example.org", "", 415),
        (b"", "", 400),
        (b"email=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=b"] * 1_001), "application/x-www-form-urlencoded", 400),
        (b"email=" + b"a" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"no multipart", "multipart/form-data; boundary=x", 400),
        (b"no boundary", "multipart/form-data", 400),
        (b"--x\r\n\r\nno name\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="email"; filename="f"\r\n\r\na\r\n--x--',
            "multipart/form-data; boundary=x",
            400,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\r\n--x--\r\n',
            "multipart/form-data; boundary=x; charset=undefined",
            400,
        ),
    ],
)
def test_only_forms_of_a_reasonable_size_are_read(
    open_site: Site, content: bytes, kind: str, status: int
) -> None:
    headers = {"content-type": kind} if kind else {}
    assert (
        open_site.client.post("subscribe", content=content, headers=headers).status_code == status
    )


def test_a_body_that_does_not_say_how_long_it_is_ends_at_the_limit(open_site: Site) -> None:
    def endless() -> "list[bytes]":
        return [b"email=" + b"a" * 10_000] * 8

    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = open_site.client.post("subscribe", content=iter(endless()), headers=kind)
    assert answer.status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "QUERY"])
def test_other_methods_are_not_allowed(open_site: Site, method: str) -> None:
    number = open_site.add("ana@example.org")
    for path in ("subscribe", open_site.leave_path(number), open_site.choose_path(number)):
        answer = open_site.client.request(method, path)
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert open_site.everything()[0].status == Status.CONFIRMED


def test_a_slash_at_the_end_redirects_nobody(open_site: Site) -> None:
    path = open_site.leave_path(open_site.add("ana@example.org"))
    assert open_site.client.post(f"{path}/", data=ONE_CLICK).status_code == 404


def test_pages_speak_the_readers_language_and_english_else(open_site: Site) -> None:
    def page(language: str) -> str:
        return open_site.client.get("", headers={"accept-language": language}).text

    for language in ("", "es-MX", "de", "de, es;q=0.5", "*", "x" * 5_000, "en;q=0", "en;q=no"):
        assert '<html lang="es-MX">' in page(language), language
    for language in ("en", "en-GB, es;q=0.5", "de, en;q=0.2"):
        assert '<html lang="en">' in page(language), language


@pytest.mark.parametrize("prefix", ["/", "/correo-%C3%B1/", "/a/b/"])
def test_the_app_can_have_a_host_of_its_own_or_any_path(sqlite_ledger: Ledger, prefix: str) -> None:
    with serving(sqlite_ledger, prefix=prefix) as site:
        assert site.client.get("").status_code == 200
        site.ask("ana@example.org")
        assert site.client.post(site.last_link(1), data={"confirm": "yes"}).status_code == 200


def test_health_says_whether_the_database_answers(place: Place) -> None:
    ledger = place.open(patience_s=0.1)
    try:
        with serving(ledger) as site:
            url = site.links.web_url.removesuffix("correo/") + "healthz"
            assert site.client.get(url).text == "ok\n"
            site.add("ana@example.org")
            leave = site.leave_path(1)

            def broken() -> object:
                raise WorldError("database", "is gone", "")

            ledger.reading = ledger.changing = broken  # type: ignore[assignment,method-assign]
            assert site.client.get(url).status_code == 503
            answer = site.client.post(leave, data=ONE_CLICK)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    finally:
        ledger.close()


def test_metrics_are_for_this_machine_alone_and_name_nobody(open_site: Site) -> None:
    url = open_site.links.web_url.removesuffix("correo/") + "metrics"
    number = open_site.add("ana@example.org")
    open_site.client.get("confirm/ana@example.org")
    open_site.client.post(open_site.leave_path(number), data=ONE_CLICK)
    open_site.ask("eva@example.org")
    open_site.inbox.wait(1)
    answer = open_site.client.get(url)
    assert answer.status_code == 200
    assert 'talkfeeds_web_people_total{did="left in one click"} 1.0' in answer.text
    wanted = 'requests_total{endpoint="unsubscribe",method="POST",status="200"} 1.0'
    assert wanted in answer.text
    assert "@" not in answer.text
    for source in ("192.0.2.1", "127.0.0.1"):
        refused = open_site.client.get(url, headers={"x-forwarded-for": source})
        assert refused.status_code == 404


def test_logs_hold_neither_addresses_nor_tokens(
    open_site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answers = every_answer(open_site)
    tokens = [answer.url.path.rpartition("/")[2] for answer in answers]
    open_site.inbox.answers.append(WorldError("relay", "is away", ""))
    open_site.ask("secret@example.org")
    open_site.ask("other@example.org")
    open_site.inbox.wait(2)
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("feeds", "uvicorn", "starlette"))
    ]
    said = "\n".join(ours)
    assert re.search(r"^POST unsubscribe 200 \d+ ms$", said, re.MULTILINE)
    assert "a mail could not be sent" in said
    assert "@" not in said
    assert not [token for token in tokens if len(token) > 20 and token in said]


def test_what_is_no_http_is_no_trouble(open_site: Site) -> None:
    host, port = open_site.client.base_url.host, open_site.client.base_url.port
    assert port
    for sent in (b"\x16\x03\x01\x00\xa5", b"GET / HTTP/9.9\r\n\r\n", b"POST /correo/subscribe "):
        with socket.create_connection((host, port), PATIENCE_S) as connection:
            connection.sendall(sent)
    assert open_site.client.get("").status_code == 200
