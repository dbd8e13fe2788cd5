"""The schedule of automatic snapshots: its frequency, and its phase where one is declared.

`next_run` moves on by itself, so it is never compared as a date: two dates are equal when they are
a whole number of periods apart. The API gives no time zone: `told_time.py` has what that means.
A changed schedule is one request: what the platform makes of it where one stands already is
`schedule_replacement.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

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
from ccloud_apply.aspects.lib.schedules import (
    TIME_FORMAT,
    find_next,
    read_time,
    read_zone,
    spread,
    write_body,
)
from ccloud_apply.aspects.lib.told_time import explain, is_skipped
from ccloud_apply.aspects.undo import REVERSIBLE, Undo, lossy
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.limits import SCHEDULE_FREQUENCIES
from ccloud_apply.model.live.account import LiveServer, Schedule
from ccloud_apply.model.results.plan import FieldChange, ValueKind

_LISTED, _OWN = "list_snapshot_schedules", "get_server_snapshot_schedule"
_FIRST_YEAR = 1000
"""Years before have fewer than four digits, which no file may have."""


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
                        "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}( [A-Za-z][A-Za-z0-9_+/-]*)?$",
                        "description": "A time at which the schedule runs, YYYY-MM-DD HH:MM, from"
                        " which all other runs follow. It is in the platform's local time; the"
                        " zone after it says which zone that is.",
                        "examples": ["2027-01-01 03:00", "2027-01-01 03:00 Europe/Berlin"],
                        "errorMessage": "must be a time such as 2027-01-01 03:00, or with its zone"
                        " 2027-01-01 03:00 Europe/Berlin",
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
            problem = _check_time(value["next_run"])
            return () if problem is None else (problem,)
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
        return {"frequency": schedule.frequency, "next_run": run.strftime(TIME_FORMAT)}

    def copy_live(self, live: LiveServer, catalogues: Catalogues) -> Mapping[str, Any]:
        is_read = not live.parts.keys().isdisjoint({_OWN, _LISTED})
        schedule = _find_schedule(live) if is_read else None
        if schedule is None:
            return {"schedule": None}
        run = schedule.next_run
        next_run = None if run is None else run.isoformat()
        return {"schedule": {"frequency": schedule.frequency, "next_run": next_run}}

    def judge_undo(self, change: FieldChange) -> Undo:
        """Without a declared `next_run` the phase is what the live schedule has, as long as it has
        one: a schedule that runs more often, or none, does not tell it."""
        before, after = change.before, change.after
        if before is None or "next_run" in before:
            return REVERSIBLE
        keeps_phase = after is not None and "next_run" not in after
        if keeps_phase and after["frequency"] % before["frequency"] == 0:
            return REVERSIBLE
        return lossy("no file has the time at which it ran")

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        live = _find_schedule(comparison.live)
        told = _explain(declared, live)
        if told is not None:
            return _tell(comparison.live, live, declared, told) if told else EQUAL
        shown = None if live is None else _show_live(live, declared)
        change = FieldChange(field=self.field, before=shown, after=declared, kind=self.kind)
        if declared is None:
            delete = StepDraft(name=self.field, operation_id="delete_server_snapshot_schedule")
            return Difference(changes=(change,), drafts=(delete,))
        draft = _build_draft(declared, live, comparison.spec.key, comparison.read_at)
        return Difference(changes=(change,), drafts=(draft,))


def _find_schedule(live: LiveServer) -> Schedule | None:
    """The server's own schedule where it was read, else that of the account's list."""
    found: Schedule | None = live.parts.get(_OWN) or live.part(_LISTED)
    return found


def _check_time(text: str) -> Problem | None:
    try:
        run = read_time(text)
    except ValueError:
        what = f"{text} is not a date and time"
        return Problem(code="bad-date", what=what, detail=".next_run")
    try:
        zone = read_zone(text)
    except ValueError as error:
        hint = "name one of the IANA time zones, such as Europe/Berlin or UTC"
        return Problem(code="bad-date", what=f"{error}", hint=hint, detail=".next_run")
    if zone is not None and is_skipped(run, zone):
        what = f"{text} does not exist: clocks go forward over it"
        return Problem(code="bad-date", what=what, detail=".next_run")
    return None


def _is_equal(declared: Mapping[str, Any] | None, live: Schedule | None) -> bool:
    return _explain(declared, live) == ""


def _explain(declared: Mapping[str, Any] | None, live: Schedule | None) -> str | None:
    """As `told_time.explain`, for whole schedules."""
    if declared is None or live is None:
        return "" if declared is None and live is None else None
    if declared["frequency"] != live.frequency:
        return None
    if "next_run" not in declared or live.next_run is None:
        return None if "next_run" in declared else ""
    text = declared["next_run"]
    return explain(read_time(text), live.next_run, live.frequency, read_zone(text))


def _tell(
    server: LiveServer, live: Schedule | None, declared: Mapping[str, Any] | None, why: str
) -> Difference:
    """A warning for a phase that is told in another way, which is no difference."""
    assert live is not None
    assert live.next_run is not None
    assert declared is not None
    problem = Problem(
        code="tolerated",
        what=f"the API tells the next run of {server.name} as {live.next_run:%Y-%m-%d %H:%M}, the"
        f" file says {declared['next_run']}: {why}, so it is not corrected",
        hint="name the zone of next_run (UTC, Europe/Berlin) to have any other time corrected",
        detail=".next_run",
        severity=Severity.WARNING,
    )
    return Difference(problems=(problem,))


def _show_live(live: Schedule, declared: Mapping[str, Any] | None) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"frequency": live.frequency}
    if live.next_run is not None and declared is not None and "next_run" in declared:
        shown["next_run"] = live.next_run.strftime(TIME_FORMAT)
    return shown


def _build_draft(
    declared: Mapping[str, Any], live: Schedule | None, key: str, read_at: datetime
) -> StepDraft:
    """The API requires a `next_run`: the declared phase, the live one, or a spread of our own."""
    frequency: int = declared["frequency"]
    if "next_run" in declared:
        run = read_time(declared["next_run"])
    elif live is not None and live.next_run is not None:
        run = live.next_run.replace(tzinfo=UTC)
    else:
        run = spread(key, frequency, read_at)
    return StepDraft(
        name="scheduled_snapshots",
        operation_id="set_server_snapshot_schedule",
        body=write_body(frequency, find_next(run, frequency, read_at)),
        at_apply={} if live is None else {"replaces": live.frequency},
    )
