"""Shared by all tests: hypothesis is deterministic, and nothing here asks the clock."""

import gc
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite",
    derandomize=True,  # the suite gives the same verdict every time
    deadline=None,  # a slow machine is no failure
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
settings.register_profile("quick", parent=settings.get_profile("suite"), max_examples=15)
settings.register_profile("long", parent=settings.get_profile("suite"), max_examples=5_000)
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--quick``: what a person runs between two edits."""
    parser.addoption(
        "--quick",
        action="store_true",
        help="no slow tests, fewer examples, and commands in this process instead of their own",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Before the first module with examples is imported."""
    # A shell starts what runs in the background deaf to Ctrl-C, and so would be what tests start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.option.quick:
        settings.load_profile("quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file whose tests are all slow need not even be imported."""
    if config.option.quick and collection_path.suffix == ".py":
        return "\npytestmark = pytest.mark.slow\n" in collection_path.read_text("utf-8") or None
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Modules and thousands of tests come to stay: looking for what of them can go, again and
    again, is a third of what it takes to collect them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what asks the real YouTube, unless ``-m`` names it; and what is slow, if asked."""
    left_out = set() if "live" in (config.option.markexpr or "") else {"live"}
    if config.option.quick:
        left_out.add("slow")
    kept: list[pytest.Item] = []
    gone: list[pytest.Item] = []
    for item in items:
        marked = any(item.get_closest_marker(name) for name in left_out)
        (gone if marked else kept).append(item)
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = kept
