"""Whether what has a window is expected to be done before it closes: a warning where it is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Plan, ServerPlan, StackPlan
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.classes import windowed_classes_of
from ccloud_apply.plan.timing.history import Durations
from ccloud_apply.plan.timing.length import Layout, lay_out
from ccloud_apply.plan.windows.instants import find_zone
from ccloud_apply.plan.windows.schedule import (
    Rules,
    find_closing,
    is_allowed,
    select_rules,
)

_MAX_NAMES = 5
_HINT = "apply it earlier in the window, or a part of it with --target"


def has_windows(stacks: Sequence[Stack], plan: Plan) -> bool:
    """True if anything of the plan may not happen at any time, and does not override that."""
    return not plan.override_window and any(
        _rules_of(policy, server)
        for policy, stack in _with_policies(stacks, plan)
        for server in stack.changed_servers()
    )


def add_fit(
    stacks: Sequence[Stack],
    plan: Plan,
    durations: Durations,
    *,
    parallelism: int,
    moment: datetime | None,
) -> Plan:
    """The plan, with a warning for servers that would not be done before their window closes.

    What nobody can time takes no time here: a warning is right, its absence proves nothing. The
    apply begins at the `moment`, None for when the account was read.
    """
    moment = moment or plan.read_at
    if moment is None or not has_windows(stacks, plan):
        return plan
    layout = lay_out(plan, durations, parallelism=parallelism)
    found = {
        stack.stack: tuple(_find_late(policy, stack, layout, moment))
        for policy, stack in _with_policies(stacks, plan)
    }
    return replace(
        plan,
        stacks=tuple(
            replace(stack, warnings=(*stack.warnings, *found.get(stack.stack, ())))
            for stack in plan.stacks
        ),
    )


def _with_policies(stacks: Sequence[Stack], plan: Plan) -> Iterator[tuple[Policy, StackPlan]]:
    policies: Mapping[str, Policy] = {stack.name: stack.policy for stack in stacks}
    for stack in plan.stacks:
        policy = policies.get(stack.stack)
        if policy is not None and (policy.windows or policy.freezes):
            yield policy, stack


def _rules_of(policy: Policy, server: ServerPlan) -> Rules:
    return select_rules(policy, windowed_classes_of(server))


def _find_late(
    policy: Policy, stack: StackPlan, layout: Layout, moment: datetime
) -> Iterator[Diagnostic]:
    """A warning for all servers whose window closes at the same time."""
    late: dict[tuple[datetime, str], list[ServerPlan]] = {}
    for server in stack.changed_servers():
        rules = _rules_of(policy, server)
        seconds = layout.ends.get((stack.stack, server.key), 0.0)
        if not rules or not is_allowed(rules, moment):
            continue
        closes_at = find_closing(rules, moment)
        if closes_at is not None and moment + timedelta(seconds=seconds) > closes_at:
            late.setdefault((closes_at, _find_zone_name(rules)), []).append(server)
    for (closes_at, zone), servers in late.items():
        yield _warn(stack, servers, layout, moment, closes_at, zone)


def _find_zone_name(rules: Rules) -> str:
    zones = [window.zone for group in rules.windows for window in group]
    return [*zones, *(freeze.zone for freeze in rules.freezes)][0]


def _warn(
    stack: StackPlan,
    servers: Sequence[ServerPlan],
    layout: Layout,
    moment: datetime,
    closes_at: datetime,
    zone: str,
) -> Diagnostic:
    names = [(stack.stack, server.key) for server in servers]
    longest = max(layout.ends.get(name, 0.0) for name in names)
    least = " at least" if any(layout.untold.get(name) for name in names) else " about"
    left = (closes_at - moment).total_seconds()
    local = closes_at.astimezone(find_zone(zone))
    is_one = len(servers) == 1
    return Diagnostic(
        code="window-short",
        where=join_names([server.key for server in servers], most=_MAX_NAMES),
        what=(
            f"the window closes at {local:%a %Y-%m-%d %H:%M} {zone}, in {_minutes(left)};"
            f" {'it is' if is_one else 'they are'} expected to be done"
            f"{least} {_minutes(longest)} after the apply begins"
        ),
        hint=_HINT,
        severity=Severity.WARNING,
    )


def _minutes(seconds: float) -> str:
    return f"{ceil(seconds)} s" if seconds < 120 else f"{ceil(seconds / 60):,} min"
