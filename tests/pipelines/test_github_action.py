"""The action alone: its inputs and outputs, how it is installed, several environments."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.github_runner.host import Host, pull_request
from tests.support.github_runner.machine import JobRun
from tests.support.github_runner.workflow import run_workflow
from tests.support.stacks import WEB

STEP_ENV = {
    "CCLOUD_CLIENT_ID": "${{ secrets.CCLOUD_CLIENT_ID }}",
    "CCLOUD_CLIENT_SECRET": "${{ secrets.CCLOUD_CLIENT_SECRET }}",
}


def use(host: Host, job: Mapping[str, Any] | None = None, **inputs: str) -> dict[str, JobRun]:
    """A workflow of a person's own, with one step of our action (underscores for hyphens)."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    names = ("exit-code", "changes", "held", "create", "plan-digest", "plan-file", "servers")
    steps = [
        {
            "uses": "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd",
            "with": {"persist-credentials": False},
        },
        {"id": "it", "uses": "./.github/actions/ccloud-apply", "with": given, "env": STEP_ENV},
    ]
    whole = {
        "environment": "ccloud-production",
        "permissions": {"pull-requests": "write"},
        "outputs": {name: f"${{{{ steps.it.outputs.{name} }}}}" for name in names},
        **(job or {}),
        "steps": steps,
    }
    workflow = {"name": "own", "on": {"pull_request": None}, "jobs": {"own": whole}}
    if "change" not in host.git("branch", "--list", "change"):
        host.git("branch", "change", "main")
    host.git("checkout", "--quiet", "change")
    host.commit({".github/workflows/own.yml": json.dumps(workflow)})
    ran = run_workflow(host, "own", pull_request(host, "change"))
    assert ran is not None
    return ran.jobs


def use_one(host: Host, **inputs: str) -> JobRun:
    """The same with one job."""
    (job,) = use(host, None, **inputs).values()
    return job


def test_outputs_tell_what_a_step_behind_it_may_ask(host: Host) -> None:
    planned = use_one(host, command="plan", plan_file="mine.json")
    assert planned.result == "success", planned.log
    assert (planned.outputs["changes"], planned.outputs["create"]) == ("true", "3")
    assert planned.outputs["plan-file"] == "mine.json"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", planned.outputs["plan-digest"])
    applied = use_one(host, command="auto-apply", options="--allow\ncreate")
    assert applied.outputs["exit-code"] == "0", applied.log
    assert sorted(json.loads(applied.outputs["servers"])) == ["web-1", "web-2", "web-3"]


def test_what_is_installed_is_locked_and_sees_no_secret(host: Host) -> None:
    lines = use_one(host, command="plan").pip.splitlines()
    assert len(lines) == 3
    assert all("--require-hashes" in line for line in lines[:2])
    assert "--no-index" in lines[2]


def test_what_is_downloaded_is_kept_for_the_next_job(host: Host) -> None:
    first, second = (use_one(host, command="plan") for _ in range(2))
    assert "pip has downloads" not in first.pip
    assert "pip has downloads" in second.pip
    (key,) = host.caches
    assert re.fullmatch(r"ccloud-apply-Linux-X64-3\.\d+-[0-9a-f]{16}", key)
    without = use_one(host, command="plan", cache="false")
    assert without.result == "success"
    assert "pip has downloads" not in without.pip


def test_where_nothing_can_be_installed_the_comment_says_so(host: Host) -> None:
    host.environment = {**host.environment, "FAKE_PIP_FAILS": "yes"}
    ran = use_one(host, command="plan", comment="true")
    assert ran.result == "failure"
    assert "failed (it did not start)" in host.api.bodies()[0]


def test_an_old_python_is_an_error_that_names_the_way_out(host: Host, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\ncase "$*" in *3,*11*) exit 1 ;; *) echo 3.9 ;; esac\n')
    old.chmod(0o755)
    ran = use_one(host, command="validate", python=str(old))
    assert ran.result == "failure"
    assert "is not Python 3.11 or later" in ran.log
    assert "actions/setup-python" in ran.log


def test_no_python_at_all_is_the_same_error(host: Host) -> None:
    ran = use_one(host, command="validate", python="python-that-is-none")
    assert ran.result == "failure"
    assert "python-that-is-none is not Python 3.11 or later" in ran.log


def test_each_environment_of_a_matrix_has_a_comment_of_its_own(host: Host) -> None:
    host.git("checkout", "--quiet", "-b", "change")
    host.commit(
        {
            "ccloud-apply.yaml": "project: shop\nenvironments:\n  staging: {variables: {size: 1}}\n"
            "  prod: {variables: {size: 4}}\n",
            "stacks/web.yaml": WEB.replace("stack: web", 'stack: "web-${env}"'),
        }
    )
    job = {
        "strategy": {"matrix": {"env": ["staging", "prod"]}},
        "env": {"CCLOUD_ENV": "${{ matrix.env }}"},
    }
    for _ in range(2):
        ran = use(host, job, command="plan", comment="true")
        assert {name: one.result for name, one in ran.items()} == {
            "own (staging)": "success",
            "own (prod)": "success",
        }
    staging, prod = host.api.bodies()
    assert staging.startswith(
        "<!-- ccloud-apply:pull-request staging -->\n### ccloud-apply plan: 3"
    )
    assert "web-prod" in prod


def test_a_plan_that_costs_more_than_its_policy_allows_says_by_how_much(host: Host) -> None:
    host.git("checkout", "--quiet", "-b", "change")
    text = WEB.replace("defaults:", "policy: {max_monthly_cost: 10}\ndefaults:")
    host.commit({"stacks/web.yaml": text})
    ran = use_one(host, command="plan", comment="true")
    assert (ran.result, ran.outputs["held"], ran.outputs["exit-code"]) == ("failure", "true", "3")
    (body,) = host.api.bodies()
    assert "71.00 above policy.max_monthly_cost" in body
    applied = use_one(host, command="auto-apply")
    assert applied.outputs["exit-code"] == "3"
    assert "create server" not in applied.log


def test_without_a_saved_plan_nothing_is_applied(host: Host) -> None:
    ran = use_one(host, command="apply")
    assert ran.result == "failure"
    assert "the saved plan ccloud-plan.json does not exist: nothing was applied" in ran.log


def test_words_of_an_input_are_neither_split_nor_expanded(host: Host) -> None:
    folder = "my $(touch hacked) stacks"
    host.git("checkout", "--quiet", "-b", "change")
    host.commit({f"{folder}/web.yaml": WEB})
    ran = use_one(host, command="validate", paths=f"{folder}\n\n")
    assert ran.result == "success", ran.log
    assert use_one(host, command="evil; touch hacked").result == "failure"
    assert not list(host.work.rglob("hacked"))
