"""The contract's exit codes, one by one, over the command as a process."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import EMPTY, WEB, write_stack

BROKEN = "stack: web\nservers:\n  web: {coers: 2}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["plna"],
        ["plan"],
        ["plan", "--nope", "web.yaml"],
        ["plan", "--format", "xml", "web.yaml"],
        ["plan", "--allow-destroy", "-1", "web.yaml"],
        ["apply", "--allow-destroy", "-1", "web.yaml"],
        ["plan", "--var", "size", "web.yaml"],
        ["plan", "--var", "sise=4", "web.yaml"],
        ["plan", "nowhere.yaml"],
        ["plan", "--endpoint", "http://ccenter.example", "web.yaml"],
        ["--sandbox", "plan", "--endpoint", "https://ccenter.example", "web.yaml"],
        ["apply", "--parallelism", "0", "web.yaml"],
        ["apply", "--allow", "evrything", "web.yaml"],
        ["catalog"],
        ["catalog", "dogs"],
        ["tasks", "abc"],
        ["tasks", "99999"],
        ["show", "web.yaml"],
        ["show", "nowhere.json"],
        ["sandbox"],
        ["validate"],
    ],
    ids=" ".join,
)
def test_every_error_is_1_and_never_2(
    arguments: list[str], call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    ended = call_cli(*arguments)
    assert ended.code == 1
    assert "Traceback" not in ended.err
    if arguments:
        assert ended.err.startswith("error: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["apply", "web.yaml", "--timeout"],
        ["destroy", "web.yaml", "--lock-timeout"],
        ["tasks", "1", "--timeout"],
        ["sandbox", "serve", "--speed"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("number", ["nan", "inf", "1e999", "-inf"])
def test_what_is_no_finite_number_is_in_no_range_and_the_error_names_the_option(
    number: str, arguments: list[str], call_cli: RunCli
) -> None:
    ended = call_cli(*arguments, number)
    assert ended.code == 1
    assert ended.err.startswith(f"error: Invalid value for '{arguments[-1]}': ")


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "destroy"])
def test_a_broken_stack_is_1_and_says_where(command: str, call_cli: RunCli, tmp_path: Path) -> None:
    ended = call_cli(command, write_stack(tmp_path, BROKEN))
    assert ended.code == 1
    assert "error: web.yaml:3:9: " in ended.err
    assert "cores" in ended.err


def test_changes_are_0_without_and_2_with_detailed_exitcode(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    assert call_cli("plan", stack).code == 0
    assert call_cli("plan", stack, "--detailed-exitcode").code == 2
    assert call_cli("plan", stack, "--detailed-exitcode", "--format", "json").code == 2
    assert call_cli("apply", stack, "--auto-approve").code == 0
    assert call_cli("plan", stack, "--detailed-exitcode").code == 0


def test_an_empty_stack_is_held_in_plan_and_apply_alike(call_cli: RunCli, tmp_path: Path) -> None:
    call_cli("apply", write_stack(tmp_path), "--auto-approve")
    stack = write_stack(tmp_path, EMPTY)
    for command in (["plan"], ["plan", "--detailed-exitcode"], ["apply", "--auto-approve"]):
        ended = call_cli(*command, stack)
        assert ended.code == 3, ended.err
        assert call_cli(*command, stack, "--format", "json").code == 3
    write_stack(tmp_path)
    assert call_cli("plan", stack, "--detailed-exitcode").code == 0


def test_a_class_that_is_not_allowed_is_held(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    held = call_cli("apply", stack, "--auto-approve", "--allow", "update,downtime")
    assert held.code == 3
    assert '"create"' in held.err
    assert "web-1" in held.err
    assert "nothing was changed" in held.err
    assert (
        json.loads(call_cli("plan", stack, "--format", "json").out)["stacks"][0]["summary"][
            "create"
        ]
        == 3
    )
    assert call_cli("apply", stack, "--auto-approve", "--allow", "create").code == 0


def test_a_failed_step_is_1_after_all_that_did_not_depend_on_it(
    call_cli: RunCli, tmp_path: Path
) -> None:
    text = WEB + "  broken:\n    cores: 2\n    memory: 4\n    disks: [50]\n"
    stack = write_stack(tmp_path, text + "    rollouts: [no_such_rollout]\n")
    unchecked = ("--no-checks", "CCA120")
    ended = call_cli("apply", stack, "--auto-approve", *unchecked)
    assert ended.code == 1
    assert "broken" in ended.err
    assert "6 steps done, 1 failed" in ended.err
    again = json.loads(call_cli("plan", stack, "--format", "json", *unchecked).out)
    summary = again["stacks"][0]["summary"]
    assert (summary["create"], summary["unchanged"]) == (1, 3)


def test_destroy_is_0_and_then_there_is_nothing_to_do(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    assert call_cli("destroy", stack, "--auto-approve").code == 0
    again = call_cli("destroy", stack, "--auto-approve")
    assert again.code == 0
    assert call_cli("plan", stack, "--detailed-exitcode").code == 2


def test_a_protected_server_holds_a_destroy(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path, WEB + "    lifecycle: {prevent_destroy: true}\n")
    assert call_cli("apply", stack, "--auto-approve").code == 0
    for command in (["destroy", "--auto-approve"], ["plan", "--destroy"]):
        held = call_cli(*command, stack)
        assert held.code == 3
        assert "prevent_destroy" in held.out
    events = call_cli("destroy", stack, "--auto-approve", "--format", "json")
    assert events.code == 3
    told = [json.loads(line) for line in events.out.splitlines()]
    assert {event["type"] for event in told} == {"plan", "error"}
