"""`fleet approve STACK`: have the plan that waits for somebody applied."""

import click

from ccloud_apply.cli.fleet_database import name_person, with_database
from ccloud_apply.cli.output.approval import ask_approval
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.fleet.decide import Decided, approve
from ccloud_apply.fleet.documents import find_named, read_run
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.render.fleet.words import decided_words


@click.command(name="approve")
@click.argument("stack", metavar="STACK")
@click.option(
    "--plan",
    "digest",
    metavar="DIGEST",
    help="Approve this plan and no newer one, without showing it first.",
)
@click.option(
    "--allow-destroy",
    type=click.IntRange(min=0),
    metavar="N",
    help="Allow up to N servers to be destroyed, replaced or to lose data.",
)
@config_option
@connection_options
def command(stack: str, digest: str | None, allow_destroy: int | None, config: str) -> int:
    """Approve the plan of a stack that waits for an approval, so that it is applied.

    On a terminal, shows the plan and asks first, unless --plan names the plan.
    STACK is NAME or ACCOUNT/NAME.
    """
    terminal = Terminal()

    async def work(database: Database) -> Decided | None:
        found = await find_named(database, stack)
        wanted = digest
        if digest is None and found.plan is not None and terminal.can_ask:
            wanted = found.plan.digest
            detail = await read_run(database, found.plan.run_id)
            if detail.planned is not None:
                show(terminal, "plan", "text", detail.planned)
            if not await ask_approval(terminal, "approve this plan", what="plan", hint=""):
                return None
        async with database.write() as tx:
            return await approve(
                tx,
                found.account,
                found.name,
                name_person(),
                digest=wanted,
                allow_destroy=allow_destroy,
            )

    decided = with_database(config, work)
    if decided is None:
        terminal.write_note("Not approved. Nothing was changed.")
        return 1
    terminal.write_result(decided_words("Approved", decided.stack, decided.plan))
    return 0
