"""Changes of state -> rows of the outbox, in the transaction that changes the state."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ccloud_apply.fleet.model.config import STATE_OF_NOTIFIED, Sink
from ccloud_apply.fleet.model.status import State
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.outbox import (
    add_notification,
    list_new_stale,
    mark_stale_told,
)
from ccloud_apply.fleet.store.statements.workers import take_turn
from ccloud_apply.model.results.fleet_change import FleetChange
from ccloud_apply.render.fleet.change import render_change_event

_EVENTS = {state: event for event, state in STATE_OF_NOTIFIED.items()}


def find_event(state: State) -> str | None:
    """What `notify: on:` calls this state; None for one that nobody is told of."""
    return _EVENTS.get(state)


async def note_change(tx: Transaction, sinks: Sequence[Sink], change: FleetChange) -> int:
    """Have the sinks told that want to hear of it, and give back how many that are.

    The same change is told once, however often it is noted: `change.since` is what tells two
    changes of a stack to the same state apart.
    """
    wanted = [sink.name for sink in sinks if change.event in sink.on]
    if not wanted:
        return 0
    return await add_notification(
        tx,
        sinks=wanted,
        subject=change.subject,
        event=change.event,
        at=change.since.timestamp(),
        body=render_change_event(change),
    )


async def note_stale(tx: Transaction, sinks: Sequence[Sink]) -> int:
    """Have the sinks told of the stacks that have become stale, and give back how many stacks."""
    if not await list_new_stale(tx):
        return 0
    await take_turn(tx)
    rows = await list_new_stale(tx)
    for row in rows:
        change = FleetChange(
            account=row["account"],
            stack=row["name"],
            event="stale",
            since=datetime.fromtimestamp(row["since"], UTC),
            path=row["path"],
            commit=row["commit_id"],
            why=row["why"],
        )
        await note_change(tx, sinks, change)
        await mark_stale_told(tx, row["account"], row["name"], row["since"])
    return len(rows)
