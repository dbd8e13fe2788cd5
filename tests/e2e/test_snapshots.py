"""Manual snapshots by whole commands: taken once, kept, deleted only by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.box import read_box
from tests.support.stacks import APPLY, IS_EMPTY, once, with_faults, write_stack

BOX = """\
stack: box
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 2
    disks: [20]
    snapshots: [before-upgrade]
"""


def list_snapshots(env: dict[str, str]) -> list[str]:
    return [snapshot["name"] for snapshot in read_box(env)["snapshots"]]


def test_a_name_that_is_taken_out_leaves_its_snapshot_and_false_deletes_it(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    applied = call_cli(*APPLY)
    assert applied.code == 0, applied.err
    assert list_snapshots(sandbox_env) == ["before-upgrade"]
    assert call_cli(*IS_EMPTY).code == 0
    assert call_cli("drift", "web.yaml").code == 0

    write_stack(tmp_path, BOX.replace("[before-upgrade]", "[]"))
    assert call_cli(*IS_EMPTY).code == 0
    assert list_snapshots(sandbox_env) == ["before-upgrade"]

    write_stack(tmp_path, BOX.replace("[before-upgrade]", "{before-upgrade: false}"))
    planned = call_cli("plan", "web.yaml")
    assert "DELETES SNAPSHOTS: delete snapshot before-upgrade" in planned.out
    assert call_cli("drift", "web.yaml").code == 2
    assert call_cli(*APPLY).code == 0
    assert list_snapshots(sandbox_env) == []
    assert call_cli(*IS_EMPTY).code == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": "after"},
        {"drop": "before"},
        {"late": 1},
        {"status": 500, "acts": True},
        {"body": "missing-task-id"},
        {"visibility_lag": 2},
    ],
    ids=json.dumps,
)
def test_a_lost_answer_takes_no_second_snapshot(
    fault: dict[str, Any], call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    env = {**sandbox_env, "CCLOUD_GRACE": "3"}
    first = call_cli(*APPLY, env=with_faults(env, tmp_path, once("create_server_snapshot", fault)))
    assert "Traceback" not in first.err
    if first.code:
        assert call_cli(*APPLY, env=env).code == 0
    assert list_snapshots(sandbox_env) == ["before-upgrade"]
    assert call_cli(*IS_EMPTY, env=env).code == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("[a, a]", "twice"),
        ('[""]', "1 to 100 characters"),
        ('["a\\nb"]', "1 to 100 characters"),
        ("{a: 1}", "true or false"),
        ("[ccloud-apply-1-before-resize]", "choose another name"),
        ("[a, b, c, d, e, f, g, h, i, j, k]", "at most 10"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_place(
    value: str, words: str, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX.replace("[before-upgrade]", value))
    ended = call_cli("validate", "web.yaml")
    assert ended.code == 1
    assert "web.yaml:10:" in ended.err
    assert words in ended.err
