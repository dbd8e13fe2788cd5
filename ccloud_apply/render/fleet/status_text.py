"""How a fleet stands, for people: counts, a line for each stack, and what needs somebody."""

import shlex
from collections.abc import Iterator

from ccloud_apply.model.results.fleet import FleetCounts, FleetStack, FleetStatus
from ccloud_apply.model.text import count_of
from ccloud_apply.render.fleet.words import (
    age_words,
    due_words,
    outcome_words,
    plan_words,
    short_commit,
    short_digest,
    stack_name,
    state_words,
)
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import drop_empty, render_table

_HEADERS = ("STACK", "STATE", "FOR", "SEEN", "MODE", "COMMIT", "LAST RUN", "NEXT RUN", "WORKER")
_TOLD = {"failing": "is failing", "held": "is held", "drift": "has drift", "unknown": "is unknown"}
_DROPPABLE = ("COMMIT", "WORKER")
_LONG = 400
_MOST_LINES = 30


def render_fleet_status(status: FleetStatus, style: Style = PLAIN) -> str:
    """A line of counts, the table, and below it what needs somebody, with the way out."""
    parts = [f"{style.bold(_count(status.counts))}\n"]
    if status.stacks:
        parts.append(_table(status, style))
    option = f" --config {escape_short(shlex.quote(status.config), _LONG)}" if status.config else ""
    attention = [line for stack in status.stacks for line in _attention(stack, option)]
    parts += _section("Needs attention:", attention, style)
    parts += _section("Problems:", list(_problems(status)), style)
    return "\n".join(parts)


def _table(status: FleetStatus, style: Style) -> str:
    rows = [_cells(status, stack) for stack in status.stacks]
    headers, rows_kept = drop_empty(_HEADERS, rows, _DROPPABLE)
    title, *lines = render_table(headers, rows_kept, style).splitlines()
    painted = (_paint(stack, line, style) for stack, line in zip(status.stacks, lines, strict=True))
    return "".join(f"{line}\n" for line in (title, *painted))


def _paint(stack: FleetStack, line: str, style: Style) -> str:
    if stack.state in ("failing", "held"):
        return style.red(line)
    if stack.state != "clean" or stack.is_stale:
        return style.yellow(line)
    return line


def _section(title: str, lines: list[str], style: Style) -> list[str]:
    if not lines:
        return []
    shown = lines[:_MOST_LINES]
    if len(lines) > len(shown):
        shown.append(f"and {len(lines) - len(shown):,} more; choose stacks to see theirs")
    return [style.caution(title) + "\n" + "".join(f"  {line}\n" for line in shown)]


def _count(counts: FleetCounts) -> str:
    if not counts.total:
        return "No stacks."
    states = [f"{number:,} {state}" for state, number in counts.states.items() if number]
    others = (
        f"{counts.stale:,} stale" if counts.stale else "",
        f"{counts.paused:,} paused" if counts.paused else "",
        f"{counts.running:,} running" if counts.running else "",
    )
    also = ", ".join(word for word in others if word)
    told = f"{count_of(counts.total, 'stack')}: {', '.join(states)}"
    return f"{told}; {also}." if also else f"{told}."


def _cells(status: FleetStatus, stack: FleetStack) -> tuple[str, ...]:
    now, run = status.now, stack.last_run
    ran = "-" if run is None else f"{outcome_words(run)}, {age_words(now, run.started)}"
    is_idle = stack.pause is not None or not stack.is_declared or stack.problem is not None
    return (
        stack_name(stack.account, stack.name),
        state_words(stack),
        age_words(now, stack.since),
        age_words(now, stack.seen_at),
        stack.mode,
        short_commit(stack.commit),
        ran,
        "-" if is_idle else due_words(now, stack.due),
        stack.holder or "-",
    )


def _attention(stack: FleetStack, option: str) -> Iterator[str]:
    """What somebody has to know; `option` is what commands need to find the fleet."""
    name = escape_short(stack_name(stack.account, stack.name))
    why = escape_short(stack.problem or stack.why or "", _LONG)
    if stack.state in _TOLD and (why or stack.state in ("failing", "held")):
        times = f", {count_of(stack.failures, 'time')} in a row" if stack.failures > 1 else ""
        yield f"{name} {_TOLD[stack.state]}{times}" + (f": {why}" if why else "")
    plan = stack.plan
    if plan is not None and plan.decision == "approved":
        by = escape_short(plan.decided_by or "")
        yield f"{name} has an approved plan (by {by}): {escape_short(plan_words(plan), _LONG)}"
    elif plan is not None:
        waits = "would do" if stack.state == "held" else "waits for an approval"
        yield f"{name} {waits}: {escape_short(plan_words(plan), _LONG)}"
        yield f"  look at it:  ccloud-apply fleet show {plan.run_id}{option}"
        if stack.state != "held":  # what an approval takes stands beside what holds it
            digest = escape_short(short_digest(plan.digest))
            yield f"  approve it:  ccloud-apply fleet approve {name} --plan {digest}{option}"
    if stack.is_stale:
        yield f"{name} is stale: it was not compared with the account for two intervals"
    if not stack.is_declared:
        yield f"{name} has no file any more: its servers stay as they are"
    pause = stack.pause
    if pause is not None:
        until = "" if pause.until is None else f" until {moment_words(pause.until)}"
        by, reason = escape_short(pause.by), escape_short(pause.why, _LONG)
        yield f"{name} is paused by {by}{until}: {reason}"


def _problems(status: FleetStatus) -> Iterator[str]:
    for problem in status.problems:
        line = "" if problem.line is None else f":{problem.line}"
        yield f"{escape_short(problem.path, _LONG)}{line}: {escape_short(problem.what, _LONG)}"
    for account in status.accounts:
        if account.error is not None and account.is_configured:
            yield f"account {escape_short(account.name)}: {escape_short(account.error, _LONG)}"
    for source in status.sources:
        if source.error is not None and source.is_configured:
            yield f"source {escape_short(source.name)}: {escape_short(source.error, _LONG)}"
