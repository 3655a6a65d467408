"""The hot path: one process that sends one issue.

A delivery is committed as ``sending`` before its letter is begun, and its outcome after. A
process that dies leaves at most one such delivery a connection; whoever comes next finds that
its lock is free, and names those deliveries uncertain.
"""

import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    String,
    bindparam,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from feeds.bounces import is_about_recipient
from feeds.deliveries import BounceKind, Errand, Found, Outcome, State
from feeds.edges.ledger.at_once import at_once, is_busy, patience_of, patient
from feeds.edges.ledger.failing import explained
from feeds.edges.ledger.presence import shown_alive
from feeds.edges.ledger.schema import bounces, deliveries, issues, subscribers
from feeds.edges.ledger.statements import asked, statements, told
from feeds.edges.ledger.store import WRITING, Ledger
from feeds.errors import WorldError
from feeds.model import Status, Week

Cursor = Any  # the driver's own: SQLite's and PostgreSQL's have no type in common
BOUNCES_COUNT_FOR = timedelta(days=90)
_D = deliveries.c
_DEFERRED = (
    update(deliveries)
    .where(
        _D.id == bindparam("number"),
        ((_D.state == "sending") & (_D.sender == bindparam("me"))) | (_D.state == "uncertain"),
    )
    .values(
        state=bindparam("new_state"),
        code=bindparam("new_code"),
        answer=bindparam("new_answer"),
        due=bindparam("new_due"),
        attempts=_D.attempts + 1,
        sender=None,
    )
)


def _candidates(issue: int) -> Select[Any]:
    """The deliveries of an issue, each with its person; ``stays``: who wants it still."""
    columns = subscribers.c
    stays = (columns.status == str(Status.CONFIRMED)) & columns.paused.is_(False)
    return (
        select(
            *(_D.id, _D.variant_id, _D.attempts, columns.email, columns.name),
            columns.id.label("person"),
            func.coalesce(stays, False).label("stays"),
        )
        .outerjoin_from(deliveries, subscribers, _D.subscriber_id == columns.id)
        .where(_D.issue_id == issue)
    )


def _errand(row: Row[Any]) -> Errand:
    return Errand(row.id, row.person, row.variant_id, row.email, row.name, row.attempts)


class Desk:
    """One sender of one issue. Its methods are called from one thread at a time. ``alive`` says
    of another sender whether it still is."""

    def __init__(
        self,
        ledger: Ledger,
        issue: int,
        week: Week,
        me: int,
        alive: Callable[[int], bool],
        session: Connection,
    ) -> None:
        self._ledger, self._issue, self._week, self._me = ledger, issue, week, me
        self._alive, self._session = alive, session
        self._postgresql = ledger.engine.dialect.name == "postgresql"
        self._patience: Callable[[], AbstractContextManager[None]] = nullcontext
        if not self._postgresql:
            connection = session.connection.driver_connection
            self._patience = partial(patient, connection, patience_of(connection))
        self._statements = statements(postgresql=self._postgresql)
        # Where to look from, once another process has begun what this one had found.
        self._from, self._outrun = 0, False

    def look(self, wanted: int, now: datetime) -> Found:
        """Up to ``wanted`` deliveries that could be begun: pending ones in their order, then
        those that are due.

        Whoever left, was forgotten or pauses since the issue was frozen gets none, which is
        committed here. Nothing else changes, and another process may find the same.
        """
        errands: dict[int, Errand] = {}
        suppressed = 0
        self._move_on()
        pending, due = _D.state == str(State.PENDING), _D.state == str(State.DEFERRED)
        places = [
            _candidates(self._issue).where(pending, _D.id >= self._from).order_by(_D.id),
            _candidates(self._issue).where(pending, _D.id < self._from).order_by(_D.id),
            _candidates(self._issue).where(due, _D.due <= now).order_by(_D.due, _D.id),
        ]
        with self._transaction() as connection:
            for place in places:
                passed = 0
                while limit := wanted - len(errands):
                    rows = connection.execute(place.limit(limit).offset(passed)).all()
                    left = self._suppress(connection, [row.id for row in rows if not row.stays])
                    suppressed, passed = suppressed + left, passed + len(rows) - left
                    errands |= {row.id: _errand(row) for row in rows if row.stays}
                    if len(rows) < limit:
                        break
            next_due, elsewhere = None, 0
            if len(errands) < wanted:
                next_due, elsewhere = self._rest(connection)
        return Found(tuple(errands.values()), suppressed, next_due, elsewhere)

    def look_at_once(self, wanted: int) -> Found | None:
        """The same where it is a matter of a moment; None where it may not be: the database is
        far, or somebody is in its way, some have left, or there are fewer."""
        if self._postgresql or self._outrun:
            return None
        near: Any = self._session.connection.driver_connection
        with explained(self._ledger.subject, sqlite3.Error), closing(near.cursor()) as cursor:
            try:
                cursor.execute(self._statements.look, (self._issue, self._from, wanted))
                rows = cursor.fetchall()
            except sqlite3.OperationalError as error:
                # Rare for who only reads, and the long way waits (https://www.sqlite.org/wal.html).
                if not is_busy(error):
                    raise
                return None
        if len(rows) < wanted or not all(stays for *_, stays in rows):
            return None
        return Found(tuple(Errand(*row[:-1]) for row in rows))

    def _suppress(self, connection: Connection, numbers: Sequence[int]) -> int:
        """Settle those of people who left; how many. Another process may be at the same."""
        if not numbers:
            return 0
        open_ = select(_D.id).where(
            _D.id.in_(numbers), _D.state.in_([str(State.PENDING), str(State.DEFERRED)])
        )
        if self._postgresql:
            open_ = open_.with_for_update(skip_locked=True)
        gone = update(deliveries).where(_D.id.in_(select(open_.cte("open").c.id)))
        gone = gone.values(state=str(State.SUPPRESSED), due=None)
        # Counted by us: sqlite3 gives no rowcount for a statement that begins with WITH.
        return len(connection.execute(gone.returning(_D.id)).all())

    def exchange(
        self,
        outcomes: Sequence[Outcome],
        begin: Sequence[Errand],
        now: datetime,
        max_bounces: int,
    ) -> Collection[int]:
        """Commit what letters came to, and which deliveries are begun next; gives those.

        Of ``begin`` all are begun that are still as they were found: not begun by another
        process, and the subscriber still wants them at that address. That is looked at here,
        just before the letter goes. A refusal by the relay counts as a bounce; after
        ``max_bounces`` issues with one the subscriber gets no more.
        """
        with self._transaction() as connection:
            self._count_refusals(connection, outcomes, now, max_bounces)
            with closing(connection.connection.cursor()) as cursor:
                self._record(cursor, outcomes)
                begun = self._begin(cursor, begin)
            self._defer(connection, outcomes)
        return begun

    def exchange_at_once(
        self, outcomes: Sequence[Outcome], begin: Sequence[Errand]
    ) -> Collection[int] | None:
        """The same where it is a matter of a moment; None where it may not be, and nothing has
        changed: another process writes, the database is far, or an outcome wants more."""
        plain = all(found.due is None and found.state is not State.BOUNCED for found in outcomes)
        if self._postgresql or not plain:
            return None
        with (
            explained(self._ledger.subject, sqlite3.Error),
            at_once(self._session.connection.driver_connection) as cursor,
        ):
            if cursor is None:
                return None
            self._record(cursor, outcomes)
            return self._begin(cursor, begin)

    def _begin(self, cursor: Cursor, begin: Sequence[Errand]) -> Collection[int]:
        if not begin:
            return frozenset()
        cursor.execute(self._statements.begin, (asked(begin), self._me))
        begun = frozenset(row[0] for row in cursor.fetchall())
        self._outrun |= len(begun) < len(begin)
        return begun

    def _move_on(self) -> None:
        """Away from what another process is at, when it has begun what was found here."""
        if self._outrun:
            with self._transaction() as connection:
                if self._rest(connection)[1]:
                    self._from = self._somewhere(connection)
            self._outrun = False

    def _somewhere(self, connection: Connection) -> int:
        """The number of any delivery that is pending: apart from where the others are."""
        pending = select(_D.id).where(_D.issue_id == self._issue, _D.state == str(State.PENDING))
        first = pending.order_by(_D.id).limit(1).scalar_subquery()
        last = pending.order_by(_D.id.desc()).limit(1).scalar_subquery()
        # One statement, so one moment: between two, others may have begun all that there was.
        found = connection.execute(select(first, last)).one()
        if found[0] is None:
            return 0
        return int(found[0] + secrets.randbelow(found[1] - found[0] + 1))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with explained(self._ledger.subject, self._session.dialect.loaded_dbapi.Error):
            if self._session.invalidated:
                raise WorldError(self._ledger.subject, "has ended the session", "send again")
            with self._patience(), self._session.begin():
                yield self._session

    def _count_refusals(
        self, connection: Connection, outcomes: Sequence[Outcome], now: datetime, max_bounces: int
    ) -> None:
        refused = [
            found
            for found in outcomes
            if found.state is State.BOUNCED and is_about_recipient(found.code, found.text)
        ]
        if not refused:
            return
        # Whoever forgets somebody locks the subscribers first, then what refers to them; so here.
        # With the lock, those who are there stay until this is committed.
        if self._postgresql:
            connection.execute(text("LOCK TABLE subscribers IN ROW EXCLUSIVE MODE"))
        dialect = postgresql if self._postgresql else sqlite
        # Whoever was forgotten while their letter was on its way has nothing to be counted on.
        still_there = select(
            subscribers.c.id,
            literal(str(self._week)),
            literal(str(BounceKind.REFUSED)),
            literal(now, bounces.c.at.type),
            bindparam("refused_code", type_=String),
        ).where(subscribers.c.id == bindparam("refused_by"))
        connection.execute(
            dialect.insert(bounces)
            .from_select(["subscriber_id", "week", "kind", "at", "code"], still_there)
            .on_conflict_do_nothing(),
            [
                {"refused_by": found.subscriber, "refused_code": str(found.code)}
                for found in refused
            ],
        )
        issues_with_one = (
            select(func.count(bounces.c.week.distinct()))
            .where(
                bounces.c.subscriber_id == subscribers.c.id,
                bounces.c.at >= now - BOUNCES_COUNT_FOR,
                # Whoever came back begins anew.
                bounces.c.at >= subscribers.c.since,
            )
            .scalar_subquery()
        )
        connection.execute(
            update(subscribers)
            .where(
                subscribers.c.id.in_([found.subscriber for found in refused]),
                subscribers.c.status.in_([str(Status.PENDING), str(Status.CONFIRMED)]),
                issues_with_one >= max_bounces,
            )
            .values(status=str(Status.BOUNCED), since=now)
        )

    def _record(self, cursor: Cursor, outcomes: Sequence[Outcome]) -> None:
        if settled := [found for found in outcomes if found.due is None]:
            cursor.execute(self._statements.record, (told(settled), self._me))

    def _defer(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        rows = [
            {
                "number": found.delivery,
                "me": self._me,
                "new_state": str(found.state),
                "new_code": found.code,
                "new_answer": found.text,
                "new_due": found.due,
            }
            for found in outcomes
            if found.due is not None
        ]
        if rows:
            connection.execute(_DEFERRED, rows)

    def _rest(self, connection: Connection) -> tuple[datetime | None, int]:
        mine = (_D.issue_id == self._issue,)
        next_due = select(func.min(_D.due)).where(*mine, _D.state == str(State.DEFERRED))
        elsewhere = select(func.count()).where(
            *mine, _D.state == str(State.SENDING), _D.sender != self._me
        )
        # One moment again: a letter that another defers meanwhile is seen as one or the other.
        found = connection.execute(select(next_due.scalar_subquery(), elsewhere.scalar_subquery()))
        soonest, others = found.one()
        return soonest, others

    def reopen(self, refused: Collection[int]) -> None:
        """Take refusals back that were not the recipients' fault: they are to be sent again."""
        with self._transaction() as connection:
            back = update(deliveries).where(
                _D.id.in_(list(refused)), _D.state == str(State.BOUNCED)
            )
            connection.execute(back.values(state=str(State.PENDING)))

    def bury(self) -> int:
        """Name uncertain what processes were sending that are gone; how many deliveries."""
        with explained(self._ledger.subject), self._ledger.engine.connect() as connection:
            wanted = (
                select(_D.sender)
                .where(_D.issue_id == self._issue, _D.state == str(State.SENDING))
                .distinct()
            )
            others = [
                sender for sender in connection.scalars(wanted) if sender and sender != self._me
            ]
        dead = [sender for sender in others if not self._alive(sender)]
        if not dead:
            return 0
        with self._transaction() as connection:
            buried = connection.execute(
                update(deliveries)
                .where(
                    _D.issue_id == self._issue,
                    _D.state == str(State.SENDING),
                    _D.sender.in_(dead),
                )
                .values(state=str(State.UNCERTAIN), sender=None)
            )
            return buried.rowcount


@contextmanager
def desk(ledger: Ledger, week: Week) -> Iterator[Desk]:
    """A desk for an issue that is frozen. Others see that it is open until the block ends."""
    with explained(ledger.subject), ledger.engine.connect() as connection:
        issue = connection.scalar(select(issues.c.id).where(issues.c.week == str(week)))
    if issue is None:
        raise WorldError(str(week), "has no issue in the ledger")
    me = secrets.randbits(62)
    # One connection to the end: taking one for each commit costs as much as the commit.
    with explained(ledger.subject):
        session = ledger.engine.connect().execution_options(talkfeeds_begin=WRITING)
    try:
        with shown_alive(ledger, me, session) as alive:
            yield Desk(ledger, issue, week, me, alive, session)
    finally:
        # Not back into the pool: the session ends, and PostgreSQL's lock with it.
        with suppress(DBAPIError):
            session.rollback()
        session.invalidate()
        session.close()
