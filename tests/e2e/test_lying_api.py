"""One fault at a time, met by the whole command: what it says, and that the run after it, at an API
that behaves again, ends the job."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.api.http.retry import Backoff
from tests.conftest import RunCli
from tests.e2e.conftest import StartPlatform
from tests.support.accounts import Account
from tests.support.stacks import APPLY, WEB, write_stack


def change(tmp_path: Path, before: str, after: str) -> None:
    """Edit the stack."""
    assert before in WEB
    write_stack(tmp_path, WEB.replace(before, after))


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "before"},
        {"drop": "after"},
        {"drop": "connect"},
        {"late": 1},
        {"late": 1, "answer": "drop"},
        {"status": 500, "acts": True},
        {"status": 502, "body": "html"},
        {"status": 503, "acts": True, "body": "html"},
        {"status": 504, "body": "html"},
        {"status": 429, "retry_after": 1},
        {"body": "html"},
        {"body": "empty"},
        {"body": "garbage"},
        {"body": "truncated"},
        {"body": "not-an-object"},
        {"body": "missing-task-id"},
        {"token_expires": True},
        {"visibility_lag": 2},
        {"visibility_lag": 2, "of": ["tags"]},
        {"visibility_lag": 2, "of": ["task"]},
        {"task_status": "waiting-for-host"},
        {"stuck_task": 2},
    ],
    ids=json.dumps,
)
def test_whatever_happens_to_a_create_every_server_is_there_once(
    fault: dict[str, Any], account: Account
) -> None:
    rule = {"operation": "create_server", "when": {"nth": 2}, "fault": fault}
    first = account.run_with(rule, *APPLY)
    assert "Traceback" not in first.err
    if first.code:
        assert account.run(*APPLY).code == 0
    assert account.count_creates() == Counter({"done": 3})
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_refusal_stops_one_server_and_the_next_run_goes_on(
    status: int, account: Account, tmp_path: Path
) -> None:
    assert account.run(*APPLY).code == 0
    change(tmp_path, "memory: 4", "memory: 8")
    rule = {
        "operation": "resize_server_memory",
        "when": {"nth": 1},
        "fault": {"status": status},
    }
    first = account.run_with(rule, *APPLY, "--format", "json")
    events = [json.loads(line) for line in first.out.splitlines()]
    assert first.code == 1
    assert [e["type"] for e in events].count("step_failed") == 1
    document = json.loads(account.run("plan", "web.yaml", "--format", "json").out)
    assert document["stacks"][0]["summary"]["update"] == 1
    assert document["stacks"][0]["summary"]["unchanged"] == 2
    assert account.run(*APPLY).code == 0


def test_a_start_that_is_accepted_and_not_made_is_told_and_made_by_the_next_run(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("safe_send", "recovery"):
        monkeypatch.setattr(f"ccloud_apply.apply.once.{module}.CONSISTENCY_TIMEOUT_S", 0.5)
    assert account.run(*APPLY).code == 0
    offline = WEB.replace("memory: 4", "memory: 8\n    lifecycle: {resize: offline}")
    rule = {"operation": "change_server_state", "when": {"nth": 2}, "fault": {"ignore": True}}
    keep = ("--target", "web-1")
    write_stack(tmp_path, offline)
    ended = account.run_with(rule, *APPLY, *keep)
    assert ended.code == 1
    assert "web-1/start is done, but it does not show" in ended.err
    again = account.run(*APPLY, *keep)
    assert again.code == 0
    assert "power  off -> running" in again.out
    assert account.run("drift", "web.yaml", "--target", "web-1").code == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403},
        {"status": 404},
        {"status": 500},
        {"redirect": True},
        {"body": "html"},
        {"body": "empty"},
        {"body": "garbage"},
        {"body": "not-an-object"},
        {"body": "truncated"},
    ],
    ids=json.dumps,
)
def test_a_list_that_cannot_be_read_is_never_an_empty_account(
    fault: dict[str, Any], account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ccloud_apply.api.http.transport.FAILURE_BACKOFF", Backoff(first_s=0, longest_s=0)
    )
    assert account.run(*APPLY).code == 0
    rule = {"operation": "list_servers", "fault": fault}
    planned = account.run_with(rule, "plan", "web.yaml", "--out", "plan.json")
    assert planned.code == 1
    assert not (tmp_path / "plan.json").exists()
    assert account.run_with(rule, *APPLY).code == 1
    assert account.count_creates() == Counter({"done": 3})
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("is_kept", [True, False], ids=["journal kept", "journal lost"])
def test_a_list_that_is_empty_and_looks_whole_creates_nothing(
    account: Account, tmp_path: Path, is_kept: bool
) -> None:
    assert account.run(*APPLY).code == 0
    if not is_kept:
        account.env["CCLOUD_WORK_DIR"] = str(tmp_path / "another machine")
    rule = {"operation": "list_servers", "fault": {"body": "empty-list"}}
    ended = account.run_with(rule, *APPLY)
    assert ended.code == 1
    assert "nothing was changed: the server list does not show what was created: vs" in ended.err
    told = account.run_with(rule, *APPLY, "--format", "json").out
    assert json.loads(told.splitlines()[-1])["code"] == "unsettled"
    assert account.count_creates() == Counter({"done": 3})
    assert account.run("plan", "web.yaml", "--detailed-exitcode").code == 0


def test_a_twin_that_somebody_makes_meanwhile_is_told_and_stays(
    account: Account, tmp_path: Path
) -> None:
    assert account.run(*APPLY).code == 0
    change(tmp_path, "memory: 4", "memory: 8")
    actor = {"action": "create_twin", "server": "web-web-2"}
    rule = {
        "operation": "resize_server_memory",
        "when": {"nth": 1},
        "fault": {"other_actor": actor},
    }
    ended = account.run_with(rule, *APPLY)
    assert ended.code == 1
    assert "stack:web" in ended.err
    assert "server:web-2" in ended.err or "servers.web-2" in ended.err
    assert account.run("plan", "web.yaml").code == 1
    assert account.count_creates()["done"] == 4


def test_a_tag_that_a_colleague_adds_between_plan_and_write_is_kept(
    start_platform: StartPlatform,
    machine_env: Callable[..., dict[str, str]],
    run_cli: RunCli,
    tmp_path: Path,
) -> None:
    actor = {"action": "add_tag", "server": "web-web-1", "tag": "reviewed"}
    rule = {"operation": "list_server_tags", "when": {"nth": 1}, "fault": {"other_actor": actor}}
    (tmp_path / "faults.yaml").write_text(json.dumps({"rules": [rule]}), encoding="utf-8")
    platform = start_platform("--faults", str(tmp_path / "faults.yaml"), speed=2000)
    env = machine_env(platform)
    write_stack(tmp_path)
    assert run_cli(*APPLY, env=env).code == 0
    change(tmp_path, "tags: [production]", "tags: [production, web]")
    ended = run_cli(*APPLY, env=env)
    assert ended.code == 1, "the stack does not name the new tag, so it is not what was wanted"
    assert "web-1 (update: tags)" in ended.err
    (tags,) = (s["tags"] for s in platform.servers() if s["custom_name"] == "web-web-1")
    assert {"production", "web", "reviewed", "stack:web", "server:web-1"} == set(tags)
