"""The hot path: one process that sends one issue, and how others see that it is alive.

A delivery is committed as ``sending`` before its letter is begun, and its outcome after. A
process that dies leaves at most one such delivery a connection; whoever comes next finds that
its lock is free, and names those deliveries uncertain.
"""

import fcntl
import os
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, func, literal, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningUpdate

from feeds.bounces import is_about_recipient
from feeds.deliveries import BounceKind, Errand, Exchanged, Outcome, State
from feeds.edges.ledger.failing import explained
from feeds.edges.ledger.schema import bounces, deliveries, issues, subscribers
from feeds.edges.ledger.store import WRITING, Ledger
from feeds.errors import WorldError
from feeds.model import Status, Week

BOUNCES_COUNT_FOR = timedelta(days=90)
_D = deliveries.c
_OUTCOME = (
    update(deliveries)
    # Its own, or one that others gave up for lost: whoever carried it knows better.
    .where(
        _D.id == bindparam("number"),
        ((_D.state == "sending") & (_D.sender == bindparam("me"))) | (_D.state == "uncertain"),
    )
    .values(
        state=bindparam("new_state"),
        code=bindparam("new_code"),
        answer=bindparam("new_answer"),
        due=bindparam("new_due"),
        attempts=_D.attempts + bindparam("tried"),
        sender=None,
    )
)


class Desk:
    """One sender of one issue. Its methods are called from one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        issue: int,
        week: Week,
        me: int,
        folder: Path,
        session: Connection | None = None,
    ) -> None:
        self._ledger, self._issue, self._week, self._me = ledger, issue, week, me
        self._folder, self._session = folder, session
        self._postgresql = ledger.engine.dialect.name == "postgresql"
        found = select(_D.id).where(_D.issue_id == issue).limit(bindparam("wanted"))
        pending = found.where(_D.state == str(State.PENDING)).order_by(_D.id)
        due = found.where(_D.state == str(State.DEFERRED), _D.due <= bindparam("now"))
        self._pending, self._due = self._claim(pending), self._claim(due.order_by(_D.due, _D.id))

    def _claim(self, found: Select[Any]) -> ReturningUpdate[Any]:
        # Two processes on one PostgreSQL pass by each other's rows; SQLite has one writer. A
        # common table expression is looked at once, a plain subquery perhaps again and again.
        picked = found.with_for_update(skip_locked=True) if self._postgresql else found
        return (
            update(deliveries)
            .where(_D.id.in_(select(picked.cte("picked").c.id)))
            .values(state=str(State.SENDING), sender=self._me)
            .returning(_D.id, _D.subscriber_id, _D.variant_id, _D.attempts)
        )

    def exchange(
        self, outcomes: Sequence[Outcome], wanted: int, now: datetime, max_bounces: int
    ) -> Exchanged:
        """Commit what letters came to, and which ``wanted`` deliveries are begun next.

        Whoever left, was forgotten or pauses since the issue was frozen gets none: that is
        looked at here, just before the letter goes. A refusal by the relay counts as a bounce;
        after ``max_bounces`` issues with one the subscriber gets no more.
        """
        with self._transaction() as connection:
            self._count_refusals(connection, outcomes, now, max_bounces)
            self._record(connection, outcomes)
            errands: list[Errand] = []
            suppressed = 0
            for claim in (self._pending, self._due):
                while len(errands) < wanted:
                    some, left = self._begin(connection, claim, wanted - len(errands), now)
                    errands += some
                    suppressed += left
                    if not some and not left:
                        break
            next_due, elsewhere = None, 0
            if len(errands) < wanted:
                next_due, elsewhere = self._rest(connection)
        return Exchanged(tuple(errands), suppressed, next_due, elsewhere)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._session is not None:
            with explained(self._ledger.subject):
                if self._session.invalidated:
                    raise WorldError(self._ledger.subject, "has ended the session", "send again")
                with self._session.begin():
                    yield self._session
            return
        with (
            explained(self._ledger.subject),
            self._ledger.engine.connect().execution_options(talkfeeds_begin=WRITING) as connection,
            connection.begin(),
        ):
            yield connection

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

    def _record(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        if outcomes:
            rows = [
                {
                    "number": found.delivery,
                    "me": self._me,
                    "new_state": str(found.state),
                    "new_code": found.code,
                    "new_answer": found.text,
                    "new_due": found.due,
                    "tried": int(found.state is not State.PENDING),
                }
                for found in outcomes
            ]
            connection.execute(_OUTCOME, rows)

    def _begin(
        self,
        connection: Connection,
        claim: ReturningUpdate[Any],
        wanted: int,
        now: datetime,
    ) -> tuple[list[Errand], int]:
        """Deliveries that are now being sent, and how many were not because people left."""
        claimed = connection.execute(claim, {"wanted": wanted, "now": now}).all()
        if not claimed:
            return [], 0
        columns = subscribers.c
        people = connection.execute(
            select(columns.id, columns.email, columns.name).where(
                columns.id.in_([row.subscriber_id for row in claimed if row.subscriber_id]),
                columns.status == str(Status.CONFIRMED),
                columns.paused.is_(False),
            )
        )
        found = {row.id: row for row in people}
        errands = []
        left = []
        for row in sorted(claimed, key=lambda row: row.id):
            person = found.get(row.subscriber_id)
            if person is None:
                left.append(row.id)
            else:
                own = (person.email, person.name, row.attempts)
                errands.append(Errand(row.id, person.id, row.variant_id, *own))
        if left:
            gone = update(deliveries).where(_D.id.in_(left))
            connection.execute(gone.values(state=str(State.SUPPRESSED), sender=None, due=None))
        return errands, len(left)

    def _rest(self, connection: Connection) -> tuple[datetime | None, int]:
        mine = (_D.issue_id == self._issue,)
        next_due = connection.scalar(
            select(func.min(_D.due)).where(*mine, _D.state == str(State.DEFERRED))
        )
        elsewhere = connection.scalar(
            select(func.count()).where(*mine, _D.state == str(State.SENDING), _D.sender != self._me)
        )
        return next_due, elsewhere or 0

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

    def _alive(self, sender: int) -> bool:
        if self._postgresql:
            with self._ledger.engine.connect() as connection:
                free = connection.scalar(text(f"SELECT pg_try_advisory_lock({int(sender)})"))
                if free:
                    connection.execute(text(f"SELECT pg_advisory_unlock({int(sender)})"))
                return not free
        path = self._folder / f"{sender}.lock"
        try:
            with _usable(self._folder):
                handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            path.unlink(missing_ok=True)
            return False
        finally:
            os.close(handle)


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """WorldError when another user's files, or a file, stand where the locks of senders go."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        remedy = "change the permissions of the folder, and of what is in it"
        raise WorldError(str(folder), f"cannot be used: {reason}", remedy) from error


@contextmanager
def desk(ledger: Ledger, week: Week) -> Iterator[Desk]:
    """A desk for an issue that is frozen. Others see that it is open until the block ends."""
    with explained(ledger.subject), ledger.engine.connect() as connection:
        issue = connection.scalar(select(issues.c.id).where(issues.c.week == str(week)))
    if issue is None:
        raise WorldError(str(week), "has no issue in the ledger")
    me = secrets.randbits(62)
    if ledger.engine.dialect.name == "postgresql":
        with explained(ledger.subject), ledger.engine.connect() as connection:
            # Held by this session until it ends, be it by the death of the process. What is sent
            # is committed in the same session: without the lock there is no commit.
            with connection.begin():
                connection.execute(text(f"SELECT pg_advisory_lock({me})"))
            try:
                yield Desk(ledger, issue, week, me, Path(), connection)
            finally:
                # Not back into the pool: the session ends, and its lock with it.
                with suppress(DBAPIError):
                    connection.rollback()
                connection.invalidate()
        return
    # Whatever name the file goes by, its senders see each other.
    subject = Path(ledger.subject).resolve()
    folder = subject.with_name(subject.name + ".senders")
    path = folder / f"{me}.lock"
    with _usable(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield Desk(ledger, issue, week, me, folder)
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)
