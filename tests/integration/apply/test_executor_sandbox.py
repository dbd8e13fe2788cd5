"""An apply through the real client against the emulator, an hour of tasks in virtual time."""

import asyncio
from collections.abc import Mapping

import httpx

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.apply.engine.executor import ApplyOptions, ApplyResult, execute
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.event import Event
from ccloud_apply.model.ownership import build_ownership_tags, stack_tag
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.options import SandboxOptions
from tests.support.step_plans import plan, step
from tests.support.virtual_time import VirtualClock, run_virtually

PASSWORD = "correct horse battery"
ORDER = {
    "pool": "pool_iw_ssd",
    "type": "unmanaged",
    "image": "debian12_uefi",
    "cores": 2,
    "memory": 4,
    "disks": [50],
    "password": Reference("env", "CCLOUD_SECRET_X", "web.yaml", is_secret=True),
}


def apply(
    chosen: Plan, *, fail: tuple[str, ...] = (), hostname_during_build: bool = True
) -> tuple[ApplyResult, list[Event], Mapping[str, int | None], Mapping[str, int]]:
    """The result, the events, each key's memory afterwards, and the requests by operation."""
    events: list[Event] = []

    async def main() -> tuple[ApplyResult, Mapping[str, int | None], Mapping[str, int]]:
        clock = VirtualClock()
        options = SandboxOptions(
            clock=clock, seed="empty", fail=fail, hostname_during_build=hostname_during_build
        )
        connection = Connection(endpoint="http://sandbox/api/v1", token="sandbox-test")
        transport = httpx.ASGITransport(create_app(options))
        async with Client(connection, clock=clock, transport=transport) as client:
            result = await execute(
                chosen,
                api=client,
                clock=clock,
                options=ApplyOptions(parallelism=50),
                listen=events.append,
                read_reference=lambda _: PASSWORD,
            )
            requests = dict(client.requests_by_operation)
            servers = await client.list_servers(tag=stack_tag("web"))
        memory = {
            tag.removeprefix("server:"): server.memory_gb
            for server in servers
            for tag in server.tags
            if tag.startswith("server:")
        }
        assert len(asyncio.all_tasks()) == 1
        return result, memory, requests

    result, memory, requests = run_virtually(main())
    return result, events, memory, requests


def fleet(number: int) -> Plan:
    steps = []
    for n in range(number):
        tags = build_ownership_tags("web", f"s{n}", is_protected=False)
        create = step(f"s{n}/create", body={**ORDER, "custom_name": f"s{n}", "tags": list(tags)})
        steps += [
            create,
            step(f"s{n}/memory", needs=(create.id,), body={"memory": 8}, hostname=""),
            step(f"s{n}/notes", needs=(create.id,), body={"notes": "hello"}, hostname=""),
        ]
    return plan(*steps)


def test_a_fleet_is_created_and_changed_and_each_server_exists_once() -> None:
    result, events, memory, requests = apply(fleet(25))
    assert (result.done, result.failed, result.skipped) == (75, 0, 0)
    assert memory == {f"s{n}": 8 for n in range(25)}
    assert requests["create_server"] == 25
    assert "get_task" not in requests
    assert PASSWORD not in repr(events) + repr(result)


def test_failing_creates_leave_the_others_and_skip_only_what_hangs_on_them() -> None:
    result, _, memory, _ = apply(fleet(4), fail=("create-server:s1*",), hostname_during_build=False)
    statuses = {outcome.step: outcome.status for outcome in result.outcomes}
    assert [statuses[f"s1/{what}"] for what in ("create", "memory", "notes")] == [
        "failed",
        "skipped",
        "skipped",
    ]
    assert (result.done, sorted(memory)) == (9, ["s0", "s2", "s3"])
