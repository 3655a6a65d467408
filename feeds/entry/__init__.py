"""A talk file ⇄ Talk. ``parse`` is the only door through which a talk file comes in."""

from feeds.entry.reading import KEYS, MAX_TALK_BYTES, line_of, parse, too_large
from feeds.entry.writing import write

__all__ = ["KEYS", "MAX_TALK_BYTES", "line_of", "parse", "too_large", "write"]
