"""The client against the emulator, under every reading of the document that the emulator has."""

import asyncio
import itertools
from typing import Any

import httpx
import pytest

from ccloud_apply.api.account_reader import read
from ccloud_apply.api.client import Client, Connection
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import AuthError, InvalidError, NotFoundError
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.operations import OPERATIONS, operation_path
from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.clock import ManualClock
from ccloud_apply.sandbox.options import SandboxOptions

READS = frozenset({"list_snapshot_schedules", "list_os"})
PARTS = frozenset(
    {"get_server_state", "list_server_disks", "list_server_snapshots", "list_server_tags"}
)


class Room:
    """An emulator and a client that is signed in."""

    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock()
        app = create_app(SandboxOptions(clock=self.clock, **options))
        connection = Connection(
            endpoint="http://localhost/api/v1", client_id="c", client_secret="the-secret"
        )
        transport = httpx.ASGITransport(app)
        self.client = Client(connection, clock=SystemClock(), transport=transport)

    async def send(self, operation_id: str, body: Any = None, **parameters: str) -> int | None:
        path = operation_path(operation_id, **parameters)
        method = OPERATIONS[operation_id].method
        return (await self.client.send(operation_id, method, path, body)).task_id

    async def finish(self, task_id: int | None) -> str:
        """Let the task end well; the hostname that it then names."""
        assert task_id is not None
        self.clock.advance(7200)
        task = await self.client.get_task(task_id)
        assert task.is_done, task
        assert task.hostname is not None
        return task.hostname

    async def create(self, **fields: Any) -> str:
        body = {
            "pool": (await self.client.list_pools())[0].pool,
            "type": "unmanaged",
            "image": "debian12_uefi",
            "cores": 2,
            "memory": 4,
            "disks": [50, 20],
            "tags": ["stack:web", "server:web-1"],
            **fields,
        }
        return await self.finish(await self.send("create_server", body))

    async def read(self) -> Account:
        account = await read(self.client, Account(), ALWAYS.union(map(Read, READS)))
        names = [server.hostname for server in account.servers if server.hostname]
        return await read(
            self.client, account, [Read(part, name) for name in names for part in PARTS]
        )


@pytest.mark.parametrize("pagination", ["meta", "links", "bare"])
@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
def test_the_example_account_is_read_completely(pagination: Any, page_size: int) -> None:
    async def run() -> None:
        everything = await Room().read()
        room = Room(pagination=pagination, page_limit=page_size, max_page_limit=page_size)
        paged = await room.read()
        assert [server.id for server in paged.servers] == [s.id for s in everything.servers]
        assert len(paged.servers) >= 3
        assert paged.images

    asyncio.run(run())


@pytest.mark.parametrize(
    ("unit", "as_object", "as_text"),
    list(itertools.product(["gb", "bytes"], [True, False], [True, False])),
)
def test_a_created_server_reads_the_same_under_every_reading(
    unit: Any, as_object: bool, as_text: bool
) -> None:
    async def run() -> None:
        room = Room(
            seed="empty",
            disk_size_unit=unit,
            single_as_object=as_object,
            frequency_as_string=as_text,
        )
        hostname = await room.create(custom_name="web 1", addons=[{"name": "backup", "count": 1}])
        schedule = {"frequency": 6, "next_run": "2027-02-01 03:00"}
        await room.send("set_server_snapshot_schedule", schedule, hostname=hostname)
        (server,) = (await room.read()).servers
        assert (server.hostname, server.custom_name) == (hostname, "web 1")
        assert (server.cores, server.memory_gb) == (2, 4)
        assert set(server.tags) == {"stack:web", "server:web-1"}
        assert [disk.size_gb for disk in server.part("list_server_disks")] == [50, 20]
        assert server.part("list_snapshot_schedules").frequency == 6
        assert server.part("get_server_state") == "Running"
        assert set(server.part("list_server_tags")) == set(server.tags)
        assert server.part("list_server_snapshots") == ()

    asyncio.run(run())


def test_steps_of_every_kind_reach_the_server() -> None:
    async def run() -> None:
        room = Room(seed="empty")
        host = await room.create()
        await room.send("set_server_notes", {"notes": "hello"}, hostname=host)
        await room.send("set_server_custom_name", {"name": "db"}, hostname=host)
        await room.send("set_server_tags", {"tags": ["x"]}, hostname=host)
        await room.finish(await room.send("resize_server_memory", {"memory": 8}, hostname=host))
        await room.finish(await room.send("resize_server_cores", {"cores": 4}, hostname=host))
        size = {"size": 30 * 1024**3}
        await room.finish(await room.send("add_server_disk", size, hostname=host))
        server = await room.client.get_server(host)
        assert (server.notes, server.custom_name, server.tags) == ("hello", "db", ("x",))
        assert (server.cores, server.memory_gb) == (4, 8)
        disks = await room.client.list_server_disks(host)
        assert [disk.size_gb for disk in disks] == [50, 20, 30]
        newest, *_ = await room.client.list_tasks(limit=1)
        assert newest.action == "add-disk-server"
        task_id = await room.send("delete_server", {"hostname": host}, hostname=host)
        room.clock.advance(7200)
        assert task_id is not None
        assert (await room.client.get_task(task_id)).is_done
        assert (await room.client.list_servers()) == ()

    asyncio.run(run())


def test_every_catalogue_is_understood() -> None:
    async def run() -> None:
        client = Room().client
        for rows in await asyncio.gather(
            client.list_pools(),
            client.list_os(),
            client.list_addons(),
            client.list_rollouts(),
            client.list_subnets(),
            client.list_gpus(),
            client.list_licenses(),
        ):
            assert rows
        pool = (await client.list_pools())[0].pool
        assert (await client.get_pool_prices(pool)).cores is not None
        assert (await client.get_resource_info()).usage.cores is not None

    asyncio.run(run())


@pytest.mark.parametrize("as_lists", [True, False])
def test_a_refused_request_names_its_field_in_either_shape(as_lists: bool) -> None:
    async def run() -> None:
        room = Room(error_lists=as_lists)
        server = (await room.client.list_servers())[0]
        with pytest.raises(InvalidError, match="memory") as caught:
            await room.send("resize_server_memory", {"memory": -1}, hostname=server.hostname or "")
        assert set(caught.value.fields) == {"memory"}
        with pytest.raises(NotFoundError, match="vs99999999"):
            await room.client.get_server("vs99999999")

    asyncio.run(run())


def test_a_token_that_nobody_issued_is_refused() -> None:
    async def run() -> None:
        connection = Connection(endpoint="http://localhost/api/v1", token="nobody-issued-this")
        transport = httpx.ASGITransport(create_app())
        async with Client(connection, clock=SystemClock(), transport=transport) as client:
            with pytest.raises(AuthError):
                await client.list_servers()

    asyncio.run(run())
