"""Faults in a person's language: templates are looked up, then values are put in."""

from collections.abc import Callable, Iterator

from feeds.check.documents.causes import CAUSES, PARSED, QUOTED
from feeds.check.documents.rules import RULES
from feeds.check.documents.rules_mail import MAIL_RULES
from feeds.check.documents.sayings import SAYINGS, taken_apart
from feeds.check.documents.sheet import Fault
from feeds.check.mail import titles
from feeds.check.mail.titles import TITLES
from feeds.patterns import pattern

Translate = Callable[[str], str]

_OF = pattern(r"(\S+) of <(.+)>")
_ATTRIBUTE = "{attribute} of <{element}>"
_ONE_OF = "one of {words}"
_PREFIX = "one of "
# Of those who demand something, what is a sentence.
_CITED = pattern(r"RFC|RSS|Apple|JSON|PSP|BCP|Can |CAN-|HTML|WCAG|XML|OPML|Media|Name|Pod|talkf")
SOURCES = sorted(
    {rule.source for rule in RULES.values() if not _CITED.match(rule.source)}
    | {"RFC 5322, as Python's email reads it", "RFC 4287, appendix B"}
)
_TRANSLATED = {"where", "wanted", "found"}
# Where Can I email's name of a platform is no name.
PLATFORMS = ("Desktop Webmail", "Mobile Webmail")


def in_words(fault: Fault, translate: Translate) -> tuple[str, str]:
    """The message and the remedy; ``translate`` gives a template back that it does not know."""
    row = fault.row
    values = {key: _value(fault, key, value, translate) for key, value in fault.values.items()}
    return translate(row.message).format_map(values), translate(row.remedy).format_map(values)


def source_in_words(fault: Fault, translate: Translate) -> str:
    """Who demands it: a citation stays as it is, a sentence does not."""
    return translate(fault.source)


def with_platforms(clients: str, translate: Translate) -> str:
    """Names of mail programs, those of their platforms that are words in the reader's language."""
    for platform in PLATFORMS:
        clients = clients.replace(f"({platform})", f"({translate(platform)})")
    return clients


def title_in_words(title: str, translate: Translate) -> str:
    """The name of a feature of mails, where it has words."""
    found = titles.taken_apart(title)
    return translate(found[0]).format_map(found[1]) if found else title


def _value(fault: Fault, key: str, value: str, translate: Translate) -> str:
    """What of a value is in English: places, what was wanted, causes, names in mails."""
    if key == "where" and (found := _OF.fullmatch(value)):
        return translate(_ATTRIBUTE).format(attribute=found[1], element=found[2])
    if key == "wanted" and value.startswith(_PREFIX):
        return translate(_ONE_OF).format(words=value.removeprefix(_PREFIX))
    if key == "detail" or fault.row.message == "{value}":
        return _cause(fault.rule, value, translate)
    if key == "clients":
        return with_platforms(value, translate)
    if key == "feature":
        return title_in_words(value, translate)
    return translate(value) if key in _TRANSLATED and value else value


def _cause(rule: str, said: str, translate: Translate) -> str:
    """A cause; what a parser said in words that are not known here is marked as its own."""
    sayings = SAYINGS if rule in MAIL_RULES else CAUSES
    if found := taken_apart(said, sayings):
        values = {key: translate(one) if key == "part" else one for key, one in found[1].items()}
        return translate(found[0]).format_map(values)
    told = translate(said) if said else said
    if told == said and rule in PARSED and (quoted := translate(QUOTED)) != QUOTED:
        return quoted.format(words=said)
    return told


def templates() -> Iterator[str]:
    """Every template that a catalog must have."""
    yield from (_ATTRIBUTE, _ONE_OF, *SAYINGS, *CAUSES, QUOTED, *PLATFORMS, *TITLES)
    from feeds.check.mail.fallbacks import FALLBACKS

    yield from (one.why for one in FALLBACKS.values())
    yield from SOURCES
    for rule in RULES.values():
        yield rule.message
        yield rule.remedy
