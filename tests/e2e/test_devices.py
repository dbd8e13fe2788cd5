"""Mounted images and the boot order, by whole commands; what is lost on the way is found again."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, RunCli
from tests.support.box import count_tasks, read_box
from tests.support.stacks import APPLY, IS_EMPTY, once, with_faults, write_stack

DEBIAN, VIRTIO = "debian-12.8.0-amd64-netinst.iso", "virtio-win-0.1.262.iso"
BOX = f"""\
stack: box
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 2
    disks: [20]
    dvds: [{DEBIAN}]
    boot_order: [DVD]
"""


@pytest.mark.parametrize("is_http", [False, True])
def test_images_and_boot_order_become_so_change_and_go(
    is_http: bool, call_cli: RunCli, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    env = request.getfixturevalue("http_env") if is_http else None
    for text in (
        BOX,
        BOX.replace(f"[{DEBIAN}]", f"[{VIRTIO}, {DEBIAN}]").replace("[DVD]", "[sc0s0, DVD]"),
        BOX.replace(DEBIAN, VIRTIO),
        BOX.replace(f"[{DEBIAN}]", "[]").replace("[DVD]", "[Drive]"),
    ):
        write_stack(tmp_path, text)
        applied = call_cli(*APPLY, env=env)
        assert applied.code == 0, applied.err
        assert call_cli(*IS_EMPTY, env=env).code == 0
        assert call_cli("drift", "web.yaml", env=env).code == 0
    assert count_tasks(call_cli, env)["add-dvd"] == 2
    assert count_tasks(call_cli, env)["delete-dvd"] == 2


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
@pytest.mark.parametrize("operation", ["add_server_dvd", "set_server_boot_order"])
def test_a_lost_answer_makes_no_second_drive(
    operation: str,
    fault: dict[str, Any],
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    write_stack(tmp_path, BOX)
    env = {**sandbox_env, "CCLOUD_GRACE": "3"}
    first = call_cli(*APPLY, env=with_faults(env, tmp_path, once(operation, fault)))
    assert "Traceback" not in first.err
    if first.code:
        assert call_cli(*APPLY, env=env).code == 0
    assert call_cli(*IS_EMPTY, env=env).code == 0
    assert count_tasks(call_cli, env)["add-dvd"] == 1
    assert count_tasks(call_cli, env)["set-bootorder"] == 1


def test_an_image_that_does_not_exist_is_refused_and_nothing_else_is_undone(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX.replace(DEBIAN, "no.iso").replace("    boot_order: [DVD]\n", ""))
    applied = call_cli(*APPLY, "--format", "json")
    assert applied.code == 1
    events = [json.loads(line) for line in applied.out.splitlines()]
    (failed,) = (event for event in events if event["type"] == "step_failed")
    assert failed["step"] == "box/dvds.no.iso"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dvds: [public/a.iso]", "without its folder"),
        ("dvds: [a.iso, a.iso]", "twice"),
        ("dvds: a.iso", "list"),
        ("boot_order: []", "at least 1 entry"),
        ("boot_order: [1]", "text"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_place(
    line: str, words: str, call_cli: RunCli, tmp_path: Path
) -> None:
    text = BOX.replace(f"dvds: [{DEBIAN}]", line).replace("    boot_order: [DVD]\n", "")
    write_stack(tmp_path, text)
    ended = call_cli("validate", "web.yaml")
    assert ended.code == 1
    assert "web.yaml:10:" in ended.err
    assert words in ended.err


def test_an_export_writes_what_is_mounted_and_what_boots_first(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY).code == 0
    exported = call_cli("export", "--tag", "stack:box", "--out", "own.yaml")
    assert exported.code == 0, exported.err
    servers = yaml.safe_load((tmp_path / "own.yaml").read_text(encoding="utf-8"))["servers"]
    assert servers["box"]["dvds"] == [DEBIAN]
    assert servers["box"]["boot_order"] == ["sc0s1"]
    assert call_cli("plan", "own.yaml", "--detailed-exitcode").code == 0


ADDRESSES = BOX.partition("    dvds")[0] + "    ips: {ipv4: 2, ipv6: 1}\n"


def list_addresses(env: dict[str, str]) -> list[str]:
    adapters = read_box(env)["adapters"]
    return [str(a["ip"]) for adapter in adapters for a in adapter["ip_addresses"]]


def test_addresses_are_added_until_there_are_enough_and_never_removed(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, ADDRESSES)
    applied = call_cli(*APPLY)
    assert applied.code == 0, applied.err
    assert len(list_addresses(sandbox_env)) == 3  # a new one begins with one of each family
    assert call_cli(*IS_EMPTY).code == 0

    write_stack(tmp_path, ADDRESSES.replace("ipv6: 1", "ipv6: 2"))
    assert call_cli(*APPLY).code == 0
    assert len(list_addresses(sandbox_env)) == 4

    write_stack(tmp_path, ADDRESSES.replace("ipv4: 2", "ipv4: 1"))
    assert call_cli(*IS_EMPTY).code == 0


@pytest.mark.parametrize(
    "fault",
    [{"drop": "after"}, {"drop": "before"}, {"late": 1}, {"status": 500, "acts": True}],
    ids=json.dumps,
)
@pytest.mark.parametrize("has_journal", [True, False])
def test_a_lost_answer_makes_no_second_address(
    fault: dict[str, Any],
    has_journal: bool,
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    write_stack(tmp_path, ADDRESSES)
    env = {**sandbox_env, "CCLOUD_GRACE": "3"}
    first = call_cli(*APPLY, env=with_faults(env, tmp_path, once("add_server_ip", fault)))
    assert "Traceback" not in first.err
    if not has_journal:
        env["CCLOUD_WORK_DIR"] = str(tmp_path / "another")
    again = call_cli(*APPLY, env=env)
    assert again.code == 0, again.err
    assert len(list_addresses(sandbox_env)) == 3


def test_the_example_with_all_of_it_becomes_so_and_stays_so(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, (ROOT / "examples/stacks/appliance.yaml").read_text(encoding="utf-8"))
    applied = call_cli(*APPLY)
    assert applied.code == 0, applied.err
    assert call_cli(*IS_EMPTY).code == 0
    assert call_cli("drift", "web.yaml").code == 0
