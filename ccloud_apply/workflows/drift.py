"""What is live against what is declared, and who changed it last. Reads, and changes nothing."""

from collections.abc import Sequence
from dataclasses import replace

from ccloud_apply.api.task_history import read_history
from ccloud_apply.errors import PlanError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.plan.matching.select import MatchedAccount, PlanOptions
from ccloud_apply.plan.views.drift import (
    as_compared,
    drifted_hostnames,
    find_drift,
    with_last_tasks,
)
from ccloud_apply.plan.views.lists_only import compare_by_lists
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.planning.plan import read_live_alone


async def compare_stacks(
    run: Run, stacks: Sequence[Stack], options: PlanOptions, *, lists_only: bool = False
) -> DriftReport:
    """Read the account and compare; checks are never made.

    With `lists_only` no server is read for itself: what only that tells is not looked at, and the
    report says so. Raises ApiError, PlanError.
    """
    compared = tuple(map(as_compared, stacks))
    options = replace(options, has_checks=False, account=describe_account(run.connection))
    matched = await read_live_alone(run.client, compared, options, lists_only=lists_only)
    if lists_only:
        return _compare_by_lists(matched, options)
    report, diagnostics = find_drift(matched, options)
    if report is None:
        raise PlanError(diagnostics)
    history = await read_history(run.client, drifted_hostnames(report))
    return with_last_tasks(report, history.tasks, history.failures)


def _compare_by_lists(matched: MatchedAccount, options: PlanOptions) -> DriftReport:
    found = compare_by_lists(matched)
    report, diagnostics = find_drift(found.matched, options)
    if report is None:
        raise PlanError(diagnostics)
    stacks = (replace(s, not_looked_at=found.not_looked_at[s.stack]) for s in report.stacks)
    return replace(report, stacks=tuple(stacks), is_lists_only=True)
