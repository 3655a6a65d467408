"""A real DNS server on loopback, UDP and TCP on one port, that answers from a small zone."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


@dataclass
class Zone:
    """``records``: name → type → values as zone files write them.

    Of the names in ``failing`` it knows nothing (SERVFAIL), in ``refused`` it says nothing
    (REFUSED); those in ``silent`` get no answer; those in ``long`` get a truncated one over
    UDP; those in ``garbled`` get bytes that are no message; with
    ``silent_by_tcp`` TCP connections are closed without a word. ``asked`` is what it was asked.
    """

    records: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    long: set[str] = field(default_factory=set)
    garbled: set[str] = field(default_factory=set)
    silent_by_tcp: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def answer(self, wire: bytes, way: str) -> bytes | None:
        """The bytes to send back over ``way``; None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, way))
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        silent = name in self.silent or "*" in self.silent
        if silent or (self.silent_by_tcp and way == "tcp"):
            return None
        if name in self.garbled:
            return wire[:2] + b"\xff" * 3
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.refused:
            response.set_rcode(dns.rcode.REFUSED)
        elif name in self.long and way == "udp":
            response.flags |= dns.flags.TC
        else:
            self._fill(response, question.name, kind)
        return response.to_wire(max_size=65_535)

    def _fill(self, response: dns.message.Message, asked: dns.name.Name, kind: str) -> None:
        for _ in range(20):  # of aliases
            found = self.records.get(asked.to_text(omit_final_dot=True).lower())
            if found is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
                return
            shown = "CNAME" if "CNAME" in found else kind
            if shown in found:
                rrset = dns.rrset.from_text(asked, 60, dns.rdataclass.IN, shown, *found[shown])
                if rrset not in response.answer:
                    response.answer.append(rrset)
            if shown == kind:
                return
            asked = dns.name.from_text(found["CNAME"][0])


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, socket = self.request
        zone: Zone = self.server.zone  # type: ignore[attr-defined]
        if (found := zone.answer(data, "udp")) is not None:
            socket.sendto(found, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        size = int.from_bytes(self.rfile.read(2), "big")
        zone: Zone = self.server.zone  # type: ignore[attr-defined]
        if (found := zone.answer(self.rfile.read(size), "tcp")) is not None:
            self.wfile.write(len(found).to_bytes(2, "big") + found)


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


@contextmanager
def serving(zone: Zone) -> Iterator[str]:
    """Serve ``zone``; gives its ``HOST:PORT``."""
    for _ in range(20):  # a port that is free for UDP may be taken for TCP
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Udp)
        try:
            tcp = _TcpServer(udp.server_address, _Tcp)
            break
        except OSError:
            udp.server_close()
    servers: tuple[socketserver.TCPServer, ...] = (udp, tcp)
    threads = []
    for server in servers:
        server.zone = zone  # type: ignore[attr-defined]
        threads.append(threading.Thread(target=server.serve_forever, args=(0.01,)))
        threads[-1].start()
    try:
        yield f"127.0.0.1:{udp.server_address[1]}"
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
