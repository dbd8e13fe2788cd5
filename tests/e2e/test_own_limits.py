"""Limits that rest on weak evidence are settings: named in the errors that they cause."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.stacks import write_stack

STACK = """\
stack: big
servers:
  web:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: {cores}
    memory: {memory}
    disks: {disks}
"""
MANY = {f"s{number}": True for number in range(12)}


def declare(folder: Path, *, more: str = "", **fields: Any) -> str:
    values = {"cores": 1, "memory": 1, "disks": [20], **fields}
    return write_stack(folder, STACK.format(**values) + more, "big.yaml")


@pytest.mark.parametrize(
    ("fields", "more", "variable", "value"),
    [
        ({"disks": [20, 1, 1, 1, 1, 1]}, "", "CCLOUD_LIMIT_DISKS", "6"),
        ({"disks": [20, 6000]}, "", "CCLOUD_LIMIT_DISK", "6000"),
        ({"cores": 65}, "", "CCLOUD_LIMIT_CORES", "65"),
        ({"memory": 600}, "", "CCLOUD_LIMIT_MEMORY", "600"),
        ({}, f"    snapshots: {json.dumps(MANY)}\n", "CCLOUD_LIMIT_SNAPSHOTS", "12"),
        (
            {},
            "    lifecycle: {snapshot_before: [resize], keep: 10}\n",
            "CCLOUD_LIMIT_SNAPSHOTS",
            "11",
        ),
    ],
)
def test_a_limit_is_named_in_its_error_and_lifted_by_its_setting(
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
    fields: dict[str, Any],
    more: str,
    variable: str,
    value: str,
) -> None:
    stack = declare(tmp_path, more=more, **fields)
    for command in ("validate", "plan"):
        refused = call_cli(command, stack)
        assert refused.code == 1
        assert f"if the platform takes more: {variable}" in refused.out + refused.err
    env = {**sandbox_env, variable: value}
    assert call_cli("validate", stack, env=env).code == 0
    planned = call_cli("plan", stack, "--out", "p", env=env)
    assert planned.code == 0, planned.err


def test_what_a_setting_allows_is_rehearsed_and_applied(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = declare(tmp_path, disks=[20, 1, 1, 1, 1, 1], memory=600, cores=70)
    env = {
        **sandbox_env,
        "CCLOUD_LIMIT_DISKS": "6",
        "CCLOUD_LIMIT_MEMORY": "600",
        "CCLOUD_LIMIT_CORES": "70",
    }
    rehearsed = call_cli("rehearse", stack, env=env)
    assert rehearsed.code == 0, rehearsed.out + rehearsed.err
    assert call_cli("plan", stack, "--out", "saved", env=env).code == 0
    applied = call_cli("apply", "saved", env=env)
    assert applied.code == 0, applied.err
    assert call_cli("plan", stack, "--detailed-exitcode", env=env).code == 0


def test_a_lower_limit_holds_too(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = declare(tmp_path, disks=[20, 1, 1])
    refused = call_cli("validate", stack, env={**sandbox_env, "CCLOUD_LIMIT_DISKS": "2"})
    assert refused.code == 1
    assert "must have at most 2 entries, not 3" in refused.out + refused.err


def test_the_schema_for_editors_has_the_limits_that_are_set(
    call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    usual = json.loads(call_cli("schema").out)
    raised = call_cli("schema", env={**sandbox_env, "CCLOUD_LIMIT_DISKS": "7"})
    assert '"maxItems": 7' in raised.out
    assert '"maxItems": 7' not in json.dumps(usual)


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "drift"])
def test_a_bad_setting_is_a_clear_error(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path, command: str
) -> None:
    stack = declare(tmp_path)
    ended = call_cli(command, stack, env={**sandbox_env, "CCLOUD_LIMIT_DISKS": "many"})
    assert ended.code == 1
    assert "CCLOUD_LIMIT_DISKS must be a whole number from 1 to 1,000,000" in ended.err


def test_what_is_above_the_default_is_changed_and_exported_too(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = {
        **sandbox_env,
        "CCLOUD_LIMIT_CORES": "100",
        "CCLOUD_LIMIT_MEMORY": "1024",
        "CCLOUD_LIMIT_DISK": "8000",
    }
    declare(tmp_path, cores=70, memory=600, disks=[6000])
    assert call_cli("apply", "big.yaml", "--auto-approve", env=env).code == 0
    declare(tmp_path, cores=80, memory=700, disks=[7000])
    changed = call_cli("apply", "big.yaml", "--auto-approve", env=env)
    assert changed.code == 0, changed.out + changed.err

    owned = call_cli("export", "--hostname", "vs10004", env=env)
    assert owned.code == 0, owned.err
    for line in ("cores: 80", "memory: 700", "disks: [7000]"):
        assert line in owned.out, owned.err
    assert "left out" not in owned.err
    added = call_cli("export", "--hostname", "vs10001", "--into", "big.yaml", env=env)
    assert added.code == 0, added.err
