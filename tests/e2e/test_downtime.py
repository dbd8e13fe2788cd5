"""What the command calls downtime: time in which a server that runs does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.stacks import APPLY, BOX, IS_EMPTY, write_stack

OFF = BOX + '    power: "off"\n'


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_a_server_that_is_created_off_has_no_downtime_in_any_format(
    name: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, OFF)
    page = call_cli("plan", "web.yaml", "--format", name, env=sandbox_env)
    assert page.code == 0
    assert "DOWNTIME" not in page.out
    assert "class='downtime'" not in page.out.replace('"', "'")
    document = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env).out)
    (server,) = document["stacks"][0]["servers"]
    assert (server["action"], server["downtime"]) == ("create", False)


def test_a_running_server_that_is_switched_off_has_downtime(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, OFF.replace('"off"', "running"))
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, OFF)
    assert "DOWNTIME" in call_cli("plan", "web.yaml", env=sandbox_env).out
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    assert call_cli(*IS_EMPTY, env=sandbox_env).code == 0


def test_the_length_of_a_downtime_is_told_once_earlier_tasks_of_the_account_tell_it(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    offline = BOX + "    lifecycle: {resize: offline}\n"
    write_stack(tmp_path, offline)
    assert call_cli(*APPLY, env=sandbox_env).code == 0

    def plan(memory: int) -> dict[str, Any]:
        write_stack(tmp_path, offline.replace("memory: 2", f"memory: {memory}"))
        told = call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env)
        assert told.code == 0, told.err
        return dict(json.loads(told.out))

    first = plan(4)
    (server,) = first["stacks"][0]["servers"]
    assert (server["downtime"], server["downtime_seconds"]) == (True, None)
    unknown = {"servers": 1, "seconds": None, "longest_seconds": None}
    assert first["downtime_total"] == {**unknown, "unknown": [f"box/{server['key']}"]}
    assert first["stacks"][0]["downtime_total"] == {**unknown, "unknown": [server["key"]]}
    assert first["length"] == {
        "seconds": None,
        "unknown": ["shut down", "resize memory", "start"],
        "tasks": 0,
        "source": "sandbox",
    }
    assert call_cli(*APPLY, env=sandbox_env).code == 0

    second = plan(8)
    (server,) = second["stacks"][0]["servers"]
    seconds = server["downtime_seconds"]
    assert isinstance(seconds, int)
    assert seconds > 0
    assert second["downtime_total"] == {
        "servers": 1,
        "seconds": seconds,
        "longest_seconds": seconds,
        "unknown": [],
    }
    assert second["length"]["tasks"] == 2
    assert second["length"]["unknown"] == ["start"]
    text = call_cli("plan", "web.yaml", env=sandbox_env).out
    assert f"! DOWNTIME of about {seconds} s: shut down\n" in text
    assert f"! DOWNTIME on 1 server, about {seconds} s: " in text
    assert "Expected length of the apply: at least " in text


def test_a_plan_without_downtime_says_nothing_of_lengths(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    document = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=sandbox_env).out)
    assert not {"length", "downtime_total"} & document.keys()


def test_a_window_that_closes_before_the_downtime_is_over_is_a_warning(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    sandbox_env = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": "20"}
    offline = BOX + "    lifecycle: {resize: offline}\n"
    write_stack(tmp_path, offline)
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    write_stack(tmp_path, offline.replace("memory: 2", "memory: 4"))
    assert call_cli(*APPLY, env=sandbox_env).code == 0
    window = 'policy: {windows: [{for: [downtime], from: "02:00", to: "04:00"}]}\n'
    write_stack(tmp_path, window + offline.replace("memory: 2", "memory: 8"))

    late = call_cli("plan", "web.yaml", "--at", "2027-01-02T03:59:59Z", env=sandbox_env)
    assert late.code == 0, late.err
    assert "the window closes at Sat 2027-01-02 04:00 UTC, in 1 s; it is expected" in late.out
    early = call_cli("plan", "web.yaml", "--at", "2027-01-02T02:00Z", env=sandbox_env)
    assert early.code == 0, early.err
    assert "Expected length of the apply" in early.out
    assert "the window closes" not in early.out
