"""The words that texts about a fleet share: ages, names, counts.

What a decision has done (`decided_words`, `paused_words`) is whole and escaped; all else is not.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ccloud_apply.model.results.fleet import FleetPlan, FleetRun, FleetStack
from ccloud_apply.model.results.plan import DESTROYS_DATA
from ccloud_apply.model.text import count_of, join_names
from ccloud_apply.render.lib.escape import escape_short

_UNITS = ((86400, "days", 2 * 86400), (3600, "h", 3600), (60, "min", 60), (1, "s", 0))
"""Seconds of a unit, its name, and from how many seconds on it is used."""

_NO_CHANGES = ("unchanged", "not_compared", DESTROYS_DATA)
_SHORT = 8
_DIGEST = 12
_LONG = 400


def age_words(now: datetime, then: datetime | None) -> str:
    """`12 min`: how long ago it was."""
    return "never" if then is None else span_words((now - then).total_seconds())


def due_words(now: datetime, due: datetime) -> str:
    """`in 5 min`, or `now` for what is due."""
    seconds = (due - now).total_seconds()
    return f"in {span_words(seconds)}" if seconds >= 1 else "now"


def span_words(seconds: float) -> str:
    """`12 s`, `5 min`, `3 h`, `4 days`: rounded down, and at least nothing.

    The script of the page says the same as time goes by.
    """
    whole = max(0, int(seconds))
    size, unit, _ = next(one for one in _UNITS if whole >= one[2])
    return f"{whole // size:,} {unit}"


def stack_name(account: str, stack: str | None) -> str:
    """`account/stack`, or the account alone for what is about all of it."""
    return account if stack is None else f"{account}/{stack}"


def short_commit(commit: str | None) -> str:
    """The first characters of a commit, as git shows them; `-` for none."""
    return "-" if commit is None else commit[:_SHORT]


def short_digest(digest: str) -> str:
    """What people call a plan by: the first digits of its digest."""
    return digest.removeprefix("sha256:")[:_DIGEST]


def state_words(stack: FleetStack) -> str:
    """The state, with what else matters before anybody trusts it."""
    remarks = (
        "stale" if stack.is_stale else "",
        "paused" if stack.pause is not None else "",
        "no file" if not stack.is_declared else "",
    )
    told = ", ".join(remark for remark in remarks if remark)
    return f"{stack.state} ({told})" if told else stack.state


def outcome_words(run: FleetRun) -> str:
    """What came of a run, or that it runs."""
    return run.outcome or "running"


def change_words(summary: Mapping[str, Any]) -> str:
    """`1 to create, 2 to update`: the servers of a plan by action."""
    counted = (
        f"{number:,} to {action}"
        for action, number in summary.items()
        if isinstance(number, int) and number and action not in _NO_CHANGES
    )
    return ", ".join(counted) or "no changes"


def count_words(run: FleetRun) -> str:
    """What a run has counted: servers by action, or the stacks of a sweep by their state; empty
    where it has counted nothing."""
    if run.kind != "sweep":
        return change_words(run.counts) if run.counts else ""
    return ", ".join(f"{number:,} {state}" for state, number in run.counts.items() if number)


def plan_words(plan: FleetPlan) -> str:
    """What a saved plan would do, and what that costs."""
    change = (plan.cost or {}).get("monthly_change")
    sign = "" if str(change).startswith("-") else "+"
    cost = f", {sign}{change} per month" if isinstance(change, str) else ""
    losing = plan.summary.get(DESTROYS_DATA)
    loses = f", {losing:,} losing data" if isinstance(losing, int) and losing else ""
    return f"{change_words(plan.summary)}{loses}{cost}"


def cause_words(run: FleetRun) -> str:
    """Why it was made, and by whom if a person wanted it."""
    return f"{run.cause} ({run.person})" if run.person else run.cause


def decided_words(what: str, stack: FleetStack, plan: FleetPlan) -> str:
    """What was decided about a plan, in a line; and what keeps it from happening now."""
    name = escape_short(stack_name(stack.account, stack.name))
    line = (
        f"{what} {short_digest(plan.digest)} of {name}: {escape_short(plan_words(plan), _LONG)}.\n"
    )
    if what == "Approved" and stack.pause is not None:
        line += f"It waits for the end of the pause by {escape_short(stack.pause.by)}.\n"
    return line


def paused_words(what: str, stacks: Sequence[FleetStack]) -> str:
    """What was paused or resumed, in a line; and whether one of them is being worked on."""
    if not stacks:
        return f"No {'paused ' if what == 'Resumed' else ''}stack matches.\n"
    names = join_names(escape_short(stack_name(one.account, one.name)) for one in stacks)
    line = f"{what} {count_of(len(stacks), 'stack')}: {names}.\n"
    running = sum(one.holder is not None for one in stacks)
    if what == "Paused" and running:
        is_or_are = "is" if running == 1 else "are"
        line += f"{running:,} of them {is_or_are} running now and will end that run.\n"
    return line
