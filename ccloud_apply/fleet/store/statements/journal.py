"""Journals: the records of each stack, in their order. Only for transactions of who has its lease.

What a record says is `apply/journal/record.py`; a line here has no line break at its end.
"""

from collections.abc import Iterable, Sequence

from ccloud_apply.fleet.store.database import Transaction


async def read_journal(tx: Transaction, account: str, stack: str) -> Sequence[str]:
    """The lines of a stack's journal; none if there is no journal."""
    rows = await tx.fetch(
        "select record from journal where account = :account and stack = :stack order by n",
        account=account,
        stack=stack,
    )
    return [row["record"] for row in rows]


def join_lines(lines: Sequence[str]) -> bytes:
    """The journal as a file has it. An empty line at the end says that what follows is missing: it
    becomes a record without its end."""
    return "".join(f"{line}\n" if line else "?" for line in lines).encode()


async def cut_journal(tx: Transaction, account: str, stack: str, *, after: int) -> None:
    """Take away what comes after the first `after` lines: it is of a write of the same holder that
    was taken for failed, or says that what follows is missing."""
    await tx.execute(
        "delete from journal where account = :account and stack = :stack and n > :after",
        account=account,
        stack=stack,
        after=after,
    )


async def append_journal(
    tx: Transaction, account: str, stack: str, *, fence: int, after: int, lines: Iterable[str]
) -> None:
    """Add these lines after the first `after` ones, which are all that there are.

    Raises StoreError where somebody else has written one of these numbers meanwhile.
    """
    await tx.execute_many(
        """
        insert into journal (account, stack, n, fence, record)
        values (:account, :stack, :n, :fence, :record)
        """,
        [
            {"account": account, "stack": stack, "n": n, "fence": fence, "record": line}
            for n, line in enumerate(lines, start=after + 1)
        ],
    )


async def replace_journal(
    tx: Transaction, account: str, stack: str, *, fence: int, lines: Iterable[str]
) -> None:
    """These lines in the place of all that are there."""
    await cut_journal(tx, account, stack, after=0)
    await append_journal(tx, account, stack, fence=fence, after=0, lines=lines)
