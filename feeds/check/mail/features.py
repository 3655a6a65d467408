"""What of HTML and CSS a mail uses, in the words of Can I email."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from feeds.check.mail.styles import Declaration, Sheet, StyleRule, declarations_of, tokens_of


@dataclass(frozen=True, slots=True)
class Used:
    """One use of a feature: on which line, and the declarations that stand beside it."""

    slug: str
    line: int
    beside: tuple[Declaration, ...] = ()
    node: Any = None


# Properties whose features are called otherwise.
_PROPERTIES: Mapping[str, str] = {
    **dict.fromkeys(("left", "right", "top", "bottom"), "css-left-right-top-bottom"),
    **dict.fromkeys(("column-gap", "row-gap"), "css-gap"),
    **dict.fromkeys(("columns", "column-width", "column-rule"), "css-column-layout-properties"),
    **dict.fromkeys(
        ("grid-template-columns", "grid-template-rows", "grid-template-areas"), "css-grid-template"
    ),
    **dict.fromkeys(("block-size", "inline-size"), "css-block-inline-size"),
    **dict.fromkeys(("margin-inline", "margin-block"), "css-margin-inline-block"),
    **dict.fromkeys(("padding-inline", "padding-block"), "css-padding-inline-block"),
}
_FAMILIES = (
    (re.compile(r"border-(?:top|bottom)-(?:left|right)-radius"), "css-border-radius"),
    (re.compile(r"border-(?:start|end)-(?:start|end)-radius"), "css-border-radius-logical"),
    (re.compile(r"border-(?:inline|block)$"), "css-border-inline-block"),
    (re.compile(r"border-(?:inline|block)-(?:start|end)"), "css-border-inline-block-individual"),
    (re.compile(r"border-(?:top|right|bottom|left|color|style|width)"), "css-border"),
    (re.compile(r"border-image-"), "css-border-image"),
    (re.compile(r"margin-inline-(?:start|end)"), "css-margin-inline-start-end"),
    (re.compile(r"margin-block-(?:start|end)"), "css-margin-block-start-end"),
    (re.compile(r"padding-inline-(?:start|end)"), "css-padding-inline-start-end"),
    (re.compile(r"padding-block-(?:start|end)"), "css-padding-block-start-end"),
    (re.compile(r"margin-(?:top|right|bottom|left)"), "css-margin"),
    (re.compile(r"padding-(?:top|right|bottom|left)"), "css-padding"),
    (re.compile(r"overflow-[xy]"), "css-overflow"),
    (re.compile(r"outline-(?:color|style|width)"), "css-outline"),
    (re.compile(r"mask(?:-|$)"), "css-mask-image"),
    (re.compile(r"animation-"), "css-animation"),
    (re.compile(r"transition-"), "css-transition"),
    (re.compile(r"scroll-snap-"), "css-scroll-snap"),
)
_VALUES = {
    ("display", "none"): "css-display-none",
    ("display", "flex"): "css-display-flex",
    ("display", "inline-flex"): "css-display-flex",
    ("display", "grid"): "css-display-grid",
    ("display", "inline-grid"): "css-display-grid",
}
_FUNCTIONS = {
    "calc": "css-unit-calc", "var": "css-variables", "clamp": "css-function-clamp",
    "min": "css-function-min", "max": "css-function-max", "rgb": "css-rgb", "rgba": "css-rgba",
    "light-dark": "css-function-light-dark", "linear-gradient": "css-linear-gradient",
    "repeating-linear-gradient": "css-linear-gradient", "radial-gradient": "css-radial-gradient",
    "conic-gradient": "css-conic-gradient", "lch": "css-modern-color", "lab": "css-modern-color",
    "oklch": "css-modern-color", "oklab": "css-modern-color",
}  # fmt: skip
_UNITS = {
    *("px", "em", "rem", "ch", "ex", "cm", "mm", "in", "pt", "pc"),
    *("vh", "vw", "vmin", "vmax"),
}
_IDENTS = {
    **dict.fromkeys(("system-ui", "ui-serif", "ui-sans-serif", "ui-monospace"), "css-sytem-ui"),
    **dict.fromkeys(("fit-content", "min-content", "max-content"), "css-intrinsic-size"),
    "initial": "css-unit-initial",
}
_MEDIA = {
    "prefers-color-scheme": "css-at-media-prefers-color-scheme",
    "prefers-reduced-motion": "css-at-media-prefers-reduced-motion",
    "orientation": "css-at-media-orientation",
    "hover": "css-at-media-hover",
    "device-pixel-ratio": "css-at-media-device-pixel-ratio",
}
_SELECTORS = (
    (re.compile(r"\[[^\]]*\]"), "css-selector-attribute"),
    (re.compile(r">"), "css-selector-child"),
    (re.compile(r"\+"), "css-selector-adjacent-sibling"),
    (re.compile(r"~"), "css-selector-general-sibling"),
    (re.compile(r"(?:^|[\s,>+~])\*"), "css-selector-universal"),
    (re.compile(r"\.[\w-]+\.[\w-]+"), "css-selector-chaining"),
    (re.compile(r"\.[A-Za-z_]"), "css-selector-class"),
    (re.compile(r"#[A-Za-z_]"), "css-selector-id"),
    (re.compile(r","), "css-selector-grouping"),
    (re.compile(r"(?:^|[\s,>+~])[A-Za-z]"), "css-selector-type"),
    (re.compile(r"[\w\])*]\s+[\w.#:\[*]"), "css-selector-descendant"),
)
_PSEUDO = re.compile(r"(::?)([a-z-]+)")
_TAGS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "html-h1-h6"),
    **dict.fromkeys(("ul", "ol", "dl", "li", "dt", "dd"), "html-lists"),
    **dict.fromkeys(("map", "area"), "html-image-maps"),
    **dict.fromkeys(
        ("article", "aside", "details", "figcaption", "figure", "footer", "header", "main",
         "mark", "nav", "section", "summary", "time"), "html-semantics"),
}  # fmt: skip
_ATTRIBUTES = {
    "align", "valign", "width", "height", "background", "cellpadding", "cellspacing", "dir",
    "lang", "role", "hidden", "target", "required", "popover", "aria-label", "aria-hidden",
    "aria-labelledby", "aria-describedby", "aria-live",
}  # fmt: skip
_OTHER_ATTRIBUTES = {
    "srcset": "html-srcset", "sizes": "html-srcset", "loading": "html-loading-attribute",
    "usemap": "html-image-maps", "inert": "css-inert-attribute",
}  # fmt: skip
_PICTURES = {
    "jpg": "image-jpg", "jpeg": "image-jpg", "png": "image-png", "gif": "image-gif",
    "svg": "image-svg", "webp": "image-webp", "avif": "image-avif", "bmp": "image-bmp",
    "ico": "image-ico", "tiff": "image-tiff", "tif": "image-tiff", "heic": "image-heif",
    "heif": "image-heif", "apng": "image-apng", "mp4": "image-mp4",
}  # fmt: skip


def features_of(root: Any, sheets: Sequence[Sheet], known: Mapping[str, object]) -> Iterator[Used]:
    """Every use of a feature that is ``known``, in the order of the document's parts."""
    for used in _all(root, sheets):
        if used.slug in known:
            yield used


def _all(root: Any, sheets: Sequence[Sheet]) -> Iterator[Used]:
    doctype = root.getroottree().docinfo.doctype
    if doctype:
        yield Used("html-doctype", 1)
    for sheet in sheets:
        yield from _of_sheet(sheet)
    for node in root.iter():
        line = int(node.sourceline or 1)
        if isinstance(node, etree._Comment):
            yield Used("html-comments", line, (), node)
        elif isinstance(node.tag, str):
            yield from _of_element(node, line)
            declarations = declarations_of(node.get("style") or "")
            yield from _of_declarations(declarations, line, node)


def _of_sheet(sheet: Sheet) -> Iterator[Used]:
    if sheet.has_comments:
        yield Used("css-comments", 1)
    for at_rule in sheet.at_rules:
        yield Used(f"css-at-{at_rule.name}", at_rule.line)
        if at_rule.name == "media":
            for word, slug in _MEDIA.items():
                if word in at_rule.prelude.lower():
                    yield Used(slug, at_rule.line)
    for rule in sheet.rules:
        yield from _of_selector(rule)
        yield from _of_declarations(rule.declarations, rule.line, None)


def _of_selector(rule: StyleRule) -> Iterator[Used]:
    selector = rule.selector
    if selector.startswith("@"):
        return
    for colons, name in _PSEUDO.findall(selector):
        kind = "element" if colons == "::" or name in {"before", "after"} else "class"
        yield Used(f"css-pseudo-{kind}-{name}", rule.line, rule.declarations)
    bare = re.sub(r"\[[^\]]*\]", "[]", _PSEUDO.sub("", selector))
    for pattern, slug in _SELECTORS:
        if pattern.search(bare):
            yield Used(slug, rule.line, rule.declarations)


def _of_declarations(declarations: tuple[Declaration, ...], line: int, node: Any) -> Iterator[Used]:
    for declaration in declarations:
        for slug in _slugs(declaration):
            yield Used(slug, line, declarations, node)


def _slugs(declaration: Declaration) -> Iterator[str]:
    name, value = declaration.name, declaration.value.lower()
    if name.startswith("--"):
        yield "css-variables"
    yield _PROPERTIES.get(name, f"css-{name}")
    yield from (slug for pattern, slug in _FAMILIES if pattern.match(name))
    if found := _VALUES.get((name, value)):
        yield found
    if declaration.important:
        yield "css-important"
    for token in tokens_of(declaration):
        if token.type == "function":
            yield _FUNCTIONS.get(token.lower_name, "")
        elif token.type == "dimension" and token.lower_unit in _UNITS:
            yield f"css-unit-{token.lower_unit}"
        elif token.type == "percentage":
            yield "css-unit-percent"
        elif token.type == "ident":
            yield _IDENTS.get(token.lower_value, "")
        elif token.type == "url":
            yield _picture(token.value)


def _picture(url: str) -> str:
    if url.lower().startswith("data:"):
        return "image-base64"
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    return _PICTURES.get(path.rpartition(".")[2].lower(), "")


def _of_element(node: Any, line: int) -> Iterator[Used]:
    tag, attributes = node.tag, node.attrib
    yield Used(_TAGS.get(tag, f"html-{tag}"), line, (), node)
    if tag in {"input", "button"}:
        yield Used(f"html-{tag}-{attributes.get('type', 'text')}", line, (), node)
    if tag == "meta" and attributes.get("name") == "color-scheme":
        yield Used("html-meta-color-scheme", line, (), node)
    if tag in {"img", "source", "image"}:
        yield Used(_picture(attributes.get("src") or ""), line, (), node)
    if tag == "a":
        href = (attributes.get("href") or "").strip().lower()
        if href.startswith("#"):
            yield Used("html-anchor-links", line, (), node)
        elif href.startswith("mailto:"):
            yield Used("html-mailto-links", line, (), node)
    for name in attributes:
        if name in _ATTRIBUTES:
            yield Used(f"html-{name}", line, (), node)
        elif name in _OTHER_ATTRIBUTES:
            yield Used(_OTHER_ATTRIBUTES[name], line, (), node)
