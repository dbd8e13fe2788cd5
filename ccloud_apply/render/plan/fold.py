"""Groups the servers of a stack to which the same happens, so that each group is one block.

A value may hold the server's own key, its own part of the key, or its hostname. It counts as equal
and is shown as a pattern (`${key}`, `${index}`, `${hostname}`): filled in for a server, it is that
server's own value. Names that follow no pattern are kept beside each other, one for each server.

What a reviewer has to see one by one is never grouped: whatever is destroyed, retired, replaced or
loses data, a server that a guard names, a server with another key.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import field
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import (
    Action,
    FieldChange,
    ServerPlan,
    StackPlan,
    Step,
    ValueKind,
)
from ccloud_apply.render.plan.fold_names import find_earlier_stack, name_runs
from ccloud_apply.render.plan.fold_pattern import (
    Hide,
    build_hide,
    freeze,
    has_placeholder,
    hide_change,
    hide_in,
)

_SMALLEST = 2
_SMALLEST_BARE = 3
"""Two blocks of one line each are as short as one block of both."""

_FOLDED = frozenset(
    {Action.CREATE, Action.UPDATE, Action.ADOPT, Action.RESTORE, Action.NOT_COMPARED}
)
_Numbered = list[tuple[int, ServerPlan]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One or more servers, and what is shown for all of them.

    `changes`, `warnings` and `why` are true for each server, once its own parts are filled in.
    `own` has the changes of a field that no pattern tells, in the order of the servers.
    `currency` is that of the stack's amounts.
    """

    servers: tuple[ServerPlan, ...]
    changes: tuple[FieldChange, ...]
    warnings: tuple[str, ...]
    why: str = ""
    own: Mapping[str, tuple[FieldChange, ...]] = field(default_factory=dict)
    currency: str | None = None

    @property
    def first(self) -> ServerPlan:
        """The server that represents all."""
        return self.servers[0]


def fold_servers(
    servers: Iterable[ServerPlan],
    stack: StackPlan | None = None,
    *,
    is_full: bool = False,
    most_lines: int | None = None,
) -> tuple[Fold, ...]:
    """The servers in groups, each at the place of its first server; `is_full` groups none.

    `stack` is the plan that they belong to: its steps, costs and guards tell servers apart too. A
    fold whose names or values need more than `most_lines` of them is several folds.
    """
    facts = _Facts.of(stack)
    groups: dict[Hashable, _Numbered] = {}
    for number, server in enumerate(servers):
        shape = None if is_full else _shape(server, facts)
        groups.setdefault(number if shape is None else shape, []).append((number, server))
    parts = [part for group in groups.values() for part in _split(group)]
    folds: list[Fold] = []
    for part in sorted(parts, key=lambda part: part[0][0]):
        folds += _fold([server for _, server in part], facts, most_lines)
    return tuple(folds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What a stack's plan says of its servers beside themselves."""

    steps: Mapping[str, Step] = field(default_factory=dict)
    costs: Mapping[str, Any] = field(default_factory=dict)
    unpriced: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    currency: str | None = None

    @classmethod
    def of(cls, stack: StackPlan | None) -> "_Facts":
        if stack is None:
            return cls()
        cost = stack.cost or {}
        named = (found.where.removeprefix("servers.").partition(".")[0] for found in stack.held)
        return cls(
            steps={step.id: step for step in stack.steps},
            costs=cost.get("servers", {}),
            unpriced=frozenset(map(str, cost.get("unknown", ()))),
            guarded=frozenset(named),
            currency=stack.currency,
        )

    def of_steps(self, server: ServerPlan) -> list[Step]:
        return [self.steps[id] for id in server.steps if id in self.steps]

    def of_cost(self, server: ServerPlan) -> Hashable:
        """What the plan changes of the server's cost, whatever it costs now."""
        if server.key in self.unpriced:
            return "unknown"
        cost = self.costs.get(server.key, {})
        return (cost.get("monthly_change"), cost.get("setup_fees"))


# What servers have in common.


def _shape(server: ServerPlan, facts: _Facts) -> Hashable:
    """What is equal for the servers of a group; None for a server that stands alone."""
    steps = facts.of_steps(server)
    is_alone = (
        server.action not in _FOLDED
        or find_earlier_stack(server) is None
        or server.loses_data
        or any(step.is_destructive for step in steps)
        or not facts.guarded.isdisjoint({server.key, server.hostname})
        or has_placeholder(server)
    )
    if is_alone:
        return None
    hide = build_hide(server)
    return (
        server.action,
        tuple(_shape_of_change(change, hide) for change in server.changes),
        tuple(map(hide, server.warnings)),
        hide(server.why),
        hide(server.moved_from or ""),
        server.has_downtime,
        server.downtime_s,
        server.is_released,
        server.is_busy,
        server.rests_on,
        server.reversibility,
        server.undo,
        server.hostname is None,
        facts.of_cost(server),
        tuple(
            (hide(step.operation), step.causes_downtime, tuple(map(hide, step.needs)))
            for step in steps
        ),
    )


def _shape_of_change(change: FieldChange, hide: Hide) -> Hashable:
    # Of names it counts alone which sides there are: the values are listed if they differ.
    is_name = change.kind is ValueKind.NAME
    sides = (change.before, change.after)
    return (
        change.field,
        change.kind,
        change.is_sensitive,
        change.forces_replace,
        change.reversibility,
        change.undo,
        hide(change.note),
        tuple(side is None if is_name else freeze(hide_in(side, hide)) for side in sides),
    )


# What is shown of them.


def _split(group: _Numbered) -> list[_Numbered]:
    """The group, or each of its servers where a block of all would be no shorter."""
    first = group[0][1]
    has_details = first.changes or first.warnings or first.has_downtime or first.rests_on
    if len(group) >= (_SMALLEST if has_details else _SMALLEST_BARE):
        return [group]
    return [[each] for each in group]


def _fold(servers: list[ServerPlan], facts: _Facts, most: int | None) -> Iterable[Fold]:
    if len(servers) == 1:
        (server,) = servers
        yield Fold(
            servers=(server,),
            changes=server.changes,
            warnings=server.warnings,
            why=server.why,
            currency=facts.currency,
        )
        return
    found = _join(servers, facts)
    lines = len(servers) if found.own else len(name_runs(servers)) if most else 0
    if most is None or lines <= most:
        yield found
        return
    for begin in range(0, len(servers), most):
        yield from _fold(servers[begin : begin + most], facts, most)


def _join(servers: list[ServerPlan], facts: _Facts) -> Fold:
    first = servers[0]
    hides = list(map(build_hide, servers))
    changes: list[FieldChange] = []
    own: dict[str, tuple[FieldChange, ...]] = {}
    for number, change in enumerate(first.changes):
        each = tuple(server.changes[number] for server in servers)
        pattern = hide_change(change, hides[0])
        if all(other == change for other in each):
            changes.append(change)
            continue
        changes.append(pattern)
        is_pattern = change.kind is not ValueKind.NAME or all(
            hide_change(other, hide) == pattern for other, hide in zip(each, hides, strict=True)
        )
        if not is_pattern:
            own[change.field] = each
    return Fold(
        servers=tuple(servers),
        changes=tuple(changes),
        warnings=_common([server.warnings for server in servers], hides[0]),
        why=_common([(server.why,) for server in servers], hides[0])[0],
        own=own,
        currency=facts.currency,
    )


def _common(each: list[tuple[str, ...]], hide: Hide) -> tuple[str, ...]:
    """The texts as they are if all servers have the same ones, else their pattern."""
    return each[0] if all(texts == each[0] for texts in each) else tuple(map(hide, each[0]))
