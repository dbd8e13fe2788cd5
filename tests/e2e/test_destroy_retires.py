"""The command destroy, where servers wait before they are destroyed: retired first, then gone."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import APPLY, write_stack

PAIR = """\
stack: pair
policy: {retire: 7d}
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi}
servers:
  box: {count: 2, cores: 1, memory: 2, disks: [20]}
"""
DESTROY = ("destroy", "web.yaml", "--auto-approve")


@pytest.fixture
def retired(call_cli: RunCli, tmp_path: Path) -> None:
    """Both servers are there, and one has left the file and is retired."""
    write_stack(tmp_path, PAIR)
    assert call_cli(*APPLY).code == 0
    write_stack(tmp_path, PAIR.replace("count: 2", "count: 1"))
    assert call_cli(*APPLY).code == 0


def read_states(call_cli: RunCli) -> list[tuple[str, bool, str]]:
    shown = call_cli("inventory", "--all", "--state", "--format", "json", "web.yaml")
    servers = json.loads(shown.out)["servers"]
    return [
        (s["key"], bool(s["retires"]), s["state"])
        for s in servers
        if s["hostname"] and s["stack"] == "pair"
    ]


@pytest.mark.usefixtures("retired")
def test_what_is_left_is_retired_and_what_waits_is_left_alone(call_cli: RunCli) -> None:
    first = call_cli(*DESTROY)
    assert (first.code, "2 steps done" in first.out + first.err) == (0, True)
    assert read_states(call_cli) == [("box-1", True, "Off"), ("box-2", True, "Off")]
    again = call_cli(*DESTROY)
    assert again.code == 0
    assert "(2 servers): retired, off" in again.out
    assert read_states(call_cli) == [("box-1", True, "Off"), ("box-2", True, "Off")]


@pytest.mark.usefixtures("retired")
def test_all_goes_at_once_where_that_is_asked_for(call_cli: RunCli) -> None:
    assert call_cli(*DESTROY, "--retire-now").code == 0
    assert read_states(call_cli) == []
