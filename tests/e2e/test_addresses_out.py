"""What was built flows into the tools that come next: addresses at the end, in every document."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.documents import validator_of
from tests.support.servers import end_tasks
from tests.support.stacks import APPLY, BOX, WEB, once, with_faults, write_stack

V4, V6 = ["198.18.0.13"], ["2001:db8:1200::d"]


def summary_of(text: str) -> dict[str, Any]:
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        validator_of("apply-event.schema.json").validate(event)
    last: dict[str, Any] = events[-1]
    assert last["type"] == "summary"
    return last


def test_an_apply_ends_with_the_addresses_of_what_it_made(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path)
    made = call_cli(*APPLY)
    head, *rows = made.out.splitlines()[-4:]
    assert head.split() == ["server", "hostname", "IPv4", "IPv6"]
    assert rows[0].split() == ["web-1", "vs10004", *V4, *V6]
    write_stack(tmp_path, WEB.replace("memory: 4", "memory: 8"))
    assert "hostname" not in call_cli(*APPLY).out


def test_only_those_of_several_stacks_that_were_made_are_named_with_their_stack(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    assert call_cli(*APPLY).code == 0
    write_stack(tmp_path, BOX, "box.yaml")
    both = ("apply", "web.yaml", "box.yaml", "--auto-approve")
    assert call_cli(*both).out.splitlines()[-1].split()[:2] == ["box/box", "vs10007"]
    servers = summary_of(call_cli(*both, "--format", "json").out)["servers"]
    assert sorted(servers) == ["box/box", "web/web-1", "web/web-2", "web/web-3"]


def test_the_summary_has_all_declared_servers_that_are_there(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    first = summary_of(call_cli(*APPLY, "--format", "json").out)
    assert first["servers"]["web-1"] == {"hostname": "vs10004", "ipv4": V4, "ipv6": V6}
    assert list(first["servers"]) == ["web-1", "web-2", "web-3"]
    again = summary_of(call_cli(*APPLY, "--format", "json").out)
    assert again["servers"] == first["servers"]
    gone = call_cli("destroy", "web.yaml", "--auto-approve", "--format", "json")
    assert summary_of(gone.out)["servers"] == {}


def test_where_nothing_was_read_at_the_end_only_what_is_known_is_told(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, WEB.replace("count: 3", "count: 1"))
    assert call_cli(*APPLY).code == 0
    env = with_faults(sandbox_env, tmp_path, once("create_server", {"failing_task": "no host"}))
    write_stack(tmp_path, WEB.replace("count: 3", "count: 2"))
    failed = call_cli(*APPLY, "--format", "json", env=env)
    assert failed.code == 1
    # What the failed create has left is not known: web-2 is not told as a server that is there.
    assert summary_of(failed.out)["servers"] == {
        "web-1": {"hostname": "vs10004", "ipv4": V4, "ipv6": V6}
    }
    assert "hostname" not in call_cli(*APPLY, env=env).out


def test_a_plan_and_a_drift_report_name_the_addresses_of_each_server(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    (created, *_) = json.loads(call_cli("plan", "web.yaml", "--format", "json").out)["stacks"][0][
        "servers"
    ]
    assert (created["ipv4"], created["ipv6"]) == (None, None)
    assert call_cli(*APPLY).code == 0
    write_stack(tmp_path, WEB.replace("memory: 4", "memory: 8"))
    plan = json.loads(call_cli("plan", "web.yaml", "--format", "json").out)
    first = plan["stacks"][0]["servers"][0]
    assert (first["ipv4"], first["ipv6"]) == (V4, V6)
    report = json.loads(call_cli("drift", "web.yaml", "--format", "json").out)
    validator_of("drift.schema.json").validate(report)
    drifted = report["stacks"][0]["drifted"][0]
    assert (drifted["ipv4"], drifted["ipv6"]) == (V4, V6)
    assert all(server["ipv4"] for server in report["unmanaged"])


def test_a_saved_plan_holds_them_and_is_applied(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path)
    assert call_cli(*APPLY).code == 0
    write_stack(tmp_path, WEB.replace("memory: 4", "memory: 8"))
    assert call_cli("plan", "web.yaml", "--out", "plan.json").code == 0
    saved = json.loads((tmp_path / "plan.json").read_text())
    assert saved["stacks"][0]["servers"][0]["ipv4"] == V4
    assert call_cli("apply", "plan.json").code == 0


@pytest.mark.parametrize("format_name", ["text", "json"])
def test_a_step_of_github_gets_the_servers_as_an_output(
    format_name: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    step = {
        **sandbox_env,
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    write_stack(tmp_path)
    for _ in range(2):  # what is there already is worth as much as what was made
        (tmp_path / "output").write_text("")
        assert call_cli(*APPLY, "--format", format_name, env=step).code == 0
        (line,) = [
            line for line in (tmp_path / "output").read_text().splitlines() if line[:1] == "{"
        ]
        assert json.loads(line)["web-1"] == {"hostname": "vs10004", "ipv4": V4, "ipv6": V6}
    page = (tmp_path / "summary.md").read_text()
    assert page.count("| `web-1` | `vs10004` | `198.18.0.13` | `2001:db8:1200::d` |") == 1


def test_a_server_of_an_interrupted_apply_is_named_by_the_one_that_settles_it(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    slow = once("create_server", {"stuck_task": True})
    cut = call_cli(*APPLY, "--timeout", "0.3", env=with_faults(sandbox_env, tmp_path, slow))
    assert cut.code == 1
    assert cut.out.splitlines()[-1].split() == ["box", "vs10004", "unknown", "unknown"]
    assert end_tasks(sandbox_env["CCLOUD_SANDBOX_DB"]) == 1
    again = call_cli(*APPLY)
    assert again.code == 0, again.err
    assert "No changes." in again.out
    assert again.out.splitlines()[-1].split()[:3] == ["box", "vs10004", "198.18.0.13"]
    assert "IPv4" not in call_cli(*APPLY).out, "they are told once"
