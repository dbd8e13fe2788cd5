"""`inventory [PATH...]`: what there is, with addresses, for people and for other tools."""

import os
from dataclasses import replace

import click

from ccloud_apply.cli.output.inventory import write_inventory
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.output.watch import watch
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.inventory import FormFlags, ListFlags
from ccloud_apply.cli.params.options import (
    Flags,
    connection_options,
    format_option,
    variable_options,
)
from ccloud_apply.cli.params.values import StackFlags
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.render.registry import find_format, formats_of
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.inputs.commit import find_commit
from ccloud_apply.workflows.inputs.no_stack import ignore
from ccloud_apply.workflows.inventory import list_inventory


@click.command(name="inventory")
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.option("--all", "is_all", is_flag=True, help="List every server of the account.")
@click.option("--state", is_flag=True, help="Also show whether each server is running.")
@click.option("--cost", is_flag=True, help="Also show what each server costs per month.")
@click.option("--out", metavar="FILE", help="Write to a file instead of standard output.")
@click.option("--watch", is_flag=True, help="Refresh the list every 10 seconds, on a terminal.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="N",
    help="Port of the exporters, for --format prometheus. [default: 9100]",
)
@click.option(
    "--list", "is_list", is_flag=True, help="List all hosts, as Ansible calls an inventory script."
)
@click.option(
    "--host",
    metavar="NAME",
    help="Show the variables of one host, as Ansible calls an inventory script.",
)
@variable_options
@format_option(*formats_of("inventory"))
@connection_options
@click.pass_obj
@gather(stacks=StackFlags, servers=ListFlags, form=FormFlags)
def command(flags: Flags, stacks: StackFlags, servers: ListFlags, form: FormFlags) -> int:
    """List the servers of stacks, or of the whole account (--all), with their addresses.

    Changes nothing. Some formats are made for Ansible, ssh, /etc/hosts, Prometheus or spreadsheets.
    """
    terminal = Terminal()
    form.check(can_redraw=terminal.can_redraw)
    # What a script prints on standard error is an error to Ansible.
    on_skipped = ignore if form.is_script else tell_skipped
    found = stacks.load_given(flags, os.environ, on_skipped)
    loaded = found.stacks
    asked = servers.request(loaded, form.shown)
    settings = read_settings(flags, os.environ, found.project)
    wanted = replace(asked, limits=settings.limits)

    async def draw(run: Run) -> None:
        await watch(terminal, lambda: list_inventory(run, wanted), run.clock)

    if form.watch:
        run_workflow(settings, draw)
    else:
        inventory = run_workflow(settings, lambda run: list_inventory(run, wanted))
        if loaded and find_format("inventory", form.shown).shows_commit:
            files = (file for stack in loaded for file in stack.files)
            commit = find_commit(files, os.environ)
            inventory = replace(inventory, commit=commit)
        write_inventory(terminal, inventory, form)
    return 0
