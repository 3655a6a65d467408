"""``talkfeeds check``: wiring and printing; no rules."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from feeds.cli.common import Commands, Parser, add_command, print_json, root_of
from feeds.errors import TalkfeedsError, UsageError, WorldError

if TYPE_CHECKING:
    from feeds.check.documents import Fault
    from feeds.check.messages import Expected
    from feeds.cli.checked import Speech
    from feeds.edges.asking import Asker
    from feeds.edges.sitefiles import Sites
    from feeds.jobs.checking import Checked
    from feeds.model import Week

# How long a link that was there is not asked for again: a week.
_REMEMBERED_S = 7 * 86_400.0


def add_to(commands: "Commands[Parser]") -> None:
    """Put the command into the parser."""
    check = add_command(
        commands,
        "check",
        _check,
        "hold feeds against their specifications: Atom, RSS, podcasts, JSON Feed, OPML",
        "talkfeeds check --strict\n"
        "         talkfeeds check public/feed.atom https://talks.example.org/feed.json",
    )
    check.add_argument(
        "paths",
        nargs="*",
        metavar="PATH|URL",
        help="files, folders, addresses, - for standard input (default: public/)",
    )
    check.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github"),
        default="text",
        help="how to say it (default: %(default)s)",
    )
    check.add_argument(
        "--language",
        default="",
        metavar="TAG",
        help="of the messages, es or en (default: the publication's, else that of LANG)",
    )
    check.add_argument("--strict", action="store_true", help="warnings count as errors do")
    check.add_argument(
        "--links",
        nargs="?",
        const="local",
        metavar="remote",
        help="whether links lead to files that are there; --links=remote asks other servers too",
    )
    check.add_argument(
        "--mail",
        nargs="?",
        const="",
        metavar="WEEK",
        help="the publication's digest as mail programs show it: the newest, or 2017-W49's",
    )
    check.add_argument(
        "--features",
        action="store_true",
        help="only list what mails use of HTML and CSS, who shows it, and what stands in for it",
    )
    check.add_argument(
        "--base-url", default="", metavar="URL", help="where the site will be (default: as it says)"
    )


def _check(options: argparse.Namespace) -> int:
    from feeds.check import Level
    from feeds.cli.checked import as_github, as_json, as_sarif, as_text
    from feeds.edges.sitefiles import Sites
    from feeds.jobs.checking import check_all, without_passwords

    links, week = _links_wanted(options), _week_wanted(options)
    if not all(options.paths):
        raise UsageError("an empty name is no file (was a variable empty?)")
    if options.features and options.mail is None and not options.paths:
        raise UsageError("--features is of mails: name files, or add --mail")
    options.paths = ["/dev/stdin" if name == "-" else name for name in options.paths]
    names = options.paths or ([] if options.mail is not None and not links else [_public(options)])
    speech = _speech(options)
    if options.features:
        return _features(options, names, week, speech)
    mails, sites = _Mails(wanted=options.mail is not None), Sites(twice=bool(links))
    checked = check_all(sites, names, mails=mails, pages=bool(links))
    if options.mail is not None:
        checked = _with_digest(options, checked, mails, week)
    if links:
        checked = _with_links(options, names, sites, checked, speech, remote=links == "remote")
    checked = without_passwords(checked, names)
    if options.format == "json":
        print_json([as_json(remark, speech.say) for remark in checked.remarks])
    elif options.format == "sarif":
        print_json(as_sarif(checked, speech.say))
    else:
        say = as_github if options.format == "github" else as_text
        for remark in checked.remarks:
            print(say(remark, speech.say))
    errors, warnings = checked.count(Level.ERROR), checked.count(Level.WARNING)
    if options.format == "text":
        print(speech.outcome(checked.documents, errors, warnings), file=sys.stderr)
    return 1 if errors or (options.strict and warnings) else 0


class _Mails:
    """Fulfils the job's Mails; what mail programs show is read when the first mail comes.

    HTML at an address is a page of a website, unless mails are ``wanted``.
    """

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted

    def kind(self, name: str, data: bytes) -> str:
        from feeds.check.mail.kinds import is_html, kind_of
        from feeds.edges.feedfiles import is_address

        if is_html(data) and is_address(name) and not self.wanted:
            return "page"
        return kind_of(name, data)

    def check(
        self, name: str, data: bytes, text: bytes | None, expected: "Expected | None" = None
    ) -> "list[Fault]":
        from feeds.check.mail.checking import check_mail
        from feeds.edges.mailfiles import support

        return check_mail(name, data, support(), text, expected)


def _week_wanted(options: argparse.Namespace) -> "Week | None":
    """The week behind --mail. What else stands there is a path."""
    from feeds.model import Week

    if not options.mail:
        return None
    if options.mail[:4].isdecimal() and options.mail[4:6].upper() == "-W":
        return Week.parse(options.mail)
    options.paths.insert(0, options.mail)
    return None


def _with_digest(
    options: argparse.Namespace, checked: "Checked", mails: _Mails, week: "Week | None"
) -> "Checked":
    """And the publication's own digest, as a letter."""
    from feeds.edges.content import Folder
    from feeds.jobs.checking import Checked, Remark
    from feeds.jobs.mailing import sample_letter

    sample = sample_letter(Folder(root_of(options)), week)
    faults = mails.check(f"{sample.name}.eml", sample.data, None, sample.expected)
    remarks = [Remark(sample.name, fault) for fault in faults]
    return Checked(checked.documents + 1, (*checked.remarks, *remarks))


def _features(
    options: argparse.Namespace, names: list[str], week: "Week | None", speech: "Speech"
) -> int:
    """A row a feature of each mail."""
    from dataclasses import asdict

    from feeds.check.links.addresses import without_password
    from feeds.check.mail.kinds import kind_of
    from feeds.check.mail.usage import usage_of
    from feeds.edges.content import Folder
    from feeds.edges.feedfiles import Shelves
    from feeds.edges.mailfiles import support
    from feeds.jobs.mailing import sample_letter

    known, shelves = support(), Shelves()
    found = {}
    for name in names if options.paths else ():
        try:
            found[without_password(name)] = shelves.read(name)
        except WorldError as error:
            raise WorldError(without_password(name), error.cause, error.remedy) from error
    if options.mail is not None:
        sample = sample_letter(Folder(root_of(options)), week)
        found[f"{sample.name}.eml"] = sample.data
    rows = []
    for name, data in found.items():
        if kind_of(name, data) != "mail":
            raise WorldError(name, "is no mail", "name an .eml file, or the HTML of a mail")
        try:
            rows += [{"file": name, **asdict(row)} for row in usage_of(name, data, known)]
        except RecursionError as error:
            raise WorldError(name, "its style is nested too deeply", "make it flatter") from error
    if options.format == "json":
        print_json(rows)
        return 0
    for row in rows:
        print(speech.feature(row))
    print(speech.features(len(rows), known.updated, known.shares_of), file=sys.stderr)
    return 0


def _links_wanted(options: argparse.Namespace) -> str:
    """``local``, ``remote`` or empty. What else stands behind --links is a path."""
    if options.links == "" or (options.links or "local").isspace():
        raise UsageError("--links= is followed by remote, or by nothing and no = before it")
    options.links = options.links or ""
    if options.links not in {"", "local", "remote"}:
        options.paths.insert(0, options.links)
        options.links = "local"
    if options.links == "remote" and os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        raise UsageError(
            "--links=remote asks other people's servers, again at every run: not where CI is set "
            "(leave =remote out there)"
        )
    return str(options.links)


def _with_links(
    options: argparse.Namespace,
    names: list[str],
    sites: "Sites",
    checked: "Checked",
    speech: "Speech",
    *,
    remote: bool,
) -> "Checked":
    """What was found, and what the links show; each document's lines in their order."""
    from feeds.cli.common import base_url_of
    from feeds.jobs.checking import merged
    from feeds.jobs.linking import check_links

    asker = _asker(options) if remote else None
    found = check_links(sites, names, asker, base_url_of(options))
    if options.format == "text":
        asked = found.asked if remote else None
        print(speech.links(found.documents, found.links, asked), file=sys.stderr)
    return merged(checked, found.remarks)


def _asker(options: argparse.Namespace) -> "Asker":
    """With a memory where there is a publication to keep it in."""
    from time import time

    from feeds.edges.asking import Asker, Memory

    try:
        folder = root_of(options) / ".talkfeeds"
    except TalkfeedsError:
        return Asker()
    return Asker(Memory(folder / "cache" / "links.json", time(), _REMEMBERED_S))


def _public(options: argparse.Namespace) -> str:
    folder = root_of(options) / "public"
    if not folder.is_dir():
        raise WorldError(str(folder), "is not there", "make it: talkfeeds build")
    return os.path.relpath(folder)


def _speech(options: argparse.Namespace) -> "Speech":
    """In the language of whoever reads: as asked for, the publication's, or LANG's."""
    from feeds.cli.checked import Speech
    from feeds.edges.feedfiles import catalogs
    from feeds.render.words import Words
    from feeds.text import is_language

    language = options.language
    if language and not is_language(language):
        raise UsageError(f"--language: {language!r} is not a language tag")
    if not language:
        language = _publication_language(options)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        language = language or _language_of(os.environ.get(name, ""))
    return Speech(Words(language or "en", catalogs()))


def _language_of(locale: str) -> str:
    """``es-MX`` of ``es_MX.UTF-8@euro``; empty for what names no language, such as C."""
    from feeds.text import is_language

    tag = locale.partition(".")[0].partition("@")[0].replace("_", "-")
    return tag if is_language(tag) and tag not in {"C", "POSIX"} else ""


def _publication_language(options: argparse.Namespace) -> str:
    """Empty where there is no publication, or none that can be read."""
    from feeds.edges.content import Folder
    from feeds.jobs.loading import read_settings

    try:
        return read_settings(Folder(root_of(options))).language
    except TalkfeedsError:
        return ""
