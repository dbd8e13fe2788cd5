"""Builds faulty answers: error pages, corrupted bodies, unknown status words.

Whether the platform acts on the request is decided in injector.py.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from ccloud_apply.sandbox.faults.dropped import ConnectionDropped

HUGE_BYTES = 65 * 1024 * 1024
_CHUNK = b" " * (1024 * 1024)
_GARBAGE = b'\xef\xbb\xbf{"data": \xff\xfe\x00 NaN, }'
_PAGE = """<!DOCTYPE html>
<html><head><title>{status} {phrase}</title></head>
<body><center><h1>{status} {phrase}</h1></center><hr><center>nginx</center></body></html>
"""


class TruncatedResponse(Response):
    """An answer whose connection ends within its body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends half of the body. Raises ConnectionDropped."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        body = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": body, "more_body": True})
        raise ConnectionDropped("body")


class HugeResponse(Response):
    """The same JSON value, followed by HUGE_BYTES of spaces."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it in chunks, without a Content-Length."""
        del self.headers["content-length"]
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        for chunk in (bytes(self.body), *[_CHUNK] * (HUGE_BYTES // len(_CHUNK))):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def make_error(
    status: int, settings: Mapping[str, Any], now: datetime, headers: Mapping[str, str]
) -> Response:
    """An error answer by the settings `body` and `retry_after`."""
    phrase = _phrase(status)
    message = "Unauthenticated." if status == 401 else f"{phrase}."
    content: dict[str, object] = {"message": message}
    if status == 422:
        content["errors"] = {"fault": message}
    response = JSONResponse(content, status, headers=dict(headers))
    if "retry_after" in settings:
        response.headers["Retry-After"] = _show_retry_after(settings["retry_after"], now)
    return spoil(response, settings.get("body", "json"))


def make_redirect(origin: str) -> Response:
    """A redirect (302) to the login page."""
    location = f"{origin}/login"
    return Response(_PAGE.format(status=302, phrase="Found"), 302, {"Location": location})


def _show_retry_after(value: Any, now: datetime) -> str:
    if isinstance(value, Mapping):
        return format_datetime(now + timedelta(seconds=value["date"]), usegmt=True)
    return f"{value:g}"


def spoil(response: Response, body: str) -> Response:
    """The same status and headers with a corrupted body."""
    status = 200 if response.status_code == 204 else response.status_code
    content = bytes(response.body) or b"{}"
    kept = {
        name: value
        for name, value in response.headers.items()
        if name not in ("content-length", "content-type")
    }
    if body == "html":
        page = _PAGE.format(status=status, phrase=_phrase(status))
        return Response(page, status, kept, "text/html")
    if body == "huge":
        return HugeResponse(content, status, kept, "application/json")
    if body == "truncated":
        return TruncatedResponse(content, status, kept, "application/json")
    if body == "json":
        return Response(content, status, kept, "application/json")
    if body in _REWRITTEN:
        content = json.dumps(_REWRITTEN[body](json.loads(content))).encode()
        return Response(content, status, kept, "application/json")
    bare = {"empty": b"", "garbage": _GARBAGE, "not-an-object": b"42"}[body]
    return Response(bare, status, kept, "application/json")


def _without_id(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_id(item) for item in value]
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name not in ("id", "job_id")}
    return value


def _without_items(value: Any) -> Any:
    """The same list without items, with consistent page metadata."""
    if isinstance(value, list):
        return []
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        emptied = {**value, "data": []}
        if isinstance(value.get("meta"), dict):
            emptied["meta"] = {
                **value["meta"],
                "total": 0,
                "last_page": 1,
                "from": None,
                "to": None,
            }
        return emptied
    return value


_REWRITTEN: Mapping[str, Callable[[Any], Any]] = {
    "missing-task-id": _without_id,
    "empty-list": _without_items,
}


def rename_status(response: Response, word: str) -> Response:
    """The same answer, with this status word for every task."""
    if response.status_code != 200 or not isinstance(response, JSONResponse):
        return response

    def rename(value: Any) -> Any:
        if isinstance(value, list):
            return [rename(item) for item in value]
        if isinstance(value, dict) and {"action", "status"} <= value.keys():
            return {**value, "status": word}
        return value

    return JSONResponse(rename(json.loads(bytes(response.body))))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
