"""The rules of mails: those of the gate for messages, and what mail programs show of them."""

from feeds.check import Level
from feeds.check.documents.ruling import Rule
from feeds.check.rules import RULES as GATE

_E = Level.ERROR


def _escaped(text: str) -> str:
    """A text that says braces, as a template."""
    return text.replace("{", "{{").replace("}", "}}")


MAIL_RULES: dict[str, Rule] = {
    **{
        name: Rule(rule.level, rule.source, "{detail}", _escaped(rule.remedy))
        for name, rule in GATE.items()
    },
    "mail-feature": Rule(
        _E, "Can I email",
        "{feature} is not shown by {clients}, where {share} % of all mails are opened",
        "do without it, or put beside it what stands in for it",
    ),
    "mail-contrast": Rule(
        _E, "WCAG 2.2 §1.4.3",
        "“{value}” in {ink} on {ground} has a contrast of {found}, not {wanted}",
        "take a lighter or a darker colour",
    ),
    "mail-contrast-dark": Rule(
        _E, "WCAG 2.2 §1.4.3",
        "“{value}” in {ink} on {ground} has a contrast of {found}, not {wanted}, where dark "
        "colours are preferred",
        "take a lighter or a darker colour in the dark palette",
    ),
    "mail-text-words": Rule(
        _E, "both parts say the same, RFC 2046 §5.1.4", "the text part does not say “{value}”",
        "correct the template digest.txt",
    ),
}  # fmt: skip
