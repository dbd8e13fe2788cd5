"""Somebody changes a server between the plan and the request: no matter how soon, it is seen.

A whole apply against the emulator, in virtual time, with a hand in the account's data.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from ccloud_apply.api.client import Client, Connection
from ccloud_apply.apply.result import ApplyOptions, ApplyResult
from ccloud_apply.apply.session import Session, SessionOptions
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.event import Event
from ccloud_apply.model.ownership import PREVENT_DESTROY, build_ownership_tags
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.sandbox.app import SandboxApp, create_app
from ccloud_apply.sandbox.faults import FaultPlan
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.record import Schedule, ServerRecord
from ccloud_apply.sandbox.state.seed import add_servers
from ccloud_apply.sandbox.state.store import Store
from ccloud_apply.workflows.account.sandbox_transport import SandboxTransport
from ccloud_apply.workflows.planning.plan import planner
from tests.support.builders import COMPLETE, spec, stack
from tests.support.virtual_time import START, VirtualClock, run_virtually

Meddle = Callable[[Store, ServerRecord], None]
ORDER: Mapping[str, Any] = {**COMPLETE, "disks": [50, 20], "custom_name": "shop-web"}


def own(key: str = "web") -> list[str]:
    return list(build_ownership_tags("shop", key, is_protected=False))


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """The way to the emulator, where somebody meddles right before the nth such request."""

    app: SandboxApp
    before: tuple[str, str, int] = ("", "", 0)
    meddle: Callable[[], None] = lambda: None
    loses_answer: bool = False
    seen: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method, path = request.method, request.url.path.removeprefix("/api/v1")
        self.seen.append(f"{method} {path}")
        wanted_method, suffix, number = self.before
        is_meant = method == wanted_method and path.endswith(suffix)
        if is_meant and self._count(method, suffix) == number:
            self.meddle()
            if self.loses_answer:
                raise httpx.ReadError("cut off")
        return await SandboxTransport(self.app).handle_async_request(request)

    def _count(self, method: str, suffix: str) -> int:
        return sum(line.startswith(f"{method} ") and line.endswith(suffix) for line in self.seen)

    def writes(self) -> list[str]:
        return [line for line in self.seen if not line.startswith("GET")]


@dataclass
class Done:
    """An apply that is over."""

    result: ApplyResult
    events: list[Event]
    wire: Wire
    servers: list[ServerRecord]

    def reasons(self) -> dict[str, str | None]:
        """By step, without those that are done."""
        failed = (outcome for outcome in self.result.outcomes if not outcome.is_done)
        return {outcome.step: outcome.error or outcome.because for outcome in failed}

    def warnings(self) -> list[str]:
        return [event.message or "" for event in self.events if event.type == "warning"]


def apply(
    desired: Stack,
    *orders: Mapping[str, Any],
    meddle: Meddle | None = None,
    before: tuple[str, str, int] | None = None,
    loses_answer: bool = False,
    pause_s: float = 0.0,
    after_s: float | None = None,
    options: PlanOptions | None = None,
    sandbox: Mapping[str, Any] | None = None,
    schedule: Schedule | None = None,
) -> Done:
    """Plan, let somebody meddle with the first server, and execute.

    Instead of in between, somebody meddles `before` a request, or `after_s` of executing.
    `schedule` is what every server has.
    """
    events: list[Event] = []

    async def main() -> Done:
        clock = VirtualClock()
        app = create_app(SandboxOptions(clock=clock, seed="empty", **(sandbox or {})))
        store: Store = app.state.sandbox.store
        with closing(store):
            add_servers(store, orders, now=START)
            for server in store.all_servers():
                store.write_server({**server, "schedule": schedule})
            wire = Wire(app)

            def meddle_now() -> None:
                with store.transaction(write=True):
                    assert meddle is not None
                    meddle(store, store.all_servers()[0])

            async with Client(
                Connection(endpoint="http://127.0.0.1/api/v1", token="sandbox-x"),
                clock=clock,
                transport=wire,
            ) as client:
                session = Session(
                    client=client,
                    clock=clock,
                    stacks=[desired],
                    options=SessionOptions(
                        plan=options or PlanOptions(),
                        apply=ApplyOptions(grace_s=30, parallelism=10),
                        settle_s=0,
                    ),
                    read_and_plan=planner(client),
                    journals={},
                    listen=events.append,
                )
                plan = await session.plan()
                if before is not None:
                    wire.before, wire.meddle = before, meddle_now
                    wire.loses_answer = loses_answer
                elif after_s is not None:
                    asyncio.get_running_loop().call_later(after_s, meddle_now)
                elif meddle is not None:
                    meddle_now()
                await clock.sleep(pause_s)
                wire.seen.clear()
                result = await session.execute(plan, read_reference=read, stop=asyncio.Event())
            return Done(result=result, events=events, wire=wire, servers=store.all_servers())

    return run_virtually(main())


def read(reference: Reference) -> str:
    raise AssertionError(f"{reference} was read")


def set_tags(*tags: str) -> Meddle:
    def meddle(store: Store, server: ServerRecord) -> None:
        server["tags"] = list(tags)
        store.write_server(server)

    return meddle


def give_hostname_away(store: Store, server: ServerRecord) -> None:
    """The server goes, and the next one gets its hostname, its tags and its name."""
    store.remove_server(server["id"])
    store.add_server(server, server_id=server["id"] + 1000)
    store.write_server(server)


def resize_to(memory: int) -> Meddle:
    def meddle(store: Store, server: ServerRecord) -> None:
        server["memory"] = memory
        store.write_server(server)

    return meddle


RESIZE = stack(spec("web", memory=8))


@pytest.mark.parametrize(
    ("meddle", "reason"),
    [
        (set_tags("stack:other", "server:web"), "belongs to stack other as web"),
        (set_tags("mine"), "belongs to no stack"),
        (give_hostname_away, "is another server now"),
    ],
    ids=["given to another stack", "taken from its stack", "hostname given away"],
)
@pytest.mark.parametrize("pause_s", [0.0, 4.9, 60.0])
@pytest.mark.parametrize(
    ("desired", "step", "options"),
    [
        (RESIZE, "web/memory", None),
        (stack(spec("web", notes="hello")), "web/notes", None),
        (stack(spec("web", tags=["new"])), "web/tags", None),
        (stack(spec("web", disks=[50])), "web/disk", None),
        (RESIZE, "web/destroy", PlanOptions(is_destroy=True)),
    ],
    ids=["resize", "notes", "tags", "disk", "destroy"],
)
def test_a_server_that_is_anothers_by_now_is_not_touched_however_soon_it_was(
    desired: Stack,
    step: str,
    options: PlanOptions | None,
    meddle: Meddle,
    reason: str,
    pause_s: float,
) -> None:
    order = {**ORDER, "tags": own()}
    done = apply(desired, order, meddle=meddle, pause_s=pause_s, options=options)
    ((failed, why),) = done.reasons().items()
    assert failed.startswith(step)
    assert why is not None
    assert why.startswith("changed since the plan: ")
    assert reason in why
    assert done.wire.writes() == []


def test_a_field_that_was_changed_while_the_question_stood_is_not_overwritten() -> None:
    done = apply(RESIZE, {**ORDER, "tags": own()}, meddle=resize_to(16), pause_s=4.0)
    (why,) = done.reasons().values()
    assert "memory of" in (why or "")
    assert "is 16, not 4" in (why or "")
    assert done.wire.writes() == []


def test_the_server_is_read_again_between_two_steps_of_it() -> None:
    desired = stack(spec("web", notes="hello", custom_name="other"))
    order = {**ORDER, "tags": own()}
    meddle = set_tags("stack:other", "server:web")
    # The first step is through when the second one's server is read.
    done = apply(desired, order, meddle=meddle, before=("GET", "/servers/vs10001", 2))
    assert done.result.done == 1
    assert "belongs to stack other" in str(done.reasons())
    assert len(done.wire.writes()) == 1


def test_the_last_thing_read_before_a_request_is_whose_the_server_is() -> None:
    desired = stack(
        spec(
            "web",
            memory=8,
            notes="hello",
            disks=[50, 20, 20],
            snapshots=["mine"],
            dvds=["debian-12.8.0-amd64-netinst.iso"],
            ips={"ipv4": 2},
        )
    )
    done = apply(desired, {**ORDER, "tags": own()})
    assert done.reasons() == {}
    pairs = zip(done.wire.seen, done.wire.seen[1:], strict=False)
    last = [read for read, request in pairs if _writes(request)]
    assert last == ["GET /ccloud/servers/vs10001"] * 6


def _writes(line: str) -> bool:
    return not line.startswith("GET")


def test_a_change_that_is_proven_absent_is_not_sent_again_to_a_server_that_is_anothers() -> None:
    done = apply(
        RESIZE,
        {**ORDER, "tags": own()},
        meddle=set_tags("stack:other", "server:web"),
        before=("PUT", "/memory", 1),
        loses_answer=True,
    )
    assert "belongs to stack other as web" in str(done.reasons())
    assert len(done.wire.writes()) == 1
    (outcome,) = done.result.outcomes
    assert not outcome.is_unknown


def test_a_snapshot_that_had_to_wait_is_not_taken_of_a_server_that_is_anothers() -> None:
    done = apply(
        stack(spec("web", snapshots=["one", "two"])),
        {**ORDER, "tags": own()},
        meddle=set_tags("stack:other", "server:web"),
        after_s=300.0,  # of the ten minutes between two snapshots
    )
    assert done.result.done == 1
    assert "belongs to stack other as web" in str(done.reasons())
    assert len(done.wire.writes()) == 1


def test_a_snapshot_that_is_there_by_now_is_not_waited_for() -> None:
    def take_both(store: Store, server: ServerRecord) -> None:
        (one,) = server["snapshots"]
        server["snapshots"] = [one, {**one, "id": "snap-two", "name": "two"}]
        store.write_server(server)

    desired = stack(spec("web", snapshots=["one", "two"]))
    done = apply(
        desired, {**ORDER, "tags": own()}, meddle=take_both, before=("GET", "/snapshots", 5)
    )
    assert done.reasons() == {}
    assert len(done.wire.writes()) == 1
    told = [event.message or "" for event in done.events]
    assert not any("this one waits" in text for text in told)


@pytest.mark.parametrize("number", [1, 2], ids=["before the delete", "before the second post"])
def test_a_schedule_is_not_replaced_on_a_server_that_is_anothers(number: int) -> None:
    meddle = set_tags("stack:other", "server:web")
    method, suffix = ("POST", "/scheduled") if number == 1 else ("DELETE", "/scheduled")
    done = apply(
        stack(spec("web", scheduled_snapshots={"frequency": 12})),
        {**ORDER, "tags": own()},
        meddle=meddle,
        before=(method, suffix, 1),
        sandbox={"existing_schedule": "ignore"},
        schedule=Schedule(frequency=6, next_run="2027-01-01T03:00:00.000000Z"),
    )
    assert "belongs to stack other as web" in str(done.reasons())
    assert [line.split()[0] for line in done.wire.writes()] == ["POST", "DELETE"][:number]


def test_a_look_does_not_count_once_something_else_was_read_for_long() -> None:
    rule = {"operation": "get_server_snapshot_schedule", "fault": {"delay": 12}}
    done = apply(
        stack(spec("web", scheduled_snapshots={"frequency": 12})),
        {**ORDER, "tags": own()},
        meddle=set_tags("stack:other", "server:web"),
        after_s=5.0,
        sandbox={"faults": FaultPlan.from_data({"rules": [rule]})},
        schedule=Schedule(frequency=6, next_run="2027-01-01T03:00:00.000000Z"),
    )
    assert "belongs to stack other as web" in str(done.reasons())
    assert done.wire.writes() == []


@pytest.mark.parametrize(
    "field", [{"disks": [50, 20, 20]}, {"ips": {"ipv4": 2}}, {"snapshots": ["one"]}], ids=str
)
def test_a_server_that_is_gone_is_told_whatever_was_read_of_it_first(
    field: dict[str, Any],
) -> None:
    def remove(store: Store, server: ServerRecord) -> None:
        store.remove_server(server["id"])

    done = apply(stack(spec("web", **field)), {**ORDER, "tags": own()}, meddle=remove)
    assert "changed since the plan: vs10001 is gone" in str(done.reasons())
    assert done.wire.writes() == []


def test_a_server_that_was_just_created_is_read_before_each_further_step() -> None:
    desired = stack(spec("web", **COMPLETE, notes="hello"))
    fine = apply(desired)
    assert fine.result.failed == 0
    hostname = fine.servers[0]["hostname"]
    assert fine.wire.seen[-2:] == [
        f"GET /ccloud/servers/{hostname}",
        f"PUT /ccloud/servers/{hostname}/notes",
    ]
    for meddle, reason in (
        (set_tags("stack:other", "server:web"), "belongs to stack other as web"),
        (set_tags(), "belongs to no stack"),
        (give_hostname_away, "is another server now"),
    ):
        done = apply(desired, meddle=meddle, before=("GET", f"/servers/{hostname}", 1))
        assert reason in str(done.reasons()), done.result
        assert len(done.wire.writes()) == 1


def test_a_protection_that_a_colleague_sets_meanwhile_is_kept_by_a_tags_step_and_said() -> None:
    desired = stack(spec("web", tags=["new"]))
    order = {**ORDER, "tags": own()}
    done = apply(desired, order, meddle=set_tags(*own(), "theirs", PREVENT_DESTROY))
    assert done.result.failed == 0
    assert set(done.servers[0]["tags"]) == {*own(), "new", "theirs", PREVENT_DESTROY}
    assert done.warnings() == ["someone has set prevent-destroy since the plan: it stays"]


def test_a_protection_that_the_plan_takes_away_goes_without_a_word() -> None:
    done = apply(stack(spec("web", tags=["new"])), {**ORDER, "tags": [*own(), PREVENT_DESTROY]})
    assert set(done.servers[0]["tags"]) == {*own(), "new"}
    assert done.warnings() == []


def test_tags_that_changed_hands_after_the_look_at_the_server_are_not_set() -> None:
    for tags in (["stack:other", "server:web"], [], ["stack:shop", "server:db"]):
        done = apply(
            stack(spec("web", tags=["new"])),
            {**ORDER, "tags": own()},
            meddle=set_tags(*tags),
            before=("GET", "/tags", 1),
        )
        assert "belongs to" in str(done.reasons())
        assert done.wire.writes() == []


def test_adopting_moving_and_giving_back_go_on_as_planned() -> None:
    nobodys = {**ORDER, "tags": ["mine"], "custom_name": "old"}
    adopted = apply(stack(spec("web", hostname="vs10001", memory=8, notes="hello")), nobodys)
    assert adopted.reasons() == {}
    assert set(own()) <= set(adopted.servers[0]["tags"])
    moved = stack(spec("web", memory=8, notes="hello"), moved={"old": "web"})
    done = apply(moved, {**ORDER, "tags": own("old")})
    assert done.reasons() == {}
    assert set(done.servers[0]["tags"]) == set(own())
    released = apply(
        stack(spec("db"), released=["web"]),
        {**ORDER, "tags": own("db")},
        {**ORDER, "tags": own()},
    )
    assert released.reasons() == {}
    assert released.servers[1]["tags"] == []


def test_a_resize_costs_one_read_of_its_server_before_it_and_one_after() -> None:
    keys = [f"s{n}" for n in range(20)]
    orders = [{**ORDER, "custom_name": key, "tags": own(key)} for key in keys]
    done = apply(stack(*(spec(key, memory=8) for key in keys)), *orders)
    reads = [line for line in done.wire.seen if line.startswith("GET /ccloud/servers/")]
    assert (done.result.done, len(reads)) == (20, 2 * 20)
