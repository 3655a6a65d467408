"""The verdicts on who sends: a good zone has nothing to say, and one mistake is one verdict."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from ipaddress import ip_address
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from feeds.check import State, Verdict
from feeds.check.dkim import check_dkim, record_of
from feeds.check.dmarc import check_dmarc, organisational
from feeds.check.records import Answer, Found, quoted, tags_of
from feeds.check.sender import Sender, check_sender, is_inner

Records = dict[tuple[str, str], tuple[str, ...] | None]
IP, IP6 = ip_address("192.0.2.25"), ip_address("2001:db8::25")


@cache
def pem(kind: str = "2048") -> bytes:
    """A private key of that kind, made once."""
    if kind == "ed25519":
        key: Any = ed25519.Ed25519PrivateKey.generate()
    elif kind == "ec":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(65_537, int(kind))
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


@cache
def record(kind: str = "2048") -> str:
    """What is to be published for it; reading a private key takes a while."""
    return record_of(pem(kind))


def good_zone() -> Records:
    """Everything as it should be; None says that the look-up fails."""
    return {
        ("talks.example", "TXT"): ("v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all", "other=1"),
        ("talks.example", "MX"): ("10 mx.talks.example",),
        ("mx.talks.example", "A"): ("192.0.2.1",),
        ("s1._domainkey.talks.example", "TXT"): (record(),),
        ("_dmarc.talks.example", "TXT"): ("v=DMARC1; p=reject; rua=mailto:d@talks.example",),
        (IP.reverse_pointer, "PTR"): ("out.talks.example",),
        (IP6.reverse_pointer, "PTR"): ("out.talks.example",),
        ("out.talks.example", "A"): ("192.0.2.25",),
        ("out.talks.example", "AAAA"): ("2001:db8::25",),
    }


def sender(**changes: Any) -> Sender:
    found = Sender(
        from_domain="talks.example",
        return_path="bounces@talks.example",
        addresses=(IP, IP6),
        keys={"s1": record()},
    )
    return replace(found, **changes)


def looking_up(
    zone: Mapping[tuple[str, str], tuple[str, ...] | None],
) -> Callable[[str, str], Answer]:
    def look_up(name: str, kind: str) -> Answer:
        if (name, kind) not in zone:
            known = any(name == other for other, _ in zone)
            return Answer(Found.NOTHING if known else Found.NO_NAME)
        values = zone[name, kind]
        if values is None:
            return Answer(Found.FAILED, cause="SERVFAIL")
        return Answer(Found.RECORDS, values)

    return look_up


def told(zone: Records, who: Sender | None = None) -> list[Verdict]:
    """What is not well."""
    found = check_sender(who or sender(), looking_up(zone))
    assert all(verdict.remedy for verdict in found if verdict.state is not State.OK)
    return [verdict for verdict in found if verdict.state is not State.OK]


def test_a_good_zone_has_nothing_to_say() -> None:
    found = check_sender(sender(), looking_up(good_zone()))
    assert {verdict.state for verdict in found} == {State.OK}
    assert {verdict.check for verdict in found} == {
        "spf",
        "dkim",
        "dmarc",
        "alignment",
        "ptr",
        "mx",
    }


TXT, KEY = ("talks.example", "TXT"), ("s1._domainkey.talks.example", "TXT")
DMARC, MX = ("_dmarc.talks.example", "TXT"), ("talks.example", "MX")
PTR, OUT = (IP.reverse_pointer, "PTR"), ("out.talks.example", "A")
P = record().partition("p=")[2]


def key(record: str) -> Records:
    return {KEY: (record,)}


@pytest.mark.parametrize(
    ("changes", "check", "state", "words"),
    [
        ({TXT: ()}, "spf", "error", 'TXT "v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"'),
        ({TXT: None}, "spf", "error", "cannot be looked up: talks.example: SERVFAIL"),
        ({TXT: ("v=spf1 -all", "v=spf1 +all")}, "spf", "error", "has 2 SPF records"),
        ({TXT: ("v=spf1 ip4:192.0.2.25 -al",)}, "spf", "error", "'-al' is no term"),
        ({TXT: ("v=spf1 include:talks.example -all",)}, "spf", "error", "more than 10 look-ups"),
        ({TXT: ("v=spf1 +all",)}, "spf", "warning", "everybody"),
        (
            {TXT: ("v=spf1 mx ip6:2001:db8::25 ~all",)},
            "spf",
            "error",
            'softfail (publish: talks.example TXT "v=spf1 ip4:192.0.2.25 mx ip6:2001:db8::25 ~all"',
        ),
        ({KEY: ()}, "dkim", "error", f'TXT "{record()[:255]}" "'),
        ({KEY: None}, "dkim", "error", "cannot be looked up"),
        ({KEY: ("v=DKIM1; p=" + P,) * 2}, "dkim", "error", "2 records"),
        (key("hello"), "dkim", "error", "is no DKIM key"),
        (key("v=DKIM1; p="), "dkim", "error", "withdrawn"),
        (key("v=DKIM2; p=" + P), "dkim", "error", "v= is not"),
        (key("p=" + P + "; v=DKIM1"), "dkim", "error", "v= is not"),
        (key("v=DKIM1; h=sha1; p=" + P), "dkim", "error", "SHA-256"),
        (key("v=DKIM1; s=chat; p=" + P), "dkim", "error", "not for mail"),
        (key("v=DKIM1; k=dsa; p=" + P), "dkim", "error", "neither rsa"),
        (key("v=DKIM1; p=" + P[:-9]), "dkim", "error", "p="),
        (key("v=DKIM1; p=!!"), "dkim", "error", "base64"),
        (key("v=DKIM1; k=ed25519; p=" + P), "dkim", "error", "32 bytes"),
        (key("v=DKIM1; t=y:s; p=" + P), "dkim", "warning", "it is a test"),
        ({DMARC: ()}, "dmarc", "error", 'publish: _dmarc.talks.example TXT "v=DMARC1; p=none;'),
        ({DMARC: None}, "dmarc", "error", "cannot be looked up"),
        ({DMARC: ("v=DMARC1; p=none",) * 2}, "dmarc", "error", "2 records"),
        ({DMARC: ("v=DMARC1; p=all",)}, "dmarc", "error", "'all' is none of"),
        ({DMARC: ("v=DMARC1; rua=mailto:a@b.example",)}, "dmarc", "error", "the policy ''"),
        ({DMARC: ("v=DMARC1; p=none; aspf=x",)}, "dmarc", "error", "aspf=x"),
        ({DMARC: ("v=DMARC1; p=none; rua=a@b.example",)}, "dmarc", "error", "mailto:"),
        ({DMARC: ("v=DMARC1 p=none",)}, "dmarc", "error", ""),
        ({PTR: ()}, "ptr", "error", "no name"),
        ({PTR: None}, "ptr", "error", "cannot be looked up"),
        ({PTR: ("other.example",)}, "ptr", "error", "publish: other.example A 192.0.2.25"),
        ({OUT: ("192.0.2.26",)}, "ptr", "error", "does not lead back"),
        ({MX: ("0 ",)}, "mx", "error", "null MX"),
        ({MX: None}, "mx", "error", "cannot be looked up"),
        ({MX: ()}, "mx", "error", "neither MX nor address"),
        ({MX: ("10 gone.example",)}, "mx", "error", "gone.example has no address"),
        ({MX: ("10 gone.example", "20 mx.talks.example")}, "mx", "warning", "gone.example"),
    ],
)  # fmt: skip
def test_one_mistake_is_one_verdict(changes: Records, check: str, state: str, words: str) -> None:
    (found,) = told(good_zone() | changes)
    assert (found.check, found.state) == (check, state)
    assert words in f"{found.message} ({found.remedy})"


def test_what_is_published_as_told_is_well() -> None:
    zone = good_zone() | {TXT: ("v=spf1 ?all",), KEY: (), DMARC: (), PTR: (), OUT: ()}
    found = {verdict.check: verdict.remedy for verdict in told(zone, sender(addresses=(IP,)))}
    for check, where in (("spf", TXT), ("dkim", KEY), ("dmarc", DMARC)):
        publish = found[check].partition("publish: ")[2]
        assert publish.startswith(f"{where[0]} TXT ")
        zone[where] = (publish.partition(' TXT "')[2].replace('" "', "").removesuffix('"'),)
    assert {verdict.check for verdict in told(zone, sender(addresses=(IP,)))} == {"ptr"}


def test_bounces_arrive_without_mx_where_there_is_an_address() -> None:
    zone = good_zone() | {MX: (), ("talks.example", "AAAA"): ("2001:db8::1",)}
    assert told(zone) == []


def test_another_domain_for_answers_that_takes_none_is_a_warning() -> None:
    zone = good_zone()
    for kind in ("MX", "TXT"):
        zone["lists.talks.example", kind] = zone["talks.example", kind]
    zone[MX] = ("0 ",)
    (found,) = told(zone, sender(return_path="b@lists.talks.example"))
    assert (found.check, found.subject, found.state) == ("mx", "talks.example", "warning")


def test_a_guessed_address_is_a_warning_and_a_given_one_an_error() -> None:
    zone = good_zone() | {TXT: ("v=spf1 -all",), PTR: ()}
    for guessed, state in ((True, "warning"), (False, "error")):
        found = told(zone, sender(addresses=(IP,), guessed=guessed))
        assert [(verdict.check, verdict.state) for verdict in found] == [
            ("spf", state),
            ("ptr", state),
        ]
        assert ("--ip" in found[0].remedy) is guessed


@pytest.mark.parametrize(
    ("broken", "state", "said"),
    [
        ({"spf"}, "ok", "DKIM by talks.example alone, as SPF does not pass"),
        ({"dkim"}, "ok", "SPF by talks.example alone, as DKIM does not pass"),
        ({"spf", "dkim"}, "error", "nothing speaks for it: DKIM and SPF do not pass"),
    ],
)
def test_what_does_not_pass_aligns_nothing(broken: set[str], state: str, said: str) -> None:
    zone = good_zone()
    for name, kind in list(zone):
        is_dkim = "_domainkey" in name
        is_spf = kind == "TXT" and any("v=spf1" in value for value in zone[name, kind] or ())
        if (is_dkim and "dkim" in broken) or (is_spf and "spf" in broken):
            del zone[name, kind]
    verdicts = check_sender(sender(), looking_up(zone))
    (found,) = (verdict for verdict in verdicts if verdict.check == "alignment")
    assert found.state == state
    assert found.message.startswith(said)


def test_without_selectors_it_says_so_and_spf_alone_is_aligned() -> None:
    found = told(good_zone(), sender(keys={}))
    assert [(verdict.check, verdict.state) for verdict in found] == [
        ("dkim", "warning"),
        ("alignment", "warning"),
    ]


@pytest.mark.parametrize(
    ("record", "return_domain", "dkim_domain", "state"),
    [
        ("p=none", "lists.talks.example", "talks.example", "ok"),
        ("p=none; aspf=s", "lists.talks.example", "talks.example", "warning"),
        ("p=none; aspf=s", "talks.example", "talks.example", "ok"),
        ("p=none; adkim=s", "talks.example", "lists.talks.example", "warning"),
        ("p=none", "relay.example", "talks.example", "warning"),
        ("p=none", "relay.example", "", "error"),
        ("p=none", "Talks.Example", "", "warning"),
    ],
)
def test_alignment(record: str, return_domain: str, dkim_domain: str, state: str) -> None:
    zone: Records = {("_dmarc.talks.example", "TXT"): (f"v=DMARC1; {record}",)}
    _, found = check_dmarc("talks.example", return_domain, dkim_domain, looking_up(zone))
    assert (found.check, found.state) == ("alignment", state)


@pytest.mark.parametrize(
    ("record", "said"),
    [("p=reject", "p=reject"), ("p=reject; sp=none", "p=none"), ("p=none; sp=x", "'x' is none of")],
)
def test_a_record_of_the_organisation_is_inherited(record: str, said: str) -> None:
    zone: Records = {("_dmarc.talks.co.uk", "TXT"): (f"v=DMARC1; {record}",)}
    found = check_dmarc("a.b.talks.co.uk", "talks.co.uk", "", looking_up(zone))[0]
    assert said in found.message
    assert found.subject == "_dmarc.talks.co.uk"


def test_the_domain_that_somebody_registered() -> None:
    assert organisational("a.b.talks.co.uk") == "talks.co.uk"
    assert organisational("talks.example") == "talks.example"
    assert organisational("co.uk") == "co.uk"


def test_keys_of_all_kinds() -> None:
    for kind, state, words in (
        ("2048", "ok", "RSA, 2048 bits, and ours"),
        ("ed25519", "ok", "Ed25519, 256 bits, and ours"),
        ("1024", "warning", "RSA with 1024 bits can be broken"),
    ):
        own = record(kind)
        found = check_dkim("s1", "talks.example", Answer(Found.RECORDS, (own,)), own)
        assert (found.state, found.message) == (state, words)
    other = record("ed25519")
    found = check_dkim("s1", "a.example", Answer(Found.RECORDS, (other,)), record())
    assert (found.state, "another key" in found.message) == ("error", True)


@pytest.mark.parametrize("bits", [512, 768])
def test_a_key_that_receivers_ignore_is_none(bits: int) -> None:
    number = (1 << (bits - 1)) + 3  # of no use but to be too short
    public = rsa.RSAPublicNumbers(65_537, number).public_key()
    data = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    short = f"v=DKIM1; p={base64.b64encode(data).decode()}"
    found = check_dkim("s1", "talks.example", Answer(Found.RECORDS, (short,)))
    assert (found.state, f"RSA with {bits} bits" in found.message) == ("error", True)


def test_ed25519_alone_is_a_warning() -> None:
    own = record("ed25519")
    (found,) = told(good_zone() | {KEY: (own,)}, sender(keys={"s1": own}))
    assert (found.state, found.remedy) == ("warning", "add an RSA key")


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", pem("ec"), pem().replace(b"A", b"B"), b"-----BEGIN PRIVATE KEY-----\n"],
)
def test_what_is_no_key_for_dkim_is_told(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^is "):
        record_of(data)


def test_a_locked_key_is_told() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a"))
    with pytest.raises(ValueError, match="encrypted"):
        record_of(locked)


def test_addresses_that_the_world_does_not_see() -> None:
    for ip in ("127.0.0.1", "10.1.2.3", "192.168.1.1", "100.64.1.1", "::1", "fe80::1", "fd00::1"):
        assert is_inner(ip_address(ip))
    for ip in ("192.0.2.25", "2001:db8::25", "8.8.8.8"):
        assert not is_inner(ip_address(ip))


def test_a_long_record_is_cut_as_zone_files_want_it() -> None:
    assert quoted("a" * 256) == f'"{"a" * 255}" "a"'
    assert quoted("") == ""


@given(st.text(st.sampled_from("v=DKIMARC1;pksht :,+/Aé"), max_size=60))
def test_no_record_makes_it_stumble(record: str) -> None:
    tags_of(record)
    for where in (TXT, KEY, DMARC, MX, PTR):
        zone = good_zone() | {where: (record,)}
        check_sender(sender(), looking_up(zone))
        zone = good_zone() | {where: (f"v=DMARC1; {record}", record)}
        check_sender(sender(), looking_up(zone))
