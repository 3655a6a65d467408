"""Enhanced status codes (RFC 3463, IANA's registry): which of them say that a mailbox is gone.

The class decides (5 hard, 4 soft) but for the permanent codes of ``_SOFT``. They say something
about this message, this hour or our reputation, and nothing about the mailbox, so they count
as soft: whoever keeps answering so is given up after ``[mail] max_bounces`` issues.
"""

import re

from feeds.deliveries import BounceKind

_STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
# RFC 5321 §4.2: a reply code, at the beginning of what a server said.
_REPLY = re.compile(r"(?:^|;\s*|\bsaid:\s*|\bSMTP error[^:]*:\s*)([45])(\d\d)(?=[\s#-]|$)", re.I)

# The longest beginning that fits decides; True is soft.
_SOFT = {
    "5.1.": False,  # the address
    "5.1.7": True,  # the *sender's* address is refused
    "5.1.8": True,
    "5.2.": False,  # the mailbox
    "5.2.2": True,  # it is full
    "5.2.3": True,  # the message is too long for it
    "5.2.4": True,  # a mailing list behind it does not expand
    "5.3.": True,  # the mail system: full, shut, or the message too big
    "5.4.": True,  # network and routing, among them loops and retries that ran out
    "5.4.1": False,  # Exchange Online's word for a recipient that does not exist
    "5.4.4": False,  # the domain cannot be routed to: it is not there any more
    "5.4.310": False,  # the same, as Exchange Online says it
    "5.5.": True,  # protocol
    "5.5.0": False,  # what Outlook.com says for a mailbox that does not exist
    "5.6.": True,  # content and its encoding
    "5.7.": True,  # policy: spam filters, block lists, authentication
}
# Without an enhanced code: RFC 5321 §4.2.3. 552 is a full mailbox, 554 a policy or worse.
_SOFT_REPLIES = {"552", "554", "555"}


def judged(status: str, said: str = "") -> tuple[BounceKind, str]:
    """A final failure's kind and enhanced code, from its Status and its server's own words.

    ``said`` goes before a status that says nothing (5.0.0, as Exim and qmail write for
    everything). The code is empty when neither holds one.
    """
    code = _code(status)
    if not code or code.endswith(".0.0"):
        code = _code(said) or code
    if code.endswith(".0.0") or not code:
        reply = _REPLY.search(said[:1_000])
        if reply:
            soft = reply[1] == "4" or reply[1] + reply[2] in _SOFT_REPLIES
            return BounceKind.SOFT if soft else BounceKind.HARD, code or f"{reply[1]}.0.0"
    soft = _is_soft(code) if code else not status.strip().startswith("5")
    return BounceKind.SOFT if soft else BounceKind.HARD, code


def is_about_recipient(code: int, text: str) -> bool:
    """Whether a relay's refusal (its reply code and words) is about who the letter is for.

    The rest is about us, the letter or the relay itself: policy, content, size, protocol.
    """
    enhanced = _code(text)
    if not enhanced:
        return code in {550, 551, 552, 553}
    if enhanced.startswith(("5.1.", "5.2.")):
        return enhanced not in {"5.1.7", "5.1.8", "5.2.3"}
    return not _is_soft(enhanced)


def _code(text: str) -> str:
    """The first enhanced status code in ``text``, or an empty string."""
    found = _STATUS.search(text[:1_000])
    return found[0] if found else ""


def _is_soft(code: str) -> bool:
    if not code.startswith("5"):
        return True
    if code in _SOFT:
        return _SOFT[code]
    return _SOFT.get(".".join(code.split(".")[:2]) + ".", False)
