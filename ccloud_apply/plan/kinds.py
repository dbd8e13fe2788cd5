"""The kind of each changed value, as the field's aspect says it.

A saved plan does not store kinds: whoever reads one gets them here, also for an older file. What a
format makes of a kind belongs to `render/`.
"""

from collections.abc import Iterable
from dataclasses import replace

from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.model.results.plan import FieldChange, Plan, ServerPlan, StackPlan, ValueKind


def kind_of(field: str) -> ValueKind:
    """The kind of a field's values; `disks.2` has that of `disks`, an unknown field is PLAIN."""
    aspect = ASPECTS.get(field.partition(".")[0])
    return ValueKind.PLAIN if aspect is None else aspect.kind


def with_kinds(changes: Iterable[FieldChange]) -> tuple[FieldChange, ...]:
    """The changes, each with the kind of its field."""
    return tuple(_with_kind(change, kind_of(change.field)) for change in changes)


def _with_kind(change: FieldChange, kind: ValueKind) -> FieldChange:
    return change if change.kind is kind else replace(change, kind=kind)  # most have it already


def with_kinds_in(plan: Plan) -> Plan:
    """A plan that was read from a document, with the kinds of its changes."""
    return replace(plan, stacks=tuple(map(_restore_stack, plan.stacks)))


def _restore_stack(stack: StackPlan) -> StackPlan:
    account = stack.account
    if account is not None:
        account = replace(account, changes=with_kinds(account.changes))
    return replace(stack, servers=tuple(map(_restore_server, stack.servers)), account=account)


def _restore_server(server: ServerPlan) -> ServerPlan:
    return replace(server, changes=with_kinds(server.changes))
