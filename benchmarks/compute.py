"""Loading, validating and planning big stacks, without any network: time and memory.

The time is that of the processor: nothing waits here, and other work on the machine does not count.

Each measurement is a process of its own (`python -m benchmarks.compute SERVERS CASE`), because a
peak of memory belongs to a process.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.inputs import CASES, Case, build_account, load, write_stack
from benchmarks.process import ask_program, peak_memory_mb
from benchmarks.table import Row
from ccloud_apply.plan.build import PlanOptions, build_plan

TITLE = "compute: YAML of so many servers -> Stack -> Plan, no network"
COUNTS = (100, 1_000, 10_000)
TARGET_COUNT = 10_000
TARGETS: Mapping[str, tuple[float, float]] = {"equal": (1.6, 200.0)}
OTHER_TARGETS = (5.0, 500.0)
"""Seconds of the processor and MB."""


def measure(*, counts: Sequence[int] = COUNTS, repeats: int = 3) -> list[Row]:
    """Medians over so many processes for every size and account."""
    base_mb = ask_program(["-m", "benchmarks.compute", "0", "empty"])["peak_mb"]
    rows = []
    for count in counts:
        for case in CASES:
            program = ["-m", "benchmarks.compute", str(count), case]
            rows += _describe(count, case, [ask_program(program) for _ in range(repeats)], base_mb)
    return rows


def _describe(count: int, case: Case, runs: list[dict[str, Any]], base_mb: float) -> list[Row]:
    load_s, plan_s, peak_mb = (
        median(run[name] for run in runs) for name in ("load_s", "plan_s", "peak_mb")
    )
    is_target = count == TARGET_COUNT
    target_s, target_mb = TARGETS.get(case, OTHER_TARGETS)
    per_server_kb = (peak_mb - base_mb) * 1024 / count
    return [
        Row(
            what=f"{count:,} servers, account {case}: time",
            measured=median(run["load_s"] + run["plan_s"] for run in runs),
            unit="s",
            target=target_s if is_target else None,
            note=f"load {load_s:.2f} s, plan {plan_s:.2f} s;"
            f" {runs[0]['changed']:,} servers to change, {runs[0]['steps']:,} steps",
        ),
        Row(
            what=f"{count:,} servers, account {case}: peak memory",
            measured=peak_mb,
            unit="MB",
            target=target_mb if is_target else None,
            note=f"{per_server_kb:.1f} KB per server beyond the {base_mb:.0f} MB of an empty stack",
        ),
    ]


def compute(count: int, case: Case) -> dict[str, Any]:
    """One measurement, in this process."""
    text = write_stack(count)
    account = build_account(count, case)
    begin = time.process_time()
    stack = load(text)
    loaded = time.process_time()
    plan, diagnostics = build_plan([stack], account, PlanOptions())
    planned = time.process_time()
    assert plan is not None, diagnostics
    (stack_plan,) = plan.stacks
    return {
        "load_s": loaded - begin,
        "plan_s": planned - loaded,
        "peak_mb": peak_memory_mb(),
        "changed": len(stack_plan.changed_servers()),
        "steps": len(stack_plan.steps),
    }


if __name__ == "__main__":
    (_case,) = (case for case in CASES if case == sys.argv[2])
    print(json.dumps(compute(int(sys.argv[1]), _case)))
