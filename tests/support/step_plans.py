"""Plans for the executor, with good defaults: a step's id is `<server>/<what>`."""

from typing import Any

from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan, Step
from ccloud_apply.operations import OPERATIONS, operation_path

_OPERATIONS = {
    "memory": "resize_server_memory",
    "cores": "resize_server_cores",
    "notes": "set_server_notes",
    "tags": "set_server_tags",
    "create": "create_server",
    "delete": "delete_server",
    "shutdown": "change_server_state",
    "start": "change_server_state",
    "snapshot": "create_server_snapshot",
    "disk": "add_server_disk",
}


def step(
    id: str,
    *,
    needs: tuple[str, ...] = (),
    closes: str | None = None,
    body: Any = None,
    path: str | None = None,
    hostname: str | None = None,
    causes_downtime: bool = False,
) -> Step:
    server, what = id.split("/")
    operation = OPERATIONS[_OPERATIONS[what]]
    parameters = {"action": what} if "{action}" in operation.path else {}
    if "{hostname}" in operation.path and hostname != "":
        parameters["hostname"] = hostname or f"vs-{server}"
    return Step(
        id=id,
        server=server,
        operation=operation.label,
        operation_id=operation.id,
        method=operation.method,
        path=path or operation_path(operation.id, **parameters),
        body=body,
        needs=needs,
        closes=closes,
        causes_downtime=causes_downtime,
    )


def plan(*steps: Step, stack: str = "web", hostnames: dict[str, str] | None = None) -> Plan:
    names = hostnames or {}
    ids: dict[str, list[str]] = {}
    for one in steps:
        ids.setdefault(one.server, []).append(one.id)
    servers = tuple(
        ServerPlan(key=key, hostname=names.get(key), action=Action.UPDATE, steps=tuple(of_server))
        for key, of_server in ids.items()
    )
    return Plan(stacks=(StackPlan(stack=stack, path="web.yaml", servers=servers, steps=steps),))
