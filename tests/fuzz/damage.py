"""Damaged inputs: something real, with pieces cut out, put in twice, taken from a neighbour."""

from collections.abc import Callable, Sequence
from time import monotonic

from hypothesis import strategies as st

_ODD = (
    *(b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\r\n"),
    *(b"\n", b"\n\n", b"\t", b" ", b"\\", b"'", b'"', b"`", b"~", b"%", b"%00", b"$", b"{{", b"}}"),
    *("\x85 \u2028 \u200b \u202e \ufeff \ufffe \U0001f994 \u0130 \u1e9e e\u0301".encode().split()),
    *(b"0", b"-1", b"1e400", b"9" * 40, b"[", b"]", b"(", b")", b"<", b">", b"&", b"&#0;", b"]]>"),
    *(b"javascript:alert(1)", b"<script>alert(1)</script>", b"../../etc/passwd", b"http://[::1"),
    *(b"http://[", b"//a.example/b", b"=cmd|' /C calc'!A0", b"\r\nBcc: a@b.example", b"null"),
)


@st.composite
def damaged(
    draw: st.DrawFn, seeds: Sequence[bytes], pieces: Sequence[bytes], most: int = 8
) -> bytes:
    """A seed with up to ``most`` changes."""
    data = draw(st.sampled_from(seeds))
    piece = st.sampled_from((*pieces, *_ODD)) | st.binary(max_size=6)
    for _ in range(draw(st.integers(0, most))):
        data = draw(st.sampled_from(_CHANGES))(draw, data, piece, seeds)
    return data


_Change = Callable[[st.DrawFn, bytes, "st.SearchStrategy[bytes]", Sequence[bytes]], bytes]


def _replace(
    draw: st.DrawFn, data: bytes, piece: st.SearchStrategy[bytes], _seeds: Sequence[bytes]
) -> bytes:
    start = draw(st.integers(0, len(data)))
    length = draw(st.sampled_from((0, 0, 0, 1, 2, 5, 20, 100)))
    return data[:start] + draw(piece) + data[start + length :]


def _line(
    draw: st.DrawFn, data: bytes, piece: st.SearchStrategy[bytes], seeds: Sequence[bytes]
) -> bytes:
    """A line goes, comes twice, moves, or comes from another seed."""
    lines = data.split(b"\n")
    at = draw(st.integers(0, len(lines) - 1))
    what = draw(st.integers(0, 4))
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(at, lines[at])
    elif what == 2:
        lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
    elif what == 3:
        lines.insert(at, draw(st.sampled_from(draw(st.sampled_from(seeds)).split(b"\n"))))
    else:
        lines[at] += draw(piece)
    return b"\n".join(lines)


def _word(
    draw: st.DrawFn, data: bytes, piece: st.SearchStrategy[bytes], _seeds: Sequence[bytes]
) -> bytes:
    """What stands between two equal delimiters becomes something else, or a lot of itself."""
    mark = draw(st.sampled_from((b'"', b" ", b">", b":", b"\n", b"/", b",")))
    words = data.split(mark)
    at = draw(st.integers(0, len(words) - 1))
    times = draw(st.sampled_from((0, 0, 0, 2, 3, 50)))
    if not times:
        words[at] = draw(piece)
    elif len(words[at]) * times < 20_000:
        words[at] *= times
    return mark.join(words)


_CHANGES: tuple[_Change, ...] = (_replace, _replace, _line, _word)


def smaller(data: bytes, fails: Callable[[bytes], bool], tries: int = 600) -> bytes:
    """A smaller input that still fails: lines, then letters, taken away piece by piece.

    It ends after a minute, too.
    """
    until = monotonic() + 60
    for mark in (b"\n", b" ", b""):
        parts = data.split(mark) if mark else [bytes([byte]) for byte in data]
        size = len(parts) // 2
        while size and tries > 0 and monotonic() < until:
            at = 0
            while at < len(parts) and tries > 0 and monotonic() < until:
                left = parts[:at] + parts[at + size :]
                tries -= 1
                if fails(mark.join(left)):
                    parts = left
                else:
                    at += size
            size //= 2
        data = mark.join(parts)
    return data
