"""A snapshot schedule that replaces another one: which one shows, and what a refusal means.

What a POST does where a schedule stands is not documented: it may replace it, be refused, or be
accepted and change nothing. Pure: `apply/engine/replacement.py` sends and reads.
"""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.effects import (
    Effect,
    Facts,
    Planned,
    Replacement,
    Sent,
    Shown,
    changed_since_plan,
)
from ccloud_apply.aspects.lib.schedules import (
    build_body,
    is_same,
    read_body,
)
from ccloud_apply.errors import StatusError
from ccloud_apply.model.live.account import Schedule

SET = "set_server_snapshot_schedule"
DELETE = "delete_server_snapshot_schedule"
_READ = "get_server_snapshot_schedule"

_STANDING_WORDS = (
    *("already", "exist", "taken", "only one", "duplicate", "unique", "conflict"),
    *("bereits", "vorhanden", "nur ein", "doppelt"),
)
_ABSENT_WORDS = ("not exist", "n't exist", "existiert nicht", "nicht vorhanden")


def classify(shown: Schedule | None, old: Schedule | None, new: Schedule) -> Shown:
    """Which schedule the server shows.

    The frequency alone makes it the new one where the phase is not the old one's: the platform may
    tell the time in another zone than the one in which it takes it.
    """
    if shown is None:
        return Shown.NONE
    if is_same(shown, new):
        return Shown.NEW
    if old is None:
        return Shown.OTHER
    if is_same(shown, old):
        return Shown.OLD
    return Shown.NEW if shown.frequency == new.frequency else Shown.OTHER


def may_be_refused_for_old(error: StatusError) -> bool:
    """False for a refusal that has another reason than a schedule that stands.

    422 may also mean the values, or anything else: it counts only where it says that a schedule
    exists. To delete one because of any other refusal would leave none where the next POST, and
    the one that puts the old one back, are refused as well.
    """
    if error.status != 422:
        return error.status == 409
    texts = " ".join(
        (error.message, *(t for texts in error.fields.values() for t in texts))
    ).lower()
    for words in _ABSENT_WORDS:
        texts = texts.replace(words, "")
    return any(word in texts for word in _STANDING_WORDS)


def describe(schedule: Schedule | None) -> str:
    """The schedule in a few words."""
    if schedule is None:
        return "no snapshot schedule"
    every = "every hour" if schedule.frequency == 1 else f"every {schedule.frequency} hours"
    if schedule.next_run is None:
        return every
    return f"{every}, next at {schedule.next_run:%Y-%m-%d %H:%M}"


def say_failed(hostname: str, why: str, old: Schedule, failure: str | None) -> str:
    """Why a change failed after its DELETE, and what stands now. `failure`: why the old schedule
    could not be put back, None if it was."""
    if failure is None:
        return f"{why}; {hostname} has its old schedule again: {describe(old)}"
    return (
        f"{hostname} HAS NO SNAPSHOT SCHEDULE NOW, so no backups are made: {why}; the old one"
        f" ({describe(old)}) could not be put back: {failure}; run apply again, or set it by hand"
    )


def require_planned(hostname: str, old: Schedule, at_apply: Mapping[str, Any]) -> None:
    """Raises ApplyError if the schedule is not the one that the plan replaces, by its frequency."""
    planned = at_apply["replaces"]
    if old.frequency != planned:
        wanted = describe(Schedule(frequency=planned, next_run=None))
        raise changed_since_plan(f"the schedule of {hostname} is {describe(old)}, not {wanted}")


def _is_deletion_due(planned: Planned, facts: Facts, _sent: Sent) -> bool:
    """The schedule is the one that the plan saw, by its frequency, or is gone already."""
    now: Schedule | None = facts.part(_READ)
    if now is None:
        return False
    assert planned.server is not None
    parts = planned.server.parts
    before: Schedule | None = parts.get(_READ) or parts.get("list_snapshot_schedules")
    if before is None or now.frequency != before.frequency:
        wanted = describe(before)
        raise changed_since_plan(f"the schedule of {facts.name} is {describe(now)}, not {wanted}")
    return True


EFFECTS = (
    Effect(
        operation_id=SET,
        replacement=Replacement(
            read=_READ,
            delete_operation_id=DELETE,
            decode=read_body,
            encode=build_body,
            is_same=is_same,
            classify=classify,
            is_refused_for_old=may_be_refused_for_old,
            require_planned=require_planned,
            describe=describe,
            kind="schedule",
            describe_failure=say_failed,
        ),
    ),
    Effect(
        operation_id=DELETE,
        reads_to_check=frozenset({_READ}),
        is_due=_is_deletion_due,
    ),
)
