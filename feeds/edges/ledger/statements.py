"""The statements of a send's every commit, each one statement for any number of letters, and
that which finds them.

In the driver's own words, because they run for every few letters, and SQLAlchemy costs more
than the work that it hands on: 0.24 ms a commit of five, where these take 0.12. The values go in as
one JSON list: the statement is always the same, and the database looks at the letters by itself
instead of one call for each. SQLite and PostgreSQL differ in how they take such a list apart.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from feeds.deliveries import Errand, Outcome, State
from feeds.model import Status

_BEGIN = f"""
WITH asked AS ({{asked}}), picked AS (
  SELECT deliveries.id FROM asked CROSS JOIN deliveries CROSS JOIN subscribers
  WHERE deliveries.id = asked.number AND subscribers.id = deliveries.subscriber_id
    AND deliveries.state IN ('{State.PENDING}', '{State.DEFERRED}')
    AND deliveries.attempts = asked.attempts AND subscribers.email = asked.email
    AND subscribers.status = '{Status.CONFIRMED}' AND NOT subscribers.paused
  {{lock}}
)
UPDATE deliveries SET state = '{State.SENDING}', sender = {{value}}
WHERE id IN (SELECT id FROM picked) RETURNING id
"""  # noqa: S608 # constants
_LOOK = f"""
SELECT deliveries.id, subscribers.id, deliveries.variant_id, subscribers.email, subscribers.name,
  deliveries.attempts,
  coalesce(subscribers.status = '{Status.CONFIRMED}' AND NOT subscribers.paused, false)
FROM deliveries LEFT JOIN subscribers ON subscribers.id = deliveries.subscriber_id
WHERE deliveries.issue_id = {{value}} AND deliveries.state = '{State.PENDING}'
  AND deliveries.id >= {{value}}
ORDER BY deliveries.id LIMIT {{value}}
"""  # noqa: S608 # constants
# Its own, or one that others gave up for lost: whoever carried it knows better.
_RECORD = f"""
WITH told AS ({{told}})
UPDATE deliveries SET state = told.state, code = told.code, answer = told.answer, due = NULL,
  attempts = deliveries.attempts + told.tried, sender = NULL
FROM told
WHERE deliveries.id = told.number AND (
  deliveries.state = '{State.SENDING}' AND deliveries.sender = {{value}}
  OR deliveries.state = '{State.UNCERTAIN}')
"""  # noqa: S608 # constants
_ASKED = (("number", "bigint"), ("email", "text"), ("attempts", "integer"))
_TOLD = (
    ("number", "bigint"),
    ("state", "text"),
    ("code", "integer"),
    ("answer", "text"),
    ("tried", "integer"),
)


@dataclass(frozen=True, slots=True)
class Statements:
    """``look`` finds pending ones of an issue, from a number on, up to so many: what an ``Errand``
    is made of, and whether its person wants it still. ``begin`` gives the numbers of those that
    are now being sent; ``record`` keeps outcomes that are not due again. Both take their list
    (``asked``, ``told``), and then the sender."""

    look: str
    begin: str
    record: str


def statements(*, postgresql: bool) -> Statements:
    """Both, in a database's own words."""
    # Two processes on one PostgreSQL pass by each other's rows; SQLite has one writer.
    lock = "ORDER BY deliveries.id FOR UPDATE OF deliveries SKIP LOCKED" if postgresql else ""
    columns, value = (_postgresql, "%s") if postgresql else (_sqlite, "?")
    return Statements(
        _LOOK.format(value=value),
        _BEGIN.format(asked=columns(_ASKED), lock=lock, value=value),
        _RECORD.format(told=columns(_TOLD), value=value),
    )


def asked(errands: Sequence[Errand]) -> str:
    """The list for ``begin``."""
    return json.dumps([(found.delivery, found.email, found.attempts) for found in errands])


def told(outcomes: Sequence[Outcome]) -> str:
    """The list for ``record``."""
    return json.dumps(
        [
            (
                found.delivery,
                found.state,
                found.code,
                found.text,
                int(found.state is not State.PENDING),
            )
            for found in outcomes
        ]
    )


def _sqlite(columns: Sequence[tuple[str, str]]) -> str:
    found = ", ".join(
        f"json_extract(value, '$[{at}]') AS {name}" for at, (name, _) in enumerate(columns)
    )
    return f"SELECT {found} FROM json_each(?)"  # noqa: S608 # constants


def _postgresql(columns: Sequence[tuple[str, str]]) -> str:
    found = ", ".join(
        f"CAST(value ->> {at} AS {kind}) AS {name}" for at, (name, kind) in enumerate(columns)
    )
    return f"SELECT {found} FROM json_array_elements(CAST(%s AS json))"  # noqa: S608 # constants
