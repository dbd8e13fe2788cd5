"""What is live against what is declared, and who changed it last. Reads, and changes nothing."""

from collections.abc import Sequence
from dataclasses import replace

from ccloud_apply.api.task_history import read_history
from ccloud_apply.errors import PlanError
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.views.drift import (
    as_compared,
    drifted_hostnames,
    find_drift,
    with_last_tasks,
)
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.planning.plan import read_live_alone


async def compare_stacks(run: Run, stacks: Sequence[Stack], options: PlanOptions) -> DriftReport:
    """Read the account and compare; checks are never made. Raises ApiError, PlanError."""
    compared = tuple(map(as_compared, stacks))
    options = replace(options, has_checks=False, account=describe_account(run.connection))
    matched = await read_live_alone(run.client, compared, options)
    report, diagnostics = find_drift(matched, options)
    if report is None:
        raise PlanError(diagnostics)
    history = await read_history(run.client, drifted_hostnames(report))
    return with_last_tasks(report, history.tasks, history.failures)
