"""Tasks, schedules, and the answer to a request that starts a task."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ccloud_apply.api.decode.shape import (
    Unreadable,
    need_int,
    need_text,
    read_int,
    read_list,
    read_object,
    read_text,
    unwrap,
)
from ccloud_apply.model.live.account import Schedule, Task


def decode_task(value: Any, place: str = "") -> Task:
    """A task of `get_task`. Raises Unreadable."""
    task = unwrap(read_object(value, place))
    return Task(
        id=need_int(task, "id", place),
        # Oddity: task action `add-networkadpater`: kept as the API spells it
        action=read_text(task, "action", place) or "",
        # Oddity: task `status`: all but failed and done count as processing
        status=read_text(task, "status", place) or "processing",
        hostname=read_text(task, "hostname", place),
        username=read_text(task, "username", place),
        error_message=read_text(task, "error_message", place),
        created_at=read_text(task, "created_at", place),
    )


def decode_tasks(value: Any) -> tuple[Task, ...]:
    """One page of `list_tasks` or `list_server_tasks`."""
    return tuple(decode_task(row, f"[{index}]") for index, row in enumerate(read_list(value)))


def decode_task_id(value: Any) -> int:
    """The id in the answer of a request that starts a task. Raises Unreadable without one."""
    # Oddity: `POST .../dvds`: a list of `{id}` where others answer an object
    # Oddity: create answers only a task id
    rows = read_list(value)
    if not rows:
        raise Unreadable("the id of the task is missing")
    return need_int(read_object(rows[0], ""), "id", "")


def decode_schedules(value: Any) -> Mapping[str, Schedule]:
    """The schedules of `list_snapshot_schedules`, by hostname."""
    found: dict[str, Schedule] = {}
    for index, item in enumerate(read_list(value)):
        place = f"[{index}]"
        row = read_object(item, place)
        # Oddity: scheduled snapshots: the frequency is a number or its text
        frequency = _read_frequency(row, place)
        hostname = need_text(row, "hostname", place)
        if frequency:
            next_run = decode_next_run(row.get("next_run"), f"{place}.next_run")
            found[hostname] = Schedule(frequency=frequency, next_run=next_run)
    return found


def decode_schedule(value: Any) -> Schedule | None:
    """One server's schedule, from `get_server_snapshot_schedule`; None where it has none."""
    # Oddity: `GET .../snapshots/scheduled` for a server without one
    rows = read_list(value) if value else []
    if not rows:
        return None
    row = read_object(rows[0], "")
    frequency = _read_frequency(row, "")
    if not frequency:
        return None
    next_run = decode_next_run(row.get("next_run"), "next_run")
    return Schedule(frequency=frequency, next_run=next_run)


def _read_frequency(row: Mapping[str, Any], place: str) -> int | None:
    """The hours, None for no schedule. Raises Unreadable for what is no schedule at all, such as a
    list in a wrapper by another name: that is unknown, and not none."""
    if "frequency" not in row:
        raise Unreadable(f"{place}.frequency: it is missing".lstrip("."))
    return read_int(row, "frequency", place)


def decode_next_run(value: Any, place: str) -> datetime | None:
    """A local time of the platform, without a zone, from either of its spellings."""
    # Oddity: scheduled snapshots: `YYYY-mm-dd HH:ii` here, ISO with a Z there.
    # The zone of either is not documented, so the time is taken as written, without conversion.
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip()).replace(tzinfo=None)
        except ValueError:
            pass
    raise Unreadable(f"{place}: expected a time such as 2027-01-01 03:00")
