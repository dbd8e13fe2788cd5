"""Another image on the same server: what holds a replace holds it, and it is never done twice."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.box import count_tasks, read_box
from tests.support.stacks import APPLY, IS_EMPTY, once, with_faults, write_stack

BOX = """\
stack: box
defaults: {lifecycle: {on_create_only_change: redeploy}}
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 2
    disks: [50, 20]
    password: {env: CCLOUD_SECRET_BOX}
    user_data: "#cloud-config"
"""
ROCKY = BOX.replace("debian12_uefi", "rocky9_uefi")


@pytest.fixture
def env(sandbox_env: dict[str, str]) -> dict[str, str]:
    return {**sandbox_env, "CCLOUD_GRACE": "2", "CCLOUD_SECRET_BOX": "correct horse"}


def test_the_server_stays_and_has_another_system(
    call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY, env=env).code == 0
    before = read_box(env)
    write_stack(tmp_path, ROCKY.replace("[50, 20]", "[60, 20]"))
    planned = call_cli("plan", "web.yaml", env=env)
    assert "will be REINSTALLED" in planned.out
    assert "REINSTALLS 1 server, destroying all data of the system disk: box" in planned.out
    markdown = call_cli("plan", "web.yaml", "--format", "markdown", env=env).out
    assert "**reinstalls 1 server**, destroying all data of the system disk." in markdown
    assert "data loss: the contents of the system disk" in planned.out
    assert "a redeploy has no user_data" in planned.out

    applied = call_cli(*APPLY, "--allow", "reinstall,destroy,update", env=env)
    assert applied.code == 0, applied.err
    after = read_box(env)
    assert (after["id"], after["image"]) == (before["id"], "rocky9_uefi")
    assert [disk["size_gb"] for disk in after["disks"]] == [60, 20]
    assert call_cli(*IS_EMPTY, env=env).code == 0
    assert "correct horse" not in applied.out + applied.err


@pytest.mark.parametrize("power", ["off", "running"])
def test_the_server_runs_afterwards_or_does_not_as_declared(
    power: str, call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, f"{BOX}    power: {power}\n")
    assert call_cli(*APPLY, env=env).code == 0
    write_stack(tmp_path, f"{ROCKY}    power: {power}\n")
    applied = call_cli(*APPLY, env=env)
    assert applied.code == 0, applied.err
    assert read_box(env)["state"] == {"off": "Off", "running": "Running"}[power]
    assert call_cli(*IS_EMPTY, env=env).code == 0


def test_only_the_price_of_the_system_changes(
    call_cli: RunCli, env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY, env=env).code == 0
    write_stack(tmp_path, ROCKY)
    (stack,) = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=env).out)["stacks"]
    assert stack["cost"]["monthly_change"] == "0.00"
    write_stack(tmp_path, BOX.replace("debian12_uefi", "windows2022_uefi"))
    (stack,) = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=env).out)["stacks"]
    assert float(stack["cost"]["monthly_change"]) > 0


@pytest.mark.parametrize(
    ("edit", "flags", "words"),
    [
        ("policy: {max_destroy: 0}\n", (), "at most 0 may (policy.max_destroy)"),
        ("", ("--allow-destroy", "0"), "at most 0 may (--allow-destroy 0)"),
        ("", ("--allow", "create,update,replace"), 'class "reinstall"'),
        ("", ("--allow", "update,replace,reinstall"), 'class "destroy"'),
        ("lifecycle: {prevent_destroy: true}", (), "prevent_destroy protects it"),
    ],
)
def test_what_holds_a_replace_holds_a_redeploy(
    edit: str,
    flags: tuple[str, ...],
    words: str,
    call_cli: RunCli,
    env: dict[str, str],
    tmp_path: Path,
) -> None:
    text = (
        BOX.replace("redeploy}", "redeploy, prevent_destroy: true}") if "lifecycle" in edit else BOX
    )
    write_stack(tmp_path, text)
    assert call_cli(*APPLY, env=env).code == 0
    text = text.replace("debian12_uefi", "rocky9_uefi")
    write_stack(tmp_path, text.replace("servers:", f"{edit}servers:") if "policy" in edit else text)
    held = call_cli(*APPLY, *flags, env=env)
    assert held.code == 3
    assert words in held.err + held.out
    assert read_box(env)["image"] == "debian12_uefi"


@pytest.mark.parametrize(
    ("fault", "is_found"),
    [
        ({"drop": "after"}, True),
        ({"late": 1}, True),
        ({"status": 500, "acts": True}, True),
        ({"body": "missing-task-id"}, True),
        ({"drop": "before"}, False),
        ({"status": 502, "body": "html"}, False),
    ],
    ids=json.dumps,
)
def test_a_redeploy_whose_answer_was_lost_is_found_or_unknown_and_never_sent_again(
    fault: dict[str, Any],
    is_found: bool,
    call_cli: RunCli,
    env: dict[str, str],
    tmp_path: Path,
) -> None:
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY, env=env).code == 0
    write_stack(tmp_path, ROCKY)
    ended = call_cli(*APPLY, env=with_faults(env, tmp_path, once("redeploy_server", fault)))
    assert ended.code == (0 if is_found else 1), ended.err
    assert ("its outcome is unknown" in ended.err) != is_found
    assert count_tasks(call_cli, env)["redeploy-server"] == is_found
    assert call_cli(*APPLY, env=env).code == 0
    assert count_tasks(call_cli, env)["redeploy-server"] == 1
    assert read_box(env)["image"] == "rocky9_uefi"
