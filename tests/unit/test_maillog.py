"""What a relay's log says it took."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import maillog

A, B, C = "a" * 32, "b" * 32, "c" * 32
STAMP = "Dec 11 09:00:00 mx postfix"


def accepted(lines: Iterable[bytes]) -> frozenset[str]:
    return maillog.read(lines).accepted


def read(*lines: str) -> frozenset[str]:
    return accepted(line.encode() + b"\n" for line in lines)


def test_what_is_named_need_not_be_taken() -> None:
    log = maillog.read([cleanup("4Sq0Xy", A).encode(), f"<{B}@talks.example.org>".encode(), b"x"])
    assert log.accepted == {B}
    assert log.named == {A, B}


def cleanup(queue: str, token: str, host: str = "talks.example.org") -> str:
    return f"{STAMP}/cleanup[123]: {queue}: message-id=<{token}@{host}>"


def active(queue: str) -> str:
    sender = "bounces+x@talks.example.org"
    return f"{STAMP}/qmgr[77]: {queue}: from=<{sender}>, size=57344, nrcpt=1 (queue active)"


@pytest.mark.parametrize("queue", ["9A3B52C0D1", "4SpyxN0Zkrz3bJ", "ABCDEF"])
def test_postfix_took_what_it_named_and_queued(queue: str) -> None:
    assert read(cleanup(queue, A), active(queue)) == {A}
    assert read(active(queue), cleanup(queue, A)) == {A}


def test_postfix_with_another_stamp_and_instance() -> None:
    """RFC 3339 stamps, an instance of its own name, and systemd's journal."""
    lines = [
        f"2017-12-11T09:00:00.123456-06:00 mx postfix-out/cleanup[1]: 4Spyx: message-id=<{B}@x>",
        f"2017-12-11T09:00:00.123456-06:00 mx postfix-out/cleanup[1]: 4SpyxN0: message-id=<{A}@x>",
        (
            "2017-12-11T09:00:00 mx postfix-out/qmgr[2]: 4SpyxN0: from=<a@x>, size=1, nrcpt=1 "
            "(queue active)"
        ),
    ]
    assert read(*lines) == {A}


@pytest.mark.parametrize(
    "after",
    [
        [],
        [f"{STAMP}/smtpd[9]: lost connection after DATA (57344 bytes) from localhost[127.0.0.1]"],
        [
            (
                f"{STAMP}/cleanup[123]: 9A3B52C0D1: milter-reject: END-OF-MESSAGE from "
                "localhost[127.0.0.1]: 5.7.1 no; from=<a@x> to=<b@y> proto=ESMTP"
            )
        ],
        [f"{STAMP}/cleanup[123]: 9A3B52C0D1: reject: header Subject: x; from=<a@x>: 5.7.1 no"],
        [active("9A3B52C0D2")],
        [active("19A3B52C0D1")],
        [f"{STAMP}/qmgr[77]: 9A3B52C0D1: removed"],
    ],
)
def test_what_was_only_named_was_not_taken(after: list[str]) -> None:
    assert read(cleanup("9A3B52C0D1", A), *after) == set()


@pytest.mark.parametrize(
    "held",
    [
        "hold: header X: y from localhost[127.0.0.1]; from=<a@x> to=<b@y> proto=ESMTP helo=<x>",
        (
            "milter-hold: END-OF-MESSAGE from localhost[127.0.0.1]: milter triggers HOLD action; "
            "from=<a@x> to=<b@y> proto=ESMTP helo=<x>"
        ),
    ],
)
def test_what_postfix_holds_it_has(held: str) -> None:
    line = f"{STAMP}/cleanup[123]: 9A3B52C0D1: {held}"
    assert read(cleanup("9A3B52C0D1", A), line) == {A}
    assert read(line, cleanup("9A3B52C0D1", A)) == {A}


def test_a_queue_id_that_was_used_twice_hides_nothing() -> None:
    """Postfix's short ids are made of an inode and a microsecond, and come again."""
    lines = [cleanup("9A3B52C0D1", A), active("9A3B52C0D1")]
    lines += [cleanup("9A3B52C0D1", B), active("9A3B52C0D1")]
    assert read(*lines) == {A, B}
    # Nor does the second one's acceptance make one of the first, or the other way round.
    assert read(lines[0], lines[2], lines[3]) == {B}
    assert read(lines[0], lines[1], lines[1], lines[2]) == {A}


def test_a_retry_that_got_through_is_taken_whatever_came_before() -> None:
    lost, whole = cleanup("9A3B52C0D1", A), [cleanup("9A3B52C0D2", A), active("9A3B52C0D2")]
    assert read(lost, *whole) == read(*whole, lost) == {A}


@given(st.randoms(use_true_random=False), st.lists(st.booleans(), min_size=1, max_size=8))
def test_the_order_of_the_lines_is_no_matter(chance: random.Random, whole: list[bool]) -> None:
    tokens = ["abcdefgh"[at] * 32 for at in range(len(whole))]
    lines = [cleanup(f"9A3B52C0D{at}", token) for at, token in enumerate(tokens)]
    lines += [active(f"9A3B52C0D{at}") for at, taken in enumerate(whole) if taken]
    chance.shuffle(lines)
    expected = {token for token, taken in zip(tokens, whole, strict=True) if taken}
    assert read(*lines) == expected


def test_exim_took_what_it_received() -> None:
    name = "2017-12-11 09:00:00 1eOPqK-0001aB-Cd"
    sender = "bounces+x@talks.example.org"
    assert read(
        f"{name} <= {sender} H=localhost [127.0.0.1] P=esmtps S=57344 id={A}@talks.example.org",
        f"{name} => ana@example.net R=dnslookup T=remote_smtp H=mx [192.0.2.1] C=id={B}@x",
        f"{name} rejected after DATA: id={C}@talks.example.org",
    ) == {A}


@pytest.mark.parametrize("form", ["{}@x.org", "<{}@x.org>", "  <{}@x.org>  ", "{}@x.org\r"])
def test_a_list_of_message_ids_will_do(form: str) -> None:
    assert read(form.format(A), "", "# a note") == {A}


@pytest.mark.parametrize(
    "line",
    [
        cleanup("9A3B52C0D1", "20171211090000.GA1234"),
        cleanup("9A3B52C0D1", A + "a"),
        cleanup("9A3B52C0D1", A[1:]),
        cleanup("9A3B52C0D1", A.upper()),
        cleanup("9A3B52C0D1", A.replace("a", "1")),
        f"{STAMP}/cleanup[123]: 9A3B52C0D1: resent-message-id=<{A}@x>",
        f"{STAMP}/cleanup[123]: 9A3B52C0D1: warning: header Subject: message-id=<{A}@x>",
        f"{STAMP}/smtpd[123]: 9A3B52C0D1: message-id=<{A}@x>",
        f"see <{A}@x.org> for this",
        A,
    ],
)
def test_other_peoples_lines_say_nothing(line: str) -> None:
    assert read(line, active("9A3B52C0D1")) == set()


def test_junk_is_passed_by() -> None:
    junk = [b"\xff\xfe\x00\x01\n", b"\n", b"x" * 100_000 + b"\n", b" <= " * 5_000 + b"\n"]
    ours = f"{cleanup('9A3B52C0D1', A)}\n{active('9A3B52C0D1')}\n".encode().splitlines(True)
    assert accepted([*junk, b"\xe9" + ours[0], junk[0], b"\x80" + ours[1]]) == {A}


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_anything_can_be_read(lines: list[bytes]) -> None:
    assert accepted(lines) == set()
