"""Runs a rehearsal for a command: reads the account, until a signal, and then tries the plan."""

from dataclasses import replace

from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import Settings
from ccloud_apply.model.results.rehearsal import Rehearsal
from ccloud_apply.workflows.rehearsal.rehearse import RehearsalRequest, read_run, try_on_copy


def run_rehearsal(request: RehearsalRequest, settings: Settings) -> Rehearsal:
    """Rehearse. Raises CcloudApplyError where the account cannot be read or planned."""
    limited = replace(request, execution=replace(request.execution, limits=settings.limits))
    basis = run_workflow(settings, lambda run: read_run(run, limited), is_planned=True)
    return try_on_copy(limited, basis)
