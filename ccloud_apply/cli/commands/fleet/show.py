"""`fleet show RUN`: one run with its plan, its drift reports and its journal."""

import click

from ccloud_apply.cli.fleet_database import with_database
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option
from ccloud_apply.cli.params.options import connection_options, format_option, full_option
from ccloud_apply.fleet.documents import read_run
from ccloud_apply.render.registry import RenderOptions, formats_of


@click.command(name="show")
@click.argument("run", metavar="RUN", type=click.IntRange(min=1, max=2**63 - 1))
@full_option
@config_option
@format_option(*formats_of("fleet-run"))
@connection_options
def command(run: int, full: bool, config: str, format_name: str) -> int:
    """Show one run: its plan, the drift that it found, and its journal.

    RUN is its number in `fleet history`.
    """
    detail = with_database(config, lambda database: read_run(database, run))
    terminal = Terminal()
    show(terminal, "fleet-run", format_name, detail)
    if format_name == "text":
        if detail.planned is not None:
            terminal.write_result("")
            show(terminal, "plan", "text", detail.planned, RenderOptions(is_full=full))
        if detail.journal is not None:
            terminal.write_result("")
            show(terminal, "journal", "text", (detail.journal,))
    return 0
