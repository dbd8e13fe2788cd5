"""Whole commands against an API of their own process: wall time, processor, memory, requests.

`python -m benchmarks.scenarios [NAME...] [--runs N] [--against PYTHON]` runs some, or all, beside
each other: with `--against`, each run of this checkout's is followed by one with the interpreter
of another checkout, so that a machine whose speed drifts treats both alike. The bound is what the
same requests take for bare sockets, as many at the same time, between the same runs.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.account_spec import Spec, write_stacks
from benchmarks.answering import answering, ask_what_was_sent
from benchmarks.bound import find_makespan_s
from benchmarks.process import ROOT, Ended, clean_environment, run_program
from benchmarks.request_log import count_by_operation
from benchmarks.table import Row, render_rows

TITLE = "scenarios: whole processes against an API of their own process"
RUNS = 3
CREATES = 10
"""Creates that the platform takes at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One command. The targets are for the ratio to the bound, seconds, seconds of the processor,
    MB, and requests; an apply's bound is its makespan. `cpu_ratio` is the target for the
    processor against that of `python -c 'import click'`, measured between the same runs."""

    what: str
    command: tuple[str, ...]
    spec: Spec
    concurrency: int = 16
    ratio: float | None = None
    wall_s: float | None = None
    cpu_s: float | None = None
    cpu_ratio: float | None = None
    peak_mb: float | None = None
    requests: int | None = None
    runs: int = RUNS
    environment: Mapping[str, str] = field(default_factory=dict)


_BARE = ("-c", "import click")
_PLAN = ("plan", ".", "--no-project")
_THOUSAND = Spec(servers=1_000)
_TEN_THOUSAND = Spec(servers=10_000)

SCENARIOS: Mapping[str, Scenario] = {
    "small": Scenario(
        what="plan of 10 servers in an account of 10,000",
        command=_PLAN,
        spec=Spec(servers=10, others=9_990),
        wall_s=0.45,
        requests=14,
    ),
    "plan-1000": Scenario(
        what="plan of 1,000 servers with disks, 16 at a time",
        command=_PLAN,
        spec=_THOUSAND,
        ratio=1.15,
        environment={"CCLOUD_CONCURRENCY": "16"},
    ),
    "plan-1000-32": Scenario(
        what="plan of 1,000 servers with disks, 32 at a time",
        command=_PLAN,
        spec=_THOUSAND,
        concurrency=32,
        ratio=1.25,
        environment={"CCLOUD_CONCURRENCY": "32"},
    ),
    "plan-10000": Scenario(
        what="plan of 10,000 servers with disks",
        command=_PLAN,
        spec=_TEN_THOUSAND,
        concurrency=32,
        wall_s=9,
        cpu_s=4,
        peak_mb=200,
        runs=1,
    ),
    "apply-1000": Scenario(
        what="apply of 1,000 servers, tasks of 1 to 3 s",
        command=("apply", ".", "--no-project", "--auto-approve"),
        spec=Spec(servers=1_000, is_empty=True, has_catalogues=True),
        ratio=1.05,
        cpu_s=4,
        requests=2_400,
        runs=1,
    ),
    "apply-100": Scenario(
        what="apply of 100 servers, tasks of 1 to 3 s",
        command=("apply", ".", "--no-project", "--auto-approve"),
        spec=Spec(servers=100, is_empty=True, has_catalogues=True),
        ratio=1.05,
        runs=1,
    ),
    "plan-10": Scenario(
        what="plan of the web example, no latency",
        command=("plan", str(ROOT / "examples" / "stacks" / "web.yaml")),
        spec=Spec(latency_ms=0, has_catalogues=True),
        cpu_ratio=2.7,
    ),
    "validate-10": Scenario(
        what="validate of the web example",
        command=("validate", str(ROOT / "examples" / "stacks" / "web.yaml")),
        spec=Spec(latency_ms=0),
        cpu_ratio=1.25,
    ),
    "validate-10000": Scenario(
        what="validate of 10,000 servers",
        command=("validate", ".", "--no-project"),
        spec=Spec(servers=10_000, latency_ms=0),
    ),
    "lists-10000": Scenario(
        what="plan of 10,000 servers, lists alone, no latency",
        command=_PLAN,
        spec=Spec(servers=10_000, has_disks=False, latency_ms=0),
        cpu_s=1.6,
        peak_mb=200,
    ),
    "drift-100": Scenario(
        what="drift of 100 stacks of 10 servers with disks in an account of 10,000",
        command=("drift", ".", "--no-project"),
        spec=Spec(stacks=100, servers=10, others=9_000),
        concurrency=32,
    ),
    "stacks-1000": Scenario(
        what="plan of 1,000 stacks of 10 servers, lists alone, no latency",
        command=_PLAN,
        spec=Spec(stacks=1_000, servers=10, has_disks=False, latency_ms=0),
        cpu_s=4,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run, what the server saw of it, and its bound in seconds, None where there is none."""

    ended: Ended
    seen: Mapping[str, Any]
    bound_s: float | None
    bare_cpu_s: float | None

    @property
    def requests(self) -> int:
        """How many there were, sign-ins included."""
        return len(self.seen["targets"])


def run_once(scenario: Scenario, python: str) -> Measured:
    """One run in a folder, and against a server, of its own. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder, answering(scenario.spec) as endpoint:
        write_stacks(scenario.spec, Path(folder))
        arguments = ["-m", "ccloud_apply", *scenario.command]
        surroundings = {
            "CCLOUD_ENDPOINT": endpoint,
            "CCLOUD_TOKEN": "benchmark",
            "CCLOUD_SETTLE": "0",
            "CCLOUD_WORK_DIR": str(Path(folder) / "work"),
            **scenario.environment,
        }
        ended = run_program(arguments, python=python, cwd=Path(folder), environment=surroundings)
        seen = ask_what_was_sent(endpoint)
        return Measured(
            ended=ended,
            seen=seen,
            bound_s=_find_bound_s(scenario, seen, endpoint),
            bare_cpu_s=run_program(_BARE, python=python).cpu_s if scenario.cpu_ratio else None,
        )


def _find_bound_s(scenario: Scenario, seen: Mapping[str, Any], endpoint: str) -> float | None:
    if seen["lengths_s"]:
        return find_makespan_s(seen["lengths_s"], CREATES)
    targets = [target.removeprefix("GET ") for target in seen["targets"]]
    if not targets or not scenario.spec.latency_ms:
        return None
    program = ["-m", "benchmarks.bound", endpoint, str(scenario.concurrency)]
    done = subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env=clean_environment(),
        input="\n".join(targets).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    bound_s: float = json.loads(done.stdout)["s"]
    return bound_s


def measure(scenarios: Mapping[str, Scenario] = SCENARIOS) -> list[Row]:
    """The rows of all of them, without a comparison. It takes minutes, so each is said."""
    rows: list[Row] = []
    for name, found in compare(scenarios):
        print(f"measured: {name}", file=sys.stderr, flush=True)
        rows += found
    return rows


def compare(
    scenarios: Mapping[str, Scenario], *, runs: int | None = None, against: str | None = None
) -> Iterator[tuple[str, Sequence[Row]]]:
    """The rows of each scenario, as soon as they are known."""
    pythons = {"": sys.executable, **({"other: ": against} if against else {})}
    for name, scenario in scenarios.items():
        done: dict[str, list[Measured]] = {label: [] for label in pythons}
        for _ in range(runs or scenario.runs):
            for label, python in pythons.items():
                done[label].append(run_once(scenario, python))
        rows = [row for label, run in done.items() for row in describe(scenario, run, label)]
        yield name, [*rows, *_compare(done)] if against else rows


def describe(scenario: Scenario, done: Sequence[Measured], label: str = "") -> list[Row]:
    """Medians over the runs."""
    bounds = [run.bound_s for run in done if run.bound_s is not None]
    bare = [run.bare_cpu_s for run in done if run.bare_cpu_s is not None]
    what = f"{label}{scenario.what}"
    first = done[0]
    has_ratio = scenario.ratio is not None or scenario.wall_s is None
    return [
        Row(
            what=f"{what}: time",
            measured=median(run.ended.wall_s for run in done),
            unit="s",
            bound=median(bounds) if bounds and has_ratio else None,
            target=scenario.ratio if has_ratio and bounds else scenario.wall_s,
            note=_describe_flight(first, bounds),
        ),
        Row(
            what=f"{what}: processor",
            measured=median(run.ended.cpu_s for run in done),
            unit="CPU s",
            bound=median(bare) if bare else None,
            target=scenario.cpu_ratio or scenario.cpu_s,
        ),
        Row(
            what=f"{what}: memory",
            measured=median(run.ended.peak_mb for run in done),
            unit="MB",
            target=scenario.peak_mb,
        ),
        Row(
            what=f"{what}: requests",
            measured=median(run.requests for run in done),
            unit="requests",
            target=scenario.requests,
            note=_describe_requests(first),
        ),
    ]


def _describe_flight(run: Measured, bounds: Sequence[float]) -> str:
    creates = f", {run.seen['most_creates']} creates" if run.seen["lengths_s"] else ""
    bound = f"; bare {median(bounds):.3g} s" if bounds else ""
    return (
        f"at most {run.seen['most_in_flight']} at a time{creates},"
        f" {run.seen['connections']} connections{bound}"
    )


def _describe_requests(run: Measured) -> str:
    counts = count_by_operation(run.seen["targets"])
    return ", ".join(f"{what} {count}" for what, count in counts.items())


_FIGURES: Mapping[str, Callable[[Measured], float]] = {
    "time": lambda run: run.ended.wall_s,
    "processor": lambda run: run.ended.cpu_s,
    "memory": lambda run: run.ended.peak_mb,
    "requests": lambda run: run.requests,
}


def _compare(done: Mapping[str, Sequence[Measured]]) -> list[Row]:
    """The one checkout against the other: the median of the pairs' ratios."""
    mine, other = done.values()
    return [
        Row(
            what=f"this / other: {name}",
            measured=median(find(a) / find(b) for a, b in zip(mine, other, strict=True)),
            unit="x",
        )
        for name, find in _FIGURES.items()
        if all(map(find, other))
    ]


def main(arguments: Sequence[str]) -> int:
    """Run and print each scenario."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scenarios", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCENARIOS))
    parser.add_argument("--runs", type=int)
    parser.add_argument("--against", metavar="PYTHON", help="of another checkout's environment")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in SCENARIOS]:
        parser.error(f"no scenario {unknown[0]}; there are {', '.join(SCENARIOS)}")
    chosen = {name: SCENARIOS[name] for name in options.names or SCENARIOS}
    for name, rows in compare(chosen, runs=options.runs, against=options.against):
        print(render_rows(name, rows), end="\n\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
