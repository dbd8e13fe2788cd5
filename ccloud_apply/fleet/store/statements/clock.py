"""What time it is: all processes of a fleet go by the clock of its database."""

from ccloud_apply.fleet.store.database import Transaction


async def read_now(tx: Transaction) -> float:
    """The moment by the database's clock, in seconds since 1970. Raises StoreError."""
    row = await tx.fetch_one("select {now} as now")
    assert row is not None
    return float(row["now"])
