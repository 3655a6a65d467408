"""docs/threats.md names tests that exist, and every door that is fuzzed."""

import re

from tests.fuzz.targets import TARGETS
from tests.support import REPOSITORY

TEXT = (REPOSITORY / "docs" / "threats.md").read_text("utf-8")
NAMED = re.compile(r"`([a-z0-9_/]*(?:\.py)?)::(test_\w+)`")


def test_every_test_that_the_threat_model_names_exists() -> None:
    named = 0
    for line in TEXT.splitlines():
        file = ""
        for found in NAMED.finditer(line):
            file = found[1] or file  # a second one stands in the file of the one before
            text = (REPOSITORY / "tests" / file).read_text("utf-8")
            assert f"def {found[2]}(" in text, f"{file}::{found[2]}"
            named += 1
    assert named > 40


def test_every_row_names_what_shows_it() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and line.count(" | ") == 2]
    claims = [row for row in rows if not row.startswith(("| wants", "| ---"))]
    assert len(claims) > 25
    for row in claims:
        assert "::test_" in row, row


def test_the_doors_that_are_fuzzed_are_those_of_the_table() -> None:
    table = TEXT.partition("| door |")[2].partition("\n\n")[0]
    doors = [row.split(" | ")[0] for row in table.splitlines()[2:]]
    assert {name for door in doors for name in re.findall(r"`(\w+)`", door)} == set(TARGETS)
    for names in re.findall(r"fuzzed: ((?:`\w+`(?:, )?)+)", TEXT):
        assert set(re.findall(r"`(\w+)`", names)) <= set(TARGETS)
