"""Another client of the same account: a person in the vendor's panel, or another program.

It acts through the operations' handlers, so it can do no more than any client. The hypervisor alone
can bring a server into a state that no client can ask for. When they act is decided by `faults/`.
"""

import json
import random
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from ccloud_apply.sandbox.faults.task_outcome import TaskOutcome
from ccloud_apply.sandbox.handlers import HANDLERS
from ccloud_apply.sandbox.http.call import Call, Sandbox
from ccloud_apply.sandbox.http.document import read_document
from ccloud_apply.sandbox.http.errors import Invalid, Refusal
from ccloud_apply.sandbox.http.request_log import RequestEntry, digest_body
from ccloud_apply.sandbox.rules.tasks import settle
from ccloud_apply.sandbox.state.record import ServerRecord

USERNAME = "colleague@example.com"


async def act_as_other_client(
    sandbox: Sandbox, action: str, settings: Mapping[str, Any], seed: str
) -> str | None:
    """Performs an action on one server. Returns its hostname, or None if that was not possible.

    `settings` are those of the fault `other_actor`. `seed` draws the server from those that match
    and are neither being built nor deleted. A request that the platform refuses changes nothing.
    """
    settle(sandbox)
    wanted = settings.get("server", "*")
    fitting = [server for server in sandbox.store.all_servers() if _fits(server, wanted)]
    if not fitting:
        return None
    server = random.Random(seed).choice(fitting)  # noqa: S311 (a draw, no secret)
    is_done = False
    for operation_id, path, body in _requests(action, server, settings):
        is_done = await _send(sandbox, operation_id, path, body) or is_done
    return server["hostname"] if is_done else None


def set_states(sandbox: Sandbox, state: str, wanted: str) -> None:
    """What a hypervisor does by itself: the servers that fit are in this state from now on."""
    settle(sandbox)
    with sandbox.store.transaction(write=True):
        for server in sandbox.store.all_servers():
            if _fits(server, wanted):
                server["state"] = state
                sandbox.store.write_server(server)


def _fits(server: ServerRecord, wanted: str) -> bool:
    if server["building"] or server["deleting"]:
        return False
    names = (server["hostname"], server["custom_name"] or "")
    return any(fnmatchcase(name, wanted) for name in names)


def _requests(
    action: str, server: ServerRecord, settings: Mapping[str, Any]
) -> list[tuple[str, dict[str, str], Any]]:
    """The requests of an action: operationId, path parameters, body."""
    path = {"hostname": server["hostname"]}
    tags = server["tags"]
    match action:
        case "set_notes":
            return [("set_server_notes", path, {"notes": settings["notes"]})]
        case "add_tag":
            return [("set_server_tags", path, {"tags": [*tags, settings["tag"]]})]
        case "remove_tag":
            kept = [tag for tag in tags if not fnmatchcase(tag, settings["tag"])]
            return [("set_server_tags", path, {"tags": kept})] if kept != tags else []
        case "resize":
            return [
                (f"resize_server_{name}", path, {name: settings[name]})
                for name in ("cores", "memory")
                if name in settings
            ]
        case "delete":
            return [("delete_server", path, path)]
        case "shutdown" | "start":
            return [("change_server_state", {**path, "action": action}, None)]
        case "create_twin":
            return [("create_server", {}, _order_twin(server))]
    raise ValueError(f"nobody knows how to {action}")


def _order_twin(server: ServerRecord) -> dict[str, Any]:
    order: dict[str, Any] = {
        name: value
        for name, value in server.items()
        if name in ("pool", "type", "image", "cores", "memory", "tags", "custom_name")
    }
    return {**order, "disks": [disk["size_gb"] for disk in server["disks"]]}


async def _send(sandbox: Sandbox, operation_id: str, path: dict[str, str], body: Any) -> bool:
    endpoint = read_document().endpoints[operation_id]
    now, task_outcome = sandbox.clock.now(), TaskOutcome()
    entry = RequestEntry(
        at=now,
        operation=operation_id,
        method=endpoint.method,
        path=endpoint.path.format(**path),
        body_digest=digest_body(json.dumps(body).encode() if body is not None else b""),
        origin="other",
        status=endpoint.status,
    )
    sandbox.request_log.append(entry)
    call = Call(
        sandbox=sandbox,
        operation_id=operation_id,
        path=path,
        query={},
        body=body,
        username=USERNAME,
        now=now,
        base_url="",
        task_outcome=task_outcome,
    )
    try:
        with sandbox.store.transaction(write=True):
            await HANDLERS[operation_id](call)
    except Invalid:
        entry.status = 422
        return False
    except Refusal as refusal:
        entry.status = refusal.status
        return False
    entry.acted, entry.task_ids = True, tuple(task_outcome.started)
    return True
