"""plan, apply and destroy from end to end, in process and over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli, StartCli
from tests.support.fleet import read_until, run_to_end
from tests.support.servers import STILL, end_tasks
from tests.support.stacks import WEB, write_stack


@pytest.fixture(params=["in process", "over http"])
def env(request: pytest.FixtureRequest) -> dict[str, str]:
    name = "sandbox_env" if request.param == "in process" else "http_env"
    value: dict[str, str] = request.getfixturevalue(name)
    return value


def test_a_stack_is_planned_applied_changed_and_destroyed(
    run_cli: RunCli, tmp_path: Path, env: dict[str, str]
) -> None:
    stack = write_stack(tmp_path)
    planned = run_cli("plan", stack, env=env)
    assert planned.code == 0, planned.err
    assert "web-1" in planned.out

    applied = run_cli("apply", stack, "--auto-approve", env=env)
    assert applied.code == 0, applied.err
    assert "Apply complete: 6 steps done" in applied.err
    again = run_cli("plan", stack, "--detailed-exitcode", env=env)
    assert again.code == 0, again.out

    changed = run_cli("apply", stack, "--auto-approve", "--var", "size=4", env=env)
    assert changed.code == 0, changed.err
    assert run_cli("plan", stack, "--var", "size=4", "--detailed-exitcode", env=env).code == 0

    gone = run_cli("destroy", stack, "--auto-approve", env=env)
    assert gone.code == 0, gone.err
    assert run_cli("destroy", stack, "--auto-approve", env=env).code == 0


def test_apply_without_a_terminal_needs_auto_approve_and_changes_nothing(
    run_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    for stdin in (None, "yes\n"):
        ended = run_cli("apply", stack, stdin=stdin)
        assert ended.code == 1
        assert "--auto-approve" in ended.err
    assert run_cli("plan", stack, "--detailed-exitcode").code == 2


def test_nothing_to_do_needs_nobody_to_approve(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    assert call_cli("apply", stack).code == 0


def test_results_and_progress_have_a_stream_each(call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli("apply", write_stack(tmp_path), "--auto-approve")
    assert "web-1" in ended.out
    assert "Apply complete" not in ended.out
    assert "Apply complete" in ended.err
    assert "\x1b" not in ended.out + ended.err


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_apply_as_json_is_one_event_a_line(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    ended = call_cli("apply", stack, "--auto-approve", "--format", "json")
    told = events(ended.out)
    assert {"type", "time", "stack", "server", "step"} <= set.intersection(*map(set, told))
    assert told[0]["type"] == "plan"
    assert told[0]["plan"]["stacks"][0]["summary"]["create"] == 3
    summary = told[-1]
    assert summary["type"] == "summary"
    assert summary["converged"] is True
    assert summary["failed"] == summary["skipped"] == 0
    completed = [event for event in told if event["type"] == "step_complete"]
    assert summary["done"] == len(completed)
    assert {event["server"] for event in completed} == {"web-1", "web-2", "web-3"}

    told = events(call_cli("apply", stack, "--format", "json").out)
    assert [event["type"] for event in told] == ["plan", "summary"]
    assert told[-1]["converged"] is True


def test_json_is_complete_for_errors_too(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, "stack: web\nservers:\n  web: {coers: 2}\n")
    document = json.loads(call_cli("plan", stack, "--format", "json").out)
    assert document["format_version"] == "1.0"
    (error,) = document["errors"]
    assert {"code", "path", "line", "column", "where", "what", "hint"} == set(error)
    assert (error["path"], error["line"]) == ("web.yaml", 3)

    checked = json.loads(call_cli("validate", stack, "--format=json").out)
    assert checked["valid"] is False
    assert checked["errors"] == document["errors"]

    (event,) = events(call_cli("apply", stack, "--format", "json").out)
    assert event["type"] == "error"
    (event,) = events(call_cli("apply", "--nope", stack, "--format", "json").out)
    assert event["type"] == "error"
    wrong = json.loads(call_cli("plan", "--nope", stack, "--format", "json").out)
    assert wrong["errors"][0]["code"] == "usage"


def test_options_of_the_connection_stand_before_or_after_the_command(
    call_cli: RunCli, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    stack = write_stack(tmp_path)
    env = {**clean_env, "CCLOUD_SANDBOX_DB": str(tmp_path / "x.db")}
    assert call_cli("plan", stack, env=env).code == 1
    assert call_cli("--sandbox", "-v", "plan", stack, env=env).code == 0
    assert call_cli("plan", stack, "--sandbox", "-v", env=env).code == 0
    assert call_cli("plan", "--endpoint", "sandbox", stack, env=env).code == 0


def test_variables_from_flag_file_and_environment_win_in_that_order(
    call_cli: RunCli, tmp_path: Path, sandbox_env: dict[str, str]
) -> None:
    stack = write_stack(tmp_path)
    (tmp_path / "values.yaml").write_text("size: 6\n", encoding="utf-8")
    env = {**sandbox_env, "CCLOUD_VAR_size": "8"}

    def cores(*arguments: str, env: dict[str, str]) -> Any:
        ended = call_cli("plan", stack, "--format", "json", *arguments, env=env)
        server = json.loads(ended.out)["stacks"][0]["servers"][0]
        return next(c["after"] for c in server["changes"] if c["field"] == "cores")

    assert cores(env=sandbox_env) == 2
    assert cores(env=env) == 8
    assert cores("--var-file", "values.yaml", env=env) == 6
    assert cores("--var-file", "values.yaml", "--var", "size=4", env=env) == 4


def test_the_embedded_api_keeps_its_data_to_its_owner(
    call_cli: RunCli, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    assert call_cli("catalog", "pools", "--sandbox", env=clean_env).code == 0
    folder = tmp_path / ".ccloud-apply"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "sandbox.db").stat().st_mode & 0o777 == 0o600


def test_a_sandbox_file_that_is_none_is_an_error_with_a_way_out(
    call_cli: RunCli, tmp_path: Path, sandbox_env: dict[str, str]
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are my notes, and no database at all " * 50, encoding="utf-8")
    ended = call_cli("catalog", "pools", env={**sandbox_env, "CCLOUD_SANDBOX_DB": str(file)})
    assert ended.code == 1
    assert "CCLOUD_SANDBOX_DB" in ended.err
    assert file.read_text(encoding="utf-8").startswith("these are my notes")


def test_target_limits_the_apply(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("apply", stack, "--auto-approve", "--target", "web-1").code == 0
    document = json.loads(call_cli("plan", stack, "--format", "json").out)
    assert document["stacks"][0]["summary"]["create"] == 2


def test_several_stacks_are_one_apply(call_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    write_stack(tmp_path / "stacks")
    write_stack(tmp_path / "stacks", WEB.replace("stack: web", "stack: api"), "api.yml")
    ended = call_cli("apply", "stacks", "--auto-approve", "--format", "json")
    assert ended.code == 0, ended.err
    assert {event["stack"] for event in events(ended.out) if event["step"]} == {"api", "web"}


def test_a_server_that_somebody_else_works_on_is_waited_for(
    call_cli: RunCli, start_cli: StartCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    slow = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": str(STILL)}
    hasty = ("apply", stack, "--auto-approve", "--timeout", "0.1", "--var", "size=4")
    assert call_cli(*hasty, env=slow).code == 1
    process = start_cli("apply", stack, "--auto-approve", "--var", "size=6")
    read_until(process.stderr, "waiting for task")
    end_tasks(sandbox_env["CCLOUD_SANDBOX_DB"])
    ended = run_to_end(process)
    assert ended.code == 0, ended.err
    assert "4 -> 6" in ended.out, "the plan that is shown is the one after waiting"


def test_waiting_for_somebody_else_ends_with_the_timeout_and_changes_nothing(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    stuck = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": "0"}
    hasty = ("apply", stack, "--auto-approve", "--timeout", "0.1", "--var", "size=4")
    assert call_cli(*hasty, env=stuck).code == 1
    elsewhere = {**stuck, "CCLOUD_WORK_DIR": str(tmp_path / "another")}
    ended = call_cli(*hasty, env=elsewhere)
    assert ended.code == 1
    assert "web-1 (vs10004) is not compared: vs10004 is busy with task" in ended.err
    assert "nothing was changed" in ended.err


def test_a_task_of_an_earlier_run_that_goes_on_and_on_changes_nothing_else(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    stuck = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": "0"}
    hasty = ("apply", stack, "--auto-approve", "--timeout", "0.1", "--var", "size=4")
    assert call_cli(*hasty, env=stuck).code == 1
    ended = call_cli(*hasty, env=stuck)
    assert ended.code == 1
    assert "of an earlier run is still running after 0.1 s; nothing was changed" in ended.err
