"""Processes that are killed at any moment: the command, in half of the cases with its work dir, and
the API that it talks to. The next run finishes the job, and no server is there twice.

`CCLOUD_TEST_KILLS=25` kills more often than the suite has time for; `CCLOUD_TEST_SEED` chooses
other moments.
"""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import FLEET, SIZE, Platform, assert_complete, run_to_end
from tests.support.stacks import write_stack

KILLS = int(os.environ.get("CCLOUD_TEST_KILLS", "6"))
SEED = int(os.environ.get("CCLOUD_TEST_SEED", "1"))
APPLY = ("apply", "fleet.yaml", "--auto-approve")


@pytest.fixture
def platform(start_platform: StartPlatform, tmp_path: Path) -> Platform:
    write_stack(tmp_path, FLEET, "fleet.yaml")
    return start_platform(speed=100)


@pytest.fixture
def env(platform: Platform, machine_env: Callable[..., dict[str, str]]) -> dict[str, str]:
    return machine_env(platform)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One kill: after so many seconds, with so many steps at a time, and what becomes of the work
    dir."""

    after_s: float
    parallelism: int
    loses_work_dir: bool


def draw_blows(seed: int) -> Iterator[Blow]:
    """The same ones for the same seed, without end; every second one costs the work dir."""
    chance = random.Random(seed)
    for number in count():
        yield Blow(
            after_s=chance.uniform(0.3, 3.0),
            parallelism=chance.choice((1, 3, 10)),
            loses_work_dir=number % 2 == 1,
        )


def test_an_apply_that_is_killed_again_and_again_is_finished_by_one_that_is_not(
    platform: Platform,
    env: dict[str, str],
    start_cli: StartCli,
    run_cli: RunCli,
    tmp_path: Path,
) -> None:
    generations, killed = 1, 0
    told = tmp_path / "told.txt"
    for blow in draw_blows(SEED):
        arguments = (*APPLY, "--parallelism", str(blow.parallelism))
        with told.open("w", encoding="utf-8") as stream:
            process = start_cli(*arguments, env=env, stdout=stream, stderr=stream)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=blow.after_s)
        if process.poll() is None:
            process.kill()
            process.wait(timeout=PATIENCE_S)
            killed += 1
            assert max(platform.count_by_key().values(), default=0) <= 1
            if blow.loses_work_dir:
                shutil.rmtree(tmp_path / "one", ignore_errors=True)
        else:  # it was quicker than the blow: begin anew, or the rest would hit nothing
            assert process.returncode == 0, told.read_text(encoding="utf-8")
            assert_complete(platform, creates=SIZE * generations)
            assert run_cli("destroy", "fleet.yaml", "--auto-approve", env=env).code == 0
            generations += 1
        if killed == KILLS:
            break
    ended = run_cli(*APPLY, env=env)
    assert ended.code == 0, ended.err
    assert_complete(platform, creates=SIZE * generations)
    assert run_cli("plan", "fleet.yaml", "--detailed-exitcode", env=env).code == 0


@pytest.mark.parametrize("after_s", [0.2, 1.5])
def test_an_apply_goes_on_when_the_api_dies_and_comes_back(
    after_s: float, platform: Platform, env: dict[str, str], start_cli: StartCli, run_cli: RunCli
) -> None:
    process = start_cli(*APPLY, env=env)
    assert process.stderr is not None
    while "create server" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(after_s)
    platform.kill()
    time.sleep(1)
    platform.start()
    ended = run_to_end(process)
    assert "Traceback" not in ended.err
    if ended.code:  # a request may have had no luck in all of its attempts: then it is said
        assert run_cli(*APPLY, env=env).code == 0
    assert_complete(platform)
    assert run_cli("plan", "fleet.yaml", "--detailed-exitcode", env=env).code == 0
