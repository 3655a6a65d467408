"""How often something may happen, a key: exact over a sliding window, in bounded memory."""

import ipaddress
from collections import OrderedDict, deque


class Limits:
    """``most`` times within ``within_s`` seconds a key; the ``size`` newest keys are remembered.

    ``now`` is monotonic, in seconds.
    """

    def __init__(self, most: int, within_s: float, size: int = 20_000) -> None:
        self.most, self.within_s, self.size = most, within_s, size
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """0 when it may happen, and it is counted; else the seconds until it may."""
        times = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while times and times[0] <= now - self.within_s:
            times.popleft()
        if len(times) >= self.most:
            return times[0] + self.within_s - now
        times.append(now)
        while len(self._seen) > self.size:
            self._seen.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        return len(self._seen)


def network_of(host: str) -> str:
    """What one customer of a provider has: the /24 of an IPv4 address, the /48 of an IPv6 one.

    Anything else (a Unix socket has no address) is one network.
    """
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    bits = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))
