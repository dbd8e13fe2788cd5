"""Commands in a step of GitHub Actions: the step's page, its outputs, annotations."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import EMPTY, WEB, write_stack


@pytest.fixture
def step(sandbox_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a step; its files are beside the stacks."""
    return {
        **sandbox_env,
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }


def outputs(step: dict[str, str]) -> dict[str, str]:
    text = Path(step["GITHUB_OUTPUT"]).read_text(encoding="utf-8")
    found = re.findall(r"(\w+)<<(ghadelimiter_\S+)\n(.*?)\n\2\n", text, re.DOTALL)
    return {name: value for name, _, value in found}


def summary(step: dict[str, str]) -> str:
    return Path(step["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")


def test_a_plan_is_on_the_steps_page_and_its_numbers_are_outputs(
    call_cli: RunCli, step: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    ended = call_cli("plan", stack, "--detailed-exitcode", "--out", "plan.json", env=step)
    assert ended.code == 2
    assert "### ccloud-apply plan: 3 to create" in summary(step)
    found = outputs(step)
    digest = json.loads((tmp_path / "plan.json").read_text())["digest"]
    assert found == {
        "changes": "true",
        "held": "false",
        "create": "3",
        "update": "0",
        "replace": "0",
        "reinstall": "0",
        "retire": "0",
        "restore": "0",
        "retired": "0",
        "deferred": "0",
        "destroy": "0",
        "adopt": "0",
        "unchanged": "0",
        "not_compared": "0",
        "destroys_data": "0",
        "plan_file": "plan.json",
        "plan_digest": digest,
        "exit_code": "2",
    }


def test_an_apply_adds_how_it_ended(call_cli: RunCli, step: dict[str, str], tmp_path: Path) -> None:
    ended = call_cli("apply", write_stack(tmp_path), "--auto-approve", "--format", "json", env=step)
    assert ended.code == 0
    assert [json.loads(line)["type"] for line in ended.out.splitlines()][-1] == "summary"
    assert "Apply complete: 6 steps done" in summary(step)
    assert outputs(step)["exit_code"] == "0"


def test_drift_is_on_the_page_and_an_output(
    call_cli: RunCli, step: dict[str, str], tmp_path: Path
) -> None:
    assert call_cli("drift", write_stack(tmp_path), env=step).code == 2
    assert "ccloud-apply:drift" in summary(step)
    assert outputs(step) == {"drift": "true", "exit_code": "2"}


def test_a_mistake_in_a_file_stands_beside_its_line(
    call_cli: RunCli, step: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, WEB.replace("memory: 4", "memory: four"))
    ended = call_cli("validate", "web.yaml", "--format", "json", env=step)
    assert ended.code == 1
    json.loads(ended.out)
    (line,) = [line for line in ended.err.splitlines() if line.startswith("::")]
    assert line.startswith("::error file=web.yaml,line=12,col=13,title=ccloud-apply%3A ")
    assert outputs(step) == {"exit_code": "1"}


def test_a_guard_stands_beside_its_stack(
    call_cli: RunCli, step: dict[str, str], tmp_path: Path
) -> None:
    assert call_cli("apply", write_stack(tmp_path), "--auto-approve").code == 0
    write_stack(tmp_path, EMPTY)
    ended = call_cli("plan", "web.yaml", env=step)
    assert ended.code == 3
    assert "::error file=web.yaml,line=" in ended.err
    assert outputs(step)["held"] == "true"


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_a_file_of_the_runner_that_cannot_be_written_fails_nothing(
    name: str, call_cli: RunCli, step: dict[str, str], tmp_path: Path
) -> None:
    step[name] = str(tmp_path / "no" / "folder")
    ended = call_cli("apply", write_stack(tmp_path), "--auto-approve", env=step)
    assert ended.code == 0
    assert "cannot be written" in ended.err


def test_a_page_that_is_full_is_left_as_it_is(
    call_cli: RunCli, step: dict[str, str], tmp_path: Path
) -> None:
    Path(step["GITHUB_STEP_SUMMARY"]).write_text("x" * 950_000)
    ended = call_cli("plan", write_stack(tmp_path), env=step)
    assert ended.code == 0
    assert "summary is full" in ended.err
    assert len(summary(step)) == 950_000


def test_elsewhere_nothing_of_this_happens(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, WEB.replace("memory: 4", "memory: four"))
    assert "::error" not in call_cli("validate", "web.yaml").err
