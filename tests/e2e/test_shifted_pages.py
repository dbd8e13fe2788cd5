"""A server that slips to an earlier page while another one comes: the total is the same, and the
server is in no page. It is never created twice, and never called missing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.box import count_tasks
from tests.support.stacks import APPLY, IS_EMPTY, WEB, write_stack

SWAP = "rules: [{operation: list_servers, fault: {page_shift: swap}}]\n"
SCHEDULED = WEB.replace(
    "    disks: [50]\n", "    disks: [50]\n    scheduled_snapshots: {frequency: 6}\n"
)


@pytest.fixture
def env(clean_env: dict[str, str], serve: Callable[..., str], tmp_path: Path) -> dict[str, str]:
    """A sandbox with pages of four, of which the second always begins one row too late: the second
    server of the stack is in none."""
    faults = tmp_path / "swap.faults"
    faults.write_text(SWAP)
    size = ("--reading", "page_limit=4", "--reading", "max_page_limit=4")
    write_stack(tmp_path, SCHEDULED)
    return {
        **clean_env,
        "CCLOUD_ENDPOINT": serve("--faults", str(faults), *size),
        "CCLOUD_TOKEN": "sandbox-shift",
        "CCLOUD_SETTLE": "0",
        "CCLOUD_GRACE": "2",
    }


def test_no_command_takes_the_server_for_one_that_is_not_there(
    env: dict[str, str], call_cli: RunCli
) -> None:
    first = call_cli(*APPLY, env=env)
    assert first.code == 0, first.err
    assert call_cli(*IS_EMPTY, env=env).code == 0
    assert call_cli(*APPLY, env=env).code == 0
    assert count_tasks(call_cli, env)["create-server"] == 3
    drift = call_cli("drift", "web.yaml", "--format", "json", env=env)
    assert (drift.code, json.loads(drift.out)["stacks"][0]["missing"]) == (0, [])
    exported = call_cli("export", "--tag", "stack:web", env=env)
    assert exported.out.count("scheduled_snapshots") == 3, exported.err
    destroyed = call_cli("destroy", "web.yaml", "--auto-approve", env=env)
    assert destroyed.code == 0, destroyed.err
    assert "3 servers" in destroyed.out
    left = json.loads(call_cli("drift", "web.yaml", "--format", "json", env=env).out)
    assert len(left["stacks"][0]["missing"]) == 3
