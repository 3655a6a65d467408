"""Transactions over the tables, and what the jobs ask and change within one."""

import hmac
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from feeds.address import folded_address
from feeds.deliveries import BounceKind
from feeds.edges.ledger.failing import explained
from feeds.edges.ledger.issues import Issues
from feeds.edges.ledger.schema import (
    bounces,
    deliveries,
    issues,
    properties,
    subscribers,
    suppressions,
)
from feeds.model import Status, Subscriber, SubscriberCounts, Week

if TYPE_CHECKING:
    from feeds.edges.ledger.posting import Desk

# How SQLite's transactions begin (the execution option talkfeeds_begin): BEGIN when it is not
# given. A checkpoint and a change of journal run in none at all.
WRITING, OUTSIDE = "BEGIN IMMEDIATE", ""
_BATCH = 1_000
_SHOWN = [column for column in subscribers.c if column.name not in {"id", "address_key"}]


class Ledger:
    """An open database. Safe to share between threads; ``close`` it at the end.

    ``secret`` keys the hashes of the suppression list; the database itself never holds it.
    """

    def __init__(self, engine: Engine, subject: str, secret: bytes) -> None:
        self.engine, self.subject, self.secret = engine, subject, secret

    @contextmanager
    def reading(self) -> Iterator["Register"]:
        """A transaction that sees one state and changes nothing."""
        options = {}
        if self.engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            explained(self.subject),
            self.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield Register(connection, self.secret)

    @contextmanager
    def changing(self) -> Iterator["Register"]:
        """A transaction that changes all or, when its block raises, nothing.

        There is one at a time: what it read still holds when it writes. WorldError when
        another one does not end in time.
        """
        with (
            explained(self.subject),
            self.engine.connect().execution_options(talkfeeds_begin=WRITING) as connection,
            connection.begin(),
        ):
            if self.engine.dialect.name == "postgresql":
                # SQLite's BEGIN IMMEDIATE has done the same. Readers, and the row locks of
                # foreign keys, pass.
                connection.execute(text("LOCK TABLE subscribers IN SHARE ROW EXCLUSIVE MODE"))
            yield Register(connection, self.secret)

    def sending(self, week: Week) -> AbstractContextManager["Desk"]:
        """A desk from which this process sends the issue of ``week``, until the block ends."""
        from feeds.edges.ledger.posting import desk

        return desk(self, week)

    def scrub(self) -> bool:
        """Empty SQLite's write-ahead log, which holds pages as they were.

        Waits for other processes as every change does; False when one of them is still
        reading the log, so that it was not emptied. The database file itself has its deleted
        bytes overwritten (``secure_delete``). PostgreSQL does both in its own time
        (autovacuum, WAL recycling).
        """
        if self.engine.dialect.name != "sqlite":
            return True
        outside = self.engine.connect().execution_options(talkfeeds_begin=OUTSIDE)
        with explained(self.subject), outside as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        return busy == 0

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


class Register(Issues):
    """The subscribers within one transaction; fulfils the jobs' (Open)Register."""

    def __init__(self, connection: Connection, secret: bytes) -> None:
        self._connection, self._secret = connection, secret

    def find(self, addresses: Collection[str]) -> Mapping[str, Subscriber]:
        """Those of ``addresses`` that belong to subscribers, by folded address."""
        keys = [folded_address(address) for address in addresses]
        wanted = select(subscribers.c.address_key, *_SHOWN).where(
            subscribers.c.address_key.in_(keys)
        )
        rows = self._connection.execute(wanted).mappings()
        return {row["address_key"]: _subscriber(row) for row in rows}

    def known(self, numbers: Collection[int]) -> Mapping[int, Subscriber]:
        """Those of the subscribers' own ``numbers`` that are still there."""
        wanted = select(subscribers.c.id, *_SHOWN).where(subscribers.c.id.in_(list(numbers)))
        rows = self._connection.execute(wanted).mappings()
        return {row["id"]: _subscriber(row) for row in rows}

    def numbers(self, addresses: Collection[str]) -> Mapping[str, int]:
        """The numbers of those of ``addresses`` that belong to subscribers, by folded address."""
        keys = [folded_address(address) for address in addresses]
        wanted = select(subscribers.c.address_key, subscribers.c.id).where(
            subscribers.c.address_key.in_(keys)
        )
        return {row.address_key: row.id for row in self._connection.execute(wanted)}

    def suppressed(self, addresses: Collection[str]) -> Collection[str]:
        """Those of ``addresses``, folded, that are on the suppression list."""
        keys = {self._hash(address): folded_address(address) for address in addresses}
        wanted = select(suppressions.c.address_hash).where(
            suppressions.c.address_hash.in_(list(keys))
        )
        return {keys[found] for found in self._connection.scalars(wanted)}

    def each(self, status: Status | None = None) -> Iterator[Subscriber]:
        """Everybody, or those of one status, by folded address; streamed."""
        wanted = select(*_SHOWN).order_by(subscribers.c.address_key)
        if status is not None:
            wanted = wanted.where(subscribers.c.status == str(status))
        streamed = self._connection.execution_options(yield_per=_BATCH)
        for row in streamed.execute(wanted).mappings():
            yield _subscriber(row)

    def counts(self) -> SubscriberCounts:
        """Everybody in numbers."""
        columns = subscribers.c
        groups = (columns.status, columns.language, columns.paused)
        by_status = {str(status): 0 for status in Status}
        by_language: dict[str, int] = {}
        people = receiving = paused = 0
        for row in self._connection.execute(select(*groups, func.count()).group_by(*groups)):
            status, language, is_paused, number = row
            people += number
            by_status[status] += number
            by_language[language] = by_language.get(language, 0) + number
            paused += number * is_paused
            receiving += number * (status == Status.CONFIRMED and not is_paused)
        hashes = self._connection.scalar(select(func.count()).select_from(suppressions)) or 0
        return SubscriberCounts(
            people, receiving, paused, hashes, by_status, dict(sorted(by_language.items()))
        )

    def add(self, people: Collection[Subscriber]) -> None:
        """Take in people who are not there yet."""
        if people:
            self._connection.execute(insert(subscribers), [_row(person) for person in people])

    def replace(self, people: Collection[Subscriber]) -> None:
        """Write people anew who are there, known by their addresses."""
        if people:
            change = update(subscribers).where(subscribers.c.address_key == bindparam("known_as"))
            rows = [_row(person) for person in people]
            for row in rows:
                row["known_as"] = row.pop("address_key")
            self._connection.execute(change, rows)

    def erase(self, address: str) -> None:
        """Remove everything about a person, if there is anything."""
        key = folded_address(address)
        theirs = select(subscribers.c.id).where(subscribers.c.address_key == key).scalar_subquery()
        # What a relay said of a letter may name who it was for.
        cleared = update(deliveries).where(deliveries.c.subscriber_id == theirs)
        self._connection.execute(cleared.values(answer=""))
        self._connection.execute(delete(subscribers).where(subscribers.c.address_key == key))

    def suppress(self, address: str, since: datetime) -> None:
        """Put the keyed hash of an address on the suppression list, once."""
        if not self.suppressed([address]):
            row = {"address_hash": self._hash(address), "since": since}
            self._connection.execute(insert(suppressions), row)

    def unsuppress(self, address: str) -> None:
        """Take an address from the suppression list, if it is there."""
        found = suppressions.c.address_hash == self._hash(address)
        self._connection.execute(delete(suppressions).where(found))

    def note_bounce(
        self, number: int, week: Week, kind: BounceKind, at: datetime, code: str
    ) -> bool:
        """Keep what came back from a subscriber, once a kind and issue; False when it was known."""
        columns = bounces.c
        same = (columns.subscriber_id == number, columns.week == str(week), columns.kind == kind)
        if self._connection.scalar(select(columns.id).where(*same)) is not None:
            return False
        row = {"subscriber_id": number, "week": str(week), "kind": str(kind), "at": at}
        self._connection.execute(insert(bounces), {**row, "code": code[:12]})
        return True

    def bounced_issues(self, number: int, since: datetime) -> int:
        """From how many different issues something came back for a subscriber, since then."""
        wanted = select(func.count(bounces.c.week.distinct())).where(
            bounces.c.subscriber_id == number, bounces.c.at >= since
        )
        return self._connection.scalar(wanted) or 0

    def knows_secret(self) -> bool:
        """Whether this database was made with our secret. What it keeps to tell is a hash."""
        kept = select(properties.c.value).where(properties.c.name == "secret")
        return self._connection.scalar(kept) == self._proof()

    def take_secret(self) -> bool:
        """Make our secret this database's; False when something was made with another one:
        hashes of the suppression list, or the names of letters."""
        if self.knows_secret():
            return True
        for table in (suppressions, issues):
            if self._connection.scalar(select(func.count()).select_from(table)):
                return False
        self._connection.execute(delete(properties).where(properties.c.name == "secret"))
        row = {"name": "secret", "value": self._proof()}
        self._connection.execute(insert(properties), row)
        return True

    def publication(self) -> str:
        """The id of the publication that this database belongs to; empty before one asked."""
        kept = select(properties.c.value).where(properties.c.name == "publication")
        return str(self._connection.scalar(kept) or "")

    def take_publication(self, publication: str) -> str:
        """The same; it belongs to the first that asks."""
        if not (found := self.publication()):
            row = {"name": "publication", "value": publication}
            self._connection.execute(insert(properties), row)
        return found or publication

    def _proof(self) -> str:
        return self._keyed("the secret key of this database")

    def _hash(self, address: str) -> str:
        return self._keyed("suppression\n" + folded_address(address))

    def _keyed(self, message: str) -> str:
        """HMAC-SHA256 in hex; the message begins with its purpose."""
        return hmac.digest(self._secret, message.encode(), "sha256").hex()


def _subscriber(row: RowMapping) -> Subscriber:
    return Subscriber(
        email=row["email"],
        status=Status(row["status"]),
        since=row["since"],
        name=row["name"],
        language=row["language"],
        tags=row["tags"],
        events=row["events"],
        paused=row["paused"],
    )


def _row(person: Subscriber) -> dict[str, object]:
    return {
        "email": person.email,
        "address_key": folded_address(person.email),
        "name": person.name,
        "language": person.language,
        "status": str(person.status),
        "since": person.since,
        "tags": person.tags,
        "events": person.events,
        "paused": person.paused,
    }
