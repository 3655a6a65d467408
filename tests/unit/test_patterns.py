"""Regular expressions that are compiled when they are used first."""

import pickle
import re
import subprocess
import sys

import pytest

from feeds.patterns import pattern


def test_a_pattern_finds_what_a_compiled_one_finds() -> None:
    late, early = pattern(r"(\w)x", re.IGNORECASE), re.compile(r"(\w)x", re.IGNORECASE)
    for _ in range(2):
        assert late.sub(r"<\1>", "aX bx c") == early.sub(r"<\1>", "aX bx c")
        assert late.findall("aX bx c") == early.findall("aX bx c")
        assert [one.span() for one in late.finditer("aX bx")] == [(0, 2), (3, 5)]
    assert late.pattern == early.pattern
    assert late.flags == early.flags
    assert late.groups == early.groups


def test_a_pattern_is_not_compiled_before_it_is_used() -> None:
    late = pattern("(")  # which is none
    with pytest.raises(re.error):
        late.search("x")


def test_what_no_pattern_has_is_missed_as_of_any_object() -> None:
    with pytest.raises(AttributeError):
        _ = pattern("x").nothing  # type: ignore[attr-defined] # that is the point
    assert not hasattr(pattern("("), "__getinitargs__")
    with pytest.raises(AttributeError, match="__reduce_of_ours__"):
        _ = pattern("(").__reduce_of_ours__  # type: ignore[attr-defined]
    assert pickle.dumps("unharmed")


def test_importing_what_a_build_imports_compiles_no_expression_of_ours() -> None:
    told = (
        "import re, sys\n"
        "found, real = [], re._compile\n"
        "def noted(*words):\n"
        "    frame = sys._getframe(1)\n"
        "    while frame.f_globals['__name__'] == 're': frame = frame.f_back\n"
        "    found.append(frame.f_globals['__name__'])\n"
        "    return real(*words)\n"
        "re._compile = noted\n"
        "import feeds.jobs.build, feeds.edges.content, feeds.edges.output, feeds.edges.shelf\n"
        "print([name for name in found if name.startswith('feeds')])\n"
    )
    ran = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"
