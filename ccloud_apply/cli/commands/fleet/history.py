"""`fleet history [SELECTOR...]`: what the runs of a fleet have done, newest first."""

import click

from ccloud_apply.cli.fleet_database import with_database
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, limit_option, selector_argument
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.fleet.documents import read_history
from ccloud_apply.fleet.model.listing import RunFilter
from ccloud_apply.fleet.named import require_known
from ccloud_apply.fleet.selector import read_selector
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.model.results.fleet import FleetRun
from ccloud_apply.render.registry import formats_of


@click.command(name="history")
@selector_argument()
@click.option("--sweeps", is_flag=True, help="Also show the sweeps of whole accounts.")
@limit_option("runs")
@config_option
@format_option(*formats_of("fleet-history"))
@connection_options
def command(
    selector: tuple[str, ...], sweeps: bool, limit: int, config: str, format_name: str
) -> int:
    """List what runs have done, newest first.

    SELECTOR chooses stacks, as in `fleet status`.
    """
    chosen = RunFilter(stacks=read_selector(selector), has_sweeps=sweeps, limit=limit)

    async def work(database: Database) -> tuple[FleetRun, ...]:
        runs = await read_history(database, chosen)
        if not runs:  # what a stack has left that is gone by now is shown
            await require_known(database, chosen.stacks)
        return runs

    runs = with_database(config, work)
    show(Terminal(), "fleet-history", format_name, runs)
    return 0
