"""`plan PATH...`: what apply would change, and nothing more than that."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ccloud_apply.cli.exit_codes import DIFFERENT, HELD
from ccloud_apply.cli.output.github import publish_plan
from ccloud_apply.cli.output.showing import show, write_files
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    account_option,
    checks_option,
    connection_options,
    cost_option,
    defer_option,
    detail_options,
    format_option,
    override_option,
    paths_argument,
    retire_option,
    selection_options,
    server_options,
    variable_options,
    write_option,
)
from ccloud_apply.cli.params.values import OutputFlags, PlanFlags, StackFlags
from ccloud_apply.cli.params.written import parse_writes
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_plan_key, read_settings
from ccloud_apply.errors import UsageError
from ccloud_apply.render.registry import find_format, formats_of
from ccloud_apply.workflows.inputs.passwords import add_weak_secrets
from ccloud_apply.workflows.inputs.stacks import require_stacks
from ccloud_apply.workflows.planning.plan import plan_run

if TYPE_CHECKING:
    from ccloud_apply.model.declared.stack import Stack
    from ccloud_apply.model.results.commit import Commit


@click.command(name="plan")
@paths_argument
@click.option("--out", metavar="FILE", help="Save the plan to a file, to apply exactly this plan.")
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit with 2 if there are changes, or servers that are not compared.",
)
@click.option("--destroy", is_flag=True, help="Plan the removal of every server.")
@cost_option
@checks_option
@selection_options
@server_options
@retire_option
@defer_option
@override_option
@click.option(
    "--at",
    metavar="TIME",
    help='Show what a run at this time would do, such as "2027-01-02T03:00 Europe/Berlin".',
)
@variable_options
@write_option
@detail_options
@format_option(*formats_of("plan"))
@account_option
@connection_options
@click.pass_obj
@gather(stacks=StackFlags, planned=PlanFlags, output=OutputFlags)
def command(
    flags: Flags,
    stacks: StackFlags,
    planned: PlanFlags,
    output: OutputFlags,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would change. Changes nothing."""
    out, shown = output.out, output.options()
    key = None if out is None else _read_key(out, planned)
    files = parse_writes(output.write, taken=out)
    formats = (output.format_name, *(file.format_name for file in files))
    has_unchanged = any(find_format("plan", name).shows_unchanged for name in formats)
    given = stacks.request(flags, os.environ)
    options = replace(
        planned.options_for(stacks),
        has_fingerprints=out is not None,
        has_unchanged=out is not None or has_unchanged,
    )
    found = require_stacks(given, os.environ, tell_skipped)
    loaded = found.stacks
    given = replace(given, project=given.project.settle(found.project))
    settings = read_settings(flags, os.environ, found.project)
    known = add_weak_secrets(options, loaded, os.environ)
    has_cost = not planned.no_cost
    plan = run_workflow(
        settings,
        lambda run: plan_run(run, loaded, known, has_cost=has_cost),
        is_planned=True,
    )
    plan = replace(plan, at=options.moment)
    if out is not None or any(find_format("plan", name).shows_commit for name in formats):
        plan = replace(plan, commit=_find_commit(loaded))
    digest = None
    if out is not None:
        from ccloud_apply.workflows.inputs.saved_plan import PlanRequest, write_plan_file

        digest = write_plan_file(out, plan, PlanRequest(stacks=given, options=options), key=key)
    terminal = Terminal()
    write_files(terminal, files, plan, shown)
    show(terminal, "plan", output.format_name, plan, shown)
    publish_plan(terminal, plan, file=out, digest=digest)
    if out is not None:
        terminal.write_note(f"Saved the plan to {out}.")
    if plan.held:
        return HELD
    is_done = plan.matches and not any(stack.deferred for stack in plan.stacks)
    return DIFFERENT if detailed_exitcode and not is_done else 0


def _read_key(out: str, planned: PlanFlags) -> str | None:
    """What signs the plan that is saved to this file. Raises UsageError where none can be."""
    if planned.at is not None:
        raise UsageError(
            "--at and --out exclude each other",
            hint="leave out one of them: a saved plan is for now, and is planned again when it"
            " is applied",
        )
    from ccloud_apply.workflows.inputs.saved_plan import require_plan_place

    require_plan_place(out)
    return read_plan_key(os.environ)


def _find_commit(stacks: "tuple[Stack, ...]") -> "Commit | None":
    from ccloud_apply.workflows.inputs.commit import find_commit

    return find_commit((file for stack in stacks for file in stack.files), os.environ)
