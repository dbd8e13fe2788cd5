"""Declared and live servers as an inventory: every server of these stacks, or of the account.

No live server is left out for a contradiction: what the files and the tags say against each other
is a warning. What other tools call the servers belongs to `inventory_names.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from typing import Any

from ccloud_apply.aspects.base import Catalogues, Unknown
from ccloud_apply.aspects.lib.power_state import STATE
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.live.addresses import Addresses, addresses_of
from ccloud_apply.model.live.read import Read
from ccloud_apply.model.ownership import (
    SERVER_PREFIX,
    STACK_PREFIX,
    is_reserved_tag,
    read_ownership,
    read_retirement,
)
from ccloud_apply.model.results.inventory import Inventory, InventoryServer, Standing
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.plan.cost.amounts import ZERO, spell_amount
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.moves import possible_bases
from ccloud_apply.plan.matching.select import MatchedAccount
from ccloud_apply.plan.views.inventory_names import name_servers

_CREATED_BY = "username"
"""The fact of a server that says who deployed it."""

_NUMBER = lazy_pattern(r"([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryOptions:
    """What an inventory has: `is_all` every server of the account, `has_state` the state of each,
    `has_cost` what each costs per month. `account` says how the account was reached."""

    is_all: bool = False
    has_state: bool = False
    has_cost: bool = False
    account: PlanAccount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """Whose a live server is, by the files and by its tags."""

    status: Standing
    stack: str | None = None
    key: str | None = None
    base_key: str | None = None
    spec: ServerSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What servers cost per month by their ids, and why that is not known of others."""

    amounts: Mapping[int, Decimal] = field(default_factory=dict)
    warnings: tuple[Diagnostic, ...] = ()


NO_COSTS = Costs()


def listed_servers(matched: MatchedAccount, *, is_all: bool) -> tuple[LiveServer, ...]:
    """The live servers that an inventory of these stacks has; with `is_all` those of everybody."""
    if is_all:
        return matched.account.every_server
    given = {name for one in matched.stacks for name in one.stack.names}
    bound = {match.live.id for one in matched.stacks for match in one.matches if match.live}
    return tuple(
        server
        for server in matched.account.every_server
        if server.id in bound or read_ownership(server.tags).stacks & given
    )


def state_reads(servers: Sequence[LiveServer]) -> frozenset[Read]:
    """What tells the states of these servers; one that is being built or deleted has none."""
    return frozenset(
        Read(STATE, server.hostname)
        for server in servers
        if server.hostname and not server.is_building and not server.is_deleting
    )


def build_inventory(
    matched: MatchedAccount, options: InventoryOptions, costs: Costs = NO_COSTS
) -> Inventory:
    """The inventory of what was read."""
    account = matched.account
    owners = _find_owners(matched)
    catalogues = Catalogues(images=account.images)
    currencies = {one.stack.name: one.stack.policy.currency for one in matched.stacks}
    listed = listed_servers(matched, is_all=options.is_all)
    rows = [
        replace(
            _show(live, owners[live.id], catalogues, costs.amounts.get(live.id)),
            currency=currencies.get(owners[live.id].stack or ""),
        )
        for live in listed
    ]
    rows += _find_missing(matched)
    rows.sort(key=_place)
    names, doubled = name_servers(rows)
    named = tuple(replace(row, name=name) for row, name in zip(rows, names, strict=True))
    inventory = Inventory(
        servers=named,
        account=options.account
        and replace(options.account, customer_id=matched.account.customer_id),
        env=matched.env,
        read_at=account.read_at,
        has_state=options.has_state,
        has_cost=options.has_cost,
        warnings=(
            *_contradictions(matched),
            *doubled,
            *_unread(matched),
            *_impossible_sizes(listed),
            *costs.warnings,
        ),
    )
    return _add_totals(inventory, costs) if options.has_cost else inventory


def _add_totals(inventory: Inventory, costs: Costs) -> Inventory:
    """With the sum of the costs; with one for each currency where there are several, and with none
    where no cost of any server is known."""
    known = [
        (row, costs.amounts[row.id])
        for row in inventory.servers
        if row.id is not None and row.id in costs.amounts
    ]
    if not known and any(row.id is not None for row in inventory.servers):
        return inventory
    sums: dict[str | None, Decimal] = {}
    for row, amount in known:
        sums[row.currency] = sums.get(row.currency, ZERO) + amount
    if len(sums) > 1:
        order = sorted(sums, key=lambda currency: (currency is None, currency or ""))
        totals = tuple((currency, spell_amount(sums[currency])) for currency in order)
        return replace(inventory, monthly_totals=totals)
    retired = [amount for row, amount in known if row.is_retired]
    return replace(
        inventory,
        monthly_total=spell_amount(sum(sums.values(), ZERO)),
        retired_total=spell_amount(sum(retired, ZERO)) if retired else None,
        currency=next(iter(sums), None),
    )


def _find_owners(matched: MatchedAccount) -> Mapping[int, _Owner]:
    """Whose each live server of the account is."""
    stacks = {name: one.stack for one in matched.stacks for name in one.stack.names}
    owners = {
        match.live.id: _matched_owner(one.stack, match)
        for one in matched.stacks
        for match in one.matches
        if match.live is not None
    }
    for live in matched.account.every_server:
        if live.id not in owners:
            owners[live.id] = _tagged_owner(live, stacks)
    return owners


def _matched_owner(stack: Stack, match: Match) -> _Owner:
    if match.spec is None:
        base = _find_base(stack, match.key)
        return _Owner(status=Standing.UNDECLARED, stack=stack.name, key=match.key, base_key=base)
    return _Owner(
        status=Standing.DECLARED,
        stack=stack.name,
        key=match.key,
        base_key=match.spec.base_key,
        spec=match.spec,
    )


def _tagged_owner(live: LiveServer, stacks: Mapping[str, Stack]) -> _Owner:
    """By the tags alone: a server of no given stack, or one whose tags contradict something."""
    ownership = read_ownership(live.tags)
    if not ownership.stacks:
        return _Owner(status=Standing.UNMANAGED)
    given = sorted(ownership.stacks & stacks.keys())
    key = next(iter(ownership.keys)) if len(ownership.keys) == 1 else None
    if not given:
        name = next(iter(ownership.stacks)) if len(ownership.stacks) == 1 else None
        return _Owner(status=Standing.OTHER_STACK, stack=name, key=key, base_key=key)
    stack = stacks[given[0]]
    base = None if key is None else _find_base(stack, key)
    return _Owner(status=Standing.UNDECLARED, stack=stack.name, key=key, base_key=base)


def _find_base(stack: Stack, key: str) -> str:
    """The entry of the file that the key belonged to, as far as the file still has it."""
    repeated = {spec.base_key for spec in stack.servers if spec.base_key != spec.key}
    return next((base for base in possible_bases(key) if base in repeated), key)


def _show(
    live: LiveServer, owner: _Owner, catalogues: Catalogues, cost: Decimal | None
) -> InventoryServer:
    return InventoryServer(
        status=owner.status,
        name="",
        id=live.id,
        stack=owner.stack,
        key=owner.key,
        base_key=owner.base_key,
        hostname=live.hostname,
        custom_name=live.custom_name,
        addresses=addresses_of(live),
        cores=_read("cores", live, catalogues),
        memory_gb=_read("memory", live, catalogues),
        disk_gb=live.disk_gb,
        pool=live.pool,
        type=live.type,
        image=_read("image", live, catalogues),
        os_name=live.os_name,
        tags=tuple(sorted(tag for tag in live.tags if not is_reserved_tag(tag))),
        created_at=live.created_at,
        created_by=live.fact(_CREATED_BY),
        declared=None if owner.spec is None else owner.spec.declared_at,
        marks=tuple(sorted(filter(_is_mark, live.tags))),
        retires=read_retirement(live.tags),
        is_building=live.is_building,
        is_deleting=live.is_deleting,
        state=live.parts.get(STATE),
        monthly_cost=None if cost is None else spell_amount(cost),
    )


def _read(field: str, live: LiveServer, catalogues: Catalogues) -> Any:
    """The field's live value, None where it is unknown."""
    value = ASPECTS[field].read_live(live, catalogues)
    return None if isinstance(value, Unknown) else value


def _is_mark(tag: str) -> bool:
    return is_reserved_tag(tag) and not tag.startswith((STACK_PREFIX, SERVER_PREFIX))


def _find_missing(matched: MatchedAccount) -> Iterator[InventoryServer]:
    """The declared servers that are not there. One whose tags contradict something is not among
    them: nobody knows whether it is there."""
    for one in matched.stacks:
        told = {match.key: match for match in one.matches}
        for spec in one.stack.servers:
            match = told.get(spec.key)
            is_bound_to_none = (
                match is None
                and spec.hostname is not None
                and spec.hostname not in matched.index.by_hostname
            )
            if is_bound_to_none or (match is not None and match.live is None):
                yield InventoryServer(
                    status=Standing.MISSING,
                    name="",
                    stack=one.stack.name,
                    key=spec.key,
                    base_key=spec.base_key,
                    addresses=Addresses(),
                    declared=spec.declared_at,
                )


def _place(server: InventoryServer) -> tuple[Any, ...]:
    """By stack and key, numbers as numbers; servers without a stack last, by hostname."""
    name = server.key or server.hostname or ""
    return (server.stack is None, server.stack or "", _natural(name), server.id or 0)


def _natural(text: str) -> tuple[tuple[int, str], ...]:
    """The text so that numbers in it are compared as numbers, however long they are."""
    return tuple(
        (len(digits := part.lstrip("0")), digits) if number % 2 else (-1, part)
        for number, part in enumerate(_NUMBER.split(text))
    )


def _contradictions(matched: MatchedAccount) -> Iterator[Diagnostic]:
    """What a plan would refuse, as warnings: an inventory tells all the same what there is."""
    for one in matched.stacks:
        for conflict in one.conflicts:
            yield replace(conflict, severity=Severity.WARNING)


def _unread(matched: MatchedAccount) -> Iterator[Diagnostic]:
    for live in matched.account.every_server:
        for operation_id, why in live.unread.items():
            yield Diagnostic(
                code="inventory-unread",
                where=live.name,
                what=f"{operation_id} could not be read: {why.rstrip('.')}",
                severity=Severity.WARNING,
            )
    for operation_id, why in matched.account.unread.items():
        yield Diagnostic(
            code="inventory-unread",
            where=operation_id,
            what=f"it could not be read: {why.rstrip('.')}",
            severity=Severity.WARNING,
        )


def _impossible_sizes(listed: Sequence[LiveServer]) -> Iterator[Diagnostic]:
    """One warning for each size: where it is in another unit, it is so for all servers."""
    for name, aspect in ASPECTS.items():
        told = {live.name: aspect.find_other_version(live) for live in listed}
        odd = [server for server, reason in told.items() if reason]
        if odd:
            yield Diagnostic(
                code="inventory-unread",
                where=name,
                what=f"it is unknown of {count_of(len(odd), 'server')} ({join_names(odd)}):"
                f" {told[odd[0]]}",
                severity=Severity.WARNING,
            )
