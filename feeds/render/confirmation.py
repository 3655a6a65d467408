"""Mails to one person who asked to subscribe: one to confirm it, one that says it is so."""

from collections.abc import Mapping
from email.message import EmailMessage

from feeds.deliveries import Letter
from feeds.links import Asked
from feeds.model import Publication
from feeds.render.headers import POLICY, bracketed, mailbox
from feeds.render.kit import Kit
from feeds.render.newsletter import host_of, name_of, sender_of
from feeds.render.speaking import speaking
from feeds.text import rfc5322_date, shortened


def confirmation(kit: Kit, asked: Asked, url: str, token: str) -> Letter:
    """Asks whether it was them, in the language that they chose; ``url`` is where they say so."""
    spoken = speaking(kit, asked.language)
    words, name = spoken.words, name_of(spoken)
    values = {
        "heading": words.say("One click, and you are subscribed"),
        "paragraphs": [
            words.say("Somebody, probably you, asked for the weekly mail of %(name)s.", name=name),
        ],
        "button": words.say("Yes, subscribe me"),
        "url": url,
        "after": [
            words.say("The link works for seven days."),
            words.say("If it was not you, do nothing: you will receive no other mail."),
        ],
        "links": [],
    }
    subject = words.say("Please confirm: %(name)s", name=name)
    return _letter(spoken, asked, subject, values, token, "")


def already(kit: Kit, asked: Asked, choose: str, leave: str, token: str) -> Letter:
    """Says that they are subscribed: ``choose`` and ``leave`` are where they change it."""
    spoken = speaking(kit, asked.language)
    words, name = spoken.words, name_of(spoken)
    values = {
        "heading": words.say("You are subscribed already"),
        "paragraphs": [
            words.say("Somebody, probably you, asked for the weekly mail of %(name)s.", name=name),
            words.say("This address receives it already, so there is nothing to do."),
        ],
        "button": words.say("Choose what you receive"),
        "url": choose,
        "after": [],
        "links": [(words.say("Unsubscribe"), leave)],
    }
    subject = words.say("You are subscribed already: %(name)s", name=name)
    return _letter(spoken, asked, subject, values, token, leave)


def return_path(publication: Publication, sender: str) -> str:
    """Where bounces of such mails go: ``[mail] return_path``, else the sender's address."""
    return publication.mail.return_path or sender


def _letter(
    kit: Kit, asked: Asked, subject: str, values: Mapping[str, object], token: str, leave: str
) -> Letter:
    publication = kit.publication
    sender = sender_of(kit)
    shown = f"{sender.display_name} · {sender.addr_spec}"
    frame = {
        **values,
        "name": name_of(kit),
        "subject": subject,
        "sender": shown if sender.display_name else sender.addr_spec,
        "postal_address": shortened(publication.mail.postal_address, 500),
    }
    # Only an address that is not ASCII needs RFC 6532's headers, and a relay that takes them.
    policy = POLICY if asked.email.isascii() else POLICY.clone(utf8=True)
    message = EmailMessage(policy=policy)
    message["From"] = sender
    message["To"] = asked.email
    if reply_to := mailbox(publication.mail.reply_to):
        message["Reply-To"] = reply_to
    message["Subject"] = shortened(subject, 200)
    message["Date"] = rfc5322_date(asked.at)
    message["Message-ID"] = f"<{token}@{sender.domain}>"
    message["List-Id"] = f"<digest.{host_of(kit)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5
    if leave:
        message["List-Unsubscribe"] = bracketed(leave)
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058 §3.1
    text = kit.render("confirm.txt", **frame).strip("\n") + "\n"
    message.set_content(text, cte="quoted-printable")
    html = kit.render("confirm.html", **frame)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{token}")
    path = return_path(publication, sender.addr_spec)
    return Letter(token, path, asked.email, (message.as_bytes(),))
