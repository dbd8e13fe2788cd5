"""Never more creates under way in an account than the platform takes, whoever started them."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.desk import ORDER
from tests.support.fleet import Platform, read_until, run_to_end
from tests.support.servers import STILL
from tests.support.stacks import write_stack

MachineEnv = Callable[..., dict[str, str]]
STACK = """\
stack: {name}
defaults: {{pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 1}}
servers: {{web: {{count: {count}, disks: [20]}}}}
"""
NAMES = ("a", "b", "c")
WAITING = "waiting for a slot: "


@pytest.fixture
def platform(start_platform: StartPlatform) -> Platform:
    """One that would take more creates than it says, and ends none by itself."""
    return start_platform("--limits", "creates=100", speed=STILL)


def declare(folder: Path, name: str, count: int) -> str:
    return write_stack(folder, STACK.format(name=name, count=count), f"{name}.yaml")


def apply(name: str) -> tuple[str, ...]:
    return ("apply", f"{name}.yaml", "--auto-approve")


def test_three_stacks_side_by_side_have_ten_creates_under_way_together(
    platform: Platform,
    machine_env: MachineEnv,
    call_cli: RunCli,
    start_cli: StartCli,
    tmp_path: Path,
) -> None:
    env = machine_env(platform)
    stacks = [declare(tmp_path, name, 1) for name in NAMES]
    with platform.ending_tasks():
        assert call_cli("apply", *stacks, "--auto-approve", env=env).code == 0
    for name in NAMES:
        declare(tmp_path, name, 8)
    told = tmp_path / "told.txt"
    with told.open("a") as stream:
        started = [start_cli(*apply(name), env=env, stdout=stream, stderr=stream) for name in NAMES]
    while WAITING not in told.read_text():
        assert None in [process.poll() for process in started], told.read_text()
        time.sleep(0.05)
    with platform.ending_tasks() as creates:
        codes = [process.wait(timeout=PATIENCE_S) for process in started]
    assert codes == [0, 0, 0], told.read_text()
    assert max(creates) <= 10
    for name in NAMES:
        assert set(platform.count_by_key(name).values()) == {1}
        assert len(platform.count_by_key(name)) == 8


def test_creates_of_the_panel_and_of_other_machines_take_up_slots(
    platform: Platform,
    machine_env: MachineEnv,
    call_cli: RunCli,
    start_cli: StartCli,
    tmp_path: Path,
) -> None:
    env = machine_env(platform)
    declare(tmp_path, "a", 1)
    with platform.ending_tasks():
        assert call_cli(*apply("a"), env=env).code == 0
    declare(tmp_path, "a", 4)
    for number in range(9):
        platform.change("POST", "/ccloud/servers", {**ORDER, "custom_name": f"panel {number}"})
    process = start_cli(*apply("a"), env=env)
    told = read_until(process.stderr, WAITING)
    assert f"{WAITING}10 of 10 creates are under way in the account, 9 of them" in told
    with platform.ending_tasks() as creates:
        ended = run_to_end(process)
    assert ended.code == 0, ended.err
    assert max(creates) <= 10
