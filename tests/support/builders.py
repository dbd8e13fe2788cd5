"""Values for tests, with good defaults: spec(...), live(...), account(...), stack(...)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import (
    Declared,
    Lifecycle,
    Move,
    Policy,
    Release,
    ServerSpec,
    Stack,
)
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import (
    Account,
    BootDevice,
    Image,
    LiveAdapter,
    LiveDisk,
    LiveDrive,
    LiveServer,
    Task,
)
from ccloud_apply.model.live.catalog import Iso, Snapshot
from ccloud_apply.model.ownership import build_ownership_tags
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.matching.select import match_account
from ccloud_apply.plan.views.drift import find_drift

PATH = "stack.yaml"
HERE = SourceRange(PATH, 1, 1)
READ_AT = datetime(2027, 3, 1, 10, 30, tzinfo=UTC)
IMAGES = (
    Image(image="debian12_uefi", name="Linux Debian 12"),
    Image(image="rocky9_uefi", name="Rocky Linux 9"),
)

COMPLETE: dict[str, Any] = {
    "pool": "pool_iw_ssd",
    "type": "unmanaged",
    "image": "debian12_uefi",
    "cores": 2,
    "memory": 4,
    "disks": [50],
}
"""What is needed to create a server; `live()` is the server that comes of it."""


def spec(
    key: str = "web",
    *,
    hostname: str | None = None,
    depends_on: tuple[str, ...] = (),
    lifecycle: Lifecycle | None = None,
    **fields: Any,
) -> ServerSpec:
    """A desired server that manages exactly these fields, written as in a stack file."""
    declared = {
        name: Declared(ASPECTS[name].normalise(value, PATH), HERE) for name, value in fields.items()
    }
    return ServerSpec(
        key=key,
        base_key=key,
        source=HERE,
        hostname=hostname,
        fields=declared,
        depends_on=depends_on,
        lifecycle=lifecycle or Lifecycle(),
    )


def stack(
    *servers: ServerSpec,
    name: str = "shop",
    policy: Policy | None = None,
    moved: Mapping[str, str] | None = None,
    released: Iterable[str] = (),
) -> Stack:
    """A stack of these servers."""
    return Stack(
        name=name,
        path=PATH,
        source=HERE,
        servers=servers,
        policy=policy or Policy(),
        moved=tuple(Move(before=b, after=a, source=HERE) for b, a in (moved or {}).items()),
        released=tuple(Release(key=key, source=HERE) for key in released),
    )


def live(
    number: int = 10001,
    *,
    key: str | None = None,
    stack: str = "shop",
    tags: tuple[str, ...] = (),
    is_protected: bool = False,
    disks: Iterable[int] = (50,),
    state: str = "Running",
    schedule: Any = None,
    drives: tuple[LiveDrive, ...] = (),
    isos: tuple[Iso, ...] = (),
    snapshots: tuple[Snapshot, ...] | None = None,
    network: tuple[LiveAdapter, ...] | None = None,
    boot_order: tuple[BootDevice, ...] = (BootDevice(id=1, type="Drive", device="sc0s0"),),
    **facts: Any,
) -> LiveServer:
    """A live server; with `key` it is owned by the stack under that key."""
    disks = tuple(disks)
    owned = () if key is None else build_ownership_tags(stack, key, is_protected=is_protected)
    parts: dict[str, Any] = {
        "list_server_disks": tuple(
            LiveDisk(id=f"sc0s{i}", size_gb=size) for i, size in enumerate(disks)
        ),
        "get_server_state": state,
        "list_snapshot_schedules": schedule,
        "list_server_dvds": drives,
        "get_server_boot_order": boot_order,
    }
    if snapshots is not None:
        parts["list_server_snapshots"] = snapshots
    if network is not None:
        parts["list_server_network_adapters"] = network
    if isos:
        parts["list_server_isos"] = isos
    values: dict[str, Any] = {
        "custom_name": None if key is None else f"{stack}-{key}",
        "cores": 2,
        "memory_gb": 4,
        "disk_gb": sum(disks),
        "pool": "pool_iw_ssd",
        "type": "unmanaged",
        "os_name": "Linux Debian 12",
    }
    return LiveServer(
        id=number,
        hostname=f"vs{number}",
        tags=(*tags, *owned),
        parts=parts,
        **(values | facts),
    )


def account(*servers: LiveServer, tasks: tuple[Task, ...] = ()) -> Account:
    """An account of these servers."""
    return Account(servers=servers, images=IMAGES, tasks=tasks, read_at=READ_AT)


def plan(
    desired: Stack, lives: Account, **options: Any
) -> tuple[StackPlan, tuple[Diagnostic, ...]]:
    """The plan of one stack that must come out without an error."""
    built, diagnostics = build_plan([desired], lives, PlanOptions(**options))
    assert built is not None, diagnostics
    return built.stacks[0], diagnostics


def errors(desired: Stack, lives: Account, **options: Any) -> list[Diagnostic]:
    """The diagnostics of a plan that must not come out."""
    built, diagnostics = build_plan([desired], lives, PlanOptions(**options))
    assert built is None
    return list(diagnostics)


def only_server(desired: Stack, lives: Account, **options: Any) -> ServerPlan:
    """The plan of the one server there is."""
    (server,) = plan(desired, lives, **options)[0].servers
    return server


def why_not_compared(desired: Stack, lives: Account, **options: Any) -> str:
    """Why the stack's only server is not compared: nothing is wrong, and nothing happens to it."""
    server = only_server(desired, lives, **options)
    assert server.action is Action.NOT_COMPARED
    assert (server.changes, server.steps) == ((), ())
    return server.why


def drift_of(
    stacks: Sequence[Stack], lives: Account, **options: Any
) -> tuple[DriftReport | None, tuple[Diagnostic, ...]]:
    """The drift report of these stacks, or what is wrong."""
    wished = PlanOptions(**options)
    return find_drift(match_account(stacks, lives, wished), wished)


def wrap(*stacks: StackPlan) -> Plan:
    """A plan of these stacks."""
    return Plan(stacks=stacks)
