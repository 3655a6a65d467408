"""What ``talkfeeds send`` tries out: a dry run, one letter to oneself, and why there is no mail."""

import argparse
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feeds.cli.common import print_json, some
from feeds.cli.issues import as_json, in_words
from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.deliveries import Totals
    from feeds.edges.ledger import Ledger
    from feeds.jobs.issues import Workshop
    from feeds.jobs.send import Relay
    from feeds.jobs.stationery import Stationery
    from feeds.model import Week

_log = logging.getLogger(__name__)
_NOBODYS = 1 << 47  # no subscriber will ever have a number like this


def send_test(
    options: argparse.Namespace,
    workshop: "Workshop",
    stationery: "Stationery",
    relay: "Relay",
    week: "Week | None",
) -> int:
    import asyncio
    import secrets

    from feeds.address import normal_address
    from feeds.deliveries import Fate
    from feeds.jobs.issues import Nothing, sample
    from feeds.plan import last_finished_week

    try:
        email = normal_address(options.test)
    except ValueError as error:
        raise UsageError(f"--test {error}") from None
    now = datetime.now(UTC)
    week = week or last_finished_week(workshop.publication, now)
    template = sample(workshop, week, now)
    if isinstance(template, Nothing):
        return say_nothing(options, week, template.reason)
    # A new name each time, and nobody's: readers hide a message that they know already.
    number = _NOBODYS | secrets.randbits(40)
    letter = stationery.letter(template, stationery.person(template, week, number, email, ""))

    async def carry() -> Any:
        await relay.check()
        lane = relay.lanes()[0]
        try:
            return await lane.carry(letter)
        finally:
            await lane.close()

    answer = asyncio.run(carry())
    said = {"week": str(week), "fate": str(answer.fate), "code": answer.code}
    _log.info("test", extra={"data": said})
    if options.json:
        print_json(said)
    else:
        print(f"{week}: {answer.fate} {answer.text}".rstrip())
    return 0 if answer.fate is Fate.ACCEPTED else 1


def dry_run(
    options: argparse.Namespace,
    ledger: "Ledger",
    workshop: "Callable[[], Workshop]",
    week: "Week",
    known: "list[Totals]",
) -> int:
    from feeds.jobs.issues import Nothing, prepare, refuse_if_late

    if known:
        print(f"{week} is frozen already; sending it would go on with it", file=sys.stderr)
        print_json(as_json(known[0])) if options.json else print(in_words(known[0]))
        return 0
    made = workshop()
    with ledger.reading() as shelf:
        found = prepare(shelf, made, week, datetime.now(UTC))
    if isinstance(found, Nothing):
        return say_nothing(options, week, found.reason)
    if options.week is None:
        refuse_if_late(made.publication, found.issue, datetime.now(UTC))
    if options.json:
        print_json(
            {
                "week": str(week),
                "subject": found.frozen.subject,
                "talks": [talk.id for talk in found.issue.talks],
                "recipients": found.recipients,
                "variants": [
                    {"language": variant.language, "talks": variant.talks}
                    for variant in found.frozen.variants
                ],
            }
        )
        return 0
    print(f"{found.frozen.subject}")
    for talk in found.issue.talks:
        print(f"  {talk.title}")
    print(f"would go to {some(found.recipients, 'subscriber')}; nothing was sent or kept")
    return 0


def say_nothing(options: argparse.Namespace, week: "Week", reason: str) -> int:
    if options.json:
        print_json({"week": str(week), "recipients": 0, "reason": reason})
    else:
        print(f"{week}: {reason}; no mail")
    return 0
