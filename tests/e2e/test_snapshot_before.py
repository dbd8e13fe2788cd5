"""`lifecycle.snapshot_before` over the whole command, at an API that does as it should or not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.stacks import APPLY, WEB, once, with_faults, write_stack

BEFORE = WEB.replace(
    "disks: [50]", "disks: [50]\n    lifecycle: {snapshot_before: [resize, disks], keep: 1}"
)
AFTER = BEFORE.replace("memory: 4", "memory: 8").replace("count: 3", "count: 1")


class Account:
    """The embedded API, with or without a fault."""

    def __init__(self, run_cli: RunCli, env: dict[str, str], folder: Path) -> None:
        self._run = run_cli
        self.env = env
        self._folder = folder
        write_stack(folder, BEFORE.replace("count: 3", "count: 1"))
        assert run_cli(*APPLY, env=env).code == 0
        write_stack(folder, AFTER)

    def run(self, *arguments: str, fault: dict[str, Any] | None = None, of: str = "") -> Any:
        rules = () if fault is None else (once(of, fault),)
        return self._run(*arguments, env=with_faults(self.env, self._folder, *rules))

    def tasks(self) -> list[tuple[str, str]]:
        """What was done, oldest first."""
        told = json.loads(self.run("tasks", "--format", "json").out)
        tasks = sorted(told["tasks"], key=lambda task: task["id"])
        return [(t["action"], t["status"]) for t in tasks if t["action"] != "create-server"]


@pytest.fixture
def account(call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path) -> Account:
    return Account(call_cli, sandbox_env, tmp_path)


def test_the_snapshot_is_there_before_the_change_is_made(account: Account) -> None:
    planned = account.run("plan", "web.yaml")
    assert "a snapshot of vs10004 is taken first: ccloud-apply-1-before-resize" in planned.out
    assert account.run(*APPLY).code == 0
    assert account.tasks() == [("create-snapshot", "done"), ("resize-server", "done")]
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0
    assert account.run("drift", "web.yaml").code == 0


def test_the_next_run_goes_on_with_the_snapshot_that_there_is(account: Account) -> None:
    refused = account.run(*APPLY, fault={"status": 422}, of="resize_server_memory")
    assert refused.code == 1
    again = account.run(*APPLY)
    assert again.code == 0, again.err
    assert "ccloud-apply-1-before-resize, taken less than 10 minutes ago" in again.err
    assert "no snapshot is taken in its place, so it stays" in again.err
    assert account.tasks() == [("create-snapshot", "done"), ("resize-server", "done")]


@pytest.mark.parametrize(
    "fault", [{"status": 422}, {"failing_task": "no space for a snapshot"}, {"ignore": True}]
)
def test_without_the_snapshot_nothing_is_changed(
    fault: dict[str, Any], account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ccloud_apply.apply.once.safe_send.CONSISTENCY_TIMEOUT_S", 0.3)
    monkeypatch.setattr("ccloud_apply.apply.once.recovery.CONSISTENCY_TIMEOUT_S", 0.3)
    ended = account.run(*APPLY, fault=fault, of="create_server_snapshot")
    assert ended.code == 1
    assert "resize memory skipped" in ended.err
    assert "resize-server" not in dict(account.tasks())
    assert "memory  4 GB -> 8 GB" in account.run("plan", "web.yaml").out


@pytest.mark.parametrize(
    "fault", [{"drop": "after"}, {"drop": "before"}, {"status": 502, "acts": True, "body": "html"}]
)
def test_a_lost_answer_is_looked_for_and_one_snapshot_is_taken(
    fault: dict[str, Any], account: Account
) -> None:
    account.env["CCLOUD_GRACE"] = "1"
    ended = account.run(*APPLY, fault=fault, of="create_server_snapshot")
    assert ended.code == 0, ended.err
    assert account.tasks() == [("create-snapshot", "done"), ("resize-server", "done")]


def test_a_server_whose_snapshots_cannot_be_read_is_not_compared(account: Account) -> None:
    plan = ("plan", "web.yaml", "--detailed-exitcode")
    ended = account.run(*plan, fault={"status": 403}, of="list_server_snapshots")
    assert ended.code == 2
    assert re.search(r"\? web-1 .*is not compared: list snapshots .*403", ended.out)
