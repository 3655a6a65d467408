"""Text that is said to be plain."""

from feeds.patterns import pattern

# Elements that pages are made of; what a program's text holds between such brackets is not.
_WRITTEN = frozenset(
    """
    a abbr b blockquote br code div em h1 h2 h3 h4 i img li ol p pre small span strong sub sup
    table td tr u ul
    """.split()
)
_MARK = pattern(r"<(/?)([A-Za-z][A-Za-z0-9]{0,9})(?:\s[^<>]{0,400})?/?>")


def is_marked_up(text: str) -> bool:
    """Whether a text that is said to be plain was written as HTML: an element that begins and
    ends in it, or a break. One tag alone may be what it is about."""
    if "<" not in text:
        return False
    begun: set[str] = set()
    for found in _MARK.finditer(text):
        name = found[2].lower()
        if name not in _WRITTEN:
            continue
        if name == "br" or (found[1] and name in begun):
            return True
        begun.add(name)
    return False
