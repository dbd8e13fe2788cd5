"""Snapshot schedules at every reading of their times, by the whole command: a schedule that is told
in another zone is not set again, and one that is really another one is."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.box import change_box, read_box
from tests.support.readings import choose_reading
from tests.support.stacks import APPLY, BOX, IS_EMPTY, once, with_faults, write_stack

DAILY = BOX + '    scheduled_snapshots: {frequency: 24, next_run: "2030-01-01 03:00"}\n'
BERLIN = DAILY.replace("03:00", "03:00 Europe/Berlin")
SET = "set_server_snapshot_schedule"
READINGS = [("utc", "utc"), ("berlin", "utc"), ("berlin", "berlin")]


@pytest.mark.parametrize("text", [DAILY, BERLIN], ids=["no zone", "a zone"])
@pytest.mark.parametrize(("taken", "told"), READINGS)
def test_a_schedule_is_set_once_whatever_zone_it_is_told_in(
    taken: str,
    told: str,
    text: str,
    sandbox_env: dict[str, str],
    call_cli: RunCli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_reading(monkeypatch, schedule_taken=taken, schedule_told=told)
    write_stack(tmp_path, text)
    applied = call_cli(*APPLY, env=sandbox_env)
    is_known = taken == told or text == BERLIN
    assert applied.code == 0, applied.err
    never = {"operation": SET, "when": "always", "fault": {"status": 422}}
    for _ in range(2):
        again = call_cli(*APPLY, env=with_faults(sandbox_env, tmp_path, never))
        assert again.code == 0, again.err
    planned = call_cli(*IS_EMPTY, env=sandbox_env)
    assert planned.code == 0
    assert ("it is not corrected" in planned.out + planned.err) != is_known
    drift = call_cli("drift", "web.yaml", env=sandbox_env)
    assert drift.code == 0
    assert ("it is not corrected" in drift.out + drift.err) != is_known


def test_another_phase_is_still_set(
    sandbox_env: dict[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, DAILY)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, DAILY.replace("03:00", "05:30"))
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    schedule = read_box(sandbox_env)["schedule"]
    assert schedule is not None
    assert schedule["next_run"].startswith("2030-01-01T05:30")
    write_stack(tmp_path, DAILY.replace("03:00", "04:30 UTC"))
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    schedule = read_box(sandbox_env)["schedule"]
    assert schedule is not None
    assert schedule["next_run"].startswith("2030-01-01T04:30"), "a named zone is exact"


def test_an_hour_after_a_change_of_clocks_is_told_and_not_corrected(
    sandbox_env: dict[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, DAILY)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    moved = {"frequency": 24, "next_run": "2030-07-01T04:00:00.000000Z"}
    change_box(sandbox_env, schedule=moved)
    never = with_faults(sandbox_env, tmp_path, once(SET, {"status": 422}))
    applied = call_cli(*APPLY, env=never)
    assert applied.code == 0, applied.err
    assert "as after a change of clocks" in applied.out + applied.err
    assert read_box(sandbox_env)["schedule"] == moved
    document = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env).out)
    assert "change of clocks" in json.dumps(document["stacks"][0]["warnings"])


@pytest.mark.parametrize(
    ("time", "told"),
    [
        ("2030-01-01 03:00 Berlin", "Berlin is not a time zone"),
        ("2027-03-28 02:30 Europe/Berlin", "does not exist: clocks go forward over it"),
        ("2030-13-01 03:00 Europe/Berlin", "is not a date and time"),
        ("2030-01-01 03:00+01:00", "must be a time such as 2027-01-01 03:00"),
    ],
)
def test_a_zone_is_checked_offline_with_its_place(
    time: str, told: str, clean_env: dict[str, str], call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, DAILY.replace("2030-01-01 03:00", time))
    refused = call_cli("validate", "web.yaml", env=clean_env)
    assert refused.code == 1
    assert told in refused.out + refused.err
    assert "web.yaml:10:" in refused.out + refused.err
