"""Shared by all tests: hypothesis is deterministic, and nothing here asks the clock."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite",
    derandomize=True,  # the suite gives the same verdict every time
    deadline=None,  # a slow machine is no failure
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
settings.register_profile("long", parent=settings.get_profile("suite"), max_examples=5_000)
settings.load_profile("suite")
