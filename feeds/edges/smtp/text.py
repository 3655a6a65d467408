"""A message's text on the wire: dots doubled (RFC 5321 §4.5.2), at the price of a look."""

from collections.abc import Iterable

# Pieces that thousands of letters share are looked through once. Smaller ones are personal.
_SHARED_BYTES = 512
_MAX_KEPT = 64


class Stuffing:
    """Doubles the dot at the beginning of a line, wherever a message was cut into pieces."""

    def __init__(self) -> None:
        # By identity; the piece itself is kept, so that its id names nothing else meanwhile.
        self._kept: dict[int, tuple[bytes, bytes]] = {}

    def __call__(self, pieces: Iterable[bytes]) -> list[bytes]:
        """The pieces as they go on the wire, without the line that ends them."""
        stuffed = []
        fresh = True  # at the beginning of a line
        for piece in pieces:
            if not piece:
                continue
            if fresh and piece[0] == 0x2E:
                stuffed.append(b".")
            stuffed.append(self._inside(piece))
            fresh = piece[-1] == 0x0A
        return stuffed

    def _inside(self, piece: bytes) -> bytes:
        if len(piece) < _SHARED_BYTES:
            return piece.replace(b"\n.", b"\n..")
        kept = self._kept.get(id(piece))
        if kept is not None:
            return kept[1]
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        found = piece.replace(b"\n.", b"\n..") if b"\n." in piece else piece
        self._kept[id(piece)] = (piece, found)
        return found
