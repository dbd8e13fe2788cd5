"""`export`: live servers as a stack file whose plan is adoption and nothing else."""

import os

import click

from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.export import ChoiceFlags, FileFlags, check_flags
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import Flags, connection_options, variable_options
from ccloud_apply.cli.params.project import choose_project, find_own_project
from ccloud_apply.cli.params.values import parse_variables
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.model.limits import Limits
from ccloud_apply.plan.views.export_selection import ExportRequest
from ccloud_apply.workflows.export.export import count_servers, export_servers
from ccloud_apply.workflows.export.into import Target, read_target
from ccloud_apply.workflows.export.write import write_into, write_new
from ccloud_apply.workflows.inputs.stacks import StackRequest


@click.command(name="export")
@click.option(
    "--hostname", "hostnames", multiple=True, metavar="H", help="Export this server. Repeatable."
)
@click.option("--tag", metavar="T", help="Export every server with this tag.")
@click.option("--all", "is_all", is_flag=True, help="Export every server that no other stack owns.")
@click.option("--stack", metavar="NAME", help="Name of the stack.")
@click.option("--out", metavar="FILE", help="Write to a new file instead of standard output.")
@click.option("--into", metavar="FILE", help="Add the servers to this stack file.")
@variable_options
@connection_options
@click.pass_obj
@gather(choice=ChoiceFlags, file=FileFlags)
def command(flags: Flags, choice: ChoiceFlags, file: FileFlags) -> int:
    """Write live servers as a stack file, or add them to one (--into). Changes no server.

    A plan of the file adopts the servers and changes nothing else.
    """
    check_flags(choice, file)
    into = () if file.into is None else (file.into,)
    settings = read_settings(flags, os.environ, find_own_project(flags, os.environ, into))
    target = _read_target(flags, file, settings.limits)
    request = ExportRequest(
        hostnames=choice.hostnames,
        tag=choice.tag,
        stack=choice.stack if target is None else target.stack.name,
        into=None if target is None else target.stack,
        limits=settings.limits,
    )
    exported = run_workflow(settings, lambda run: export_servers(run, request, target))
    terminal = Terminal()
    count = count_servers(exported.servers)
    if target is not None:
        write_into(target, exported)
        terminal.write_note(f"Added {count} to {file.into}.")
    elif file.out is None:
        terminal.write_result(exported.text)
    else:
        write_new(file.out, exported)
        terminal.write_note(f"Exported {count} to {file.out}.")
    if exported.warnings:
        write_diagnostics(terminal, exported.warnings)
    return 0


def _read_target(flags: Flags, file: FileFlags, limits: Limits) -> Target | None:
    variables = parse_variables(file.variables)
    if file.into is None:
        return None
    given = StackRequest(
        paths=(file.into,),
        variables=variables,
        var_file=file.var_file,
        limits=limits,
        project=choose_project(flags, os.environ),
    )
    return read_target(file.into, given, os.environ)
