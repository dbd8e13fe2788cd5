"""Takes a restored backup into use: nothing that was done after it was made is done twice."""

from ccloud_apply.errors import StoreError
from ccloud_apply.fleet.store.database import Database
from ccloud_apply.fleet.store.statements.audit import write_audit
from ccloud_apply.fleet.store.statements.restored import (
    end_leases,
    end_runs,
    make_held_due,
    mark_torn,
)
from ccloud_apply.fleet.store.statements.workers import list_alive


async def accept_restored(database: Database, who: str) -> int:
    """Note that the database is a restored backup, and give back how many journals it has.

    Before a stack whose journal it has creates servers, what may be on its way is waited for. It
    may be called again. Raises StoreError, also while workers are at work.
    """
    async with database.write() as tx:
        alive = await list_alive(tx)
        if alive:
            raise StoreError(
                f"{', '.join(sorted(alive))} was seen in the last 30 s, and goes on with what the"
                " backup does not know",
                hint="stop serve and all workers, and run the command again after 30 s",
            )
        await make_held_due(tx)
        await end_leases(tx)
        await end_runs(tx)
        stacks = await mark_torn(tx)
        await write_audit(tx, who, "restore", detail={"journals": len(stacks)})
    return len(stacks)
