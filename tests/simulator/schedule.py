"""What is drawn for a seed: a stack, the account that it meets, the faults, the runs.

Values only; whoever lets them happen is `simulate.py`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ccloud_apply.model.declared.stack import Lifecycle, Policy, ServerSpec, Stack
from tests.simulator.behaviours import (
    ORDER,
    Found,
    Rule,
    draw_controllers,
    draw_crowd,
    draw_drops,
    draw_found,
    draw_more_fields,
    draw_odd_readings,
    draw_pages,
    draw_readings,
    draw_replaces,
    draw_shifts,
    draw_states,
    fit_to_readings,
    join_found,
)
from tests.simulator.faults import draw_lags, draw_rules
from tests.simulator.world import STACK, Kill, When
from tests.support.builders import spec, stack

PASSWORD = "CCLOUD_SECRET_PASSWORD"
USER_DATA = "user-data.yaml"
SECRETS: Mapping[str, str] = {
    PASSWORD: "canary-password-7f3a9",
    USER_DATA: "#cloud-config canary-user-data-51c2e",
}
ISOS = ("debian-12.8.0-amd64-netinst.iso", "virtio-win-0.1.262.iso")
CLIENT_SECRET = "canary-client-secret-90d1b"

Fate = Literal["kept", "lost", "torn", "stale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody else does between two runs."""

    action: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process: where it is killed or when it is interrupted, what becomes of its journal, what
    happens and how long it takes until the next one starts. `absent` are the keys that its file
    lacks."""

    kill: Kill | None = None
    stop_after_s: float | None = None
    fate: Fate = "kept"
    acts: tuple[Act, ...] = ()
    pause_s: float = 0.0
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """All that is decided before anything happens.

    `found` is what servers have beside what their orders say, by custom name. `odd` are options of
    the emulator that hold until the faults are over. `absent` are the keys that the file lacks once
    they are. `disk_s` are the most seconds that the journal's disk takes for a write.
    """

    seed: int
    stack: Stack
    orders: tuple[Mapping[str, Any], ...]
    rules: tuple[Rule, ...]
    runs: tuple[Run, ...]
    sandbox: Mapping[str, Any]
    found: Found = field(default_factory=dict)
    odd: Mapping[str, Any] = field(default_factory=dict)
    parallelism: int = 10
    settle_s: float = 20.0
    grace_s: float = 180.0
    disk_s: float = 0.0
    absent: frozenset[str] = frozenset()

    def stack_without(self, absent: frozenset[str]) -> Stack:
        """The stack as its file is without these keys."""
        if not absent:
            return self.stack
        servers = (
            replace(one, depends_on=tuple(key for key in one.depends_on if key not in absent))
            for one in self.stack.servers
            if one.key not in absent
        )
        return replace(self.stack, servers=tuple(servers))

    @property
    def last_stack(self) -> Stack:
        """The stack as its file is once the faults are over."""
        return self.stack_without(self.absent)


def draw_schedule(seed: int, journal: str = "kept", *, settle_s: float | None = None) -> Schedule:
    """The schedule of a seed. `journal`: the fate that it may have, or `mixed` for any of them."""
    chance = random.Random(f"{seed}/{journal}")

    def apart(name: str) -> random.Random:
        return random.Random(f"{seed}/{journal}/{name}")

    specs, orders = _draw_servers(chance)
    specs = _draw_snapshots(apart("snapshots"), specs)
    specs, orders = _draw_redeploys(apart("redeploys"), specs, orders)
    specs = draw_more_fields(apart("more fields"), specs)
    specs = draw_replaces(apart("replaces"), specs)
    specs += draw_crowd(apart("crowd"))
    readings = draw_readings(apart("readings"))
    of_disk = apart("disk")
    disk_s = of_disk.choice((0.0, 0.05, 2.0))
    if settle_s is None:
        settle_s = 20.0 if journal == "kept" else 75.0
    return Schedule(
        seed=seed,
        stack=stack(*fit_to_readings(specs, readings), name=STACK, policy=Policy(max_destroy=100)),
        orders=(*describe(specs, orders), *_draw_others(chance)),
        found=join_found(
            draw_found(apart("found"), orders),
            draw_controllers(apart("controllers"), specs, orders),
        ),
        odd=draw_odd_readings(apart("odd"), is_journal_kept=journal == "kept"),
        rules=(
            *draw_rules(chance),
            *draw_lags(apart("lags")),
            *draw_drops(apart("drops")),
            *draw_states(apart("states")),
            *draw_shifts(apart("shifts")),
        ),
        runs=(
            *(
                _cut_in_the_middle(_draw_run(chance, journal), of_disk, disk_s)
                for _ in range(chance.randint(1, 4))
            ),
            *_draw_calm_runs(apart("calm runs")),
        ),
        sandbox={
            "hostname_during_build": chance.random() < 0.7,
            "page_limit": chance.choice((3, 25)),
            "max_page_limit": 100,
            "parallel_creates": 100,  # so that it is not the platform which keeps the law
            **readings,
            **draw_pages(apart("pages")),
        },
        parallelism=chance.choice((1, 3, 10)),
        settle_s=settle_s,
        disk_s=disk_s,
    )


def _cut_in_the_middle(run: Run, chance: random.Random, disk_s: float) -> Run:
    """The same run, or one that is killed while a write to the journal is under way."""
    if run.kill is None or run.kill.at != "journal" or not disk_s or chance.random() < 0.5:
        return run
    return replace(run, kill=replace(run.kill, when="sent"))


def describe(
    specs: Sequence[ServerSpec], orders: Sequence[Mapping[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """The orders with the declared descriptions, which nobody can change later."""
    texts = {f"{STACK}-{one.key}": one.value("description", None) for one in specs}
    return tuple({**o, "description": texts.get(o["custom_name"])} for o in orders)


def _draw_servers(chance: random.Random) -> tuple[list[ServerSpec], list[Mapping[str, Any]]]:
    specs: list[ServerSpec] = []
    orders: list[Mapping[str, Any]] = []
    keys: list[str] = []
    for number in range(chance.randint(1, 6)):
        key = f"s{number}"
        fields = _draw_fields(chance)
        depends_on = tuple(name for name in keys if chance.random() < 0.2)
        resize: Literal["online", "offline"] = "offline" if chance.random() < 0.5 else "online"
        is_there = chance.random() < 0.4
        if is_there:
            orders.append(_draw_order(chance, key, fields))
        specs.append(spec(key, depends_on=depends_on, lifecycle=Lifecycle(resize=resize), **fields))
        keys.append(key)
    if chance.random() < 0.3:  # one that the stack does not know any more
        orders.append(_draw_order(chance, "gone", _draw_fields(chance)))
    return specs, orders


def _draw_snapshots(chance: random.Random, specs: list[ServerSpec]) -> list[ServerSpec]:
    """Some of the servers ask for a snapshot before changes. Drawn apart: seeds stay what they
    are."""
    kinds = frozenset({"resize", "disks"})
    return [
        replace(
            one,
            lifecycle=replace(one.lifecycle, snapshot_before=kinds, keep=chance.choice((None, 1))),
        )
        if chance.random() < 0.25
        else one
        for one in specs
    ]


def _draw_redeploys(
    chance: random.Random, specs: list[ServerSpec], orders: list[Mapping[str, Any]]
) -> tuple[list[ServerSpec], list[Mapping[str, Any]]]:
    """Some of the servers that are there have another system than the stack wants. Drawn apart."""
    names = {f"{STACK}-{one.key}" for one in specs}
    drawn = [
        {**order, "image": "rocky9_uefi"}
        if order["custom_name"] in names and chance.random() < 0.3
        else order
        for order in orders
    ]
    reinstall = [
        replace(one, lifecycle=replace(one.lifecycle, on_create_only_change="redeploy"))
        for one in specs
    ]
    return reinstall, drawn


def _draw_fields(chance: random.Random) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "pool": "pool_iw_ssd",
        "type": "unmanaged",
        "image": "debian12_uefi",
        "cores": chance.choice((1, 2, 4)),
        "memory": chance.choice((2, 4, 8)),
        "disks": [50, *chance.choices((20, 30, 40), k=chance.randint(0, 2))],
    }
    optional = {
        "notes": "made by the stack",
        "tags": [f"role-{chance.randint(1, 3)}"],
        "power": "running",
        "scheduled_snapshots": {"frequency": 6},
        "password": {"env": PASSWORD},
        "user_data": {"file": USER_DATA},
    }
    fields |= {name: v for name, v in optional.items() if chance.random() < 0.3}
    return fields | _draw_devices(random.Random(str(chance.getstate()[1][:3])))


def _draw_devices(chance: random.Random) -> dict[str, Any]:
    """From a chance of their own: they move nothing else of a seed."""
    fields: dict[str, Any] = {}
    if chance.random() < 0.3:
        fields["dvds"] = chance.sample(ISOS, chance.randint(0, 2))
        if fields["dvds"] and chance.random() < 0.5:
            fields["boot_order"] = chance.choice((["DVD"], ["DVD", "sc0s0"]))
    if chance.random() < 0.2:
        fields["ips"] = {"ipv4": chance.randint(0, 3), "ipv6": chance.randint(0, 2)}
    return fields


def _draw_order(chance: random.Random, key: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A server of the stack as it is found: some of it is not as the stack wants it."""
    disks: list[int] = list(fields["disks"])
    if chance.random() < 0.5:
        disks = disks[: chance.randint(1, len(disks))]
    return {
        "custom_name": f"{STACK}-{key}",
        "pool": fields["pool"],
        "type": fields["type"],
        "image": fields["image"],
        "cores": chance.choice((fields["cores"], 1, 2)),
        "memory": chance.choice((fields["memory"], 2, 4)),
        "disks": disks,
        "tags": [f"stack:{STACK}", f"server:{key}", *fields.get("tags", ())],
    }


def _draw_others(chance: random.Random) -> list[Mapping[str, Any]]:
    """Servers of nobody and of another stack."""
    others: list[Mapping[str, Any]] = [
        {**ORDER, "custom_name": f"by hand {n}", "tags": []} for n in range(chance.randint(0, 2))
    ]
    others += [
        {**ORDER, "custom_name": f"other-s{n}", "tags": ["stack:other", f"server:s{n}"]}
        for n in range(chance.randint(0, 2))
    ]
    chance.shuffle(others)
    return others


def _draw_run(chance: random.Random, journal: str) -> Run:
    fates: tuple[Fate, ...] = ("kept", "lost", "torn", "stale")
    fate: Fate = (
        chance.choice(fates)
        if journal == "mixed"
        else next(fate for fate in fates if fate == journal)
    )
    kill: Kill | None = None
    stop_after_s: float | None = None
    ending = chance.random()
    if ending < 0.55:
        whens: tuple[When, ...] = ("before", "sent", "answered")
        kill = Kill(
            at="request", number=1 + int(chance.expovariate(1 / 20)), when=chance.choice(whens)
        )
    elif ending < 0.8:
        when: When = chance.choice(("before", "answered"))
        kill = Kill(at="journal", number=1 + int(chance.expovariate(1 / 8)), when=when)
    elif ending < 0.88:
        stop_after_s = chance.uniform(0, 90)
    acts = (_draw_act(chance),) if chance.random() < 0.2 else ()
    pause_s = chance.choice((0.0, 0.0, 1.0, 10.0, 30.0, 300.0))
    return Run(kill=kill, stop_after_s=stop_after_s, fate=fate, acts=acts, pause_s=pause_s)


def _draw_calm_runs(chance: random.Random) -> tuple[Run, ...]:
    """Often runs that nothing cuts off, so that what goes wrong is met by all of their steps."""
    return (Run(),) * chance.choice((0, 1, 1, 2))


def _draw_act(chance: random.Random) -> Act:
    ours = f"{STACK}-*"
    return chance.choice(
        (
            Act(action="set_notes", settings={"server": ours, "notes": "a note by hand"}),
            Act(action="add_tag", settings={"server": ours, "tag": "by-hand"}),
            Act(action="resize", settings={"server": ours, "cores": 3}),
            Act(action="shutdown", settings={"server": ours}),
            Act(action="delete", settings={"server": ours}),
            Act(action="delete", settings={"server": "by hand *"}),
            Act(action="create_twin", settings={"server": "by hand *"}),
        )
    )
