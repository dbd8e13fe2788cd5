"""The servers of some tags, by the filter of the server list or by the whole list: what is cheaper.

The API document says of the filter only that it includes servers with a tag. So what it leaves out
proves little: where a list by a tag shows fewer servers than are expected, or contradicts the whole
list's page 1, the whole list is read. Which servers a plan expects belongs to `plan/scope.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import chain

from ccloud_apply.api.decode.server import decode_server
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.list_reader import ListReader, Opened, Start, TooLongError
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import DecodeError, StatusError, TransportError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import LiveServer

Servers = tuple[LiveServer, ...]

WHAT = "server list"

OF_ALL = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses that say nothing of the filter. By any other one, or by no answer, an API or what stands
before it may refuse the filter where it answers the whole list."""


class _UntrustedError(Exception):
    """What the filter shows cannot be all of it. `is_lasting`: asking again is of no use."""

    def __init__(self, *, is_lasting: bool) -> None:
        super().__init__()
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerList:
    """Servers, by id: those that carry one of the tags, or all where `of_tags` is None."""

    servers: Servers
    of_tags: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    """The pages that each tag is expected to take, and the most that are worth it."""

    pages: Mapping[str, int]
    most: int


class ServerLists:
    """Reads the servers of tags for one client, and remembers if the filter is of no use.

    `build_call` makes the call of the list by a tag, None for the whole one. `check` is shown each
    list before anybody gets it; what it raises is passed on.
    """

    def __init__(
        self,
        lists: ListReader,
        build_call: Callable[[str | None], Call],
        check: Callable[[Sequence[LiveServer]], None],
    ) -> None:
        self._lists = lists
        self._build_call = build_call
        self._check = check
        self._has_filter = True

    async def read(self, expected: Mapping[str, int]) -> ServerList:
        """The servers of these tags, each with how many are expected at least.

        Page 1 of the whole list is read first: it says what the rest costs. Raises ApiError.
        """
        opened = await self._lists.open_list(self._build_call(None), decode_server)
        self._check(opened.page.items)
        cost = _find_cost(opened, expected) if self._has_filter else None
        if cost is not None:
            try:
                return await self._read_tags(opened, expected, cost)
            except _UntrustedError as error:
                self._has_filter = not error.is_lasting
        return ServerList(servers=await self._read(None, Start(opened=opened)))

    async def _read_tags(
        self, opened: Opened[LiveServer], expected: Mapping[str, int], cost: _Cost
    ) -> ServerList:
        async with task_group() as group:
            reading = {tag: group.create_task(self._read_tag(tag, cost)) for tag in expected}
        held = {tag: task.result() for tag, task in reading.items()}
        servers = {server.id: server for server in chain.from_iterable(held.values())}
        _require_trust(opened.page.items, held, servers, expected)
        return ServerList(servers=tuple(servers.values()), of_tags=frozenset(expected))

    async def _read_tag(self, tag: str, cost: _Cost) -> Servers:
        """The servers that carry the tag: whatever else the filter shows is left out.

        Raises _UntrustedError where the filter does not serve, ApiError.
        """
        try:
            found = await self._read(tag, Start(expected=cost.pages[tag], most=cost.most))
        except (TooLongError, DecodeError) as error:
            raise _UntrustedError(is_lasting=isinstance(error, TooLongError)) from None
        except (StatusError, TransportError) as error:
            if isinstance(error, StatusError) and error.status in OF_ALL:
                raise
            raise _UntrustedError(is_lasting=True) from None
        return tuple(server for server in found if tag in server.tags)

    async def _read(self, tag: str | None, start: Start[LiveServer]) -> Servers:
        servers = await self._lists.read_all(
            self._build_call(tag), decode_server, lambda server: server.id, what=WHAT, start=start
        )
        self._check(servers)
        return servers


def _find_cost(opened: Opened[LiveServer], expected: Mapping[str, int]) -> _Cost | None:
    """What the tags cost; None where the rest of the whole list costs no more, or where nothing
    tells what it costs."""
    pages, size = opened.page.pages, len(opened.page.items)
    if pages is None or not size or not expected:
        return None
    # One server more than expected may be there: one that left the file.
    needed = sum(_count_pages(count + 1, size) for count in expected.values())
    if pages - 1 <= needed:
        return None
    asked = {tag: _count_pages(count, size) for tag, count in expected.items()}
    return _Cost(pages=asked, most=pages - 1)


def _count_pages(rows: int, size: int) -> int:
    return max(1, -(-rows // size))


def _require_trust(
    page: Iterable[LiveServer],
    held: Mapping[str, Servers],
    servers: Mapping[int, LiveServer],
    expected: Mapping[str, int],
) -> None:
    """Raises _UntrustedError if a tag's list lacks what has to be in it, or where the page and the
    lists do not agree whose account this is."""
    if any(len({server.id for server in held[tag]}) < count for tag, count in expected.items()):
        raise _UntrustedError(is_lasting=False)
    page = tuple(page)
    tags = expected.keys()
    if any((server.id in servers) != bool(tags & {*server.tags}) for server in page):
        raise _UntrustedError(is_lasting=False)
    customers = {server.customer_id for server in servers.values()}
    told = {server.customer_id for server in page} | customers
    if len(told - {None}) > 1 or told - {None} != customers - {None}:
        raise _UntrustedError(is_lasting=False)
