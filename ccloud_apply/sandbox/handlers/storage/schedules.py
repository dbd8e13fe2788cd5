"""Chapter Scheduled Snapshots. The account's list of schedules is in
sandbox/handlers/account/customers.py.

Oddity: docs/reference/api-oddities.md, "scheduled snapshots": number here, string there; one enum
omits 24; two time formats. `next_run` moves on by itself with every run.
"""

from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from ccloud_apply.sandbox.clock import to_wire
from ccloud_apply.sandbox.http.call import Call, read_server, read_settled_server
from ccloud_apply.sandbox.http.errors import Invalid, Refusal, not_found
from ccloud_apply.sandbox.state.record import Schedule
from ccloud_apply.sandbox.state.view import BERLIN, next_run, tell_local

FREQUENCIES = (1, 3, 6, 12, 24)
TIME_FORMAT = "%Y-%m-%d %H:%M"


async def get_server_snapshot_schedule(call: Call) -> dict[str, Any] | Response:
    """The schedule. Without one, the option `empty_schedule` chooses the answer.

    Oddity: docs/reference/api-oddities.md, "`GET .../snapshots/scheduled` for a server without
    one".
    """
    server = read_server(call)
    schedule = server["schedule"]
    if schedule is not None:
        run = next_run(schedule["next_run"], schedule["frequency"], call.now)
        shown = tell_local(run, call.options.schedule_told)
        return {"frequency": schedule["frequency"], "next_run": shown.strftime(TIME_FORMAT)}
    style = call.options.empty_schedule
    if style == "404":
        raise not_found(f"A schedule of {server['hostname']}")
    if style == "204":
        return Response(status_code=204)
    return JSONResponse({"null": None, "object": {}, "list": []}[style])


async def set_server_snapshot_schedule(call: Call) -> None:
    """Sets or replaces the schedule; a run in the past moves on by whole periods.

    What happens to an existing schedule is an option, `existing_schedule`.
    Oddity: docs/reference/api-oddities.md, "scheduled snapshots".
    """
    server = read_settled_server(call)
    body = call.body if isinstance(call.body, dict) else {}
    errors = {}
    frequency, run = _read_frequency(body.get("frequency")), _read_time(body.get("next_run"))
    for name, value, text in (
        ("frequency", frequency, "The selected frequency is invalid."),
        ("next run", run, "The next run does not match the format Y-m-d H:i."),
    ):
        field = name.replace(" ", "_")
        if value is None:
            missing = body.get(field) is None
            errors[field] = f"The {name} field is required." if missing else text
    if errors or frequency is None or run is None:
        raise Invalid(errors)
    style = call.options.existing_schedule
    if server["schedule"] is not None and style != "replace":
        if style == "ignore":
            return
        raise Refusal(int(style), {"message": "A schedule for this server already exists."})
    if call.options.schedule_taken == "berlin":
        run = run.replace(tzinfo=BERLIN).astimezone(UTC)
    server["schedule"] = Schedule(frequency=frequency, next_run=to_wire(run))
    call.store.write_server(server)


async def delete_server_snapshot_schedule(call: Call) -> None:
    """Removes the schedule, if there is one."""
    server = read_settled_server(call)
    server["schedule"] = None
    call.store.write_server(server)


def _read_frequency(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and value in FREQUENCIES else None


def _read_time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.strptime(value, TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
