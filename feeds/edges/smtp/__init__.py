"""The relay: letters over SMTP (RFC 5321), several connections, and what became of each."""

from feeds.edges.smtp.handshake import Timeouts
from feeds.edges.smtp.lane import Lane
from feeds.edges.smtp.relay import Relay, open_relay

__all__ = ["Lane", "Relay", "Timeouts", "open_relay"]
