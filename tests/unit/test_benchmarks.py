"""The benchmarks run, at a small size, and count what they say they count. No time is asserted."""

from importlib import import_module

import pytest

from benchmarks import compute, makespan, reading, rendering, request_counts, start_up
from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.inputs import CASES, Case, load, write_stack
from benchmarks.simulation import TaskTime
from benchmarks.table import Row, render_rows


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
    assert len({module.TITLE for module in modules}) == len(BENCHMARKS) == 6
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


def test_an_apply_is_never_faster_than_the_least_it_takes() -> None:
    rows = makespan.measure(count=12)
    compared = [row for row in rows if row.bound is not None]
    assert len(compared) == 4
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
