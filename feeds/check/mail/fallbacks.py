"""What stands in for a feature where a mail program does not have it: our own table.

A feature that Gmail, Outlook, Apple Mail or Yahoo lack is an error unless it is listed here and,
where its row asks for that, something stands beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from feeds.check.mail.features import Used


@dataclass(frozen=True, slots=True)
class Fallback:
    """``why`` a reader loses nothing; ``beside`` whether what is needed for that is there."""

    why: str
    beside: Callable[[Used], bool] = lambda _used: True


def _hidden(used: Used) -> bool:
    """Hidden in three ways: whoever does not know one knows another."""
    said = {one.name: one.value.lower().replace(" ", "") for one in used.beside}
    tiny = said.get("font-size") in {"0", "1px"} and said.get("line-height") in {"0", "1px"}
    return said.get("display") == "none" and tiny and said.get("mso-hide") == "all"


def _has(*names: str) -> Callable[[Used], bool]:
    """Another property of the same rule or attribute."""
    return lambda used: any(one.name in names for one in used.beside)


def _height(used: Used) -> bool:
    """``auto``, beside a height of the element's own."""
    values = {one.value.lower() for one in used.beside if one.name == "height"}
    return values <= {"auto"} or (used.node is not None and used.node.get("height") is not None)


_INLINE = "everything that matters stands in style attributes"
_LIGHT = "the light palette stands in style attributes, and has its own contrast"

FALLBACKS: dict[str, Fallback] = {
    # Where the style element, or a part of it, is not read
    "html-style": Fallback(_INLINE),
    "css-at-media": Fallback("one column of at most 600 pixels fits without it"),
    "css-at-media-prefers-color-scheme": Fallback(_LIGHT),
    "css-color-scheme": Fallback(_LIGHT),
    "html-meta-color-scheme": Fallback(_LIGHT),
    "css-selector-attribute": Fallback(f"Outlook's dark palette alone needs it; {_LIGHT}"),
    "css-selector-class": Fallback(_INLINE),
    "css-selector-descendant": Fallback(_INLINE),
    "css-selector-grouping": Fallback(_INLINE),
    "css-selector-type": Fallback(_INLINE),
    "css-pseudo-class-hover": Fallback("links are told apart without it"),
    # Looks
    "css-border-radius": Fallback("corners are square"),
    "css-word-break": Fallback("long words break by word-wrap", _has("word-wrap", "overflow-wrap")),
    "css-word-wrap": Fallback("long words break by word-break", _has("word-break")),
    "css-sytem-ui": Fallback("another family is named", lambda used: _families(used) > 1),
    "css-height": Fallback("the height attribute, or a height by itself", _height),
    "css-max-width": Fallback("the width attribute"),
    # The preview line, which is not to be seen
    "css-display-none": Fallback("it is hidden by its size and by mso-hide too", _hidden),
    "css-max-height": Fallback("it is hidden by display and by mso-hide too", _hidden),
    "css-overflow": Fallback("it is hidden by display and by mso-hide too", _hidden),
    "css-opacity": Fallback("it is hidden by display and by mso-hide too", _hidden),
    # HTML
    "html-doctype": Fallback("tables and style attributes look alike in quirks mode"),
    "html-body": Fallback("the table in it has the same style"),
    "html-aria-label": Fallback("it repeats what the text says"),
    "html-role": Fallback("tables in mails are known as layout by having no headings"),
    "html-lang": Fallback("the language is guessed from the words"),
}


def _families(used: Used) -> int:
    return max((one.value.count(",") + 1 for one in used.beside if "font" in one.name), default=0)
