"""The shapes that need a quote: what each server of a plan is before and after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from typing import Any

from ccloud_apply.aspects.base import Catalogues
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.model.results.plan import (
    Action,
    FieldChange,
    Plan,
    ServerPlan,
    StackPlan,
)

_ANEW = (Action.CREATE, Action.REPLACE)
_NEEDED = tuple(
    each.name for each in fields(Shape) if each.default is each.default_factory is MISSING
)
_BLANK = Shape(pool="", cores=0, memory_gb=0, disk_gb=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """A server before and after: None where it is not there. `is_known` is False where the account
    or the file does not say enough for a quote, or where no quote is what the server costs: `why`
    says it then. `hostname` is that of the live server. `is_retired`: it is or will be off, and
    costs the same until its day."""

    before: Shape | None = None
    after: Shape | None = None
    is_known: bool = True
    why: str = ""
    hostname: str | None = None
    is_retired: bool = False

    @property
    def is_same(self) -> bool:
        """True if what the server is priced by stays as it is."""
        return self.before is not None and self.before == self.after


def find_shapes(
    stacks: Sequence[Stack], account: Account, plan: Plan
) -> Mapping[tuple[str, str], Shapes]:
    """The shapes of the servers of every stack that has a cost, by stack and key."""
    by_name = {stack.name: stack for stack in stacks}
    live = {server.hostname: server for server in account.servers if server.hostname}
    found = {}
    for stack in filter(has_cost, plan.stacks):
        for server in find_priced(stack):
            shapes = _find_shapes(by_name.get(stack.stack), server, live, account)
            hostname = server.hostname if server.action is not Action.CREATE else None
            found[stack.stack, server.key] = replace(
                shapes, hostname=hostname, is_retired=is_retired(server)
            )
    return found


def has_cost(stack: StackPlan) -> bool:
    """True for a stack whose cost is told: it changes, or pays for servers that are retired."""
    return stack.has_changes or bool(stack.retired)


def is_retired(server: ServerPlan) -> bool:
    """True for a server that waits for its day, or does so after this plan."""
    return server.is_waiting or server.action is Action.RETIRE


def find_priced(stack: StackPlan) -> tuple[ServerPlan, ...]:
    """The servers; and the account for its addons, whose price nobody says."""
    changes = () if stack.account is None else stack.account.changes
    has_addons = any(change.field.startswith("addons.") for change in changes)
    return stack.entries if has_addons else stack.servers


def distinct_shapes(shapes: Mapping[tuple[str, str], Shapes]) -> tuple[Shape, ...]:
    """Each shape that a quote is needed of, once."""
    return tuple(
        dict.fromkeys(
            shape
            for pair in shapes.values()
            if pair.is_known
            for shape in (pair.before, pair.after)
            if shape is not None
        )
    )


def _find_shapes(
    stack: Stack | None, server: ServerPlan, live: Mapping[str, LiveServer], account: Account
) -> Shapes:
    before: Shape | None = None
    if server.action is not Action.CREATE:
        found = live.get(server.hostname or "")
        before = None if found is None else read_shape(found)
        if before is None:
            return Shapes(is_known=False)
    if server.action is Action.DESTROY:
        return Shapes(before=before)
    if is_retired(server):
        return Shapes(before=before, after=before)
    catalogues = Catalogues(images=account.images, pools=account.pools)
    if server.action in _ANEW:
        after = _describe_shape(stack, server, catalogues)
        return Shapes(before=before, after=after, is_known=after is not None)
    assert before is not None
    return Shapes(before=before, after=_change_shape(before, server.changes, catalogues))


def read_shape(live: LiveServer) -> Shape | None:
    """The shape of a live server as its fields tell it; None where one lacks what a price needs."""
    shape: dict[str, Any] = {}
    for aspect in ASPECTS.values():
        shape |= aspect.live_shape(live)
    return None if any(shape[name] is None for name in _NEEDED) else Shape(**shape)


def _describe_shape(
    stack: Stack | None, server: ServerPlan, catalogues: Catalogues
) -> Shape | None:
    """The shape of every declared value, for a replace shows only those that differ; None where
    one that a price needs is missing."""
    spec = next((s for s in stack.servers if s.key == server.key), None) if stack else None
    changes: Iterable[FieldChange] = server.changes
    if spec is not None:
        changes = (
            change
            for name, declared in spec.fields.items()
            for change in ASPECTS[name].describe(declared.value)
        )
    shape = _change_shape(_BLANK, changes, catalogues)
    is_whole = shape.pool and shape.cores and shape.memory_gb and shape.disk_gb
    return shape if is_whole else None


def _change_shape(shape: Shape, changes: Iterable[FieldChange], catalogues: Catalogues) -> Shape:
    for change in changes:
        aspect = ASPECTS.get(change.field.partition(".")[0])
        if aspect is not None:
            shape = aspect.change_shape(shape, change, catalogues)
    return shape
