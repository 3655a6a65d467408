"""PNG pictures of four colours, mostly one row again and again (PNG, third edition).

Rows that are alike are deflated once for every picture, in blocks that end at a full flush
(RFC 1951 §3.2.4, zlib's Z_FULL_FLUSH) and so stand behind each other as they are; only the
strips between them are deflated anew. An encoder of a library deflates the whole picture.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from zlib_ng import zlib_ng

BITS = 2
# The byte before a row: it stands as it is, or as the difference from that above.
AS_IT_IS, UP = 0, 2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Behind a zlib header (RFC 1950 §2.2), at the end an empty block of fixed codes that is the last.
_HEADER, _LAST_BLOCK = b"\x78\x01", b"\x03\x00"
_ADLER_BASE = 65_521


@dataclass(frozen=True, slots=True)
class Paper:
    """What all pictures of a kind share. ``plain``: the row that is there where nothing is drawn,
    four pixels a byte, and a byte before them; ``palette``: red, green, blue a colour."""

    width_px: int
    height_px: int
    plain: bytes
    palette: bytes


@dataclass(frozen=True, slots=True)
class Strip:
    """Some rows from ``top`` on, deflated, and what the check sum over the whole needs of them."""

    top: int
    height_px: int
    deflated: bytes
    adler: int
    size_bytes: int


def encoded(paper: Paper, strips: Iterable[Strip]) -> bytes:
    """The picture with those ``strips``, which must not overlap."""
    parts, check, done = [_HEADER], 1, 0
    end = Strip(paper.height_px, 0, _LAST_BLOCK, 1, 0)
    for strip in (*sorted(strips, key=lambda strip: strip.top), end):
        for part in (_plain(paper, strip.top - done), strip):
            parts.append(part.deflated)
            check = _joined(check, part)
        done = strip.top + strip.height_px
    parts.append(struct.pack(">I", check))
    head = struct.pack(">IIBBBBB", paper.width_px, paper.height_px, BITS, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", paper.palette), (b"IDAT", b"".join(parts)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def strip(top: int, rows: memoryview, stride: int) -> Strip:
    """Rows of ``stride`` bytes, the first as it is and the others as differences from that above:
    strokes are mostly upright. A byte that says so goes before each."""
    return _strip(top, rows, stride, _deflating())


@lru_cache(maxsize=2048)
def _plain(paper: Paper, count: int) -> Strip:
    """So many rows without anything on them."""
    if count <= 0:
        return Strip(0, 0, b"", 1, 0)
    stride = len(paper.plain)
    rows = bytes((AS_IT_IS,)) + paper.plain[1:] + (bytes((UP,)) + bytes(stride - 1)) * (count - 1)
    # Not by zlib-ng: what it finds besides runs may differ between processors.
    return _strip(0, rows, stride, zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9))


@cache
def _deflating() -> Any:
    """One for all pictures: behind a full flush it knows nothing of what went before, and to make
    another takes half as long as to deflate a title. It looks for runs alone."""
    return zlib_ng.compressobj(6, zlib_ng.DEFLATED, -zlib_ng.MAX_WBITS, 9, zlib_ng.Z_RLE)


def _strip(top: int, rows: bytes | memoryview, stride: int, deflating: Any) -> Strip:
    deflated = deflating.compress(rows) + deflating.flush(zlib.Z_FULL_FLUSH)
    return Strip(top, len(rows) // stride, deflated, zlib_ng.adler32(rows), len(rows))


def _joined(check: int, part: Strip) -> int:
    """Adler-32 (RFC 1950 §9) of what ``check`` is of, and ``part`` behind it."""
    one, two = check & 0xFFFF, check >> 16
    more, further = part.adler & 0xFFFF, part.adler >> 16
    low = (one + more - 1) % _ADLER_BASE
    high = (two + further + part.size_bytes * (one - 1)) % _ADLER_BASE
    return high << 16 | low


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib_ng.crc32(data, zlib_ng.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", check)))
