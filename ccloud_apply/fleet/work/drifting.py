"""Stacks of one account -> the drift of each: one read of the account serves all of them.

One stack whose servers cannot be told apart does not keep the others from being compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ccloud_apply.api.task_history import read_history
from ccloud_apply.errors import PlanError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.plan.matching.select import MatchedAccount, PlanOptions
from ccloud_apply.plan.views.drift import (
    as_compared,
    drifted_hostnames,
    find_drift,
    with_last_tasks,
)
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.planning.plan import read_live_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A report for each stack that could be compared, and what is wrong with the others.

    `holding` are the names of all stacks that have a server in the account, known or not, and
    `customer_id` is whose account it is, as far as it says.
    """

    reports: Mapping[str, DriftReport]
    errors: Mapping[str, PlanError]
    holding: frozenset[str] = frozenset()
    customer_id: str | None = None


async def compare_each(run: Run, stacks: Sequence[Stack]) -> Compared:
    """Read the account once and compare each stack with it. Raises ApiError.

    Who changed something last is not asked for: see `add_tasks`.
    """
    options = PlanOptions(has_checks=False, account=describe_account(run.connection))
    seen = tuple(map(as_compared, stacks))
    matched = await read_live_alone(run.client, seen, options)
    report, _ = find_drift(matched, options)
    holding = frozenset(
        name
        for server in matched.account.every_server
        for name in read_ownership(server.tags).stacks
    )
    if report is None:
        compared = _compare_one_by_one(matched, options)
    else:
        compared = Compared(reports=_split(report), errors={})
    return replace(compared, holding=holding, customer_id=matched.account.customer_id)


def _split(report: DriftReport) -> dict[str, DriftReport]:
    """A report of each stack; whose the account's other servers are is no stack's business."""
    return {
        one.stack: replace(report, stacks=(one,), other_stacks=(), unmanaged=())
        for one in report.stacks
    }


def _compare_one_by_one(matched: MatchedAccount, options: PlanOptions) -> Compared:
    reports: dict[str, DriftReport] = {}
    errors: dict[str, PlanError] = {}
    for one in matched.stacks:
        report, diagnostics = find_drift(replace(matched, stacks=(one,)), options)
        if report is None:
            errors[one.stack.name] = PlanError(diagnostics)
        else:
            reports |= _split(report)
    return Compared(reports=reports, errors=errors)


async def add_tasks(run: Run, report: DriftReport) -> DriftReport:
    """The report with the newest tasks of each drifted server: who may have changed it."""
    history = await read_history(run.client, drifted_hostnames(report))
    return with_last_tasks(report, history.tasks, history.failures)
