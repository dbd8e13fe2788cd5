"""What went wrong with a request as an exception that says so, and never says a secret.

Whether to send again is not decided here.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from ccloud_apply.api.http.exchange import Call, Lost
from ccloud_apply.api.http.reply import Garbled, Refused, looks_like_html, parse_json
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

MAX_TEXT = 500
"""Characters of the API's own words that an error repeats."""

MAX_FIELDS = 20
MAX_TEXTS = 5
"""Fields that an error repeats, and texts of each of them."""

SHORTEST_SECRET = 4
"""Taking less out of a text would tear up every word, and show the secret by its gaps."""

_SECRET_FIELDS = frozenset({"client_secret", "password", "user_data"})
"""Fields of request bodies whose values no message may repeat."""

_CLASSES: Mapping[int, type[StatusError]] = {
    401: AuthError,
    403: AuthError,
    404: NotFoundError,
    422: InvalidError,
    429: ThrottledError,
}


def build_error(
    call: Call,
    outcome: Refused | Garbled | Lost,
    *,
    maybe_done: bool,
    retry_after_s: float | None = None,
    secrets: Iterable[str] = (),
) -> ApiError:
    """The exception for the last outcome of a call.

    `maybe_done` counts all attempts. `secrets` are taken out of whatever the API said, and so are
    the call's own.
    """
    hide = _Hider((*secrets, *_find_secrets(call)))
    if isinstance(outcome, Lost):
        why, hint = hide(outcome.why), outcome.hint
        if maybe_done:
            why += "; the platform may have acted all the same"
        return _build(TransportError, call, why, maybe_done=maybe_done, hint=hint)
    if isinstance(outcome, Garbled):
        why = f"{outcome.status}: {outcome.why}"
        hint = _ENDPOINT_HINT if outcome.is_html else ""
        return _build(DecodeError, call, why, maybe_done=maybe_done, hint=hint)
    return _build_status_error(call, outcome, hide, maybe_done, retry_after_s)


def heading(call: Call) -> str:
    """How every message begins: `resize memory (PUT /ccloud/servers/vs10001/memory)`."""
    return f"{call.operation.label} ({call.operation.method} {call.path})"


def build_decode_error(call: Call, why: str, *, maybe_done: bool = False) -> DecodeError:
    """A value came that does not hold what it must."""
    return _build(DecodeError, call, why, maybe_done=maybe_done)


def _build(kind: type[Kind], call: Call, why: str, *, maybe_done: bool, hint: str = "") -> Kind:
    return kind(
        f"{heading(call)}: {why}",
        operation=call.operation.label,
        method=call.operation.method,
        path=call.path,
        maybe_done=maybe_done,
        hint=hint,
    )


_ENDPOINT_HINT = "this is no answer of the API: check CCLOUD_ENDPOINT"


def _build_status_error(
    call: Call,
    refused: Refused,
    hide: "_Hider",
    maybe_done: bool,
    retry_after_s: float | None,
) -> StatusError:
    status = refused.status
    message, fields = read_refusal(refused.content)
    shown = {hide(name): tuple(map(hide, texts)) for name, texts in fields.items()}
    said = _join(hide(message), shown) or _name_status(refused)
    kind = _CLASSES.get(status, ServerError if status >= 500 else StatusError)
    return kind(
        f"{heading(call)}: {status}: {said}",
        operation=call.operation.label,
        method=call.operation.method,
        path=call.path,
        status=status,
        fields=shown,
        retry_after_s=retry_after_s,
        maybe_done=maybe_done,
        hint=_hint(status, retry_after_s),
    )


def read_refusal(content: bytes) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    """The message and the texts per field of an error body, in whichever shape it came.

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


def _name_status(refused: Refused) -> str:
    try:
        name = HTTPStatus(refused.status).phrase
    except ValueError:
        name = "an unknown status"
    return f"{name} (a web page)" if looks_like_html(refused.content) else name


def _hint(status: int, retry_after_s: float | None) -> str:
    if 300 <= status < 400:
        return "the endpoint redirects, which is never followed: check CCLOUD_ENDPOINT"
    if status == 403:
        return "these credentials are not allowed to do this"
    if status == 429 and retry_after_s is not None:
        return f"too many requests: try again in {retry_after_s:.0f} seconds"
    return ""


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


class _Hider:
    """Takes secrets out of a text, then bounds it: a cut secret could not be found any more."""

    def __init__(self, secrets: Iterable[str]) -> None:
        hidden = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
        spellings = {spelling for secret in hidden for spelling in _spellings(secret)}
        self._spellings = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, "***")
        return _cut(text)


def _spellings(secret: str) -> Iterator[str]:
    # Without the spaces around it too: a message that begins with it has lost them.
    for text in (secret, secret.strip() or secret):
        yield text
        yield json.dumps(text)[1:-1]
        yield quote(text, safe="", errors="replace")
    yield base64.b64encode(secret.encode(errors="replace")).decode()


def _find_secrets(call: Call) -> Iterator[str]:
    if call.token:
        yield call.token
    if isinstance(call.body, dict):
        for name, value in call.body.items():
            if name in _SECRET_FIELDS and isinstance(value, str):
                yield value
