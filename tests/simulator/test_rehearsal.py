"""A rehearsal is what an apply will be: the same stacks and accounts as the simulator's, no faults.

The account itself is an emulator too, but the copy knows of it only what the client read.
"""

import asyncio
from typing import Any

import pytest

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.session import Session, SessionOptions
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.sandbox.app import SandboxApp, create_app
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.seed import add_servers
from ccloud_apply.workflows.account.sandbox_transport import SandboxTransport
from ccloud_apply.workflows.planning.plan import planner
from ccloud_apply.workflows.rehearsal.rehearse import (
    Basis,
    RehearsalRequest,
    read_basis,
    try_on_copy,
)
from tests.simulator.schedule import Schedule, draw_schedule
from tests.simulator.simulate import read_reference
from tests.support.virtual_time import START, VirtualClock, run_virtually


def client_of(app: SandboxApp) -> Client:
    connection = Connection(endpoint="http://127.0.0.1/api/v1", token="sandbox-x")
    return Client(connection, clock=VirtualClock(), transport=SandboxTransport(app))


def request_of(schedule: Schedule) -> RehearsalRequest:
    return RehearsalRequest(stacks=(schedule.stack,), options=PlanOptions())


async def begin(schedule: Schedule) -> tuple[SandboxApp, Basis]:
    """The account as it is found, and what is read of it."""
    app = create_app(SandboxOptions(clock=VirtualClock(), seed="empty", **schedule.sandbox))
    add_servers(app.state.sandbox.store, schedule.orders, now=START)
    async with client_of(app) as client:
        return app, await read_basis(client, request_of(schedule))


async def apply(app: SandboxApp, schedule: Schedule) -> None:
    async with client_of(app) as client:
        session = Session(
            client=client,
            clock=client.clock,
            stacks=[schedule.stack],
            options=SessionOptions(apply=ApplyOptions(grace_s=0), settle_s=0),
            read_and_plan=planner(client),
            journals={},
            listen=lambda _event: None,
        )
        plan = await session.plan()
        result = await session.execute(plan, read_reference=read_reference, stop=asyncio.Event())
        assert not result.failed


def state_of(app: SandboxApp) -> list[tuple[Any, ...]]:
    """What a person would call the account's state."""
    return sorted(
        (
            server["hostname"],
            server["custom_name"],
            sorted(server["tags"]),
            server["cores"],
            server["memory"],
            sum(disk["size_gb"] for disk in server["disks"]),
        )
        for server in app.state.sandbox.store.all_servers()
    )


@pytest.mark.parametrize("seed", range(40))
def test_what_is_rehearsed_is_what_comes_of_it(seed: int) -> None:
    schedule = draw_schedule(seed)
    app, basis = run_virtually(begin(schedule))
    store = app.state.sandbox.store
    before = store.all_servers()
    rehearsal = try_on_copy(request_of(schedule), basis)
    assert rehearsal.has_passed, rehearsal.rules
    assert store.all_servers() == before, "the account itself was changed"

    run_virtually(apply(app, schedule))
    told = {
        (server.live.hostname, server.live.cores, server.live.memory_gb, server.live.disk_gb)
        for server in rehearsal.servers
        if server.live is not None
    }
    now = {(host, cores, memory, disk) for host, _, _, cores, memory, disk in state_of(app)}
    assert told <= now
    store.close()
