"""What the web app says to whom, as OpenAPI 3.1: the contract that schemathesis tries to break."""

from typing import Any

_HTML = {"text/html": {"schema": {"type": "string"}}}
_TEXT = {"text/plain": {"schema": {"type": "string"}}}
_HEADERS = {
    name: {"required": True, "schema": {"type": "string"}}
    for name in ("content-security-policy", "referrer-policy", "cache-control")
}
_AGAIN = {"retry-after": {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_TOKEN = [
    {"name": "token", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
]


def _answer(content: dict[str, Any], more: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"description": "an answer", "headers": {**_HEADERS, **(more or {})}, "content": content}


def _body(fields: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields}
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data")
    return {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}


def _get(*statuses: int, content: dict[str, Any] = _HTML) -> dict[str, Any]:
    return {"responses": {str(status): _answer(content) for status in (200, 404, *statuses)}}


def _post(fields: dict[str, Any], *statuses: int, one_click: bool = False) -> dict[str, Any]:
    refusals = (400, 403, 413, 415, *statuses)
    responses = {str(status): _answer(_HTML) for status in refusals}
    responses["200"] = _answer(_HTML | _TEXT if one_click else _HTML)
    for status in ("429", "503"):
        responses[status] = _answer(_HTML, _AGAIN)
    return {"requestBody": _body(fields), "responses": responses}


def _word(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)} if values else {"type": "string"}


def document() -> dict[str, Any]:
    """The whole of it, below the app's own path."""
    words = {"type": "array", "items": {"type": "string"}}
    wishes = {"pace": _word("weekly", "paused"), "language": _word(), "tag": words, "event": words}
    return {
        "openapi": "3.1.0",
        "info": {"title": "talkfeeds web", "version": "1"},
        "paths": {
            "/": {"get": _get()},
            "/subscribe": {
                "get": _get(),
                "post": _post(
                    {"email": {"type": "string", "format": "email"}, "language": _word()}
                ),
            },
            "/style.css": {"get": _get(content={"text/css": {}})},
            "/confirm/{token}": {
                "parameters": _TOKEN,
                "get": _get(410),
                "post": _post({"confirm": _word("yes")}, 404, 410),
            },
            "/preferences/{token}": {
                "parameters": _TOKEN,
                "get": _get(410),
                "post": _post(wishes, 404, 410),
            },
            "/unsubscribe/{token}": {
                "parameters": _TOKEN,
                "get": _get(),
                "post": _post(
                    {"leave": _word("yes"), "List-Unsubscribe": _word("One-Click")},
                    404,
                    one_click=True,
                ),
            },
            "/return/{token}": {
                "parameters": _TOKEN,
                "get": _get(410),
                "post": _post({"return": _word("yes")}, 404, 410),
            },
        },
    }
