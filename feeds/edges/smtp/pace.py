"""How many messages a second: a token bucket, shared by all connections of a relay."""

_BURST_S = 0.1


class Bucket:
    """``rate`` tokens a second, 0 for no limit; it holds a tenth of a second's, at least one.

    Knows no clock: the moment is given in seconds, of any clock that never goes backwards.
    """

    def __init__(self, rate: int) -> None:
        self._gap_s = 1 / rate if rate > 0 else 0.0
        self._burst_s = max(0.0, _BURST_S - self._gap_s)
        self._due: float | None = None

    def take(self, now_s: float) -> float:
        """Take one token; the seconds to wait before it may be used."""
        if not self._gap_s:
            return 0.0
        due = now_s if self._due is None else max(self._due, now_s - self._burst_s)
        self._due = due + self._gap_s
        return max(0.0, due - now_s)
