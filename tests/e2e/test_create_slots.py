"""Never more creates under way in an account than the platform takes, whoever started them."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.desk import ORDER
from tests.support.fleet import Platform, run_to_end
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
    """One that would take more creates than it says."""
    return start_platform("--limits", "creates=100", speed=30)


def declare(folder: Path, name: str, count: int) -> str:
    return write_stack(folder, STACK.format(name=name, count=count), f"{name}.yaml")


@dataclass
class Peak:
    """The most creates that were seen under way at a time."""

    creates: int = 0


@contextmanager
def watched(platform: Platform) -> Iterator[Peak]:
    peak, is_over = Peak(), threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            tasks = platform.read(
                "/ccloud/tasks", action="create-server", status="processing", limit="100"
            )
            peak.creates = max(peak.creates, len(tasks))
            time.sleep(0.02)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        is_over.set()
        watching.join()


def start_all(
    start_cli: StartCli, env: Callable[[str], dict[str, str]]
) -> list[subprocess.Popen[str]]:
    return [start_cli("apply", f"{name}.yaml", "--auto-approve", env=env(name)) for name in NAMES]


def test_three_stacks_side_by_side_have_ten_creates_under_way_together(
    platform: Platform,
    machine_env: MachineEnv,
    call_cli: RunCli,
    start_cli: StartCli,
    tmp_path: Path,
) -> None:
    env = machine_env(platform)
    stacks = [declare(tmp_path, name, 1) for name in NAMES]
    assert call_cli("apply", *stacks, "--auto-approve", env=env).code == 0
    for name in NAMES:
        declare(tmp_path, name, 8)
    with watched(platform) as peak:
        ended = [run_to_end(process) for process in start_all(start_cli, lambda name: env)]
    assert [end.code for end in ended] == [0, 0, 0], [end.err for end in ended]
    assert peak.creates <= 10
    assert WAITING in "".join(end.err for end in ended)
    for name in NAMES:
        assert set(platform.count_by_key(name).values()) == {1}
        assert len(platform.count_by_key(name)) == 8


def test_creates_of_the_panel_and_of_other_machines_take_up_slots(
    start_platform: StartPlatform, machine_env: MachineEnv, call_cli: RunCli, tmp_path: Path
) -> None:
    platform = start_platform("--limits", "creates=100", speed=8)
    env = machine_env(platform)
    stack = declare(tmp_path, "a", 1)
    assert call_cli("apply", stack, "--auto-approve", env=env).code == 0
    declare(tmp_path, "a", 4)
    for number in range(9):
        platform.change("POST", "/ccloud/servers", {**ORDER, "custom_name": f"panel {number}"})
    with watched(platform) as peak:
        ended = call_cli("apply", stack, "--auto-approve", env=env)
    assert ended.code == 0, ended.err
    assert peak.creates <= 10
    assert f"{WAITING}10 of 10 creates are under way in the account, 9 of them" in ended.err
