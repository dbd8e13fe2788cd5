"""`validate PATH...`: syntax, schema and references, offline."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.inputs.passwords import find_weak_secrets
from ccloud_apply.cli.inputs.stacks import LoadedStacks, StackRequest, load_stacks, parse_variables
from ccloud_apply.cli.output.github import annotate
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import (
    checks_option,
    connection_options,
    format_option,
    paths_argument,
    variable_options,
)
from ccloud_apply.model.diagnostic import has_errors, sort_diagnostics
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.plan.checks.lib.registry import parse_codes
from ccloud_apply.plan.checks.lib.run import check_offline
from ccloud_apply.render.registry import formats_of


@click.command(name="validate")
@paths_argument
@checks_option
@variable_options
@format_option(*formats_of("validation"))
@connection_options
def command(
    paths: tuple[str, ...],
    no_checks: tuple[str, ...],
    variables: tuple[str, ...],
    var_file: str | None,
    format_name: str,
) -> int:
    """Check stack files: syntax, schema, references, and what the platform would refuse of them.

    Needs no account and no network.
    """
    codes = parse_codes(no_checks)
    request = StackRequest(paths=paths, variables=parse_variables(variables), var_file=var_file)
    loaded = _check(load_stacks(request, os.environ), codes)
    terminal = Terminal()
    if format_name == "text" and loaded.diagnostics:
        from ccloud_apply.cli.failure import write_diagnostics

        write_diagnostics(terminal, loaded.diagnostics)
    show(terminal, "validation", format_name, _sum_up(loaded))
    if format_name != "text":
        annotate(terminal, loaded.diagnostics)
    return 1 if has_errors(loaded.diagnostics) else 0


def _check(loaded: LoadedStacks, no_checks: frozenset[str]) -> LoadedStacks:
    """The stacks with what can be said without an account."""
    found = check_offline(
        loaded.stacks, no_checks=no_checks, weak_secrets=find_weak_secrets(loaded.stacks)
    )
    return replace(loaded, diagnostics=sort_diagnostics((*loaded.diagnostics, *found)))


def _sum_up(loaded: LoadedStacks) -> Validation:
    return Validation(
        stacks=len(loaded.stacks),
        servers=sum(len(stack.servers) for stack in loaded.stacks),
        diagnostics=tuple(loaded.diagnostics),
    )
