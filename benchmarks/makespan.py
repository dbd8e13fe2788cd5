"""How long an apply takes against the least it could: in virtual time, so the figures are exact.

The least is what the platform's own tasks take: those of one server come one after the other, ten
servers are built at a time, and no more steps are in flight than `--parallelism` says. All that an
apply takes longer is latency, the pause between two looks at the tasks, and bad order.

Tasks of one length end together, ten by ten, which hides what a look at the wrong moment costs:
so there are runs with drawn lengths, too. Their bound is greedy: the same tasks in the same order,
each of which begins in the moment in which a place is free.
"""

from collections.abc import Iterator, Sequence

from benchmarks.inputs import load, write_stack
from benchmarks.simulation import Applied, TaskTime, apply_in_turn
from benchmarks.table import Row
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.limits import DEFAULT_LIMITS

TITLE = "makespan: an apply in virtual time, against the tasks' own times"
TARGET = 1.15
DRAWN_TARGET = 1.05
DRAWN_S = ((1.0, 3.0), (4.0, 12.0), (60.0, 300.0))
"""The least and the most that a drawn task takes."""
MANY = 50
"""Another `--parallelism` than the usual one."""
COUNT = 200
DEFAULT_PARALLELISM = 10


def measure(*, count: int = COUNT) -> list[Row]:
    """Create so many servers, then resize all of them offline; and the polling of one alone."""
    stacks = [[load(write_stack(count))], [load(write_stack(count, memory_gb=8))]]
    rows = []
    for parallelism in (DEFAULT_PARALLELISM, count):
        created, resized = apply_in_turn(stacks, parallelism=parallelism)
        rows.append(_compare(f"{count} creates, --parallelism {parallelism}", created, parallelism))
        rows.append(
            _compare(f"{count} offline resizes, --parallelism {parallelism}", resized, parallelism)
        )
    for task_s in DRAWN_S:
        rows += _measure_drawn(stacks, count, task_s)
    alone = apply_in_turn([[load(write_stack(1))], [load(write_stack(1, memory_gb=8))]])[1]
    return [*rows, _describe_polling(alone), _describe_polling(resized)]


def _measure_drawn(
    stacks: Sequence[Sequence[Stack]], count: int, task_s: tuple[float, float]
) -> Iterator[Row]:
    least, most = task_s
    for parallelism in (DEFAULT_PARALLELISM, MANY):
        created, resized = apply_in_turn(stacks, parallelism=parallelism, task_s=task_s)
        for what, applied, places in (
            ("creates", created, min(parallelism, DEFAULT_LIMITS.creates)),
            ("offline resizes", resized, parallelism),
        ):
            yield Row(
                what=f"{count} {what}, {least:g} to {most:g} s, --parallelism {parallelism}",
                measured=applied.seconds,
                unit="s",
                bound=find_greedy_s(applied.tasks, places),
                target=DRAWN_TARGET,
                note=f"{sum(applied.apply_requests.values()) / count:.2f} requests a server,"
                f" {sum(applied.looks.values())} of all {_sum(applied)} at the tasks",
            )


def _sum(applied: Applied) -> int:
    return sum(applied.apply_requests.values())


def find_greedy_s(tasks: Sequence[TaskTime], places: int) -> float:
    """Seconds that these tasks take if each, in this order, begins once a place is free and the
    one before it of the same server is over. Of the free places it gets the one free last."""
    free_at = [0.0] * places
    over_at: dict[int, float] = {}
    for task in sorted(tasks, key=lambda task: task.start_s):
        ready = over_at.get(task.server_id, 0.0)
        place = max((at for at in free_at if at <= ready), default=min(free_at))
        end = max(place, ready) + task.seconds
        free_at[free_at.index(place)] = over_at[task.server_id] = end
    return max(free_at)


def find_least_s(tasks: Sequence[TaskTime], parallelism: int) -> float:
    """Seconds that these tasks take at least, however they are ordered."""
    chains: dict[int, float] = {}
    for task in tasks:
        chains[task.server_id] = chains.get(task.server_id, 0.0) + task.seconds
    creates = sum(task.seconds for task in tasks if task.action == "create-server")
    total = sum(task.seconds for task in tasks)
    return max(max(chains.values()), creates / DEFAULT_LIMITS.creates, total / parallelism)


def _compare(what: str, applied: Applied, parallelism: int) -> Row:
    chains = len({task.server_id for task in applied.tasks})
    return Row(
        what=what,
        measured=applied.seconds,
        unit="s",
        bound=find_least_s(applied.tasks, parallelism),
        target=TARGET,
        note=f"{len(applied.tasks)} tasks on {chains} servers, {_sum(applied)} requests",
    )


def _describe_polling(applied: Applied) -> Row:
    servers = len({task.server_id for task in applied.tasks})
    looks = applied.looks
    return Row(
        what=f"polling, {servers} waiting: requests per look",
        measured=max(looks.values()),
        unit="requests",
        note=f"at most; {len(looks)} looks, {sum(looks.values())} requests in"
        f" {applied.seconds:.0f} s",
    )
