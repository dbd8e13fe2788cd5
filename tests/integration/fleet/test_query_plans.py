"""What a fleet asks again and again reads no table from end to end that grows with time."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from ccloud_apply.fleet.model.listing import Page, RunFilter, StackFilter
from ccloud_apply.fleet.store import transaction
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements import (
    decisions,
    due,
    figures,
    history,
    journal,
    lease,
    listing,
    outbox,
    overview,
    plans,
    reports,
    runs,
    states,
    workers,
)
from tests.support.stores import Store

NOW = 1.8e9
SMALL = {
    *("s", "stack", "q", "a", "account", "source", "l", "lease", "w", "worker", "tick"),
    *("p", "page", "ranked", "held", "busy", "newest"),
}
"""Tables, aliases and parts of statements that have a row or few for each stack: they may be read
whole."""

BY_NUMBER = {"history", "decisions"}
"""Lists of the newest of all: their one scan follows the numbers of rows, and nothing is sorted."""

CALLS: Mapping[str, Callable[[Transaction], Awaitable[Any]]] = {
    "tick": due.read_situation,
    "dead": due.list_dead,
    "lost": lambda tx: due.mark_lost(
        tx, due.Dead(kind="stack", account="acme", name="web", fence=1, holder="w")
    ),
    "counts": lambda tx: listing.count_stacks(tx, StackFilter(), NOW),
    "page": lambda tx: listing.list_stacks(tx, StackFilter(), Page(limit=100), NOW),
    "page by run": lambda tx: listing.list_stacks(tx, StackFilter(), Page(sort="run"), NOW),
    "history": lambda tx: history.list_runs(tx, RunFilter(), NOW),
    "history of a stack": lambda tx: history.list_runs(
        tx, RunFilter(stacks=StackFilter(names=("web",), accounts=("acme",))), NOW
    ),
    "open plan": lambda tx: decisions.take_open_plan(tx, "acme", "web"),
    "plan of a run": lambda tx: history.find_plan_of_run(tx, 1),
    "report of a stack": lambda tx: history.find_report(tx, "acme", "web"),
    "report of a run": lambda tx: history.find_report(tx, "acme", "web", run_id=1),
    "reports of a run": lambda tx: history.list_reports_of_run(tx, 1),
    "journal": lambda tx: journal.read_journal(tx, "acme", "web"),
    "newest reports": lambda tx: reports.read_newest_reports(tx, "acme"),
    "plan": lambda tx: plans.find_plan(tx, "acme", "web"),
    "superseded": lambda tx: plans.close_plans(tx, "acme", "web", "superseded"),
    "run since": lambda tx: runs.find_run_since(tx, "acme", "web", 1),
    "swept": lambda tx: states.set_swept(
        tx, "acme", "web", state="clean", why=None, is_seen=True, due=None, read_since=NOW
    ),
    "stale": outbox.list_new_stale,
    "sinks": outbox.list_waiting_sinks,
    "take": lambda tx: outbox.take_notification(tx, "ops"),
    "decisions": overview.list_decisions,
    "accounts": lambda tx: overview.list_accounts(tx, NOW),
    "figures": figures.read_figures,
    "alive": workers.list_alive,
    "holder": lambda tx: lease.find_holder(tx, _lease_key()),
}


def _lease_key() -> Any:
    from ccloud_apply.fleet.model.lease import LeaseKey

    return LeaseKey(kind="stack", account="acme", name="web")


@pytest.mark.parametrize("name", CALLS)
def test_nothing_that_grows_with_time_is_read_from_end_to_end(
    name: str, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Mapping[str, Any]]] = []
    run = transaction.BaseTransaction._run

    async def note(self: Any, statement: str, values: Mapping[str, Any]) -> Any:
        asked.append((statement, values))
        return await run(self, statement, values)

    async def explain() -> list[str]:
        async with sqlite_store.open() as database, database.write() as tx:
            with monkeypatch.context() as patch:
                patch.setattr(transaction.BaseTransaction, "_run", note)
                await CALLS[name](tx)
            rows = [
                await tx.fetch(f"explain query plan {text}", **values) for text, values in asked
            ]
            told = [row["detail"] for found in rows for row in found]
            return [detail for detail in told if detail != "SCAN CONSTANT ROW"]  # no table

    details = asyncio.run(explain())
    assert details
    scanned = [re.fullmatch(r"SCAN ([a-z_]+)", detail) for detail in details]
    grown = {found[1] for found in scanned if found} - SMALL
    if name in BY_NUMBER:  # backwards by the number, until it has enough
        assert not any("TEMP B-TREE" in detail for detail in details)
    else:
        assert not grown, details
