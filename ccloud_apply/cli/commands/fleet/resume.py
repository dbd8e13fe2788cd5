"""`fleet resume SELECTOR...`: end pauses."""

import click

from ccloud_apply.cli.fleet_database import name_person, with_database
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, selector_argument
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.fleet.decide import resume
from ccloud_apply.fleet.selector import read_selector
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.model.results.fleet import FleetStack
from ccloud_apply.render.fleet.words import paused_words


@click.command(name="resume")
@selector_argument(required=True)
@config_option
@connection_options
def command(selector: tuple[str, ...], config: str) -> int:
    """End the pauses of stacks. They are due at once.

    SELECTOR chooses stacks, as in `fleet status`. Stacks that are not paused stay as they are.
    """
    chosen = read_selector(selector)

    async def work(database: Database) -> tuple[FleetStack, ...]:
        async with database.write() as tx:
            return await resume(tx, chosen, name_person())

    resumed = with_database(config, work)
    Terminal().write_result(paused_words("Resumed", resumed))
    return 0
