"""How a fleet stands as JSON: `status`, `history`, `show`, `audit`, and the same of the page.

Times are ISO 8601 in UTC. What is not known is null.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.results.fleet import (
    FleetAccount,
    FleetDecision,
    FleetPlan,
    FleetRun,
    FleetRunDetail,
    FleetSource,
    FleetStack,
    FleetStatus,
)
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.other.journal_json import encode_journal


def render_fleet_status_json(status: FleetStatus) -> str:
    """The document of `schemas/fleet-status.schema.json`, with a line break at the end."""
    return _dump(
        {
            "read_at": _time(status.now),
            "counts": dict(status.counts.states),
            "stale": status.counts.stale,
            "paused": status.counts.paused,
            "stacks": list(map(encode_fleet_stack, status.stacks)),
            "problems": [
                {
                    "source": problem.source,
                    "path": problem.path,
                    "line": problem.line,
                    "what": problem.what,
                }
                for problem in status.problems
            ],
            "accounts": list(map(_encode_account, status.accounts)),
            "sources": list(map(_encode_source, status.sources)),
        }
    )


def render_fleet_history_json(runs: Sequence[FleetRun]) -> str:
    """`{"format_version", "runs": [...]}` in their order."""
    return _dump({"runs": list(map(encode_fleet_run, runs))})


def render_fleet_run_json(detail: FleetRunDetail) -> str:
    """One run with the plan, the drift reports and the journal that it has left."""
    saved = detail.plan
    return _dump(
        {
            "run": {
                **encode_fleet_run(detail.run),
                "counts": dict(detail.run.counts),
                "requests": detail.run.requests,
                "worker": detail.run.worker,
            },
            "plan": None
            if saved is None
            else {
                **_encode_plan(saved),
                "decision": saved.decision,
                "decided_by": saved.decided_by,
                "decided_at": _maybe_time(saved.decided_at),
                "decided_why": saved.decided_why,
                "document": None if detail.planned is None else encode_plan(detail.planned),
            },
            "reports": list(map(dict, detail.reports)),
            "journal": None if detail.journal is None else encode_journal(detail.journal),
        }
    )


def render_fleet_audit_json(decisions: Sequence[FleetDecision]) -> str:
    """`{"format_version", "audit": [...]}` in their order."""
    return _dump(
        {
            "audit": [
                {
                    "id": one.id,
                    "time": _time(one.time),
                    "who": one.who,
                    "what": one.what,
                    "account": one.account,
                    "subject": one.subject,
                    "detail": dict(one.detail),
                }
                for one in decisions
            ]
        }
    )


def encode_fleet_stack(stack: FleetStack) -> dict[str, Any]:
    """One stack as it stands in a document."""
    pause, plan, run = stack.pause, stack.plan, stack.last_run
    return {
        "account": stack.account,
        "stack": stack.name,
        "path": stack.path,
        "source": stack.source,
        "commit": stack.commit,
        "mode": stack.mode,
        "state": stack.state,
        "why": stack.problem or stack.why,
        "since": _time(stack.since),
        "seen_at": _maybe_time(stack.seen_at),
        "stale": stack.is_stale,
        "declared": stack.is_declared,
        "paused": None
        if pause is None
        else {"by": pause.by, "why": pause.why, "until": _maybe_time(pause.until)},
        "holder": stack.holder,
        "labels": dict(stack.labels),
        "failures": stack.failures,
        "due": _time(stack.due),
        "last_run": None if run is None else _encode_outcome(run),
        "plan": None if plan is None else {**_encode_plan(plan), "decision": plan.decision},
    }


def encode_fleet_run(run: FleetRun) -> dict[str, Any]:
    """One run as a row of `history`; its stack is null for the sweep of an account."""
    return {
        **_encode_outcome(run),
        "account": run.account,
        "stack": run.stack,
        "person": run.person,
    }


def _encode_outcome(run: FleetRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "kind": run.kind,
        "cause": run.cause,
        "outcome": run.outcome,
        "started": _time(run.started),
        "ended": _maybe_time(run.ended),
        "commit": run.commit,
        "error": run.error,
    }


def _encode_plan(plan: FleetPlan) -> dict[str, Any]:
    return {
        "digest": plan.digest,
        "summary": dict(plan.summary),
        "cost": None if plan.cost is None else dict(plan.cost),
        "made_at": _time(plan.made_at),
        "run": plan.run_id,
    }


def _encode_account(account: FleetAccount) -> dict[str, Any]:
    return {
        "name": account.name,
        "endpoint": account.endpoint,
        "stacks": account.stacks,
        "swept_at": _maybe_time(account.swept_at),
        "sweep_due": _time(account.sweep_due),
        "failures": account.failures,
        "error": account.error,
    }


def _encode_source(source: FleetSource) -> dict[str, Any]:
    return {
        "name": source.name,
        "ref": source.ref,
        "commit": source.commit,
        "polled_at": _maybe_time(source.polled_at),
        "due": _time(source.due),
        "failures": source.failures,
        "error": source.error,
    }


def _time(moment: datetime) -> str:
    return moment.isoformat()


def _maybe_time(moment: datetime | None) -> str | None:
    return None if moment is None else _time(moment)


def _dump(document: Mapping[str, Any]) -> str:
    return dump_json({"format_version": FORMAT_VERSION, **document}) + "\n"
