"""`validate PATH...`: syntax, schema and references, offline."""

import os

import click

from ccloud_apply.cli.output.github import annotate
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    checks_option,
    connection_options,
    format_option,
    paths_argument,
    variable_options,
)
from ccloud_apply.cli.params.values import StackFlags
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.plan.checks.registry import parse_codes
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.watched import parse_watched
from ccloud_apply.workflows.validate import validate_stacks


@click.command(name="validate")
@paths_argument
@checks_option
@click.option(
    "--watched",
    metavar="PATH,...",
    help="Paths that start a pipeline. Fails if the stacks use any other file.",
)
@variable_options
@format_option(*formats_of("validation"))
@connection_options
@click.pass_obj
@gather(stacks=StackFlags)
def command(
    flags: Flags,
    stacks: StackFlags,
    no_checks: tuple[str, ...],
    watched: str | None,
    format_name: str,
) -> int:
    """Check stack files: syntax, schema, references, and what the platform would refuse.

    Needs no account and no network. Checks a project's stacks in each of its environments, unless
    --env names one. `--env all` checks all of them even if CCLOUD_ENV is set.
    """
    codes = parse_codes(no_checks)
    found = validate_stacks(
        stacks.request(flags, os.environ),
        os.environ,
        no_checks=codes,
        watched=() if watched is None else parse_watched(watched),
        on_skipped=tell_skipped,
    )
    terminal = Terminal()
    if format_name == "text" and found.diagnostics:
        from ccloud_apply.cli.output.diagnostics import write_diagnostics

        write_diagnostics(terminal, found.diagnostics)
    show(terminal, "validation", format_name, found)
    if format_name != "text":
        annotate(terminal, found.diagnostics)
    return 1 if has_errors(found.diagnostics) else 0
