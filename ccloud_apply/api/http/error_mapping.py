"""Maps the result of a failed request to an exception, with every secret redacted.

Whether to send the request again is decided in `retry.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from ccloud_apply.api.http.door import NoResponse
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.http.redaction import Redactor
from ccloud_apply.api.http.reply import ErrorStatus, Malformed, looks_like_html, parse_json
from ccloud_apply.errors import (
    ApiError,
    AuthError,
    DecodeError,
    InvalidError,
    NotFoundError,
    ServerError,
    StatusError,
    ThrottledError,
    TransportError,
)

Kind = TypeVar("Kind", bound=ApiError)

MAYBE_DONE = "the platform may have acted all the same"
"""The end of a message about a change whose answer was lost."""

MAX_TEXT = 500
"""Characters of the API's own text that an error quotes."""

MAX_FIELDS = 20
MAX_TEXTS = 5
"""The number of fields that an error quotes, and of texts for each field."""

_SECRET_FIELDS = frozenset({"client_secret", "password", "user_data"})
"""Fields of request bodies whose values no message may quote."""

_CLASSES: Mapping[int, type[StatusError]] = {
    401: AuthError,
    403: AuthError,
    404: NotFoundError,
    422: InvalidError,
    429: ThrottledError,
}


def build_error(
    call: Call,
    result: ErrorStatus | Malformed | NoResponse,
    *,
    maybe_done: bool,
    retry_after_s: float | None = None,
    secrets: Iterable[str] = (),
) -> ApiError:
    """The exception for the result of a call's last attempt.

    `maybe_done` covers all attempts. The API's text is quoted without `secrets` and without the
    secrets of the call itself.
    """
    given = dict(_find_secrets(call))
    # Of user data an error may name a word: the secrets in it are known.
    texts = (given.pop("user_data", ""),)
    masked = Redactor(texts, cut=(*secrets, *given.values()))

    def redact(text: str) -> str:
        return _cut(masked(text))  # half a secret could not be found any more

    if isinstance(result, NoResponse):
        why, hint = redact(result.why), result.hint
        if maybe_done:
            why += f"; {MAYBE_DONE}"
        return _build(TransportError, call, why, maybe_done=maybe_done, hint=hint)
    if isinstance(result, Malformed):
        why = f"{result.status}: {result.why}"
        hint = _ENDPOINT_HINT if result.is_html else ""
        return _build(DecodeError, call, why, maybe_done=maybe_done, hint=hint)
    return _build_status_error(call, result, redact, maybe_done, retry_after_s)


def build_heading(call: Call) -> str:
    """The start of every message: `resize memory (PUT /ccloud/servers/vs10001/memory)`."""
    return f"{call.operation.label} ({call.operation.method} {call.path})"


def build_decode_error(
    call: Call, why: str, *, maybe_done: bool = False, hint: str = ""
) -> DecodeError:
    """The exception for a success whose JSON lacks something required."""
    return _build(DecodeError, call, why, maybe_done=maybe_done, hint=hint)


def _build(kind: type[Kind], call: Call, why: str, *, maybe_done: bool, hint: str = "") -> Kind:
    return kind(
        f"{build_heading(call)}: {why}",
        operation=call.operation.label,
        method=call.operation.method,
        path=call.path,
        maybe_done=maybe_done,
        hint=hint,
    )


_ENDPOINT_HINT = "this is not an answer from the API: check CCLOUD_ENDPOINT"
_NO_ROUTE_HINT = "check CCLOUD_ENDPOINT or --endpoint: the address of an API ends in /api/v1"


def _build_status_error(
    call: Call,
    reply: ErrorStatus,
    redact: Callable[[str], str],
    maybe_done: bool,
    retry_after_s: float | None,
) -> StatusError:
    status = reply.status
    message, fields = read_error_body(reply.content)
    shown = {redact(name): tuple(map(redact, texts)) for name, texts in fields.items()}
    said = _join(redact(message), shown) or _name_status(reply)
    is_elsewhere = message.startswith("The route ") or looks_like_html(reply.content)
    kind = _CLASSES.get(status, ServerError if status >= 500 else StatusError)
    return kind(
        f"{build_heading(call)}: {status}: {said}",
        operation=call.operation.label,
        method=call.operation.method,
        path=call.path,
        status=status,
        fields=shown,
        retry_after_s=retry_after_s,
        maybe_done=maybe_done,
        hint=_NO_ROUTE_HINT
        if status == 404 and is_elsewhere
        else _build_hint(status, retry_after_s),
    )


def read_error_body(content: bytes) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    """The message of an error body and its texts by field, whichever shape it has.

    Shapes: `{message, errors{field: text or [texts]}}`, `{error{errors, code, msg}}`, `{message}`,
    OAuth's `{error, error_description, hint, message}`. Anything else gives neither.
    """
    # Oddity: 422 bodies
    try:
        body = parse_json(content)
    except (ValueError, RecursionError):
        return "", {}
    if not isinstance(body, dict):
        return "", {}
    error = body.get("error")
    if isinstance(error, dict):
        return _text(error.get("msg") or error.get("message")), _fields(error.get("errors"))
    message = _text(body.get("error_description")) or _text(body.get("message")) or _text(error)
    if hint := _text(body.get("hint")):
        message = f"{message} ({hint})" if message else hint
    return message, _fields(body.get("errors"))


def _fields(errors: Any) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(errors, dict):
        errors = {"": errors}
    found: dict[str, tuple[str, ...]] = {}
    for name, value in list(errors.items())[:MAX_FIELDS]:
        texts = tuple(filter(None, map(_text, value if isinstance(value, list) else [value])))
        if texts:
            found[str(name)] = texts[:MAX_TEXTS]
    return found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _join(message: str, fields: Mapping[str, tuple[str, ...]]) -> str:
    texts = [
        f"{name}: {', '.join(texts)}" if name else ", ".join(texts)
        for name, texts in fields.items()
    ]
    if any(message.startswith(text) for texts_of in fields.values() for text in texts_of):
        message = ""  # Laravel repeats the first field's text as the message
    if message and texts and message[-1] not in ".!?:":
        message += "."
    return _cut(" ".join(filter(None, (message, "; ".join(texts)))))


def _name_status(reply: ErrorStatus) -> str:
    try:
        name = HTTPStatus(reply.status).phrase
    except ValueError:
        name = "an unknown status"
    return f"{name} (a web page)" if looks_like_html(reply.content) else name


def _build_hint(status: int, retry_after_s: float | None) -> str:
    if 300 <= status < 400:
        return "the endpoint redirects, which is never followed: check CCLOUD_ENDPOINT"
    if status == 403:
        return "these credentials are not allowed to do this"
    if status == 429 and retry_after_s is not None:
        return f"too many requests: try again in {retry_after_s:.0f} seconds"
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _find_secrets(call: Call) -> Iterator[tuple[str, str]]:
    """What no message may quote of this call, with the name of each."""
    if call.token:
        yield "token", call.token
    if isinstance(call.body, dict):
        for name, value in call.body.items():
            if name in _SECRET_FIELDS and isinstance(value, str):
                yield name, value
