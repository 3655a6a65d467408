"""Texts of ``public/`` made smaller once, for web servers that send such files as they are.

nginx's ``gzip_static``, Caddy's ``precompressed`` and others look beside ``index.html`` for
``index.html.gz``, ``.br`` and ``.zst``, and send the one that a client accepts.
"""

import struct
import zlib
from collections.abc import Callable

from feeds.model import ENCODINGS

# What HTTP calls them (RFC 9110 §8.4.1; IANA's registry of content codings).
CODINGS = {"gz": "gzip", "br": "br", "zst": "zstd"}
# Below it, a file and its headers fit into one packet or two, whatever is done.
MIN_BYTES = 1_024
# Pictures, sound and archives are compressed already.
_TEXTS = frozenset(
    "html css js mjs xml atom rss json svg txt opml vtt srt md csv webmanifest".split()
)
# Measured over pages and feeds: a step further (brotli 9, zstd 15) saves four per cent more, and
# takes seven to nine times as long.
_GZIP_LEVEL, _BROTLI_QUALITY, _ZSTD_LEVEL = 9, 6, 9


def worth_it(path: str, size_bytes: int) -> bool:
    """Whether a file of that name and size becomes smaller by enough to matter."""
    name = path.rpartition("/")[2]
    return size_bytes >= MIN_BYTES and "." in name and name.rpartition(".")[2].lower() in _TEXTS


def original_of(path: str) -> tuple[str, str]:
    """``a/index.html.br`` → ``a/index.html`` and ``br``; two empty texts for another path."""
    original, _, kind = path.rpartition(".")
    return (original, kind) if kind in ENCODINGS and worth_it(original, MIN_BYTES) else ("", "")


def compressed(data: bytes, kind: str) -> bytes:
    """``data`` as gzip (``gz``, RFC 1952), brotli (``br``, RFC 7932) or Zstandard (``zst``, RFC
    8878): the same bytes for the same data, by the same release of the library.

    ModuleNotFoundError for ``zst`` before Python 3.14 without the extra ``precompress``.
    """
    return _KINDS[kind](data)


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(data) + packer.flush()
    # The header by hand (RFC 1952 §2.3): no time, no name, no system, which Pythons fill in
    # differently. 2: the slowest way was taken.
    head = b"\x1f\x8b\x08\x00" + b"\x00" * 4 + b"\x02\xff"
    return head + packed + struct.pack("<LL", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _brotli(data: bytes) -> bytes:
    import brotli

    packed: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    return packed


def _zstd(data: bytes) -> bytes:
    # A level whose window stays below the 8 MB that RFC 9659 lets a browser ask for.
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ModuleNotFoundError:  # before Python 3.14
        from backports import zstd
    packed: bytes = zstd.compress(data, _ZSTD_LEVEL)
    return packed


_KINDS: dict[str, Callable[[bytes], bytes]] = {"gz": _gzip, "br": _brotli, "zst": _zstd}
