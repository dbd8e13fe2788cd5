"""Reads lists, each in the same way: what it is asked with, and whether all of it came.

All reads of the client pass here. Which rows a list has belongs to `client.py`, pages to
`http/pages.py`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Generic, TypeVar

from ccloud_apply.api.authenticator import Authenticator
from ccloud_apply.api.decode.shape import Unreadable, read_list
from ccloud_apply.api.http.error_mapping import build_decode_error
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.http.page import Page, read_page, says_anything
from ccloud_apply.api.http.pages import PAGE_SIZE, Place, read_pages
from ccloud_apply.api.http.reply import Success
from ccloud_apply.errors import StatusError
from ccloud_apply.lazy_dataclass import dataclass

Row = TypeVar("Row")

_OPTIONAL: Mapping[str, tuple[str, ...]] = {"sort": ("sort", "order"), "limit": ("limit",)}
"""What a list can be asked without: by name, the parameters that go together."""

_REFUSALS = frozenset({400, 422, 500})
"""Statuses by which an API may refuse a parameter: it fails over it, or says that it is none."""

_HINT = "the API does not list as its document says: nothing that rests on the list is done"


class TooLongError(Exception):
    """A list has more pages than its reader wanted at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Generic[Row]):
    """Page 1 of a list, and the call that it answers."""

    call: Call
    page: Page[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Generic[Row]):
    """How to begin to read a list.

    `opened` is page 1 where it is here already. As many pages as `expected` are asked for at once:
    none waits for what page 1 says of them. A list of more than `most` pages raises TooLongError.
    """

    opened: Opened[Row] | None = None
    expected: int = 1
    most: int | None = None


class ListReader:
    """Sends what reads, and remembers for the run which optional parameters are refused."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._refused: set[str] = set()
        self._taken: set[str] = set()
        self.paged: set[str] = set()
        """The operations whose list came in several pages."""

    async def read_value(self, call: Call) -> Any:
        """The JSON value of a read. Where it is a list that says that there is more, all of it.

        Raises ApiError.
        """
        reply = await self._authenticator.send(call)
        if not _says_more(reply):
            return reply.value
        read = [reply]

        async def fetch(place: Place) -> Page[Any]:
            is_first = place == Place(page=1)
            asked = call if is_first else _at(call, place)
            page = read.pop() if read else await self._authenticator.send(asked)
            value = page.value
            if isinstance(value, dict):
                value = {**value, "data": read_list(value)}
            return read_page(value, _as_is, page.headers)

        return list(await self._read_all(call, fetch, _as_text, "list"))

    async def read_page(self, call: Call) -> Any:
        """The JSON value of one page: the caller asks for the others, as far as it needs them."""
        reply, _ = await self._open(call)
        return reply.value

    async def open_list(self, call: Call, decode: Callable[[Any, str], Row]) -> Opened[Row]:
        """Page 1 of a list, asked for as `read_all` does. Raises ApiError."""
        reply, asked = await self._open(replace(call, query={**_in_order(call), "page": "1"}))
        try:
            return Opened(call=asked, page=read_page(reply.value, decode, reply.headers))
        except Unreadable as error:
            raise build_decode_error(call, str(error), hint=_HINT) from None

    async def read_all(
        self,
        call: Call,
        decode: Callable[[Any, str], Row],
        identify: Callable[[Row], Hashable],
        *,
        what: str,
        is_moving: bool = False,
        start: Start[Row] | None = None,
    ) -> tuple[Row, ...]:
        """All pages of a list, sorted by id and in large pages if the API takes that.

        Raises DecodeError for a list that is not complete, or cannot be shown to be.
        """
        start = start or Start()
        begun = [] if start.opened is None else [start.opened]
        asked = begun[0].call if begun else replace(call, query=_in_order(call))

        async def fetch(place: Place) -> Page[Row]:
            nonlocal asked
            if begun and place == Place(page=1):
                return begun.pop().page
            if place == Place(page=1):
                first = replace(asked, query={**asked.query, "page": "1"})
                reply, asked = await self._open(first)
            else:
                smaller = _without(asked, self._known_refusals(call))
                reply = await self._authenticator.send(_at(smaller, _as_taken(smaller, place)))
            page = read_page(reply.value, decode, reply.headers)
            if start.most is not None and max(page.pages or 1, place.page or 1) > start.most:
                raise TooLongError
            return page

        async with _ask_ahead(fetch, start.expected) as fetch_any:
            return await self._read_all(call, fetch_any, identify, what, is_moving=is_moving)

    async def _read_all(
        self,
        call: Call,
        fetch: Callable[[Place], Awaitable[Page[Row]]],
        identify: Callable[[Row], Hashable],
        what: str,
        *,
        is_moving: bool = False,
    ) -> tuple[Row, ...]:
        try:
            listed = await read_pages(
                fetch, identify, what=what, path=call.path, is_moving=is_moving
            )
        except Unreadable as error:
            raise build_decode_error(call, str(error), hint=_HINT) from None
        if listed.is_paged:
            self.paged.add(call.operation.id)
        return listed.items

    def _known_refusals(self, call: Call) -> Iterable[str]:
        """What this operation is not asked with any more."""
        return self._refused if call.operation.id not in self._taken else ()

    async def _open(self, call: Call) -> tuple[Success, Call]:
        """The first page of a list and the call that it answers, without what the API refuses."""
        operation = call.operation.id
        call = _without(call, self._known_refusals(call))
        try:
            reply = await self._authenticator.send(call)
        except StatusError as error:
            return await self._open_without(call, error)
        if call.query.keys() >= set(_OPTIONAL):
            self._taken.add(operation)
        return reply, call

    async def _open_without(self, call: Call, error: StatusError) -> tuple[Success, Call]:
        """Ask once without what the API may have refused. Raises the refusal if that is none."""
        optional = [name for name in _OPTIONAL if name in call.query]
        if error.status not in _REFUSALS or not optional:
            raise error
        named = [name for name in optional if {*_OPTIONAL[name]} & error.fields.keys()]
        if not named and any(name in error.fields for name in call.query):
            raise error
        # Where the answer does not say which, all of them: one request more, and no guessing.
        for dropped in dict.fromkeys((tuple(named or optional), tuple(optional))):
            smaller = _without(call, dropped)
            try:
                reply = await self._authenticator.send(smaller)
            except StatusError as again:
                if again.status not in _REFUSALS:
                    raise
                continue
            self._refused.update(dropped)
            return reply, smaller
        raise error


@asynccontextmanager
async def _ask_ahead(
    fetch: Callable[[Place], Awaitable[Page[Row]]], expected: int
) -> AsyncIterator[Callable[[Place], Awaitable[Page[Row]]]]:
    """`fetch`, for which the pages 2 to `expected` are under way. What turns out not to be wanted
    is cancelled, and fails nothing."""
    numbers = range(2, expected + 1)
    ahead = {n: asyncio.ensure_future(_ask(fetch, Place(page=n))) for n in numbers}
    left = dict(ahead)

    async def fetch_any(place: Place) -> Page[Row]:
        is_usual = place == Place(page=place.page)
        reading = left.pop(place.page or 0, None) if is_usual else None
        return await (fetch(place) if reading is None else reading)

    try:
        yield fetch_any
    finally:
        for reading in ahead.values():
            reading.cancel()
        await asyncio.gather(*ahead.values(), return_exceptions=True)


async def _ask(fetch: Callable[[Place], Awaitable[Page[Row]]], place: Place) -> Page[Row]:
    return await fetch(place)  # only once the task has begun: it may be cancelled before


def _in_order(call: Call) -> Mapping[str, str]:
    """The query of a list by id, in large pages."""
    return {**call.query, "limit": str(PAGE_SIZE), "sort": "id", "order": "asc"}


def _as_taken(call: Call, place: Place) -> Place:
    """The place without a size of pages where the API refuses one: then the order has to show
    whether page 1 is the whole list. Raises Unreadable where nothing can."""
    if "limit" in call.query:
        return place
    if place.is_reversed and "order" not in call.query:
        raise Unreadable(
            "the API takes neither `limit` nor `sort`, and sends the same rows for page 1 and"
            " page 2, so there may be more of them; an incomplete list is not used"
        )
    return replace(place, limit=None)


def _at(call: Call, place: Place) -> Call:
    """The call for another place of its list. What it asks for itself stands above a link."""
    query = dict(call.query)
    query.pop("page", None)
    if place.page is not None:
        query["page"] = str(place.page)
    if place.limit is not None:
        query["limit"] = str(place.limit)
    if place.is_reversed and "order" in query:
        query["order"] = "desc" if query["order"] == "asc" else "asc"
    return replace(call, query={**place.link, **query})


def _without(call: Call, names: Iterable[str]) -> Call:
    dropped = {parameter for name in names for parameter in _OPTIONAL[name]}
    query = {name: value for name, value in call.query.items() if name not in dropped}
    return replace(call, query=query)


def _says_more(reply: Success) -> bool:
    """True for a list, or a wrapper of one, that says that this is not all of it."""
    value = reply.value
    if not isinstance(value, list) and not (
        isinstance(value, dict) and isinstance(value.get("data"), list)
    ):
        return False
    if isinstance(value, list) and not says_anything(reply.headers):
        return False
    try:
        page = read_page(value, _as_is, reply.headers)
    except Unreadable:
        return False  # its decoder says what is wrong with it
    rows = len(read_list(value))
    return bool(page.has_more or (page.last_page or 1) > 1 or (page.total or 0) > rows)


def _as_is(row: Any, place: str) -> Any:
    return row


def _as_text(row: Any) -> str:
    return json.dumps(row, sort_keys=True)
