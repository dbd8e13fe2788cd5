"""The drift of stacks as its JSON document -> values. What writes it is `render/drift/`."""

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.documents.decode import (
    check_version,
    decode_addresses,
    decode_change,
    decode_day,
    decode_diagnostic,
    decode_ignored,
)
from ccloud_apply.model.documents.document import CodecError, Node
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.drift import (
    DriftedServer,
    ExtraServer,
    RetiredServer,
    StackDrift,
    UncomparedServer,
    UnknownFields,
)
from ccloud_apply.model.results.plan import ACCOUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDrift:
    """The drift of one stack. The document counts the servers that are in sync and names none, so
    the drift's own `in_sync` is empty."""

    drift: StackDrift
    in_sync: int


def decode_drift(document: object) -> tuple[SavedDrift, ...]:
    """The stacks of a document that `encode_drift` made. The kinds of changes are not in it.

    Raises CodecError, naming the place.
    """
    node = Node(document, "drift")
    check_version(node)
    try:
        return node["stacks"].map(_decode_stack)
    except RecursionError:
        raise CodecError("drift: it is nested too deeply") from None


def _decode_stack(node: Node) -> SavedDrift:
    entries = node["drifted"].map(_decode_drifted)
    drift = StackDrift(
        stack=node.text_at("stack"),
        path=node.text_at("path"),
        drifted=tuple(server for server in entries if server.key != ACCOUNT),
        account=tuple(c for server in entries if server.key == ACCOUNT for c in server.changes),
        missing=node.texts_at("missing"),
        extra=node["extra"].map(_decode_extra),
        retired=node.get("retired", []).map(_decode_retired),
        not_compared=node["not_compared"].map(_decode_uncompared),
        unknown=node["unknown"].map(_decode_unknown),
        not_looked_at=node.get("not_looked_at", []).map(Node.text),
        ignored=node.get("ignored", []).map(decode_ignored),
        warnings=node["warnings"].map(decode_diagnostic),
    )
    return SavedDrift(drift=drift, in_sync=node.number_at("in_sync"))


def _decode_drifted(node: Node) -> DriftedServer:
    tasks = node["last_tasks"]
    return DriftedServer(
        key=node.text_at("key"),
        hostname=node["hostname"].text_or_none(),
        changes=node["changes"].map(decode_change),
        last_tasks=() if tasks.value is None else tasks.map(_decode_task),
        causes={
            change.text_at("field"): _decode_task(change["by"])
            for change in node["changes"]
            if change.get("by", None).value is not None
        },
        addresses=decode_addresses(node),
        is_retired=node.flag_at("retired", False),
        retires=decode_day(node.get("retires", None)),
    )


def _decode_task(node: Node) -> Task:
    return Task(
        id=node.number_at("id"),
        action=node.text_at("action"),
        status=node.text_at("status"),
        username=node["username"].text_or_none(),
        created_at=node["created_at"].text_or_none(),
    )


def _decode_extra(node: Node) -> ExtraServer:
    return ExtraServer(
        key=node.text_at("key"),
        hostname=node["hostname"].text_or_none(),
        addresses=decode_addresses(node),
        retires=decode_day(node.get("retires", None)),
    )


def _decode_retired(node: Node) -> RetiredServer:
    retires = decode_day(node["retires"])
    if retires is None:
        raise node["retires"].fail("a day")
    return RetiredServer(
        key=node.text_at("key"),
        hostname=node["hostname"].text_or_none(),
        retires=retires,
        addresses=decode_addresses(node),
    )


def _decode_uncompared(node: Node) -> UncomparedServer:
    return UncomparedServer(
        key=node.text_at("key"),
        hostname=node["hostname"].text_or_none(),
        why=node.text_at("why"),
        addresses=decode_addresses(node),
    )


def _decode_unknown(node: Node) -> UnknownFields:
    return UnknownFields(
        key=node.text_at("key"),
        hostname=node["hostname"].text_or_none(),
        fields=node.texts_at("unknown"),
        addresses=decode_addresses(node),
    )
