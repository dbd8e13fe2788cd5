"""What a move of servers between subscriptions will do, and what the account shows of it. Pure.

No operation tells which servers are in a subscription. The preview of the invoice is the one thing
that hints at it: a server that a subscription pays for has no line of its own there.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.billing import Invoice, SubscriptionContract
from ccloud_apply.model.ownership import describe_claim, describe_owner, read_ownership
from ccloud_apply.model.results.move import HttpRequest, Move, MovedServer, MoveKind
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.operations import OPERATIONS, operation_path

_OPERATIONS = {
    MoveKind.IMPORT: "import_server_to_subscription",
    MoveKind.EXPORT: "export_server_from_subscription",
    MoveKind.EXPORT_ALL: "export_all_servers_from_subscription",
}
NOT_TOLD = "no operation tells which servers are in a subscription"
UNREAD = f"{NOT_TOLD}, and the preview of the invoice could not be read"


def build_move(
    kind: MoveKind,
    subscription: SubscriptionContract,
    servers: Sequence[LiveServer],
    preview: Invoice | None,
    today: date,
    *,
    target: SubscriptionContract | None = None,
) -> Move:
    """The move of these servers; of EXPORT_ALL they are all of the account.

    `preview` is None where it could not be read.
    """
    alone = _find_billed_alone(preview)
    moved = tuple(_describe(server, alone) for server in servers)
    if kind is MoveKind.EXPORT_ALL:  # what is billed by itself is in no subscription
        moved = tuple(one for one in moved if one.is_billed_alone is not True)
    return Move(
        kind=kind,
        subscription=subscription,
        target=target,
        servers=moved,
        request=_build_request(kind, subscription, moved, target),
        warnings=tuple(_warn(kind, subscription, moved, target, today)),
        held=tuple(_hold(kind, moved)),
    )


def shows_move(kind: MoveKind, server: MovedServer, preview: Invoice | None) -> tuple[bool, str]:
    """Whether the preview that was read afterwards shows the move; if not, why it tells nothing."""
    alone = _find_billed_alone(preview)
    if alone is None:
        return False, UNREAD
    was, is_now = server.is_billed_alone, server.live.hostname in alone
    if was is not None and was != is_now and is_now is (kind is MoveKind.EXPORT):
        return True, ""
    if is_now:
        return False, (
            f"{NOT_TOLD}, and the preview of the invoice bills {server.live.name} by itself, "
            + ("as before" if kind is MoveKind.EXPORT else "perhaps for the days before this one")
        )
    return False, (
        f"{NOT_TOLD}, and the preview of the invoice has no line for {server.live.name},"
        " now as before"
    )


def find_changed(move: Move, servers: Sequence[LiveServer]) -> tuple[str, ...]:
    """What is otherwise with the servers of a move than when it was built: a server that is another
    one by now, and one that has become a stack's since. Each in words."""
    now = {server.hostname: server for server in servers}
    return tuple(
        f"by now {shown.live.name} {change}"
        for shown in move.servers
        if (change := _find_change(shown, now.get(shown.live.hostname)))
    )


def _find_change(shown: MovedServer, now: LiveServer | None) -> str:
    if now is None:
        return "does not exist"
    if (now.id, now.created_at) != (shown.live.id, shown.live.created_at):
        return "is another server"
    claim = describe_claim(now.tags)
    return claim if claim is not None and claim != shown.claim else ""


def _find_billed_alone(preview: Invoice | None) -> frozenset[str] | None:
    """The hostnames of the servers with a line of their own; None where that could not be read."""
    details = None if preview is None else preview.details
    return None if details is None else frozenset(details.servers())


def _describe(server: LiveServer, alone: frozenset[str] | None) -> MovedServer:
    owner = read_ownership(server.tags)
    return MovedServer(
        live=server,
        owner=describe_owner(owner) if owner.stacks else None,
        claim=describe_claim(server.tags),
        is_billed_alone=None if alone is None else server.hostname in alone,
    )


def _build_request(
    kind: MoveKind,
    subscription: SubscriptionContract,
    servers: Sequence[MovedServer],
    target: SubscriptionContract | None,
) -> HttpRequest:
    operation_id, number = _OPERATIONS[kind], str(subscription.id)
    if kind is MoveKind.EXPORT_ALL:
        name = "" if target is None else target.name
        path, body = operation_path(operation_id, id=number), {"target_subscription": name}
        return _request(operation_id, path, body)
    hostname = servers[0].live.hostname or ""
    if kind is MoveKind.EXPORT:
        return _request(operation_id, operation_path(operation_id, id=number, hostname=hostname))
    return _request(operation_id, operation_path(operation_id, id=number), {"hostname": hostname})


def _request(operation_id: str, path: str, body: dict[str, str] | None = None) -> HttpRequest:
    method = OPERATIONS[operation_id].method
    return HttpRequest(operation_id=operation_id, method=method, path=path, body=body)


def _hold(kind: MoveKind, servers: Iterable[MovedServer]) -> Iterator[Diagnostic]:
    owned = [server for server in servers if server.claim is not None]
    if owned and kind is MoveKind.EXPORT_ALL:
        names = join_names(map(_name_claimed, owned))
        count = count_of(len(owned), "server that a stack owns", "servers that stacks own")
        yield _hold_back("", f"{count} may be in the subscription: {names}; the move changes")
        return
    for server in owned:
        yield _hold_back(server.live.name, f"{server.claim}: the move changes")


def _name_claimed(server: MovedServer) -> str:
    suffix = f" of {server.owner}" if server.owner is not None else f", which {server.claim}"
    return f"{server.live.name}{suffix}"


def _hold_back(where: str, begin: str) -> Diagnostic:
    return Diagnostic(
        code="owned-server",
        where=where,
        what=f"{begin} what it costs, and perhaps its pool, which the stack's plan compares",
        hint="--force moves it all the same; plan the stack afterwards",
        severity=Severity.HELD,
    )


def _warn(
    kind: MoveKind,
    subscription: SubscriptionContract,
    servers: Sequence[MovedServer],
    target: SubscriptionContract | None,
    today: date,
) -> Iterator[Diagnostic]:
    into = subscription if kind is MoveKind.IMPORT else target
    if into is not None:
        yield from _warn_contract(into, today)
    if kind is MoveKind.EXPORT_ALL:
        return
    for server in servers:
        yield from _warn_billing(kind, server)
        if into is not None:
            yield from _warn_fit(into, server.live)


def _warn_contract(contract: SubscriptionContract, today: date) -> Iterator[Diagnostic]:
    if contract.confirmed is False:
        yield _warning(contract.name, "the subscription is not confirmed")
    for name in ("deleted_at", "end_date"):
        told = (getattr(contract, name) or "")[:10]
        if told and told < today.isoformat():
            word = "was deleted" if name == "deleted_at" else "ended"
            yield _warning(contract.name, f"the subscription {word} on {told}")
            return


def _warn_billing(kind: MoveKind, server: MovedServer) -> Iterator[Diagnostic]:
    name, alone = server.live.name, server.is_billed_alone
    if alone is None:
        yield _warning(name, f"{UNREAD}, so whether it is in one now is unknown")
    elif kind is MoveKind.IMPORT and not alone:
        yield _warning(
            name,
            "the preview of the invoice does not bill it by itself: it is new, or in a"
            " subscription already",
        )
    elif kind is MoveKind.EXPORT and alone:
        yield _warning(
            name,
            "the preview of the invoice bills it by itself: it is in no subscription, or was not"
            " earlier this month",
        )


def _warn_fit(contract: SubscriptionContract, live: LiveServer) -> Iterator[Diagnostic]:
    if contract.pool is not None and live.pool is not None and contract.pool != live.pool:
        yield _warning(
            live.name,
            f"it is in {live.pool} and {contract.name} is of {contract.pool}: whether the platform"
            " takes that is not documented",
        )
    contents = contract.contents
    for what, has, holds, unit in (
        ("cores", live.cores, contents.cores, "cores"),
        ("memory", live.memory_gb, contents.memory_gb, "GB memory"),
        ("disk", live.disk_gb, contents.disk_gb, "GB disk"),
    ):
        if has is not None and holds is not None and has > holds:
            yield _warning(
                live.name, f"its {what} of {has} {unit} is above all of {contract.name}: {holds}"
            )


def _warning(where: str, what: str) -> Diagnostic:
    return Diagnostic(code="subscription", where=where, what=what, severity=Severity.WARNING)
