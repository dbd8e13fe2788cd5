"""`fleet audit [SELECTOR...]`: who has decided what, newest first."""

import click

from ccloud_apply.cli.fleet_database import with_database
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, limit_option, selector_argument
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.fleet.documents import read_audit
from ccloud_apply.fleet.named import require_known
from ccloud_apply.fleet.selector import read_selector
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.model.results.fleet import FleetDecision
from ccloud_apply.render.registry import formats_of


@click.command(name="audit")
@selector_argument()
@limit_option("decisions")
@config_option
@format_option(*formats_of("fleet-audit"))
@connection_options
def command(selector: tuple[str, ...], limit: int, config: str, format_name: str) -> int:
    """List who decided what, newest first.

    SELECTOR chooses stacks, as in `fleet status`.
    """
    chosen = read_selector(selector)

    async def work(database: Database) -> tuple[FleetDecision, ...]:
        decisions = await read_audit(database, chosen, limit=limit)
        if not decisions:  # those about a stack that is gone by now are shown
            await require_known(database, chosen)
        return decisions

    decisions = with_database(config, work)
    show(Terminal(), "fleet-audit", format_name, decisions)
    return 0
