"""Rows of a fleet's tables, written past the product's own statements."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.migrate import migrate
from ccloud_apply.fleet.store.sqlite import SqliteDatabase

NOW = 1_800_000_000.0
"""The moment of the frozen clocks: 2027-01-15 08:00 UTC."""


@asynccontextmanager
async def fleet_database(folder: Path) -> AsyncIterator[SqliteDatabase]:
    """A database with empty tables, whose clock stands still at NOW."""
    database = SqliteDatabase.open(folder / "fleet.db", now=lambda: NOW)
    await migrate(database)
    try:
        yield database
    finally:
        await database.close()


async def add_account(tx: Transaction, name: str = "acme", **columns: Any) -> None:
    """An account that was swept a minute ago, every half an hour."""
    row = {
        "name": name,
        "endpoint": "https://api.example.com/v1",
        "runs": 4,
        "creates": 10,
        "sweep_every": 1800.0,
        "sweep_due": NOW + 1740,
        "swept_at": NOW - 60,
        **columns,
    }
    await insert(tx, "account", row)


async def add_stack(
    tx: Transaction,
    name: str,
    account: str = "acme",
    *,
    labels: Mapping[str, str] = {},
    **columns: Any,
) -> int:
    """A clean stack that was seen a minute ago; gives back its id."""
    row = {
        "account": account,
        "name": name,
        "source": "local",
        "path": f"stacks/{name}.yaml",
        "tree": "t1",
        "commit_id": "c0ffee",
        "labels": json.dumps(labels),
        "rule": 0,
        "mode": "apply",
        "every": 1800.0,
        "state": "clean",
        "state_since": NOW - 3600,
        "seen_at": NOW - 60,
        "due": NOW + 1740,
        "cause": "schedule",
        **columns,
    }
    stack = await insert(tx, "stack", row)
    for label, value in labels.items():
        await tx.execute(
            "insert into stack_label (stack_id, name, value) values (:stack, :name, :value)",
            stack=stack,
            name=label,
            value=value,
        )
    return stack


async def add_run(tx: Transaction, stack: str | None, account: str = "acme", **columns: Any) -> int:
    """A run that has ended a minute ago; gives back its id."""
    row = {
        "account": account,
        "stack": stack,
        "kind": "sweep" if stack is None else "apply",
        "cause": "schedule",
        "commit_id": "c0ffee",
        "fence": 1,
        "worker": "host-1",
        "started": NOW - 120,
        "ended": NOW - 60,
        "outcome": "clean",
        "counts": json.dumps({"create": 1}),
        "requests": 7,
        **columns,
    }
    return await insert(tx, "run", row)


async def add_plan(tx: Transaction, stack: str, account: str = "acme", **columns: Any) -> int:
    """A plan that waits for a decision; gives back its id."""
    row = {
        "run_id": 1,
        "account": account,
        "stack": stack,
        "digest": "d1",
        "document": "{}",
        "summary": json.dumps({"create": 1}),
        "cost": json.dumps({"monthly_change": "39.00"}),
        "commit_id": "c0ffee",
        "made_at": NOW - 60,
        "decision": "proposed",
        **columns,
    }
    return await insert(tx, "plan", row)


async def add_lease(
    tx: Transaction, stack: str, account: str = "acme", *, holder: str = "host-1", **columns: Any
) -> None:
    """A lease of a stack that runs for another minute."""
    row = {"kind": "stack", "account": account, "name": stack, "fence": 1, "until": NOW + 60}
    await insert(tx, "lease", {**row, "holder": holder, **columns})


async def insert(tx: Transaction, table: str, row: Mapping[str, Any]) -> int:
    """One row as it is; gives back its id, or 0 where the table numbers nothing."""
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    numbered = table in ("stack", "run", "plan", "report", "audit")
    found = await tx.fetch(
        f"insert into {table} ({names}) values ({values})" + (" returning id" if numbered else ""),
        **row,
    )
    return int(found[0]["id"]) if numbered else 0
