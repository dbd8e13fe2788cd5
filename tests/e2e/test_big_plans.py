"""Plans of many servers over the command: groups, one screen, and what neither changes."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import APPLY, write_stack

FLEET = """\
stack: fleet
policy: {max_destroy: 1000}
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi}
servers:
  web:
    count: COUNT
    cores: 2
    memory: MEMORY
    disks: [50]
    custom_name: "web ${index}"
"""


def fleet(count: int, memory: int = 4) -> str:
    return FLEET.replace("COUNT", f"{count}").replace("MEMORY", f"{memory}")


def without_time(text: str) -> object:
    document = json.loads(text)
    del document["read_at"]
    return document


def test_a_fleet_is_one_block_and_every_server_is_shown_on_demand(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, fleet(180))
    grouped = call_cli("plan", stack).out
    assert "+ web-1 … web-180 (180 servers) will be created" in grouped
    assert '+ custom_name  "web ${index}"' in grouped
    full = call_cli("plan", stack, "--full").out
    for number in range(1, 181):
        assert f"  + web-{number} will be created\n" in full
        assert f'+ custom_name  "web {number}"\n' in full
    assert grouped.splitlines()[-1] == full.splitlines()[-1]


def test_one_screen_says_what_the_whole_plan_says(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, fleet(30))
    assert call_cli(*APPLY).code == 0
    write_stack(tmp_path, fleet(10, memory=8))
    ended = call_cli("plan", stack, "--summary", "--write", "html=plan.html")
    lines = ended.out.splitlines()
    assert len(lines) < 24
    assert all(len(line) <= 80 for line in lines)
    shown = " ".join(ended.out.split())
    assert "fleet 10 20" in shown
    assert "DESTROYS 20 servers with all data: web-11 (" in shown
    assert "Plan: 0 to create, 10 to update, 0 to replace, 20 to destroy, 0 to adopt" in shown
    assert "resize memory" in (tmp_path / "plan.html").read_text("utf-8")
    assert call_cli("plan", stack, "--out", "saved.plan").code == 0
    summary = call_cli("show", "saved.plan", "--summary").out
    assert "DESTROYS 20 servers with all data: web-11 (" in " ".join(summary.split())
    applied = call_cli("apply", "saved.plan", "--full")
    assert applied.code == 0
    assert applied.out.count(" will be updated\n") == 10


def test_neither_changes_the_json(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, fleet(5))
    plain = without_time(call_cli("plan", stack, "--format", "json").out)
    for flag in ("--full", "--summary"):
        found = call_cli("plan", stack, "--format", "json", flag).out
        assert without_time(found) == plain


@pytest.mark.parametrize("command", ["plan", "show"])
def test_both_at_once_are_an_error(command: str, call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli(command, write_stack(tmp_path, fleet(2)), "--full", "--summary")
    assert ended.code == 1
    assert "--full and --summary exclude each other" in ended.err
