"""Mails as mail systems write them; the first line of each file is what it must be read as.

``{token}`` in them is a token of ours, ``{TOKEN}`` the same as a system wrote it that folds
case, ``{forged}`` one that only looks like it.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.bounces import Quiet, Report, read_report
from feeds.deliveries import BounceKind
from feeds.model import Week
from feeds.tokens import Tokens

CORPUS = Path(__file__).parents[2] / "corpus" / "bounces"
FILES = sorted(CORPUS.glob("*.eml"))
TOKENS = Tokens(b"a secret key of at least 32 characters", "tag:example.org,2026:talks")
OTHERS = Tokens(b"a secret key of somebody else's servers", "tag:example.org,2026:talks")
DELIVERY = (Week(2017, 49), 7)


def mail(path: Path) -> tuple[str, bytes]:
    """What a file expects, and its mail with the tokens in it."""
    expected, _, text = path.read_text("utf-8").partition("\n")
    token = TOKENS.delivery(*DELIVERY)
    for name, value in (
        ("token", token),
        ("TOKEN", token.upper()),
        ("forged", OTHERS.delivery(*DELIVERY)),
    ):
        text = text.replace(f"{{{name}}}", value)
    return expected.removeprefix("expect: "), text.encode()


def told(report: Report) -> str:
    return f"{report.kind} {report.code or '-'} {'token' if report.delivery else 'nobody'}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_mail_is_read_as_it_says(path: Path) -> None:
    expected, data = mail(path)
    report = read_report(data, TOKENS)
    assert told(report) == expected
    assert report.delivery in {None, DELIVERY}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_line_ends_change_nothing(path: Path) -> None:
    _, data = mail(path)
    crlf = data.replace(b"\n", b"\r\n")
    assert read_report(crlf, TOKENS) == read_report(data, TOKENS)


def test_every_kind_stands_in_the_corpus() -> None:
    kinds = {mail(path)[0].split()[0] for path in FILES}
    assert kinds == {*map(str, Quiet), *map(str, BounceKind)} - {"refused"}
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_another_publications_tokens_name_nobody(path: Path) -> None:
    report = read_report(mail(path)[1], Tokens(TOKENS.secret, "tag:example.org,2026:other"))
    assert report.delivery is None
    assert report.kind is not BounceKind.LEAVE or path.stem == "opt-out-report"


def test_a_mail_arrived_when_our_own_server_says() -> None:
    _, data = mail(CORPUS / "leave.eml")
    assert read_report(data, TOKENS).at == datetime(2017, 12, 11, 16, 0, tzinfo=UTC)
    _, data = mail(CORPUS / "leave-by-to-alone-in-capitals.eml")
    assert read_report(data, TOKENS).at == datetime(2017, 12, 11, 16, 0, tzinfo=UTC)
    undated = data.replace(b"Date: Mon, 11 Dec", b"Date: some day")
    assert read_report(b"Received: by x; never\n" + undated, TOKENS).at is None
