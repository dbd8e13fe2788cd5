"""What a run may not do to data, to what is not ours, and to an account that it only adds to.

Each law reads the emulator's own records and its log of requests, and what the approved plans said.
Pure: the caller collects what is broken.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import unquote

from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.plan import Step
from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.http.request_log import RequestEntry
from ccloud_apply.sandbox.state.record import ServerRecord, TaskRecord
from tests.simulator.truth import find_differences, owned_by

MOST_CREATES = 10
COLLEAGUE = "colleague@example.com"


Records = Mapping[int, ServerRecord]


def hostname_of(path: str) -> str:
    """The server that a path is about; empty if it is about none."""
    _, _, rest = path.partition("/servers/")
    return unquote(rest.split("/")[0])


def find_losses(
    before: Records, after: Records, approved: Sequence[Step], log: Iterable[RequestEntry]
) -> Iterator[str]:
    """Servers, disks and snapshots that are gone although no approved plan called that destroyed.

    A server that was still being built goes with its build, or keeps a part of its disks; what
    others delete is theirs.
    """
    said = _said(approved)
    others = {e.path for e in log if e.origin == "other" and e.method == "DELETE"}
    for number, server in before.items():
        hostname, now = server["hostname"], after.get(number)
        if server["building"]:
            continue
        if now is None:
            is_others = f"/ccloud/servers/{hostname}" in others
            if not is_others and ("server", hostname) not in said:
                yield f"destroyed without a plan: {hostname}"
            continue
        is_renewed = ("system", hostname) in said
        for kind, gone in (
            ("disk", {d["id"] for d in server["disks"]} - {d["id"] for d in now["disks"]}),
            ("snapshot", {s["id"] for s in server["snapshots"]} - _ids(now)),
        ):
            for part in sorted(gone):
                is_said = (kind, f"{hostname}/{part}") in said
                if not is_said and not (kind == "snapshot" and is_renewed):
                    yield f"{kind} {part} of {hostname} destroyed without a plan"


def _sizes(server: ServerRecord | None) -> list[int]:
    return [disk["size_gb"] for disk in server["disks"]] if server else []


def _ids(server: ServerRecord) -> set[str]:
    return {snapshot["id"] for snapshot in server["snapshots"]}


def _said(approved: Iterable[Step]) -> set[tuple[str, str]]:
    """What the plans called destroyed. A snapshot that goes loses a way back, and no data."""
    return {
        _name_of(step)
        for step in approved
        if step.is_destructive or step.operation_id == "delete_server_snapshot"
    }


def _name_of(step: Step) -> tuple[str, str]:
    """What a destructive step destroys."""
    hostname, last = hostname_of(step.path), unquote(step.path.rsplit("/", 1)[1])
    kinds = {"delete_server_disk": "disk", "delete_server_snapshot": "snapshot"}
    if step.operation_id in kinds:
        return kinds[step.operation_id], f"{hostname}/{last}"
    return ("system" if step.operation_id == "redeploy_server" else "server"), hostname


def find_unsaid_reinstalls(tasks: Iterable[TaskRecord], approved: Sequence[Step]) -> Iterator[str]:
    """Systems that were made anew although no approved plan said so."""
    said = _said(approved)
    for task in tasks:
        is_reinstall = task["action"] == "redeploy-server" and task["username"] != COLLEAGUE
        if is_reinstall and ("system", task["hostname"]) not in said:
            yield f"reinstalled without a plan: {task['hostname']}"


def find_repeated_replaces(
    approved: Iterable[Step], log: Iterable[RequestEntry], ended: Iterable[str] = ()
) -> Iterator[str]:
    """Servers that were destroyed for one key, of which there should be one at most; `ended` are
    those that were retired and whose day had come."""
    ended = frozenset(ended)
    keys = {s.path: s.server for s in approved if s.operation_id == "delete_server"}
    gone: dict[str, set[str]] = defaultdict(set)
    for entry in log:
        if entry.operation == "delete_server" and entry.origin != "other" and entry.acted:
            gone[keys.get(entry.path, "")] |= {hostname_of(entry.path)} - ended
    for key, hostnames in gone.items():
        if len(hostnames) > 1:
            yield f"replaced twice: {key} was {' and '.join(sorted(hostnames))}"


def find_surplus(stack: Stack, servers: list[ServerRecord], first: Records) -> Iterator[str]:
    """More disks of one size, or snapshots of one name, than were declared or there before."""
    for spec in stack.servers:
        for server in owned_by(stack.name, spec.key, servers):
            known = first.get(server["id"])
            if spec.declares("disks"):
                may: Counter[int] = Counter(disk.size_gb for disk in spec.value("disks"))
                may |= Counter(_sizes(known))
                if surplus := Counter(_sizes(server)) - may:
                    yield f"disks added twice to {spec.key}: {sorted(surplus.elements())} GB"
            names = Counter(taken["name"] for taken in server["snapshots"])
            for name in spec.value("snapshots", {}):
                if names[name] > 1:
                    yield f"snapshot {name} of {spec.key} taken {names[name]} times"


def find_crowding(tasks: Sequence[TaskRecord], log: Iterable[RequestEntry]) -> Iterator[str]:
    """Creates of ours that were sent while ten were under way, whoever had started those."""
    for entry in log:
        if entry.operation != "create_server" or entry.origin != "client" or not entry.acted:
            continue
        running = [
            task
            for task in tasks
            if task["action"] == "create-server"
            and task["id"] not in entry.task_ids
            and from_wire(task["created_at"]) <= entry.at < _end_of(task)
        ]
        if len(running) >= MOST_CREATES:
            yield f"{len(running)} creates were under way when another one was sent"


def _end_of(task: TaskRecord) -> datetime:
    return datetime.max.replace(tzinfo=UTC) if task["due"] is None else from_wire(task["due"])


def find_false_claims(
    stack: Stack,
    servers: list[ServerRecord],
    log: Iterable[RequestEntry],
    *,
    since: datetime,
    unknown: Iterable[str] = (),
) -> Iterator[str]:
    """Differences at the platform after a run that has said "matches".

    Servers that others, or requests of long ago, have changed `since` then are left out: no read
    could tell. `unknown` are fields that the plan has called unknown, as `KEY.FIELD`.
    """
    besides = {
        hostname_of(entry.path)
        for entry in log
        if entry.origin != "client" and entry.acted and entry.at >= since
    }
    for text in find_differences(stack, servers, besides=besides, unknown=frozenset(unknown)):
        yield f"said to match, but {text}"


def find_writes(log: Iterable[RequestEntry]) -> list[str]:
    """The changes among these requests that a client of ours has made."""
    return [f"{e.method} {e.path}" for e in log if e.origin == "client" and e.acted]
