"""The DNS of who sends: SPF, DKIM, DMARC, the names of its addresses, and where bounces go.

Verdicts are pure: what they need is asked of a ``LookUp``, wherever that has it from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, ip_address, ip_network

from feeds.check import State, Verdict
from feeds.check.dkim import check_dkim, is_ed25519
from feeds.check.dmarc import check_dmarc
from feeds.check.records import Answer, Found, LookUp, quoted
from feeds.check.spf import Address, check_spf, spf_records

_SPF_SOURCE = "RFC 7208 §4.6.4"
_LATER = "ask again later, or another resolver with --resolver"
# Addresses that nobody outside sees: what a relay beside us or in our network has.
_INNER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::/127",
        "fc00::/7",
        "fe80::/10",
    )
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: the domain in From, the address that bounces go to, and from where.

    ``addresses`` are those that the world sees; where they were guessed from the relay's name
    (``guessed``), what is wrong with them is a warning. ``keys`` maps each DKIM selector to the TXT
    record that its private key needs, empty when that key is not at hand.
    """

    from_domain: str
    return_path: str
    addresses: tuple[Address, ...] = ()
    guessed: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def return_domain(self) -> str:
        """The domain that SPF is about."""
        return self.return_path.rpartition("@")[2].lower()


def is_inner(address: Address) -> bool:
    """Whether the address is this machine's or a private network's own."""
    return any(address in network for network in _INNER)


def check_sender(sender: Sender, look_up: LookUp) -> tuple[Verdict, ...]:
    """Every check of the sender's DNS, in the order in which one mends them."""
    signed_by = sender.from_domain if sender.keys else ""
    spf, dkim = tuple(spf_verdicts(sender, look_up)), tuple(dkim_verdicts(sender, look_up))
    failing = set()
    if any(verdict.state is State.ERROR for verdict in spf):
        failing.add("spf")
    # One key that works is enough; a key in test (t=y) is one that nobody trusts.
    if sender.keys and all(
        verdict.state is State.ERROR or "t=y" in verdict.message for verdict in dkim
    ):
        failing.add("dkim")
    domains = sender.from_domain, sender.return_domain, signed_by
    return (
        *spf,
        *dkim,
        *check_dmarc(*domains, look_up, failing),
        *(_weighed(sender, found) for ip in sender.addresses for found in _ptr(ip, look_up)),
        *mx_verdicts(sender, look_up),
    )


def _weighed(sender: Sender, verdict: Verdict) -> Verdict:
    """What a guessed address shows is a warning: a relay may send from another than it takes."""
    if not sender.guessed or verdict.state is not State.ERROR:
        return verdict
    remedy = f"name the address that it sends from with --ip; if it is this one, {verdict.remedy}"
    return replace(verdict, state=State.WARNING, remedy=remedy)


def spf_verdicts(sender: Sender, look_up: LookUp) -> Iterator[Verdict]:
    """That there is one record, that it is affordable, and that our addresses may send."""
    domain = sender.return_domain
    own = " ".join(map(_mechanism, sender.addresses)) or "ip4:ADDRESS-OF-THE-RELAY"
    publish = f'publish: {domain} TXT "v=spf1 {own} -all"'
    walked = check_spf(domain, look_up, sender=sender.return_path)
    if walked.result == "temperror":
        yield Verdict("spf", domain, State.ERROR, f"cannot be looked up: {walked.cause}", _LATER)
        return
    if walked.result == "none":
        message = walked.cause or "there is no record: anybody may send in its name"
        yield Verdict("spf", domain, State.ERROR, message, publish, "RFC 7208 §4.5")
        return
    if walked.result == "permerror":
        remedy = "name networks with ip4: and ip6: instead of include:, a and mx"
        if "look-ups" not in walked.cause:
            remedy = f"correct it, or {publish}"
        yield Verdict("spf", domain, State.ERROR, walked.cause, remedy, _SPF_SOURCE)
        return
    message = f"one record, {walked.lookups} of 10 look-ups"
    yield Verdict("spf", domain, State.OK, message, source=_SPF_SOURCE)
    (record,) = spf_records(look_up(domain, "TXT"))
    for ip in sender.addresses:
        found = check_spf(domain, look_up, ip, sender.return_path)
        if found.result == "pass":
            message = f"mail from {ip} passes"
            yield Verdict("spf", domain, State.OK, message, source="RFC 7208 §8.3")
            continue
        message = f"mail from {ip} gets {found.result}"
        if found.cause:
            message += f": {found.cause}"
        remedy = f"publish: {domain} TXT {quoted(_with(record, _mechanism(ip)))}"
        yield _weighed(sender, Verdict("spf", domain, State.ERROR, message, remedy, "RFC 7208 §8"))
    if {"+all", "all"} & set(record.lower().split()):
        message = "+all lets everybody send in its name"
        yield Verdict("spf", domain, State.WARNING, message, publish, "RFC 7208 §5.1")


def _mechanism(ip: Address) -> str:
    return f"ip{ip.version}:{ip}"


def _with(record: str, mechanism: str) -> str:
    """The record with one more mechanism, before all others: no look-up comes first."""
    version, *terms = record.split()
    return " ".join([version, mechanism, *terms])


def dkim_verdicts(sender: Sender, look_up: LookUp) -> Iterator[Verdict]:
    """Each selector's key; that one of them is RSA, which every receiver can check."""
    domain = sender.from_domain
    if not sender.keys:
        remedy = (
            "set TALKFEEDS_DKIM_KEYS to sign here, or name the relay's selector with --selector"
        )
        message = "no selector is known, so no signature is checked"
        yield Verdict("dkim", domain, State.WARNING, message, remedy, "RFC 6376")
        return
    answers = {
        selector: look_up(f"{selector}._domainkey.{domain}", "TXT") for selector in sender.keys
    }
    found = [check_dkim(name, domain, answers[name], own) for name, own in sender.keys.items()]
    yield from found
    sound = all(verdict.state is State.OK for verdict in found)
    if sound and all(map(is_ed25519, answers.values())):
        message = "every key is Ed25519, which large receivers cannot check"
        yield Verdict("dkim", domain, State.WARNING, message, "add an RSA key", "RFC 8463 §5")


def _ptr(ip: Address, look_up: LookUp) -> Iterator[Verdict]:
    """That the address has a name, and that the name leads back to it."""
    subject, source = str(ip), "RFC 1912 §2.1"
    ask = f"ask who gives you {ip} for a PTR record with your mail server's name"
    answer = look_up(ip.reverse_pointer, "PTR")
    if answer.found is Found.FAILED:
        message = f"its name cannot be looked up: {answer.cause}"
        yield Verdict("ptr", subject, State.ERROR, message, _LATER, source)
        return
    if not answer.values:
        yield Verdict("ptr", subject, State.ERROR, "the address has no name", ask, source)
        return
    kind = "A" if isinstance(ip, IPv4Address) else "AAAA"
    for name in answer.values[:10]:
        if _is_among(ip, look_up(name, kind)):
            message = f"{name}, which leads back to it"
            yield Verdict("ptr", subject, State.OK, message, source=source)
            return
    name = answer.values[0]
    message = f"its name {name} does not lead back to it"
    yield Verdict("ptr", subject, State.ERROR, message, f"publish: {name} {kind} {ip}", source)


def _is_among(ip: Address, answer: Answer) -> bool:
    for value in answer.values:
        try:
            if ip_address(value) == ip:
                return True
        except ValueError:
            continue
    return False


def mx_verdicts(sender: Sender, look_up: LookUp) -> Iterator[Verdict]:
    """That bounces can arrive, and that answers can."""
    yield _receives(sender.return_domain, look_up, "bounces", State.ERROR)
    if sender.from_domain != sender.return_domain:
        yield _receives(sender.from_domain, look_up, "answers", State.WARNING)


def _receives(domain: str, look_up: LookUp, what: str, worst: State) -> Verdict:
    publish = f"publish: {domain} MX 10 the-host-that-takes-the-mail"
    answer = look_up(domain, "MX")
    hosts = [value.partition(" ")[2] for value in answer.values]
    source = "RFC 5321 §5.1"
    if answer.found is Found.FAILED:
        found = worst, f"cannot be looked up: {answer.cause}", _LATER
    elif "" in hosts:
        found = worst, f"a null MX: it takes no mail, so {what} are lost", publish
        source = "RFC 7505 §3"
    elif hosts:
        found = _hosts_receive(hosts, look_up, what, worst)
    elif _has_address(domain, look_up):
        found = State.OK, f"no MX, but an address, so {what} arrive", ""
    else:
        found = worst, f"neither MX nor address: {what} are lost", publish
    return Verdict("mx", domain, *found, source)


def _hosts_receive(
    hosts: list[str], look_up: LookUp, what: str, worst: State
) -> tuple[State, str, str]:
    lost = [host for host in hosts[:10] if not _has_address(host, look_up)]
    if not lost:
        return State.OK, f"{what} go to {hosts[0]}", ""
    if len(lost) < len(hosts):
        return State.WARNING, f"{lost[0]} has no address", "correct or remove that MX"
    message = f"{lost[0]} has no address: {what} are lost"
    return worst, message, f"publish: {lost[0]} A the-address-of-that-host"


def _has_address(host: str, look_up: LookUp) -> bool:
    return any(look_up(host, kind).values for kind in ("A", "AAAA"))
