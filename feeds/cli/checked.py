"""What ``talkfeeds check`` found, in words and in the formats that programs read."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from feeds import __version__
from feeds.check.documents.rules import RULES
from feeds.check.documents.speaking import (
    Translate,
    in_words,
    source_in_words,
    title_in_words,
    with_platforms,
)
from feeds.jobs.checking import Checked, Remark
from feeds.render.words import Words
from feeds.text import visible

_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "advice": "note"}
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "advice": "notice"}


class Speech:
    """Sentences in the language of whoever reads."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def say(self, template: str) -> str:
        """A template, translated where there is a translation."""
        return str(self._words.translations.gettext(template)) if template else ""

    def outcome(self, documents: int, errors: int, warnings: int) -> str:
        """How it went, in a line."""
        count = self._words.count
        found = [
            count("%(num)s error", "%(num)s errors", errors),
            count("%(num)s warning", "%(num)s warnings", warnings),
        ]
        looked_at = count("%(num)s document", "%(num)s documents", documents)
        return f"{looked_at}: {', '.join(found)}"

    def links(self, files: int, links: int, asked: int | None) -> str:
        """Where links were looked for; ``asked`` are the addresses elsewhere, if any were asked."""
        count = self._words.count
        found = self.say("{files} with {links}").format(
            files=count("%(num)s file", "%(num)s files", files),
            links=count("%(num)s link", "%(num)s links", links),
        )
        if asked is None:
            return found
        elsewhere = count("%(num)s address elsewhere", "%(num)s addresses elsewhere", asked)
        return f"{found}, {elsewhere}"

    def feature(self, row: Mapping[str, Any]) -> str:
        """A row of what a mail uses."""
        names = [with_platforms(name, self.say) for name in row["without"]]
        who = ", ".join(names) or self.say("shown everywhere")
        beside = row["fallback"]
        if beside:
            beside = "; " + self.say("instead: {fallback}").format(fallback=self.say(beside))
        title = title_in_words(row["title"], self.say)
        return f"{row['share']:>5.1f} %  {title} × {row['uses']}: {who}{beside}"

    def features(self, number: int, updated: str, shares_of: str) -> str:
        """What stands below those rows."""
        found = self._words.count("%(num)s feature", "%(num)s features", number)
        template = (
            "{features}; per cent of opened mails where it is not shown (Can I email, {updated}; "
            "shares of {shares})"
        )
        return self.say(template).format(features=found, updated=updated, shares=shares_of)


def as_text(remark: Remark, translate: Translate) -> str:
    """A line. A file's name is shown so that it cannot write another, or into the terminal."""
    fault = remark.fault
    message, remedy = in_words(fault, translate)
    source = source_in_words(fault, translate)
    said = f"{translate(fault.level)}: {fault.rule}: {message} ({remedy}; {source})"
    return f"{visible(remark.file)}:{fault.line}: {said}"


def as_json(remark: Remark, translate: Translate) -> dict[str, Any]:
    """An object for programs."""
    fault = remark.fault
    message, remedy = in_words(fault, translate)
    return {
        "file": remark.file,
        "line": fault.line,
        "rule": fault.rule,
        "level": str(fault.level),
        "message": message,
        "remedy": remedy,
        "source": fault.source,
    }


def as_github(remark: Remark, translate: Translate) -> str:
    """A workflow command: https://docs.github.com/actions, "Workflow commands"."""
    fault = remark.fault
    level = _GITHUB_LEVELS[fault.level]
    file = _escaped(_bare(remark.file), ":,")
    place = f"file={file},line={fault.line},title={fault.rule}"
    message, remedy = in_words(fault, translate)
    said = f"{message} ({remedy}; {source_in_words(fault, translate)})"
    return f"::{level} {place}::{_escaped(said)}"


def _bare(name: str) -> str:
    """A file's name without what moves a terminal's cursor, but for line ends."""
    return "".join(char if char in "\r\n" else visible(char) for char in name)


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def _uri(file: str) -> str:
    """An address as it is, a path as a relative reference (RFC 3986 §4.2): in it, : ? # % are
    letters of a name, and so are bytes that are no text."""
    if "://" in file:
        return quote(file, safe="/:?&=#%@+,;~[]", errors="surrogateescape")
    return quote(file, errors="surrogateescape")


def as_sarif(checked: Checked, translate: Translate) -> dict[str, Any]:
    """SARIF 2.1.0, as code scanning reads it."""
    used = sorted({remark.fault.rule for remark in checked.remarks})
    rules = [
        {
            "id": rule,
            "shortDescription": {"text": translate(RULES[rule].message)},
            "help": {"text": f"{translate(RULES[rule].remedy)} ({translate(RULES[rule].source)})"},
            "defaultConfiguration": {"level": _SARIF_LEVELS[RULES[rule].level]},
        }
        for rule in used
    ]
    results = [
        {
            "ruleId": remark.fault.rule,
            "ruleIndex": used.index(remark.fault.rule),
            "level": _SARIF_LEVELS[remark.fault.level],
            "message": {"text": "{} ({})".format(*in_words(remark.fault, translate))},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(remark.file)},
                        "region": {"startLine": max(remark.fault.line, 1)},
                    }
                }
            ],
        }
        for remark in checked.remarks
    ]
    driver = {"name": "talkfeeds", "version": __version__, "rules": rules}
    return {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
