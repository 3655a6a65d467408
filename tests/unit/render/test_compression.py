"""Compressed texts: read back by decoders, the same bytes every time, only where it pays."""

import gzip
import sys
import zlib

import brotli
import pytest

from feeds.model import ENCODINGS
from feeds.render.compression import CODINGS, compressed, original_of, worth_it

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = "<p>Notas de la plática: «así».</p>\n".encode() * 200


def test_each_form_is_read_back_by_its_decoder_and_is_smaller() -> None:
    back = {"gz": gzip.decompress, "br": brotli.decompress, "zst": zstd.decompress}
    assert set(back) == set(ENCODINGS) == set(CODINGS)
    for kind, decode in back.items():
        packed = compressed(TEXT, kind)
        assert decode(packed) == TEXT
        assert len(packed) < len(TEXT) / 10
        assert decode(compressed(b"", kind)) == b""


def test_gzip_says_neither_when_nor_where_it_was_made() -> None:
    packed = compressed(TEXT, "gz")
    assert packed[:10] == bytes.fromhex("1f8b0800 00000000 02ff")
    assert packed == compressed(TEXT, "gz")
    # The standard library's own, but for the two bytes that differ from Python to Python.
    own = gzip.compress(TEXT, 9, mtime=0)
    assert packed[10:] == own[10:]
    assert int.from_bytes(packed[-8:-4], "little") == zlib.crc32(TEXT)


@pytest.mark.slow
def test_zstandard_needs_no_larger_window_than_a_browser_has() -> None:
    large = b"".join(number.to_bytes(4, "big") for number in range(4_000_000))
    frame = compressed(large, "zst")
    assert zstd.decompress(frame, options={zstd.DecompressionParameter.window_log_max: 23}) == large


@pytest.mark.parametrize(
    ("path", "size_bytes", "expected"),
    [
        ("index.html", 1_024, True),
        ("index.html", 1_023, False),
        ("feed.atom", 5_000, True),
        ("a/podcast.RSS", 5_000, True),
        ("feed.json", 5_000, True),
        ("covers/uno.svg", 5_000, True),
        ("card.png", 5_000_000, False),
        ("audio/uno.m4a", 5_000_000, False),
        ("slides/uno.pdf", 5_000_000, False),
        ("data.json.gz", 5_000, False),
        ("html", 5_000, False),
        ("a.html/LICENSE", 5_000, False),
    ],
)
def test_texts_above_a_kilobyte_are_worth_it(path: str, size_bytes: int, expected: bool) -> None:
    assert worth_it(path, size_bytes) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/index.html.gz", ("a/index.html", "gz")),
        ("feed.atom.br", ("feed.atom", "br")),
        ("covers/uno.svg.zst", ("covers/uno.svg", "zst")),
        ("slides.tar.gz", ("", "")),
        ("index.html", ("", "")),
        ("gz", ("", "")),
        ("index.html.GZ", ("", "")),
    ],
)
def test_a_compressed_text_names_its_original(path: str, expected: tuple[str, str]) -> None:
    assert original_of(path) == expected
