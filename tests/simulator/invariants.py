"""What must hold whatever goes wrong, read from the emulator's own data, not from what is told."""

import base64
import json
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import quote, unquote

from ccloud_apply.apply.journal.file import read_file
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.sandbox.state.record import ServerRecord, TaskRecord
from ccloud_apply.sandbox.state.store import Store
from tests.simulator.schedule import CLIENT_SECRET, SECRETS, Schedule
from tests.simulator.world import STACK, World

_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Beginning:
    """The account before the first run."""

    strangers: frozenset[str]
    """Hostnames of servers that are not the stack's."""
    disks: dict[str, frozenset[str]]
    """Disk ids by hostname."""
    states: dict[str, str]

    @classmethod
    def read(cls, store: Store) -> "Beginning":
        servers = store.all_servers()
        return cls(
            strangers=frozenset(server["hostname"] for server in servers if not _is_ours(server)),
            disks={s["hostname"]: frozenset(d["id"] for d in s["disks"]) for s in servers},
            states={s["hostname"]: s["state"] for s in servers},
        )


def check_after_run(world: World, beginning: Beginning) -> None:
    """What holds at every moment."""
    store: Store = world.app.state.sandbox.store
    _check_identities(world, store)
    _check_requests(world, beginning)


def check_end(
    world: World, schedule: Schedule, beginning: Beginning, *, is_journal_kept: bool
) -> None:
    """What holds once everything is over."""
    store: Store = world.app.state.sandbox.store
    check_after_run(world, beginning)
    _check_tasks(world)
    _check_disks(world, schedule, store, beginning)
    _check_drives(world, schedule, store)
    _check_addresses(world, schedule, store)
    _check_secrets(world)
    if is_journal_kept:
        _check_repeats(world)
        _check_journal(world)
        _check_power(world, store)


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
            _add(world, f"duplicate: {key} is {' and '.join(hostnames)}")


def _check_requests(world: World, beginning: Beginning) -> None:
    doomed = {
        unquote(step.path.rsplit("/", 1)[1])
        for step in world.planned
        if step.operation_id == "delete_server"
    }
    for entry in world.app.state.sandbox.request_log:
        if entry.origin == "other" or not entry.acted or "/servers/" not in entry.path:
            continue
        hostname = unquote(entry.path.split("/servers/")[1].split("/")[0])
        if hostname in beginning.strangers:
            _add(world, f"a stranger was touched: {entry.method} {entry.path}")
        if entry.operation == "delete_server" and hostname not in doomed:
            _add(world, f"destroyed without a plan: {hostname}")


def _check_tasks(world: World) -> None:
    for task in list_tasks(world):
        if task["status"] == "processing":
            _add(world, f"task {task['id']} ({task['action']}) still runs at the end")


def _check_repeats(world: World) -> None:
    """Nothing that has succeeded is done again: no server is reinstalled twice, and none is resized
    to what it was resized to before. Without a journal nobody knows what a read does not show."""
    before: dict[tuple[int, str, str], TaskRecord] = {}
    for task in sorted(list_tasks(world), key=lambda task: task["id"]):
        if task["action"] not in ("redeploy-server", "resize-server"):
            continue
        payload = task["payload"]
        what = "redeploy" if task["action"] == "redeploy-server" else " ".join(sorted(payload))
        name = (task["server_id"] or 0, what, str(payload.get("id", "")))
        last = before.get(name)
        if last is not None and last["status"] == "done" and last["payload"] == payload:
            _add(
                world, f"done twice: {what} of {task['hostname']} by {last['id']} and {task['id']}"
            )
        before[name] = task


def _check_disks(world: World, schedule: Schedule, store: Store, beginning: Beginning) -> None:
    """Every declared disk is there once, and none was made only to be removed again."""
    wanted = {
        spec.key: sorted(disk.size_gb for disk in spec.value("disks"))
        for spec in schedule.stack.servers
    }
    for server in store.all_servers():
        for key in read_ownership(server["tags"]).keys if _is_ours(server) else ():
            sizes = sorted(disk["size_gb"] for disk in server["disks"])
            if key in wanted and sizes != wanted[key]:
                _add(world, f"disks of {key}: {sizes}, not {wanted[key]}")
    for task in list_tasks(world):
        if task["action"] != "delete-disk-server" or task["status"] != "done":
            continue
        if task["payload"]["id"] not in beginning.disks.get(task["hostname"] or "", ()):
            _add(world, f"a disk of {task['hostname']} was made and removed again")


def _check_drives(world: World, schedule: Schedule, store: Store) -> None:
    """Every declared image is in one drive, and the declared device is tried first."""
    specs = {spec.key: spec for spec in schedule.stack.servers}
    for server in store.all_servers():
        for key in read_ownership(server["tags"]).keys if _is_ours(server) else ():
            if key not in specs or not specs[key].declares("dvds"):
                continue
            wanted = sorted(specs[key].value("dvds"))
            mounted = sorted(drive["name"] for drive in server["dvds"])
            if mounted != wanted:
                _add(world, f"images of {key}: {mounted}, not {wanted}")
            drives = {drive["id"] for drive in server["dvds"]}
            if specs[key].declares("boot_order") and server["boot_order"][0] not in drives:
                _add(world, f"{key} boots {server['boot_order']}")


def _check_addresses(world: World, schedule: Schedule, store: Store) -> None:
    """As many addresses as are declared, and none that nobody asked for: none can be removed."""
    specs = {spec.key: spec for spec in schedule.stack.servers}
    for server in store.all_servers():
        for key in read_ownership(server["tags"]).keys if _is_ours(server) else ():
            wanted = specs[key].value("ips", {}) if key in specs else {}
            for adapter in server["adapters"]:
                ips = [str(address["ip"]) for address in adapter["ip_addresses"]]
                has = {"ipv6": sum(":" in ip for ip in ips), "ipv4": sum("." in ip for ip in ips)}
                if any(has[family] != max(1, wanted.get(family, 1)) for family in has):
                    _add(world, f"addresses of {key}: {ips}, not {wanted}")


def _check_power(world: World, store: Store) -> None:
    """A server that was switched off for a resize runs again, unless somebody else meddled."""
    others = {
        unquote(entry.path.split("/servers/")[1].split("/")[0])
        for entry in world.app.state.sandbox.request_log
        if entry.origin == "other" and "/servers/" in entry.path
    }
    failed = {
        task["hostname"]
        for task in list_tasks(world)
        if task["action"] == "create-server" and task["status"] == "failed"
    }
    for server in store.all_servers():
        hostname = server["hostname"]
        if _is_ours(server) and server["state"] != "Running" and hostname not in others | failed:
            _add(world, f"{hostname} is {server['state']}")


def _check_journal(world: World) -> None:
    if not world.journal.exists():
        return
    contents = read_file(world.journal)
    left = [e for e in contents.entries.values() if e.is_open]
    for entry in left:
        _add(world, f"open in the journal: {entry.intent.step} task {entry.task_id}")


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
                _add(world, f"a secret is shown: {secret[:10]}...")


def list_tasks(world: World) -> list[TaskRecord]:
    """Every task that the platform has begun."""
    store: Store = world.app.state.sandbox.store
    return store.list_tasks(limit=_LIMIT, offset=0)


def _add(world: World, text: str) -> None:
    if text not in world.violations:
        world.violations.append(text)
