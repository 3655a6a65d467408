"""One publication with one of everything against stored files; a difference is shown as text."""

import difflib
import os
import subprocess
import sys
from functools import cache

import pytest

from tests.golden import EXPECTED, everything, made
from tests.support import REPOSITORY

_made = cache(made)
_NAMES = sorted(
    path.relative_to(EXPECTED).as_posix() for path in EXPECTED.rglob("*") if path.is_file()
)


@pytest.mark.parametrize("name", _NAMES)
def test_golden(name: str) -> None:
    expected, found = (EXPECTED / name).read_bytes(), _made().get(name)
    assert found is not None, f"{name} is no longer made (python -m tests.golden)"
    if found != expected:
        lines = difflib.unified_diff(
            expected.decode().splitlines(),
            found.decode().splitlines(),
            "expected",
            "found",
            "",
            "",
            2,
        )
        pytest.fail(f"{name} differs:\n" + "\n".join(lines), pytrace=False)


def test_everything_that_is_made_is_compared() -> None:
    assert set(_made()) == set(_NAMES)
    assert {
        "feed.atom",
        "index.html",
        "subscribe/index.html",
        "issues/2017-W49/index.html",
        "talks/limites/index.html",
        "mail/2017-W49.html",
        "mail/2017-W49.txt",
        "mail/2017-W49.eml",
    } <= set(_NAMES)
    assert not any("borrador" in name for name in _NAMES)


_PROGRAM = """\
import hashlib, json
from tests.golden import everything
print(json.dumps({path: hashlib.sha256(data).hexdigest() for path, data in everything().items()}))
"""


@pytest.mark.slow
def test_hash_seed_zone_and_locale_change_nothing() -> None:
    found = set()
    for seed, zone, locale in (
        ("0", "UTC", "C"),
        ("1", "Pacific/Kiritimati", "es_MX.UTF-8"),
        ("4242", "America/Adak", "tr_TR.UTF-8"),
    ):
        environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "LANG": locale}
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            capture_output=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert len(everything()) > 15
