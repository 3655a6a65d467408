"""Elements by their tables: what they may hold, and how it is checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from feeds.check.documents.sheet import Sheet
from feeds.check.documents.tree import XML, Node
from feeds.check.documents.values import (
    ANY,
    LANGUAGE,
    NOTHING,
    Kind,
    is_iri,
    is_known_region,
    is_language,
)

_LANG, _BASE = f"{XML} lang", f"{XML} base"


@dataclass(frozen=True, slots=True)
class Spec:
    """What one element may be. ``text``: the type of its text. ``attributes``: name → type, and
    ``needs`` of them must be there. ``children`` of its own vocabulary: name → Spec; ``must``
    be there, ``once`` at most. ``loose``: other attributes are as good. ``closer`` looks again.
    """

    text: Kind = NOTHING
    attributes: Mapping[str, Kind] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    children: Mapping[str, "Spec"] = field(default_factory=dict)
    must: tuple[str, ...] = ()
    once: frozenset[str] = frozenset()
    section: str = ""
    loose: bool = False
    closer: Callable[[Sheet, Node], None] | None = None
    markup: bool = False  # whether elements in it are left to ``closer``


@dataclass(frozen=True, slots=True)
class Language:
    """A vocabulary while a document is checked: ``prefix`` begins its rules' ids; ``shown`` is
    what stands before names in messages; ``foreign`` is given elements of other namespaces.
    """

    prefix: str
    space: str
    foreign: Callable[[Sheet, Node], None]
    shown: str = ""


def check(sheet: Sheet, language: Language, node: Node, spec: Spec) -> None:
    """Hold ``node`` and all that is below it against ``spec``."""
    name = language.shown + node.name
    prefix, section = language.prefix, spec.section
    attributes = node.attributes
    if attributes or spec.needs:
        _check_attributes(sheet, language, node, spec)
    if spec.text is not ANY:
        text = node.text
        if spec.text is NOTHING:
            if text and not text.isspace():
                sheet.say(f"{prefix}-content", node.line, section=section, element=name)
        elif not _is_plainly(spec.text, text):
            check_value(sheet, prefix, node.line, f"<{name}>", text, spec.text, section)
    if node.children and not spec.markup:
        _check_children(sheet, language, node, spec)
    there = spec.must and {child.name for child in node.children if child.space == language.space}
    for child in spec.must:
        if child not in there:
            sheet.say(
                f"{prefix}-missing",
                node.line,
                section=section,
                parent=name,
                element=language.shown + child,
            )
    if spec.closer is not None:
        spec.closer(sheet, node)


def _check_attributes(sheet: Sheet, language: Language, node: Node, spec: Spec) -> None:
    prefix, section, name = language.prefix, spec.section, language.shown + node.name
    for attribute, value in node.attributes.items():
        kind = spec.attributes.get(attribute)
        if kind is not None:
            if _is_plainly(kind, value):
                continue
            where = f"{attribute} of <{name}>"
            check_value(sheet, prefix, node.line, where, value, kind, section)
        elif " " in attribute:
            check_xml(sheet, node)
        elif not spec.loose:
            sheet.say(
                f"{prefix}-attribute-unknown",
                node.line,
                section=section,
                element=name,
                attribute=attribute,
            )
    for attribute in spec.needs:
        if attribute not in node.attributes:
            sheet.say(
                f"{prefix}-attribute-missing",
                node.line,
                section=section,
                element=name,
                attribute=attribute,
            )


def _check_children(sheet: Sheet, language: Language, node: Node, spec: Spec) -> None:
    seen: set[str] = set()
    space, prefix = language.space, language.prefix
    for child in node.children:
        if child.space != space:
            language.foreign(sheet, child)
            continue
        name = child.name
        inner = spec.children.get(name)
        if inner is None:
            sheet.say(
                f"{prefix}-unknown",
                child.line,
                section=spec.section,
                element=language.shown + name,
                parent=language.shown + node.name,
            )
            continue
        if name in seen:
            if name in spec.once:
                sheet.say(
                    f"{prefix}-twice",
                    child.line,
                    section=inner.section,
                    element=language.shown + name,
                    parent=language.shown + node.name,
                )
        else:
            seen.add(name)
        check(sheet, language, child, inner)


def _is_plainly(kind: Kind, text: str) -> bool:
    """Whether there is nothing to say of a value, before anything is made ready to say it."""
    return kind is ANY or (kind is not LANGUAGE and kind.test(text))


def check_value(
    sheet: Sheet,
    prefix: str,
    line: int,
    where: str,
    text: str,
    kind: Kind,
    section: str,
) -> None:
    """Hold a value against its type; white space around it is wrong only where it is strict."""
    if kind is ANY or kind.test(text):
        if kind is LANGUAGE and not is_known_region(text):
            sheet.say("language-region", line, where=where, value=text)
        return
    bare = text.strip()
    if bare != text:
        if kind.strict and bare and kind.test(bare):
            sheet.say(f"{prefix}-space", line, section=section, where=where)
            return
        if not kind.strict and kind.test(bare):
            return
    if not bare and prefix in _MAY_BE_EMPTY and where[0] == "<":
        element = where.strip("<>")
        sheet.say(f"{prefix}-empty", line, section=section, element=element)
        return
    rule = f"{prefix}-{kind.name}"
    if kind.name == "empty":
        sheet.say(rule, line, section=section, element=where.strip("<>"))
    else:
        sheet.say(rule, line, section=section, where=where, value=bare, wanted=kind.wanted)


# Programs that write podcasts leave elements empty for which there is nothing to say.
_MAY_BE_EMPTY = frozenset({"podcast"})


def check_xml(sheet: Sheet, node: Node) -> None:
    """xml:lang and xml:base of one element."""
    value = node.attributes.get(_LANG)
    if value is not None:
        if value and not is_language(value.strip()):
            sheet.say("xml-language", node.line, value=value)
        elif value and not is_known_region(value):
            sheet.say("language-region", node.line, where="xml:lang", value=value)
    value = node.attributes.get(_BASE)
    if value is not None and not is_iri(value):
        sheet.say("xml-base", node.line, value=value)
