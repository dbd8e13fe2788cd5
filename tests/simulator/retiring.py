"""Servers that leave the file for a while: what is drawn of them, and the laws of their waiting.

Nothing is destroyed before its day, nothing is off that nobody has dated, and wherever a run was
cut off, in the end each server is running and declared, or off and dated. Pure.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.ownership import is_retired, read_ownership, read_retirement, retire_tag
from ccloud_apply.sandbox.state.record import ServerRecord

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Wait:
    """How many days servers of a stack wait that leave its file; None: they do not."""

    days: int | None = None


def leave_out(stack: Stack, gone: frozenset[str]) -> Stack:
    """The file without these servers."""
    return replace(
        stack,
        servers=tuple(
            replace(one, depends_on=tuple(key for key in one.depends_on if key not in gone))
            for one in stack.servers
            if one.key not in gone
        ),
    )


def draw_wait(chance: random.Random) -> Wait:
    """In a third of the worlds servers wait."""
    return Wait(chance.choice((1, 2, 5)) if chance.random() < 0.35 else None)


def draw_gone(chance: random.Random, keys: Sequence[str]) -> frozenset[str]:
    """Servers that the file lacks in one run; never all of them."""
    if len(keys) < 2 or chance.random() < 0.3:
        return frozenset()
    return frozenset(chance.sample(list(keys), chance.randint(1, len(keys) - 1)))


def draw_pause(chance: random.Random) -> float:
    """Seconds until the next run: now and then days."""
    return chance.choice((0.0, 0.0, 30.0, 0.5 * DAY_S, DAY_S, 3 * DAY_S))


def draw_retired(
    chance: random.Random, orders: Sequence[Mapping[str, Any]], stack: str, today: date
) -> tuple[list[Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
    """The orders with days on some of the stack's servers, and what else those are found with: a
    server that is dated is off, unless the run that dated it was cut off."""
    drawn: list[Mapping[str, Any]] = []
    found: dict[str, Mapping[str, Any]] = {}
    for order in orders:
        is_ours = f"stack:{stack}" in order["tags"]
        if not is_ours or chance.random() < 0.6:
            drawn.append(order)
            continue
        day = retire_tag(today + timedelta(days=chance.choice((-1, 0, 1, 4))))
        drawn.append({**order, "tags": [*order["tags"], day]})
        if chance.random() < 0.7:
            found[order["custom_name"]] = {"state": "Off"}
    return drawn, found


def find_breaches(
    server: ServerRecord, request: str, today: date, *, stack: Stack, wait: Wait
) -> Iterator[str]:
    """What a request may not do that is about to reach this server: `request` is its method and the
    last part of its path; `stack` is the file of the run that sends it."""
    owner = read_ownership(server["tags"])
    if stack.name not in owner.stacks:
        return
    is_declared = bool(owner.keys & {spec.key for spec in stack.servers})
    hostname, day = server["hostname"], read_retirement(server["tags"])
    if request == f"DELETE {hostname}" and not is_declared:
        if is_retired(server["tags"]) and (day is None or day > today):
            yield f"destroyed before its day: {hostname}, {day}"
        if not is_retired(server["tags"]) and wait.days is not None:
            yield f"destroyed without a wait: {hostname}"
    if request.endswith(" shutdown") and not is_declared and day is None:
        yield f"shut down and not dated: {hostname}"


def find_unended(
    stack: Stack, servers: Sequence[ServerRecord], today: date
) -> Iterator[tuple[str, str]]:
    """Hostname and words of each server that is neither declared and without a mark nor off and
    dated."""
    keys = {spec.key for spec in stack.servers}
    for server in servers:
        owner = read_ownership(server["tags"])
        if owner.stacks != {stack.name} or server["deleting"] or server["building"]:
            continue
        hostname, day = server["hostname"], read_retirement(server["tags"])
        if owner.keys & keys:
            if is_retired(server["tags"]):
                yield hostname, f"{hostname} is declared and retired"
        elif server["state"] != "Off" or day is None or day <= today:
            yield hostname, f"{hostname} is given up, {server['state']}, and goes {day}"


def find_needless(
    server: ServerRecord, request: str, tasks: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """A shutdown of a retired server that is off or about to be, and a start of one that runs or
    will. A start that closes the shutdown of a resize follows that, whatever the platform did."""
    if not is_retired(server["tags"]):
        return
    for turn, state in (("shutdown", "Off"), ("start", "Running")):
        action = TURN_ACTIONS[turn]
        is_due = any(
            task["server_id"] == server["id"]
            and task["action"] == action
            and task["status"] == "processing"
            for task in tasks
        )
        if request == f"POST {turn}" and (server["state"] == state or is_due):
            yield f"{turn} of {server['hostname']}, which is {server['state']}"


TURN_ACTIONS = {"shutdown": "stop-server", "start": "start-server"}
