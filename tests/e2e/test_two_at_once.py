"""Two applies of one stack: on one machine the second waits or stops, on two machines the account
itself has to tell. Never are there two servers where one was meant without anybody saying so."""

import re
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import Platform, run_to_end
from tests.support.servers import STILL
from tests.support.stacks import APPLY, WEB, write_stack

MachineEnv = Callable[..., dict[str, str]]
WEB_KEYS = Counter({"web-1": 1, "web-2": 1, "web-3": 1})


@pytest.fixture
def platform(start_platform: StartPlatform, tmp_path: Path) -> Platform:
    write_stack(tmp_path)
    return start_platform(speed=20)


def start_and_wait_for(
    word: str, start_cli: StartCli, env: Mapping[str, str], *options: str
) -> subprocess.Popen[str]:
    process = start_cli(*APPLY, *options, env=env)
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return process
    raise AssertionError(f"{word} never came")


@contextmanager
def halted(process: subprocess.Popen[str]) -> Iterator[None]:
    """It does nothing meanwhile, and keeps what it holds: however slow this machine is."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_the_second_apply_on_one_machine_stops_and_names_the_first(
    platform: Platform, machine_env: MachineEnv, start_cli: StartCli, run_cli: RunCli
) -> None:
    env = machine_env(platform)
    first = start_and_wait_for("create server", start_cli, env)
    with halted(first):
        second = run_cli(*APPLY, env=env)
        assert second.code == 1
        assert f"another apply of the stack web is running: process {first.pid} on " in second.err
        assert "--lock-timeout" in second.err
        assert run_cli("destroy", "web.yaml", "--auto-approve", env=env).code == 1
        assert run_cli("plan", "web.yaml", env=env).code == 0, "reading needs no lock"
    assert run_to_end(first).code == 0
    assert platform.count_by_key("web") == WEB_KEYS


def test_the_second_apply_finds_the_first_however_it_spells_the_endpoint(
    platform: Platform, machine_env: MachineEnv, start_cli: StartCli, run_cli: RunCli
) -> None:
    env = machine_env(platform)
    first = start_and_wait_for("create server", start_cli, env)
    with halted(first):
        endpoint = env["CCLOUD_ENDPOINT"].replace("127.0.0.1", "LOCALHOST")
        assert endpoint != env["CCLOUD_ENDPOINT"]
        second = run_cli(*APPLY, env={**env, "CCLOUD_ENDPOINT": f"{endpoint}/"})
        assert second.code == 1
        assert f"another apply of the stack web is running: process {first.pid} on " in second.err
    assert run_to_end(first).code == 0
    assert platform.count_by_key("web") == WEB_KEYS


def with_client(env: dict[str, str], client_id: str) -> dict[str, str]:
    without = {name: value for name, value in env.items() if name != "CCLOUD_TOKEN"}
    return {**without, "CCLOUD_CLIENT_ID": client_id, "CCLOUD_CLIENT_SECRET": "x"}


def test_the_second_apply_finds_the_first_however_it_signs_in(
    platform: Platform, machine_env: MachineEnv, start_cli: StartCli, run_cli: RunCli
) -> None:
    """A token and two client ids of one customer are one account."""
    env = machine_env(platform)
    first = start_and_wait_for("create server", start_cli, env)
    with halted(first):
        for other in (
            with_client(env, "one"),
            with_client(env, "two"),
            {**env, "CCLOUD_TOKEN": "sandbox-another"},
        ):
            second = run_cli(*APPLY, env=other)
            assert second.code == 1
            assert (
                f"another apply of the stack web is running: process {first.pid} on " in second.err
            )
    assert run_to_end(first).code == 0
    assert platform.count_by_key("web") == WEB_KEYS


def test_what_one_client_left_open_another_of_the_customer_finds_in_its_journal(
    platform: Platform,
    machine_env: MachineEnv,
    start_cli: StartCli,
    run_cli: RunCli,
    tmp_path: Path,
) -> None:
    env = machine_env(platform)
    first = start_and_wait_for("create server", start_cli, with_client(env, "one"))
    first.kill()
    first.wait()
    (before,) = (tmp_path / "one" / "journal").iterdir()
    second = run_cli(*APPLY, env=with_client(env, "two"))
    assert second.code == 0, second.err
    assert "no journal tells" not in second.err, "it has found the journal"
    assert list((tmp_path / "one" / "journal").iterdir()) == [before]
    assert platform.count_by_key("web") == WEB_KEYS


def test_whose_account_it_is_is_asked_for_once(
    platform: Platform, machine_env: MachineEnv, call_cli: RunCli
) -> None:
    env = machine_env(platform)
    assert call_cli(*APPLY, env=env).code == 0
    known = call_cli("-v", *APPLY, env=env)
    unknown = call_cli("-v", *APPLY, env={**env, "CCLOUD_TOKEN": "sandbox-another"})
    assert "list_servers 1," in known.err
    assert "list_servers 2," in unknown.err


def test_a_lock_timeout_waits_for_the_first_and_finds_nothing_left_to_do(
    platform: Platform, machine_env: MachineEnv, start_cli: StartCli
) -> None:
    env = machine_env(platform)
    first = start_and_wait_for("create server", start_cli, env)
    with halted(first):
        words = f"waiting for another apply of the stack web: process {first.pid} on "
        second = start_and_wait_for(words, start_cli, env, "--lock-timeout", "60")
    assert run_to_end(first).code == 0
    assert run_to_end(second).code == 0
    assert len(platform.tasks("create-server")) == 3


def test_a_lock_timeout_that_passes_is_an_error(
    platform: Platform, machine_env: MachineEnv, start_cli: StartCli, run_cli: RunCli
) -> None:
    env = machine_env(platform)
    first = start_and_wait_for("create server", start_cli, env)
    with halted(first):
        second = run_cli(*APPLY, "--lock-timeout", "0.3", env=env)
    assert second.code == 1
    assert "another apply of the stack web is running" in second.err
    assert run_to_end(first).code == 0


def test_a_second_machine_waits_for_what_the_first_one_creates(
    start_platform: StartPlatform, machine_env: MachineEnv, start_cli: StartCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, WEB.replace('    notes: "Owner: platform team"\n', ""))
    platform = start_platform(speed=STILL)
    first = start_cli(*APPLY, env=machine_env(platform, "one"))
    platform.wait_for_creates(3, first)
    second = start_and_wait_for("waiting for", start_cli, machine_env(platform, "two"))
    assert platform.end_tasks() == 3
    waited = run_to_end(second)
    assert waited.code == 0, waited.err
    assert run_to_end(first).code == 0
    assert platform.count_by_key("web") == WEB_KEYS
    assert len(platform.tasks("create-server")) == 3


def test_machines_that_start_at_the_same_moment_leave_no_twin_that_nobody_told(
    platform: Platform, machine_env: MachineEnv, start_cli: StartCli
) -> None:
    envs = [machine_env(platform, name) for name in ("one", "two", "three")]
    ended = [run_to_end(p) for p in [start_cli(*APPLY, env=env) for env in envs]]
    twins = {key for key, count in platform.count_by_key("web").items() if count > 1}
    told = "\n".join(end.err for end in ended)
    assert platform.count_by_key("web").keys() == WEB_KEYS.keys()
    for key in twins:
        assert re.search(rf"both carry stack:web and server:{key}\b", told), told
    assert any(end.code == 0 for end in ended) or twins


def test_two_servers_with_one_identity_are_named_and_nothing_is_deleted(
    platform: Platform, machine_env: MachineEnv, call_cli: RunCli
) -> None:
    env = machine_env(platform)
    assert call_cli(*APPLY, env=env).code == 0
    platform.create_twin_of("web-2")
    twins = [s["hostname"] for s in platform.servers() if "server:web-2" in s["tags"]]
    assert len(twins) == 2
    for arguments in (("plan", "web.yaml"), APPLY):
        ended = call_cli(*arguments, env=env)
        assert ended.code == 1
        assert all(hostname in ended.err for hostname in twins), ended.err
    assert platform.count_by_key("web") == WEB_KEYS + Counter({"web-2": 1})
