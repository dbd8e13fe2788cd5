"""The schedule of automatic snapshots: its frequency, and its phase where one is declared.

`next_run` moves on by itself, so it is never compared as a date: two dates are equal when they are
a whole number of periods apart. The API gives no time zone; both sides are taken as they stand.
A changed schedule is one request: what the platform makes of it where one stands already is
`schedule_replacement.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zlib import crc32

from ccloud_apply.aspects.base import (
    EQUAL,
    NO_CATALOGUES,
    Aspect,
    Catalogues,
    Comparison,
    Difference,
    Problem,
    StepDraft,
    Unknown,
)
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.limits import SCHEDULE_FREQUENCIES
from ccloud_apply.model.live.account import LiveServer, Schedule
from ccloud_apply.model.results.plan import FieldChange, ValueKind

_LISTED, _OWN = "list_snapshot_schedules", "get_server_snapshot_schedule"
_FORMAT = "%Y-%m-%d %H:%M"
_FIRST_YEAR = 1000
"""Years before have fewer than four digits, which no file may have."""

_LEAD = timedelta(hours=3)
"""How far ahead a first run is put: the API's time zone is unknown, and a run that lies in the past
of its local time (two hours ahead of UTC in summer) would be refused or skipped."""

_DST_HOUR = 2
"""02:00 to 02:59 does not exist in the night in which clocks go forward, and comes twice in the one
in which they go back: no run that is chosen here lies there."""


class ScheduledSnapshots(Aspect):
    """`set_server_snapshot_schedule` and `delete_server_snapshot_schedule`."""

    field = "scheduled_snapshots"
    synonyms = ("backup", "schedule")
    order = 70
    kind = ValueKind.SCHEDULE
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

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        schedule = _find_schedule(live)
        if schedule is None:
            return None
        run = schedule.next_run
        # The file names minutes; a run between two of them has no phase that could be written.
        if run is None or run.microsecond or run.year < _FIRST_YEAR:
            return {"frequency": schedule.frequency}
        return {"frequency": schedule.frequency, "next_run": run.strftime(_FORMAT)}

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        is_read = not live.parts.keys().isdisjoint({_OWN, _LISTED})
        schedule = _find_schedule(live) if is_read else None
        if schedule is None:
            return {"schedule": None}
        run = schedule.next_run
        next_run = None if run is None else run.isoformat()
        return {"schedule": {"frequency": schedule.frequency, "next_run": next_run}}

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        live = _find_schedule(comparison.live)
        if _is_equal(declared, live):
            return EQUAL
        shown = None if live is None else _show_live(live, declared)
        change = FieldChange(field=self.field, before=shown, after=declared)
        if declared is None:
            delete = StepDraft(name=self.field, operation_id="delete_server_snapshot_schedule")
            return Difference(changes=(change,), drafts=(delete,))
        draft = _build_draft(declared, live, comparison.spec.key, comparison.read_at)
        return Difference(changes=(change,), drafts=(draft,))


def _find_schedule(live: LiveServer) -> Schedule | None:
    """The server's own schedule where it was read, else that of the account's list."""
    found: Schedule | None = live.parts.get(_OWN) or live.part(_LISTED)
    return found


def read_body(body: Mapping[str, Any]) -> Schedule:
    """The schedule that a request asks for."""
    run = _read_time(body["next_run"]).replace(tzinfo=None)
    return Schedule(frequency=body["frequency"], next_run=run)


def build_body(schedule: Schedule, now: datetime) -> Mapping[str, Any]:
    """A request for this schedule, with its first run in the future: of its own phase, or of any
    where it tells none. `now` is in UTC."""
    frequency = schedule.frequency
    if schedule.next_run is None:
        return _body(frequency, _spread("", frequency, now))
    return _body(frequency, _next(schedule.next_run.replace(tzinfo=UTC), frequency, now))


def is_same(one: Schedule, other: Schedule) -> bool:
    """True for two schedules of one frequency and one phase; a phase that is not told is none."""
    if one.frequency != other.frequency:
        return False
    if one.next_run is None or other.next_run is None:
        return one.next_run is other.next_run
    distance = _to_minute(one.next_run) - _to_minute(other.next_run)
    return distance % timedelta(hours=one.frequency) == timedelta(0)


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
    return is_same(read_body(declared), live)


def _to_minute(run: datetime) -> datetime:
    return run.replace(tzinfo=UTC, second=0, microsecond=0)


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
        run = _spread(key, frequency, read_at)
    return StepDraft(
        name="scheduled_snapshots",
        operation_id="set_server_snapshot_schedule",
        body=_body(frequency, _next(run, frequency, read_at)),
        at_apply={} if live is None else {"replaces": live.frequency},
    )


def _body(frequency: int, run: datetime) -> dict[str, Any]:
    return {"frequency": frequency, "next_run": run.strftime(_FORMAT)}


def _spread(key: str, frequency: int, read_at: datetime) -> datetime:
    """A first run of our own, at another hour for another key: none of its runs is in the hour that
    clocks skip. Where it runs every hour that cannot be, but the first one is not."""
    start = (read_at + _LEAD).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = [start + timedelta(hours=hour) for hour in range(max(frequency, 2))]
    safe = [run for run in hours if (run.hour - _DST_HOUR) % frequency]
    safe = safe or [run for run in hours if run.hour != _DST_HOUR][:1]
    return safe[crc32(key.encode()) % len(safe)]


def _next(run: datetime, frequency: int, read_at: datetime) -> datetime:
    """The run itself if it is still to come, else the first of its phase that is, and that is not
    in the hour that clocks skip if its phase has another one."""
    earliest = read_at + _LEAD
    if run >= earliest:
        return run
    period = timedelta(hours=frequency)
    run += -((run - earliest) // period) * period
    is_skipped = run.hour == _DST_HOUR and period < timedelta(days=1)
    return run + period if is_skipped else run
