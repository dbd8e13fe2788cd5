"""One trial from its begin to its verdict."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from benchmarks.fleet.crew import Crew
from benchmarks.fleet.options import Trial
from benchmarks.fleet.world import World, build_world

_CLEAN = "select count(*) from stack where state = 'clean'"
_BEGUN = "select count(distinct (account, stack)) from run where stack is not null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What has come of it. `twins` are servers too many, `missing` too few, by the API itself;
    `outcomes` are those of all runs and sweeps, `jobs_left` the jobs that nobody has taken. Memory
    is the most that one process had."""

    stacks: int
    converged: int
    twins: int
    missing: int
    seconds: float
    kills: int
    freezes: int
    restarts: int
    replaced: int
    outcomes: Mapping[str, int]
    requests: int
    cpu_s: float
    peak_mb: float
    jobs_left: int
    complaints: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Every stack is as declared, and nothing was made twice."""
        return self.converged == self.stacks and not self.twins and not self.missing


def run_trial(
    trial: Trial, folder: Path, *, tell: Callable[[str], None] = lambda text: None
) -> Verdict:
    """Run it in this empty folder. `tell` is called with a line now and then."""
    with build_world(trial, folder) as world:
        crew = Crew(world=world, random=random.Random(trial.seed))
        begin = time.monotonic()
        restarts = 0
        try:
            crew.fill()
            restarts = _go_on(world, crew, begin, tell)
            seconds = time.monotonic() - begin
        finally:
            crew.end()
        return _judge(world, crew, seconds, restarts)


def _go_on(world: World, crew: Crew, begin: float, tell: Callable[[str], None]) -> int:
    """Until all stacks are clean, or it takes too long; gives back how often PostgreSQL was
    restarted."""
    trial = world.trial
    next_hit = begin + crew.random.uniform(*trial.pause_s)
    next_line = begin
    restarts = 0
    while True:
        now = time.monotonic()
        clean = _count(world, _CLEAN)
        if now >= next_line:
            next_line = now + 10
            tell(f"{now - begin:5.0f} s  {clean} of {trial.stacks} stacks are clean")
        if clean >= trial.stacks or now - begin > trial.longest_s:
            return restarts
        begun = 0 if restarts else _count(world, _BEGUN)
        if trial.is_rough and not restarts and begun >= trial.restart_at * trial.stacks:
            restarts += 1
            world.postgres.stop("fast")
            world.postgres.start()
        if trial.is_rough and now >= next_hit and crew.kills + crew.freezes < trial.hits:
            crew.hit()
            next_hit = now + crew.random.uniform(*trial.pause_s)
        crew.fill()
        time.sleep(0.1)


def _count(world: World, statement: LiteralString) -> int:
    with psycopg.connect(world.url) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def _judge(world: World, crew: Crew, seconds: float, restarts: int) -> Verdict:
    trial = world.trial
    twins = missing = 0
    for account, number in trial.accounts_of().items():
        servers: Counter[str] = world.count_servers(account)
        twins += sum(count - 1 for count in servers.values() if count > 1)
        missing += sum(servers[f"s{one + 1}"] == 0 for one in range(number))
    with psycopg.connect(world.url) as connection:
        rows = connection.execute(
            "select outcome, sum(runs), sum(requests) from run_total group by outcome"
        ).fetchall()
        jobs = connection.execute(
            "select count(*) from procrastinate_jobs where status = 'todo'"
        ).fetchone()
        _write_runs(world, connection)
    assert jobs is not None
    return Verdict(
        stacks=trial.stacks,
        converged=_count(world, _CLEAN),
        twins=twins,
        missing=missing,
        seconds=seconds,
        kills=crew.kills,
        freezes=crew.freezes,
        restarts=restarts,
        replaced=crew.replaced,
        outcomes={outcome: int(runs) for outcome, runs, _ in sorted(rows)},
        requests=sum(int(requests) for *_, requests in rows),
        cpu_s=world.usage.cpu_s,
        peak_mb=world.usage.peak_mb,
        jobs_left=int(jobs[0]),
        complaints=tuple(world.usage.ended_by_themselves),
    )


def _write_runs(world: World, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """All runs with their moments in a file of the trial's folder, for whoever wants to know why
    it took so long."""
    rows = connection.execute(
        """select round((started - (select min(started) from run))::numeric, 1),
        round((ended - started)::numeric, 1), account, stack, kind, cause, outcome, requests,
        worker, error from run order by started"""
    ).fetchall()
    lines = ["\t".join("" if one is None else str(one) for one in row) for row in rows]
    (world.folder / "runs.tsv").write_text("\n".join([*lines, ""]), encoding="utf-8")
