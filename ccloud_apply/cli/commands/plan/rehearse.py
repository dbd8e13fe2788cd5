"""`rehearse PATH...`: the plan, tried on a copy of the account."""

import os

import click

from ccloud_apply.cli.applying import HELD
from ccloud_apply.cli.inputs.passwords import find_weak_secrets
from ccloud_apply.cli.inputs.stacks import StackRequest, parse_variables, require_stacks
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import (
    Flags,
    checks_option,
    connection_options,
    format_option,
    pace_options,
    paths_argument,
    selection_options,
    variable_options,
)
from ccloud_apply.cli.rehearsing import RehearsalRequest, rehearse
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.model.results.rehearsal import Rehearsal
from ccloud_apply.plan.checks.lib.registry import parse_codes
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.render.registry import RenderOptions, formats_of, render


@click.command(name="rehearse")
@paths_argument
@click.option("--destroy", is_flag=True, help="Rehearse the removal of every server.")
@pace_options
@checks_option
@selection_options
@variable_options
@format_option(*formats_of("rehearsal"))
@connection_options
@click.pass_obj
def command(
    flags: Flags,
    paths: tuple[str, ...],
    destroy: bool,
    parallelism: int,
    timeout: float,
    no_checks: tuple[str, ...],
    target: tuple[str, ...],
    exclude: tuple[str, ...],
    allow_destroy: int | None,
    variables: tuple[str, ...],
    var_file: str | None,
    format_name: str,
) -> int:
    """Try the plan on a copy of the account, which is only read.

    Copies the account into an embedded API, applies the plan there, plans a second time, and checks
    that no rule was broken. Exits with 1 if anything goes wrong, with 3 if a guard blocks the plan.
    """
    given = StackRequest(paths=paths, variables=parse_variables(variables), var_file=var_file)
    stacks = require_stacks(given, os.environ).stacks
    options = PlanOptions(
        target=target,
        exclude=exclude,
        is_destroy=destroy,
        allow_destroy=allow_destroy,
        no_checks=parse_codes(no_checks),
        weak_secrets=find_weak_secrets(stacks),
    )
    request = RehearsalRequest(
        stacks=stacks, options=options, parallelism=parallelism, timeout_s=timeout
    )
    rehearsal = rehearse(request, read_settings(flags, os.environ))
    terminal = Terminal()
    show_rehearsal(terminal, rehearsal, format_name)
    if rehearsal.plan.held:
        return HELD
    return 0 if rehearsal.has_passed else 1


def show_rehearsal(terminal: Terminal, rehearsal: Rehearsal, format_name: str) -> None:
    """Write the result; of a plan that a guard blocks, the plan."""
    if format_name == "text" and rehearsal.plan.held:
        show(terminal, "plan", "text", rehearsal.plan)
    else:
        show(terminal, "rehearsal", format_name, rehearsal)


def render_text(rehearsal: Rehearsal, *, is_coloured: bool) -> str:
    """The result for a person."""
    return render("rehearsal", "text", rehearsal, RenderOptions(is_coloured=is_coloured))
