"""What is not about one stack: problems of files, accounts, sources, who has decided what."""

from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.clock import read_now
from ccloud_apply.fleet.store.statements.conditions import find_conditions
from ccloud_apply.fleet.store.statements.rows import mapping, moment, to_moment
from ccloud_apply.model.results.fleet import (
    FleetAccount,
    FleetDecision,
    FleetProblem,
    FleetSource,
)


async def list_problems(tx: Transaction) -> tuple[FleetProblem, ...]:
    """Files that cannot be loaded, and names that stand twice."""
    rows = await tx.fetch(
        "select source, path, line, what from problem order by source, path, line, what"
    )
    return tuple(
        FleetProblem(source=row["source"], path=row["path"], line=row["line"], what=row["what"])
        for row in rows
    )


async def count_problems(tx: Transaction) -> int:
    """How many there are."""
    row = await tx.fetch_one("select count(*) as problems from problem")
    assert row is not None
    return int(row["problems"])


async def list_accounts(tx: Transaction, now: float) -> tuple[FleetAccount, ...]:
    """The accounts, with how many stacks they have and how many of them are worked on."""
    rows = await tx.fetch(
        "select a.*, (select count(*) from stack s where s.account = a.name) as stacks,"
        " (select count(*) from lease l where l.kind = 'stack' and l.account = a.name"
        " and l.holder is not null and l.until > cast(:now as double precision)) as held"
        " from account a order by a.name",
        now=now,
    )
    return tuple(
        FleetAccount(
            name=row["name"],
            endpoint=row["endpoint"],
            swept_at=moment(row["swept_at"]),
            sweep_due=to_moment(row["sweep_due"]),
            sweep_every_s=row["sweep_every"],
            failures=row["failures"],
            error=row["error"],
            closed_until=moment(row["closed_until"]) if row["closed_until"] > now else None,
            stacks=int(row["stacks"]),
            runs=int(row["held"]),
            is_configured=bool(row["is_configured"]),
        )
        for row in rows
    )


async def list_sources(tx: Transaction) -> tuple[FleetSource, ...]:
    """The sources, with the commit that was seen last and what went wrong."""
    rows = await tx.fetch("select * from source order by name")
    return tuple(
        FleetSource(
            name=row["name"],
            ref=row["ref"],
            commit=row["commit_id"],
            polled_at=moment(row["polled_at"]),
            due=to_moment(row["due"]),
            failures=row["failures"],
            error=row["error"],
            is_configured=bool(row["is_configured"]),
        )
        for row in rows
    )


async def list_decisions(
    tx: Transaction,
    *,
    chosen: StackFilter | None = None,
    before: int | None = None,
    limit: int = 100,
) -> tuple[FleetDecision, ...]:
    """The audit, newest first: all of it, or what is about the `chosen` stacks; `before` is the id
    of a row."""
    stacks = chosen or StackFilter()
    where, parameters = find_conditions(stacks, name="d.subject", account="d.account")
    if before is not None:
        where, parameters = f"{where} and d.id < :before", {**parameters, "before": before}
    rows = await tx.fetch(
        "select d.* from audit d left join stack s on s.account = d.account and s.name = d.subject"
        " left join account a on a.name = d.account"
        f" where {where} order by d.id desc limit :limit",
        now=await read_now(tx),
        limit=limit,
        **parameters,
    )
    return tuple(
        FleetDecision(
            id=row["id"],
            time=to_moment(row["time"]),
            who=row["who"],
            what=row["what"],
            account=row["account"],
            subject=row["subject"],
            detail=mapping(row["detail"]),
        )
        for row in rows
    )
