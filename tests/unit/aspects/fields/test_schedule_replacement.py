"""What a schedule that shows and a refusal mean in the middle of a change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.effects import Shown
from ccloud_apply.aspects.fields.snapshots.schedule_replacement import (
    classify,
    describe,
    may_be_refused_for_old,
    require_planned,
    say_failed,
)
from ccloud_apply.aspects.lib.schedules import build_body, is_same, read_body
from ccloud_apply.errors import ApplyError, InvalidError, StatusError
from ccloud_apply.model.limits import SCHEDULE_FREQUENCIES
from ccloud_apply.model.live.account import Schedule

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def schedule(frequency: int, hour: int = 3, day: int = 2) -> Schedule:
    return Schedule(frequency=frequency, next_run=datetime(2027, 3, day, hour))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        (schedule(12), Shown.NEW),
        (schedule(12, 15), Shown.NEW),
        (schedule(12, 4), Shown.NEW),  # told in another zone, perhaps
        (schedule(6), Shown.OLD),
        (schedule(6, 9), Shown.OLD),
        (schedule(6, 4), Shown.OTHER),
        (schedule(24), Shown.OTHER),
        (None, Shown.NONE),
    ],
)
def test_what_shows_is_told_apart_by_frequency_and_phase(
    shown: Schedule | None, outcome: Shown
) -> None:
    assert classify(shown, old=schedule(6), new=schedule(12)) is outcome


def test_where_the_phase_alone_changes_the_old_phase_is_the_old_schedule() -> None:
    old, new = schedule(6, 3), schedule(6, 5)
    assert classify(schedule(6, 9), old=old, new=new) is Shown.OLD
    assert classify(schedule(6, 11), old=old, new=new) is Shown.NEW
    assert classify(schedule(6, 12), old=old, new=new) is Shown.NEW


def test_without_an_old_schedule_only_the_very_same_one_is_the_new_one() -> None:
    assert classify(schedule(6, 4), old=None, new=schedule(6, 3)) is Shown.OTHER


def refusal(status: int, message: str = "no", **fields: str) -> StatusError:
    kind = InvalidError if status == 422 else StatusError
    told = {name: (text,) for name, text in fields.items()}
    return kind(message, operation="x", method="POST", path="/x", status=status, fields=told)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (refusal(409), True),
        (refusal(422), False),
        (refusal(422, "A schedule for this server already exists."), True),
        (refusal(422, "The server does not exist."), False),
        (refusal(422, hostname="The hostname has already been taken."), True),
        (refusal(422, frequency="A schedule exists."), True),
        (refusal(422, next_run="Es ist bereits ein Zeitplan vorhanden."), True),
        (refusal(422, next_run="The next run must be a date after now."), False),
        (refusal(422, frequency="The selected frequency is invalid."), False),
        (refusal(423), False),
        (refusal(403), False),
        (refusal(500), False),
    ],
)
def test_a_refusal_that_does_not_tell_of_the_old_schedule_is_no_reason_to_delete_it(
    error: StatusError, outcome: bool
) -> None:
    assert may_be_refused_for_old(error) is outcome


@given(
    frequency=st.sampled_from(SCHEDULE_FREQUENCIES),
    run=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
    hours=st.integers(0, 50_000),
)
def test_what_is_put_back_is_the_old_schedule_with_a_run_that_is_to_come(
    frequency: int, run: datetime, hours: int
) -> None:
    now = NOON + timedelta(hours=hours - 25_000)
    old = Schedule(frequency=frequency, next_run=run.replace(second=0, microsecond=0))
    body = build_body(old, now)
    back = read_body(body)
    assert is_same(back, old)
    assert back.next_run is not None
    assert back.next_run.replace(tzinfo=UTC) > now


def test_a_schedule_without_a_phase_is_put_back_with_one() -> None:
    body = build_body(Schedule(frequency=12, next_run=None), NOON)
    assert body["frequency"] == 12
    run = datetime.strptime(body["next_run"], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert NOON < run < NOON + timedelta(days=1)


def test_a_phase_that_is_not_told_is_not_the_same_as_one_that_is() -> None:
    unknown = Schedule(frequency=6, next_run=None)
    assert not is_same(unknown, schedule(6))
    assert not is_same(schedule(6), unknown)


def test_another_frequency_than_the_plan_replaces_is_a_change_since_the_plan() -> None:
    require_planned("vs1", schedule(6, 4), {"replaces": 6})
    with pytest.raises(ApplyError, match=r"changed since the plan: .* every 3 hours.* not every 6"):
        require_planned("vs1", schedule(3), {"replaces": 6})


def test_the_message_of_a_failure_says_what_stands() -> None:
    back = say_failed("vs1", "422: no", schedule(1), None)
    assert back == "422: no; vs1 has its old schedule again: every hour, next at 2027-03-02 03:00"
    lost = say_failed("vs1", "422: no", schedule(6), "500: oops")
    assert lost.startswith("vs1 HAS NO SNAPSHOT SCHEDULE NOW")
    assert "every 6 hours" in lost
    assert "500: oops" in lost
    assert describe(None) == "no snapshot schedule"
