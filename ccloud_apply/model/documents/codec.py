"""Plans and diagnostics to and from the JSON documents of the contract.

`decode_plan` undoes `encode_plan`; sensitive values have none to bring back, and sequences come
back as lists. Two plans are compared by what they encode to. What a document looks like as text,
and reading or writing files, do not belong here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ccloud_apply import __version__
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documents.document import CodecError as CodecError
from ccloud_apply.model.documents.document import Node
from ccloud_apply.model.results.plan import (
    ACCOUNT,
    AccountChange,
    Action,
    FieldChange,
    Plan,
    PlanAccount,
    ServerPlan,
    StackPlan,
    Step,
)

FORMAT_VERSION = "1.0"
KIND = "ccloud-apply-plan"

_REFERENCE = "$reference"
_LITERAL = "$literal"
_SENSITIVE = {"sensitive": True}
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan file: the plan as it was approved, and what it was made from."""

    plan: Plan
    options: Mapping[str, Any]
    paths: tuple[str, ...]
    digest: str
    created_by: str


# Encoding.


def encode_value(value: Any) -> Any:
    """A JSON-like value as JSON; references become `{"$reference": {...}}`, never contents.

    Raises TypeError for a value that a plan cannot hold.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Reference():
            fields = {"kind": value.kind, "name": value.name, "base": value.base}
            return {_REFERENCE: {**fields, "is_secret": value.is_secret}}
        case Mapping():
            encoded = {str(name): encode_value(item) for name, item in value.items()}
            # A user's own mapping that looks like one of ours must not be taken for it.
            is_ours = _REFERENCE in encoded or _LITERAL in encoded
            return {_LITERAL: encoded} if is_ours else encoded
        case list() | tuple():
            return [encode_value(item) for item in value]
        case Decimal():
            return str(value)
    raise TypeError(f"a plan cannot hold a {type(value).__name__}")


def _encode_source(source: SourceRange | None) -> dict[str, Any]:
    if source is None:
        return {"path": None, "line": None, "column": None}
    place: dict[str, Any] = {"path": source.path, "line": source.line, "column": source.column}
    return {**place, "end_line": source.end_line, "end_column": source.end_column}


def encode_diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic with the keys of the contract; its place is null where it has none."""
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        **_encode_source(diagnostic.source),
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
    return document


def _encode_server(server: ServerPlan) -> dict[str, Any]:
    document: dict[str, Any] = {
        "key": server.key,
        "hostname": server.hostname,
        "action": server.action.value,
        "changes": [encode_change(change) for change in server.changes],
        "steps": list(server.steps),
        "downtime": server.has_downtime,
        "warnings": list(server.warnings),
    }
    if server.instance is not None:
        document["instance"] = server.instance
    if server.moved_from is not None:
        document["moved_from"] = server.moved_from
    if server.is_released:
        document["released"] = True
    if server.is_busy:
        document["busy"] = True
    if server.unchanged:
        document["unchanged"] = encode_value(server.unchanged)
    if server.unknown:
        document["unknown"] = list(server.unknown)
    if server.source is not None:
        document["source"] = _encode_source(server.source)
    return document


def _encode_step(step: Step) -> dict[str, Any]:
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


def _encode_stack(stack: StackPlan) -> dict[str, Any]:
    return {
        "stack": stack.stack,
        "path": stack.path,
        "summary": dict(stack.summary),
        "servers": [_encode_server(server) for server in stack.entries],
        "steps": [_encode_step(step) for step in stack.steps],
        "warnings": [encode_diagnostic(warning) for warning in stack.warnings],
        "held": [encode_diagnostic(diagnostic) for diagnostic in stack.held],
        "cost": None if stack.cost is None else encode_value(stack.cost),
        "fingerprints": dict(stack.fingerprints),
    }


def encode_plan(plan: Plan) -> dict[str, Any]:
    """The plan as the contract's document. Raises TypeError for values that are not JSON-like."""
    return {
        "format_version": FORMAT_VERSION,
        **_encode_account(plan.account),
        "stacks": list(map(_encode_stack, plan.stacks)),
    }


def _encode_account(account: PlanAccount | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"account": {"endpoint": account.endpoint, "customer_id": account.customer_id}}


def _encode_bound_account(account: PlanAccount | None) -> dict[str, Any]:
    """With what tells two accounts at one endpoint apart; nobody but a plan file needs it."""
    document = _encode_account(account)
    if account is not None:
        document["account"]["access_id"] = account.access_id
    return document


def _encode_bound_stack(stack: StackPlan) -> dict[str, Any]:
    """With the digests of contents: in a private file, as a short text can be guessed from one."""
    return {**_encode_stack(stack), "contents": dict(stack.contents)}


def digest_document(document: Mapping[str, Any]) -> str:
    """SHA-256 over the document without its own `digest`, as canonical JSON."""
    content = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def encode_saved_plan(
    plan: Plan, *, paths: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """The document of a plan file: the plan, what it was made from, and a digest of all of it."""
    document = {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "created_by": f"ccloud-apply {__version__}",
        "paths": list(paths),
        "options": {name: encode_value(value) for name, value in options.items()},
        **_encode_bound_account(plan.account),
        "stacks": list(map(_encode_bound_stack, plan.stacks)),
    }
    return {**document, "digest": digest_document(document)}


# Decoding. Unknown keys are left alone: a later version may add some.


def _decode_value(node: Node, depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        raise node.fail("a value that is nested less deeply")
    if isinstance(node.value, list):
        return [_decode_value(item, depth + 1) for item in node]
    if not isinstance(node.value, dict):
        return node.value
    if _REFERENCE in node.value:
        return _decode_reference(node[_REFERENCE])
    if _LITERAL in node.value:
        node = node[_LITERAL]
    return {name: _decode_value(item, depth + 1) for name, item in node.items()}


def _decode_reference(node: Node) -> Reference:
    name, base, is_secret = node["name"].text(), node["base"].text(), node["is_secret"].flag()
    match node["kind"].value:
        case "env":
            return Reference("env", name, base, is_secret)
        case "file":
            return Reference("file", name, base, is_secret)
    raise node["kind"].fail("env or file")


def _decode_source(node: Node) -> SourceRange | None:
    if node["path"].value is None:
        return None
    return SourceRange(
        path=node["path"].text(),
        line=node["line"].number(),
        column=node["column"].number(),
        end_line=node.get("end_line", 0).number(),
        end_column=node.get("end_column", 0).number(),
    )


def _decode_diagnostic(node: Node) -> Diagnostic:
    severity = node["severity"]
    if severity.value not in list(Severity):
        raise severity.fail(f"one of {', '.join(Severity)}")
    return Diagnostic(
        severity=Severity(severity.value),
        code=node["code"].text(),
        source=_decode_source(node),
        where=node["where"].text(),
        what=node["what"].text(),
        hint=node["hint"].text(),
    )


def _decode_change(node: Node) -> FieldChange:
    is_sensitive = node.get("sensitive", False).flag()
    return FieldChange(
        field=node["field"].text(),
        before=None if is_sensitive else _decode_value(node["before"]),
        after=None if is_sensitive else _decode_value(node["after"]),
        is_sensitive=is_sensitive,
        forces_replace=node.get("forces_replace", False).flag(),
        is_destructive=node.get("destructive", False).flag(),
        note=node.get("note", "").text(),
    )


def _decode_server(node: Node) -> ServerPlan:
    action, source = node["action"], node.get("source", None)
    if action.value not in list(Action):
        raise action.fail(f"one of {', '.join(Action)}")
    return ServerPlan(
        key=node["key"].text(),
        hostname=node["hostname"].text_or_none(),
        action=Action(action.value),
        changes=node["changes"].map(_decode_change),
        steps=node["steps"].map(Node.text),
        has_downtime=node["downtime"].flag(),
        warnings=node["warnings"].map(Node.text),
        instance=node.get("instance", None).text_or_none(),
        moved_from=node.get("moved_from", None).text_or_none(),
        is_released=node.get("released", False).flag(),
        is_busy=node.get("busy", False).flag(),
        unchanged={n: _decode_value(v) for n, v in node.get("unchanged", {}).items()},
        unknown=node.get("unknown", []).map(Node.text),
        source=None if source.value is None else _decode_source(source),
    )


def _decode_step(node: Node) -> Step:
    return Step(
        id=node["id"].text(),
        server=node["server"].text(),
        operation=node["operation"].text(),
        operation_id=node["operation_id"].text(),
        method=node["method"].text(),
        path=node["path"].text(),
        body=_decode_value(node["body"]),
        at_apply={name: _decode_value(value) for name, value in node.get("late", {}).items()},
        needs=node["needs"].map(Node.text),
        closes=node["closes"].text_or_none(),
        is_destructive=node["destructive"].flag(),
        causes_downtime=node["downtime"].flag(),
    )


def _decode_stack(node: Node) -> StackPlan:
    cost = node["cost"]
    entries = node["servers"].map(_decode_server)
    return StackPlan(
        stack=node["stack"].text(),
        path=node["path"].text(),
        servers=tuple(entry for entry in entries if entry.key != ACCOUNT),
        account=next((AccountChange.of(entry) for entry in entries if entry.key == ACCOUNT), None),
        steps=node["steps"].map(_decode_step),
        warnings=node["warnings"].map(_decode_diagnostic),
        held=node["held"].map(_decode_diagnostic),
        cost=None if cost.value is None else {n: _decode_value(v) for n, v in cost.items()},
        fingerprints={name: value.text() for name, value in node["fingerprints"].items()},
        contents={name: value.text() for name, value in node.get("contents", {}).items()},
    )


def _decode_account(node: Node) -> PlanAccount | None:
    if node.value is None:
        return None
    return PlanAccount(
        endpoint=node["endpoint"].text(),
        customer_id=node["customer_id"].text_or_none(),
        access_id=node.get("access_id", None).text_or_none(),
    )


def _check_version(node: Node) -> None:
    version = node["format_version"].text()
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise CodecError(
            f"{node.place}: format version {version} cannot be read by this version, "
            f"which reads {FORMAT_VERSION}"
        )


def decode_plan(document: object) -> Plan:
    """The plan of a document that `encode_plan` made. Raises CodecError, naming the place."""
    node = Node(document, "plan")
    _check_version(node)
    return Plan(
        stacks=node["stacks"].map(_decode_stack),
        account=_decode_account(node.get("account", None)),
    )


def _digest_if_possible(document: Mapping[str, Any]) -> str | None:
    try:
        return digest_document(document)
    except (ValueError, RecursionError):  # numbers that JSON does not have, or nested too deeply
        return None


def decode_saved_plan(document: object) -> SavedPlan:
    """What a plan file holds. Raises CodecError if it is none, or if it was edited or damaged."""
    node = Node(document, "plan file")
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise CodecError("plan file: this is no saved plan of ccloud-apply")
    _check_version(node)
    digest = node["digest"].text()
    if digest != _digest_if_possible(document):
        raise CodecError("plan file: the file was edited or damaged; its digest does not fit")
    return SavedPlan(
        plan=decode_plan(document),
        options={name: _decode_value(value) for name, value in node["options"].items()},
        paths=node["paths"].map(Node.text),
        digest=digest,
        created_by=node["created_by"].text(),
    )
