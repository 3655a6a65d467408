"""PNG put together from rows that were deflated before: any reader sees the rows."""

import io
import struct
import zlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from feeds.render.png import UP, Paper, Strip, encoded, strip

WIDTH_PX, HEIGHT_PX = 20, 40
STRIDE = 1 + WIDTH_PX // 4
PALETTE = bytes(range(12))
PAPER = Paper(WIDTH_PX, HEIGHT_PX, b"\0\xff\xf0\0\0\0", PALETTE)


Band = tuple[int, bytes]


def strips_of(bands: list[Band]) -> list[Strip]:
    """Bands of rows, each given with where it begins, as the filter has them."""
    found = []
    for top, rows in bands:
        above = bytes(STRIDE) + rows[:-STRIDE]
        filtered = bytearray((one - other) % 256 for one, other in zip(rows, above, strict=True))
        filtered[STRIDE::STRIDE] = bytes((UP,)) * (len(rows) // STRIDE - 1)
        found.append(strip(top, memoryview(filtered), STRIDE))
    return found


def rows_of(data: bytes) -> bytes:
    """What Pillow reads, packed again, a byte before each row."""
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.mode, image.size) == ("PNG", "P", (WIDTH_PX, HEIGHT_PX))
    packed = image.tobytes("raw", "P;2")
    assert image.getpalette() == list(PALETTE)
    width = WIDTH_PX // 4
    return b"".join(b"\0" + packed[at : at + width] for at in range(0, len(packed), width))


@st.composite
def bands(draw: st.DrawFn) -> list[Band]:
    edges = sorted(draw(st.sets(st.integers(0, HEIGHT_PX), max_size=8)))
    found = []
    for top, bottom in list(pairwise(edges))[:: draw(st.sampled_from([1, 2]))]:
        row = st.binary(min_size=STRIDE - 1, max_size=STRIDE - 1)
        rows = draw(st.lists(row, min_size=bottom - top, max_size=bottom - top))
        found.append((top, b"".join(b"\0" + one for one in rows)))
    return draw(st.permutations(found))


@given(bands())
@settings(deadline=None)
def test_a_reader_sees_the_bands_on_the_paper(some: list[Band]) -> None:
    wanted = bytearray(PAPER.plain * HEIGHT_PX)
    for top, rows in some:
        wanted[top * STRIDE : top * STRIDE + len(rows)] = rows
    data = encoded(PAPER, strips_of(some))
    assert rows_of(data) == bytes(wanted)
    assert data == encoded(PAPER, reversed(strips_of(some)))


@given(bands())
@settings(deadline=None, max_examples=30)
def test_every_chunk_and_the_deflated_whole_keep_their_check_sums(some: list[Band]) -> None:
    data, kinds, deflated = encoded(PAPER, strips_of(some))[8:], [], b""
    while data:
        size, kind = struct.unpack(">I4s", data[:8])
        body, check = data[8 : 8 + size], data[8 + size : 12 + size]
        assert zlib.crc32(kind + body) == int.from_bytes(check, "big")
        kinds.append(kind)
        if kind == b"IDAT":
            deflated += body
        data = data[12 + size :]
    assert kinds == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    # zlib refuses what its own check sum does not fit, which Pillow would not.
    reading = zlib.decompressobj()
    assert len(reading.decompress(deflated)) == STRIDE * HEIGHT_PX
    assert reading.eof
    assert reading.unused_data == b""


@pytest.mark.parametrize("top", [0, 17, HEIGHT_PX - 1])
def test_a_band_stands_where_it_was_put(top: int) -> None:
    image = Image.open(io.BytesIO(encoded(PAPER, strips_of([(top, b"\0\x1b\0\xe4\0\1")]))))
    found = [image.getpixel((x, top)) for x in range(WIDTH_PX)]
    assert found == [0, 1, 2, 3, 0, 0, 0, 0, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert image.getpixel((0, (top + 1) % HEIGHT_PX)) == 3


@given(bands(), bands())
@settings(deadline=None, max_examples=30)
def test_what_was_deflated_before_changes_nothing(first: list[Band], then: list[Band]) -> None:
    wanted = strips_of(then)
    strips_of(first)
    assert strips_of(then) == wanted
