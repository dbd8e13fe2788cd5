"""Windows and freezes in `plan`: blocked, deferred, and as of another moment."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import BOX, write_stack

WEEKEND = """\
policy:
  windows:
    - {for: [create], days: [sat, sun], from: "02:00", to: "06:00", zone: Europe/Berlin}
"""
PROJECT = """\
project: shop
policy: {windows: [{for: [create], from: "04:00", to: "24:00", zone: Europe/Berlin}]}
environments:
  prod:
    policy: {freeze: [{from: 2027-01-02, until: 2027-01-08, reason: "audit\\n::set-output x::"}]}
"""
PLAN = ("plan", "web.yaml", "--no-cost")


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2027-01-02T03:00 Europe/Berlin", 0),
        ("2027-01-02T01:59:59 Europe/Berlin", 3),
        ("2027-01-02T01:00Z", 0),
        ("2027-01-02T05:00", 3),
        ("2027-01-01", 3),
    ],
)
def test_a_plan_for_a_moment_is_what_a_run_at_that_moment_would_do(
    call_cli: RunCli, tmp_path: Path, at: str, code: int
) -> None:
    write_stack(tmp_path, BOX + WEEKEND)
    found = call_cli(*PLAN, "--at", at, "--format", "json")
    assert found.code == code, found.err
    document = json.loads(found.out)
    assert document["at"].startswith("2027-01-0")
    held = document["stacks"][0]["held"]
    assert [one["code"] for one in held] == (["outside-window"] if code else [])
    assert all(one["path"] == "web.yaml" and one["line"] for one in held)


def test_every_level_has_to_allow_a_change(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, BOX + WEEKEND)
    (tmp_path / "ccloud-apply.yaml").write_text(PROJECT)
    ask = (*PLAN, "--env", "prod", "--at")
    assert call_cli(*ask, "2027-01-09T05:00 Europe/Berlin").code == 0
    early = call_cli(*ask, "2027-01-09T03:00 Europe/Berlin")
    assert early.code == 3
    assert "ccloud-apply.yaml:2" in early.out
    assert "Sat 2027-01-09 04:00 Europe/Berlin (2027-01-09 03:00 UTC)" in early.out
    frozen = call_cli(*ask, "2027-01-02T05:00 Europe/Berlin")
    assert frozen.code == 3
    assert "it may be done from Sat 2027-01-09 03:00 UTC on" in frozen.out
    assert not [line for line in frozen.out.split("\n") if line.lstrip("│ ").startswith("::")]


def test_a_plan_in_which_all_is_deferred_is_no_success_under_the_detailed_exit_code(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX + WEEKEND)
    ask = (*PLAN, "--at", "2027-01-01", "--defer")
    assert call_cli(*ask).code == 0
    found = call_cli(*ask, "--detailed-exitcode", "--format", "json")
    assert found.code == 2
    (stack,) = json.loads(found.out)["stacks"]
    assert (stack["servers"], stack["steps"], stack["held"]) == ([], [], [])
    assert stack["summary"]["create"] == 0
    (deferred,) = stack["deferred"]
    assert (deferred["key"], deferred["action"]) == ("box", "create")
    assert deferred["from"] == "2027-01-02T01:00:00+00:00"


def test_what_contradicts_itself_is_refused(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, BOX)
    saved = call_cli(*PLAN, "--at", "2027-01-01", "--out", "web.plan")
    assert (saved.code, "--at and --out exclude each other" in saved.err) == (1, True)
    assert not (tmp_path / "web.plan").exists()
    unknown = call_cli(*PLAN, "--at", "next friday")
    assert (unknown.code, "is not a moment" in unknown.err) == (1, True)
