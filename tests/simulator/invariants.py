"""What must hold whatever goes wrong, read from the emulator's own data, not from what is told."""

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from ccloud_apply.apply.journal.file import read_file
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.rules.tasks import IGNORED
from ccloud_apply.sandbox.state.record import ServerRecord, TaskRecord
from ccloud_apply.sandbox.state.store import Store
from tests.simulator.laws import (
    COLLEAGUE,
    Records,
    find_crowding,
    find_false_claims,
    find_losses,
    find_repeated_replaces,
    find_surplus,
    find_unsaid_reinstalls,
    hostname_of,
)
from tests.simulator.retire_laws import (
    find_early_ends,
    find_half_retired,
    find_needless_power,
)
from tests.simulator.schedule import CLIENT_SECRET, SECRETS, Schedule
from tests.simulator.truth import find_differences
from tests.simulator.world import STACK, World

_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Beginning:
    """The account before the first run."""

    strangers: frozenset[str]
    """Hostnames of servers that are not the stack's."""
    servers: Records

    @property
    def disks(self) -> Mapping[str, frozenset[str]]:
        """Disk ids by hostname."""
        return {
            s["hostname"]: frozenset(d["id"] for d in s["disks"]) for s in self.servers.values()
        }

    @classmethod
    def read(cls, store: Store) -> "Beginning":
        servers = {server["id"]: server for server in store.all_servers()}
        strangers = (s["hostname"] for s in servers.values() if not _is_ours(s))
        return cls(strangers=frozenset(strangers), servers=servers)


def check_after_run(world: World, schedule: Schedule, beginning: Beginning) -> None:
    """What holds at every moment."""
    _check_identities(world, world.store)
    _check_strangers(world, beginning)
    now = {server["id"]: server for server in world.store.all_servers()}
    tasks = list_tasks(world)
    for text in (
        *find_losses(world.records, now, world.planned, world.request_log),
        *find_unsaid_reinstalls(tasks, world.planned),
        *find_surplus(schedule.stack, list(now.values()), beginning.servers),
        *find_crowding(tasks, world.request_log),
    ):
        world.violate(text)
    if _retires(schedule):
        since = list(world.request_log)[world.checked_at :]
        for text in find_early_ends(world.retired, world.planned, since):
            world.violate(text)
    world.checked_at = len(world.request_log)
    world.retired.learn(now.values())
    world.records = now


def check_claim(world: World, stack: Stack, plan: Plan, *, since: datetime) -> None:
    """What holds after a run that has said that everything is as declared."""
    unknown = [
        f"{server.key}.{field}"
        for planned in plan.stacks
        for server in planned.servers
        for field in server.unknown
    ]
    servers = world.store.all_servers()
    for text in find_false_claims(stack, servers, world.request_log, since=since, unknown=unknown):
        world.violate(text)


def check_end(
    world: World, schedule: Schedule, beginning: Beginning, *, is_journal_kept: bool
) -> None:
    """What holds once everything is over."""
    store = world.store
    check_after_run(world, schedule, beginning)
    _check_tasks(world)
    for text in (
        *find_differences(schedule.last_stack, store.all_servers()),
        *_find_half_retired(schedule, store),
    ):
        world.violate(f"at the end {text}")
    _check_disks(world, schedule, store, beginning)
    _check_drives(world, schedule, store)
    _check_addresses(world, schedule, store)
    _check_secrets(world)
    if is_journal_kept:
        _check_repeats(world)
        for text in find_repeated_replaces(world.planned, world.request_log, world.retired.ended):
            world.violate(text)
        for text in find_needless_power(list_tasks(world), world.accepted_at):
            world.violate(text)
        _check_journal(world, schedule)
        _check_power(world, schedule, store)


def _find_half_retired(schedule: Schedule, store: Store) -> Iterator[str]:
    if _retires(schedule):
        yield from find_half_retired(schedule.last_stack, store.all_servers())


def _retires(schedule: Schedule) -> bool:
    return schedule.stack.policy.retire is not None


def _is_ours(server: ServerRecord) -> bool:
    return STACK in read_ownership(server["tags"]).stacks


def _check_identities(world: World, store: Store) -> None:
    by_key: dict[str, list[str]] = defaultdict(list)
    for server in store.all_servers():
        if _is_ours(server) and not server["deleting"]:
            for key in read_ownership(server["tags"]).keys:
                by_key[key].append(server["hostname"])
    for key, hostnames in by_key.items():
        if len(hostnames) > 1:
            world.violate(f"duplicate: {key} is {' and '.join(hostnames)}")


def _check_strangers(world: World, beginning: Beginning) -> None:
    for entry in world.request_log:
        is_ours = entry.origin != "other" and entry.acted
        if is_ours and hostname_of(entry.path) in beginning.strangers:
            world.violate(f"a stranger was touched: {entry.method} {entry.path}")


def _check_tasks(world: World) -> None:
    for task in list_tasks(world):
        if task["status"] == "processing":
            world.violate(f"task {task['id']} ({task['action']}) still runs at the end")


def _check_repeats(world: World) -> None:
    """Nothing that has succeeded is done again: no server is reinstalled twice, and none is resized
    to what it was resized to before. Without a journal nobody knows what a read does not show.

    What was accepted and not made may be done again once a person has asked for it, and where its
    answer was lost: nobody can tell it from what never arrived.
    """
    before: dict[tuple[int, str, str], TaskRecord] = {}
    for task in sorted(list_tasks(world), key=lambda task: task["id"]):
        if task["action"] not in ("redeploy-server", "resize-server"):
            continue
        payload = task["payload"]
        what = "redeploy" if task["action"] == "redeploy-server" else " ".join(sorted(payload))
        name = (task["server_id"] or 0, what, str(payload.get("id", "")))
        last = before.get(name)
        is_same = last is not None and last["status"] == "done" and last["payload"] == payload
        is_ours = task["username"] != COLLEAGUE
        if last is not None and is_same and is_ours and not _may_repeat(world, last, task):
            world.violate(
                f"done twice: {what} of {task['hostname']} by {last['id']} and {task['id']}"
            )
        before[name] = task


def _may_repeat(world: World, last: TaskRecord, task: TaskRecord) -> bool:
    begun, again = from_wire(last["created_at"]), from_wire(task["created_at"])
    is_lost = last["id"] not in world.known_tasks
    keys = {s.server for s in world.planned if hostname_of(s.path) == task["hostname"]}
    asked_at = [*world.accepted_at, *(at for at, absent in world.absent_at if absent & keys)]
    is_asked_for = is_lost or any(begun <= asked <= again for asked in asked_at)
    return last["effect"].startswith(IGNORED) and is_asked_for


def _check_disks(world: World, schedule: Schedule, store: Store, beginning: Beginning) -> None:
    """Every declared disk is there once, and none was made only to be removed again."""
    wanted = {
        spec.key: sorted(disk.size_gb for disk in spec.value("disks"))
        for spec in schedule.last_stack.servers
    }
    for server in store.all_servers():
        for key in read_ownership(server["tags"]).keys if _is_ours(server) else ():
            sizes = sorted(disk["size_gb"] for disk in server["disks"])
            if key in wanted and sizes != wanted[key]:
                world.violate(f"disks of {key}: {sizes}, not {wanted[key]}")
    for task in list_tasks(world):
        if task["action"] != "delete-disk-server" or task["status"] != "done":
            continue
        if task["payload"]["id"] not in beginning.disks.get(task["hostname"] or "", ()):
            world.violate(f"a disk of {task['hostname']} was made and removed again")


def _check_drives(world: World, schedule: Schedule, store: Store) -> None:
    """Every declared image is in one drive, and the declared device is tried first."""
    specs = {spec.key: spec for spec in schedule.last_stack.servers}
    for server in store.all_servers():
        for key in read_ownership(server["tags"]).keys if _is_ours(server) else ():
            if key not in specs or not specs[key].declares("dvds"):
                continue
            wanted = sorted(specs[key].value("dvds"))
            mounted = sorted(drive["name"] for drive in server["dvds"])
            if mounted != wanted:
                world.violate(f"images of {key}: {mounted}, not {wanted}")
            drives = {drive["id"] for drive in server["dvds"]}
            if specs[key].declares("boot_order") and server["boot_order"][0] not in drives:
                world.violate(f"{key} boots {server['boot_order']}")


def _check_addresses(world: World, schedule: Schedule, store: Store) -> None:
    """As many addresses as are declared, and none that nobody asked for: none can be removed."""
    specs = {spec.key: spec for spec in schedule.last_stack.servers}
    for server in store.all_servers():
        for key in read_ownership(server["tags"]).keys if _is_ours(server) else ():
            if key in schedule.absent:
                continue
            wanted = specs[key].value("ips", {}) if key in specs else {}
            for adapter in server["adapters"]:
                ips = [str(address["ip"]) for address in adapter["ip_addresses"]]
                has = {"ipv6": sum(":" in ip for ip in ips), "ipv4": sum("." in ip for ip in ips)}
                if any(has[family] != max(1, wanted.get(family, 1)) for family in has):
                    world.violate(f"addresses of {key}: {ips}, not {wanted}")


def _check_power(world: World, schedule: Schedule, store: Store) -> None:
    """A server that was switched off for a resize runs again, unless somebody else meddled, and
    none is switched on or off twice."""
    declared = {spec.key for spec in schedule.last_stack.servers}
    others = {hostname_of(e.path) for e in world.request_log if e.origin == "other"}
    failed = {
        task["hostname"]
        for task in list_tasks(world)
        if task["action"] == "create-server" and task["status"] == "failed"
    }
    for server in store.all_servers():
        hostname = server["hostname"]
        if _retires(schedule) and not read_ownership(server["tags"]).keys & declared:
            continue
        if _is_ours(server) and server["state"] != "Running" and hostname not in others | failed:
            world.violate(f"{hostname} is {server['state']}")


def _check_journal(world: World, schedule: Schedule) -> None:
    """Nothing is open, but a reinstallation that did not take of a server that has left the file:
    should it come back, that must not be done again."""
    if not world.journal.exists():
        return
    contents = read_file(world.journal)
    left = [e for e in contents.entries.values() if e.is_open]
    for entry in left:
        intent = entry.intent
        if intent.operation_id == "redeploy_server" and intent.server in schedule.absent:
            continue
        world.violate(f"open in the journal: {entry.intent.step} task {entry.task_id}")


def _check_secrets(world: World) -> None:
    text = "\n".join([*world.outputs, *world.log])
    secrets = {*SECRETS.values(), CLIENT_SECRET, *world.tokens}
    for secret in secrets:
        for form in (
            secret,
            quote(secret),
            json.dumps(secret)[1:-1],
            base64.b64encode(secret.encode()).decode(),
        ):
            if form in text:
                world.violate(f"a secret is shown: {secret[:10]}...")


def list_tasks(world: World) -> list[TaskRecord]:
    """Every task that the platform has begun."""
    store: Store = world.app.state.sandbox.store
    return store.list_tasks(limit=_LIMIT, offset=0)
