"""Subscriptions: which there are, and moves of servers into them and out of them.

A move is read, shown, approved, sent once, and looked for. What it will do is decided in
plan/billing/move.py.
"""

from collections.abc import Sequence
from contextlib import suppress

from ccloud_apply.api import billing
from ccloud_apply.concurrency import task_group
from ccloud_apply.errors import ApiError, ApplyError, NotFoundError, UnknownOutcomeError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.billing import Invoice, SubscriptionContract
from ccloud_apply.model.results.move import Move, Moved, MoveKind
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.billing.move import NOT_TOLD, build_move, find_changed, shows_move
from ccloud_apply.plan.matching.named import is_hostname
from ccloud_apply.workflows.account.run import Run

_LIST = "`ccloud-apply subscription list` shows the subscriptions"
_CHECK = (
    "it is not sent again; look whether it was done before you send it again: ccloud-apply"
    " invoices --preview has no line for a server that a subscription pays for"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """What a person wants moved: `subscription` is an id or a name, `target` a name."""

    kind: MoveKind
    subscription: str
    hostname: str | None = None
    target: str | None = None


async def list_subscriptions(run: Run) -> Sequence[SubscriptionContract]:
    """Every subscription, by id. Raises ApiError."""
    return await billing.list_contracts(run.client)


async def read_subscription(run: Run, name: str) -> SubscriptionContract:
    """The subscription with this id or name. Raises ApiError, UsageError for an unknown name."""
    if not _is_number(name):
        return _find(await billing.list_contracts(run.client), name)
    try:
        return await billing.read_contract(run.client, int(name))
    except NotFoundError as error:
        error.hint = _LIST
        raise


async def prepare_move(run: Run, request: MoveRequest) -> Move:
    """Read what the move is about. Changes nothing. Raises ApiError, UsageError."""
    if request.hostname is not None and not is_hostname(request.hostname):
        raise UsageError(f"{request.hostname} is not a hostname", hint="name it as vs10001")
    async with task_group() as group:
        preview = group.create_task(_preview(run))
        contracts = group.create_task(_read_contracts(run, request))
        servers = group.create_task(_read_servers(run, request.hostname))
    subscription, target = contracts.result()
    return build_move(
        request.kind,
        subscription,
        servers.result(),
        preview.result(),
        run.clock.now().date(),
        target=target,
    )


async def carry_out(run: Run, move: Move) -> Moved:
    """Read the servers once more, send the move once, and look for what came of it.

    Raises ApplyError where a server is not as it was shown, ApiError for a refusal, and
    UnknownOutcomeError where the answer was lost and nothing that can be read shows whether it was
    done.
    """
    hostname = None if move.kind is MoveKind.EXPORT_ALL else move.servers[0].live.hostname
    changed = find_changed(move, await _read_servers(run, hostname))
    if changed:
        raise ApplyError(
            f"nothing was sent: {join_names(changed)}",
            hint="run the command again: it shows what it moves now",
        )
    request = move.request
    try:
        await run.client.send(request.operation_id, request.method, request.path, request.body)
    except ApiError as error:
        if not error.maybe_done:
            raise
        found = await _verify(run, move, was_lost=True)
        if not found.is_verified:
            raise UnknownOutcomeError(
                f"{error.message}; the {move.kind} may have been done: {found.why}", hint=_CHECK
            ) from error
        return found
    return await _verify(run, move, was_lost=False)


async def _verify(run: Run, move: Move, *, was_lost: bool) -> Moved:
    if move.kind is MoveKind.EXPORT_ALL:
        return Moved(move=move, is_done=not was_lost, why=NOT_TOLD, was_lost=was_lost)
    (server,) = move.servers
    async with task_group() as group:
        preview = group.create_task(_preview(run))
        pool = group.create_task(_read_pool(run, server.live.hostname or ""))
    is_shown, why = shows_move(move.kind, server, preview.result())
    return Moved(
        move=move,
        is_done=is_shown or not was_lost,
        is_verified=is_shown or None,
        why=why,
        pool=pool.result(),
        was_lost=was_lost,
    )


async def _read_pool(run: Run, hostname: str) -> str | None:
    with suppress(ApiError):
        return (await run.client.get_server(hostname)).pool
    return None


async def _preview(run: Run) -> Invoice | None:
    with suppress(ApiError):
        return await billing.read_preview(run.client)
    return None


async def _read_contracts(
    run: Run, request: MoveRequest
) -> tuple[SubscriptionContract, SubscriptionContract | None]:
    if request.target is None:
        return await read_subscription(run, request.subscription), None
    contracts = await billing.list_contracts(run.client)
    subscription, target = _find(contracts, request.subscription), _find(contracts, request.target)
    if subscription.id == target.id:
        raise UsageError(
            f"{target.name} is the subscription that the servers leave",
            hint="name another one with --to",
        )
    return subscription, target


async def _read_servers(run: Run, hostname: str | None) -> Sequence[LiveServer]:
    """The server; all of the account for None."""
    if hostname is None:
        servers = await run.client.list_servers()
        return [one for one in servers if one.hostname and not one.is_building]
    try:
        return [await run.client.get_server(hostname)]
    except NotFoundError as error:
        error.hint = "`ccloud-apply inventory --all` lists the servers of the account"
        raise


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 19


def _find(contracts: Sequence[SubscriptionContract], name: str) -> SubscriptionContract:
    for one in contracts:
        if one.name == name or (_is_number(name) and one.id == int(name)):
            return one
    names = join_names(one.name for one in contracts)
    raise UsageError(
        f"{name}: no such subscription", hint=f"subscriptions: {names}" if contracts else _LIST
    )
