"""Plans that together send every operation which changes a server, one step at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from ccloud_apply.apply.engine.executor import ApplyOptions, execute
from ccloud_apply.apply.journal.recorder import NoJournal
from ccloud_apply.apply.once.precondition import Precondition, build_planned_states
from ccloud_apply.apply.once.safe_send import Precautions
from ccloud_apply.apply.result import StepOutcome
from ccloud_apply.errors import NotFoundError
from ccloud_apply.model.declared.stack import Lifecycle, Stack
from ccloud_apply.model.journal import Intent
from ccloud_apply.model.live.account import BootDevice, LiveAdapter, LiveDrive, LiveServer
from ccloud_apply.model.live.account import Schedule as LiveSchedule
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import StackPlan, Step
from ccloud_apply.plan.restore import Restore, find_snapshot, plan_restore
from tests.support.builders import account, live, plan, spec, stack, wrap
from tests.support.run_apply import read_nothing
from tests.support.scripted_api import Answer, ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually

SCHEDULE = LiveSchedule(frequency=6, next_run=None)
OURS = live(
    1,
    key="web",
    generation=2,
    created_at="2027-01-01",
    disks=(20, 30, 50),
    schedule=SCHEDULE,
    notes="old",
    addons={"backup": 1, "monitoring": 2},
    drives=(LiveDrive(id="sc0s5", path="a.iso"), LiveDrive(id="sc0s6", path="b.iso")),
    snapshots=(Snapshot(id="7", name="old"),),
    network=(LiveAdapter(id="a1", addresses=("192.0.2.1",)),),
    boot_order=(
        BootDevice(id=1, type="Drive", device="sc0s0"),
        BootDevice(id=2, type="Drive", device="sc0s1"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A stack, what it meets, and how it is planned. `restored` is a snapshot to go back to."""

    desired: Stack
    before: LiveServer = OURS
    restored: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def _of(key: str = "web", *, lifecycle: Lifecycle | None = None, **fields: Any) -> Stack:
    return stack(spec(key, lifecycle=lifecycle, **fields))


_OFFLINE = Lifecycle(resize="offline", snapshot_before=frozenset({"resize"}), keep=1)
_OWN = tuple(Snapshot(id=str(n), name=f"ccloud-apply-{n}") for n in (8, 9))
SCENES = {
    "values": Scene(
        desired=_of(
            custom_name="new",
            notes="new",
            tags=["new"],
            cores=4,
            addons={"backup": 2},
            power="off",
            ips={"ipv4": 2},
            boot_order=["sc0s1"],
            snapshots={"new": True, "old": False},
            scheduled_snapshots={"frequency": 12},
        )
    ),
    "nothing": Scene(desired=_of(notes=None, scheduled_snapshots=None, dvds=["a.iso"])),
    "disks": Scene(desired=_of(disks=[20, 40, 60, 70])),
    "fewer disks": Scene(desired=_of(disks=[20, 50])),
    "images": Scene(desired=_of(dvds=["a.iso", "c.iso", "d.iso"])),
    "offline": Scene(
        desired=_of(memory=8, lifecycle=_OFFLINE),
        before=replace(OURS, parts={**OURS.parts, "list_server_snapshots": _OWN}),
    ),
    "another system": Scene(
        desired=_of(image="rocky9_uefi", lifecycle=Lifecycle(on_create_only_change="redeploy"))
    ),
    "taken back": Scene(desired=_of(), restored="7"),
    "gone": Scene(desired=stack(), options={"is_destroy": True}),
    "released": Scene(desired=stack(released=["web"])),
    "renamed": Scene(desired=stack(spec("site", notes="new"), moved={"web": "site"})),
}


class _Account(ScriptedApi):
    """Where no server is there, no part of one is. `then` are the servers that are there when the
    client has to repeat its first request by itself; None: it has not to."""

    then: tuple[LiveServer, ...] | None = None

    async def send(
        self,
        operation_id: str,
        method: str,
        path: str,
        body: Any,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        answer = await super().send(operation_id, method, path, body, before_each=before_each)
        if self.then is None:
            return answer
        self.servers, self.then = self.then, None
        return await super().send(operation_id, method, path, body, before_each=before_each)

    async def read_part(self, operation_id: str, hostname: str) -> Any:
        if not self.servers:
            raise NotFoundError("no", operation=operation_id, method="GET", path="/", status=404)
        return await super().read_part(operation_id, hostname)


class _Notes(NoJournal):
    """A journal that keeps the ids of the steps whose intents were written."""

    def __init__(self) -> None:
        super().__init__()
        self.intents: list[str] = []

    async def write_intent(self, intent: Intent) -> int:
        self.intents.append(intent.step)
        return await super().write_intent(intent)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of one step, and which requests and intents there were."""

    outcome: StepOutcome
    sent: tuple[str, ...]
    intents: tuple[str, ...]


def plan_of(scene: Scene) -> StackPlan:
    """The plan of a scene."""
    if scene.restored:
        live = scene.before
        snapshot = find_snapshot(scene.restored, live)
        restore = Restore(stack=scene.desired, key="web", live=live, snapshot=snapshot)
        return plan_restore(restore, datetime(2027, 1, 1, tzinfo=UTC))
    return plan(scene.desired, account(scene.before), **scene.options)[0]


@cache
def steps_of(name: str) -> tuple[Step, ...]:
    """Each step of a scene's plan."""
    return plan_of(SCENES[name]).steps


def try_step(
    name: str, step: Step, *now: LiveServer, then: tuple[LiveServer, ...] | None = None
) -> Tried:
    """Carry out this step of the scene's plan alone, at an account with these servers.

    `then` are those that are there when the client repeats its first request by itself.
    """
    return carry_out_in(SCENES[name], step, *now, then=then)


def carry_out_in(
    scene: Scene, step: Step, *now: LiveServer, then: tuple[LiveServer, ...] | None = None
) -> Tried:
    """As `try_step`, of a scene that has no name."""
    planned = plan_of(scene)
    keys = {(scene.desired.name, server.key): server for server in planned.servers}
    api = _Account()
    api.servers, api.then = now, then
    if now:
        parts = now[0].parts
        api.parts = {
            **parts,
            "get_server_snapshot_schedule": parts["list_snapshot_schedules"],
            "list_server_tags": now[0].tags,
            "list_server_tasks": (),
        }
    states = build_planned_states([scene.desired], account(scene.before), keys)
    return carry_out(planned, step, api, Precondition(api, states))


def carry_out(
    planned: StackPlan, step: Step, api: ScriptedApi, precondition: Precondition
) -> Tried:
    """Carry out this step of the plan alone."""
    notes = _Notes()
    alone = replace(
        planned,
        steps=(replace(step, needs=(), closes=None),),
        servers=tuple(replace(s, steps=tuple({step.id} & set(s.steps))) for s in planned.servers),
    )
    result = run_virtually(
        execute(
            wrap(alone),
            api=api,
            clock=VirtualClock(),
            options=ApplyOptions(),
            listen=lambda _event: None,
            read_reference=read_nothing,
            stop=asyncio.Event(),
            precautions=Precautions(
                precondition=precondition, journals={planned.stack: notes}, is_confirmed=False
            ),
        )
    )
    return Tried(
        outcome=result.outcomes[0],
        sent=tuple(sent.operation_id for sent in api.sent),
        intents=tuple(notes.intents),
    )
