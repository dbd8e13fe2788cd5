"""`fleet reject STACK`: turn the plan down that waits for somebody."""

import click

from ccloud_apply.cli.fleet_database import name_person, with_database
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.fleet.decide import Decided, reject
from ccloud_apply.fleet.documents import find_named
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.render.fleet.words import decided_words


@click.command(name="reject")
@click.argument("stack", metavar="STACK")
@click.option("--reason", metavar="TEXT", required=True, help="Why, for the audit and the page.")
@click.option("--plan", "digest", metavar="DIGEST", help="Reject this plan and no newer one.")
@config_option
@connection_options
def command(stack: str, reason: str, digest: str | None, config: str) -> int:
    """Reject the plan of a stack that waits for an approval, or withdraw an approval.

    STACK is NAME or ACCOUNT/NAME.
    """

    async def work(database: Database) -> Decided:
        found = await find_named(database, stack)
        async with database.write() as tx:
            return await reject(
                tx, found.account, found.name, name_person(), why=reason, digest=digest
            )

    decided = with_database(config, work)
    Terminal().write_result(decided_words("Rejected", decided.stack, decided.plan))
    return 0
