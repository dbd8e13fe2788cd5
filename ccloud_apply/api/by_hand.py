"""Any operation as plain JSON, for a request that somebody wrote by hand.

What a command of its own needs of an operation, decoded, belongs to `client.py`.
"""

import json
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import field
from functools import partial
from typing import Any

from ccloud_apply.api.authenticator import Authenticator
from ccloud_apply.api.decode.shape import Unreadable, read_list
from ccloud_apply.api.http.door import RawResponse
from ccloud_apply.api.http.error_mapping import build_decode_error
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.http.redaction import MASK, Redactor
from ccloud_apply.api.http.reply import parse_json
from ccloud_apply.api.http.transport import Transport
from ccloud_apply.api.list_reader import ListReader
from ccloud_apply.errors import StatusError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.operations import Operation

_SECRET_HEADERS = ("cookie", "authorization", "token", "secret", "session")
"""A header with one of these words in its name holds a secret."""


_DEEPEST = 100
_TOO_DEEP = "JSON that is nested too deeply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came back for a request: status, headers and body of the last response, without the
    secrets that are known.

    `value` is plain JSON, or the bytes of a file; None where `has_body` is False: the body was
    empty, or that of an error and no JSON. `error` is set if the API refused.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    value: Any = field(repr=False)
    has_body: bool
    error: StatusError | None = None


class ByHand:
    """Sends what the client has no method for, signed in and retried like all else."""

    def __init__(
        self, transport: Transport, authenticator: Authenticator, lists: ListReader
    ) -> None:
        self._transport = transport
        self._authenticator = authenticator
        self._lists = lists

    async def exchange(
        self,
        operation: Operation,
        path: str,
        *,
        query: Mapping[str, str],
        body: Any = None,
        secrets: tuple[str, ...] = (),
        before_each: Callable[[bool], Awaitable[None]] | None = None,
    ) -> Exchange:
        """Send one request and give back what came, an error status too.

        `secrets` are masked like the client's own. `before_each` is awaited before every attempt,
        told whether one before it may have been carried out, and what it raises is passed on.
        Raises ApiError where no answer came, or none that can be read, or where signing in is
        refused.
        """
        responses: list[RawResponse] = []
        sent_before = self._count(operation)

        async def check(ask: Callable[[bool], Awaitable[None]]) -> None:
            refused = sum(300 <= each.status < 500 for each in responses)
            await ask(self._count(operation) - sent_before > refused)

        call = Call(
            operation=operation,
            path=path,
            query=query,
            body=body,
            before_each=None if before_each is None else partial(check, before_each),
            on_response=responses.append,
        )
        # Signing in needs no token: another sign-in before it would only be one request more.
        is_sign_in = operation.id == "create_token"
        sender = self._transport if is_sign_in else self._authenticator
        try:
            value = (await sender.send(call)).value
        except StatusError as error:
            if not responses or error.path != path:
                raise  # the sign-in before it was refused
            return self._describe(responses[-1], _read_refusal(responses[-1]), secrets, error)
        if operation.answer == "file":
            _require_file(call, value)
        elif _is_deep(value):
            raise build_decode_error(call, _TOO_DEEP, maybe_done=call.is_write)
        return self._describe(responses[-1], value, secrets)

    def _count(self, operation: Operation) -> int:
        return self._transport.requests_by_operation.get(operation.id, 0)

    async def list_rows(
        self, operation: Operation, path: str, query: Mapping[str, str], *, is_paged: bool
    ) -> tuple[Any, ...]:
        """Every row of a list as plain JSON. Raises DecodeError for one that is not complete."""
        call = Call(operation=operation, path=path, query=query)
        if is_paged:
            return await self._lists.read_all(call, _as_is, _identify, what=operation.label)
        try:
            rows = read_list(await self._lists.read_value(call))
            return tuple(_as_is(row, f"[{index}]") for index, row in enumerate(rows))
        except Unreadable as error:
            raise build_decode_error(call, str(error)) from None

    def _describe(
        self,
        response: RawResponse,
        value: Any,
        secrets: tuple[str, ...],
        error: StatusError | None = None,
    ) -> Exchange:
        """An error may quote all of a request; a success has lost the client's secrets before."""
        everything = Redactor(cut=(*secrets, *self._transport.secrets))
        masked = everything if error is not None else Redactor(secrets)
        return Exchange(
            status=response.status,
            headers=tuple(
                (name, MASK if _is_secret(name) else everything(text))
                for name, text in response.headers.items()
            ),
            value=masked.mask(value),
            has_body=value is not None or response.content.strip() == b"null",
            error=error,
        )


def _require_file(call: Call, content: bytes) -> None:
    """Raises DecodeError for what is not the file that was asked for: a login page, half of it."""
    from ccloud_apply.api.decode.billing import decode_report  # hardly any operation answers one

    try:
        decode_report(content)
    except Unreadable as error:
        raise build_decode_error(call, str(error)) from None


def _is_secret(header: str) -> bool:
    return any(word in header.lower() for word in _SECRET_HEADERS)


def _read_refusal(response: RawResponse) -> Any:
    """The JSON of an error's body; None where it has none."""
    try:
        value = parse_json(response.content)
    except (ValueError, RecursionError):
        return None
    return None if _is_deep(value) else value


def _as_is(row: Any, place: str) -> Any:
    if _is_deep(row):
        raise Unreadable(f"{place}: {_TOO_DEEP}")
    return row


def _is_deep(value: Any) -> bool:
    """True for a value that whoever looks at it part by part could not get through."""
    parts = [value]
    for _ in range(_DEEPEST):
        inner = (each for each in parts if isinstance(each, list | dict))
        parts = [
            item for each in inner for item in (each if isinstance(each, list) else each.values())
        ]
        if not parts:
            return False
    return True


def _identify(row: Any) -> Hashable:
    """What tells one row from another: its id, else all of it."""
    found = row.get("id") if isinstance(row, dict) else None
    return found if isinstance(found, str | int) else json.dumps(row, sort_keys=True)
