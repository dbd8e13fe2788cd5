"""What must hold for servers that are retired before they are destroyed.

Each law reads the emulator's own records, its tasks and its log of requests. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.ownership import is_retired, read_ownership, read_retirement
from ccloud_apply.model.results.plan import Step
from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.http.request_log import RequestEntry
from ccloud_apply.sandbox.rules.tasks import IGNORED
from ccloud_apply.sandbox.state.record import ServerRecord, TaskRecord
from tests.simulator.laws import COLLEAGUE, hostname_of


@dataclass(slots=True)
class Retired:
    """What is known of the servers that are, or were, retired."""

    days: dict[str, date] = field(default_factory=dict)
    """The day of each, by hostname, as it was at the end of the run before."""
    ended: set[str] = field(default_factory=set)
    """The hostnames of those that were destroyed on their day."""

    def learn(self, servers: Iterable[ServerRecord]) -> None:
        """Note the marks as they are now."""
        self.days = {
            server["hostname"]: day
            for server in servers
            if (day := read_retirement(server["tags"])) is not None
        }


def find_early_ends(
    retired: Retired, approved: Sequence[Step], log: Iterable[RequestEntry]
) -> Iterator[str]:
    """Servers that were destroyed and neither replaced nor retired until that day.

    `log` are the requests since `retired` has learnt last.
    """
    ids = {step.id for step in approved}
    replaced = {
        hostname_of(step.path)
        for step in approved
        if step.operation_id == "delete_server" and f"{step.server}/create" in ids
    }
    for entry in log:
        is_ours = entry.origin == "client" and entry.acted
        if entry.operation != "delete_server" or not is_ours:
            continue
        hostname = hostname_of(entry.path)
        day = retired.days.get(hostname)
        if day is not None and day <= entry.at.date():
            retired.ended.add(hostname)
        elif hostname not in replaced:
            told = "was not retired" if day is None else f"was to wait until {day}"
            yield f"destroyed too early: {hostname} {told}"


def find_half_retired(stack: Stack, servers: Iterable[ServerRecord]) -> Iterator[str]:
    """Servers of the stack that are neither declared and without a day, nor off and dated."""
    declared = {spec.key: spec for spec in stack.servers}
    for server in servers:
        owner = read_ownership(server["tags"])
        if owner.stacks != {stack.name} or server["deleting"]:
            continue
        key, is_dated = "".join(owner.keys), is_retired(server["tags"])
        if key in declared and is_dated:
            yield f"{key} is declared, and retired all the same"
        if key not in declared and not (is_dated and server["state"] == "Off"):
            dated = "retired" if is_dated else "not retired"
            yield f"{key} is not declared, and is {server['state']} and {dated}"


def find_needless_power(
    tasks: Iterable[TaskRecord], mended_at: Sequence[datetime] = ()
) -> Iterator[str]:
    """Servers that we have shut down twice without a start in between, or started twice.

    A server that was reinstalled runs as well; what was accepted and not made counts for nothing.
    What happened before a person has brought servers back to life (`mended_at`) is no measure for
    what happens afterwards.
    """
    last: dict[int, TaskRecord] = {}
    for task in sorted(tasks, key=lambda task: task["id"]):
        if task["status"] != "done" or task["effect"].startswith(IGNORED):
            continue
        if task["action"] == "redeploy-server":
            last.pop(task["server_id"] or 0, None)
        if task["action"] not in ("start-server", "stop-server"):
            continue
        before = last.get(task["server_id"] or 0)
        is_ours = task["username"] != COLLEAGUE
        if before is not None and _has_between(before, task, mended_at):
            before = None
        if before is not None and before["action"] == task["action"] and is_ours:
            yield f"{task['action']} of {task['hostname']} by {before['id']} and {task['id']}"
        last[task["server_id"] or 0] = task


def _has_between(one: TaskRecord, other: TaskRecord, moments: Iterable[datetime]) -> bool:
    begin, end = from_wire(one["created_at"]), from_wire(other["created_at"])
    return any(begin <= moment <= end for moment in moments)
