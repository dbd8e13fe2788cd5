"""Plans and diagnostics from the JSON documents of the contract; `encode.py` is the other way.

Sensitive values have nothing to bring back, and sequences come back as lists. Unknown keys are left
alone: a later version may add some."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.reference import Reference, Template
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documents.document import (
    FORMAT_VERSION,
    LITERAL,
    REFERENCE,
    CodecError,
    Node,
)
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.results.commit import Commit
from ccloud_apply.model.results.plan import (
    ACCOUNT,
    AccountChange,
    Action,
    Deferred,
    FieldChange,
    Plan,
    PlanAccount,
    Reversibility,
    ServerPlan,
    StackPlan,
    Step,
)
from ccloud_apply.model.results.timing import ApplyLength

_MAX_DEPTH = 64
_PLAIN = (str, int, bool, type(None))
_ACTIONS = {action.value: action for action in Action}
_SEVERITIES = {severity.value: severity for severity in Severity}
_REVERSIBILITIES = {one.value: one for one in Reversibility}


def decode_value(node: Node, depth: int = 0) -> Any:
    """A value that `encode_value` made. Raises CodecError where it is nested too deeply."""
    if type(node.value) in _PLAIN:
        return node.value
    if depth > _MAX_DEPTH:
        raise node.fail("a value that is nested less deeply")
    if isinstance(node.value, list):
        return [
            item if type(item) in _PLAIN else decode_value(node.at(f"[{i}]", item), depth + 1)
            for i, item in enumerate(node.value)
        ]
    if not isinstance(node.value, dict):
        return node.value
    if REFERENCE in node.value:
        return _decode_reference(node[REFERENCE])
    if LITERAL in node.value:
        node = node[LITERAL]
    return _decode_entries(node, depth)


def _decode_entries(node: Node, depth: int) -> dict[str, Any]:
    if not isinstance(node.value, dict):
        raise node.fail("an object")
    return {
        name: item if type(item) in _PLAIN else decode_value(node.at(f".{name}", item), depth + 1)
        for name, item in node.value.items()
    }


def _decode_at(node: Node, name: str) -> Any:
    """The value of a key, which has to be there."""
    if type(node.value) is dict and name in node.value and type(node.value[name]) in _PLAIN:
        return node.value[name]
    return decode_value(node[name])


def _decode_all(node: Node, name: str) -> dict[str, Any]:
    """The values of an object that may be missing."""
    found = node.get(name, {})
    if found.value == {}:
        return {}
    values = decode_value(found)
    if not isinstance(values, dict):
        raise found.fail("an object")
    return values


def _decode_reference(node: Node) -> Reference | Template:
    if node["kind"].value != "template":
        return _decode_plain_reference(node)
    secrets = ((name, _decode_plain_reference(n[REFERENCE])) for name, n in node["secrets"].items())
    return Template(node.text_at("name"), node.text_at("base"), tuple(secrets))


def _decode_plain_reference(node: Node) -> Reference:
    name, base, is_secret = node.text_at("name"), node.text_at("base"), node.flag_at("is_secret")
    match node["kind"].value:
        case "env":
            return Reference("env", name, base, is_secret)
        case "file":
            return Reference("file", name, base, is_secret)
        case "command":
            return Reference("command", name, base, is_secret)
        case "generate":
            return Reference("generate", name, base, is_secret)
    raise node["kind"].fail("env, file, command, generate or template")


def _decode_source(node: Node) -> SourceRange | None:
    if node["path"].value is None:
        return None
    return SourceRange(
        path=node.text_at("path"),
        line=node.number_at("line"),
        column=node.number_at("column"),
        end_line=node.number_at("end_line", 0),
        end_column=node.number_at("end_column", 0),
    )


def decode_diagnostic(node: Node) -> Diagnostic:
    """A diagnostic of `encode_diagnostic`. Raises CodecError."""
    return Diagnostic(
        severity=node["severity"].word(_SEVERITIES),
        code=node.text_at("code"),
        source=_decode_source(node),
        where=node.text_at("where"),
        what=node.text_at("what"),
        hint=node.text_at("hint"),
    )


def decode_change(node: Node) -> FieldChange:
    """A change of `encode_change`; what is sensitive has no values. Raises CodecError."""
    is_sensitive = node.flag_at("sensitive", False)
    return FieldChange(
        field=node.text_at("field"),
        before=None if is_sensitive else _decode_at(node, "before"),
        after=None if is_sensitive else _decode_at(node, "after"),
        is_sensitive=is_sensitive,
        forces_replace=node.flag_at("forces_replace", False),
        is_destructive=node.flag_at("destructive", False),
        note=node.text_at("note", ""),
        reversibility=_decode_reversibility(node),
        undo=node.text_at("undo", ""),
    )


def _decode_reversibility(node: Node) -> Reversibility | None:
    """Plans of earlier versions have none."""
    if type(node.value) is dict and node.value.get("reversibility") is None:
        return None
    return node["reversibility"].word(_REVERSIBILITIES)


def decode_addresses(node: Node) -> Addresses | None:
    """A server's addresses; documents of earlier versions have neither key. Raises CodecError."""
    ipv4, ipv6 = node.get("ipv4", None), node.get("ipv6", None)
    if ipv4.value is None or ipv6.value is None:
        return None
    return Addresses(ipv4=ipv4.map(Node.text), ipv6=ipv6.map(Node.text))


def _decode_server(node: Node) -> ServerPlan:
    source, downtime = node.get("source", None), node.get("downtime_seconds", None)
    return ServerPlan(
        key=node.text_at("key"),
        hostname=node["hostname"].text_or_none(),
        addresses=decode_addresses(node),
        action=node["action"].word(_ACTIONS),
        changes=node["changes"].map(decode_change),
        steps=node.texts_at("steps"),
        has_downtime=node.flag_at("downtime"),
        warnings=node.texts_at("warnings"),
        instance=node.get("instance", None).text_or_none(),
        moved_from=node.get("moved_from", None).text_or_none(),
        is_released=node.flag_at("released", False),
        is_busy=node.flag_at("busy", False),
        unchanged=_decode_all(node, "unchanged"),
        unknown=node.get("unknown", []).map(Node.text),
        goes=tuple(
            FieldChange(field=name, before=value)
            for name, value in _decode_all(node, "goes").items()
        ),
        live=_decode_all(node, "live"),
        why=node.text_at("why", ""),
        rests_on=node.get("rests_on", []).map(Node.text),
        source=None if source.value is None else _decode_source(source),
        retires=decode_day(node.get("retires", None)),
        downtime_s=None if downtime.value is None else downtime.number(),
        reversibility=_decode_reversibility(node),
        undo=node.text_at("undo", ""),
    )


def _decode_step(node: Node) -> Step:
    return Step(
        id=node.text_at("id"),
        server=node.text_at("server"),
        operation=node.text_at("operation"),
        operation_id=node.text_at("operation_id"),
        method=node.text_at("method"),
        path=node.text_at("path"),
        body=_decode_at(node, "body"),
        at_apply=_decode_all(node, "late"),
        needs=node.texts_at("needs"),
        closes=node["closes"].text_or_none(),
        is_destructive=node.flag_at("destructive"),
        causes_downtime=node.flag_at("downtime"),
    )


def _decode_cost(node: Node) -> Mapping[str, Any] | None:
    if node.value is None:
        return None
    for _, server in node.get("servers", {}).items():
        server.get("monthly_change", None).text_or_none()
        server.get("setup_fees", None).text_or_none()
    node.get("unknown", []).map(Node.text)
    return {name: decode_value(value) for name, value in node.items()}


def _decode_stack(node: Node) -> StackPlan:
    entries = node["servers"].map(_decode_server)
    return StackPlan(
        stack=node.text_at("stack"),
        path=node.text_at("path"),
        servers=tuple(entry for entry in entries if entry.key != ACCOUNT),
        account=next((AccountChange.of(entry) for entry in entries if entry.key == ACCOUNT), None),
        steps=node["steps"].map(_decode_step),
        warnings=node["warnings"].map(decode_diagnostic),
        held=node["held"].map(decode_diagnostic),
        cost=_decode_cost(node["cost"]),
        currency=node.get("currency", None).text_or_none(),
        fingerprints={name: value.text() for name, value in node["fingerprints"].items()},
        ignored=node.get("ignored", []).map(decode_ignored),
        deferred=node.get("deferred", []).map(_decode_deferred),
        contents={name: value.text() for name, value in node.get("contents", {}).items()},
    )


def decode_ignored(node: Node) -> IgnoredField:
    """A change that the file leaves alone. Raises CodecError."""
    return IgnoredField(
        key=node.text_at("key"),
        field=node.text_at("field"),
        until=decode_day(node["until"]),
        reason=node["reason"].text_or_none() or "",
    )


def decode_day(node: Node) -> date | None:
    """A day, or None for null. Raises CodecError."""
    try:
        return None if node.value is None else date.fromisoformat(node.text())
    except ValueError:
        raise node.fail("a day") from None


def _decode_deferred(node: Node) -> Deferred:
    return Deferred(
        key=node.text_at("key"),
        action=node["action"].word(_ACTIONS),
        why=node.text_at("why"),
        opens_at=_decode_time(node["from"]),
        hostname=node.get("hostname", None).text_or_none(),
        changes=node.get("changes", []).map(decode_change),
    )


def _decode_account(node: Node) -> PlanAccount | None:
    if node.value is None:
        return None
    return PlanAccount(
        endpoint=node.text_at("endpoint"),
        customer_id=node["customer_id"].text_or_none(),
        access_id=node.get("access_id", None).text_or_none(),
    )


def _decode_commit(node: Node) -> Commit | None:
    if node.value is None:
        return None
    altered = node["altered"]
    return Commit(
        id=node.text_at("id"), is_altered=None if altered.value is None else altered.flag()
    )


def _decode_time(node: Node) -> datetime | None:
    if node.value is None:
        return None
    try:
        return datetime.fromisoformat(node.text())
    except ValueError:
        raise node.fail("a time") from None


def check_version(node: Node) -> None:
    """Raise CodecError for a document of another major version."""
    version = node.text_at("format_version")
    if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise CodecError(
            f"{node.place}: format version {version} cannot be read by this version, "
            f"which reads {FORMAT_VERSION}"
        )


def _decode_length(node: Node) -> ApplyLength | None:
    if node.value is None:
        return None
    seconds, source = node["seconds"], node["source"].value
    if source not in ("account", "sandbox"):
        raise node["source"].fail("account or sandbox")
    return ApplyLength(
        seconds=None if seconds.value is None else seconds.number(),
        unknown=node.texts_at("unknown"),
        tasks=node.number_at("tasks"),
        source=source,
    )


def decode_plan(document: object) -> Plan:
    """The plan of a document that `encode_plan` made. Raises CodecError, naming the place."""
    node = Node(document, "plan")
    check_version(node)
    return Plan(
        stacks=node["stacks"].map(_decode_stack),
        account=_decode_account(node.get("account", None)),
        read_at=_decode_time(node.get("read_at", None)),
        invoice_preview=node.get("invoice_preview", None).text_or_none(),
        commit=_decode_commit(node.get("commit", None)),
        env=node.get("env", None).text_or_none(),
        at=_decode_time(node.get("at", None)),
        override_window=node.text_at("override_window", ""),
        length=_decode_length(node.get("length", None)),
    )
