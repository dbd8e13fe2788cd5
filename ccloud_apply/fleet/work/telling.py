"""A change of a stack's state -> what sinks are told, in the transaction that makes the change."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ccloud_apply.fleet.changes import find_event, note_change
from ccloud_apply.fleet.model.config import Sink
from ccloud_apply.fleet.model.status import State
from ccloud_apply.fleet.store.database import Transaction
from ccloud_apply.fleet.store.statements.runs import StackRow
from ccloud_apply.fleet.store.statements.states import read_since
from ccloud_apply.model.results.fleet_change import FleetChange


async def tell_change(
    tx: Transaction,
    sinks: Sequence[Sink],
    stack: StackRow,
    state: State,
    *,
    why: str | None,
    digest: str | None = None,
) -> None:
    """Have the sinks told that want to hear of it; the state is noted already."""
    event = find_event(state)
    if event is None or not sinks:
        return
    since = await read_since(tx, stack.account, stack.name)
    change = FleetChange(
        account=stack.account,
        stack=stack.name,
        event=event,
        since=datetime.fromtimestamp(since, UTC),
        path=stack.path,
        commit=stack.commit_id,
        why=why,
        digest=digest,
    )
    await note_change(tx, sinks, change)
