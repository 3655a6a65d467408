"""The DNS, asked through one resolver, with an end to its patience."""

import time
from ipaddress import ip_address

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdata import Rdata

from feeds.check.records import Answer, Found
from feeds.errors import UsageError, WorldError

_PAYLOAD_BYTES = 1_232  # what the DNS operators agreed on in 2020; longer answers come by TCP
_MAX_SILENCE = 2
_REMEDY = "name another with --resolver HOST:PORT"


class Dns:
    """Fulfils the doctor's Resolver. Each answer is kept: nothing is asked twice.

    ``server`` is ``HOST:PORT``, ``[::1]:53`` or a host alone; empty for the system's own
    resolvers; UsageError for what is none of these. One look-up takes at most ``timeout_s``
    seconds, all of them ``patience_s``.
    """

    def __init__(self, server: str = "", timeout_s: float = 4.0, patience_s: float = 60.0) -> None:
        self._server = server or "the system's resolver"
        try:
            self._resolver = dns.resolver.Resolver(configure=not server)
        except dns.resolver.NoResolverConfiguration:
            raise WorldError(self._server, "is not configured", _REMEDY) from None
        if server:
            host, port = _host_and_port(server)
            self._resolver.nameservers = [host]
            self._resolver.port = port
        self._resolver.use_edns(0, 0, _PAYLOAD_BYTES)
        self._resolver.timeout = timeout_s / 2
        self._resolver.lifetime = timeout_s
        self._known: dict[tuple[str, str], Answer] = {}
        self._silent, self._heard = 0, False
        self._end = time.monotonic() + patience_s

    def look_up(self, name: str, kind: str) -> Answer:
        """The records of that type; WorldError when the resolver does not answer at all."""
        key = name.lower().removesuffix("."), kind
        if key not in self._known:
            self._known[key] = self._asked(*key)
        return self._known[key]

    def _asked(self, name: str, kind: str) -> Answer:
        if time.monotonic() > self._end:
            return Answer(Found.FAILED, cause="the time for all look-ups is over")
        try:
            asked = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            return Answer(Found.NO_NAME)  # it cannot even be asked for
        try:
            found = self._resolver.resolve(asked, kind, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            answer = Answer(Found.NO_NAME)
        except dns.resolver.LifetimeTimeout:
            return self._silence()
        except dns.resolver.NoNameservers as error:
            if not (said := _said(error)):
                return self._silence()
            answer = Answer(Found.FAILED, cause=said)
        except dns.exception.DNSException:
            answer = Answer(Found.FAILED, cause="an answer that cannot be used")
        else:
            values = tuple(_shown(record) for record in found.rrset or ())
            answer = Answer(Found.RECORDS if values else Found.NOTHING, values)
        self._heard = True
        return answer

    def _silence(self) -> Answer:
        self._silent += 1
        if self._silent >= _MAX_SILENCE and not self._heard:
            raise WorldError(self._server, "does not answer", _REMEDY)
        return Answer(Found.FAILED, cause="no answer in time")


def _said(error: dns.resolver.NoNameservers) -> str:
    """The last server's answer, such as ``SERVFAIL``; empty when none came or none was one."""
    reasons = [(reason, response) for _, _, _, reason, response in error.kwargs["errors"]]
    if any(isinstance(reason, dns.message.Truncated) for reason, _ in reasons):
        return "its answer is long, and none came over TCP"
    return next((str(reason) for reason, response in reversed(reasons) if response), "")


def _shown(record: Rdata) -> str:
    # Which class a record has follows from its type, and no annotation says so.
    if record.rdtype == dns.rdatatype.TXT:
        strings: tuple[bytes, ...] = record.strings  # type: ignore[attr-defined]
        return b"".join(strings).decode("utf-8", "backslashreplace")
    if record.rdtype == dns.rdatatype.MX:
        host = record.exchange.to_text().lower().removesuffix(".")  # type: ignore[attr-defined]
        return f"{record.preference} {host}"  # type: ignore[attr-defined]
    return record.to_text().lower().removesuffix(".")


def _host_and_port(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = server, "53"  # a bare host, of either kind
    host = host.removeprefix("[").removesuffix("]")
    try:
        if host == "localhost":
            host = "127.0.0.1"
        number = int(port)
        if not 0 < number < 65_536:
            raise ValueError
        return str(ip_address(host)), number
    except ValueError:
        remedy = "write it as 192.0.2.53:53 or [2001:db8::53]:53"
        raise UsageError(f"--resolver {server} is no resolver's address ({remedy})") from None
