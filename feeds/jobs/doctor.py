"""Doctor: whether all that a publication needs is there, and whether its mail would be trusted."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from feeds.check import State, Verdict
from feeds.check.dkim import record_of
from feeds.check.records import Answer, Found
from feeds.check.sender import Sender, check_sender, is_inner
from feeds.check.spf import Address
from feeds.check.tools import Tools, check_tools
from feeds.dkim import key_files
from feeds.errors import ContentError, WorldError
from feeds.jobs.loading import Source, kit_of, load, read_settings, read_talks
from feeds.render.newsletter import sender_of

_DKIM_KEYS = "TALKFEEDS_DKIM_KEYS"
_SMTP_URL = "TALKFEEDS_SMTP_URL"
_DATABASE_URL, _IMAP_URL = "TALKFEEDS_DATABASE_URL", "TALKFEEDS_IMAP_URL"
_SECRET_KEY = "TALKFEEDS_SECRET_KEY"  # noqa: S105 # its name, not the key
_COOKIES = "TALKFEEDS_COOKIES"
_VARIABLES = (_COOKIES, _SMTP_URL, _DATABASE_URL, _IMAP_URL, _SECRET_KEY, _DKIM_KEYS)
# Only their form, and how to write them: whoever opens one of them says the rest.
_URLS = {
    _DATABASE_URL: (
        re.compile(r"(?:postgres(?:ql)?(?:\+\w+)?|sqlite(?:\+\w+)?)://\S+"),
        "is no database's URL",
        "write it as postgresql://user:password@host/database or sqlite:////path/mail.db",
    ),
    _IMAP_URL: (
        re.compile(r"imaps?://[^\s:@/]+:[^\s@/]+@[^\s@/]+(?:/\S*)?"),
        "is no mailbox's URL",
        "write it as imaps://user:password@mail.example.org/INBOX",
    ),
}
_MIN_SECRET = 32
_SHOWN = 20  # problems of the content: talkfeeds build lists all of them
_GUESSED = "if it sends from another address than it takes mail at, name that with --ip"


class Resolver(Protocol):
    """Who asks the DNS."""

    def look_up(self, name: str, kind: str) -> Answer:
        """The records of that type; WorldError when no resolver answers at all."""
        ...


class Keys(Protocol):
    """Who reads private keys."""

    def __call__(self, path: str) -> bytes:
        """The file's bytes; WorldError when it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Setup:
    """How mail leaves: the relay's URL, the addresses that the world sees, the selectors.

    ``smtp_url`` is empty without a relay; ``addresses`` is empty when they are to be found
    from it. ``dkim_keys`` is the value of ``TALKFEEDS_DKIM_KEYS``, ``selectors`` are those
    whose keys others hold.
    """

    smtp_url: str = ""
    addresses: tuple[Address, ...] = ()
    dkim_keys: str = ""
    selectors: tuple[str, ...] = field(default=())


def check_mail(source: Source, resolver: Resolver, keys: Keys, setup: Setup) -> tuple[Verdict, ...]:
    """The DNS of who sends. ContentError for broken settings, WorldError without a resolver."""
    publication = read_settings(source)
    address = sender_of(kit_of(source, publication))
    relay: list[Verdict] = []
    found = setup.addresses
    if not found:
        verdict, found = _relay_addresses(setup.smtp_url, resolver)
        relay.append(verdict)
    records = dict.fromkeys(setup.selectors, "")
    for selector, path in _key_files(setup.dkim_keys).items():
        records[selector] = _record(selector, path, keys)
    sender = Sender(
        from_domain=address.domain.lower(),
        return_path=publication.mail.return_path or address.addr_spec,
        addresses=found,
        guessed=not setup.addresses,
        keys=records,
    )
    return (*relay, *check_sender(sender, resolver.look_up))


def _key_files(value: str) -> dict[str, str]:
    try:
        return key_files(value)
    except ValueError as error:
        remedy = "write it as selector=/path/key.pem,selector2=/path2/key2.pem"
        raise WorldError(_DKIM_KEYS, str(error), remedy) from None


def _record(selector: str, path: str, keys: Keys) -> str:
    try:
        return record_of(keys(path))
    except ValueError as error:
        remedy = f"{_DKIM_KEYS} names it for the selector {selector}"
        raise WorldError(path, str(error), remedy) from None


def _relay_addresses(url: str, resolver: Resolver) -> tuple[Verdict, tuple[Address, ...]]:
    """Where the relay is, which is where mail comes from unless it says otherwise."""
    if not url:
        message = f"{_SMTP_URL} is not set, so nobody knows from where mail will come"
        remedy = "name the address with --ip"
        return Verdict("relay", "", State.WARNING, message, remedy), ()
    host = smtp_host(url)
    try:
        found: tuple[Address, ...] = (ip_address(host),)
    except ValueError:
        found = (ip_address("127.0.0.1"),)  # RFC 6761 §6.3: localhost is asked of nobody
        if host != "localhost":
            answers = [resolver.look_up(host, kind) for kind in ("A", "AAAA")]
            found = tuple(ip_address(value) for answer in answers for value in answer.values)
            causes = [answer.cause for answer in answers if answer.found is Found.FAILED]
    if not found:
        message = f"cannot be looked up: {causes[0]}" if causes else "has no address"
        return Verdict("relay", host, State.ERROR, message, f"correct {_SMTP_URL}"), ()
    outer = tuple(ip for ip in found if not is_inner(ip))
    if not outer:
        message = "is in your own network: the world sees another address"
        return Verdict("relay", host, State.WARNING, message, "name that with --ip"), ()
    return Verdict("relay", host, State.OK, f"{', '.join(map(str, outer))}; {_GUESSED}"), outer


def smtp_host(url: str) -> str:
    """The host of ``TALKFEEDS_SMTP_URL``; WorldError, without the URL, when there is none."""
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in {"smtp", "smtps"} or not host:
        remedy = "write it as smtp://user:password@host:587"
        raise WorldError(_SMTP_URL, "is not an SMTP URL", remedy)
    return host.lower()


def check_place(source: Source, environment: Mapping[str, str], keys: Keys) -> tuple[Verdict, ...]:
    """Settings, talks and environment: whether a build and a send have what they need."""
    return (*_content(source), *_environment(environment, keys))


def check_recordings(
    source: Source, tools: Callable[[], Tools], now: datetime
) -> tuple[Verdict, ...]:
    """What fetching recordings needs, where a talk has one; nothing while content is broken."""
    try:
        publication = read_settings(source)
        talks = read_talks(source, publication)
    except ContentError:
        return ()
    if not any(talk.recording for talk in talks):
        return ()
    return tuple(check_tools(tools(), publication.audio.min_free_bytes, now))


def _content(source: Source) -> Iterator[Verdict]:
    try:
        loaded = load(source)
    except ContentError as error:
        for problem in error.problems[:_SHOWN]:
            where = f"{problem.path}:{problem.line}" if problem.line else problem.path
            said = f"{problem.key}: {problem.message}" if problem.key else problem.message
            yield Verdict("content", where, State.ERROR, said, problem.remedy)
        if (left := len(error.problems) - _SHOWN) > 0:
            more = f"{left} more problems"
            yield Verdict("content", "content/", State.ERROR, more, "see them: talkfeeds build")
        return
    publication = loaded.publication
    talks = f"{len(loaded.plan.talks):,} talks" if loaded.plan.talks else "no talks yet"
    yield Verdict("content", "content/", State.OK, f"{talks}, {loaded.drafts} drafts")
    settings = "content/publication.toml"
    if not publication.mail.sender and not (publication.author and publication.author.email):
        remedy = 'set [mail] sender = "Talks <talks@example.org>"'
        yield Verdict("settings", settings, State.WARNING, "nobody is named as sender", remedy)
    for key, url in (("base_url", publication.base_url), ("web_url", publication.mail.web_url)):
        if url.startswith("http:"):
            message = f"{key} is http: no mail with such links may leave"
            yield Verdict("settings", settings, State.WARNING, message, "serve it by https")


def _environment(environment: Mapping[str, str], keys: Keys) -> Iterator[Verdict]:
    for name in sorted(environment):
        if not name.startswith("TALKFEEDS_") or not environment[name].strip():
            continue
        if name not in _VARIABLES:
            close = get_close_matches(name, _VARIABLES, n=1, cutoff=0.6)
            remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join(_VARIABLES)}"
            yield Verdict("environment", name, State.WARNING, "is not a setting", remedy)
            continue
        try:
            problem, remedy = _variable(name, environment[name].strip(), keys)
        except WorldError as error:
            subject = f"{error.subject}: " if error.subject != name else ""
            problem, remedy = f"{subject}{error.cause}", error.remedy
        if problem:
            yield Verdict("environment", name, State.ERROR, problem, remedy)
        else:
            yield Verdict("environment", name, State.OK, "well-formed")


def _variable(name: str, value: str, keys: Keys) -> tuple[str, str]:
    """What is wrong with it and what to do; it may hold a password and is not repeated."""
    if name == _SMTP_URL:
        smtp_host(value)
    elif name == _DKIM_KEYS:
        for selector, path in _key_files(value).items():
            _record(selector, path, keys)
    elif name == _COOKIES:
        pass  # check_tools says what there is to say
    elif name == _SECRET_KEY:
        if len(value) < _MIN_SECRET:
            return f"is shorter than {_MIN_SECRET} characters", "make a longer one"
    else:
        form, problem, remedy = _URLS[name]
        if not form.fullmatch(value):
            return problem, remedy
    return "", ""
