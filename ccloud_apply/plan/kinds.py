"""The kind of a field's values, by the field's name, where no aspect is at hand.

Whoever makes a change gives it its kind. A saved plan does not store kinds: whoever reads one gets
them here, also for an older file. What a format makes of a kind belongs to `render/`.
"""

from collections.abc import Iterable
from dataclasses import replace

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.results.plan import (
    MONTHLY_COST,
    FieldChange,
    Plan,
    ServerPlan,
    StackPlan,
    ValueKind,
)

_FACTS = {
    "disk": ValueKind.GB,
    "ownership_tags": ValueKind.TAGS,
    MONTHLY_COST: ValueKind.MONEY,
}
"""What documents say of a live server that is no field of a stack file."""


def kind_of(field: str) -> ValueKind:
    """The kind of a field's values; `disks.2` has that of `disks`, an unknown field is PLAIN."""
    aspect = ASPECTS.get(field.partition(".")[0])
    return _FACTS.get(field, ValueKind.PLAIN) if aspect is None else aspect.kind


def with_kinds(changes: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """Changes that were read from a document, with their kinds."""
    return tuple(map(_restore, changes))


def with_kinds_in(plan: Plan) -> Plan:
    """A plan that was read from a document, with the kinds of its changes."""
    return replace(plan, stacks=tuple(map(_restore_stack, plan.stacks)))


def _restore_stack(stack: StackPlan) -> StackPlan:
    account = stack.account
    if account is not None:
        account = replace(account, changes=with_kinds(account.changes))
    deferred = tuple(replace(one, changes=with_kinds(one.changes)) for one in stack.deferred)
    servers = tuple(map(_restore_server, stack.servers))
    return replace(stack, servers=servers, account=account, deferred=deferred)


def _restore_server(server: ServerPlan) -> ServerPlan:
    changes, goes = map(with_kinds, (server.changes, server.goes))
    return replace(server, changes=changes, goes=goes)


def _restore(change: FieldChange) -> FieldChange:
    return replace(change, kind=kind_of(change.field))
