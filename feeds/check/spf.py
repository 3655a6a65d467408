"""SPF (RFC 7208): what a domain's record says about an address, and what asking costs.

Ours, because the library of that name asks the DNS by itself and says nothing of a record's
worst case; the test suite of the RFC's authors runs over it.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote

from feeds.check.records import Answer, Found, LookUp, is_host

Address = IPv4Address | IPv6Address
MAX_LOOKUPS, MAX_VOID = 10, 2
_VERSION = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)")
_MECHANISM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)((?:[:/].*)?)")
_CIDR = re.compile(r"(.*?)(?:/(0|[1-9][0-9]*))?(?://(0|[1-9][0-9]*))?")
_MACRO = re.compile(r"%(?:\{([a-zA-Z])([0-9]*)([rR]?)([.\-+,/_=]*)\}|([%_-]))")
_TOP_LABEL = re.compile(
    r"(?:[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+-[A-Za-z0-9-]*[A-Za-z0-9])"
)
_RESULTS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_ASKS = {"include", "a", "mx", "ptr", "exists", "redirect"}


class _PermanentError(Exception):
    """The record is wrong (§2.6.7)."""


class _TemporaryError(Exception):
    """The DNS did not answer (§2.6.6)."""


@dataclass(frozen=True, slots=True)
class Spf:
    """``result`` is §2.6's word. ``lookups`` counts the terms that asked the DNS (§4.6.4)."""

    result: str
    cause: str = ""
    lookups: int = 0
    record: str = ""


@dataclass(frozen=True, slots=True)
class _Term:
    result: str
    name: str
    domain: str = ""
    network: str = ""
    bits_4: int = 32
    bits_6: int = 128


@dataclass(slots=True)
class _Session:
    """One check: whom it is about, and what it has cost. Without ``ip`` it walks every branch."""

    ip: Address | None
    sender: str
    helo: str
    look_up: LookUp
    lookups: int = 0
    void: int = 0
    validated: dict[str, list[str]] = field(default_factory=dict)

    def count(self) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise _PermanentError(f"it takes more than {MAX_LOOKUPS} look-ups")

    def ask(self, name: str, kind: str) -> Answer:
        answer = self.look_up(name, kind) if is_host(name) else Answer(Found.NO_NAME)
        if answer.found is Found.FAILED:
            raise _TemporaryError(f"{name}: {answer.cause}")
        return answer

    def ask_counted(self, name: str, kind: str) -> Answer:
        answer = self.ask(name, kind)
        if answer.void:
            self.void += 1
            if self.void > MAX_VOID:
                raise _PermanentError(f"more than {MAX_VOID} look-ups lead to nothing")
        return answer


def check_spf(
    domain: str, look_up: LookUp, ip: Address | None = None, sender: str = "", helo: str = ""
) -> Spf:
    """What ``domain`` says about mail of ``sender`` (``user@domain``) from ``ip`` (§4).

    Without ``ip`` no mechanism matches, so that every branch is walked: ``lookups`` is then
    what the record costs at worst, and only ``none``, the errors and ``neutral`` come back.
    """
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    session = _Session(ip, sender or f"postmaster@{domain}", helo or domain, look_up)
    if not is_host(domain) or "." not in domain:
        return Spf("none", "it is no domain name")
    try:
        result, record = _check(session, domain)
    except _PermanentError as error:
        return Spf("permerror", str(error), session.lookups)
    except _TemporaryError as error:
        return Spf("temperror", str(error), session.lookups)
    return Spf(result, "", session.lookups, record)


def spf_records(answer: Answer) -> list[str]:
    """Those TXT records that are SPF's (§4.5)."""
    return [value for value in answer.values if _VERSION.match(value)]


def _check(session: _Session, domain: str) -> tuple[str, str]:
    records = spf_records(session.ask(domain, "TXT"))
    if len(records) > 1:
        raise _PermanentError(f"{domain} has {len(records)} SPF records")
    if not records:
        return "none", ""
    terms, redirect = _parsed(records[0], domain)
    for term in terms:
        if term.name in _ASKS:
            session.count()
        if _matches(session, domain, term):
            return term.result, records[0]
        if term.name == "all":
            return "neutral", records[0]  # while walking only: nothing behind it counts
    if redirect and not any(term.name == "all" for term in terms):
        session.count()
        target = _expanded(session, domain, redirect)
        if target is not None:
            result, _ = _check(session, target) if is_host(target) else ("none", "")
            if result == "none":
                raise _PermanentError(f"{domain} redirects to {target}, which has no record")
            return result, records[0]
    return "neutral", records[0]


def _parsed(record: str, domain: str) -> tuple[list[_Term], str]:
    """Its mechanisms and the domain that it redirects to; every term is read (§4.6)."""
    terms: list[_Term] = []
    modifiers: dict[str, str] = {}
    if not record.isascii():
        raise _PermanentError(f"{domain}: the record is not ASCII")
    for word in record.split(" ")[1:]:
        if not word:
            continue
        if modifier := _MODIFIER.fullmatch(word):
            name = modifier[1].lower()
            if name in {"redirect", "exp"}:
                if name in modifiers:
                    raise _PermanentError(f"{domain}: {name}= stands twice")
                modifiers[name] = _domain_spec(modifier[2], word, domain)
            else:
                _macro_string(modifier[2], word, domain)
        else:
            terms.append(_mechanism(word, domain))
    return terms, modifiers.get("redirect", "")


def _mechanism(word: str, domain: str) -> _Term:
    wrong = _PermanentError(f"{domain}: {word!r} is no term of SPF")
    found = _MECHANISM.fullmatch(word)
    if found is None:
        raise wrong
    result, name, rest = _RESULTS[found[1]], found[2].lower(), found[3]
    if name == "all" and not rest:
        return _Term(result, name)
    if name in {"ip4", "ip6"} and rest.startswith(":"):
        return _Term(result, name, network=_network(rest[1:], name, wrong))
    if name in {"include", "exists"} and rest.startswith(":"):
        return _Term(result, name, _domain_spec(rest[1:], word, domain))
    if name == "ptr" and (not rest or rest.startswith(":")):
        return _Term(result, name, _domain_spec(rest[1:], word, domain) if rest else "")
    if name in {"a", "mx"}:
        cidr = _CIDR.fullmatch(rest)
        if cidr is None:
            raise wrong
        target, bits_4, bits_6 = cidr[1], int(cidr[2] or 32), int(cidr[3] or 128)
        if bits_4 > 32 or bits_6 > 128 or (target and not target.startswith(":")):
            raise wrong
        spec = _domain_spec(target[1:], word, domain) if target else ""
        return _Term(result, name, spec, bits_4=bits_4, bits_6=bits_6)
    raise wrong


def _network(text: str, name: str, wrong: _PermanentError) -> str:
    host, _, bits = text.partition("/")
    if "/" in text and not re.fullmatch("0|[1-9][0-9]*", bits):
        raise wrong
    try:
        network = ip_network(text, strict=False)
        address = ip_address(host)
    except ValueError:
        raise wrong from None
    if address.version != int(name[2]):
        raise wrong
    return str(network)


def _macro_string(text: str, word: str, domain: str) -> None:
    """§7.1, without the letters that only an explanation may have."""
    plain = _MACRO.sub("", text)
    macros = [macro for macro in _MACRO.finditer(text) if macro[1]]
    known = all(
        macro[1].lower() in "slodiphv" and macro[2] != "0" * len(macro[2] or "x")
        for macro in macros
    )
    if "%" in plain or not known or any(not "!" <= char <= "~" for char in plain):
        raise _PermanentError(f"{domain}: {word!r} has a macro that is none")


def _domain_spec(text: str, word: str, domain: str) -> str:
    """§7.1: ends in a top label or a macro."""
    _macro_string(text, word, domain)
    last = list(_MACRO.finditer(text))
    ends_in_macro = bool(last) and last[-1].end() == len(text) and last[-1][1] is not None
    label = text.removesuffix(".").rpartition(".")[2]
    if not ends_in_macro and not ("." in text.removesuffix(".") and _TOP_LABEL.fullmatch(label)):
        raise _PermanentError(f"{domain}: {word!r} does not end in a domain name")
    return text


def _matches(session: _Session, domain: str, term: _Term) -> bool:
    if term.name in {"all", "ip4", "ip6"}:
        network = term.network and ip_network(term.network)
        return session.ip is not None and (not network or session.ip in network)
    target = _expanded(session, domain, term.domain) if term.domain else domain
    if target is None:
        return False  # while walking: known only when there is an address
    if term.name == "include":
        return _includes(session, target)
    if term.name in {"ptr", "exists"}:
        return session.ip is not None and _exists(session, target, term)
    hosts = [target] if term.name == "a" else _exchangers(session, target)
    return any(_at_host(session, host, term) for host in hosts)


def _exists(session: _Session, target: str, term: _Term) -> bool:
    if term.name == "exists":
        return not session.ask_counted(target, "A").void
    names, target = _validated_names(session), target.lower()
    return any(name == target or name.endswith(f".{target}") for name in names)


def _includes(session: _Session, target: str) -> bool:
    result, _ = _check(session, target) if is_host(target) else ("none", "")
    if result == "none":
        raise _PermanentError(f"it includes {target}, which has no record")
    return result == "pass"


def _exchangers(session: _Session, target: str) -> list[str]:
    found = [value.partition(" ")[2] for value in session.ask_counted(target, "MX").values]
    if len(found) > MAX_LOOKUPS:
        raise _PermanentError(f"{target} has more than {MAX_LOOKUPS} mail exchangers")
    return [host for host in found if host]


def _at_host(session: _Session, host: str, term: _Term) -> bool:
    kind = "AAAA" if isinstance(session.ip, IPv6Address) else "A"
    answer = session.ask_counted(host, kind) if term.name == "a" else session.ask(host, kind)
    if session.ip is None:
        return False
    bits = term.bits_6 if session.ip.version == 6 else term.bits_4
    return any(session.ip in ip_network(f"{value}/{bits}", strict=False) for value in answer.values)


def _validated_names(session: _Session) -> list[str]:
    """Names of the address that lead back to it (§5.5), the first ten looked at."""
    if session.ip is None:
        return []
    if "" not in session.validated:
        found, kind = [], "AAAA" if session.ip.version == 6 else "A"
        try:
            names = session.ask_counted(session.ip.reverse_pointer, "PTR").values[:MAX_LOOKUPS]
        except _TemporaryError:
            names = ()
        for name in names:
            try:
                if str(session.ip) in session.ask(name, kind).values:
                    found.append(name.lower())
            except _TemporaryError:
                continue
        session.validated[""] = found
    return session.validated[""]


def _expanded(session: _Session, domain: str, spec: str) -> str | None:
    """§7.3; None for a macro that needs an address, when there is none."""
    parts: list[str] = []
    at = 0
    for macro in _MACRO.finditer(spec):
        parts.append(spec[at : macro.start()])
        at = macro.end()
        if macro[5]:
            parts.append({"%": "%", "_": " ", "-": "%20"}[macro[5]])
            continue
        value = _macro_value(session, domain, macro[1].lower())
        if value is None:
            return None
        words = re.split("[" + re.escape(macro[4] or ".") + "]", value)
        if macro[3]:
            words.reverse()
        if macro[2]:
            words = words[-int(macro[2]) :]
        value = ".".join(words)
        parts.append(quote(value, safe="-._~") if macro[1].isupper() else value)
    name = "".join([*parts, spec[at:]]).removesuffix(".")
    while len(name) > 253 and "." in name:
        name = name.partition(".")[2]
    return name


def _macro_value(session: _Session, domain: str, letter: str) -> str | None:
    local, _, sent_from = session.sender.rpartition("@")
    known = {"s": session.sender, "l": local, "o": sent_from, "d": domain, "h": session.helo}
    if letter in known:
        return known[letter]
    if session.ip is None:
        return None
    if letter == "p":
        return _best_name(_validated_names(session), domain)
    if letter == "v":
        return "ip6" if session.ip.version == 6 else "in-addr"
    if session.ip.version == 6:
        return ".".join(session.ip.exploded.replace(":", ""))
    return str(session.ip)


def _best_name(names: list[str], domain: str) -> str:
    def rank(name: str) -> int:
        return 0 if name == domain.lower() else 1 if name.endswith(f".{domain.lower()}") else 2

    return min(names, key=rank, default="unknown")
