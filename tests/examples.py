"""How many examples a property gets that needs another number than most."""

from hypothesis import settings


def examples(number: int) -> int:
    """``number`` in the whole suite, where most have a hundred; in proportion in other profiles."""
    default: int = settings().max_examples
    return max(1, number * default // 100)
