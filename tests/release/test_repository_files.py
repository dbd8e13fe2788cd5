"""The files that a host reads of this repository, and those of pipelines: valid and pinned."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.linters import TOOLS, lint

HOST = ROOT / ".github"
OURS = sorted((HOST / "workflows").glob("*.yml"))
WORKFLOWS = [*OURS, *sorted(ROOT.glob("integrations/*/pipeline/.g*/workflows/*.yml"))]
ACTIONS = [ROOT / "action.yml", *sorted(ROOT.glob("integrations/*/pipeline/.g*/actions/*/*.yml"))]
DEPENDABOT = [HOST / "dependabot.yml", *sorted(ROOT.glob("integrations/**/dependabot.yml"))]
FORMS = [HOST / "ISSUE_TEMPLATE" / name for name in ("bug.yml", "idea.yml")]
_PINNED = re.compile(r"uses: [\w./-]+@(?!0{40})[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_a_linter_of_workflows_and_of_their_scripts_finds_nothing(path: Path) -> None:
    lint("actionlint", "-shellcheck", TOOLS / "shellcheck", path)


def test_an_auditor_of_workflows_finds_nothing() -> None:
    quiet = ("--offline", "--no-progress", "--quiet")
    lint("zizmor", *quiet, "--persona=pedantic", HOST)
    lint("zizmor", *quiet, *WORKFLOWS, *ACTIONS, *DEPENDABOT)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-actions", ACTIONS),
        ("dependabot", DEPENDABOT),
        ("github-issue-forms", FORMS),
        ("github-issue-config", [HOST / "ISSUE_TEMPLATE" / "config.yml"]),
    ],
)
def test_a_file_fits_the_public_schema_of_its_kind(schema: str, files: list[Path]) -> None:
    assert files
    lint("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_what_a_workflow_of_ours_uses_is_pinned_by_commit_with_its_version(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    used = [line.strip().removeprefix("- ") for line in lines if "uses:" in line]
    elsewhere = [line for line in used if not line.startswith("uses: ./")]
    assert elsewhere
    assert [line for line in elsewhere if not _PINNED.fullmatch(line)] == []


def test_one_commit_of_an_action_goes_by_one_version_everywhere() -> None:
    versions: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, *ACTIONS]:
        for action, version in re.findall(
            r"uses: (\S+@[0-9a-f]{40}) # (\S+)", path.read_text(encoding="utf-8")
        ):
            versions.setdefault(action, set()).add(version)
    assert {action: found for action, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_a_job_of_ours_has_an_end_and_no_rights_that_it_does_not_name(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    assert "pull_request_target" not in workflow["on"]
    assert "secrets." not in path.read_text(encoding="utf-8")
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert "uses" in job or int(job["timeout-minutes"]) <= 60
        for step in job.get("steps", []):
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] == "false"


def test_tests_run_on_every_python_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    jobs = load(HOST / "workflows" / "tests.yml")["jobs"]
    assert jobs["gate"]["strategy"]["matrix"]["python"] == named


def test_the_check_to_require_fails_unless_every_python_passed() -> None:
    job = load(HOST / "workflows" / "tests.yml")["jobs"]["passed"]
    assert (job["needs"], job["if"]) == ("gate", "always()")
    script = job["steps"][0]["run"]
    ends = {
        result: subprocess.run(["bash", "-c", script], env={"RESULT": result}).returncode
        for result in ("success", "failure", "cancelled", "skipped")
    }
    assert ends == {"success": 0, "failure": 1, "cancelled": 1, "skipped": 1}


def test_updates_are_looked_for_wherever_an_action_is_pinned() -> None:
    update = load(HOST / "dependabot.yml")["updates"][0]
    assert update["package-ecosystem"] == "github-actions"
    folders = {"/"}
    for path in [*WORKFLOWS, *ACTIONS]:
        pins = re.findall(r"uses: [\w./-]+@(?!0{40})[0-9a-f]{40}", path.read_text(encoding="utf-8"))
        if pins and path not in OURS:
            folder = name_of(path.parent)
            folders.add("/" if folder == "." else f"/{folder}")
    assert set(update["directories"]) == folders
