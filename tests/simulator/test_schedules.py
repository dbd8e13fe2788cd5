"""Some hundred schedules of faults, kills and recoveries; `python -m benchmarks.soak` runs more.

A failing one is replayed by `python -m benchmarks.soak --seed N --journal FATE -v`.
"""

import os
import subprocess
import sys

import pytest

from ccloud_apply.apply.once import shared_reads
from tests.conftest import ROOT
from tests.simulator.simulate import simulate

CHUNK = 10


@pytest.mark.parametrize("first", range(0, 40, CHUNK))
@pytest.mark.parametrize("journal", ["kept", "lost", "torn", "stale"])
def test_whatever_happens_nothing_is_there_twice_or_lost_and_it_ends_as_it_should(
    journal: str, first: int
) -> None:
    # Other seeds for each fate, so that more schedules are seen.
    for seed in range(first, first + CHUNK // (1 if journal in ("kept", "lost") else 2)):
        result = simulate(seed, journal)
        replay = f"python -m benchmarks.soak --seed {seed} --journal {journal} -v"
        assert result.violations == [], replay
        assert result.is_converged, replay


@pytest.mark.parametrize("journal", ["kept", "lost", "mixed"])
def test_the_same_holds_where_servers_are_confirmed_by_lists_of_their_keys(
    journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a stack of many pages: here every server is one."""
    monkeypatch.setattr(shared_reads, "PAGE_SIZE", 1)
    for seed in range(200, 206):
        result = simulate(seed, journal)
        assert result.violations == [], seed
        assert result.is_converged, seed


@pytest.mark.parametrize("seed", range(4))
def test_the_same_seed_gives_the_same_log_in_every_byte(seed: int) -> None:
    here = "\n".join(simulate(seed, "mixed").log)
    assert here == "\n".join(simulate(seed, "mixed").log)
    program = (
        "from tests.simulator.simulate import simulate\n"
        f"print('\\n'.join(simulate({seed}, 'mixed').log), end='')"
    )
    there = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": str(seed + 1), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert here == there.stdout


def test_another_seed_is_another_story() -> None:
    assert simulate(1).log != simulate(2).log
