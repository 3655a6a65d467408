"""The digest: one issue as HTML for mail clients, as plain text, and as a complete message.

Gmail cuts a mail's HTML at 102 KB, foot and unsubscribe link included, so no issue exceeds
``MAX_HTML_BYTES``: full cards first, title-only cards when those are too many, and when
even those are, as many as fit with a link to the rest on the web.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote, urlsplit

from feeds.model import Issue, Talk
from feeds.patterns import pattern
from feeds.plan import Day, days_of
from feeds.render.headers import POLICY, bracketed, mailbox, plain
from feeds.render.kit import Kit
from feeds.render.mailcards import MAX_TITLE, MAX_URL, Card, Cards, links_of, size_bytes
from feeds.render.markdown import Body, body_of
from feeds.render.plaintext import excerpt
from feeds.text import absolute_url, one_line, rfc5322_date, shortened, xml_legal

MAX_HTML_BYTES = 95_000
CHOOSE = "choose"
# A host as both a mail address and a message id can name it: no IP literal, no empty label.
_MAIL_HOST = pattern(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Digest:
    """One issue, finished: HTML and text as the mail carries them."""

    issue: Issue
    subject: str
    html: str
    text: str


def summary_of(talk: Talk, body: Body) -> tuple[str, str]:
    """Two or three sentences and their language: of the notes, else of the abstract."""
    if found := excerpt(body.notes_html):
        return found, talk.language
    return excerpt(body.abstract_html), talk.abstract_language


def digest(
    kit: Kit, issue: Issue, summaries: Mapping[str, tuple[str, str]], leave_url: str = ""
) -> Digest:
    """``issue`` as a mail. ``summaries``: each talk's ``summary_of`` by its slug.

    ``leave_url`` stands where the way out is, instead of the publication's own; the same with
    CHOOSE behind it is where people say what they want, when there is a web app.
    """
    cards = Cards(kit, issue, summaries)
    html, text = _within_limit(kit, issue, cards, leave_url or unsubscribe_url(kit))
    subject = subject_of(kit, issue)
    return Digest(issue, subject, html, text)


def message_of(kit: Kit, found: Digest) -> bytes:
    """A digest as a complete message (RFC 5322): the same bytes for the same issue.

    Dated at the issue's end, addressed to nobody: a letter has date and recipient.
    """
    issue = found.issue
    seed = hashlib.sha256(xml_legal(f"{kit.publication.id} {issue.week}").encode()).hexdigest()
    message = head_of(kit, found.subject)
    message["To"] = "undisclosed-recipients:;"
    message["Date"] = rfc5322_date(issue.end)
    message["Message-ID"] = f"<{issue.week}.{seed[:24]}@{host_of(kit)}>"
    if unsubscribe := bracketed(unsubscribe_url(kit)):
        message["List-Unsubscribe"] = unsubscribe
    message.set_content(found.text, cte="quoted-printable")
    message.add_alternative(found.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{seed[24:56]}")
    return message.as_bytes()


def head_of(kit: Kit, subject: str) -> EmailMessage:
    """What stands in the head of every mail of a publication: who, what, which list."""
    message = EmailMessage(policy=POLICY)
    message["From"] = sender_of(kit)
    if reply_to := mailbox(kit.publication.mail.reply_to):
        message["Reply-To"] = reply_to
    message["Subject"] = shortened(subject, 200)
    message["List-Id"] = f"<digest.{host_of(kit)}>"
    return message


def subject_of(kit: Kit, issue: Issue) -> str:
    """``KubeCon 2017: 11 pláticas · Semana del 4 al 10 de diciembre de 2017``."""
    words = kit.words
    talks = words.talks(len(issue.talks))
    return plain(f"{_name(kit)}: {talks} · {words.week(issue.week)}")


def page_card(kit: Kit, talk: Talk, summary: tuple[str, str]) -> str:
    """A talk's card on the issue's web page, as HTML."""
    text, language = summary
    return kit.render(
        "card.html",
        talk=talk,
        excerpt=text,
        excerpt_language=language,
        links=links_of(kit, talk),
    )


class _Summaries(dict[str, tuple[str, str]]):
    """Each talk's ``summary_of``, found when it is asked for."""

    def __init__(self, kit: Kit, issue: Issue) -> None:
        super().__init__()
        self._kit, self._talks = kit, {talk.slug: talk for talk in issue.talks}

    def __missing__(self, slug: str) -> tuple[str, str]:
        talk = self._talks[slug]
        self[slug] = found = summary_of(talk, body_of(talk, self._kit.publication.base_url))
        return found


def summaries_of(kit: Kit, issue: Issue) -> Mapping[str, tuple[str, str]]:
    """Each talk's ``summary_of`` by its slug. What is not asked for is not made."""
    return _Summaries(kit, issue)


def _within_limit(kit: Kit, issue: Issue, cards: Cards, leave_url: str) -> tuple[str, str]:
    if not cards.exceed(MAX_HTML_BYTES):
        full = [cards.full(talk) for talk in issue.talks]
        html = _html(kit, issue, cards, full, 0, leave_url)
        if size_bytes(html) <= MAX_HTML_BYTES:
            return html, _text(kit, issue, full, 0, leave_url)
    brief = [cards.brief(talk) for talk in issue.talks]
    # A first guess from the cards' own sizes keeps the number of whole renderings small.
    room, shown = MAX_HTML_BYTES - 12_000, 0
    for card in brief:
        room -= size_bytes(cards.rendered(card))
        if room <= 0:
            break
        shown += 1
    shown = max(1, shown)
    html = _html(kit, issue, cards, brief[:shown], len(brief) - shown, leave_url)
    if size_bytes(html) <= MAX_HTML_BYTES:
        spare = (MAX_HTML_BYTES - size_bytes(html)) // max(1, size_bytes(html) // shown)
        more = min(len(brief), shown + spare)
        longer = _html(kit, issue, cards, brief[:more], len(brief) - more, leave_url)
        if size_bytes(longer) <= MAX_HTML_BYTES:
            html, shown = longer, more
    while size_bytes(html) > MAX_HTML_BYTES and shown > 0:
        shown = min(shown - 1, shown * MAX_HTML_BYTES // size_bytes(html))
        html = _html(kit, issue, cards, brief[:shown], len(brief) - shown, leave_url)
    return html, _text(kit, issue, brief[:shown], len(brief) - shown, leave_url)


def _html(
    kit: Kit, issue: Issue, made: Cards, cards: Sequence[Card], left_out: int, leave_url: str
) -> str:
    lead = next((card for card in cards if card.lead), None)
    shown = {card.talk.slug: made.rendered(card) for card in cards}
    days = _grouped([card for card in cards if card is not lead], shown)
    values = _frame(kit, issue, left_out, leave_url)
    preheader = shortened(" · ".join(card.title for card in cards[:4]), 140)
    return kit.render(
        "digest.html",
        **values,
        lead=shown[lead.talk.slug] if lead else "",
        days=days,
        preheader=preheader,
        subject=subject_of(kit, issue),
    )


def _text(kit: Kit, issue: Issue, cards: Sequence[Card], left_out: int, leave_url: str) -> str:
    by_slug = {card.talk.slug: card for card in cards}
    days = _grouped(cards, by_slug)
    text = kit.render("digest.txt", **_frame(kit, issue, left_out, leave_url), days=days)
    return text.strip("\n") + "\n"


def _grouped(cards: Iterable[Card], shown: Mapping[str, Any]) -> list[tuple[Day, list[Any]]]:
    """Cards by event and day, oldest day first: as the week went."""
    days = sorted(days_of(card.talk for card in cards), key=lambda day: day.date)
    return [
        (
            replace(day, event=shortened(day.event, MAX_TITLE), label=shortened(day.label, 60)),
            [shown[talk.slug] for talk in day.talks],
        )
        for day in days
    ]


def _frame(kit: Kit, issue: Issue, left_out: int, leave_url: str) -> dict[str, object]:
    """What head and foot say, the same in both parts."""
    publication = kit.publication
    name = _name(kit)
    reason = publication.newsletter.reason or kit.words.say(
        "You receive this mail because you subscribed to the weekly issue of %(name)s.", name=name
    )
    sender = sender_of(kit)
    display = sender.display_name
    return {
        "issue": issue,
        "name": name,
        "reason": shortened(reason, 500),
        "web_url": kit.url(issue.path),
        "feed_url": kit.url("feed.atom"),
        "unsubscribe_url": leave_url,
        "preferences_url": f"{leave_url}{CHOOSE}" if _is_mark(kit, leave_url) else "",
        "sender": f"{display} · {sender.addr_spec}" if display else sender.addr_spec,
        "postal_address": shortened(publication.mail.postal_address, 500),
        "left_out": left_out,
    }


def _is_mark(kit: Kit, leave_url: str) -> bool:
    """Whether a letter is rendered, for people whom the web app knows."""
    return bool(kit.publication.mail.web_url) and ":" not in leave_url and leave_url != ""


def _name(kit: Kit) -> str:
    return shortened(one_line(kit.publication.newsletter.title or kit.publication.title), 120)


def name_of(kit: Kit) -> str:
    """What the digest is called: ``[newsletter] title``, else the publication's."""
    return _name(kit)


def sender_of(kit: Kit) -> Address:
    """``[mail] sender``, else the author's address, else digest@ the publication's host."""
    publication = kit.publication
    sender = mailbox(publication.mail.sender)
    if sender is None and publication.author:
        sender = mailbox(publication.author.email, publication.author.name)
    if sender is None:
        sender = Address(addr_spec=f"digest@{host_of(kit)}")
    display = sender.display_name or shortened(plain(publication.title), 60)
    return Address(display_name=display, addr_spec=sender.addr_spec)


def host_of(kit: Kit) -> str:
    """The publication's host, as mail addresses and message ids can name it."""
    host = urlsplit(kit.publication.base_url).hostname or ""
    return host if _MAIL_HOST.fullmatch(host) else "localhost"


def unsubscribe_url(kit: Kit) -> str:
    """``[mail] unsubscribe``, else a mail to who sends, when somebody was named as that."""
    mail = kit.publication.mail
    url = absolute_url(kit.publication.base_url, mail.unsubscribe) if mail.unsubscribe else ""
    return url if 0 < len(url) <= MAX_URL else _mailto(kit, "unsubscribe")


def return_mailbox(kit: Kit) -> str:
    """Where bounces go, without a token: ``[mail] return_path``, else the sender's address."""
    return kit.publication.mail.return_path or sender_of(kit).addr_spec


def subscribe_url(kit: Kit) -> str:
    """A mail to who sends, asking for the digest; empty when nobody was named as that."""
    return _mailto(kit, "subscribe")


def _mailto(kit: Kit, subject: str) -> str:
    mail, author = kit.publication.mail, kit.publication.author
    found = (
        mailbox(mail.reply_to) or mailbox(mail.sender) or mailbox(author.email if author else "")
    )
    return f"mailto:{quote(found.addr_spec, safe='@+')}?subject={subject}" if found else ""
