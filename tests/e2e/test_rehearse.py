"""`rehearse` and `apply --rehearse` against a served account: read, never written to."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, RunCli
from tests.e2e.conftest import StartPlatform
from tests.support.documents import validator_of
from tests.support.fleet import Platform
from tests.support.stacks import WEB, with_faults, write_stack

THREE_TIER = str(ROOT / "examples/stacks/three-tier.yaml")
Env = dict[str, str]


@pytest.fixture
def platform(start_platform: StartPlatform) -> Platform:
    return start_platform("--limits", "cores=20,memory=200,disk=5000", speed=200)


@pytest.fixture
def env(platform: Platform, machine_env: Callable[..., Env]) -> Env:
    return machine_env(platform)


def state_of(platform: Platform) -> Any:
    servers, tasks = platform.read("/ccloud/servers", limit="100"), platform.read("/ccloud/tasks")
    return servers, tasks


def test_the_three_tiers_are_rehearsed_with_reads_alone_and_then_come_out_as_told(
    call_cli: RunCli, start_platform: StartPlatform, machine_env: Callable[..., Env]
) -> None:
    platform = start_platform(speed=200)
    env = machine_env(platform)
    before = state_of(platform)
    # A token for reads: the platform itself would refuse any change.
    ended = call_cli(
        "rehearse", THREE_TIER, "--format", "json", env={**env, "CCLOUD_TOKEN": "sandbox-readonly"}
    )
    assert (ended.code, ended.err) == (0, "")
    assert state_of(platform) == before
    document = json.loads(ended.out)
    validator_of("rehearsal.schema.json").validate(document)
    assert document["passed"]
    assert next(step["server"] for step in document["steps"]) == "db"
    assert document["usage"]["cores"] == {"before": 10, "peak": 24, "after": 24, "limit": None}
    told = {server["key"]: server["live"]["hostname"] for server in document["servers"]}

    assert call_cli("apply", THREE_TIER, "--auto-approve", env=env).code == 0
    tags = {
        server["hostname"]: {tag for tag in server["tags"] if tag.startswith("server:")}
        for server in platform.read("/ccloud/servers", limit="100")["data"]
    }
    assert tags[told["db"]] == {"server:db"}


def test_what_a_limit_would_refuse_on_the_way_fails_the_rehearsal(
    call_cli: RunCli, platform: Platform, env: Env
) -> None:
    refused = call_cli("rehearse", THREE_TIER, env=env)
    assert refused.code == 1
    assert "[CCA170]" in refused.err
    before = state_of(platform)
    ended = call_cli("rehearse", THREE_TIER, "--no-checks", "CCA170", env=env)
    assert ended.code == 1
    assert "FAILED: create server (POST /ccloud/servers): 422" in ended.out
    assert "BROKEN  a second plan is empty" in ended.out
    assert "cores   20  (before 10, after 20; limit 20)" in ended.out
    assert "Rehearsal FAILED" in ended.out
    assert state_of(platform) == before


def test_apply_rehearses_first_and_stops_where_that_fails(
    call_cli: RunCli, platform: Platform, env: Env, tmp_path: Path
) -> None:
    before = state_of(platform)
    flags = ("--rehearse", "--auto-approve")
    failed = call_cli("apply", THREE_TIER, "--no-checks", "CCA170", *flags, env=env)
    assert failed.code == 1
    assert "the rehearsal failed: nothing was changed" in failed.err
    assert state_of(platform) == before
    stack = write_stack(tmp_path)
    done = call_cli("apply", stack, "--format", "json", *flags, env=env)
    assert done.code == 0
    assert "Rehearsal passed." in done.err
    events = [json.loads(line) for line in done.out.splitlines()]
    assert events[-1]["converged"] is True


def test_changes_of_servers_that_are_there_are_rehearsed(
    call_cli: RunCli, platform: Platform, env: Env, tmp_path: Path
) -> None:
    two = WEB.replace("count: 3", "count: 2")
    assert call_cli("apply", write_stack(tmp_path, two), "--auto-approve", env=env).code == 0
    lifecycle = "    lifecycle: {resize: offline, snapshot_before: [disks]}\n"
    other = two.replace("count: 2", "count: 1").replace("memory: 4", "memory: 8")
    other = other.replace("[50]", "[60, 20]") + lifecycle
    adopted = (
        "  old: {hostname: vs10001, notes: ours now, lifecycle: {on_create_only_change: ignore}}\n"
    )
    write_stack(tmp_path, other + adopted)
    document = json.loads(
        call_cli("rehearse", "web.yaml", "--allow-destroy", "1", "--format", "json", env=env).out
    )
    assert document["passed"], document
    actions = {server["key"]: server["action"] for server in document["servers"]}
    assert actions == {"web-1": "update", "web-2": "destroy", "old": "adopt"}
    assert [step["step"] for step in document["steps"] if step["server"] == "web-1"] == [
        "web-1/shutdown",
        "web-1/memory",
        "web-1/start",
        "web-1/snapshot",
        "web-1/disks.1",
        "web-1/disks.2",
    ]


@pytest.mark.parametrize("name", ["appliance", "fleet", "web"])
def test_every_field_of_the_examples_can_be_rehearsed(
    name: str, call_cli: RunCli, sandbox_env: Env
) -> None:
    ended = call_cli("rehearse", str(ROOT / f"examples/stacks/{name}.yaml"), env=sandbox_env)
    assert ended.code == 0, ended.out + ended.err
    assert "Rehearsal passed." in ended.out


def test_a_plan_that_is_held_is_not_tried(call_cli: RunCli, env: Env, tmp_path: Path) -> None:
    assert call_cli("apply", write_stack(tmp_path), "--auto-approve", env=env).code == 0
    write_stack(tmp_path, "stack: web\nservers: {}\n")
    ended = call_cli("rehearse", "web.yaml", env=env)
    assert ended.code == 3
    document = json.loads(call_cli("rehearse", "web.yaml", "--format", "json", env=env).out)
    validator_of("rehearsal.schema.json").validate(document)
    assert document["passed"] is False
    assert document["held"]
    assert document["steps"] == []


def test_secrets_are_not_needed_and_not_shown(call_cli: RunCli, env: Env, tmp_path: Path) -> None:
    secret = "    password: {env: CCLOUD_SECRET_WEB}\n    user_data: {file: cloud.yaml}\n"
    (tmp_path / "cloud.yaml").write_text("#cloud-config\n")
    write_stack(tmp_path, WEB + secret)
    ended = call_cli("rehearse", "web.yaml", env=env)
    assert ended.code == 0, ended.err
    with_it = call_cli(
        "rehearse", "web.yaml", "--format", "json", env={**env, "CCLOUD_SECRET_WEB": "hunter2-Aa1"}
    )
    assert with_it.code == 0
    assert "hunter2" not in with_it.out + with_it.err


def test_a_catalogue_that_may_not_be_read_is_said_and_allows_all(
    call_cli: RunCli, sandbox_env: Env, tmp_path: Path
) -> None:
    env = with_faults(sandbox_env, tmp_path, {"operation": "list_pools", "fault": {"status": 403}})
    ended = call_cli("rehearse", write_stack(tmp_path), env=env)
    assert ended.code == 0, ended.out
    assert "! not read: list_pools" in ended.out
