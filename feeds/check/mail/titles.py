"""Names of features that Can I email writes in English words, as templates for catalogs."""

import re

TITLES = (
    "<h1> to <h6> elements",
    "!important keyword",
    "% unit",
    "Adjacent sibling combinator",
    "Animated PNG image format",
    "Attribute selector",
    "Chaining selectors",
    "Child combinator",
    "Class selector",
    "Descendant combinator",
    "Embedded <svg> image",
    "General sibling combinator",
    "Grouping selectors",
    "ID selector",
    "Image maps",
    "Local anchors",
    "Type selector",
    "Universal selector *",
    "Video as Image Assets",
    "srcset and sizes attributes",
    "{name} CSS property",
    "{name} attribute",
    "{name} attributes",
    "{name} comments",
    "{name} element",
    "{name} elements",
    "{name} function",
    "{name} image format",
    "{name} individual logical properties",
    "{name} links",
    "{name} logical properties",
    "{name} longhand properties",
    "{name} meta tag",
    "{name} properties",
    "{name} property",
    "{name} shorthand",
    "{name} unit",
    "<ul>, <ol> and <dl>",
    "CSS Nesting",
    "CSS Variables (Custom Properties)",
    "HTML5 semantics",
    "AMP for Email",
)
_PATTERNS = tuple(
    (title, re.compile(re.escape(title).replace(re.escape("{name}"), "(?P<name>.+)")))
    for title in TITLES
)


def taken_apart(title: str) -> tuple[str, dict[str, str]] | None:
    """The template of a name, and what stands in it; None for a name without words."""
    for template, pattern in _PATTERNS:
        if found := pattern.fullmatch(title):
            return template, found.groupdict()
    return None
