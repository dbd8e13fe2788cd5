"""A worker of a fleet that is frozen, as real processes on a real PostgreSQL: the trial of
`python -m benchmarks.fleet` at a small size. Restarts of PostgreSQL: test_postgres_engine."""

from pathlib import Path

import pytest

from benchmarks.fleet.__main__ import render_verdict
from benchmarks.fleet.options import Trial
from benchmarks.fleet.run import run_trial

SMALL = Trial(
    stacks=4,
    accounts=1,
    workers=2,
    concurrency=3,
    runs=3,
    lease_s=4.0,
    settle_s=0.3,
    speed=400,
    pause_s=(1.5, 2.5),
    freeze=1.0,  # it wakes up again, beside whoever has taken its stacks over
    hits=1,
    restart_at=2,  # never: what dies twice waits for half a minute
    longest_s=600,
    seed=3,
)


@pytest.mark.slow
def test_a_frozen_worker_and_its_successor_make_each_server_once(
    tmp_path: Path,
) -> None:
    verdict = run_trial(SMALL, tmp_path)

    text = render_verdict(verdict)
    assert verdict.is_good, text
    assert verdict.freezes == 1, text
    assert verdict.jobs_left == 0, text
    assert verdict.complaints == (), text
