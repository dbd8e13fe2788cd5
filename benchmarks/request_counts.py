"""How many requests a plan and an apply cost, by operation. Counts, not times: they are exact."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.inputs import load, write_stack
from benchmarks.process import ROOT
from benchmarks.simulation import Applied, apply_in_turn
from benchmarks.table import Row
from ccloud_apply.load.stack.build import VariableSources, load_stack
from ccloud_apply.model.declared.stack import Stack

TITLE = "requests: sent by the client for each step of the way"
COUNT = 100


def measure(*, count: int = COUNT) -> list[Row]:
    """Every example by itself, and a stack that is created, planned again and changed."""
    rows: list[Row] = []
    for path in sorted((ROOT / "examples" / "stacks").glob("*.yaml")):
        (applied,) = apply_in_turn([[_load_example(path)]])
        rows += _describe(f"examples/{path.name}", applied)
    created, changed = apply_in_turn(
        [[load(write_stack(count))], [load(write_stack(count, memory_gb=8))]]
    )
    rows += _describe(f"{count} servers, created", created)
    rows += _describe(f"{count} servers, offline resize", changed)
    return rows


def _load_example(path: Path) -> Stack:
    loaded = load_stack(
        path.read_bytes(), path=path.name, variables=VariableSources(), look=lambda _: None
    )
    assert loaded.stack is not None, loaded.diagnostics
    return loaded.stack


def _describe(what: str, applied: Applied) -> list[Row]:
    steps = sum(len(stack.steps) for stack in applied.plan.stacks)
    minutes = applied.seconds / 60
    return [
        _build_row(f"{what}: plan", applied.plan_requests),
        _build_row(
            f"{what}: apply, {steps} steps, {minutes:.1f} virtual minutes", applied.apply_requests
        ),
        _build_row(f"{what}: plan again", applied.verify_requests),
    ]


def _build_row(what: str, requests: Mapping[str, int]) -> Row:
    note = ", ".join(f"{name} {requests[name]}" for name in sorted(requests))
    return Row(what=what, measured=sum(requests.values()), unit="requests", note=note)
