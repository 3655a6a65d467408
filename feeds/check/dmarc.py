"""DMARC (RFC 7489): the policy of the From domain, and whether what we send is aligned with it."""

from collections.abc import Collection
from functools import cache

from publicsuffixlist import PublicSuffixList

from feeds.check import State, Verdict
from feeds.check.records import Answer, Found, LookUp, quoted, tags_of

_POLICIES = {"none", "quarantine", "reject"}
_SOURCE = "RFC 7489 §6.3"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def organisational(domain: str) -> str:
    """The domain that somebody registered (RFC 7489 §3.2): ``a.b.co.uk`` → ``b.co.uk``."""
    return str(_suffixes().privatesuffix(domain) or domain)


def check_dmarc(
    from_domain: str,
    return_domain: str,
    dkim_domain: str,
    look_up: LookUp,
    failing: Collection[str] = (),
) -> tuple[Verdict, ...]:
    """The record, and the alignment; ``dkim_domain`` is empty when nothing is known to sign.

    ``failing`` names those of ``spf`` and ``dkim`` that do not pass, so that they align nothing.
    """
    name, answer, inherited = _record(from_domain, look_up)
    if answer.found is Found.FAILED:
        message = f"cannot be looked up: {answer.cause}"
        return (Verdict("dmarc", name, State.ERROR, message, "ask again later", _SOURCE),)
    records = _policies(answer)
    domain = organisational(from_domain)
    record = quoted(f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
    publish = f"publish: _dmarc.{domain} TXT {record}"
    if len(records) != 1:
        message = f"there are {len(records)} records" if records else "there is no record"
        remedy = "keep one of them" if records else publish
        return (Verdict("dmarc", name, State.ERROR, message, remedy, _SOURCE),)
    tags = tags_of(records[0])
    if tags is None or next(iter(tags)) != "v":
        message = "it is no list of tags that begins with v=DMARC1"
        return (Verdict("dmarc", name, State.ERROR, message, publish, _SOURCE),)
    policy = (tags.get("sp") or tags.get("p", "")) if inherited else tags.get("p", "")
    if wrong := _wrong(tags, policy):
        return (Verdict("dmarc", name, State.ERROR, wrong, publish, _SOURCE),)
    said = f"p={policy.lower()}" + (f", inherited by {from_domain}" if inherited else "")
    found = Verdict("dmarc", name, State.OK, said, source=_SOURCE)
    return found, _alignment(tags, from_domain, return_domain, dkim_domain, failing)


def _record(domain: str, look_up: LookUp) -> tuple[str, Answer, bool]:
    """The record that counts, its name, and whether it is the organisation's (§6.6.3)."""
    name, organisation = f"_dmarc.{domain}", organisational(domain)
    answer = look_up(name, "TXT")
    if answer.found is Found.FAILED or _policies(answer) or organisation == domain:
        return name, answer, False
    above = f"_dmarc.{organisation}"
    inherited = look_up(above, "TXT")
    if inherited.found is Found.FAILED or _policies(inherited):
        return above, inherited, True
    return name, answer, False


def _policies(answer: Answer) -> list[str]:
    return [
        value for value in answer.values if value.replace(" ", "").lower().startswith("v=dmarc1")
    ]


def _wrong(tags: dict[str, str], policy: str) -> str:
    if policy.lower() not in _POLICIES:
        return f"the policy {policy!r} is none of none, quarantine, reject"
    for tag in ("adkim", "aspf"):
        if tags.get(tag, "r").lower() not in {"r", "s"}:
            return f"{tag}={tags[tag]} is neither r nor s"
    for address in tags.get("rua", "").split(","):
        if address.strip() and not address.strip().lower().startswith("mailto:"):
            return "rua= needs mailto: before each address"
    return ""


def _alignment(
    tags: dict[str, str],
    from_domain: str,
    return_domain: str,
    dkim_domain: str,
    failing: Collection[str],
) -> Verdict:
    by_spf = "spf" not in failing and _aligned(
        from_domain, return_domain, strict=tags.get("aspf", "r").lower() == "s"
    )
    by_dkim = (
        bool(dkim_domain)
        and "dkim" not in failing
        and _aligned(from_domain, dkim_domain, strict=tags.get("adkim", "r").lower() == "s")
    )
    source = "RFC 7489 §3.1"

    def verdict(state: State, message: str, remedy: str = "") -> Verdict:
        return Verdict("alignment", from_domain, state, message, remedy, source)

    own = f"set [mail] return_path to an address at {from_domain}"
    if by_spf and by_dkim:
        return verdict(State.OK, f"SPF by {return_domain}, DKIM by {dkim_domain}")
    # What does not pass has an error of its own; here it only aligns nothing.
    if failing and (by_spf or by_dkim):
        works = f"SPF by {return_domain}" if by_spf else f"DKIM by {dkim_domain}"
        other = "DKIM" if by_spf else "SPF"
        return verdict(State.OK, f"{works} alone, as {other} does not pass")
    if by_spf:
        message = f"SPF by {return_domain} alone: a mail that somebody forwards has nothing"
        return verdict(State.WARNING, message, "sign with DKIM: set TALKFEEDS_DKIM_KEYS")
    if by_dkim:
        message = f"DKIM by {dkim_domain} alone: bounces go to {return_domain}"
        return verdict(State.WARNING, message, own)
    if failing:
        broken = " and ".join(sorted(one.upper() for one in failing))
        verb = "does" if len(failing) == 1 else "do"
        message, own = f"nothing speaks for it: {broken} {verb} not pass", f"mend {broken}"
    else:
        message = f"neither SPF ({return_domain}) nor DKIM speaks for it"
    return verdict(State.ERROR, message, own)


def _aligned(one: str, other: str, *, strict: bool) -> bool:
    one, other = one.lower(), other.lower()
    return one == other or (not strict and organisational(one) == organisational(other))
