"""The style of a mail: its rules by medium, its style attributes, and which apply to an element."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import tinycss2
from cssselect import SelectorError, parse
from lxml.cssselect import CSSSelector

_MAX_SELECTOR = 1_000


@dataclass(frozen=True, slots=True)
class Declaration:
    """``name: value``; ``tokens`` are tinycss2's of the value."""

    name: str
    value: str
    important: bool
    tokens: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class StyleRule:
    """A rule of a style element, and the at-rules that it stands in: ``media`` of @media."""

    selector: str
    declarations: tuple[Declaration, ...]
    line: int
    media: tuple[str, ...] = ()

    @property
    def is_dark(self) -> bool:
        """Whether it is for readers who prefer dark colours."""
        return any(_says(media, "dark") for media in self.media)

    @property
    def is_always(self) -> bool:
        """Whether it stands in no @media."""
        return not self.media


def _says(media: str, scheme: str) -> bool:
    return f"prefers-color-scheme:{scheme}" in "".join(media.lower().split())


@dataclass(frozen=True, slots=True)
class AtRule:
    """An at-rule as it is written: its name, and what stands behind that."""

    name: str
    prelude: str
    line: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one style element holds."""

    rules: tuple[StyleRule, ...]
    at_rules: tuple[AtRule, ...]
    has_comments: bool


def sheet_of(css: str, line: int) -> Sheet:
    """A style element that begins on ``line``."""
    rules: list[StyleRule] = []
    at_rules: list[AtRule] = []
    found = tinycss2.parse_stylesheet(css, skip_whitespace=True)
    _gather(found, (), line - 1, rules, at_rules)
    comments = any(node.type == "comment" for node in found)
    return Sheet(tuple(rules), tuple(at_rules), comments)


def _gather(
    nodes: Sequence[Any],
    media: tuple[str, ...],
    above: int,
    rules: list[StyleRule],
    at_rules: list[AtRule],
) -> None:
    for node in nodes:
        if node.type == "qualified-rule":
            selector = tinycss2.serialize(node.prelude).strip()
            declarations = tuple(_declarations(node.content))
            rules.append(StyleRule(selector, declarations, above + node.source_line, media))
        elif node.type == "at-rule":
            prelude = tinycss2.serialize(node.prelude).strip()
            name = node.lower_at_keyword
            at_rules.append(AtRule(name, prelude, above + node.source_line))
            if node.content is not None and name in {"media", "supports"}:
                inner = tinycss2.parse_rule_list(node.content, skip_whitespace=True)
                _gather(inner, (*media, f"{name} {prelude}"), above, rules, at_rules)
            elif node.content is not None:
                declarations = tuple(_declarations(node.content))
                rules.append(
                    StyleRule(f"@{name}", declarations, above + node.source_line, (f"@{name}",))
                )


def declarations_of(style: str) -> tuple[Declaration, ...]:
    """A style attribute's."""
    return tuple(_declarations(style))


def _declarations(content: Any) -> Iterator[Declaration]:
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            value = tinycss2.serialize(node.value).strip()
            yield Declaration(node.lower_name, value, node.important, tuple(node.value))


def tokens_of(declaration: Declaration) -> Iterator[Any]:
    """Every token of a value, those inside of functions too."""
    pending = list(declaration.tokens)
    while pending:
        token = pending.pop()
        yield token
        pending += getattr(token, "arguments", None) or getattr(token, "content", None) or ()


class Cascade:
    """Which declarations win for an element: CSS Cascading Level 4 §6, of one palette."""

    def __init__(self, root: Any, sheets: Sequence[Sheet], *, dark: bool) -> None:
        self._from_rules: dict[Any, list[tuple[tuple[bool, int, int, int], int, Declaration]]] = {}
        order = 0
        for sheet in sheets:
            for rule in sheet.rules:
                if rule.is_always or (dark and rule.is_dark and len(rule.media) == 1):
                    order += 1
                    self._apply(root, rule, order)

    def _apply(self, root: Any, rule: StyleRule, order: int) -> None:
        if len(rule.selector) > _MAX_SELECTOR:
            return  # no person wrote it, and XPath would take long over it
        try:
            selectors = parse(rule.selector)
        except SelectorError:
            return
        for selector in selectors:
            if selector.pseudo_element is not None:
                continue
            try:
                matched: list[Any] = CSSSelector(selector.canonical())(root)  # type: ignore[assignment]
            except (SelectorError, NotImplementedError):
                continue  # cssselect parses more than it can turn into XPath
            for node in matched:
                for declaration in rule.declarations:
                    weight = (declaration.important, *selector.specificity())
                    self._from_rules.setdefault(node, []).append((weight, order, declaration))

    def of(self, node: Any) -> dict[str, Declaration]:
        """The winning declaration of each property."""
        found = sorted(self._from_rules.get(node, ()), key=lambda one: one[:2])
        inline = declarations_of(node.get("style") or "")
        ordered = [one[2] for one in found if not one[0][0]]
        ordered += [one for one in inline if not one.important]
        ordered += [one[2] for one in found if one[0][0]]
        ordered += [one for one in inline if one.important]
        return {declaration.name: declaration for declaration in ordered}
