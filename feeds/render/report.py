"""The operator's report: every issue in plots and in a table. It holds no addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from feeds.deliveries import State, Totals
from feeds.model import Status, SubscriberCounts
from feeds.render.kit import Kit
from feeds.render.plot import Caption, Series, plot
from feeds.render.words import Words

# One drawing for a phone and one for a desk: letters in a drawing that shrinks shrink with it.
_SIZES_PX = {"narrow": (335, 230), "wide": (672, 260)}
_UNSENT = (State.SUPPRESSED, State.EXPIRED, State.SKIPPED)
_WAITING = (State.PENDING, State.SENDING, State.DEFERRED, State.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot as the page shows it. ``legend``: a series' name and what it is called."""

    name: str
    heading: str
    legend: Mapping[str, str]
    drawings: Mapping[str, str]


def report(kit: Kit, totals: Sequence[Totals], counts: SubscriberCounts, now: datetime) -> bytes:
    """A page of its own: no script, and nothing that is asked of another place.

    ``totals`` come newest first, as in the table; ``now`` says how fresh the page is, and is
    shown in the publication's time zone.
    """
    words = kit.words
    oldest_first = totals[::-1]
    when = now.astimezone(ZoneInfo(kit.publication.timezone))
    html = kit.render(
        "report.html",
        style=kit.templates["style.css"].source,
        totals=totals,
        counts=counts,
        statuses=_statuses(words, counts),
        columns=_columns(words, totals),
        figures=[_deliveries(words, oldest_first), _troubles(words, oldest_first)],
        when=words.say(
            "As of %(day)s, %(time)s", day=words.short_day(when), time=f"{when:%H:%M %Z}"
        ),
    )
    return html.encode()


def _statuses(words: Words, counts: SubscriberCounts) -> list[tuple[str, int]]:
    """The subscribers as they are now, by what people call it."""
    named = {
        Status.CONFIRMED: words.say("confirmed"),
        Status.PENDING: words.say("not yet confirmed"),
        Status.UNSUBSCRIBED: words.say("unsubscribed"),
        Status.BOUNCED: words.say("bounced"),
        Status.COMPLAINED: words.say("complained"),
    }
    found = [(name, counts.by_status.get(str(status), 0)) for status, name in named.items()]
    return [*found, (words.say("paused"), counts.paused)]


def _columns(words: Words, totals: Sequence[Totals]) -> list[tuple[str, list[int]]]:
    """The table's numbers: a heading and a number for each issue. What no issue has is left out."""
    named = {
        State.SENT: words.say("sent"),
        State.BOUNCED: words.say("bounced"),
        State.SUPPRESSED: words.say("left before"),
        State.EXPIRED: words.say("expired"),
        State.SKIPPED: words.say("skipped"),
        State.PENDING: words.say("waiting"),
        State.SENDING: words.say("on their way"),
        State.DEFERRED: words.say("deferred"),
        State.UNCERTAIN: words.say("uncertain"),
    }
    columns = [
        (words.say("talks"), [found.talks for found in totals]),
        (words.say("recipients"), [found.recipients for found in totals]),
        (named[State.SENT], [found.by_state.get(State.SENT, 0) for found in totals]),
    ]
    others = [
        *(
            (name, [found.by_state.get(state, 0) for found in totals])
            for state, name in named.items()
            if state is not State.SENT
        ),
        (words.say("bounced later"), [found.bounced_later for found in totals]),
        (words.say("complaints"), [found.complaints for found in totals]),
    ]
    return columns + [column for column in others if any(column[1])]


def _deliveries(words: Words, totals: Sequence[Totals]) -> Figure:
    sent = [found.by_state.get(State.SENT, 0) for found in totals]
    recipients = [found.recipients for found in totals]
    hints = [
        words.say(
            "%(week)s: %(sent)s of %(recipients)s sent",
            week=found.week,
            sent=words.number(number),
            recipients=words.number(found.recipients),
        )
        for found, number in zip(totals, sent, strict=True)
    ]
    return _figure(
        words,
        totals,
        [Series("sent", sent)],
        Series("recipients", recipients),
        hints,
        "deliveries",
        words.say("Subscribers and deliveries"),
        {"recipients": words.say("subscribers it is for"), "sent": words.say("sent")},
    )


def _troubles(words: Words, totals: Sequence[Totals]) -> Figure:
    def of(*states: State) -> list[int]:
        return [sum(found.by_state.get(state, 0) for state in states) for found in totals]

    named = {
        "bounced": (words.say("bounced"), of(State.BOUNCED)),
        "later": (words.say("bounced later"), [found.bounced_later for found in totals]),
        "complaints": (words.say("complaints"), [found.complaints for found in totals]),
        "unsent": (words.say("left out"), of(*_UNSENT)),
        "waiting": (words.say("not settled yet"), of(*_WAITING)),
    }
    there = {name: found for name, found in named.items() if any(found[1])}
    hints = [
        f"{found.week}: "
        + ", ".join(
            f"{label} {words.number(values[number])}"
            for label, values in there.values()
            if values[number]
        )
        for number, found in enumerate(totals)
    ]
    return _figure(
        words,
        totals if there else (),
        [Series(name, values) for name, (_label, values) in there.items()],
        None,
        [hint.removesuffix(": ") for hint in hints],
        "troubles",
        words.say("What bounced, or was not sent"),
        {name: label for name, (label, _values) in there.items()},
    )


def _figure(
    words: Words,
    totals: Sequence[Totals],
    bars: Sequence[Series],
    line: Series | None,
    hints: Sequence[str],
    name: str,
    heading: str,
    legend: Mapping[str, str],
) -> Figure:
    weeks = [str(found.week) for found in totals]
    description = ""
    if weeks:
        description = words.say(
            "Bars by issue, from %(first)s to %(last)s. The table below has every number.",
            first=weeks[0],
            last=weeks[-1],
        )
    drawings = {
        size: plot(
            words,
            weeks,
            bars,
            line,
            hints,
            Caption(f"{name}-{size}", heading, description),
            size_px,
        ).decode()
        for size, size_px in _SIZES_PX.items()
    }
    return Figure(name, heading, legend, drawings)
