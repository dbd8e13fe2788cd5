"""Drift reports of single stacks: the newest of each, and those that said something new."""

from ccloud_apply.fleet.store.database import Transaction


async def read_newest_reports(tx: Transaction, account: str) -> dict[str, str]:
    """The newest report of each stack of the account, by its name."""
    rows = await tx.fetch(
        """select r.stack, r.document from report r join (
          select stack, max(id) as id from report where account = :account group by stack
        ) newest on newest.id = r.id""",
        account=account,
    )
    return {row["stack"]: row["document"] for row in rows}


async def add_report(tx: Transaction, *, run: int, account: str, stack: str, document: str) -> None:
    """Keep a report that differs from the one before."""
    await tx.execute(
        """insert into report (run_id, account, stack, made_at, document)
        values (:run_id, :account, :stack, {now}, :document)""",
        run_id=run,
        account=account,
        stack=stack,
        document=document,
    )


async def read_newest_report(tx: Transaction, account: str, stack: str) -> str | None:
    """The newest report of the stack; None if none was kept."""
    row = await tx.fetch_one(
        """select document from report where account = :account and stack = :stack
        order by id desc limit 1""",
        account=account,
        stack=stack,
    )
    return None if row is None else row["document"]
