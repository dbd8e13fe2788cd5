"""Sorts a raw response: success with JSON, error status, or malformed.

What the JSON means belongs to `api/decode/`.
"""

import json
from collections.abc import Mapping
from dataclasses import field
from http import HTTPStatus
from typing import Any

from ccloud_apply.api.http.door import RawResponse
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.operations import Operation

_DUE = {"task": "the id of a task", "file": "a file"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """A 2xx response with its JSON value; None if the body is empty. Of a file, its bytes."""

    value: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorStatus:
    """A response with a status other than 2xx."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A 2xx response whose body is not the JSON that the operation requires."""

    status: int
    why: str
    is_html: bool = False


def read_reply(operation: Operation, answer: RawResponse) -> Success | ErrorStatus | Malformed:
    """Sort the response; all 2xx statuses count alike, but that a 204 answers a read like null."""
    if not 200 <= answer.status < 300:
        return ErrorStatus(status=answer.status, headers=answer.headers, content=answer.content)
    if not answer.content.strip():
        # Oddity: `GET .../snapshots/scheduled` for a server without one
        is_told = answer.status == HTTPStatus.NO_CONTENT and operation.method == "GET"
        if operation.answer == "nothing" or (is_told and operation.answer == "value"):
            return Success(value=None, headers=answer.headers)
        due = _DUE.get(operation.answer, "a value")
        return Malformed(status=answer.status, why=f"an empty answer where {due} is due")
    if operation.answer == "file":
        return Success(value=answer.content, headers=answer.headers)
    try:
        return Success(value=parse_json(answer.content), headers=answer.headers)
    except RecursionError:
        return Malformed(status=answer.status, why="JSON that is nested too deeply")
    except ValueError as error:
        if looks_like_html(answer.content):
            return Malformed(status=answer.status, why="a web page instead of JSON", is_html=True)
        return Malformed(status=answer.status, why=f"something that is not JSON ({_where(error)})")


def parse_json(content: bytes) -> Any:
    """Strict JSON: UTF-8 without a byte order mark, no NaN, no infinity. Raises ValueError."""
    return json.loads(content.decode(), parse_constant=_refuse_constant, parse_float=_parse_float)


def looks_like_html(content: bytes) -> bool:
    """True for a body that starts with markup; the content type is not trusted."""
    return content.lstrip()[:1] == b"<"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _parse_float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number that is too large")
    return number


def _where(error: ValueError) -> str:
    # The decoder's own message can quote the body, so only the position is given.
    if isinstance(error, json.JSONDecodeError):
        return f"at byte {error.pos}"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else "a number it cannot hold"
