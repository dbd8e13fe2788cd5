"""`fleet check`: fleet.yaml, its sources and its credentials, before anything depends on them."""

import os

import click

from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.cli.settings import read_work_dir
from ccloud_apply.cli.signals import run_until_signal
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.render.registry import formats_of


@click.command(name="check")
@click.option("--offline", is_flag=True, help="Read only fleet.yaml and folders.")
@config_option
@format_option(*formats_of("fleet-check"))
@connection_options
def command(offline: bool, config: str, format_name: str) -> int:
    """Check fleet.yaml, its references, its accounts, and every stack of its sources.

    Changes nothing: repositories are fetched into the work dir, and no command of a reference is
    run.
    """
    from ccloud_apply.cli.output.diagnostics import write_diagnostics
    from ccloud_apply.fleet.check import check_fleet
    from ccloud_apply.fleet.config.load import read_checked

    fleet, warnings = read_checked(config)
    work_dir = read_work_dir(os.environ)
    found = run_until_signal(
        lambda stop: check_fleet(fleet, warnings, os.environ, work_dir, is_offline=offline)
    )
    terminal = Terminal()
    if format_name == "text" and found.diagnostics:
        write_diagnostics(terminal, found.diagnostics)
    show(terminal, "fleet-check", format_name, found)
    return 1 if has_errors(found.diagnostics) else 0
