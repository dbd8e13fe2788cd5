"""What of a stack's plan may not happen at the moment: it holds the plan, or is deferred.

How a rule is judged belongs to schedule.py, how it is told to closed.py, and what an apply does
when a window closes in its middle to gated.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import ACCOUNT, Action, Deferred, ServerPlan, StackPlan
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.classes import windowed_classes_of
from ccloud_apply.plan.windows.closed import code_of, describe_closed, describe_rule
from ccloud_apply.plan.windows.schedule import (
    Rules,
    find_closed,
    find_frozen,
    find_opening,
    is_allowed,
    select_rules,
)

_GOING = (Action.DESTROY, Action.RETIRE)
"""What goes does so in the order of its steps: before what it depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why changes of certain classes may not happen now. `rule` is a clause that names the rule,
    `why` one that also says when they may; `opens_at` is that (UTC), None if they never may."""

    code: str
    rule: str
    why: str
    opens_at: datetime | None
    source: SourceRange | None


def find_obstacles(stack: Stack, plan: StackPlan, moment: datetime) -> Mapping[str, Obstacle]:
    """What keeps each server from its change at the moment, by key; the account has its own."""
    policy = stack.policy
    if not policy.windows and not policy.freezes:
        return {}
    found: dict[tuple[str, ...], Obstacle | None] = {}
    obstacles = {}
    for server in plan.entries:
        classes = windowed_classes_of(server)
        if classes not in found:
            found[classes] = _find_obstacle(stack, classes, moment)
        obstacle = found[classes]
        if obstacle is not None:
            obstacles[server.key] = obstacle
    return obstacles


def _find_obstacle(stack: Stack, classes: Sequence[str], moment: datetime) -> Obstacle | None:
    rules = select_rules(stack.policy, classes)
    if is_allowed(rules, moment):
        return None
    return Obstacle(
        code=code_of(rules, moment),
        rule=describe_rule(stack.policy, classes, moment),
        why=describe_closed(stack.policy, classes, moment),
        opens_at=find_opening(rules, moment),
        source=_place(rules, moment),
    )


def _place(rules: Rules, moment: datetime) -> SourceRange | None:
    frozen = find_frozen(rules, moment)
    return frozen[0].source if frozen else find_closed(rules, moment)[0][0].source


def hold_closed(
    plan: StackPlan, obstacles: Mapping[str, Obstacle], *, is_destroy: bool = False
) -> tuple[Diagnostic, ...]:
    """A guard's diagnostic for each rule that holds the plan, with the servers that it is for."""
    held: dict[Obstacle, list[ServerPlan]] = {}
    for server in plan.entries:
        if server.key in obstacles:
            held.setdefault(obstacles[server.key], []).append(server)
    return tuple(
        Diagnostic(
            code=obstacle.code,
            where=_name_place(plan, servers),
            what=f"{join_names(map(_name, servers))} may not change now: {obstacle.why}",
            hint=_hint(obstacle, is_destroy=is_destroy),
            severity=Severity.HELD,
            source=obstacle.source,
        )
        for obstacle, servers in held.items()
    )


def _hint(obstacle: Obstacle, *, is_destroy: bool) -> str:
    """The ways out. The command `destroy` leaves nothing for later."""
    wait = "change the rule" if obstacle.opens_at is None else "wait until then"
    if is_destroy:
        return f"{wait}, or repeat with --override-window REASON to do it now"
    rest = "repeat with --defer to do all the rest"
    return f"{wait}, {rest}, or with --override-window REASON to do it now"


def _name_place(plan: StackPlan, servers: Sequence[ServerPlan]) -> str:
    if len(servers) > 1:
        return f"stack {plan.stack}"
    return "account" if servers[0].key == ACCOUNT else f"servers.{servers[0].key}"


def _name(server: ServerPlan) -> str:
    if server.key == ACCOUNT:
        return "the account"
    return server.key if server.hostname is None else f"{server.key} ({server.hostname})"


def defer(stack: Stack, plan: StackPlan, obstacles: Mapping[str, Obstacle]) -> tuple[Deferred, ...]:
    """The servers that a plan does without for now, in its order: those with an obstacle, and all
    to which something would happen that has to wait for one of them."""
    causes = _find_causes(stack, plan, obstacles)
    times: dict[str, datetime | None] = {key: one.opens_at for key, one in obstacles.items()}
    entries = {server.key: server for server in plan.entries}
    for key, cause in causes.items():  # a cause stands before what waits for it
        after = times[cause]
        rules = select_rules(stack.policy, windowed_classes_of(entries[key]))
        times[key] = None if after is None else find_opening(rules, after)
    return tuple(
        Deferred(
            key=server.key,
            action=server.action,
            why=(
                obstacles[server.key].rule
                if server.key in obstacles
                else f"it waits for {causes[server.key]}, which is deferred"
            ),
            opens_at=times[server.key],
            hostname=server.hostname,
            changes=server.changes,
        )
        for server in plan.entries
        if server.steps and server.key in times
    )


def _find_causes(stack: Stack, plan: StackPlan, first: Iterable[str]) -> dict[str, str]:
    """By key of each server that has to wait for a deferred one, the one that it waits for."""
    waiting = _find_waiting(stack, plan)
    todo = list(first)
    seen, causes = set(todo), {}
    for key in todo:
        for other in waiting.get(key, ()):
            if other not in seen:
                seen.add(other)
                causes[other] = key
                todo.append(other)
    return causes


def _find_waiting(stack: Stack, plan: StackPlan) -> Mapping[str, Sequence[str]]:
    """By key, what must not be done without that server's change: what depends on it as declared,
    what its steps come before, and what gets the key that it gives away."""
    keys = {server.key for server in plan.servers}
    owners = {step.id: step.server for step in plan.steps}
    pairs = [(owners[need], s.server) for s in plan.steps for need in s.needs if need in owners]
    going = {server.key for server in plan.servers if server.action in _GOING}
    pairs += (
        (needed, spec.key)
        for spec in stack.servers
        for needed in spec.depends_on
        if going.isdisjoint((needed, spec.key))
    )
    pairs += ((s.key, s.moved_from) for s in plan.servers if s.moved_from is not None)
    waiting: dict[str, list[str]] = {}
    for key, other in dict.fromkeys(pairs):
        if key != other and key in keys and other in keys:
            waiting.setdefault(key, []).append(other)
    return waiting
