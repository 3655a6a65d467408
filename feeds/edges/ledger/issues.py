"""Issues within one transaction: what was told, what is frozen, how its deliveries stand."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from feeds.deliveries import OPEN, BounceKind, Frozen, Outcome, State, Totals, Wish
from feeds.edges.ledger.schema import (
    Words,
    bounces,
    deliveries,
    issue_talks,
    issues,
    properties,
    subscribers,
    variants,
)
from feeds.model import Status, Week

_BATCH = 1_000
_NEAR = 5
_TOLD = "told"  # the property that says that talks older than the first issue were put down
_RECEIVING = and_(subscribers.c.status == str(Status.CONFIRMED), subscribers.c.paused.is_(False))
_CHOICES = Table(
    "choices",
    MetaData(),
    Column("language", Text, nullable=False),
    Column("tags", Words, nullable=False),
    Column("events", Words, nullable=False),
    Column("variant_id", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)


class Issues:
    """The part of a ``Register`` that knows issues."""

    _connection: Connection

    def told(self) -> frozenset[str] | None:
        """Ids of the talks that issues told, or that are no news; None before the first."""
        first = select(properties.c.value).where(properties.c.name == _TOLD)
        if self._connection.scalar(first) is None:
            return None
        return frozenset(self._connection.scalars(select(issue_talks.c.talk_id)))

    def begin(self, older: Iterable[str]) -> None:
        """From now on issues tell what is new; ``older`` are the ids that are not."""
        self._connection.execute(insert(properties), {"name": _TOLD, "value": "yes"})
        rows = [{"talk_id": talk, "issue_id": None} for talk in older]
        if rows:
            self._connection.execute(insert(issue_talks), rows)

    def newest(self) -> Week | None:
        """The newest week that has an issue."""
        found = self._connection.scalar(select(func.max(issues.c.week)))
        return Week.parse(found) if found else None

    def wishes(self) -> Mapping[Wish, int]:
        """What those want who receive mail, and how many want it."""
        columns = (subscribers.c.language, subscribers.c.tags, subscribers.c.events)
        rows = select(*columns, func.count()).where(_RECEIVING).group_by(*columns)
        return {
            Wish(language, tags, events): number
            for language, tags, events, number in self._connection.execute(rows)
        }

    def freeze(self, frozen: Frozen) -> int | None:
        """Keep an issue, with a delivery for everybody who receives mail and wants any of it.

        Gives their number; None, and nothing is kept, when somebody wants what ``choices``
        does not know: people changed their wishes while it was rendered.
        """
        if not frozen.choices.keys() >= self.wishes().keys():
            return None
        if self.told() is None:
            self.begin(frozen.older)
        row = {"week": str(frozen.week), "frozen_at": frozen.at, "subject": frozen.subject}
        row |= {"talks": len(frozen.talks), "recipients": 0}
        issue = self._connection.scalar(insert(issues).values(row).returning(issues.c.id))
        # Some were put down as no news, when a week without any was looked at.
        for at in range(0, len(frozen.talks), _BATCH):
            batch = frozen.talks[at : at + _BATCH]
            known = issue_talks.c.talk_id.in_(batch) & issue_talks.c.issue_id.is_(None)
            self._connection.execute(delete(issue_talks).where(known))
        told = [{"talk_id": talk, "issue_id": issue} for talk in frozen.talks]
        self._connection.execute(insert(issue_talks), told)
        numbers = [
            self._connection.scalar(
                insert(variants)
                .values(
                    issue_id=issue,
                    language=variant.language,
                    talks=variant.talks,
                    template=variant.template,
                )
                .returning(variants.c.id)
            )
            for variant in frozen.variants
        ]
        self._choose({wish: numbers[at] for wish, at in frozen.choices.items() if at is not None})
        same = and_(
            _CHOICES.c.language == subscribers.c.language,
            _CHOICES.c.tags == subscribers.c.tags,
            _CHOICES.c.events == subscribers.c.events,
        )
        people = (
            select(
                literal(issue),
                _CHOICES.c.variant_id,
                subscribers.c.id,
                literal(str(State.PENDING)),
                literal(0),
                literal(0),
                literal(""),
            )
            .select_from(subscribers.join(_CHOICES, same))
            .where(_RECEIVING)
            .order_by(subscribers.c.id)
        )
        names = ["issue_id", "variant_id", "subscriber_id", "state", "attempts", "code", "answer"]
        self._connection.execute(insert(deliveries).from_select(names, people))
        _CHOICES.drop(self._connection)
        count = select(func.count()).where(deliveries.c.issue_id == issue)
        recipients = self._connection.scalar(count) or 0
        now = {"recipients": recipients, "finished_at": None if recipients else frozen.at}
        self._connection.execute(update(issues).where(issues.c.id == issue).values(now))
        return recipients

    def _choose(self, choices: Mapping[Wish, int | None]) -> None:
        """A table to join with: as many wishes as people may have, one pass over the people."""
        _CHOICES.create(self._connection)
        rows = [
            {
                "language": wish.language,
                "tags": wish.tags,
                "events": wish.events,
                "variant_id": number,
            }
            for wish, number in choices.items()
        ]
        if rows:
            self._connection.execute(insert(_CHOICES), rows)
        if self._connection.dialect.name == "sqlite":
            # PostgreSQL hashes; SQLite would compare each person with each wish.
            self._connection.exec_driver_sql(
                "CREATE INDEX temp.choices_wish ON choices (language, tags, events)"
            )

    def templates(self, week: Week) -> Mapping[int, bytes]:
        """The messages of an issue by the number of their variant."""
        wanted = (
            select(variants.c.id, variants.c.template)
            .join(issues, issues.c.id == variants.c.issue_id)
            .where(issues.c.week == str(week))
        )
        return {row.id: row.template for row in self._connection.execute(wanted)}

    def totals(self, week: Week | None = None) -> list[Totals]:
        """Every issue in numbers, newest first, or that of one week (none, when it has none)."""
        wanted = select(issues).order_by(issues.c.week.desc())
        if week is not None:
            wanted = wanted.where(issues.c.week == str(week))
        found = self._connection.execute(wanted).mappings().all()
        numbers = [row["id"] for row in found]
        columns = deliveries.c
        counted: dict[int, dict[State, int]] = {number: {} for number in numbers}
        groups = select(columns.issue_id, columns.state, func.count()).where(
            columns.issue_id.in_(numbers)
        )
        for number, state, count in self._connection.execute(
            groups.group_by(columns.issue_id, columns.state)
        ):
            counted[number][State(state)] = count
        back = self._came_back([row["week"] for row in found])
        return [
            Totals(
                Week.parse(row["week"]),
                row["frozen_at"],
                row["finished_at"],
                row["subject"],
                row["talks"],
                row["recipients"],
                counted[row["id"]],
                *back.get(row["week"], (0, 0)),
            )
            for row in found
        ]

    def _came_back(self, weeks: Collection[str]) -> Mapping[str, tuple[int, int]]:
        """By week: bounces that came later, and complaints."""
        columns = bounces.c
        later = (str(BounceKind.HARD), str(BounceKind.SOFT))
        rows = (
            select(columns.week, columns.kind, func.count())
            .where(columns.week.in_(weeks))
            .group_by(columns.week, columns.kind)
        )
        found: dict[str, tuple[int, int]] = {}
        for week, kind, number in self._connection.execute(rows):
            bounced, complaints = found.get(week, (0, 0))
            bounced += number * (kind in later)
            complaints += number * (kind == BounceKind.COMPLAINT)
            found[week] = (bounced, complaints)
        return found

    def uncertain(self, week: Week) -> list[tuple[int, int | None]]:
        """The uncertain deliveries of an issue: their numbers, and their subscribers'.

        None is somebody who was forgotten meanwhile.
        """
        wanted = (
            select(deliveries.c.id, deliveries.c.subscriber_id)
            .join(issues, issues.c.id == deliveries.c.issue_id)
            .where(issues.c.week == str(week), deliveries.c.state == str(State.UNCERTAIN))
            .order_by(deliveries.c.id)
        )
        return [(row.id, row.subscriber_id) for row in self._connection.execute(wanted)]

    def sent_near(self, week: Week, deliveries_: Collection[int]) -> set[int]:
        """Subscribers to whom the issue is known to be sent, around each of these deliveries."""
        issue = select(issues.c.id).where(issues.c.week == str(week)).scalar_subquery()
        columns = deliveries.c
        sent = select(columns.subscriber_id).where(
            columns.issue_id == issue,
            columns.state == str(State.SENT),
            columns.subscriber_id.is_not(None),
        )
        found: set[int] = set()
        for number in list(deliveries_)[:_BATCH]:
            before = sent.where(columns.id < number).order_by(columns.id.desc()).limit(_NEAR)
            after = sent.where(columns.id > number).order_by(columns.id).limit(_NEAR)
            found.update(self._connection.scalars(before))
            found.update(self._connection.scalars(after))
        return found

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Give uncertain deliveries the state that somebody found out, or decided."""
        if not outcomes:
            return
        change = update(deliveries).where(
            deliveries.c.id == bindparam("number"), deliveries.c.state == str(State.UNCERTAIN)
        )
        rows = [
            {
                "number": outcome.delivery,
                "state": str(outcome.state),
                "code": outcome.code,
                "answer": outcome.text,
                "due": None,
            }
            for outcome in outcomes
        ]
        self._connection.execute(change, rows)

    def finish(self, week: Week, now: datetime) -> bool:
        """Put down that nothing of an issue is left to do; False when something is."""
        issue = select(issues.c.id).where(issues.c.week == str(week)).scalar_subquery()
        left = select(deliveries.c.id).where(
            deliveries.c.issue_id == issue, deliveries.c.state.in_([str(state) for state in OPEN])
        )
        if self._connection.scalar(left.limit(1)) is not None:
            return False
        change = update(issues).where(issues.c.week == str(week), issues.c.finished_at.is_(None))
        self._connection.execute(change.values(finished_at=now))
        return True
