"""Creates that failed: half a server can be there, or turn up late. Values alone."""

from collections.abc import Iterable

from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.model.journal import Entry


def find_failed_creates(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The creates whose task failed, and after which nothing was created or destroyed under the
    same key."""
    newest = {
        entry.intent.server: entry
        for entry in entries
        if _decides(entry) and (entry.outcome == "done" or entry.task_id is not None)
    }
    return tuple(
        entry
        for entry in newest.values()
        if entry.intent.operation_id == CREATE and entry.outcome == "failed"
    )


def _decides(entry: Entry) -> bool:
    effect = EFFECTS_BY_OPERATION.get(entry.intent.operation_id)
    is_end = effect is not None and effect.ends_server
    return is_end or entry.intent.operation_id == CREATE
