"""`fleet pause SELECTOR...`: have stacks left alone for a while."""

import click

from ccloud_apply.cli.fleet_database import name_person, with_database
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, selector_argument
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.cli.params.until import read_pause
from ccloud_apply.fleet.decide import pause
from ccloud_apply.fleet.selector import read_selector
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.model.results.fleet import FleetStack
from ccloud_apply.render.fleet.words import paused_words


@click.command(name="pause")
@selector_argument(required=True)
@click.option("--reason", metavar="TEXT", required=True, help="Why, for the audit and the page.")
@click.option(
    "--until",
    metavar="TIME",
    default="7d",
    show_default=True,
    help='When the pause ends: "2h", "7d", a time such as "2027-01-02T03:00", or "resumed" for no'
    " end.",
)
@config_option
@connection_options
def command(selector: tuple[str, ...], reason: str, until: str, config: str) -> int:
    """Leave stacks alone for a while. They are still compared, and their drift is shown.

    SELECTOR chooses stacks, as in `fleet status`.
    """
    chosen = read_selector(selector)
    for_s = read_pause(until)

    async def work(database: Database) -> tuple[FleetStack, ...]:
        async with database.write() as tx:
            return await pause(tx, chosen, name_person(), why=reason, for_s=for_s)

    paused = with_database(config, work)
    Terminal().write_result(paused_words("Paused", paused))
    return 0 if paused else 1
