"""Which jobs of the GitLab component run when, and which credentials they are given."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccloud_apply.home import REPOSITORY_URL
from ccloud_apply.model.classes import CLASSES
from tests.conftest import ROOT
from tests.support.gitlab.component import Component, InvalidInput
from tests.support.gitlab.event import (
    FORK,
    Event,
    by_hand,
    merge_request,
    push,
    schedule,
    tag,
)
from tests.support.gitlab.pipeline import (
    NoPipeline,
    Variable,
    can_start,
    create_pipeline,
    pipeline_status,
)
from tests.support.linters import lint

COMMIT = "a" * 40
STACK = "stacks/shop/web.yaml"
COMPONENT = Component.read(ROOT / "templates/ccloud-apply/template.yml")

SETTINGS = (
    Variable("CCLOUD_CLIENT_SECRET", "may-read", scope="ccloud-read"),
    Variable("CCLOUD_CLIENT_SECRET", "may-write", scope="ccloud-production", is_protected=True),
)
"""The variables that docs/guides/ci-gitlab.md asks for."""


def jobs(event: Event, **inputs: Any) -> list[str]:
    return [name.removeprefix("ccloud-") for name in create(event, **inputs)]


def create(event: Event, **inputs: Any) -> Mapping[str, Any]:
    return create_pipeline(COMPONENT.include(COMMIT, **inputs), event, SETTINGS)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (merge_request(STACK), ["validate", "plan"]),
        (merge_request(STACK, kind="merged_result"), ["validate", "plan"]),
        (merge_request(STACK, kind="merge_train"), ["validate"]),
        (merge_request("README.md"), ["validate"]),
        (merge_request("README.md", kind="merge_train"), ["validate"]),
        (merge_request(STACK, source=FORK, project=FORK), ["validate"]),
        (merge_request(STACK, source=FORK), ["validate"]),
        (push(STACK), ["validate", "plan", "apply"]),
        (push("README.md"), []),
        (push(STACK, branch="feature"), []),
        (push(branch="feature", is_new=True), []),
        (by_hand(), ["validate", "plan", "apply"]),
        (by_hand("feature"), []),
        (tag(), []),
        (schedule(), ["drift"]),
        (schedule("feature"), []),
        (schedule(CCLOUD_NIGHTLY="apply"), ["nightly"]),
        (schedule("feature", CCLOUD_NIGHTLY="apply"), []),
    ],
    ids=[
        "merge request",
        "merged result",
        "merge train",
        "merge request of other files",
        "merge train of other files",
        "merge request of a fork, in the fork",
        "merge request of a fork, in the project",
        "push to the default branch",
        "push of other files to the default branch",
        "push to another branch",
        "new branch",
        "by hand",
        "by hand for another branch",
        "tag",
        "schedule",
        "schedule of another branch",
        "nightly schedule",
        "nightly schedule of another branch",
    ],
)
def test_each_kind_of_pipeline_has_the_jobs_that_it_needs(
    event: Event, expected: list[str]
) -> None:
    assert jobs(event) == expected


@pytest.mark.parametrize(
    ("path", "is_planned"),
    [
        ("stacks/web.yaml", True),
        ("stacks/shop/files/init.tpl", True),
        ("env/prod.yaml", True),
        ("ccloud-apply.yaml", True),
        ("base.yml", True),
        (".gitlab-ci.yml", True),
        ("docs/web.yaml", False),
        ("old/stacks/web.yaml", False),
    ],
)
def test_what_starts_a_plan_are_stacks_variable_files_and_the_project(
    path: str, is_planned: bool
) -> None:
    assert ("plan" in jobs(merge_request(path))) == is_planned
    assert ("apply" in jobs(push(path))) == is_planned


def test_a_merge_request_always_has_a_pipeline_that_can_succeed() -> None:
    """Else it could never be merged where pipelines must succeed."""
    for kind in ("detached", "merged_result", "merge_train"):
        for source in ("1", FORK):
            pipeline = create(merge_request("README.md", kind=kind, source=source))
            assert pipeline_status(pipeline, dict.fromkeys(pipeline, True)) == "success"


@pytest.mark.parametrize(
    ("apply", "untouched", "failed"),
    [
        ("manual", "success", "success"),
        ("blocking", "blocked", "failed"),
        ("automatic", "running", "failed"),
    ],
)
def test_an_apply_that_nobody_starts_holds_the_pipeline_only_where_that_is_asked_for(
    apply: str, untouched: str, failed: str
) -> None:
    pipeline = create(push(STACK), apply=apply)
    done = {"ccloud-validate": True, "ccloud-plan": True}
    assert pipeline_status(pipeline, done) == untouched
    assert pipeline_status(pipeline, {**done, "ccloud-apply": False}) == failed
    assert pipeline_status(pipeline, {**done, "ccloud-apply": True}) == "success"


def test_credentials_that_write_reach_the_jobs_of_the_default_branch_that_write() -> None:
    given = {
        name: job.variables.get("CCLOUD_CLIENT_SECRET")
        for event in (push(STACK), schedule(), schedule(CCLOUD_NIGHTLY="apply"))
        for name, job in create(event).items()
    }
    assert given == {
        "ccloud-validate": None,
        "ccloud-plan": "may-read",
        "ccloud-apply": "may-write",
        "ccloud-drift": "may-read",
        "ccloud-nightly": "may-write",
    }


def test_a_merge_request_is_planned_with_credentials_that_may_read() -> None:
    pipeline = create(merge_request(STACK))
    assert pipeline["ccloud-plan"].variables["CCLOUD_CLIENT_SECRET"] == "may-read"
    assert "CCLOUD_CLIENT_SECRET" not in pipeline["ccloud-validate"].variables


def test_a_protected_variable_is_not_given_to_a_merge_request() -> None:
    """Why the credentials that read are not protected."""
    protected = (Variable("CCLOUD_CLIENT_SECRET", "x", scope="ccloud-read", is_protected=True),)
    config = COMPONENT.include(COMMIT)
    plan = create_pipeline(config, merge_request(STACK), protected)["ccloud-plan"]
    assert "CCLOUD_CLIENT_SECRET" not in plan.variables
    both = merge_request(STACK, are_branches_protected=True)
    assert (
        "CCLOUD_CLIENT_SECRET" in create_pipeline(config, both, protected)["ccloud-plan"].variables
    )


def test_a_branch_that_names_the_environment_of_the_apply_gets_no_credentials_of_it() -> None:
    """Whoever may push a branch may write its .gitlab-ci.yml."""
    config = COMPONENT.include(COMMIT, read_environment="ccloud-production")
    plan = create_pipeline(config, merge_request(STACK), SETTINGS)["ccloud-plan"]
    assert "CCLOUD_CLIENT_SECRET" not in plan.variables


def test_no_input_is_a_variable_that_a_variable_of_the_project_would_win_over() -> None:
    variables = {
        name for job in COMPONENT.include(COMMIT).values() for name in job.get("variables", {})
    }
    assert variables == {"CCLOUD_SETTLE"}


def test_no_pipeline_of_a_fork_has_a_credential() -> None:
    for project in ("1", FORK):
        for job in create(merge_request(STACK, source=FORK, project=project)).values():
            assert "CCLOUD_CLIENT_SECRET" not in job.variables


def test_two_applies_never_overlap_and_none_is_cut_off() -> None:
    apply = create(push(STACK))["ccloud-apply"].config
    nightly = create(schedule(CCLOUD_NIGHTLY="apply"))["ccloud-nightly"].config
    assert apply["resource_group"] == nightly["resource_group"]
    assert not apply.get("interruptible", False)
    assert not nightly.get("interruptible", False)


def test_no_newer_commit_cancels_a_pipeline_of_the_default_branch_that_has_begun() -> None:
    """The newer one may change no stack, and then nobody would plan what this one changed."""
    assert not any(job.is_interruptible for job in create(push(STACK)).values())
    assert all(job.is_interruptible for job in create(merge_request(STACK)).values())


def test_a_merge_request_that_is_not_valid_is_planned_so_that_its_note_says_so() -> None:
    plan = create(merge_request(STACK))["ccloud-plan"]
    assert can_start(plan, {"ccloud-validate": False})


@pytest.mark.parametrize("failed", ["ccloud-validate", "ccloud-plan"])
def test_nothing_is_applied_that_is_not_valid_or_has_no_plan(failed: str) -> None:
    apply = create(push(STACK))["ccloud-apply"]
    ended = {"ccloud-validate": True, "ccloud-plan": True}
    assert can_start(apply, ended)
    assert not can_start(apply, {**ended, failed: False})


def test_an_input_makes_a_schedule_nightly_where_schedules_may_have_no_variables() -> None:
    assert jobs(schedule(), schedule="apply") == ["nightly"]
    assert jobs(schedule("feature"), schedule="apply") == []
    assert jobs(push(STACK), schedule="apply") == ["validate", "plan", "apply"]


def test_two_environments_are_two_includes_with_names_of_their_own() -> None:
    config = {
        **COMPONENT.include(COMMIT, prefix="staging", env="staging"),
        **COMPONENT.include(COMMIT, prefix="prod", env="prod"),
    }
    pipeline = create_pipeline(config, push(STACK))
    assert len(pipeline) == 6
    for name, job in pipeline.items():
        assert f'environment="{name.partition("-")[0]}"' in job.config["before_script"][0]
    assert pipeline["prod-apply"].config["needs"] == ["prod-validate", "prod-plan"]
    groups = {job.config.get("resource_group") for job in pipeline.values()}
    assert groups == {None, "staging-apply", "prod-apply"}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"stack": "x"}, "unknown input"),
        ({"apply": "auto"}, "not in the list"),
        ({"stacks": "$(touch hacked)"}, "RegEx"),
        ({"env": "prod; rm -r ."}, "RegEx"),
        ({"nightly_allow": "create, update"}, "RegEx"),
        ({"defer": "yes"}, "not a boolean"),
        ({"changes": "stacks/**"}, "not a array"),
        ({"prefix": ".hidden"}, "RegEx"),
    ],
)
def test_an_input_that_makes_no_sense_makes_no_pipeline(
    inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        COMPONENT.include(COMMIT, **inputs)


def test_every_input_is_used_and_says_what_it_is_for() -> None:
    text = (ROOT / "templates/ccloud-apply/template.yml").read_text()
    for name, spec in COMPONENT.header["inputs"].items():
        assert f"$[[ inputs.{name} ]]" in text
        assert spec["description"].endswith(".")
        assert "default" in spec


def test_the_simulation_refuses_a_need_that_is_not_there() -> None:
    config = COMPONENT.include(COMMIT)
    del config["ccloud-plan"]
    with pytest.raises(NoPipeline, match="'ccloud-apply' job needs 'ccloud-plan'"):
        create_pipeline(config, push(STACK))


@pytest.mark.parametrize("apply", ["manual", "blocking", "automatic"])
def test_the_component_fits_the_public_schema_of_its_kind(apply: str, tmp_path: Path) -> None:
    header, filled = tmp_path / "header.yml", tmp_path / "filled.yml"
    header.write_text(yaml.safe_dump({"spec": COMPONENT.header}))
    filled.write_text(yaml.safe_dump(COMPONENT.include(COMMIT, apply=apply, runner_tags=["vpn"])))
    lint("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", header, filled)


def test_the_component_has_no_keyword_that_counts_for_jobs_of_others() -> None:
    """Such as `default`, `variables`, `stages` or `workflow`."""
    assert all(name.lstrip(".").startswith("ccloud") for name in COMPONENT.include(COMMIT))


def test_what_is_installed_is_from_the_home_of_the_project_and_never_a_name_of_an_index() -> None:
    assert COMPONENT.header["inputs"]["source"]["default"] == REPOSITORY_URL
    assert not re.search(r"\bpip\b", COMPONENT.body)


def test_the_nightly_job_may_make_the_changes_that_need_no_person() -> None:
    allowed = {*COMPONENT.header["inputs"]["nightly-allow"]["default"].split(",")}
    assert allowed < {*CLASSES}
    assert not {"replace", "reinstall"} & allowed
