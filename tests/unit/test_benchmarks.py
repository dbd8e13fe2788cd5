"""The benchmarks run, at a small size, and count what they say they count. No time is asserted."""

import asyncio
import json
import sys
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import (
    commands,
    compute,
    fleet_pages,
    makespan,
    reading,
    rendering,
    request_counts,
    side_by_side,
    start_up,
)
from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.account_spec import Spec
from benchmarks.bound import find_makespan_s, is_complete
from benchmarks.inputs import CASES, Case, load, write_stack
from benchmarks.page import PAGE, names_in, read_figures, render_page, rows_of
from benchmarks.platform import Platform
from benchmarks.scenarios import SCENARIOS, Scenario, compare, measure
from benchmarks.simulation import TaskTime
from benchmarks.table import Row, render_rows

_WRITE = "write them anew: python -m benchmarks --write requests commands"


def test_a_target_is_for_the_ratio_where_there_is_a_bound() -> None:
    assert Row(what="x", measured=30, unit="s", bound=20, target=1.5).is_met is True
    assert Row(what="x", measured=31, unit="s", bound=20, target=1.5).is_met is False
    assert Row(what="x", measured=5, unit="s", target=5).is_met is True
    assert Row(what="x", measured=6, unit="s", target=5).is_met is False
    assert Row(what="x", measured=6, unit="s", bound=3).is_met is None


def test_the_table_shows_figure_bound_ratio_target_and_verdict() -> None:
    row = Row(what="plan", measured=1.234, unit="s", bound=0.5, target=2, note="100 requests")
    title, line, _, cells = render_rows("Title", [row]).splitlines()
    assert (title, line) == ("Title", "-----")
    assert " ".join(cells.split()) == "plan 1.23 s 0.5 s 2.47x <= 2x NO 100 requests"


def test_a_benchmark_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start-down"]) == 1
    assert "start-down; there are start-up, compute" in capsys.readouterr().out


def test_every_benchmark_has_a_title_and_something_that_measures() -> None:
    modules = [import_module(f"benchmarks.{name}") for name in BENCHMARKS.values()]
    assert len({module.TITLE for module in modules}) == len(BENCHMARKS) == 10
    assert all(callable(module.measure) for module in modules)


def test_start_up_compares_three_commands_with_bare_click() -> None:
    rows = start_up.measure(runs=1)
    assert [row.what for row in rows] == ["--version", "--help", "validate"]
    assert len({row.bound for row in rows}) == 1
    assert start_up.count_modules(None) < start_up.count_modules(["--version"])


@pytest.mark.parametrize(
    ("case", "changed", "steps"),
    [("empty", 4, 12), ("equal", 0, 0), ("changed", 4, 12), ("renamed", 8, 16)],
)
def test_an_account_differs_from_its_stack_as_the_case_says(
    case: Case, changed: int, steps: int
) -> None:
    measured = compute.compute(4, case)
    assert (measured["changed"], measured["steps"]) == (changed, steps)


def test_every_size_and_account_is_computed_in_a_process_of_its_own() -> None:
    rows = compute.measure(counts=(3,), repeats=1)
    assert len(rows) == 2 * len(CASES)
    assert {row.unit for row in rows} == {"s", "MB"}


def test_the_benchmarked_stack_has_as_many_servers_as_asked_for() -> None:
    stack = load(write_stack(7))
    assert len(stack.servers) == 7
    assert all(len(server.fields) == 14 for server in stack.servers)


def test_reading_asks_for_each_servers_disks_and_state_and_for_four_lists() -> None:
    rows = reading.measure(count=3, latency_ms=1, repeats=1)
    assert rows[0].note.startswith("10 requests, 16 at a time")
    assert rows[0].bound is not None
    assert rows[0].bound >= 10 / 16 / 1000
    assert rows[1].note.endswith("0 steps")


def test_pages_of_a_fleet_are_asked_for_on_the_tables_that_are_said() -> None:
    found = asyncio.run(fleet_pages.time_pages("sqlite", 120, 1))
    assert found.keys() == fleet_pages.PAGES.keys()
    assert (
        found["one stack"]["kb"] < found["by name, the last page"]["kb"] < found["all stacks"]["kb"]
    )


def test_the_page_shows_the_kept_figures_of_every_benchmark() -> None:
    page, figures = PAGE.read_text(encoding="utf-8"), read_figures()
    assert sorted(names_in(page)) == sorted(figures) == sorted(BENCHMARKS)
    assert render_page(page, figures) == page, "write it anew: python -m benchmarks --write NAME"
    assert all(f"| `{name}` |" in page for name in BENCHMARKS)


def test_a_changed_figure_changes_the_page_and_nothing_else_of_it() -> None:
    row = {"what": "a | b", "measured": 3, "unit": "s", "bound": 2, "target": 1.2, "note": ""}
    run = {"date": "2027-01-02", "machine": "1 core", "rows": [row]}
    page = "before\n<!-- figures: x -->\nold\n<!-- end -->\nafter\n"
    shown = render_page(page, {"x": run})
    assert shown.startswith("before\n<!-- figures: x -->\nMeasured on 2027-01-02: 1 core.\n")
    assert "\n| what | measured | bound | ratio | target | met |\n" in shown
    assert "\n| a \\| b | 3 s | 2 s | 1.50x | <= 1.2x | NO |\n<!-- end -->\nafter\n" in shown
    assert render_page(shown, {"x": run}) == shown


def test_the_requests_of_an_apply_are_those_of_the_page() -> None:
    assert request_counts.measure() == rows_of(read_figures(), "requests"), _WRITE


@pytest.mark.slow
def test_the_requests_of_commands_are_those_of_the_page() -> None:
    assert commands.measure() == rows_of(read_figures(), "commands"), _WRITE


def test_the_scenarios_of_the_page_are_those_that_are_measured() -> None:
    shown = {row.what: row.target for row in rows_of(read_figures(), "scenarios")}
    for scenario in SCENARIOS.values():
        parts = ("time", "processor", "memory", "requests")
        targets = [shown.pop(f"{scenario.what}: {part}") for part in parts]
        assert targets == [
            scenario.wall_s if scenario.ratio is None else scenario.ratio,
            scenario.cpu_s if scenario.cpu_ratio is None else scenario.cpu_ratio,
            scenario.peak_mb,
            scenario.requests,
        ]
    assert not shown


@pytest.mark.slow
def test_a_scenario_compares_two_checkouts_with_each_other_and_with_bare_sockets() -> None:
    scenario = Scenario(
        what="plan", command=("plan", "."), spec=Spec(servers=2, others=150, latency_ms=5), ratio=9
    )
    ((name, rows),) = compare({"tiny": scenario}, runs=1, against=sys.executable)
    found = {row.what: row for row in rows}
    assert name == "tiny"
    assert found["plan: requests"].note.startswith("list_os 1, list_server_disks 2, list_servers ")
    assert found["plan: time"].bound is not None
    assert found["plan: time"].ratio is not None
    assert found["plan: time"].ratio > 0
    assert found["plan: memory"].measured > 10
    assert found["this / other: requests"].measured == 1


@pytest.mark.slow
def test_a_scenario_that_applies_is_compared_with_its_tasks() -> None:
    scenario = Scenario(
        what="apply",
        command=("apply", ".", "--auto-approve"),
        spec=Spec(servers=3, is_empty=True, has_catalogues=True, latency_ms=0, task_s=(0.1, 0.2)),
        runs=1,
    )
    rows = {row.what: row for row in measure({"tiny": scenario})}
    bound = rows["apply: time"].bound
    assert bound is not None
    assert 0.1 <= bound <= 0.2, "three places for three servers: the longest of their tasks"
    assert "3 creates" in rows["apply: time"].note
    assert "create_server 3," in rows["apply: requests"].note


def test_tasks_begin_in_order_where_a_place_is_free() -> None:
    assert find_makespan_s([3, 1, 1, 1], 2) == 3
    assert find_makespan_s([1, 1, 1, 3], 2) == 4
    assert find_makespan_s([5, 5], 10) == 5


def test_an_answer_is_complete_with_the_last_byte_of_its_body() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
    assert [is_complete(answer[:length]) for length in range(len(answer))] == [False] * 41
    assert is_complete(answer)


def test_requests_are_counted_for_every_example_and_every_part_of_the_way() -> None:
    rows = {row.what: row for row in request_counts.measure(count=2)}
    assert rows["examples/fleet.yaml: plan"].measured == 6
    assert rows["2 servers, created: plan again"].note == (
        "get_server_state 2, list_os 1, list_server_disks 2, list_servers 1,"
        " list_snapshot_schedules 1, list_tasks 2"
    )


def test_the_least_an_apply_takes_is_a_chain_or_the_places_for_creates_or_all_of_them() -> None:
    def task(server: int, action: str, seconds: float) -> TaskTime:
        return TaskTime(server_id=server, action=action, start_s=0, end_s=seconds)

    chain = [task(1, "shutdown-server", 8), task(1, "resize-server", 20)]
    creates = [task(n, "create-server", 40) for n in range(20)]
    resizes = [task(n, "resize-server", 20) for n in range(20)]
    assert makespan.find_least_s([*chain, resizes[2]], 10) == 28
    assert makespan.find_least_s(creates, 200) == 80
    assert makespan.find_least_s(resizes, 5) == 80


def test_the_greedy_bound_keeps_the_order_of_tasks_and_of_the_steps_of_a_server() -> None:
    def task(server: int, start: float, seconds: float) -> TaskTime:
        return TaskTime(server_id=server, action="x", start_s=start, end_s=start + seconds)

    steps = [task(1, 0, 4), task(2, 0.1, 2), task(2, 3, 2), task(3, 5, 1)]
    assert makespan.find_greedy_s(steps, 2) == 5
    assert makespan.find_greedy_s(steps, 1) == 9
    assert makespan.find_greedy_s(steps, 9) == 4


def test_an_apply_is_never_faster_than_the_least_it_takes() -> None:
    rows = makespan.measure(count=12)
    compared = [row for row in rows if row.bound is not None]
    assert len(compared) == 4 + 12
    assert all(row.ratio is not None and row.ratio >= 1 for row in compared)
    assert [row.measured for row in rows if row.bound is None] == [1, 1]


def test_a_plan_is_rendered_and_read_back() -> None:
    rows = rendering.measure(count=3, repeats=1)
    assert [row.what.partition(": ")[2] for row in rows] == [
        "creates as text, folded",
        "resizes as text, folded",
        "resizes as Markdown",
        "resizes as HTML",
        "creates as JSON",
        "plan file, written",
        "plan file, read",
    ]


def test_without_terraform_nothing_is_compared_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert side_by_side.measure() == []
    assert capsys.readouterr().out == (
        "Not compared with Terraform: no terraform and no go on this machine.\n"
    )
    assert side_by_side.find_missing(tmp_path / "provider") == ["terraform"]


def test_terraform_gets_the_same_servers_and_their_state(tmp_path: Path) -> None:
    spec = Spec(servers=3, others=27)
    side_by_side.write_terraform(spec, tmp_path, tmp_path / "bin" / side_by_side.BINARY)
    configuration = (tmp_path / "main.tf").read_text()
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    kept = [resource["instances"][0]["attributes"] for resource in state["resources"]]
    platform = Platform(spec)
    listed = json.loads(platform.answer("GET", "/api/v1/ccloud/servers?tag=stack:fleet", b"", 0)[1])
    assert [server["hostname"] for server in kept] == [row["hostname"] for row in listed["data"]]
    assert [server["tags"] for server in kept] == [row["tags"] for row in listed["data"]]
    assert configuration.count('resource "rest_server"') == 3
    assert str(tmp_path / "bin") in (tmp_path / "cli.tfrc").read_text()
