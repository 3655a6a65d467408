"""SPF, by the test suite of RFC 7208's own authors, and at its limits."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from feeds.check.records import Answer, Found
from feeds.check.spf import check_spf
from tests.support import REPOSITORY

SUITE = REPOSITORY / "tests" / "corpus" / "spf" / "rfc7208-tests.yml"


class Zone:
    """The suite's zone data, answering as a resolver does."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = {str(name).lower(): records for name, records in data.items()}

    def __call__(self, name: str, kind: str, depth: int = 0) -> Answer:
        records = self.data.get(name.lower().removesuffix("."))
        if records is None:
            return Answer(Found.NO_NAME)
        has_txt = any(isinstance(one, dict) and "TXT" in one for one in records)
        values: list[str] = []
        for record in records:
            type_, value = (
                next(iter(record.items())) if isinstance(record, dict) else (kind, record)
            )
            if type_ == "CNAME" and depth < 8:
                return self(value, kind, depth + 1)
            if type_ == kind or (type_ == "SPF" and kind == "TXT" and not has_txt):
                if value == "TIMEOUT" and not values:
                    return Answer(Found.FAILED, cause="timeout")
                if value not in {"TIMEOUT", "NONE"} if isinstance(value, str) else True:
                    values.append(self.shown(kind, value))
        return Answer(Found.RECORDS if values else Found.NOTHING, tuple(values))

    @staticmethod
    def shown(kind: str, value: Any) -> str:
        if kind == "TXT":
            return "".join(value) if isinstance(value, list) else str(value)
        if kind == "MX":
            return f"{value[0]} {value[1].lower().removesuffix('.')}"
        return str(ip_address(value)) if kind in {"A", "AAAA"} else value.lower().removesuffix(".")


def cases() -> Iterator[Any]:
    for document in yaml.safe_load_all(SUITE.read_text("utf-8")):
        for name, test in document["tests"].items():
            yield pytest.param(document["zonedata"], test, id=f"{document['description']}: {name}")


@pytest.mark.parametrize(("zone", "test"), list(cases()))
def test_rfc_7208(zone: dict[str, Any], test: dict[str, Any]) -> None:
    helo, sender = test["helo"], test["mailfrom"]
    sender = sender or f"postmaster@{helo}"
    if "@" not in sender or sender.startswith("@"):
        sender = f"postmaster@{sender.removeprefix('@')}"
    domain = sender.rpartition("@")[2]
    wanted = test["result"] if isinstance(test["result"], list) else [test["result"]]
    found = check_spf(domain, Zone(zone), ip_address(test["host"]), sender, helo)
    assert found.result in wanted, found


@pytest.mark.parametrize(
    ("records", "lookups", "result"),
    [
        (["v=spf1 ip4:192.0.2.1 -all"], 0, "neutral"),
        (["v=spf1 a mx include:b.example.org -all", "v=other"], 3, "neutral"),
        (["v=spf1 include:%{i}.example.org -all"], 1, "neutral"),
        (["v=spf1 -all include:b.example.org"], 0, "neutral"),
        (["v=spf1 redirect=b.example.org"], 1, "neutral"),
        (["v=spf1 include:a.example.org -all"], 11, "permerror"),
        (["v=spf1 include:nowhere.example.org -all"], 1, "permerror"),
        (["v=spf1 a:x.example.org a:y.example.org a:z.example.org -all"], 3, "permerror"),
        (["v=spf1 -all", "v=spf1 +all"], 0, "permerror"),
        (["v=spf1 ip4:192.0.2.0/33 -all"], 0, "permerror"),
        (["nothing"], 0, "none"),
    ],
)
def test_without_an_address_every_branch_is_walked(
    records: list[str], lookups: int, result: str
) -> None:
    zone = Zone(
        {
            "a.example.org": [
                *({"TXT": record} for record in records),
                {"A": "192.0.2.1"},
                {"MX": [10, "a.example.org"]},
            ],
            "b.example.org": [{"TXT": "v=spf1 ip4:192.0.2.2 -all"}],
        }
    )
    found = check_spf("a.example.org", zone)
    assert (found.lookups, found.result) == (lookups, result)


def test_what_never_ends_ends_after_ten_look_ups() -> None:
    chain = {
        f"{n}.example.org": [{"TXT": f"v=spf1 include:{n + 1}.example.org -all"}] for n in range(99)
    }
    found = check_spf("0.example.org", Zone(chain), ip_address("192.0.2.1"))
    assert (found.result, found.lookups) == ("permerror", 11)
    assert "more than 10" in found.cause


@given(st.text(st.sampled_from("v=spf1 ainclude:mx/%{}ip4redirct=.-~?+0é"), max_size=80))
def test_no_record_makes_it_stumble(record: str) -> None:
    zone = Zone({"a.example": [{"TXT": f"v=spf1 {record}"}]})
    for ip in (
        None,
        ip_address("192.0.2.1"),
        ip_address("2001:db8::1"),
        ip_address("::ffff:1.2.3.4"),
    ):
        assert check_spf("a.example", zone, ip).result in {
            "neutral",
            "permerror",
            "pass",
            "fail",
            "softfail",
            "none",
        }
