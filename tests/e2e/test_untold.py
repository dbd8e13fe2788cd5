"""What the account does not tell for certain: nothing is destroyed for it, and the plan says so."""

import json
from collections import Counter
from pathlib import Path

import pytest

from ccloud_apply.sandbox.state.record import Disk
from tests.conftest import RunCli
from tests.support.box import change_box, count_tasks, read_box
from tests.support.documents import validator_of
from tests.support.stacks import APPLY, IS_EMPTY, once, with_faults, write_stack

BOX = """\
stack: box
policy: {max_destroy: 1}
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 2
    disks: [50, 100]
    lifecycle: {on_create_only_change: WISH}
"""
IDE, SCSI = Disk(id="ide0s0", size_gb=50), Disk(id="sc0s0", size_gb=100)


@pytest.mark.parametrize("wish", ["replace", "redeploy", "error"])
@pytest.mark.parametrize(
    ("field", "facts", "told"),
    [
        ("image", {"os_name": "Debian 13 (trixie)"}, "'Debian 13 (trixie)'"),
        ("image", {"os_name": ""}, "does not say which image"),
        ("pool", {"pool": "Intel Worker SSD"}, "'Intel Worker SSD'"),
        ("type", {"type": ""}, "does not say which type"),
    ],
)
def test_a_create_only_field_that_cannot_be_told_destroys_nothing_and_every_format_says_it(
    field: str,
    facts: dict[str, str],
    told: str,
    wish: str,
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    write_stack(tmp_path, BOX.replace("WISH", wish))
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    before = read_box(sandbox_env)["id"]
    change_box(sandbox_env, **facts)

    for _ in range(2):
        applied = call_cli(*APPLY, env=sandbox_env)
        assert applied.code == 0, applied.err
    assert count_tasks(call_cli, sandbox_env) == Counter({"create-server": 1})
    assert read_box(sandbox_env)["id"] == before
    assert call_cli(*IS_EMPTY, env=sandbox_env).code == 0, "no exit code says it"

    for name in ("text", "markdown"):
        ended = call_cli("plan", "web.yaml", "--format", name, env=sandbox_env)
        assert told in ended.out
        assert f"so {field} is not compared" in ended.out
    page = call_cli("plan", "web.yaml", "--format", "html", env=sandbox_env).out
    assert f"so {field} is not compared" in page
    document = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env).out)
    validator_of("plan.schema.json").validate(document)
    (server,) = document["stacks"][0]["servers"]
    assert (server["action"], server["unknown"]) == ("unchanged", [field])
    assert told in server["warnings"][0]
    for name in ("terraform-json", "gitlab"):
        ended = call_cli("plan", "web.yaml", "--format", name, env=sandbox_env)
        assert json.loads(ended.out), "standard output holds the document alone"
        assert ended.err.startswith("warning: web.yaml:"), "no place in it for the warning's text"
        assert ended.err.count(told) == 1
        assert f"so {field} is not compared" in ended.err
    terraform = call_cli("plan", "web.yaml", "--format", "terraform-json", env=sandbox_env).out
    plan = json.loads(terraform)
    assert plan["x_ccloud"]["unknown"] == {"module.box.ccloud_server.box": [field]}
    assert field not in plan["resource_changes"][0]["change"]["before"]

    drift = call_cli("drift", "web.yaml", env=sandbox_env)
    assert drift.code == 0
    assert told in drift.out + drift.err


def test_the_rest_of_such_a_server_is_changed_and_drift_says_both(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    text = BOX.replace("WISH", "replace")
    write_stack(tmp_path, text)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    change_box(sandbox_env, os_name="Debian 13 (trixie)")
    write_stack(tmp_path, text.replace("memory: 2", "memory: 4"))
    drift = call_cli("drift", "web.yaml", env=sandbox_env)
    assert drift.code == 2
    assert "so image is not compared" in drift.out + drift.err
    applied = call_cli(*APPLY, env=sandbox_env)
    assert applied.code == 0, applied.err
    assert "so image is not compared" in applied.out
    assert read_box(sandbox_env)["memory"] == 4
    assert count_tasks(call_cli, sandbox_env) == Counter({"create-server": 1, "resize-server": 1})


@pytest.mark.parametrize("flags", [(), ("--no-checks", "CCA101")])
def test_another_pool_still_replaces_the_server_and_not_while_the_pools_cannot_be_read(
    flags: tuple[str, ...], call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    text = BOX.replace("WISH", "replace")
    write_stack(tmp_path, text)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    change_box(sandbox_env, pool="pool_iw1_sas")
    fault = once("list_pools", {"status": 403})
    env = with_faults(sandbox_env, tmp_path, fault)
    unread = call_cli("plan", "web.yaml", "--detailed-exitcode", *flags, env=env)
    assert unread.code == 0, unread.out
    assert "the pool catalogue cannot be read, so pool is not compared" in unread.out
    planned = call_cli("plan", "web.yaml", *flags, env=sandbox_env)
    assert "will be REPLACED" in planned.out, "a pool that is full is none by another name"


@pytest.mark.parametrize("listed", [[SCSI, IDE], [IDE, SCSI]])
@pytest.mark.parametrize(("line", "kept"), [("[100]", "sc0s0"), ("[50]", "ide0s0")])
def test_a_line_less_deletes_no_disk_of_two_controllers_until_a_pin_says_which(
    line: str,
    kept: str,
    listed: list[Disk],
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    text = BOX.replace("WISH", "error")
    write_stack(tmp_path, text)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    change_box(sandbox_env, disks=listed)
    assert call_cli(*IS_EMPTY, env=sandbox_env).code == 0

    write_stack(tmp_path, text.replace("[50, 100]", line))
    refused = call_cli(*APPLY, env=sandbox_env)
    assert refused.code == 1
    assert "ide0s0 (50 GB), sc0s0 (100 GB) on different controllers" in refused.err
    assert "{id: ide0s0, size: 50}" in refused.err
    assert read_box(sandbox_env)["disks"] == listed
    assert count_tasks(call_cli, sandbox_env)["delete-disk-server"] == 0

    size = line.strip("[]")
    write_stack(tmp_path, text.replace("[50, 100]", f"[{{id: {kept}, size: {size}}}]"))
    planned = call_cli("plan", "web.yaml", env=sandbox_env)
    gone = "ide0s0" if kept == "sc0s0" else "sc0s0"
    assert f"DESTROYS DATA: delete disk {gone}" in planned.out
