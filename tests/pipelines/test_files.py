"""The files that others include in their pipelines: valid, safe, and true to this project."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ccloud_apply.cli.command_table import COMMANDS
from ccloud_apply.model.classes import CLASSES
from ccloud_apply.model.results.plan import Plan
from tests.conftest import ROOT, RunCli
from tests.support.linters import lint

GITHUB = ROOT / "integrations" / "github"
PIPELINE = GITHUB / "pipeline" / ".github"
WORKFLOWS = sorted((PIPELINE / "workflows").glob("*.yml"))
SCRIPTS = sorted(GITHUB.glob("*.sh"))
WRAPPER = PIPELINE / "actions" / "ccloud-apply" / "action.yml"
OURS = "./.github/actions/ccloud-apply"


def load(path: Path) -> Any:
    return yaml.load(path.read_text(), yaml.BaseLoader)


def test_a_linter_that_knows_the_local_action_finds_nothing(tmp_path: Path) -> None:
    """Inputs and outputs of an action are compared in the repository that has it."""
    shutil.copytree(PIPELINE, tmp_path / ".github")
    (tmp_path / ".git").mkdir()
    lint("actionlint", "-no-color", folder=tmp_path)


def test_the_scripts_are_clean() -> None:
    lint("shellcheck", *map(str, SCRIPTS))


def test_the_steps_of_the_action_hold_no_expression_in_their_scripts() -> None:
    steps = load(ROOT / "action.yml")["runs"]["steps"]
    assert all("${{" not in step.get("run", "") for step in steps)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_pins_what_it_uses_and_asks_for_no_more_than_it_needs(path: Path) -> None:
    workflow = load(path)
    assert "pull_request_target" not in workflow["on"]
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"]["contents"] == "read"
        assert job["permissions"].keys() <= {"contents", "pull-requests"}
        assert int(job["timeout-minutes"]) <= 120
        for step in job["steps"]:
            if "uses" not in step:
                assert "${{" not in step["run"]
            elif step["uses"] != OURS:
                assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", step["uses"])
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] == "false"


def test_no_job_that_reads_the_files_of_a_fork_has_a_secret() -> None:
    jobs = load(PIPELINE / "workflows" / "ccloud-plan.yml")["jobs"]
    with_secrets = [name for name, job in jobs.items() if "secrets." in str(job)]
    assert with_secrets == ["plan"]
    own_branch = "github.event.pull_request.head.repo.full_name == github.repository"
    assert f"&& {own_branch}" in jobs["plan"]["if"]
    assert "||" not in jobs["plan"]["if"]


def test_credentials_reach_the_step_of_our_action_alone() -> None:
    for path in WORKFLOWS:
        for job in load(path)["jobs"].values():
            assert "secrets." not in str({**job, "steps": []})
            for step in job["steps"]:
                if "secrets." in str(step):
                    assert step["uses"] == OURS
                    assert "secrets." not in str(step["with"])


def test_the_check_that_is_required_ends_whatever_was_changed() -> None:
    workflow = load(PIPELINE / "workflows" / "ccloud-plan.yml")
    assert {event: asked or {} for event, asked in workflow["on"].items()} == {
        "pull_request": {"types": ["opened", "synchronize", "reopened", "edited"]},
        "merge_group": {},
    }, "a filter of paths or branches would leave it waiting, and another target is an edit"
    result = workflow["jobs"]["result"]
    assert result["name"] == "ccloud-apply"
    assert result["if"] == "always()"
    assert set(result["needs"]) == workflow["jobs"].keys() - {"result"}


def test_applies_are_in_one_group_and_none_is_cut_off() -> None:
    apply, nightly = (
        load(PIPELINE / "workflows" / f"ccloud-{name}.yml")["jobs"]["apply"]["concurrency"]
        for name in ("apply", "nightly")
    )
    assert apply == nightly == {"group": "ccloud-apply", "cancel-in-progress": "false"}


def test_one_file_names_the_release_and_hands_everything_on() -> None:
    named = [path for path in PIPELINE.rglob("*.yml") if "HOME_" in path.read_text()]
    assert named == [WRAPPER]
    action, wrapper = load(ROOT / "action.yml"), load(WRAPPER)
    defaults = {name: one.get("default") for name, one in action["inputs"].items()}
    assert {name: one.get("default") for name, one in wrapper["inputs"].items()} == {
        **defaults,
        "paths": "STACKS_FOLDER",
    }
    (step,) = wrapper["runs"]["steps"]
    assert step["with"] == {name: f"${{{{ inputs.{name} }}}}" for name in defaults}
    assert {name: one["value"] for name, one in wrapper["outputs"].items()} == {
        name: f"${{{{ steps.{step['id']}.outputs.{name} }}}}" for name in action["outputs"]
    }


RENOVATE = re.compile(
    r"(^|/)(workflow-templates|\.(?:github|gitea|forgejo)/(?:workflows|actions))/.+\.ya?ml$"
)
"""The files in which Renovate's manager `github-actions` looks, by its documentation."""
PINNED = re.compile(r"\s+uses: [\w-]+/[\w.-]+@[0-9a-f]{40} # v\S+$", re.MULTILINE)
"""A commit with its version as a comment: both update the two together."""


def test_renovate_and_dependabot_find_the_release() -> None:
    place = WRAPPER.relative_to(PIPELINE.parent).as_posix()
    assert RENOVATE.search(place)
    assert len(PINNED.findall(WRAPPER.read_text())) == 1
    (update,) = load(PIPELINE / "dependabot.yml")["updates"]
    assert update["package-ecosystem"] == "github-actions"
    # `/` stands for .github/workflows alone; an action is found in its own folder.
    assert update["directories"] == ["/", f"/{Path(place).parent.as_posix()}"]


def test_the_hook_checks_stacks_offline() -> None:
    hook = load(ROOT / ".pre-commit-hooks.yaml")[0]
    assert {"id", "name", "entry", "language"} <= hook.keys()
    assert hook["entry"].split()[0] == "ccloud-apply"
    assert hook["entry"].split()[1] == "validate"
    named = ["infra/stacks/web.yaml", "stacks/files/init.tpl", "env/prod.yaml", "ccloud-apply.yaml"]
    named += ["shop/ccloud-apply.yaml", "base.yaml", "base.yml"]  # which stacks may extend
    assert all(re.search(hook["files"], path) for path in named)
    assert not any(re.search(hook["files"], path) for path in ["docs/web.yaml", "x.py"])


def test_the_hook_leaves_out_what_is_no_stack(call_cli: RunCli, tmp_path: Path) -> None:
    hook = load(ROOT / ".pre-commit-hooks.yaml")[0]
    assert hook["pass_filenames"] == "false"
    folder = tmp_path / "stacks"
    folder.mkdir()
    (folder / "web.yaml").write_text("stack: web\n")
    (folder / "values.yaml").write_text("size: 4\n")
    ended = call_cli(*hook["entry"].split()[1:], *hook["args"])
    assert ended.code == 0, ended.err


PROJECT = """\
project: shop
environments:
  prod: {var_files: [env/prod.yaml]}
  staging: {variables: {size: many}}
"""


def write_project(folder: Path) -> None:
    """A repository whose environment `staging` has a mistake."""
    for name, text in {
        "ccloud-apply.yaml": PROJECT,
        "env/prod.yaml": "size: 2\n",
        "stacks/web.yaml": (
            'stack: "web-${env}"\nextends: shared/base.yaml\n'
            'servers: {web: {hostname: vs10001, cores: "${var.size}"}}\n'
        ),
        "stacks/shared/base.yaml": "variables: {size: 1}\n",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_hook_checks_a_project_in_each_of_its_environments(
    call_cli: RunCli, tmp_path: Path
) -> None:
    hook = load(ROOT / ".pre-commit-hooks.yaml")[0]
    write_project(tmp_path)
    ended = call_cli(*hook["entry"].split()[1:], *hook["args"])
    assert ended.code == 1
    assert "ccloud-apply.yaml:4:" in ended.err
    (tmp_path / "ccloud-apply.yaml").write_text(PROJECT.replace("many", "4"))
    ended = call_cli(*hook["entry"].split()[1:], *hook["args"])
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "Valid in 2 environments: 2 stacks, 2 servers.\n"


def test_the_hook_that_formats_changes_what_is_a_stack(call_cli: RunCli, tmp_path: Path) -> None:
    hooks = {hook["id"]: hook for hook in load(ROOT / ".pre-commit-hooks.yaml")}
    hook = hooks["ccloud-fmt"]
    assert hook["pass_filenames"] == "false"
    folder = tmp_path / "stacks"
    folder.mkdir()
    (folder / "web.yaml").write_text("servers:   {}\nstack: web\n")
    (folder / "values.yaml").write_text("size:   4\n")
    ended = call_cli(*hook["entry"].split()[1:], *hook["args"])
    assert (ended.code, ended.out) == (0, "stacks/web.yaml\n")
    assert (folder / "web.yaml").read_text() == "stack: web\nservers: {}\n"
    assert (folder / "values.yaml").read_text() == "size:   4\n"


def test_the_action_has_an_output_for_each_number_of_a_plan() -> None:
    outputs = load(ROOT / "action.yml")["outputs"]
    assert outputs.keys() >= Plan().summary.keys()


def test_every_command_that_a_file_calls_is_one() -> None:
    files = [*SCRIPTS, *(ROOT / "integrations").rglob("*.y*ml")]
    for path in files:
        for line in path.read_text().splitlines():
            called = re.search(r"(?:^|[-: ])ccloud-apply ([a-z]+) ", line)
            is_prose = re.match(r"\s*#|.*\b(?:name|description):|.*\.$", line)
            if called and not is_prose:
                assert called[1] in COMMANDS, line


def test_atlantis_takes_its_workflow_from_the_server_alone() -> None:
    server = load(ROOT / "integrations/atlantis/repos.yaml")
    assert server["repos"][0]["allow_custom_workflows"] == "false"
    steps = server["workflows"]["ccloud"]["plan"]["steps"]
    assert not any("--detailed-exitcode" in str(step) for step in steps)
    for project in load(ROOT / "integrations/atlantis/atlantis.yaml")["projects"]:
        assert project["workflow"] in server["workflows"]
        assert project["workspace"] == project["name"]


@pytest.mark.parametrize(("workspace", "env"), [("default", ""), ("prod", "prod")])
def test_atlantis_workspace_is_the_environment_of_the_project(workspace: str, env: str) -> None:
    steps = load(ROOT / "integrations/atlantis/repos.yaml")["workflows"]["ccloud"]["plan"]["steps"]
    (command,) = (
        step["env"]["command"] for step in steps if step.get("env", {}).get("name") == "CCLOUD_ENV"
    )
    ended = subprocess.run(
        ["sh", "-c", command],
        env={"WORKSPACE": workspace},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == env


def test_what_starts_a_pipeline_are_stacks_variable_files_and_the_project() -> None:
    push = load(PIPELINE / "workflows" / "ccloud-apply.yml")["on"]["push"]
    assert push["paths"] == ["STACKS_FOLDER/**", "env/**", "*.yaml", "*.yml"]
    (look,) = (
        step["run"]
        for step in load(PIPELINE / "workflows" / "ccloud-plan.yml")["jobs"]["validate"]["steps"]
        if step.get("id") == "look"
    )
    assert "STACKS_FOLDER env ':(glob)*.y*ml'" in look
    for place in (PIPELINE, ROOT / "integrations/gitea/pipeline/.gitea"):
        text = (place / "workflows" / "ccloud-plan.yml").read_text()
        assert "options: --watched=STACKS_FOLDER,env,*.yaml,*.yml\n" in text
    for project in load(ROOT / "integrations/atlantis/atlantis.yaml")["projects"]:
        assert {"../env/**", "../*.yaml", "../*.yml"} < set(project["autoplan"]["when_modified"])


def test_the_nightly_apply_defers_what_has_to_wait() -> None:
    workflow = load(PIPELINE / "workflows" / "ccloud-nightly.yml")
    words = workflow["jobs"]["apply"]["steps"][-1]["with"]["options"].split()
    assert words[:2] == ["--defer", "--allow"]
    allowed = {*words[2].split(",")}
    assert allowed < {*CLASSES}
    assert not {"replace", "reinstall"} & allowed


def test_the_action_has_an_output_for_what_waits() -> None:
    assert {"retired", "deferred"} <= load(ROOT / "action.yml")["outputs"].keys()
