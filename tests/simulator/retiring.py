"""What is drawn for servers that leave the file for some runs and come back."""

import random
from dataclasses import replace

from tests.simulator.behaviours import Rule
from tests.simulator.schedule import Act, Run, Schedule

DAY_S = 86_400.0
_PAUSES_S = (0.0, 30.0, 3_600.0, DAY_S, 2 * DAY_S, 4 * DAY_S)
_ACTS = (
    Act(action="start", settings={"server": "sim-*"}),
    Act(action="shutdown", settings={"server": "sim-*"}),
    Act(action="add_tag", settings={"server": "sim-*", "tag": "by-hand"}),
    Act(action="remove_tag", settings={"server": "sim-*", "tag": "retire:*"}),
)


def draw_retiring(chance: random.Random, schedule: Schedule) -> Schedule:
    """The same schedule, in which servers leave the file and come back, some days apart."""
    days = chance.choice((1, 1, 2, 3))
    policy = replace(schedule.stack.policy, retire=days)
    keys = [spec.key for spec in schedule.stack.servers]

    def draw_absent() -> frozenset[str]:
        return frozenset(key for key in keys[1:] if chance.random() < 0.35)

    runs = tuple(
        replace(
            run,
            absent=draw_absent(),
            pause_s=chance.choice(_PAUSES_S),
            acts=(chance.choice(_ACTS),) if chance.random() < 0.15 else run.acts,
        )
        for run in (*schedule.runs, Run(), Run())
    )
    hands = _draw_hands(chance)
    return replace(
        schedule,
        rules=(*schedule.rules, *hands),
        # The law is about what is so when a request leaves. A look is good for a second: what
        # somebody does in it, while the disk takes its time, no run can know.
        disk_s=0.0 if hands else schedule.disk_s,
        stack=replace(schedule.stack, policy=policy),
        runs=runs,
        absent=draw_absent(),
    )


def _draw_hands(chance: random.Random) -> tuple[Rule, ...]:
    """Now and then somebody takes a mark away in the middle of a run."""
    if chance.random() < 0.6:
        return ()
    hand = {"action": "remove_tag", "server": f"sim-s{chance.randint(0, 3)}", "tag": "retire:*"}
    when = {"nth": chance.randint(1, 6)}
    return ({"operation": "get_server", "when": when, "fault": {"other_actor": hand}},)
