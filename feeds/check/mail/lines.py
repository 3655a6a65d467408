"""On which line of a message a line of one of its parts stands."""

from collections.abc import Callable, Sequence

from feeds.check.bodies import HTML, TEXT

_KINDS = {TEXT: b"text/plain", HTML: b"text/html"}


def lines_of(data: bytes) -> Callable[[str, int], int]:
    """Takes a part (``TEXT``, ``HTML``, or empty for the message itself) and a line there.

    A part that is not found, or is in base64, has one line: the one on which it begins.
    """
    lines = data.split(b"\n")
    starts: dict[str, Sequence[int]] = {}

    def line_of(part: str, line: int) -> int:
        if not part:
            return line
        if part not in starts:
            starts[part] = _starts(lines, _KINDS[part])
        found = starts[part]
        return found[min(line, len(found)) - 1] if line > 0 else found[0]

    return line_of


def _starts(lines: list[bytes], kind: bytes) -> Sequence[int]:
    """The line of the message on which each line of the first part of that kind begins."""
    start, encoding = _body(lines, kind)
    if encoding == b"base64" or not start:
        return (max(start, 1),)
    if encoding != b"quoted-printable":
        return range(start, max(len(lines), start) + 1)
    found = [start]
    for number, line in enumerate(lines[start - 1 :], start + 1):
        # RFC 2045 §6.7: a line that ends in = goes on.
        if not line.rstrip().endswith(b"="):
            found.append(number)
    return found


def _body(lines: list[bytes], kind: bytes) -> tuple[int, bytes]:
    """The first line of a part's body, and its encoding; 0 where there is no such part."""
    in_header, is_it, encoding = True, False, b""
    for number, line in enumerate(lines, 1):
        if line.startswith(b"--"):
            in_header, is_it, encoding = True, False, b""
        elif in_header and not line.strip():
            if is_it:
                return number + 1, encoding
            in_header = False
        elif in_header:
            name, _, value = line.lower().partition(b":")
            is_it = is_it or (name == b"content-type" and kind in value)
            if name == b"content-transfer-encoding":
                encoding = value.strip()
    return 0, b""
