"""The rules of a message: one row each, with who demands it and what to do about it."""

from dataclasses import dataclass

from feeds.check import Finding, Level


@dataclass(frozen=True, slots=True)
class Rule:
    """Who demands it, what to do where it does not hold, and how much that weighs."""

    source: str
    remedy: str
    level: Level = Level.ERROR


_SENDING = "this is for whoever writes the message, not for whoever writes the notes"
_TEMPLATE = "correct the template digest.html or digest.txt"

RULES: dict[str, Rule] = {
    "mail-size": Rule("no mail program likes more", "send fewer talks an issue"),
    "mail-line-length": Rule("RFC 5322 §2.1.1", _SENDING),
    "mail-line-ends": Rule("RFC 5322 §2.3", _SENDING),
    "mail-control": Rule("RFC 5322 §3.5", "remove the character"),
    "mail-8bit": Rule("RFC 5322 §2.3, RFC 6532 §3", _SENDING),
    "mail-end": Rule("RFC 5321 §4.1.1.4", _SENDING),
    "mail-header-form": Rule("RFC 5322 §2.2", _SENDING),
    "mail-header-length": Rule("mail servers refuse more", "shorten it"),
    "mail-header-missing": Rule("RFC 5322 §3.6, RFC 2045 §4", _SENDING),
    "mail-header-twice": Rule("RFC 5322 §3.6", _SENDING),
    "mail-encoded-word": Rule("RFC 2047 §2, §5", "leave =? out of names and titles"),
    "mail-from": Rule("RFC 5322 §3.6.2", "set [mail] sender to one plain address"),
    "mail-recipient": Rule("RFC 5322 §3.6.3", _SENDING),
    "mail-date": Rule("RFC 5322 §3.3", _SENDING),
    "mail-message-id": Rule("RFC 5322 §3.6.4", _SENDING),
    "mail-subject": Rule("RFC 5322 §3.6.5", _SENDING),
    "mail-list-id": Rule("RFC 2919 §2", _SENDING),
    "mail-list-unsubscribe": Rule(
        "RFC 2369 §2", "set [mail] unsubscribe or web_url to an https address, or a mailto:"
    ),
    "mail-list-unsubscribe-post": Rule(
        "RFC 8058 §3.1", "set [mail] web_url to the https address of talkfeeds web"
    ),
    "mail-dkim-covers": Rule("RFC 8058 §4, RFC 6376 §5.4", "name them in the signature's h="),
    "mail-auto-submitted": Rule("RFC 3834 §5", _SENDING),
    "mail-structure": Rule("RFC 2046 §5.1.4", _SENDING),
    "mail-charset": Rule("RFC 2046 §4.1.2", _SENDING),
    "mail-defect": Rule("RFC 5322, as Python's email reads it", _SENDING),
    "mail-marker-left": Rule("what is spliced must be spliced", _SENDING),
    "mail-template-left": Rule("what a template holds must be rendered", _TEMPLATE),
    "mail-value-missing": Rule("a template must have had something to say", _TEMPLATE),
    "mail-links-differ": Rule("both parts say the same, RFC 2046 §5.1.4", _TEMPLATE),
    "mail-scheme": Rule(
        "a mail's links are https or mailto", "write the address with https:// in the talk"
    ),
    "mail-active-content": Rule("mail programs refuse or remove it", _TEMPLATE),
    "mail-external-style": Rule("mail programs load none", "write it into a style element"),
    "mail-tracking-pixel": Rule("readers are not watched", "remove the picture"),
    "mail-html-form": Rule("HTML Living Standard §4.1", _TEMPLATE),
    "mail-html-size": Rule("Gmail clips a mail at 102 KB", "send fewer talks, or shorter ones"),
    "mail-html-lang": Rule("WCAG 2.2 §3.1.1", 'begin with <html lang="…">'),
    "mail-html-title": Rule("WCAG 2.2 §2.4.2", "add <title>"),
    "mail-html-charset": Rule("HTML §4.2.5.4", 'add <meta charset="utf-8">'),
    "mail-html-viewport": Rule(
        "WCAG 2.2 §1.4.10", 'add <meta name="viewport" content="width=device-width">'
    ),
    "mail-image-alt": Rule("WCAG 2.2 §1.1.1", "add an alt text"),
    "mail-image-size": Rule(
        "programs that show no pictures keep their place", "add width and height in pixels"
    ),
    "mail-postal-address": Rule(
        "CAN-SPAM Act §5(a)(5)", "print {{ postal_address }} in both digest templates"
    ),
}


def broken(
    rule: str, message: str, level: Level | None = None, *, line: int = 0, part: str = ""
) -> Finding:
    """A finding of that rule, at the rule's own level unless another is given."""
    row = RULES[rule]
    return Finding(rule, level or row.level, message, row.remedy, row.source, line, part)
