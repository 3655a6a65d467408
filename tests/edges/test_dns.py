"""The DNS over a real server on loopback: what it says, what it does not, and no long wait."""

import socket
import time

import pytest

from feeds.check.records import Answer, Found
from feeds.edges.dns import Dns
from feeds.errors import UsageError, WorldError
from tests.edges.dns_server import Zone, serving

RECORDS = {
    "example.org": {
        "TXT": ['"v=spf1 " "-all"', '"é\\255"'],
        "MX": ["10 MAIL.example.org."],
        "A": ["192.0.2.1", "192.0.2.2"],
        "AAAA": ["2001:DB8::1"],
    },
    "null.example.org": {"MX": ["0 ."]},
    "1.2.0.192.in-addr.arpa": {"PTR": ["Mail.Example.org."]},
    "alias.example.org": {"CNAME": ["example.org."]},
    "round.example.org": {"CNAME": ["about.example.org."]},
    "about.example.org": {"CNAME": ["round.example.org."]},
}


def test_each_type_as_verdicts_read_it() -> None:
    with serving(Zone(RECORDS)) as server:
        dns = Dns(server)
        for name, kind, values in (
            ("example.org", "MX", ("10 mail.example.org",)),
            ("Example.ORG.", "AAAA", ("2001:db8::1",)),
            ("null.example.org", "MX", ("0 ",)),
            ("1.2.0.192.in-addr.arpa", "PTR", ("mail.example.org",)),
            ("alias.example.org", "MX", ("10 mail.example.org",)),
        ):
            assert dns.look_up(name, kind) == Answer(Found.RECORDS, values)
        assert set(dns.look_up("example.org", "A").values) == {"192.0.2.1", "192.0.2.2"}
        assert set(dns.look_up("example.org", "TXT").values) == {"v=spf1 -all", "é\\xff"}


def test_what_is_not_there() -> None:
    with serving(Zone(RECORDS)) as server:
        dns = Dns(server)
        assert dns.look_up("nowhere.example.org", "A") == Answer(Found.NO_NAME)
        assert dns.look_up("null.example.org", "A") == Answer(Found.NOTHING)
        for name in ("a..example.org", "a" * 64 + ".example.org", ".".join(["abc"] * 80)):
            assert dns.look_up(name, "A") == Answer(Found.NO_NAME)


def test_a_truncated_answer_comes_by_tcp() -> None:
    zone = Zone({"example.org": {"TXT": [f'"{n} {"a" * 250}"' for n in range(40)]}})
    zone.long.add("example.org")
    with serving(zone) as server:
        assert len(Dns(server).look_up("example.org", "TXT").values) == 40
    assert [way for _, _, way in zone.asked] == ["udp", "tcp"]


def test_a_server_that_fails_is_told_and_asked_once() -> None:
    zone = Zone(RECORDS, failing={"example.org"}, refused={"null.example.org"})
    with serving(zone) as server:
        dns = Dns(server)
        for _ in range(2):
            assert dns.look_up("example.org", "MX") == Answer(Found.FAILED, cause="SERVFAIL")
        assert dns.look_up("null.example.org", "MX") == Answer(Found.FAILED, cause="REFUSED")
    assert len(zone.asked) == len(set(zone.asked))


def test_aliases_that_go_round_and_answers_that_are_none() -> None:
    with serving(Zone(RECORDS, garbled={"example.org"})) as server:
        dns = Dns(server, timeout_s=1)
        assert dns.look_up("null.example.org", "MX").found is Found.RECORDS
        for name in ("round.example.org", "example.org"):
            assert dns.look_up(name, "A").found is Found.FAILED


@pytest.mark.slow
def test_silence_about_one_name_is_one_failure() -> None:
    with serving(Zone(RECORDS, silent={"slow.example.org", "a.example.org"})) as server:
        dns = Dns(server, timeout_s=0.8)
        assert dns.look_up("slow.example.org", "A").cause == "no answer in time"
        assert dns.look_up("example.org", "A").found is Found.RECORDS
        assert dns.look_up("a.example.org", "A").cause == "no answer in time"


def test_a_resolver_that_never_answers_is_given_up() -> None:
    with serving(Zone(silent={"*"})) as server:
        dns = Dns(server, timeout_s=0.1)
        assert dns.look_up("a.example.org", "A").found is Found.FAILED
        with pytest.raises(WorldError, match="does not answer"):
            dns.look_up("b.example.org", "A")


def test_a_long_answer_that_does_not_come_by_tcp_is_told_as_that() -> None:
    with serving(Zone(RECORDS, long={"example.org"}, silent_by_tcp=True)) as server:
        found = Dns(server).look_up("example.org", "TXT")
    assert (found.found, found.cause) == (
        Found.FAILED,
        "its answer is long, and none came over TCP",
    )


def test_all_of_it_has_an_end() -> None:
    with serving(Zone(RECORDS)) as server:
        dns = Dns(server, patience_s=0)
        began = time.monotonic()
        assert dns.look_up("example.org", "A").cause == "the time for all look-ups is over"
        assert time.monotonic() - began < 5


def test_nobody_there_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        dns = Dns(f"127.0.0.1:{port}", timeout_s=0.1)
        with pytest.raises(WorldError, match="does not answer"):
            [dns.look_up(f"{n}.example.org", "A") for n in range(3)]


@pytest.mark.parametrize("server", ["localhost:5353", "[::1]:53", "::1", "192.0.2.1"])
def test_addresses_of_resolvers(server: str) -> None:
    assert isinstance(Dns(server), Dns)


@pytest.mark.parametrize(
    "server", ["dns.example.org", "1.2.3:53", "127.0.0.1:0", "127.0.0.1:x", ":53"]
)
def test_what_is_no_address_of_one(server: str) -> None:
    with pytest.raises(UsageError, match="is no resolver's address"):
        Dns(server)
