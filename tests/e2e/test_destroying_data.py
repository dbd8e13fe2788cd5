"""A deleted disk counts as destruction, by whole commands: held, counted, told in every format."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.box import read_box
from tests.support.stacks import APPLY, write_stack

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
    disks: [20, 30, 50]
"""
SMALLER = BOX.replace("[20, 30, 50]", "[20, 50]")
PROTECTED = "    lifecycle: {prevent_destroy: true}\n"


def list_disks(env: dict[str, str]) -> list[int]:
    return [disk["size_gb"] for disk in read_box(env)["disks"]]


@pytest.fixture
def start(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY).code == 0


@pytest.mark.usefixtures("start")
def test_every_format_tells_it(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, SMALLER)
    planned = call_cli("plan", "web.yaml", "--out", "plan.json")
    assert planned.code == 0
    assert "# destroys data  # disk sc0s1  # irreversible" in planned.out
    assert "; 0 unchanged; 1 server loses data." in planned.out
    (stack,) = json.loads(call_cli("show", "plan.json", "--format", "json").out)["stacks"]
    assert (stack["summary"]["destroys_data"], stack["summary"]["update"]) == (1, 1)
    assert [change["destructive"] for change in stack["servers"][0]["changes"]] == [True]
    gitlab = json.loads(call_cli("show", "plan.json", "--format", "gitlab").out)
    assert gitlab == {"create": 1, "update": 0, "delete": 1}
    terraform = json.loads(call_cli("show", "plan.json", "--format", "terraform-json").out)
    (change,) = terraform["resource_changes"]
    assert change["change"]["actions"] == ["delete", "create"]
    markdown = call_cli("show", "plan.json", "--format", "markdown").out
    assert "| destroys data |" in markdown
    assert "destroys data</small>" in call_cli("show", "plan.json", "--format", "html").out


@pytest.mark.usefixtures("start")
@pytest.mark.parametrize(
    ("text", "flags", "words"),
    [
        (SMALLER, ("--allow", "update"), 'class "destroy"'),
        (SMALLER, ("--allow", "create,update,downtime,adopt,replace"), 'class "destroy"'),
        (SMALLER, ("--allow-destroy", "0"), "at most 0 may (--allow-destroy 0)"),
        (SMALLER.replace("max_destroy: 1", "max_destroy: 0"), (), "(policy.max_destroy)"),
        (SMALLER + PROTECTED, (), "would lose data, and prevent_destroy protects it"),
    ],
)
def test_what_holds_a_destroy_holds_it(
    text: str,
    flags: tuple[str, ...],
    words: str,
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    write_stack(tmp_path, text)
    held = call_cli(*APPLY, *flags)
    assert held.code == 3
    assert words in held.out + held.err
    assert list_disks(sandbox_env) == [20, 30, 50]


@pytest.mark.usefixtures("start")
def test_the_protection_on_the_server_holds_it_and_the_hint_is_a_way_out(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX + PROTECTED)
    assert call_cli(*APPLY).code == 0
    write_stack(tmp_path, SMALLER)
    held = call_cli(*APPLY, "--allow", "update,destroy")
    assert held.code == 3
    assert "hint: put disks back as before, set lifecycle: {prevent_destroy: false}" in held.out
    write_stack(tmp_path, BOX + PROTECTED.replace("true", "false"))
    assert call_cli(*APPLY).code == 0
    write_stack(tmp_path, SMALLER)
    applied = call_cli(*APPLY, "--allow", "update,destroy")
    assert applied.code == 0, applied.err
    assert list_disks(sandbox_env) == [20, 50]


@pytest.mark.usefixtures("start")
def test_a_saved_plan_keeps_the_zero_of_allow_destroy(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    other = "  new: {pool: p, type: unmanaged, image: i, cores: 1, memory: 2, disks: [20]}\n"
    other = other.replace("pool: p", "pool: pool_iw_ssd").replace(
        "image: i", "image: debian12_uefi"
    )
    write_stack(tmp_path, BOX.split("  box:\n")[0] + other)
    planned = call_cli("plan", "web.yaml", "--allow-destroy", "0", "--out", "plan.json")
    assert planned.code == 3
    assert "at most 0 may be (--allow-destroy 0)" in planned.out
    assert call_cli("apply", "plan.json").code == 3
    assert call_cli(*APPLY, "--allow-destroy", "0").code == 3
    assert list_disks(sandbox_env) == [20, 30, 50]
