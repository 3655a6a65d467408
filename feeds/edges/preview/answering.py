"""Bytes and files as answers: conditions, ranges, HEAD."""

import hashlib
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from feeds.edges.preview.conditions import Validators, Verdict, verdict

_BLOCK_BYTES = 262_144


class Opened:
    """A regular file, open: what is sent is of one version, whatever a build does meanwhile."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        found = os.fstat(file.fileno())
        self.size_bytes = found.st_size
        # A build never writes into a file: another one takes its place, with another inode.
        tag = f'"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"'
        changed = datetime.fromtimestamp(int(found.st_mtime), UTC)
        self.validators = Validators(tag, changed)


def find(folder: Path, path: str) -> Path | None:
    """The file or folder at ``path`` (decoded, with a leading slash) below ``folder``.

    None for what is not there, is hidden, or would lead out.
    """
    parts = path.removeprefix("/").removesuffix("/").split("/") if path != "/" else []
    for part in parts:
        if part in {"", ".."} or part.startswith(".") or "\0" in part or "\\" in part:
            return None
    try:
        found = folder.joinpath(*parts).resolve()
        if found.is_relative_to(folder.resolve()) and (found.is_dir() or found.is_file()):
            return found
    except (OSError, ValueError, RuntimeError):  # too long, not to be encoded, a loop
        return None
    return None


def open_file(path: Path) -> Opened | None:
    """The file, open for reading; None when it is no regular file any more."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    return Opened(os.fdopen(handle, "rb"))


def answer_bytes(request: Request, data: bytes, media_type: str, status: int = 200) -> Response:
    """Something made in memory; conditions and ranges hold for 200 alone (RFC 9110 §13.2.1)."""
    validators = Validators(f'"{hashlib.sha256(data).hexdigest()[:32]}"')
    if status == 200:
        found = verdict(request.method, request.headers, validators, len(data))
    else:
        found = Verdict(status)
    headers = _headers(found, validators, media_type, len(data))
    if found.status == 206:
        data = b"".join(
            piece if isinstance(piece, bytes) else data[piece[0] : piece[1]]
            for piece in _pieces(found, media_type, len(data))
        )
    elif found.status != status:
        data = b""
    return _response(request, found.status, headers, data)


def answer_file(request: Request, opened: Opened, media_type: str) -> Response:
    """A file, sent block by block; it is closed when it was."""
    size_bytes = opened.size_bytes
    found = verdict(request.method, request.headers, opened.validators, size_bytes)
    headers = _headers(found, opened.validators, media_type, size_bytes)
    if request.method == "HEAD" or found.status not in {200, 206}:
        opened.file.close()
        return _response(request, found.status, headers, b"")
    pieces = _pieces(found, media_type, size_bytes) if found.status == 206 else [(0, size_bytes)]
    return StreamingResponse(_streamed(opened.file, pieces), found.status, headers)


def _headers(
    found: Verdict, validators: Validators, media_type: str, size_bytes: int
) -> dict[str, str]:
    """What stands in the answer's head; a 304 has what would let a cache renew (§15.4.5)."""
    headers = {"etag": validators.etag}
    if validators.modified:
        headers["last-modified"] = format_datetime(validators.modified, usegmt=True)
    if found.status == 304:
        return headers
    if found.status in {412, 416}:
        unsatisfied = {"content-range": f"bytes */{size_bytes}"} if found.status == 416 else {}
        return {**unsatisfied, "content-length": "0"}
    headers |= {"accept-ranges": "bytes", "content-type": media_type}
    length = size_bytes
    if len(found.ranges) == 1:
        start, end = found.ranges[0]
        headers["content-range"] = f"bytes {start}-{end - 1}/{size_bytes}"
        length = end - start
    elif found.ranges:
        headers["content-type"] = f"multipart/byteranges; boundary={_BOUNDARY}"
        length = sum(
            len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]
            for piece in _pieces(found, media_type, size_bytes)
        )
    headers["content-length"] = str(length)
    return headers


# No part can hold it by chance: it would have to know it.
_BOUNDARY = hashlib.sha256(os.urandom(16)).hexdigest()[:32]


def _pieces(found: Verdict, media_type: str, size_bytes: int) -> list[bytes | tuple[int, int]]:
    """The body of a 206: ranges of the file, with what stands between several (§14.6)."""
    if len(found.ranges) == 1:
        return [found.ranges[0]]
    pieces: list[bytes | tuple[int, int]] = []
    for start, end in found.ranges:
        head = (
            f"\r\n--{_BOUNDARY}\r\nContent-Type: {media_type}\r\n"
            f"Content-Range: bytes {start}-{end - 1}/{size_bytes}\r\n\r\n"
        )
        pieces += [head.encode(), (start, end)]
    return [*pieces, f"\r\n--{_BOUNDARY}--\r\n".encode()]


async def _streamed(
    file: BinaryIO, pieces: "list[bytes | tuple[int, int]] | list[tuple[int, int]]"
) -> AsyncIterator[bytes]:
    with file:
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            start, end = piece
            while start < end:
                most = min(_BLOCK_BYTES, end - start)
                block = await anyio.to_thread.run_sync(
                    partial(os.pread, file.fileno(), most, start)
                )
                if not block:
                    raise OSError("the file became shorter while it was sent")
                yield block
                start += len(block)


def _response(request: Request, status: int, headers: dict[str, str], data: bytes) -> Response:
    """An answer whose Content-Length is what GET would have, also for HEAD."""
    if request.method == "HEAD":
        data = b""
    response = Response(data, status)
    if status != 304:
        response.headers["content-length"] = headers.get("content-length", "0")
    else:
        del response.headers["content-length"]
    response.headers.update(headers)
    return response
