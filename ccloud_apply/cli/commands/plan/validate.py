"""`validate PATH...`: syntax, schema and references, offline."""

import os

import click

from ccloud_apply.cli.output.github import annotate
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    checks_option,
    connection_options,
    format_option,
    paths_argument,
    variable_options,
)
from ccloud_apply.cli.params.values import StackFlags
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.plan.checks.lib.registry import parse_codes
from ccloud_apply.workflows.inputs.stacks import LoadedStacks
from ccloud_apply.workflows.validate import validate_stacks


@click.command(name="validate")
@paths_argument
@checks_option
@variable_options
@format_option("text", "json")
@connection_options
@gather(stacks=StackFlags)
def command(stacks: StackFlags, no_checks: tuple[str, ...], format_name: str) -> int:
    """Check stack files: syntax, schema, references, and what the platform would refuse of them.

    Needs no account and no network.
    """
    codes = parse_codes(no_checks)
    loaded = validate_stacks(stacks.request(), os.environ, no_checks=codes)
    terminal = Terminal()
    if format_name == "json":
        from ccloud_apply.render.other.diagnostics_json import render_validation_json

        terminal.write_result(render_validation_json(loaded.diagnostics))
        annotate(terminal, loaded.diagnostics)
    else:
        _show(loaded, terminal)
    return 1 if has_errors(loaded.diagnostics) else 0


def _show(loaded: LoadedStacks, terminal: Terminal) -> None:
    if loaded.diagnostics:
        from ccloud_apply.cli.failure import write_diagnostics

        write_diagnostics(terminal, loaded.diagnostics)
    if not has_errors(loaded.diagnostics):
        servers = sum(len(stack.servers) for stack in loaded.stacks)
        count = len(loaded.stacks)
        terminal.write_result(
            f"Valid: {count:,} {'stack' if count == 1 else 'stacks'},"
            f" {servers:,} {'server' if servers == 1 else 'servers'}."
        )
