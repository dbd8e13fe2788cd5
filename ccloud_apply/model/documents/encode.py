"""Plans and diagnostics as the JSON documents of the contract.

`decode_plan` undoes `encode_plan`; sensitive values have none to bring back, and sequences come
back as lists. Two plans are compared by what they encode to. What a document looks like as text,
and reading or writing files, do not belong here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.documents.document import FORMAT_VERSION, LITERAL, REFERENCE
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import (
    Deferred,
    FieldChange,
    Plan,
    PlanAccount,
    Reversibility,
    ServerPlan,
    StackPlan,
    Step,
)
from ccloud_apply.model.results.timing import sum_downtime

_PLAIN = (str, int, bool, type(None), float)
_SENSITIVE = {"sensitive": True}


def encode_value(value: Any) -> Any:
    """A JSON-like value as JSON; references become `{"$reference": {...}}`, never contents.

    Raises TypeError for a value that a plan cannot hold.
    """
    if type(value) in _PLAIN:  # most of them
        return value
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Reference():
            fields = {"kind": value.kind, "name": value.name, "base": value.base}
            return {REFERENCE: {**fields, "is_secret": value.is_secret}}
        case Template():
            secrets = {name: encode_value(secret) for name, secret in value.secrets}
            fields = {"kind": "template", "name": value.name, "base": value.base}
            return {REFERENCE: {**fields, "is_secret": False, "secrets": secrets}}
        case Mapping():
            encoded = {str(name): encode_value(item) for name, item in value.items()}
            # A user's own mapping that looks like one of ours must not be taken for it.
            is_ours = REFERENCE in encoded or LITERAL in encoded
            return {LITERAL: encoded} if is_ours else encoded
        case list() | tuple():
            return [encode_value(item) for item in value]
        case Decimal():
            return str(value)
    raise TypeError(f"a plan cannot hold a {type(value).__name__}")


def encode_source(source: SourceRange | None) -> dict[str, Any]:
    """A place in a file; null in each part where there is none."""
    if source is None:
        return {"path": None, "line": None, "column": None}
    place: dict[str, Any] = {"path": source.path, "line": source.line, "column": source.column}
    return {**place, "end_line": source.end_line, "end_column": source.end_column}


def encode_diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic with the keys of the contract; its place is null where it has none."""
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        **encode_source(diagnostic.source),
        "where": diagnostic.where,
        "what": diagnostic.what,
        "hint": diagnostic.hint,
    }


def encode_change(change: FieldChange) -> dict[str, Any]:
    """A change of a field; a sensitive value is `{"sensitive": true}`."""
    document: dict[str, Any] = {"field": change.field}
    if change.is_sensitive:
        before = None if change.before is None else _SENSITIVE
        document |= {"before": before, "after": _SENSITIVE, "sensitive": True}
    else:
        document |= {"before": encode_value(change.before), "after": encode_value(change.after)}
    if change.forces_replace:
        document["forces_replace"] = True
    if change.is_destructive:
        document["destructive"] = True
    if change.note:
        document["note"] = change.note
    return document | encode_undo(change.reversibility, change.undo)


def encode_undo(reversibility: Reversibility | None, undo: str) -> dict[str, Any]:
    """How much an undo brings back, and what not, under their keys; nothing where nobody judged."""
    if reversibility is None:
        return {}
    return {"reversibility": reversibility.value, **({"undo": undo} if undo else {})}


def encode_addresses(addresses: Addresses | None) -> dict[str, Any]:
    """A server's addresses under their two keys; null where they are not told."""
    if addresses is None:
        return {"ipv4": None, "ipv6": None}
    return {"ipv4": list(addresses.ipv4), "ipv6": list(addresses.ipv6)}


def encode_task(task: Task) -> dict[str, Any]:
    """A task as far as it says who did what, and when."""
    return {
        "id": task.id,
        "action": task.action,
        "username": task.username,
        "created_at": task.created_at,
        "status": task.status,
    }


def _encode_server(server: ServerPlan) -> dict[str, Any]:
    document: dict[str, Any] = {
        "key": server.key,
        "hostname": server.hostname,
        **encode_addresses(server.addresses),
        "action": server.action.value,
        "changes": [encode_change(change) for change in server.changes],
        "steps": list(server.steps),
        "downtime": server.has_downtime,
        "warnings": list(server.warnings),
    }
    return document | _encode_told(server)


def _encode_told(server: ServerPlan) -> dict[str, Any]:
    """What only some servers have to say."""
    reversibility, retires, source = server.reversibility, server.retires, server.source
    told: dict[str, tuple[bool, Any]] = {
        "downtime_seconds": (server.has_downtime, server.downtime_s),
        "retires": (retires is not None, None if retires is None else retires.isoformat()),
        "reversibility": (reversibility is not None, reversibility),
        "undo": (bool(server.undo), server.undo),
        "instance": (server.instance is not None, server.instance),
        "moved_from": (server.moved_from is not None, server.moved_from),
        "released": (server.is_released, True),
        "busy": (server.is_busy, True),
        "unchanged": (bool(server.unchanged), server.unchanged),
        "unknown": (bool(server.unknown), server.unknown),
        "goes": (bool(server.goes), {fact.field: fact.before for fact in server.goes}),
        "live": (bool(server.live), server.live),
        "why": (bool(server.why), server.why),
        "rests_on": (bool(server.rests_on), server.rests_on),
    }
    document = {name: encode_value(value) for name, (is_told, value) in told.items() if is_told}
    return document if source is None else document | {"source": encode_source(source)}


def encode_step(step: Step) -> dict[str, Any]:
    """One request of a plan."""
    return {
        "id": step.id,
        "server": step.server,
        "operation": step.operation,
        "operation_id": step.operation_id,
        "method": step.method,
        "path": step.path,
        "body": encode_value(step.body),
        # The key is older than the field's name; saved plans keep it.
        **({"late": encode_value(step.at_apply)} if step.at_apply else {}),
        "needs": list(step.needs),
        "closes": step.closes,
        "destructive": step.is_destructive,
        "downtime": step.causes_downtime,
    }


def encode_stack(stack: StackPlan) -> dict[str, Any]:
    """One stack of a plan."""
    document = {
        "stack": stack.stack,
        "path": stack.path,
        "summary": dict(stack.summary),
        "servers": [_encode_server(server) for server in stack.entries],
        "steps": [encode_step(step) for step in stack.steps],
        "warnings": [encode_diagnostic(warning) for warning in stack.warnings],
        "held": [encode_diagnostic(diagnostic) for diagnostic in stack.held],
        "cost": None if stack.cost is None else encode_value(stack.cost),
        "currency": stack.currency,
        "fingerprints": dict(stack.fingerprints),
        "deferred": list(map(encode_deferred, stack.deferred)),
    }
    if stack.ignored:
        document["ignored"] = list(map(encode_ignored, stack.ignored))
    return document | _encode_downtime((server.key, server.downtime_s) for server in stack.stopped)


def encode_deferred(deferred: Deferred) -> dict[str, Any]:
    """A server that is left out for now; `from` is when it may be done, null for never."""
    opens_at = deferred.opens_at
    return {
        "key": deferred.key,
        "hostname": deferred.hostname,
        "action": deferred.action.value,
        "why": deferred.why,
        "from": None if opens_at is None else opens_at.isoformat(),
        "changes": [encode_change(change) for change in deferred.changes],
    }


def encode_ignored(ignored: IgnoredField) -> dict[str, Any]:
    """A change that the file leaves alone; `until` is its last day (UTC), null for none."""
    return {
        "key": ignored.key,
        "field": ignored.field,
        "until": None if ignored.until is None else ignored.until.isoformat(),
        "reason": ignored.reason or None,
    }


def encode_plan(plan: Plan) -> dict[str, Any]:
    """The plan as the contract's document. Raises TypeError for values that are not JSON-like."""
    return {
        "format_version": FORMAT_VERSION,
        **encode_account(plan.account),
        **encode_env(plan.env),
        **encode_time(plan.read_at),
        **_encode_moment(plan),
        **encode_invoice(plan),
        **encode_timing(plan),
        "commit": encode_commit(plan.commit),
        "stacks": list(map(encode_stack, plan.stacks)),
    }


def encode_time(read_at: datetime | None) -> dict[str, Any]:
    """When the account was read, under its key; nothing where nobody said it."""
    return {} if read_at is None else {"read_at": read_at.isoformat()}


def _encode_moment(plan: Plan) -> dict[str, Any]:
    """For which moment the plan was asked, and why windows do not count, where that is so."""
    at = {} if plan.at is None else {"at": plan.at.isoformat()}
    return at | ({"override_window": plan.override_window} if plan.override_window else {})


def encode_timing(plan: Plan) -> dict[str, Any]:
    """How long servers are down and an apply takes, each where there is something to say."""
    length = {} if plan.length is None else {"length": encode_value(asdict(plan.length))}
    return length | _encode_downtime(
        (f"{stack.stack}/{server.key}", server.downtime_s)
        for stack in plan.stacks
        for server in stack.stopped
    )


def _encode_downtime(stopped: Iterable[tuple[str, int | None]]) -> dict[str, Any]:
    total = sum_downtime(stopped)
    return {"downtime_total": encode_value(asdict(total))} if total.servers else {}


def encode_invoice(plan: Plan) -> dict[str, Any]:
    """The preview of the invoice, under its key; nothing where it was not read."""
    return {} if plan.invoice_preview is None else {"invoice_preview": plan.invoice_preview}


def encode_account(account: PlanAccount | None) -> dict[str, Any]:
    """The account that a plan is for, under its key; nothing where none is known."""
    if account is None:
        return {}
    return {"account": {"endpoint": account.endpoint, "customer_id": account.customer_id}}


def encode_env(env: str | None) -> dict[str, Any]:
    """The environment that the stacks were loaded for, under its key; nothing where there is
    none."""
    return {} if env is None else {"env": env}


def encode_commit(commit: Commit | None) -> dict[str, Any] | None:
    """The commit of the stack files; null where none is known."""
    return None if commit is None else {"id": commit.id, "altered": commit.is_altered}
