"""`python -m benchmarks.soak`: thousands of seeded schedules of faults, kills and recoveries.

A schedule is one stack on its way through runs in which anything may go wrong, and then two in
which nothing does (`tests/simulator`). A failing one is printed with the command that replays it.
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import get_args

from tests.simulator.ablation import Ablation
from tests.simulator.frozen import Freeze
from tests.simulator.schedule import Schedule
from tests.simulator.simulate import Result, play, simulate
from tests.simulator.sweep import build_reference, draw_faults, draw_kills, measure_reference
from tests.simulator.workers import GRACE_S, LEASE_S, Outcome, Stopped, simulate_workers

CHUNK = 25
"""Schedules that a process is given at a time."""

STOPS_S = (20.0, LEASE_S + 30, LEASE_S + GRACE_S + 60, None)
"""For how long a worker is frozen: less than its lease, until it was taken over, until the other
one has finished; None: it is killed."""


@dataclass(slots=True)
class Totals:
    """What has come of all schedules so far."""

    schedules: int = 0
    runs: int = 0
    kills: int = 0
    requests: int = 0
    converged: int = 0
    failed: list[int] = field(default_factory=list)

    def add(self, result: Result) -> None:
        """Count one more."""
        self.schedules += 1
        self.runs += result.runs
        self.kills += result.kills
        self.requests += result.requests
        self.converged += result.is_converged
        if result.violations:
            self.failed.append(result.seed)

    def render(self, seconds: float) -> str:
        """In one line."""
        return (
            f"{self.schedules} schedules, {self.runs} runs, {self.kills} kills,"
            f" {self.requests} requests in {seconds:.0f} s ({self.schedules / seconds:.1f}/s):"
            f" {self.converged} converged, {len(self.failed)} with violations"
        )


def main(arguments: Sequence[str]) -> int:
    """Run and print. 1 if anything was violated, else 0."""
    options = _read_arguments(arguments)
    if options.seed is not None:
        return _replay(options)
    if options.sweep:
        return _sweep(options)
    if options.workers:
        return _stop_workers(options)
    totals, start = Totals(), time.monotonic()
    told = start
    for result in _play(options):
        totals.add(result)
        if result.violations:
            print(f"seed {result.seed}: {result.violations[0][:300]}")
            print(f"  {_command(options, result.seed)}", flush=True)
        if time.monotonic() - told >= options.every:
            told = time.monotonic()
            print(totals.render(told - start), flush=True)
    print(f"journal {options.journal}, seeds {options.seeds}:")
    print(totals.render(max(time.monotonic() - start, 0.001)), flush=True)
    return 1 if totals.failed else 0


def _read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seeds", default="0:1000", help="FIRST:END, the end not included")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument(
        "--journal",
        choices=("kept", "lost", "torn", "stale", "mixed"),
        default="kept",
        help="what becomes of the journal between two runs",
    )
    parser.add_argument("--settle", type=float, help="seconds; 20, or 75 where no journal is kept")
    parser.add_argument(
        "--retire", action="store_true", help="servers leave the file, are retired and come back"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=get_args(Ablation),
        help="take a precaution away, to see what it is good for",
    )
    parser.add_argument(
        "--sweep",
        action="store_true",
        help="each fault and each kill at each place of one scenario instead",
    )
    parser.add_argument(
        "--workers",
        action="store_true",
        help="two workers of a fleet instead, one of which is frozen or killed at each step",
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--every", type=float, default=30, help="seconds between two lines")
    parser.add_argument("-v", "--verbose", action="store_true", help="with --seed: what happened")
    return parser.parse_args(arguments)


def _play(options: argparse.Namespace) -> Iterator[Result]:
    first, _, end = options.seeds.partition(":")
    seeds = range(int(first), int(end))
    play = partial(
        _play_one, options.journal, options.settle, tuple(options.without), options.retire
    )
    if options.jobs == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(options.jobs, initializer=_begin) as processes:
        yield from processes.map(play, seeds, chunksize=CHUNK)


def _begin() -> None:
    """What was imported is never garbage."""
    gc.collect()
    gc.freeze()


def _play_one(
    journal: str, settle_s: float | None, without: Sequence[Ablation], is_retiring: bool, seed: int
) -> Result:
    result = simulate(seed, journal, settle_s=settle_s, without=without, is_retiring=is_retiring)
    result.log = []
    return result


def _replay(options: argparse.Namespace) -> int:
    result = simulate(
        options.seed,
        options.journal,
        settle_s=options.settle,
        without=options.without,
        is_retiring=options.retire,
    )
    if options.verbose:
        print("\n".join(result.log))
    for violation in result.violations:
        print(f"VIOLATED: {violation}")
    print("converged" if result.is_converged else "not converged")
    return 1 if result.violations else 0


def _sweep(options: argparse.Namespace) -> int:
    """Every single fault and every single kill of `tests/simulator/sweep.py`."""
    measured = measure_reference()
    kills = draw_kills(measured.first_requests, measured.writes)
    cases = [*draw_faults(measured.first_requests), *kills]
    totals, start = Totals(), time.monotonic()
    with ProcessPoolExecutor(options.jobs, initializer=_begin) as processes:
        played = processes.map(_play_schedule, [case[1] for case in cases], chunksize=CHUNK)
        for (name, _), result in zip(cases, played, strict=True):
            totals.add(result)
            if result.violations:
                print(f"{name}: {result.violations[0][:300]}", flush=True)
    print(totals.render(time.monotonic() - start))
    return 1 if totals.failed else 0


def _stop_workers(options: argparse.Namespace) -> int:
    """A freeze or a kill of one of two workers at each step of the same scenario."""
    (steps, _) = simulate_workers(build_reference(), (Stopped(), Stopped())).steps
    cases = [Freeze(step=n, seconds=STOPS_S[n % len(STOPS_S)]) for n in range(1, steps + 1)]
    failed, taken_over, start = 0, 0, time.monotonic()
    with ProcessPoolExecutor(options.jobs, initializer=_begin) as processes:
        outcomes = processes.map(_stop_worker, cases, chunksize=CHUNK)
        for case, outcome in zip(cases, outcomes, strict=True):
            taken_over += outcome.changes_by[1] > 0
            if outcome.violations or set(outcome.servers.values()) != {1}:
                failed += 1
                print(f"{case}: {outcome.servers} {outcome.violations}", flush=True)
    print(
        f"{len(cases)} freezes and kills in {time.monotonic() - start:.0f} s:"
        f" {taken_over} finished by the other worker, {failed} with violations"
    )
    return 1 if failed else 0


def _stop_worker(freeze: Freeze) -> Outcome:
    outcome = simulate_workers(build_reference(), (Stopped(freezes=(freeze,)), Stopped()))
    outcome.log = []
    return outcome


def _play_schedule(schedule: Schedule) -> Result:
    result = play(schedule)
    result.log = []
    return result


def _command(options: argparse.Namespace, seed: int) -> str:
    settle = "" if options.settle is None else f" --settle {options.settle:g}"
    more = "".join(f" --without {name}" for name in options.without)
    more += " --retire" if options.retire else ""
    return f"python -m benchmarks.soak --seed {seed} --journal {options.journal}{settle}{more} -v"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
