"""Two processes that send one issue at the same time: each recipient gets one letter."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.edges.ledger.conftest import (  # noqa: F401 # fixtures
    Place,
    postgresql,
    postgresql_place,
)
from tests.edges.send.kills import WEEK, command, copies, publication, relay, talkfeeds

pytestmark = pytest.mark.slow

READERS = 1_000


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_share_an_issue(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = ""
    if kind == "postgresql":
        place: Place = request.getfixturevalue("postgresql_place")
        url = place.url
    root = tmp_path / "publication"
    environment = publication(root, READERS, 4, url)
    with relay(tmp_path, "--accept-delay-ms", "20") as port:
        environment["TALKFEEDS_SMTP_URL"] = f"smtp://127.0.0.1:{port}"
        both = [
            subprocess.Popen(
                command(root, "send", WEEK, "--log", str(tmp_path / f"log{number}"), "--debug"),
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            for number in range(2)
        ]
        said = [process.communicate(timeout=120)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    for number in range(2):
        lines = (tmp_path / f"log{number}").read_text().splitlines()
        assert len(lines) > READERS // 10, "one of them did nearly everything"
    found = copies(root, tmp_path / "record")
    assert len(found) == READERS
    assert set(found.values()) == {1}
    (totals,) = json.loads(talkfeeds(root, environment, "issues", "--json"))
    assert totals["states"]["sent"] == READERS
    assert totals["open"] == 0
