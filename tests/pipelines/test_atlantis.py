"""The workflow for Atlantis, run as it stands, by the documented rules of its steps."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.command import write_command
from tests.support.stacks import WEB

WORKFLOW = yaml.safe_load((ROOT / "integrations/atlantis/repos.yaml").read_text())["workflows"]
PROJECT = "project: shop\nenvironments: {prod: {}, staging: {}}\n"


@dataclass(frozen=True)
class Shown:
    """What a comment shows of a stage; `failed` where it stopped."""

    failed: bool
    text: str


class Server:
    """An Atlantis server with one pull request, whose plans outlive the checkout's steps."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.stacks = folder / "repository" / "stacks"
        self.stacks.mkdir(parents=True)
        (self.stacks / "web.yaml").write_text(WEB)
        self.plan_file = folder / "shop-default.tfplan"
        self.show_file = folder / "shop-default.json"
        commands = write_command(folder / "bin")
        self.environment = {
            **environment,
            "CCLOUD_READ_CLIENT_ID": environment["CCLOUD_CLIENT_ID"],
            "CCLOUD_READ_CLIENT_SECRET": environment["CCLOUD_CLIENT_SECRET"],
            "CCLOUD_WORK_DIR": str(folder / "work"),
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "PLANFILE": str(self.plan_file),
            "SHOWFILE": str(self.show_file),
        }

    def run(self, stage: str, workspace: str = "default") -> Shown:
        """`env` steps count for the steps behind them; any exit code but 0 is the end."""
        variables = {**self.environment, "WORKSPACE": workspace}
        shown = ""
        for step in WORKFLOW["ccloud"][stage]["steps"]:
            ((kind, told),) = step.items()
            if kind == "env" and "value" in told:
                variables[told["name"]] = told["value"]
                continue
            command = told if isinstance(told, str) else told["command"]
            ended = subprocess.run(
                ["sh", "-c", command],
                cwd=self.stacks,
                env={**variables, "CCLOUD_SETTLE": "0"},
                capture_output=True,
                text=True,
                check=False,
            )
            if ended.returncode:
                return Shown(True, shown + ended.stdout + ended.stderr)
            if kind == "env":
                variables[told["name"]] = ended.stdout
            elif isinstance(told, str) or told.get("output") != "hide":
                shown += ended.stdout + ended.stderr
        return Shown(False, shown)


@pytest.fixture
def server(tmp_path: Path, http_env: dict[str, str]) -> Server:
    return Server(tmp_path, http_env)


def test_from_a_plan_that_policies_read_to_an_apply_of_exactly_that_plan(server: Server) -> None:
    planned = server.run("plan")
    assert not planned.failed, planned.text
    assert "Plan: 3 to create" in planned.text
    assert "resource_changes" not in planned.text
    assert len(json.loads(server.show_file.read_text())["resource_changes"]) == 3
    applied = server.run("apply")
    assert not applied.failed, applied.text
    assert "Apply complete" in applied.text
    twice = server.run("apply")
    assert twice.failed
    assert "stale plan" in twice.text


def test_a_mistake_ends_the_plan_with_its_place(server: Server) -> None:
    (server.stacks / "web.yaml").write_text("stack: web\nservers: {web: {cores: many}}\n")
    planned = server.run("plan")
    assert planned.failed
    assert "web.yaml:2:" in planned.text
    assert not server.plan_file.exists()


def test_a_plan_is_made_with_credentials_that_may_only_read(server: Server) -> None:
    for name in ("CCLOUD_CLIENT_ID", "CCLOUD_CLIENT_SECRET"):
        del server.environment[name]
    planned = server.run("plan")
    assert not planned.failed, planned.text
    applied = server.run("apply")
    assert applied.failed
    assert "CCLOUD_CLIENT_ID" in applied.text
    del server.environment["CCLOUD_READ_CLIENT_SECRET"]
    missing = server.run("plan")
    assert missing.failed
    assert "CCLOUD_READ_CLIENT_SECRET: is not set in the environment of the server" in missing.text


@pytest.mark.parametrize("stage", ["plan", "apply"])
def test_an_option_in_a_comment_is_refused_and_not_left_out(server: Server, stage: str) -> None:
    assert not server.run("plan").failed
    server.environment["COMMENT_ARGS"] = r"\-\-\t\a\r\g\e\t,\w\e\b"
    ended = server.run(stage)
    assert ended.failed
    assert "options in a comment are not supported" in ended.text


def test_the_workspace_is_the_environment_of_the_project(server: Server) -> None:
    (server.stacks.parent / "ccloud-apply.yaml").write_text(PROJECT)
    (server.stacks / "web.yaml").write_text(WEB.replace("stack: web", 'stack: "web-${env}"'))
    planned = server.run("plan", "prod")
    assert not planned.failed, planned.text
    assert "Stack web-prod" in planned.text
    unknown = server.run("plan", "nowhere")
    assert unknown.failed
    assert "nowhere" in unknown.text
