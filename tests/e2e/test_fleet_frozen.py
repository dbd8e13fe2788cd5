"""Processes of a fleet that are stopped at the worst place: another one takes the stack over, and
the first one goes on afterwards, as if nothing had happened. There is one server each.

What the simulator shows for every await, these are for real: processes, SIGSTOP, a clock.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.fleet import open_fleet
from ccloud_apply.fleet.open_fleet import LEASE_PART
from tests.conftest import PATIENCE_S, RunCli
from tests.e2e.conftest import StartPlatform

pytestmark = pytest.mark.slow

GRACE_S = 4
"""So long who takes over looks for what a frozen one may still send."""

FROZEN_LEASE_S = 7
"""That of who is frozen: it believes in it until then, so it stays frozen for longer."""

STOPPED = """
import os, runpy, signal, sys
from ccloud_apply.fleet.lease.journal import StoreJournal

place = sys.argv.pop(1)
write_intent = StoreJournal.write_intent

async def write_and_stop(self, intent):
    if place == "before the intent":
        os.kill(os.getpid(), signal.SIGSTOP)
    number = await write_intent(self, intent)
    if place == "after the intent":
        os.kill(os.getpid(), signal.SIGSTOP)
    return number

StoreJournal.write_intent = write_and_stop
runpy.run_module("ccloud_apply", run_name="__main__", alter_sys=True)
"""
STACK = """\
stack: web
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 2}
servers:
  web-1: {disks: [50]}
"""
RUN = ("fleet", "run", "web", "--wait")


@pytest.fixture
def env(
    start_platform: StartPlatform, clean_env: Mapping[str, str], tmp_path: Path
) -> dict[str, str]:
    """A fleet of one stack at a served sandbox."""
    platform = start_platform(speed=100)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "web.yaml").write_text(STACK)
    document = {
        "accounts": {
            "acme": {
                "endpoint": f"http://127.0.0.1:{platform.port}/api/v1",
                "token": {"env": "CCLOUD_TEST_TOKEN"},
            }
        },
        "sources": [{"folder": "stacks", "account": "acme"}],
        "rules": [{"mode": "apply", "every": "1h"}],
        "lease": "1h",
    }
    (tmp_path / "fleet.yaml").write_text(json.dumps(document))
    return {
        **clean_env,
        "CCLOUD_TEST_TOKEN": "sandbox-e2e",
        "CCLOUD_SETTLE": "0.2",
        "CCLOUD_GRACE": str(GRACE_S),
        "PLATFORM": str(platform.port),
    }


def start_stopped(env: Mapping[str, str], folder: Path, place: str) -> subprocess.Popen[str]:
    """A process that has stopped itself, once it has."""
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED, place, *RUN],
        env={**env, "CCLOUD_GRACE": str(FROZEN_LEASE_S / LEASE_PART)},
        cwd=folder,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), process.communicate()
    return process


def set_end_of_leases(folder: Path, until: float) -> None:
    """Have the database say until when the leases are that somebody holds."""
    database = folder / ".ccloud-apply" / "fleet.db"
    with closing(sqlite3.connect(database, timeout=PATIENCE_S)) as connection, connection:
        connection.execute("update lease set until = :until", {"until": until})


@pytest.mark.parametrize("place", ["before the intent", "after the intent"])
def test_a_process_that_is_stopped_at_its_create_makes_no_second_server(
    call_cli: RunCli,
    env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    # Who takes over keeps its lease, however slow it is: nobody takes it over.
    monkeypatch.setattr(open_fleet, "LEASE_PART", 100)
    process = start_stopped(env, tmp_path, place)
    try:
        set_end_of_leases(tmp_path, time.time() + 3600)
        busy = call_cli(*RUN, env=env)
        assert busy.code == 1
        assert "web" in busy.err  # somebody has it, for a while still
        time.sleep(FROZEN_LEASE_S)
        set_end_of_leases(tmp_path, 0)
        taken_over = call_cli(*RUN, env=env)
        assert taken_over.code == 0, taken_over.err
        assert count_servers(call_cli, env) == 1

        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 1, out + err
    assert "acme/web: lost" in out
    assert count_servers(call_cli, env) == 1
    assert len(ask(call_cli, env, "/ccloud/tasks?action=create-server")) == 1
    assert call_cli(*RUN, env=env).code == 0
    assert count_servers(call_cli, env) == 1


def count_servers(call_cli: RunCli, env: Mapping[str, str]) -> int:
    """The servers of the stack, past the fleet."""
    return len(ask(call_cli, env, "/ccloud/servers?tag=stack:web"))


def ask(call_cli: RunCli, env: Mapping[str, str], path: str) -> list[Any]:
    """What the account lists there."""
    account = {
        **env,
        "CCLOUD_ENDPOINT": f"http://127.0.0.1:{env['PLATFORM']}/api/v1",
        "CCLOUD_TOKEN": "sandbox-e2e",
    }
    ended = call_cli("api", "GET", path, env=account)
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    listed: list[Any] = found if isinstance(found, list) else found["data"]
    return listed
