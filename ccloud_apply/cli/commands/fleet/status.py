"""`fleet status [SELECTOR...]`: the stacks of a fleet and how each of them stands."""

import click

from ccloud_apply.cli.exit_codes import DIFFERENT
from ccloud_apply.cli.fleet_database import with_database
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, selector_argument
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.fleet.documents import read_status
from ccloud_apply.fleet.named import require_known
from ccloud_apply.fleet.selector import read_selector
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.model.results.fleet import FleetStatus
from ccloud_apply.render.registry import formats_of


@click.command(name="status")
@selector_argument()
@config_option
@format_option(*formats_of("fleet-status"))
@connection_options
def command(selector: tuple[str, ...], config: str, format_name: str) -> int:
    """List the stacks and their states, those that need attention first.

    \b
    SELECTOR is NAME or ACCOUNT/NAME (globs), account:NAME, LABEL=VALUE,
    state:STATE, is:stale or is:paused. Without one, all stacks are listed.
    """
    chosen = read_selector(selector)

    async def work(database: Database) -> FleetStatus:
        await require_known(database, chosen)
        return await read_status(database, chosen, config=config)

    status = with_database(config, work)
    show(Terminal(), "fleet-status", format_name, status)
    return _judge(status)


def _judge(status: FleetStatus) -> int:
    """1 if something fails, is held or stale, or cannot be read; 2 for drift and proposals."""
    states = status.counts.states
    errors = (
        *(account.error for account in status.accounts if account.is_configured),
        *(source.error for source in status.sources if source.is_configured),
    )
    if states["failing"] or states["held"] or status.counts.stale:
        return 1
    if status.problems or any(error is not None for error in errors):
        return 1
    return DIFFERENT if states["drift"] or states["proposed"] else 0
