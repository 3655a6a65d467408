"""A request's body as form fields: both encodings that browsers and RFC 8058 §3.2 use, bounded."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

MAX_BODY_BYTES = 65_536
MAX_FIELDS = 1_000
Form = Mapping[str, list[str]]


async def read_form(request: Request) -> Form:
    """Every field's values. HTTPException 413, 415 or 400 for what is no such form.

    Text is UTF-8, whatever a part says; bytes that are not become U+FFFD. No body is an
    empty form.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    body = await _body(request)
    if kind == b"multipart/form-data":
        pairs = await _multipart(body, options.get(b"boundary", b""))
    elif kind == b"application/x-www-form-urlencoded" or not body:
        try:
            # Some mail programs end the body of RFC 8058 §3.2 as a line.
            text = body.rstrip(b"\r\n").decode("utf-8", "replace")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            raise HTTPException(400) from None
    else:
        raise HTTPException(415)
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def first(form: Form, name: str) -> str:
    """A field's first value; empty when it is not there."""
    return form.get(name, [""])[0]


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with aclosing(request.stream()) as stream:
            async for chunk in stream:
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


async def _multipart(body: bytes, boundary: bytes) -> list[tuple[str, str]]:
    if b"\r\n" not in body:
        # Some mail programs end lines as their system does; RFC 2046 §4.1.1 has CRLF.
        body = body.replace(b"\n", b"\r\n")

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    # Only the boundary goes on: a charset of the sender's choice would choose our decoder.
    header = b'multipart/form-data; boundary="' + boundary.replace(b'"', b"") + b'"'
    parser = MultiPartParser(
        Headers(raw=[(b"content-type", header)]), stream(), max_files=0, max_fields=MAX_FIELDS
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise HTTPException(400) from None
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
