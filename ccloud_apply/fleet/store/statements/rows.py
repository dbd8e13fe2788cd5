"""Rows of the tables -> the values that pages and documents are made of. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ccloud_apply.fleet.store.database import Row
from ccloud_apply.model.results.fleet import (
    FleetPause,
    FleetPlan,
    FleetRun,
    FleetStack,
)


def moment(seconds: float | None) -> datetime | None:
    """The time of so many seconds since 1970."""
    return None if seconds is None else to_moment(seconds)


def to_moment(seconds: float) -> datetime:
    """The same for a time that is there."""
    return datetime.fromtimestamp(seconds, UTC)


def mapping(text: str | None) -> Mapping[str, Any]:
    """The object of a column with JSON; an empty one where there is none."""
    value = json.loads(text) if text else None
    return value if isinstance(value, dict) else {}


def to_run(row: Row, prefix: str = "") -> FleetRun:
    """A row of `run`, whose columns have a prefix where they were joined."""

    def get(name: str) -> Any:
        return row[prefix + name]

    return FleetRun(
        id=get("id"),
        account=get("account"),
        stack=get("stack"),
        kind=get("kind"),
        cause=get("cause"),
        person=get("person"),
        commit=get("commit_id"),
        worker=get("worker"),
        started=to_moment(get("started")),
        ended=moment(get("ended")),
        outcome=get("outcome"),
        counts=mapping(get("counts")),
        requests=get("requests"),
        error=get("error"),
    )


def to_plan(row: Row, prefix: str = "") -> FleetPlan:
    """A row of `plan`, without its document."""

    def get(name: str) -> Any:
        return row[prefix + name]

    return FleetPlan(
        id=get("id"),
        run_id=get("run_id"),
        account=get("account"),
        stack=get("stack"),
        digest=get("digest"),
        summary=mapping(get("summary")),
        cost=mapping(get("cost")) or None,
        commit=get("commit_id"),
        made_at=to_moment(get("made_at")),
        decision=get("decision"),
        decided_by=get("decided_by"),
        decided_at=moment(get("decided_at")),
        decided_why=get("decided_why"),
        approved_until=moment(get("approved_until")),
        allow_destroy=get("allow_destroy"),
    )


def to_stack(row: Row) -> FleetStack:
    """A row of `listing.py`: the stack with its lease, its last run and its plan."""
    pause = None
    if row["is_paused"]:
        pause = FleetPause(
            by=row["paused_by"], why=row["paused_why"] or "", until=moment(row["paused_until"])
        )
    return FleetStack(
        id=row["id"],
        account=row["account"],
        name=row["name"],
        path=row["path"],
        source=row["source"],
        commit=row["commit_id"],
        mode=row["mode"],
        state=row["state"],
        since=to_moment(row["state_since"]),
        seen_at=moment(row["seen_at"]),
        is_stale=bool(row["is_stale"]),
        pause=pause,
        holder=row["holder"],
        labels=mapping(row["labels"]),
        failures=row["failures"],
        due=to_moment(row["due"]),
        cause=row["cause"],
        every_s=row["every"],
        why=row["why"],
        problem=row["problem"],
        is_declared=bool(row["is_declared"]),
        last_run=None if row["run_id"] is None else to_run(row, "run_"),
        plan=None if row["plan_id"] is None else to_plan(row, "plan_"),
    )
