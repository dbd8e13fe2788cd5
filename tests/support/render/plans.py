"""Plans as the planner would make them, for the golden files. Every function is one file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.plan import (
    AccountChange,
    Action,
    Deferred,
    FieldChange,
    Plan,
    PlanAccount,
    ServerPlan,
    StackPlan,
    Step,
)
from ccloud_apply.plan.kinds import kind_of

PATH = "stacks/web.yaml"


def change(field: str, before: Any = None, after: Any = None, **rest: Any) -> FieldChange:
    """A change of a field, of the kind that the field's values have."""
    return FieldChange(field=field, before=before, after=after, kind=kind_of(field), **rest)


def step(id: str, operation: str, method: str, path: str, **rest: Any) -> Step:
    """A step of the server whose key its id begins with."""
    operation_id = rest.pop("operation_id", operation.replace(" ", "_"))
    return Step(
        id=id,
        server=id.partition("/")[0],
        operation=operation,
        operation_id=operation_id,
        method=method,
        path=path,
        **rest,
    )


def plan_of(*servers: ServerPlan, steps: tuple[Step, ...] = (), **rest: Any) -> Plan:
    """A plan of one stack."""
    rest = {"stack": "web-prod", "path": PATH, **rest}
    return Plan(stacks=(StackPlan(servers=servers, steps=steps, **rest),))


def unchanged(count: int) -> tuple[ServerPlan, ...]:
    """Servers to which nothing happens."""
    return tuple(
        ServerPlan(key=f"idle-{i}", hostname=f"vs2{i:04}", action=Action.UNCHANGED)
        for i in range(1, count + 1)
    )


def created(key: str, **fields: Any) -> ServerPlan:
    """A server to be created with some usual fields."""
    values = {
        "pool": "pool_iw_ssd",
        "type": "unmanaged",
        "image": "debian12_uefi",
        "cores": 2,
        "memory": 8,
        "disks.1": 50,
        "disks.2": 100,
        "custom_name": f"web {key[-1]}",
        "tags": ["production", "web"],
        **fields,
    }
    changes = tuple(change(name, after=value) for name, value in values.items())
    return ServerPlan(
        key=key, hostname=None, action=Action.CREATE, changes=changes, steps=(f"{key}/create",)
    )


def create_step(key: str, **rest: Any) -> Step:
    """The step that creates the server."""
    body = {"pool": "pool_iw_ssd", "user_data": Reference("file", "cloud-init.yaml", PATH)}
    return step(f"{key}/create", "create server", "POST", "/ccloud/servers", body=body, **rest)


def _offline_resize(key: str, hostname: str) -> tuple[Step, ...]:
    path = f"/ccloud/servers/{hostname}"
    return (
        step(f"{key}/shutdown", "shut down", "POST", f"{path}/state/stop", causes_downtime=True),
        step(f"{key}/memory", "resize memory", "PUT", f"{path}/memory", needs=(f"{key}/shutdown",)),
        step(f"{key}/cores", "resize cores", "PUT", f"{path}/cores", needs=(f"{key}/shutdown",)),
        step(
            f"{key}/start",
            "start",
            "POST",
            f"{path}/state/start",
            needs=(f"{key}/memory", f"{key}/cores"),
            closes=f"{key}/shutdown",
        ),
    )


def gone(system: str, tags: list[str], *, name: str) -> tuple[FieldChange, ...]:
    """What a plan tells of a server that goes."""
    facts: dict[str, Any] = {"custom_name": name, "cores": 2, "memory": 16, "disk": 150}
    facts |= {"tags": tags or None, "os_name": system, "monthly_cost": "42.50"}
    return tuple(change(field, value) for field, value in facts.items() if value is not None)


def first_create() -> Plan:
    """One new server."""
    server = created(
        "web",
        description="front end",
        scheduled_snapshots={"frequency": 6, "next_run": "2027-01-01 03:00"},
        notes="Owner: platform team\nCall: 1234\n",
        user_data=Reference("file", "cloud-init.yaml", PATH),
    )
    secret = change("password", is_sensitive=True)
    server = ServerPlan(
        key="web",
        hostname=None,
        action=Action.CREATE,
        changes=(*server.changes, change("addons.monitoring", after=1), secret),
        steps=server.steps,
    )
    return plan_of(server, steps=(create_step("web"),))


def all_actions() -> Plan:
    """Every action once, with what a reviewer has to know."""
    update = ServerPlan(
        key="web-1",
        hostname="vs10001",
        addresses=Addresses(ipv4=("198.18.0.10", "198.18.0.11"), ipv6=("2001:db8:1200::a",)),
        action=Action.UPDATE,
        changes=(
            change("cores", 2, 4),
            change("memory", 4, 8),
            change("disks.1", 50, 80),
            change("disks.3", None, 100),
            change(
                "disks.2",
                {"id": "77", "size": 20},
                None,
                is_destructive=True,
                note="found by its size",
            ),
            change("addons.monitoring", 1, 2),
            change("tags", ["a", "b", "old"], ["a", "b", "new one"]),
            change("scheduled_snapshots", {"frequency": 24, "next_run": None}, None),
            change(
                "notes", "Owner: ops\nCall: 12\nRoom: 3\n", "Owner: platform\nCall: 12\nRoom: 3\n"
            ),
            change("power", "off", "running"),
        ),
        steps=("web-1/shutdown", "web-1/memory", "web-1/cores", "web-1/start", "web-1/disk-77"),
        has_downtime=True,
        warnings=("tags of others would go: old",),
        moved_from="front-1",
    )
    anew = ServerPlan(
        key="db",
        hostname="vs10042",
        action=Action.REPLACE,
        changes=(
            change("image", "debian11_uefi", "debian12_uefi", forces_replace=True),
            change("memory", 16, 32),
        ),
        steps=("db/delete", "db/create"),
        has_downtime=True,
        goes=gone("Debian 11", ["database", "production"], name="db"),
    )
    adopt = ServerPlan(
        key="mail",
        hostname="vs10077",
        action=Action.ADOPT,
        changes=(change("tags", ["x"], ["x", "stack:web-prod", "server:mail"]),),
        steps=("mail/tags",),
        is_busy=True,
    )
    destroyed = tuple(
        ServerPlan(
            key=key,
            hostname=host,
            action=Action.DESTROY,
            steps=(f"{key}/delete",),
            goes=gone("Debian 10", [], name=key),
            live={"custom_name": key, "notes": "keep me?", "ownership_tags": ["stack:web-prod"]},
        )
        for key, host in (("old-1", "vs10003"), ("old-2", "vs10004"))
    )
    released = ServerPlan(
        key="lent",
        hostname="vs10005",
        action=Action.UPDATE,
        changes=(change("tags", ["stack:web-prod", "server:lent", "x"], ["x"]),),
        steps=("lent/tags",),
        is_released=True,
    )
    steps = (
        create_step("web-2"),
        *_offline_resize("web-1", "vs10001"),
        step(
            "web-1/disk-77",
            "delete disk",
            "DELETE",
            "/ccloud/servers/vs10001/disks/77",
            is_destructive=True,
        ),
        step(
            "db/delete", "delete server", "DELETE", "/ccloud/servers/vs10042", is_destructive=True
        ),
        create_step("db", needs=("db/delete",)),
        step("mail/tags", "set tags", "POST", "/ccloud/servers/vs10077/tags"),
        step("lent/tags", "set tags", "POST", "/ccloud/servers/vs10005/tags"),
        step("old-1/delete", "delete server", "DELETE", "/ccloud/servers/vs10003"),
        step("old-2/delete", "delete server", "DELETE", "/ccloud/servers/vs10004"),
    )
    warnings = (
        Diagnostic(
            code="rename",
            severity=Severity.WARNING,
            where="servers.web-2",
            what="old-1 is destroyed and web-2 is created alike; this looks like a rename",
            hint="moved:\n  - {from: old-1, to: web-2}",
            source=SourceRange(PATH, 12, 3),
        ),
        *(
            Diagnostic(
                code="cloud-init",
                severity=Severity.WARNING,
                where=f"servers.web-{i}.user_data",
                what="the image has no cloud-init",
                source=SourceRange(PATH, 20 + i, 5),
            )
            for i in range(1, 9)
        ),
    )
    servers = (created("web-2"), update, anew, adopt, *destroyed, released, *unchanged(5))
    cost = {
        "monthly_before": "120.00",
        "monthly_after": "145.50",
        "monthly_change": "25.50",
        "setup_fees": "0.00",
        "servers": {
            "web-1": {
                "monthly_before": "120.00",
                "monthly_after": "145.50",
                "monthly_change": "25.50",
                "setup_fees": "0.00",
            }
        },
        "unknown": ["mail"],
    }
    plan = plan_of(*servers, steps=steps, warnings=warnings, cost=cost)
    account = PlanAccount(endpoint="https://ccenter.internet1.de/api/v1", customer_id="328100")
    return replace(plan, account=account, read_at=datetime(2027, 3, 1, 10, 30, tzinfo=UTC))


def fleet() -> Plan:
    """Fifty servers that differ by name alone, then ten changed alike."""
    zones = [f"{city}{i}" for city in ("ams", "fra", "ham", "muc", "zrh") for i in range(1, 11)]
    new = tuple(
        created(
            f"node-{zone}",
            custom_name=f"Node {zone.upper()}",
            description=f"worker node-{zone}",
        )
        for zone in zones
    )
    grown = tuple(
        ServerPlan(
            key=f"cache-{i}",
            hostname=f"vs3000{i}",
            action=Action.UPDATE,
            changes=(change("memory", 4, 8),),
            steps=(f"cache-{i}/memory",),
        )
        for i in range(1, 10)
    )
    steps = tuple(create_step(server.key) for server in new)
    return plan_of(*new, *grown, *unchanged(1200), steps=steps, stack="fleet")


def held() -> Plan:
    """A plan that two guards hold back."""
    gone = tuple(
        ServerPlan(
            key=f"web-{i}", hostname=f"vs1000{i}", action=Action.DESTROY, steps=(f"web-{i}/delete",)
        )
        for i in range(1, 5)
    )
    steps = tuple(
        step(f"web-{i}/delete", "delete server", "DELETE", f"/ccloud/servers/vs1000{i}")
        for i in range(1, 5)
    )
    guards = (
        Diagnostic(
            code="destroy-cap",
            severity=Severity.HELD,
            where="policy.max_destroy",
            what="the plan destroys 4 servers, and at most 1 is allowed",
            hint="--allow-destroy 4",
            source=SourceRange(PATH, 5, 3),
        ),
        Diagnostic(
            code="prevent-destroy",
            severity=Severity.HELD,
            where="vs10001",
            what="web-1 is protected by prevent_destroy",
            hint="set lifecycle.prevent_destroy: false and apply that first",
        ),
    )
    return plan_of(*gone, *unchanged(2), steps=steps, held=guards)


def nothing() -> Plan:
    """Nothing to do."""
    return plan_of(*unchanged(12))


def two_stacks() -> Plan:
    """One stack with a change, one without."""
    return Plan(stacks=(*first_create().stacks, *nothing().stacks))


def long_texts() -> Plan:
    """Notes and texts that are long, empty, or several lines."""
    before = "".join(f"line {i}\n" for i in range(1, 31))
    after = before.replace("line 3\n", "line three\n").replace("line 25\n", "line 25\nline 25b\n")
    server = ServerPlan(
        key="web",
        hostname="vs10001",
        action=Action.UPDATE,
        changes=(
            change("notes", before, after),
            change("custom_name", "web", ""),
            change("description", "x" * 1234, None),
            change("sshkey", None, "ssh-ed25519 " + "A" * 500 + " me@example.org"),
            change("subnets", [], [12, 13]),
        ),
        steps=("web/notes",),
    )
    return plan_of(
        server, steps=(step("web/notes", "write notes", "PUT", "/ccloud/servers/vs10001/notes"),)
    )


def hostile() -> Plan:
    """Texts of somebody who would like to command the terminal or the build runner."""
    evil = "::add-mask::x\x1b[31m\r##[error]boo \u202eabc\u200b ##vso[task.complete]"
    server = ServerPlan(
        key="web",
        hostname="vs10001",
        action=Action.UPDATE,
        changes=(
            change("notes", None, f"hello\n{evil}\n::set-env name=A::b"),
            change("custom_name", evil, "web"),
            change("tags", [evil], [evil, "\u2028"]),
        ),
        steps=("web/notes",),
        warnings=(evil,),
    )
    return plan_of(
        server, steps=(step("web/notes", "write notes", "PUT", "/ccloud/servers/vs10001/notes"),)
    )


def not_compared() -> Plan:
    """Servers that are not compared, one that rests on them, and the account."""
    web = ServerPlan(
        key="web",
        hostname="vs10001",
        action=Action.UPDATE,
        changes=(change("memory", 4, 8),),
        steps=("web/memory",),
        rests_on=("db", "cache"),
    )
    db = ServerPlan(
        key="db",
        hostname="vs10002",
        action=Action.NOT_COMPARED,
        why="vs10002 is busy with task 17 (resize-server by ann)",
        is_busy=True,
    )
    cache = ServerPlan(
        key="cache",
        hostname="vs10003",
        action=Action.NOT_COMPARED,
        why="vs10003 is Paused, neither Running nor Off",
        unknown=("power", "image"),
        moved_from="store",
    )
    account = AccountChange(
        why="list customer addons (GET /ccloud/customers/addons): 403: Forbidden"
    )
    resize = step("web/memory", "resize memory", "PUT", "/ccloud/servers/vs10001/memory")
    return plan_of(web, db, cache, *unchanged(1), steps=(resize,), account=account)


def retired() -> Plan:
    """Servers that are retired, that wait, that come back, and what is put off; for a moment to
    come, with windows overridden."""
    leaving = ServerPlan(
        key="old-1",
        hostname="vs10003",
        action=Action.RETIRE,
        changes=(
            change(
                "tags",
                ["stack:web-prod", "server:old-1"],
                ["stack:web-prod", "server:old-1", "retire:2027-01-08"],
            ),
            change("power", "running", "off"),
        ),
        steps=("old-1/tags", "old-1/shutdown"),
        goes=(*gone("Debian 10", [], name="old-1"),),
        retires=date(2027, 1, 8),
    )
    back = ServerPlan(
        key="api",
        hostname="vs10009",
        action=Action.RESTORE,
        changes=(
            change("memory", 4, 8),
            change("power", "off", "running"),
            change("tags", ["stack:web-prod", "server:api", "retire:2027-01-02"], []),
        ),
        steps=("api/memory", "api/start", "api/tags"),
    )
    waiting = tuple(
        ServerPlan(
            key=f"batch-{i}",
            hostname=f"vs1002{i}",
            action=Action.UNCHANGED,
            goes=(change("monthly_cost", "42.50"),) if i < 4 else (),
            retires=date(2027, 1, 3 if i < 4 else 10),
        )
        for i in range(1, 5)
    )
    window = "downtime is outside every window (policy.windows, stacks/web.yaml:6)"
    opens = datetime(2027, 1, 2, 1, tzinfo=UTC)
    deferred = (
        *(
            Deferred(
                key=f"web-{i}",
                hostname=f"vs1000{i}",
                action=Action.UPDATE,
                why=window,
                opens_at=opens,
                changes=(change("memory", 4, 8),),
            )
            for i in (1, 2)
        ),
        Deferred(
            key="db", hostname="vs10042", action=Action.DESTROY, why="in a freeze without an end"
        ),
        Deferred(key="cache", action=Action.CREATE, why="depends on web-1, which is deferred"),
    )
    path = "/ccloud/servers/vs1000"
    steps = (
        step("old-1/tags", "set tags", "POST", f"{path}3/tags"),
        step(
            "old-1/shutdown",
            "shut down",
            "POST",
            f"{path}3/state/stop",
            needs=("old-1/tags",),
            causes_downtime=True,
        ),
        step("api/memory", "resize memory", "PUT", f"{path}9/memory"),
        step("api/start", "start", "POST", f"{path}9/state/start", needs=("api/memory",)),
        step("api/tags", "set tags", "POST", f"{path}9/tags", needs=("api/start",)),
    )
    plan = plan_of(leaving, back, *waiting, *unchanged(3), steps=steps, deferred=deferred)
    return replace(
        plan,
        account=PlanAccount(endpoint="https://ccenter.internet1.de/api/v1", customer_id="328100"),
        read_at=datetime(2026, 12, 30, 10, 30, tzinfo=UTC),
        at=datetime(2027, 1, 1, 3, tzinfo=UTC),
        override_window="certificate expires tonight",
    )


PLANS: dict[str, Callable[[], Plan]] = {
    make.__name__: make
    for make in (
        first_create,
        all_actions,
        fleet,
        held,
        nothing,
        two_stacks,
        long_texts,
        hostile,
        not_compared,
        retired,
    )
}
