"""The API client: one coroutine per operation that the product uses, with typed results.

Sending, signing in and retrying belong to `http/` and `authenticator.py`, decoding to `decode/`.
"""

import random as _random
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ccloud_apply.api.authenticator import Authenticator
from ccloud_apply.api.connection import Connection, check_connection
from ccloud_apply.api.decode.account import (
    decode_customer_addons,
    decode_customers,
    decode_invoice_preview,
    decode_subscription,
)
from ccloud_apply.api.decode.catalog import (
    decode_addons,
    decode_available_gpus,
    decode_gpus,
    decode_images,
    decode_licenses,
    decode_pools,
    decode_prices,
    decode_quote,
    decode_resource_info,
    decode_rollouts,
    decode_subnets,
    decode_vpcs,
)
from ccloud_apply.api.decode.device import (
    decode_account_addresses,
    decode_adapters,
    decode_addresses,
    decode_boot_order,
    decode_drives,
    decode_isos,
    decode_new_address,
    decode_subnet_addresses,
)
from ccloud_apply.api.decode.known_servers import KnownServers
from ccloud_apply.api.decode.server import (
    decode_disks,
    decode_server,
    decode_snapshots,
    decode_state,
    decode_tags,
)
from ccloud_apply.api.decode.shape import Unreadable
from ccloud_apply.api.decode.task import (
    decode_schedule,
    decode_schedules,
    decode_task,
    decode_task_id,
    decode_tasks,
)
from ccloud_apply.api.http.admission import Admission
from ccloud_apply.api.http.error_mapping import build_decode_error
from ccloud_apply.api.http.exchange import Call
from ccloud_apply.api.http.opening import open_door
from ccloud_apply.api.http.pages import PAGE_SIZE
from ccloud_apply.api.http.permits import Permits
from ccloud_apply.api.http.redaction import Redactor
from ccloud_apply.api.http.transport import Transport
from ccloud_apply.api.list_reader import ListReader
from ccloud_apply.api.server_lists import OF_ALL, ServerList, ServerLists
from ccloud_apply.api.server_lists import WHAT as SERVER_LIST
from ccloud_apply.clock import Clock
from ccloud_apply.errors import DecodeError, InvalidError, NotFoundError, StatusError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import (
    BootDevice,
    Image,
    LiveAdapter,
    LiveDisk,
    LiveDrive,
    LiveServer,
    Schedule,
    Subscription,
    Task,
)
from ccloud_apply.model.live.catalog import (
    AccountAddress,
    Addon,
    AvailableGpu,
    Gpu,
    Iso,
    License,
    Pool,
    PoolPrices,
    ResourceInfo,
    Rollout,
    Snapshot,
    Subnet,
    SubnetAddress,
    Vpc,
)
from ccloud_apply.model.results.cost import InvoicePreview, Quote, Shape
from ccloud_apply.operations import OPERATIONS, operation_path

if TYPE_CHECKING:
    import httpx

    from ccloud_apply.api.by_hand import ByHand

__all__ = ["Client", "Connection", "Reply"]

Value = TypeVar("Value")
Query = dict[str, str]

SERVER_READS: Mapping[str, Callable[[Any], Any]] = {
    "get_server": decode_server,
    "get_server_boot_order": decode_boot_order,
    "get_server_state": decode_state,
    "get_server_snapshot_schedule": decode_schedule,
    "list_server_disks": decode_disks,
    "list_server_dvds": decode_drives,
    "list_server_isos": decode_isos,
    "list_server_network_adapters": decode_adapters,
    "list_server_snapshots": decode_snapshots,
    "list_server_tags": decode_tags,
}
"""Operation id of each read of a single server: its decoder."""

WITHHELD = "the platform's reason is not shown, since it may quote a secret that is not known here"
"""In place of a task's error, while `Client.withholds_errors`."""

_NOT_FOR_US = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)

_NEWEST_TASKS = 100
"""So many of a server's tasks are looked at for a trace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a step: the id of the task that it started, if any, and the plain JSON.

    `told` names what was added, where the answer does.
    """

    task_id: int | None
    value: Any
    told: str | None = None


class Client:
    """The API as an async context manager. All of its coroutines raise ApiError.

    `transport` replaces the network, for an API in the same process. `random` returns numbers from
    0 to 1, for the jitter of retries. `permits` are what all clients of the account share.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock,
        transport: "httpx.AsyncBaseTransport | None" = None,
        random: Callable[[], float] = _random.random,
        permits: Permits | None = None,
    ) -> None:
        check_connection(connection, is_in_process=transport is not None)
        self.concurrency = connection.concurrency
        self.clock = clock
        self._door = open_door(connection, transport)
        self._transport = Transport(connection, self._door, clock, random, permits)
        self._authenticator = Authenticator(connection, self._transport, clock)
        self._lists = ListReader(self._authenticator)
        self.withholds_errors = False
        """True while errors of tasks may quote a secret that is not known."""
        self._customer: str | None = None
        self._has_asked_tasks = False
        self._customer_of_tasks: str | None = None
        self._check_servers: Callable[[Sequence[LiveServer]], None] = _take_any
        self._known_servers = KnownServers()
        self._has_tag_filter = True
        self._server_lists = ServerLists(
            self._lists,
            lambda tag: _build_call("list_servers", _without_none(tag=tag)),
            lambda servers: self._check_servers(servers),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._door.aclose()

    @property
    def by_hand(self) -> "ByHand":
        """Sends what the client has no method for."""
        from ccloud_apply.api.by_hand import ByHand  # the command `api` alone needs it

        return ByHand(self._transport, self._authenticator, self._lists)

    @property
    def requests(self) -> int:
        """How many requests were sent, including retries and sign-ins."""
        return sum(self.requests_by_operation.values())

    @property
    def requests_by_operation(self) -> Mapping[str, int]:
        """The same by operation id."""
        return self._transport.requests_by_operation

    @property
    def admission(self) -> Admission:
        """How many requests are under way at a time."""
        return self._transport.admission

    @property
    def paged_lists(self) -> frozenset[str]:
        """The operations whose list has come in several pages so far."""
        return frozenset(self._lists.paged)

    def tell_waits(self, listener: Callable[[str], None]) -> None:
        """Tell this listener, from now on, what a request waits for and how long, as a sentence,
        once that is noticeable."""
        self._transport.waits.listener = listener

    def hide(self, secret: str) -> None:
        """Mask this secret, from now on, in all that the API answers."""
        self._transport.secrets.add(secret)

    def check_servers(self, check: Callable[[Sequence[LiveServer]], None]) -> None:
        """Have each server list looked at from now on, before anybody gets it; what `check` raises
        is passed on."""
        self._check_servers = check

    # Servers

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        """Every server of the account, or every one with the tag, by id.

        Where the filter is refused it is every one, as where the API ignores it. Raises DecodeError
        if the list keeps changing: an incomplete one is never returned.
        """
        if tag is None or not self._has_tag_filter:
            return await self._list_servers(None)
        try:
            return await self._list_servers(tag)
        except StatusError as error:
            if error.status in OF_ALL:
                raise
            servers = await self._list_servers(None)
            self._has_tag_filter = error.status >= 500  # which may pass
            return servers

    async def _list_servers(self, tag: str | None) -> tuple[LiveServer, ...]:
        query = _without_none(tag=tag)
        # The servers of a tag are read again and again by an apply, the whole list by a plan.
        decode = decode_server if tag is None else self._known_servers.decode
        servers = await self._read_all(
            "list_servers", query, decode, lambda server: server.id, what=SERVER_LIST
        )
        self._check_servers(servers)
        return servers

    async def list_servers_of(self, expected: Mapping[str, int]) -> ServerList:
        """The servers of these tags, or all of the account where that costs no more, or where the
        lists by the tags show fewer than are expected of each. Raises DecodeError as above."""
        return await self._server_lists.read(expected)

    async def get_server(self, hostname: str) -> LiveServer:
        """One server. Raises DecodeError for an answer about another one.

        A proxy may mix answers up, and steps depend on what this one says.
        """

        def decode(value: Any) -> LiveServer:
            server = decode_server(value)
            if server.hostname not in (hostname, None):
                raise Unreadable("the answer is about another server")
            return server

        return await self._read("get_server", decode, hostname=hostname)

    async def get_server_state(self, hostname: str) -> str:
        """Running, Off, or another state in the platform's spelling."""
        return await self._read("get_server_state", decode_state, hostname=hostname)

    async def list_server_disks(self, hostname: str) -> tuple[LiveDisk, ...]:
        """The server's disks, in the API's order."""
        return await self._read("list_server_disks", decode_disks, hostname=hostname)

    async def list_server_dvds(self, hostname: str) -> tuple[LiveDrive, ...]:
        """The server's DVD drives and the ISO images in them."""
        return await self._read("list_server_dvds", decode_drives, hostname=hostname)

    async def list_server_isos(self, hostname: str) -> tuple[Iso, ...]:
        """The ISO images that the server can mount."""
        return await self._read("list_server_isos", decode_isos, hostname=hostname)

    async def get_server_boot_order(self, hostname: str) -> tuple[BootDevice, ...]:
        """The server's boot devices, in the order in which they are tried."""
        return await self._read("get_server_boot_order", decode_boot_order, hostname=hostname)

    async def list_server_network_adapters(self, hostname: str) -> tuple[LiveAdapter, ...]:
        """The server's network adapters, with their addresses."""
        return await self._read("list_server_network_adapters", decode_adapters, hostname=hostname)

    async def list_server_snapshots(self, hostname: str) -> tuple[Snapshot, ...]:
        """The server's snapshots."""
        return await self._read("list_server_snapshots", decode_snapshots, hostname=hostname)

    async def list_server_tags(self, hostname: str) -> tuple[str, ...]:
        """The server's tags."""
        return await self._read("list_server_tags", decode_tags, hostname=hostname)

    async def get_server_snapshot_schedule(self, hostname: str) -> Schedule | None:
        """The server's own schedule, None where it has none."""
        operation_id = "get_server_snapshot_schedule"
        try:
            return await self._read(operation_id, decode_schedule, hostname=hostname)
        except NotFoundError:
            # Oddity: `GET .../snapshots/scheduled` for a server without one
            return None

    async def read_part(self, operation_id: str, hostname: str) -> Any:
        """Call one operation of SERVER_READS for a server, or read its newest tasks.

        Raises KeyError for any other operation.
        """
        if operation_id == "get_server_snapshot_schedule":
            return await self.get_server_snapshot_schedule(hostname)
        if operation_id == "list_server_tasks":
            return await self.list_server_tasks(hostname, limit=_NEWEST_TASKS)
        return await self._read(operation_id, SERVER_READS[operation_id], hostname=hostname)

    # Whose account it is

    async def find_customer(self) -> str | None:
        """The customer whose account this is, as one server says, or else one task.

        None where the API does not tell it. That takes one request, and two without any server;
        once it is known none.
        """
        if self._customer is None:
            servers = await self._find_customers("list_servers")
            self._customer = servers[0] if servers else await self.find_customer_of_tasks()
        return self._customer

    async def find_customer_of_subscriptions(self) -> str | None:
        """The same by the subscriptions, which an account has before its first server.

        None where they name several customers: nothing says which one the account is of.
        """
        told = {*await self._find_customers("list_subscriptions", rows=PAGE_SIZE)}
        return told.pop() if len(told) == 1 else None

    async def find_customer_of_tasks(self) -> str | None:
        """The same by the task list alone, which remembers servers that are gone.

        It is asked once.
        """
        if not self._has_asked_tasks:
            told = await self._find_customers("list_tasks")
            self._has_asked_tasks, self._customer_of_tasks = True, told[0] if told else None
        return self._customer_of_tasks

    async def _find_customers(self, operation_id: str, rows: int = 1) -> tuple[str | None, ...]:
        """What the first rows of a list say; nothing for a list that cannot be had like this, and
        beside the servers for one that these credentials may not read."""
        call = _build_call(operation_id, {"limit": str(rows)})
        try:
            return _decode(call, decode_customers, await self._lists.read_page(call))
        except (InvalidError, DecodeError):
            return ()
        except StatusError as error:
            if operation_id == "list_servers" or error.status not in _NOT_FOR_US:
                raise
            return ()

    # Tasks and schedules

    async def list_tasks(
        self,
        *,
        status: str | None = None,
        action: str | None = None,
        search: str | None = None,
        limit: int,
        page: int = 1,
        newest_first: bool = True,
    ) -> tuple[Task, ...]:
        """One page of the account's tasks."""
        query = _without_none(status=status, action=action, search=search)
        query = {**query, **_page_query(limit, page, newest_first)}
        return self._mask_errors(await self._read_page("list_tasks", decode_tasks, query))

    async def list_running_tasks(self) -> tuple[Task, ...]:
        """Every task of the account that is processing. They end meanwhile: read once."""
        tasks = await self._read_all(
            "list_tasks",
            {"status": "processing"},
            decode_task,
            lambda task: task.id,
            what="task list",
            is_moving=True,
        )
        return tuple(task for task in tasks if task.is_processing)

    async def list_server_tasks(self, hostname: str, *, limit: int) -> tuple[Task, ...]:
        """The server's newest tasks, newest first."""
        query = _page_query(limit, 1, newest_first=True)
        tasks = await self._read_page("list_server_tasks", decode_tasks, query, hostname=hostname)
        return self._mask_errors(tasks)

    async def get_task(self, task_id: int) -> Task:
        """One task. Raises DecodeError for an answer about another one, like `get_server`."""

        def decode(value: Any) -> Task:
            task = decode_task(value)
            if task.id != task_id:
                raise Unreadable("the answer is about another task")
            return task

        return self._mask_errors((await self._read("get_task", decode, id=str(task_id)),))[0]

    def _mask_errors(self, tasks: tuple[Task, ...]) -> tuple[Task, ...]:
        """The tasks, whose errors may quote a request: short secrets too, since no error says whose
        a server is."""
        if not any(task.error_message for task in tasks):
            return tasks
        redact = Redactor(cut=self._transport.secrets)

        def tell(error: str) -> str:
            return WITHHELD if self.withholds_errors else redact(error)

        return tuple(
            replace(one, error_message=tell(one.error_message)) if one.error_message else one
            for one in tasks
        )

    async def list_snapshot_schedules(self) -> Mapping[str, Schedule]:
        """Every schedule of the account by hostname; a server without one has no entry."""
        return await self._read("list_snapshot_schedules", decode_schedules)

    async def list_ips(self) -> Mapping[str, tuple[str, ...]]:
        """The account's addresses in use, by the hostname of their server."""
        return await self._read("list_ips", decode_addresses)

    async def list_account_addresses(self) -> tuple[AccountAddress, ...]:
        """Every entry of `list_ips`, those of no server included."""
        return await self._read("list_ips", decode_account_addresses)

    async def list_customer_addons(self) -> Mapping[str, int]:
        """The counts of the account's own addons, by name."""
        return await self._read("list_customer_addons", decode_customer_addons)

    async def list_subscriptions(self) -> tuple[Subscription, ...]:
        """Every subscription of the account, by id. Raises DecodeError like `list_servers`."""
        return await self._read_all(
            "list_subscriptions", {}, decode_subscription, lambda one: one.id, what="subscriptions"
        )

    # Catalogues

    async def list_os(self) -> tuple[Image, ...]:
        """The images."""
        return await self._read("list_os", decode_images)

    async def list_pools(self) -> tuple[Pool, ...]:
        """The public pools and the account's own, those that are full included."""
        # Oddity: `GET /ccloud/pools`
        return await self._read("list_pools", decode_pools, {"inactive": "1"})

    async def list_addons(self) -> tuple[Addon, ...]:
        """The addons."""
        return await self._read("list_addons", decode_addons)

    async def list_rollouts(self) -> tuple[Rollout, ...]:
        """The rollouts."""
        return await self._read("list_rollouts", decode_rollouts)

    async def list_subnets(self) -> tuple[Subnet, ...]:
        """The account's subnets."""
        return await self._read("list_subnets", decode_subnets)

    async def list_subnet_ips(self, subnet: str) -> tuple[SubnetAddress, ...]:
        """The addresses that the API lists of the subnet with this id."""
        return await self._read("list_subnet_ips", decode_subnet_addresses, id=subnet)

    async def list_vpcs(self) -> tuple[Vpc, ...]:
        """The account's VPCs with their subnets."""
        return await self._read("list_vpcs", decode_vpcs)

    async def list_gpus(self) -> tuple[Gpu, ...]:
        """The GPU models."""
        return await self._read("list_gpus", decode_gpus)

    async def list_server_gpus(self, hostname: str) -> tuple[AvailableGpu, ...]:
        """The GPU models that are available to the server, and how many are left."""
        return await self._read("list_server_gpus", decode_available_gpus, hostname=hostname)

    async def list_licenses(self) -> tuple[License, ...]:
        """The licences."""
        return await self._read("list_licenses", decode_licenses)

    async def get_pool_prices(self, pool: str) -> PoolPrices:
        """The account's prices in a pool."""
        return await self._read(
            "get_pool_prices", lambda value: decode_prices(value, pool), pool=pool
        )

    async def create_quote(self, shape: Shape) -> Quote:
        """A quote for a server of this shape. Orders nothing."""
        body: dict[str, Any] = {
            "pool": shape.pool,
            "cores": shape.cores,
            "memory": shape.memory_gb,
            "disk": shape.disk_gb,
            "addons": [{"name": name, "count": count} for name, count in shape.addons],
        }
        if shape.ostype is not None:
            body["ostype"] = shape.ostype
        return await self._read("create_quote", decode_quote, body=body)

    async def preview_invoice(self) -> InvoicePreview:
        """Who is billed by this month's invoice."""
        return await self._read("preview_invoice", decode_invoice_preview)

    async def get_resource_info(self) -> ResourceInfo:
        """The account's resource limits and usage."""
        return await self._read("get_resource_info", decode_resource_info)

    # What one command alone reads: its decoder is imported with the command

    async def read(
        self, operation_id: str, decode: Callable[[Any], Value], **parameters: str
    ) -> Value:
        """The answer of an operation that reads one value or list, decoded."""
        return await self._read(operation_id, decode, None, **parameters)

    async def read_list(
        self,
        operation_id: str,
        decode: Callable[[Any, str], Value],
        identify: Callable[[Value], Hashable],
        *,
        what: str,
    ) -> tuple[Value, ...]:
        """Every row of a paged list. Raises DecodeError like `list_servers`."""
        return await self._read_all(operation_id, {}, decode, identify, what=what)

    async def read_file(
        self, operation_id: str, decode: Callable[[bytes], Value], **parameters: str
    ) -> Value:
        """The file that an operation answers, decoded from its bytes."""
        call = _build_call(operation_id, {}, **parameters)
        return _decode(call, decode, (await self._authenticator.send(call)).value)

    # Steps

    async def send(
        self,
        operation_id: str,
        method: str,
        path: str,
        body: Any,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> Reply:
        """Send a plan's step, with its hostname and secrets filled in.

        `before_each` is awaited before every attempt to send it, after every wait for the attempt's
        turn; what it raises is passed on.
        Raises DecodeError with `maybe_done` if the operation starts a task and the answer lacks
        its id; ValueError, before sending, if path or method are not the operation's.
        """
        operation = OPERATIONS[operation_id]
        if method != operation.method or not _fits(operation.path, path):
            raise ValueError(f"{method} {path} is not a request of {operation_id}")
        call = Call(operation=operation, path=path, body=body, before_each=before_each)
        value = (await self._authenticator.send(call)).value
        if operation.answer != "task":
            told = decode_new_address(value) if operation_id == "add_server_ip" else None
            return Reply(task_id=None, value=value, told=told)
        try:
            return Reply(task_id=decode_task_id(value), value=value)
        except Unreadable as error:
            why = f"{error}; the platform may have acted all the same"
            raise build_decode_error(call, why, maybe_done=True) from None

    async def _read_all(
        self,
        operation_id: str,
        query: Query,
        decode: Callable[[Any, str], Value],
        identify: Callable[[Value], Hashable],
        *,
        what: str,
        is_moving: bool = False,
    ) -> tuple[Value, ...]:
        call = _build_call(operation_id, query)
        return await self._lists.read_all(call, decode, identify, what=what, is_moving=is_moving)

    async def _read(
        self,
        operation_id: str,
        decode: Callable[[Any], Value],
        query: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        **parameters: str,
    ) -> Value:
        call = _build_call(operation_id, query or {}, body, **parameters)
        return _decode(call, decode, await self._lists.read_value(call))

    async def _read_page(
        self,
        operation_id: str,
        decode: Callable[[Any], Value],
        query: Query,
        **parameters: str,
    ) -> Value:
        """One page of a list: it may say that there is more, which nobody asked for."""
        call = _build_call(operation_id, query, **parameters)
        return _decode(call, decode, await self._lists.read_page(call))


def _take_any(_servers: Sequence[LiveServer]) -> None:
    """For an account of which nothing is expected."""


def _decode(call: Call, decode: Callable[[Any], Value], value: Any) -> Value:
    try:
        return decode(value)
    except Unreadable as error:
        raise build_decode_error(call, str(error)) from None


def _build_call(
    operation_id: str, query: Mapping[str, str], body: Any = None, /, **parameters: str
) -> Call:
    path = operation_path(operation_id, **parameters)
    return Call(operation=OPERATIONS[operation_id], path=path, query=query, body=body)


def _fits(template: str, path: str) -> bool:
    """True if each placeholder of the template is filled with one plain segment.

    A segment of dots would be normalised into another path, and so into another operation.
    """
    expected, given = template.split("/"), path.split("/")
    return len(expected) == len(given) and all(
        segment not in ("", ".", "..") and segment.isprintable() and not set("{}?#\\ ") & {*segment}
        if name.startswith("{")
        else segment == name
        for name, segment in zip(expected, given, strict=True)
    )


def _without_none(**values: str | None) -> Query:
    return {name: value for name, value in values.items() if value is not None}


def _page_query(limit: int, page: int, newest_first: bool) -> Query:
    order = "desc" if newest_first else "asc"
    return {"limit": str(limit), "page": str(page), "sort": "id", "order": order}
