"""What windows and freezes hold of a plan at a moment, and what is left out of it instead.

Whether they are open is told by schedule.py, and in which words by closed.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Deferred, Plan, ServerPlan, StackPlan
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.classes import windowed_classes_of
from ccloud_apply.plan.windows.closed import OVERRIDE_HINT, code_of, describe_closed, describe_rule
from ccloud_apply.plan.windows.schedule import find_opening, is_allowed, select_rules

CODES = frozenset({"outside-window", "in-freeze"})
"""Of what holds a plan for its time alone."""

DEFER_HINT = "wait for it; --defer does the rest now, --override-window REASON does not wait"


def find_closed_servers(
    policy: Policy, plan: StackPlan, moment: datetime
) -> Mapping[str, ServerPlan]:
    """The entries to which something would happen that may not happen at the moment, by key."""
    if not policy.windows and not policy.freezes:
        return {}
    return {
        server.key: server
        for server in plan.entries
        if not is_allowed(select_rules(policy, windowed_classes_of(server)), moment)
    }


def hold_closed(
    stack: Stack, plan: StackPlan, moment: datetime, *, is_destroy: bool = False
) -> tuple[Diagnostic, ...]:
    """What holds the plan of a stack at the moment: a diagnostic for each rule that does, with the
    servers that it is about. `is_destroy`: of the command that removes all of them."""
    found: dict[tuple[str, str], list[ServerPlan]] = {}
    for server in find_closed_servers(stack.policy, plan, moment).values():
        classes = windowed_classes_of(server)
        code = code_of(select_rules(stack.policy, classes), moment)
        found.setdefault((code, describe_closed(stack.policy, classes, moment)), []).append(server)
    return tuple(
        Diagnostic(
            code=code,
            where=f"servers.{servers[0].key}" if len(servers) == 1 else f"stack {stack.name}",
            what=f"{join_names(map(_name, servers), most=10)}: {why}",
            hint=OVERRIDE_HINT if is_destroy else DEFER_HINT,
            severity=Severity.HELD,
            source=servers[0].source if len(servers) == 1 else stack.source,
        )
        for (code, why), servers in found.items()
    )


def judge_again(stacks: Sequence[Stack], plan: Plan, moment: datetime) -> Plan:
    """A part of a plan, held for what is in it: what windows hold elsewhere does not count."""
    by_name = {stack.name: stack for stack in stacks}

    def judge(one: StackPlan) -> StackPlan:
        others = tuple(held for held in one.held if held.code not in CODES)
        if len(others) == len(one.held) or one.stack not in by_name:
            return one
        return replace(one, held=(*others, *hold_closed(by_name[one.stack], one, moment)))

    return replace(plan, stacks=tuple(map(judge, plan.stacks)))


def find_deferrable(policy: Policy, plan: StackPlan, moment: datetime) -> tuple[Deferred, ...]:
    """What is to be left out of the plan at the moment: the servers that may not be changed, and
    those whose steps need theirs."""
    closed = find_closed_servers(policy, plan, moment)
    if not closed:
        return ()
    waiting = _add_dependants(plan, closed)
    return tuple(
        Deferred(
            key=server.key,
            action=server.action,
            why=(
                describe_rule(policy, windowed_classes_of(server), moment)
                if server.key in closed
                else f"it needs {join_names(sorted(waiting[server.key]))}, which is deferred"
            ),
            opens_at=_find_opening(policy, plan, {server.key, *waiting[server.key]}, moment),
            hostname=server.hostname,
            changes=server.changes,
        )
        for server in plan.entries
        if server.key in waiting
    )


def _add_dependants(plan: StackPlan, closed: Collection[str]) -> Mapping[str, set[str]]:
    """The keys of what is left out, each with those whose being left out makes it so."""
    waiting: dict[str, set[str]] = {key: set() for key in closed}
    servers = {step.id: step.server for step in plan.steps}
    edges: dict[str, set[str]] = {}
    for step in plan.steps:
        for need in step.needs:
            if servers.get(need, step.server) != step.server:
                edges.setdefault(servers[need], set()).add(step.server)
    todo = list(closed)
    while todo:
        key = todo.pop()
        for other in sorted(edges.get(key, ())):
            if other in closed:
                continue
            if other not in waiting:
                waiting[other] = set()
                todo.append(other)
            waiting[other].add(key)
    return waiting


def _find_opening(
    policy: Policy, plan: StackPlan, keys: Collection[str], moment: datetime
) -> datetime | None:
    """When all of these may happen at once."""
    classes = {c for s in plan.entries if s.key in keys for c in windowed_classes_of(s)}
    return find_opening(select_rules(policy, classes), moment)


def _name(server: ServerPlan) -> str:
    return server.key if server.hostname is None else f"{server.key} ({server.hostname})"
