"""How a stack stands, by what was seen of it or came of its run. Pure.

What is written to the tables belongs to `store/statements/states.py`.
"""

import json
from collections.abc import Mapping
from typing import Any

from ccloud_apply.fleet.model.status import State
from ccloud_apply.fleet.schedule import plan_look, plan_next, plan_retry
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.fleet.store.statements.states import Standing
from ccloud_apply.fleet.work.result import FAILING_AFTER, Result
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.drift import StackDrift

_PASSING = frozenset({"last_tasks", "causes", "warnings", "ipv4", "ipv6"})
"""What a report tells beside the drift itself, and what moves on without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How a sweep sees a stack. `is_due`: it should run now."""

    state: State
    why: str | None
    is_seen: bool = True
    is_due: bool = False


def is_same_drift(before: str | None, document: Mapping[str, Any]) -> bool:
    """True if a kept report says the same of its stack as this one."""
    if before is None:
        return False
    return bool(_essence(json.loads(before)["stacks"]) == _essence(document["stacks"]))


def _essence(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _essence(one) for name, one in value.items() if name not in _PASSING}
    return list(map(_essence, value)) if isinstance(value, list) else value


def judge_drift(row: StackRow, drift: StackDrift, *, is_change: bool) -> Seen:
    """How a stack stands that was compared; `is_change`: the drift is not what it was.

    Where a plan waits for somebody, or a run waits after a failure, that stays so. If something
    else has drifted, a run says how it stands by that; while it is paused, it has drifted.
    """
    if drift.matches:
        return Seen(state="clean", why=None)
    if not drift.has_drift:
        return Seen(state="unknown", why=describe_uncompared(drift), is_seen=False)
    acts = row.mode != "report"
    is_waiting = acts and row.state in ("proposed", "held", "failing")
    if acts and not is_change and (is_waiting or row.state == "drift"):
        return Seen(state=row.state, why=row.why)
    if is_waiting and not row.is_paused:
        return Seen(state=row.state, why=row.why, is_due=True)
    return Seen(state="drift", why=None, is_due=acts)


def describe_uncompared(drift: StackDrift) -> str:
    """Which servers were not compared, and why."""
    parts = (f"{one.key} is not compared: {one.why}" for one in drift.not_compared)
    return "; ".join(parts)


def judge_result(row: StackRow, result: Result, *, now: float, chance: float) -> Standing:
    """How a stack stands after a run of its own.

    Failures count as long as the files of the stack and what was to be done are the same: another
    commit of them, or something else to do, starts from the beginning.
    """
    if not result.is_failure:
        due = plan_next(now, row.every, chance)
        if result.state == "clean" or row.mode == "report":
            due = plan_look(now, row.every, row.sweep_every, chance)
        if result.is_due:
            due = now
        elif result.opens_at is not None:
            due = min(due, max(now, result.opens_at))
        return Standing(
            state=result.state,
            due=due,
            why=result.why,
            is_seen=result.is_seen,
            is_news=result.proposal is not None,
            failures=row.failures if result.outcome == "stopped" else 0,
            failed_digest=row.failed_digest if result.outcome == "stopped" else None,
            failed_tree=row.failed_tree if result.outcome == "stopped" else None,
        )
    is_same = row.failed_tree == row.tree and row.failed_digest == result.digest
    failures = row.failures + 1 if is_same else 1
    is_failing = not result.is_transient or failures >= FAILING_AFTER
    return Standing(
        state="failing" if is_failing else row.state,
        due=plan_retry(now, row.every, failures, chance),
        why=result.why,
        is_seen=result.is_seen,
        failures=failures,
        failed_digest=result.digest,
        failed_tree=row.tree,
    )
