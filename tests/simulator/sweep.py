"""One scenario, and everything that can go wrong in it once: each fault at each request, each kill
at each request and each journal write.

The scenario creates two servers, resizes one offline, adds a disk and destroys a server.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ccloud_apply.model.declared.stack import Lifecycle, Policy
from tests.simulator.behaviours import ORDER
from tests.simulator.schedule import PASSWORD, Fate, Run, Schedule
from tests.simulator.simulate import Result, play
from tests.simulator.world import STACK, Kill, When
from tests.support.builders import spec, stack

FAULTS: tuple[Mapping[str, Any], ...] = (
    {"drop": "connect"},
    {"drop": "before"},
    {"drop": "after"},
    {"late": 45},
    {"late": 45, "answer": "drop"},
    {"status": 401},
    {"status": 403},
    {"status": 404},
    {"status": 409},
    {"status": 422},
    {"status": 429},
    {"status": 429, "retry_after": 20},
    {"status": 500},
    {"status": 500, "acts": True},
    {"status": 502, "body": "html", "acts": True},
    {"status": 503, "retry_after": {"date": 15}},
    {"body": "html"},
    {"body": "empty"},
    {"body": "garbage"},
    {"body": "truncated"},
    {"body": "not-an-object"},
    {"body": "empty-list"},
    {"body": "missing-task-id"},
    {"redirect": True},
    {"token_expires": True},
    {"delay": 40},
    {"visibility_lag": 15},
    {"visibility_lag": 15, "of": ["tags"]},
    {"visibility_lag": 15, "of": ["task"], "since": "request"},
    {"stuck_task": 900},
    {"failing_task": "no capacity"},
    {"failing_task": "no capacity", "leaves": "server"},
    {"task_status": "queued"},
    {"ignore": True},
)

DISK_S = 0.5
"""What the journal's disk takes for a write at most, where kills fall in the middle of one."""

_ORDERS: tuple[Mapping[str, Any], ...] = tuple(
    {**ORDER, "custom_name": f"{STACK}-{key}", "tags": [f"stack:{STACK}", f"server:{key}"]}
    for key in ("old", "gone")
)


def build_reference(
    *runs: Run,
    rules: tuple[Mapping[str, Any], ...] = (),
    settle_s: float = 20.0,
    disk_s: float = 0.0,
) -> Schedule:
    """The scenario with these faults and these runs (one, if none is given) before they stop."""
    fields = {**ORDER, "password": {"env": PASSWORD}}
    return Schedule(
        seed=1,
        stack=stack(
            spec("new", notes="made by the stack", **fields),
            spec("next", depends_on=("new",), **fields),
            spec(
                "old",
                lifecycle=Lifecycle(resize="offline"),
                **{**fields, "cores": 2, "disks": [50, 20]},
            ),
            name=STACK,
            policy=Policy(max_destroy=1),
        ),
        orders=(*_ORDERS, {**ORDER, "custom_name": "by hand", "tags": []}),
        rules=rules,
        runs=runs or (Run(),),
        sandbox={},
        settle_s=settle_s,
        disk_s=disk_s,
    )


def measure_reference() -> Result:
    """The scenario without a fault: how many requests and journal writes it takes."""
    return play(build_reference())


def draw_faults(requests: int) -> Iterator[tuple[str, Schedule]]:
    """Each fault at each request, with a name for it."""
    for fault in FAULTS:
        for nth in range(1, requests + 1):
            rule = {"operation": "*", "when": {"nth": nth}, "fault": fault}
            yield f"{dict(fault)} at request {nth}", build_reference(rules=(rule,))


def draw_kills(requests: int, writes: int) -> Iterator[tuple[str, Schedule]]:
    """Each kill, with the journal kept, lost and torn."""
    fates: tuple[Fate, ...] = ("kept", "lost", "torn")
    whens: tuple[When, ...] = ("before", "sent", "answered")
    kills = [
        Kill(at="request", number=number, when=when)
        for number in range(1, requests + 1)
        for when in whens
    ]
    kills += [
        Kill(at="journal", number=number, when=when)
        for number in range(1, writes + 1)
        for when in whens
    ]
    for fate in fates:
        for kill in kills:
            name = f"killed at {kill.at} {kill.number} ({kill.when}), journal {fate}"
            settle_s = 20.0 if fate == "kept" else 75.0
            run = Run(kill=kill, fate=fate)
            yield name, build_reference(run, settle_s=settle_s, disk_s=DISK_S)
