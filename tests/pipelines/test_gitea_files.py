"""The files for Gitea and Forgejo as they stand: valid, safe, and the same wherever they repeat."""

import re
import shutil
from pathlib import Path

import pytest

from ccloud_apply.model.classes import CLASSES
from tests.conftest import ROOT
from tests.pipelines.test_files import load
from tests.support.gitlab.component import Component
from tests.support.linters import lint

PIPELINE = ROOT / "integrations/gitea/pipeline/.gitea"
WORKFLOWS = sorted((PIPELINE / "workflows").glob("*.yml"))
ACTION = PIPELINE / "actions/ccloud-apply/action.yml"
OURS = "./.gitea/actions/ccloud-apply"


def test_the_files_fit_the_public_schemas_of_their_kinds() -> None:
    check = ("check-jsonschema", "--builtin-schema")
    lint(*check, "vendor.github-workflows", *map(str, WORKFLOWS))
    lint(*check, "vendor.github-actions", str(ACTION))


def test_an_auditor_of_workflows_finds_nothing() -> None:
    lint("zizmor", "--offline", "--no-progress", "--quiet", *map(str, [*WORKFLOWS, ACTION]))


def test_a_linter_of_workflows_finds_nothing(tmp_path: Path) -> None:
    """It knows them below `.github` alone."""
    shutil.copytree(PIPELINE, tmp_path / ".gitea")
    shutil.copytree(PIPELINE / "workflows", tmp_path / ".github/workflows")
    (tmp_path / ".git").mkdir()
    lint("actionlint", "-no-color", folder=tmp_path)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_our_action_alone_and_asks_for_no_more_than_it_needs(path: Path) -> None:
    workflow = load(path)
    assert "pull_request_target" not in workflow["on"]
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"]["contents"] == "read"
    assert job["permissions"].keys() <= {"contents", "pull-requests"}
    assert int(job["timeout-minutes"]) <= 120
    assert "environment" not in job  # which Gitea ignores: its secrets would seem to be kept
    for step in job["steps"]:
        assert step.get("uses", OURS) == OURS
        assert "${{" not in step.get("run", "")


def test_credentials_reach_the_step_of_our_action_alone_and_never_beside_the_files_of_a_fork() -> (
    None
):
    for path in WORKFLOWS:
        (job,) = load(path)["jobs"].values()
        assert "secrets." not in str({**job, "steps": []})
        for step in job["steps"]:
            if "secrets." in str(step):
                assert step["uses"] == OURS
                assert "secrets." not in str(step["with"])
                if path.name == "ccloud-plan.yml":
                    own = "github.event.pull_request.head.repo.full_name == github.repository"
                    assert f"&& {own}" in step["if"]
                    assert "||" not in step["if"]


def test_credentials_that_write_are_given_to_jobs_of_the_branch_that_is_applied_alone() -> None:
    for path in WORKFLOWS:
        (job,) = load(path)["jobs"].values()
        writes = "secrets.CCLOUD_CLIENT_SECRET" in str(job)
        assert writes == (path.name in ("ccloud-apply.yml", "ccloud-nightly.yml"))
        assert not writes or job["if"] == "github.ref == 'refs/heads/DEFAULT_BRANCH'"


def test_what_starts_a_check_that_may_be_required_is_filtered_by_nothing() -> None:
    types = ["opened", "synchronize", "reopened", "edited"]
    on = load(PIPELINE / "workflows/ccloud-plan.yml")["on"]
    assert on == {"pull_request": {"types": types}}


def test_applies_are_in_one_group_and_none_is_cut_off() -> None:
    apply, nightly = (
        load(PIPELINE / f"workflows/{name}.yml")["concurrency"]
        for name in ("ccloud-apply", "ccloud-nightly")
    )
    assert apply == nightly == {"group": "ccloud-apply", "cancel-in-progress": "false"}


def test_every_job_checks_out_in_the_same_way() -> None:
    steps = {
        path.stem: next(iter(load(path)["jobs"].values()))["steps"][0]["run"] for path in WORKFLOWS
    }
    more = ' ${MERGE_BASE:+"$MERGE_BASE"}'
    assert steps["ccloud-plan"].replace(more, "") == steps["ccloud-drift"]
    assert steps["ccloud-apply"] == steps["ccloud-nightly"]


def test_jobs_run_in_the_image_of_gitlabs_jobs_which_is_pinned() -> None:
    images = {next(iter(load(path)["jobs"].values()))["container"]["image"] for path in WORKFLOWS}
    component = Component.read(ROOT / "templates/ccloud-apply/template.yml")
    assert images == {component.header["inputs"]["image"]["default"]}
    assert re.fullmatch(r"python:3\.\d+-[a-z]+@sha256:[0-9a-f]{64}", images.pop())


def test_no_class_that_loses_data_is_allowed_after_a_merge() -> None:
    text = (PIPELINE / "workflows/ccloud-apply.yml").read_text()
    assert "inputs.allow || 'create,update,adopt'" in text
    by_hand = load(PIPELINE / "workflows/ccloud-apply.yml")["on"]["workflow_dispatch"]["inputs"]
    named = {*by_hand["allow"]["default"].split(",")}
    assert named < {*CLASSES}
    assert not {"destroy", "replace", "reinstall"} & named
