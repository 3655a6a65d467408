"""Errors in the language of whoever reads them: wrong usage, and what a build's gate refuses."""

from collections.abc import Callable, Mapping

from feeds.errors import ContentError, Problem, TalkfeedsError, UsageError, WorldError

LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
_NOT_IN_CI = (
    "--links=remote asks other people's servers, again at every run: not where CI is set "
    "(leave =remote out there)"
)
# What argparse says (Python 3.11 to 3.14), and what every command and check say beside it.
USAGE = (
    "argument {name}: expected one argument",
    "argument {name}: expected at least one argument",
    "argument {name}: expected {number} arguments",
    "argument {name}: ignored explicit argument {value}",
    "argument {name}: invalid choice: {value} (choose from {words})",
    "argument {name}: invalid {kind} value: {value}",
    "argument {name}: not allowed with argument {other}",
    "ambiguous option: {value} could match {words}",
    "one of the arguments {words} is required",
    "the following arguments are required: {words}",
    "unrecognized arguments: {words}",
    "usage: {words}",
    "an empty name is no file (was a variable empty?)",
    "--features is of mails: name files, or add --mail",
    "--links= is followed by remote, or by nothing and no = before it",
    _NOT_IN_CI,
    "--language: {value} is not a language tag",
    "--root {value} is not a folder",
)
WORLD = (
    "is not there",
    "make it: talkfeeds build",
    "is no mail",
    "name an .eml file, or the HTML of a mail",
    "its style is nested too deeply",
    "make it flatter",
    "is not in {folder} or above it",
    "change into a publication, name one with --root, or make one with: talkfeeds new",
)


def spoken(error: TalkfeedsError, environment: Mapping[str, str]) -> str:
    """What an error says, in the language of LC_ALL, LC_MESSAGES or LANG where that is known here,
    and in English otherwise."""
    locale = next((found for name in LOCALES if (found := environment.get(name))), "")
    if not locale or locale[:2] == "en" or locale.partition(".")[0] in {"C", "POSIX"}:
        return str(error)
    from feeds.edges.feedfiles import catalogs
    from feeds.render.words import Words

    words = Words(locale.partition(".")[0].partition("@")[0].replace("_", "-"), catalogs())
    if words.language == "en":
        return str(error)

    def translate(template: str) -> str:
        return str(words.translations.gettext(template)) if template else ""

    from feeds.check.documents.sayings import taken_apart

    def sentence(said: str, templates: tuple[str, ...] = USAGE) -> str:
        found = taken_apart(said, templates)
        return translate(found[0]).format_map(found[1]) if found else translate(said)

    if isinstance(error, UsageError):
        return "\n".join(map(sentence, str(error).split("\n")))
    if isinstance(error, ContentError):
        return "\n".join(str(_problem(problem, translate)) for problem in error.problems)
    if isinstance(error, WorldError):
        cause, remedy = sentence(error.cause, WORLD), sentence(error.remedy, WORLD)
        return str(WorldError(error.subject, cause, remedy))
    return str(error)


def _problem(problem: Problem, translate: Callable[[str], str]) -> Problem:
    """A fault that the gate found, in words of the reader's language; another's as it is."""
    from feeds.check.documents.rules import RULES
    from feeds.check.documents.sayings import taken_apart
    from feeds.check.documents.sheet import Fault
    from feeds.check.documents.speaking import in_words

    rule = RULES.get(problem.key)
    found = taken_apart(problem.message, (rule.message,)) if rule is not None else None
    if rule is None or found is None:
        return problem
    fault = Fault(problem.line, problem.key, rule.level, "", found[1])
    message, remedy = in_words(fault, translate)
    return problem._replace(message=message, remedy=remedy)
