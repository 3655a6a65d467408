"""Check: documents held against the rules of those who will read them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from feeds.check import Level
from feeds.check.documents import Facts, Fault, Target, check_document
from feeds.check.documents.cross import Placed, check_together
from feeds.check.documents.encodings import charset_of
from feeds.check.documents.reading import EMPTY
from feeds.check.documents.rules import RULES
from feeds.check.documents.serving import check_served
from feeds.check.links.addresses import without_password
from feeds.errors import WorldError

_UNKNOWN = "unknown-format"
_WEB = ("http:", "https:")
_PAGES = {"text/html", "application/xhtml+xml"}


class Library(Protocol):
    """Where documents are."""

    def targets(self, names: Iterable[str]) -> Iterator[Target]:
        """Every document of files, folders and addresses, in an order that does not change.

        WorldError for a name that leads nowhere.
        """
        ...

    def read(self, name: str) -> bytes:
        """The document; WorldError when it cannot be had, or is too large to be looked at."""
        ...

    def content_type(self, name: str) -> str:
        """The Content-Type with which a document that was read came; empty for a file."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name."""
        ...


@dataclass(frozen=True, slots=True)
class Remark:
    """A fault, and the file or the address in which it is."""

    file: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to: how many documents, and what is wrong in them, file by file."""

    documents: int
    remarks: tuple[Remark, ...]

    def count(self, level: Level) -> int:
        """How many remarks are of that level."""
        return sum(remark.fault.level is level for remark in self.remarks)


class Mails(Protocol):
    """Looks at what is no feed."""

    def kind(self, name: str, data: bytes) -> str:
        """``mail``, ``page`` for a page of a website, empty for anything else."""
        ...

    def check(self, name: str, data: bytes, text: bytes | None) -> list[Fault]:
        """A mail's faults; ``text`` is the part that belongs to an HTML part, where it is known."""
        ...


def check_all(
    library: Library,
    names: Iterable[str],
    progress: Callable[[int], None] = lambda _done: None,
    mails: Mails | None = None,
    *,
    pages: bool = False,
) -> Checked:
    """Look at every document, then at what they say of each other.

    ``mails`` looks at mails that are named; with ``pages`` HTML is a page, which has no rules here.
    """
    remarks: list[Remark] = []
    placed: list[Placed] = []
    order: dict[str, int] = {}
    documents = 0
    for name in names:
        empty = True
        for target in library.targets([name]):
            empty = empty and target.found and target.name not in order
            if target.name in order:
                continue
            looked = _looked_at(library, target, mails, pages=pages)
            if looked is None:
                continue
            faults, facts = looked
            empty = False
            documents += 1
            order[target.name] = len(order)
            remarks += [Remark(target.name, fault) for fault in faults]
            if facts is not None and facts.kind:
                placed.append(Placed(target.name, facts))
            progress(documents)
        if empty and not pages:
            order.setdefault(name, len(order))
            remarks.append(nothing_in(name))
    remarks += [Remark(name, fault) for name, fault in check_together(placed, library.exists)]
    remarks.sort(key=lambda remark: (order[remark.file], remark.fault.line))
    return Checked(documents, tuple(remarks))


def nothing_in(folder: str) -> Remark:
    """A folder in which nothing was looked at: whoever named it meant another."""
    rule = "nothing-to-check"
    return Remark(folder, Fault(1, rule, RULES[rule].level))


def _looked_at(
    library: Library, target: Target, mails: Mails | None, *, pages: bool
) -> tuple[list[Fault], Facts | None] | None:
    """What one document holds; None for what is none of our business."""
    try:
        data = library.read(target.name)
        kind = "" if mails is None or target.found else mails.kind(target.name, data)
        if pages and (kind == "page" or target.name.endswith((".html", ".htm"))):
            return None
        if kind == "page":
            return _page()
        if mails is not None and kind == "mail":
            return mails.check(target.name, data, _text_of(library, target.name)), None
        content_type = library.content_type(target.name)
        faults, facts = check_document(data, charset=charset_of(content_type))
        if facts.kind and target.name.startswith(_WEB):
            served = check_served(data, facts, content_type, target.name)
            faults = sorted([*served, *faults], key=lambda fault: fault.line)
    except WorldError as error:
        values = {"detail": error.cause}
        return [Fault(1, "unreadable", RULES["unreadable"].level, "", values)], None
    is_page = not facts.kind and content_type.partition(";")[0].strip().lower() in _PAGES
    if (is_page and pages) or (target.found and any(map(_is_of_others, faults))):
        return None  # a folder holds other things too
    return _page() if is_page else (faults, facts)


def _is_of_others(fault: Fault) -> bool:
    """Whether a document is none of ours; an empty one was meant to be something."""
    return fault.rule == _UNKNOWN and fault.values.get("detail") != EMPTY


def _page() -> tuple[list[Fault], None]:
    values = {"detail": "a page of a website: --links follows its links"}
    return [Fault(1, _UNKNOWN, RULES[_UNKNOWN].level, "", values)], None


def _text_of(library: Library, name: str) -> bytes | None:
    """The text part beside an HTML part, as ``talkfeeds digest`` writes both."""
    stem, dot, suffix = name.rpartition(".")
    beside = f"{stem}.txt"
    if not dot or suffix.lower() != "html" or not library.exists(beside):
        return None
    return library.read(beside)


def without_passwords(checked: Checked, names: Iterable[str]) -> Checked:
    """The same with nothing in it of the passwords that stand in the ``names`` that were typed."""
    hidden = {name: without_password(name) for name in names}
    # What a document says of its own address holds them as well.
    secrets = {_user_of(name) for name, shown in hidden.items() if shown != name}
    if not secrets:
        return checked

    def bare(text: str) -> str:
        for secret in secrets:
            text = text.replace(f"{secret}@", "***@")
        return text

    remarks = (
        Remark(
            hidden.get(remark.file, remark.file),
            replace(
                remark.fault, values={key: bare(one) for key, one in remark.fault.values.items()}
            ),
        )
        for remark in checked.remarks
    )
    return Checked(checked.documents, tuple(remarks))


def _user_of(url: str) -> str:
    shown = without_password(url)
    return url[shown.index("***") : len(url) - len(shown) + shown.index("***") + len("***")]


def merged(checked: Checked, more: Iterable[Remark]) -> Checked:
    """Both, file by file, each file's lines in their order."""
    remarks = [*checked.remarks, *more]
    order: dict[str, int] = {}
    for remark in remarks:
        order.setdefault(remark.file, len(order))
    remarks.sort(key=lambda remark: (order[remark.file], remark.fault.line))
    return Checked(checked.documents, tuple(remarks))
