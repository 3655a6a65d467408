"""Who receives the digest: the use cases around subscribers and the suppression list.

Two rules stand above the others. What a person decided is never undone by a list: an import
moves a status forwards only (see ``Status``), and passes by whoever is suppressed. And only
the word ``again`` brings back somebody who left.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Protocol

from feeds.address import folded_address
from feeds.errors import WorldError
from feeds.model import Status, Subscriber, SubscriberCounts
from feeds.subscribers import Row, read_csv

BATCH = 1_000
_AGAIN = "if they asked to come back: talkfeeds subscribers add --again"


class Register(Protocol):
    """The subscribers as they stand, within one transaction.

    Addresses are in their normal form; two that fold to the same are one person's. Results
    are keyed by the folded address.
    """

    def find(self, addresses: Collection[str]) -> Mapping[str, Subscriber]:
        """Those of ``addresses`` (at most BATCH) that belong to subscribers."""
        ...

    def suppressed(self, addresses: Collection[str]) -> Collection[str]:
        """Those of ``addresses`` (at most BATCH), folded, that are on the suppression list."""
        ...

    def known(self, numbers: Collection[int]) -> Mapping[int, Subscriber]:
        """Those of the subscribers' own ``numbers`` that are still there; numbers never recur."""
        ...

    def numbers(self, addresses: Collection[str]) -> Mapping[str, int]:
        """The numbers of those of ``addresses`` that belong to subscribers."""
        ...

    def each(self, status: Status | None = None) -> Iterator[Subscriber]:
        """Everybody, or those of one status, by folded address in the order of code points."""
        ...

    def counts(self) -> SubscriberCounts:
        """Everybody in numbers."""
        ...


class OpenRegister(Register, Protocol):
    """The same, to be changed; nobody else changes it until the transaction ends."""

    def add(self, subscribers: Collection[Subscriber]) -> None:
        """Take in people who are not there yet."""
        ...

    def replace(self, subscribers: Collection[Subscriber]) -> None:
        """Write people anew who are there, known by their addresses."""
        ...

    def erase(self, address: str) -> None:
        """Remove everything about a person, if there is anything."""
        ...

    def suppress(self, address: str, since: datetime) -> None:
        """Put an address on the suppression list, where only its keyed hash is kept."""
        ...

    def unsuppress(self, address: str) -> None:
        """Take an address from the suppression list, if it is there."""
        ...


class Ledger(Protocol):
    """Where subscribers are kept."""

    def reading(self) -> AbstractContextManager[Register]:
        """A transaction that sees one state and changes nothing."""
        ...

    def changing(self) -> AbstractContextManager[OpenRegister]:
        """A transaction that changes all or, when its block raises, nothing."""
        ...

    def scrub(self) -> bool:
        """Let no trace of what was erased lie in the ledger's own files; False: not yet."""
        ...


@dataclass(frozen=True, slots=True)
class Wishes:
    """What ``set`` changes of a subscriber; ``None`` leaves it."""

    name: str | None = None
    language: str | None = None
    tags: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None
    paused: bool | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """``fresh`` is False when it was done before; ``scrubbed`` when old pages still tell."""

    fresh: bool
    scrubbed: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to, in rows of the file.

    ``kept`` said an earlier status than the one that holds, and did not move it back;
    ``suppressed`` were passed by. The rest changed somebody or found them as they say.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    suppressed: int = 0

    @property
    def rows(self) -> int:
        """All rows."""
        return self.added + self.changed + self.unchanged + self.kept + self.suppressed


def add(ledger: Ledger, wanted: Subscriber, *, again: bool) -> tuple[str, Subscriber]:
    """Take somebody in: (``added``, ``confirmed``, ``returned`` or ``unchanged``, as they are).

    Somebody who is there already is confirmed when ``wanted`` says so, and otherwise left as
    they are. WorldError for those who left or are suppressed, unless they come ``again``.
    """
    with ledger.changing() as register:
        key = folded_address(wanted.email)
        here = register.find([wanted.email]).get(key)
        if not again:
            if key in register.suppressed([wanted.email]):
                raise WorldError("subscribers", "this address is on the suppression list", _AGAIN)
            if here and here.status.rank > Status.CONFIRMED.rank:
                raise WorldError("subscribers", f"this address is {here.status}", _AGAIN)
        register.unsuppress(wanted.email)
        if here is None:
            register.add([wanted])
            return "added", wanted
        left = here.status.rank > Status.CONFIRMED.rank
        if not left and wanted.status.rank <= here.status.rank:
            return "unchanged", here
        found = replace(here, status=wanted.status, since=wanted.since)
        register.replace([found])
        return "returned" if left else "confirmed", found


def remove(ledger: Ledger, address: str, now: datetime) -> tuple[bool, Subscriber]:
    """Unsubscribe: whether that changed anything, and the person as they now are.

    WorldError when nobody has the address.
    """
    with ledger.changing() as register:
        here = _known(register, address)
        if here.status.rank >= Status.UNSUBSCRIBED.rank:
            return False, here
        found = replace(here, status=Status.UNSUBSCRIBED, since=now)
        register.replace([found])
        return True, found


def set_wishes(ledger: Ledger, address: str, wishes: Wishes) -> tuple[bool, Subscriber]:
    """Change what somebody wants: whether anything changed, and the person as they now are.

    WorldError when nobody has the address.
    """
    with ledger.changing() as register:
        here = _known(register, address)
        found = replace(
            here,
            name=here.name if wishes.name is None else wishes.name,
            language=here.language if wishes.language is None else wishes.language,
            tags=here.tags if wishes.tags is None else wishes.tags,
            events=here.events if wishes.events is None else wishes.events,
            paused=here.paused if wishes.paused is None else wishes.paused,
        )
        if found != here:
            register.replace([found])
        return found != here, found


def forget(ledger: Ledger, address: str, now: datetime) -> Forgotten:
    """Remove everything about a person but a keyed hash.

    The hash keeps a later import from bringing them back. Somebody who never was here is
    put on the suppression list all the same. The ledger's files are scrubbed every time: the
    time before may have been too busy for it.
    """
    with ledger.changing() as register:
        here = register.find([address])
        fresh = bool(here) or not register.suppressed([address])
        if fresh:
            register.erase(address)
            register.suppress(address, now)
    return Forgotten(fresh, ledger.scrub())


def import_csv(ledger: Ledger, data: Iterable[bytes], path: str, now: datetime) -> Imported:
    """Take in a CSV (``feeds.subscribers``), given as its lines: the whole file or nothing.

    ContentError with every mistake of the file. Preferences are left as they are; an empty
    name or language changes nothing.
    """
    counts = Imported()
    with ledger.changing() as register:
        rows = read_csv(data, path)
        while batch := list(islice(rows, BATCH)):
            counts = _import(register, batch, counts, now)
    return counts


def _import(register: OpenRegister, batch: list[Row], counts: Imported, now: datetime) -> Imported:
    addresses = [row.email for row in batch]
    here = register.find(addresses)
    suppressed = register.suppressed(addresses)
    new: list[Subscriber] = []
    changed: list[Subscriber] = []
    passed = kept = 0
    for row in batch:
        key = folded_address(row.email)
        known = here.get(key)
        if key in suppressed:
            passed += 1
        elif known is None:
            new.append(Subscriber(row.email, row.status, now, row.name, row.language))
        else:
            forwards = row.status.rank > known.status.rank
            found = replace(
                known,
                name=row.name or known.name,
                language=row.language or known.language,
                status=row.status if forwards else known.status,
                since=now if forwards else known.since,
            )
            if found != known:
                changed.append(found)
            kept += row.status.rank < known.status.rank and found == known
    register.add(new)
    register.replace(changed)
    unchanged = len(batch) - len(new) - len(changed) - passed - kept
    return Imported(
        counts.added + len(new),
        counts.changed + len(changed),
        counts.unchanged + unchanged,
        counts.kept + kept,
        counts.suppressed + passed,
    )


def _known(register: Register, address: str) -> Subscriber:
    here = register.find([address]).get(folded_address(address))
    if here is None:
        remedy = "look for it with: talkfeeds subscribers list"
        raise WorldError("subscribers", "nobody has this address", remedy)
    return here
