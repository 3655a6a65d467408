"""PNG pictures of sixteen colours that are mostly one row again and again (PNG, third edition).

Rows that are alike are deflated once for every picture, in blocks that end at a full flush
(RFC 1951 §3.2.4, zlib's Z_FULL_FLUSH) and so stand behind each other as they are; only the
bands between them are deflated anew. An encoder of a library deflates the whole picture.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

BITS = 4
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Behind a zlib header (RFC 1950 §2.2), at the end an empty block of fixed codes that is the last.
_HEADER, _LAST_BLOCK = b"\x78\x01", b"\x03\x00"
_FILTER_NONE, _FILTER_UP = 0, 2
_ADLER_BASE = 65_521


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that differ from the plain one, from the row ``top`` on: two pixels a byte, and one
    byte before each row, which the filter takes."""

    top: int
    rows: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """What all pictures of a kind share. ``plain``: the row that is there without bands, two
    pixels a byte, and a byte before them; ``palette``: red, green, blue a colour."""

    width_px: int
    height_px: int
    plain: bytes
    palette: bytes


def encoded(paper: Paper, bands: Iterable[Band]) -> bytes:
    """The picture with those ``bands``, which must not overlap."""
    parts, check, done = [_HEADER], 1, 0
    for band in sorted(bands, key=lambda band: band.top):
        height = len(band.rows) // len(paper.plain)
        for part in (_plain(paper, band.top - done), _drawn(band.rows, len(paper.plain))):
            parts.append(part.deflated)
            check = _joined(check, part)
        done = band.top + height
    rest = _plain(paper, paper.height_px - done)
    parts += (rest.deflated, _LAST_BLOCK, struct.pack(">I", _joined(check, rest)))
    head = struct.pack(">IIBBBBB", paper.width_px, paper.height_px, BITS, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", paper.palette), (b"IDAT", b"".join(parts)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows, deflated, and what the check sum over the whole needs of them."""

    deflated: bytes
    adler: int
    size_bytes: int


@lru_cache(maxsize=2048)
def _plain(paper: Paper, count: int) -> _Part:
    """So many rows without anything on them: the first as it is, each other like that above."""
    if count <= 0:
        return _Part(b"", 1, 0)
    stride = len(paper.plain)
    below = bytes((_FILTER_UP,)) + bytes(stride - 1)
    return _part(bytes((_FILTER_NONE,)) + paper.plain[1:] + below * (count - 1), 9)


def _drawn(rows: bytes, stride: int) -> _Part:
    """Rows of a band, each as its difference from that above: strokes are mostly upright."""
    from PIL import Image, ImageChops

    height = len(rows) // stride
    found = Image.frombytes("L", (stride, height), rows)
    above = Image.new("L", (stride, height))
    above.paste(found, (0, 1))
    filtered = ImageChops.subtract_modulo(found, above)
    filtered.paste(_FILTER_UP, (0, 0, 1, height))
    filtered.putpixel((0, 0), _FILTER_NONE)
    return _part(filtered.tobytes(), 6, zlib.Z_RLE)


def _part(rows: bytes, level: int, strategy: int = zlib.Z_DEFAULT_STRATEGY) -> _Part:
    deflating = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, 9, strategy)
    deflated = deflating.compress(rows) + deflating.flush(zlib.Z_FULL_FLUSH)
    return _Part(deflated, zlib.adler32(rows), len(rows))


def _joined(check: int, part: _Part) -> int:
    """Adler-32 (RFC 1950 §9) of what ``check`` is of, and ``part`` behind it."""
    one, two = check & 0xFFFF, check >> 16
    more, further = part.adler & 0xFFFF, part.adler >> 16
    low = (one + more - 1) % _ADLER_BASE
    high = (two + further + part.size_bytes * (one - 1)) % _ADLER_BASE
    return high << 16 | low


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
