"""A plan in the JSON of `terraform show -json`, so that tools made for Terraform read it.

A stack is a module, a server a `ccloud_server` whose attributes are the stack file's fields. The
document has Terraform's keys; everything beyond them stands under `x_ccloud`. A server that is not
compared is an update of which nothing is known, and the plan is not `complete`: no policy takes it
for a no-op. The values of attributes belong to `values.py`, the names to `names.py`.
"""

from typing import Any

from ccloud_apply import __version__
from ccloud_apply.model.documents.encode import (
    encode_account,
    encode_diagnostic,
    encode_ignored,
    encode_time,
    encode_timing,
)
from ccloud_apply.model.ownership import split_name as split_owner
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.plan.later import to_server
from ccloud_apply.render.plan.terraform.later import told_later
from ccloud_apply.render.plan.terraform.names import module_address, server_address, split_name
from ccloud_apply.render.plan.terraform.values import Side, Values, build_values

PROVIDER = "ccenter.internet1.de/centron/ccloud"
"""A name as Terraform gives to providers. Nothing downloads it."""

TERRAFORM_VERSION = "1.11.4"
"""The version that has this document. Readers refuse versions that they do not know."""

_TYPE = "ccloud_server"
_ACTIONS = {
    Action.CREATE: ["create"],
    Action.UPDATE: ["update"],
    Action.REPLACE: ["delete", "create"],
    Action.REINSTALL: ["delete", "create"],
    Action.RETIRE: ["update"],
    Action.RESTORE: ["update"],
    Action.DESTROY: ["delete"],
    Action.ADOPT: ["update"],
    Action.UNCHANGED: ["no-op"],
    Action.NOT_COMPARED: ["update"],
}


def render_plan_terraform(plan: Plan) -> str:
    """The plan as one line: some readers look only at the first line of a file."""
    planned = [_module(stack, "after") for stack in plan.stacks]
    prior = [_module(stack, "before") for stack in plan.stacks]
    versions = {"format_version": "1.0", "terraform_version": TERRAFORM_VERSION}
    document = {
        "format_version": "1.2",
        "terraform_version": TERRAFORM_VERSION,
        "variables": {},
        "planned_values": {"outputs": {}, "root_module": {"child_modules": planned}},
        # No state is recorded from which the account could have drifted.
        "resource_drift": [],
        "resource_changes": [
            _resource_change(stack, server) for stack in plan.stacks for server in stack.entries
        ],
        **_deferred(plan),
        "output_changes": {},
        "prior_state": {**versions, "values": {"root_module": {"child_modules": prior}}},
        "configuration": _configuration(plan),
        "applyable": plan.has_changes and not plan.held,
        "complete": not any(s.uncompared_servers() or s.deferred for s in plan.stacks),
        "errored": False,
        "x_ccloud": {
            "version": __version__,
            **encode_account(plan.account),
            **encode_time(plan.read_at),
            "held": [encode_diagnostic(diagnostic) for diagnostic in plan.held],
            **encode_timing(plan),
            **_unknown(plan),
            **_reversibility(plan),
            **_ignored(plan),
            **_not_compared(plan),
            **told_later(plan),
        },
    }
    return dump_json(document, indent=None) + "\n"


def _unknown(plan: Plan) -> dict[str, Any]:
    """The fields that could not be compared, by address: they stand in no `before` or `after`."""
    found = {
        server_address(stack.stack, server.key): list(server.unknown)
        for stack in plan.stacks
        for server in stack.entries
        if server.unknown
    }
    return {"unknown": found} if found else {}


def _reversibility(plan: Plan) -> dict[str, Any]:
    """How much an undo brings back of what happens to servers, by address."""
    found = {
        server_address(stack.stack, server.key): server.reversibility.value
        for stack in plan.stacks
        for server in stack.entries
        if server.reversibility is not None
    }
    return {"reversibility": found} if found else {}


def _ignored(plan: Plan) -> dict[str, Any]:
    """The changes that files leave alone until some day, or for a reason, with their addresses."""
    found = [
        {"address": server_address(stack.stack, one.key), **encode_ignored(one)}
        for stack in plan.stacks
        for one in stack.ignored
    ]
    return {"ignored": found} if found else {}


def _not_compared(plan: Plan) -> dict[str, Any]:
    """Why servers are not compared, by address: nothing is known of what would change."""
    found = {
        server_address(stack.stack, server.key): server.why
        for stack in plan.stacks
        for server in stack.uncompared_servers()
    }
    return {"not_compared": found} if found else {}


def _deferred(plan: Plan) -> dict[str, Any]:
    """What is put off, as Terraform tells it: none of its reasons is ours, which stands under
    `x_ccloud`."""
    found = [
        {"reason": "unknown", "resource_change": _resource_change(stack, to_server(deferred))}
        for stack in plan.stacks
        for deferred in stack.deferred
    ]
    return {"deferred_changes": found} if found else {}


def _identify(stack: StackPlan, server: ServerPlan) -> dict[str, Any]:
    name, index = split_name(server.key)
    identity: dict[str, Any] = {
        "address": server_address(stack.stack, server.key),
        "mode": "managed",
        "type": _TYPE,
        "name": name,
    }
    return identity if index is None else {**identity, "index": index}


def _resource_change(stack: StackPlan, server: ServerPlan) -> dict[str, Any]:
    document = _identify(stack, server)
    if server.moved_from is not None:
        name, key = split_owner(server.moved_from)
        document["previous_address"] = server_address(name or stack.stack, key)
    document["module_address"] = module_address(stack.stack)
    document |= {"provider_name": PROVIDER, "change": _change(server)}
    reason = _reason(server)
    return {**document, "action_reason": reason} if reason else document


def _change(server: ServerPlan) -> dict[str, Any]:
    before, after = build_values(server, "before"), build_values(server, "after")
    actions = _ACTIONS[server.action]
    if _is_replaced(server):
        actions = _ACTIONS[Action.REPLACE]
    elif server.action is Action.UNCHANGED and server.steps:
        actions = ["update"]
    change: dict[str, Any] = {
        "actions": actions,
        "before": None if before is None else before.known,
        "after": None if after is None else after.known,
        "after_unknown": {} if after is None else {**after.unknown, **_untold(server)},
        "before_sensitive": False if before is None else before.sensitive,
        "after_sensitive": False if after is None else after.sensitive,
    }
    forcing = (c for c in server.changes if c.forces_replace or c.is_destructive)
    paths = [change.field.split(".", 1) for change in forcing]
    if _is_replaced(server) and paths:
        change["replace_paths"] = paths
    if server.action is Action.ADOPT and server.hostname is not None:
        change["importing"] = {"id": server.hostname}
    return change


def _untold(server: ServerPlan) -> dict[str, Any]:
    """What a server that is not compared has in the fields that are not told."""
    return dict.fromkeys(server.unknown, True) if server.action is Action.NOT_COMPARED else {}


def _is_replaced(server: ServerPlan) -> bool:
    """True for a replacement, and for what Terraform has no word for: data goes, a server stays."""
    return server.action in (Action.REPLACE, Action.REINSTALL) or server.loses_data


def _reason(server: ServerPlan) -> str | None:
    if _is_replaced(server):
        return "replace_because_cannot_update"
    if server.action is Action.DESTROY and server.source is None:
        return "delete_because_no_resource_config"
    return None


def _module(stack: StackPlan, side: Side) -> dict[str, Any]:
    """The stack's servers before or after the changes."""
    resources = []
    for server in stack.entries:
        values = build_values(server, side)
        if values is not None:
            resources.append(_resource(stack, server, values))
    return {"address": module_address(stack.stack), "resources": resources}


def _resource(stack: StackPlan, server: ServerPlan, values: Values) -> dict[str, Any]:
    return {
        **_identify(stack, server),
        "provider_name": PROVIDER,
        "schema_version": 0,
        "values": values.known,
        "sensitive_values": values.sensitive,
    }


def _configuration(plan: Plan) -> dict[str, Any]:
    calls = {}
    for stack in plan.stacks:
        resources = [
            _configured(server)
            for server in stack.entries
            if server.action is not Action.DESTROY
            and not server.is_released
            and server.retires is None
        ]
        calls[stack.stack] = {"source": stack.path, "module": {"resources": resources}}
    return {
        "provider_config": {"ccloud": {"name": "ccloud", "full_name": PROVIDER}},
        "root_module": {"module_calls": calls},
    }


def _configured(server: ServerPlan) -> dict[str, Any]:
    name, _ = split_name(server.key)
    values = build_values(server, "after")
    known = {} if values is None else values.known
    return {
        "address": f"{_TYPE}.{name}",
        "mode": "managed",
        "type": _TYPE,
        "name": name,
        "provider_config_key": "ccloud",
        "expressions": {field: {"constant_value": value} for field, value in known.items()},
        "schema_version": 0,
    }
