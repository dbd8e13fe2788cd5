"""Runs and decisions of a fleet, for people: a line each, and one run with what it has left."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccloud_apply.model.results.fleet import FleetDecision, FleetRun, FleetRunDetail
from ccloud_apply.model.text import shorten_value
from ccloud_apply.render.fleet.words import (
    age_words,
    cause_words,
    count_words,
    outcome_words,
    plan_words,
    short_commit,
    short_digest,
    stack_name,
)
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import drop_empty, render_table

_RUN_HEADERS = (
    *("RUN", "STARTED", "STACK", "KIND", "CAUSE", "OUTCOME", "LASTED", "COMMIT"),
    *("CHANGES", "ERROR"),
)
_AUDIT_HEADERS = ("WHEN", "WHO", "WHAT", "ON", "DETAIL")
_DROPPABLE = ("COMMIT", "CHANGES", "ERROR")
_MAX_CELL = 200
_LONG = 400


def render_fleet_history(runs: Sequence[FleetRun], style: Style = PLAIN) -> str:
    """A line for each run, in their order."""
    if not runs:
        return "No runs.\n"
    rows = [
        (
            str(run.id),
            moment_words(run.started),
            stack_name(run.account, run.stack),
            run.kind,
            cause_words(run),
            outcome_words(run),
            "-" if run.ended is None else age_words(run.ended, run.started),
            short_commit(run.commit),
            count_words(run) or "-",
            run.error or "",
        )
        for run in runs
    ]
    headers, kept = drop_empty(_RUN_HEADERS, rows, _DROPPABLE)
    return render_table(headers, kept, style, max_cell=_MAX_CELL)


def render_fleet_audit(decisions: Sequence[FleetDecision], style: Style = PLAIN) -> str:
    """A line for each decision, in their order."""
    if not decisions:
        return "No decisions.\n"
    rows = [
        (
            moment_words(one.time),
            one.who,
            one.what,
            _subject(one),
            ", ".join(f"{name} {_detail(name, value)}" for name, value in one.detail.items()),
        )
        for one in decisions
    ]
    return render_table(_AUDIT_HEADERS, rows, style, max_cell=_MAX_CELL)


def _detail(name: str, value: Any) -> str:
    is_digest = name == "plan" and isinstance(value, str)
    return short_digest(value) if is_digest else shorten_value(value)


def _subject(one: FleetDecision) -> str:
    if one.account is None:
        return one.subject or "-"
    return stack_name(one.account, one.subject)


def render_fleet_run(detail: FleetRunDetail, style: Style = PLAIN) -> str:
    """What is known of one run; its plan and its journal are documents of their own."""
    run = detail.run
    of = "Sweep of" if run.stack is None else "Run of"
    title = f"{of} {escape_short(stack_name(run.account, run.stack))}"
    lines = [f"{style.bold(f'{title}, number {run.id}')}"]
    lines += [f"  {name:<10}{escape_short(text, _LONG)}" for name, text in _facts(detail)]
    parts = ["".join(f"{line}\n" for line in lines)]
    rows = [row for report in detail.reports for row in _drift_rows(report)]
    if rows:
        headers = ("STACK", "SERVER", "HOSTNAME", "DIFFERENCE")
        table = render_table(headers, rows, style, max_cell=_MAX_CELL)
        parts.append(f"{style.bold('Drift:')}\n{table}")
    return "\n".join(parts)


def _facts(detail: FleetRunDetail) -> Iterator[tuple[str, str]]:
    run, plan = detail.run, detail.plan
    yield "kind", run.kind
    yield "cause", cause_words(run)
    yield "outcome", outcome_words(run)
    if run.error is not None:
        yield "error", run.error
    lasted = "" if run.ended is None else f", lasted {age_words(run.ended, run.started)}"
    yield "started", f"{moment_words(run.started)}{lasted}"
    yield "commit", run.commit or "-"
    yield "worker", run.worker
    if run.requests is not None:
        yield "requests", f"{run.requests:,}"
    if run.counts:
        yield "stacks" if run.stack is None else "servers", count_words(run) or "-"
    if plan is not None:
        by = "" if plan.decided_by is None else f" by {plan.decided_by}"
        why = "" if plan.decided_why is None else f": {plan.decided_why}"
        yield "plan", f"{short_digest(plan.digest)}, {plan.decision}{by}{why}"
        yield "would do", plan_words(plan)


def _drift_rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for stack in report.get("stacks", ()):
        name = str(stack["stack"])
        for server in stack["drifted"]:
            hostname = server["hostname"] or "-"
            for change in server["changes"]:
                yield name, server["key"], hostname, _difference(change)
        for key in stack["missing"]:
            yield name, key, "-", "missing in the account"
        for extra in stack["extra"]:
            yield name, extra["key"] or "-", extra["hostname"] or "-", "not declared"
        for server in stack["not_compared"]:
            why = f"not compared: {server['why']}"
            yield name, server["key"], server["hostname"] or "-", why


def _difference(change: Mapping[str, Any]) -> str:
    before, after = (shorten_value(change.get(side)) for side in ("before", "after"))
    return f"{change['field']}: {before} live, {after} declared"
