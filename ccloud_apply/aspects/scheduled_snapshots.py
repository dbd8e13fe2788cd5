"""The schedule of automatic snapshots: its frequency, and its phase where one is declared.

`next_run` moves on by itself, so it is never compared as a date: two dates are equal when they are
a whole number of periods apart. The API gives no time zone; both sides are taken as they stand.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zlib import crc32

from ccloud_apply.aspects.base import EQUAL, Aspect, Comparison, Difference, Problem, StepDraft
from ccloud_apply.model.account import LiveServer, Schedule
from ccloud_apply.model.limits import SCHEDULE_FREQUENCIES
from ccloud_apply.model.plan import FieldChange
from ccloud_apply.model.stack import ServerSpec

_LISTED, _OWN = "list_snapshot_schedules", "get_server_snapshot_schedule"
_FORMAT = "%Y-%m-%d %H:%M"

_LEAD = timedelta(hours=3)
"""How far ahead a first run is put: the API's time zone is unknown, and a run that lies in the past
of its local time (two hours ahead of UTC in summer) would be refused or skipped."""


class ScheduledSnapshots(Aspect):
    """`set_server_snapshot_schedule` and `delete_server_snapshot_schedule`."""

    field = "scheduled_snapshots"
    order = 70
    merge = "deep"
    account_reads = frozenset({_LISTED})
    schema = {
        "description": "Automatic snapshots; null deletes the schedule.",
        "anyOf": [
            {
                "type": "object",
                "required": ["frequency"],
                "additionalProperties": False,
                "properties": {
                    "frequency": {
                        "enum": list(SCHEDULE_FREQUENCIES),
                        "description": "Hours between two snapshots.",
                    },
                    "next_run": {
                        "type": "string",
                        "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$",
                        "description": "A run of the schedule, YYYY-MM-DD HH:MM; sets its phase.",
                        "examples": ["2027-01-01 03:00"],
                    },
                },
            },
            {"type": "object", "maxProperties": 0},
            {"type": "null"},
        ],
    }

    def server_reads(self, spec: ServerSpec, live: LiveServer) -> frozenset[str]:
        """The server's own schedule, only where the account's list shows another phase: the list
        may tell the time in another zone than the one in which it was set."""
        declared, listed = spec.value(self.field), live.parts.get(_LISTED)
        is_other_phase = (
            declared is not None
            and listed is not None
            and declared["frequency"] == listed.frequency
            and not _is_equal(declared, listed)
        )
        return frozenset({_OWN}) if is_other_phase else frozenset()

    def normalise(self, value: Any, base: str) -> Mapping[str, Any] | None:
        return dict(value) if value else None

    def check(self, value: Any, spec: ServerSpec) -> tuple[Problem, ...]:
        if value and "next_run" in value:
            try:
                _read_time(value["next_run"])
            except ValueError:
                what = f"{value['next_run']} is not a date and time"
                return (Problem(code="bad-date", what=what, detail=".next_run"),)
        return ()

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        return () if value is None else (_build_draft(value, None, spec.key, read_at),)

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        live: Schedule | None = comparison.live.parts.get(_OWN) or comparison.live.part(_LISTED)
        if _is_equal(declared, live):
            return EQUAL
        shown = None if live is None else _show_live(live, declared)
        change = FieldChange(field=self.field, before=shown, after=declared)
        if declared is None:
            delete = StepDraft(name=self.field, operation_id="delete_server_snapshot_schedule")
            return Difference(changes=(change,), drafts=(delete,))
        draft = _build_draft(declared, live, comparison.spec.key, comparison.read_at)
        if live is None:
            return Difference(changes=(change,), drafts=(draft,))
        # The operation "creates a scheduler"; what it does where there is one is not documented.
        before = StepDraft(
            name=f"{self.field}.before", operation_id="delete_server_snapshot_schedule"
        )
        draft = replace(draft, needs=(before.name,))
        return Difference(changes=(change,), drafts=(before, draft))


@cache
def _read_time(text: str) -> datetime:
    return datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)


def _is_equal(declared: Mapping[str, Any] | None, live: Schedule | None) -> bool:
    if declared is None or live is None:
        return declared is None and live is None
    if declared["frequency"] != live.frequency:
        return False
    if "next_run" not in declared or live.next_run is None:
        return "next_run" not in declared
    run = live.next_run.replace(tzinfo=UTC, second=0, microsecond=0)
    distance = _read_time(declared["next_run"]) - run
    return distance % timedelta(hours=live.frequency) == timedelta(0)


def _show_live(live: Schedule, declared: Mapping[str, Any] | None) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"frequency": live.frequency}
    if live.next_run is not None and declared is not None and "next_run" in declared:
        shown["next_run"] = live.next_run.strftime(_FORMAT)
    return shown


def _build_draft(
    declared: Mapping[str, Any], live: Schedule | None, key: str, read_at: datetime
) -> StepDraft:
    """The API requires a `next_run`: the declared phase, the live one, or a spread of our own."""
    frequency: int = declared["frequency"]
    if "next_run" in declared:
        run = _read_time(declared["next_run"])
    elif live is not None and live.next_run is not None:
        run = live.next_run.replace(tzinfo=UTC)
    else:
        start = (read_at + _LEAD).replace(minute=0, second=0, microsecond=0)
        run = start + timedelta(hours=1 + crc32(key.encode()) % frequency)
    return StepDraft(
        name="scheduled_snapshots",
        operation_id="set_server_snapshot_schedule",
        body={"frequency": frequency, "next_run": _next(run, frequency, read_at).strftime(_FORMAT)},
    )


def _next(run: datetime, frequency: int, read_at: datetime) -> datetime:
    """The run itself if it is still to come, else the first of its phase that is."""
    earliest = read_at + _LEAD
    if run >= earliest:
        return run
    period = timedelta(hours=frequency)
    return run + -((run - earliest) // period) * period
