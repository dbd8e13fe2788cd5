"""`new --pipeline` for hosts other than GitHub: their files work as they are written."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, RunCli
from tests.support.git import run_git
from tests.support.gitlab.component import Component
from tests.support.gitlab.event import merge_request, push
from tests.support.gitlab.local_copy import COMPONENT, local_copy
from tests.support.gitlab.pipeline import create_pipeline

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SOURCE = "https://git.example.org/infra/tools/ccloud-apply"
TAKEN = ("--source", SOURCE, "--commit", COMMIT)


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a new repository; this is a release."""
    monkeypatch.setattr("ccloud_apply.cli.new_pipeline.__version__", "1.2.3")
    folder = tmp_path / "repository"
    folder.mkdir()
    run_git(folder, "init", "--quiet")
    return folder


def test_the_file_for_gitlab_is_the_component() -> None:
    written = ROOT / "integrations/gitlab/pipeline/.gitlab/ccloud-apply.yml"
    assert written.read_text() == local_copy(COMPONENT.read_text()), (
        "python -m tests.support.gitlab.local_copy writes it"
    )


def test_the_files_for_gitlab_make_pipelines_of_the_commit_that_was_named(
    call_cli: RunCli, top: Path
) -> None:
    ended = call_cli("new", "--pipeline", "gitlab", str(top), *TAKEN, "--stacks", "infra")
    assert (ended.code, ended.err) == (0, "")
    (include,) = yaml.safe_load((top / ".gitlab-ci.yml").read_text())["include"]
    component = Component.read(top / include["local"])
    assert "component" not in component.header  # which GitLab knows from 18.7 on
    config = component.include("unused", **include["inputs"])
    plan = create_pipeline(config, merge_request("infra/web.yaml"))["ccloud-plan"]
    (script,) = plan.config["before_script"]
    for line in (f'commit="{COMMIT}" # v1.2.3', f'source="{SOURCE}"'):
        assert line in [one.strip() for one in script.splitlines()]
    assert 'ccloud-apply plan "$@" --out ccloud-plan.json "infra"' in plan.config["script"][0]
    assert create_pipeline(config, push("stacks/web.yaml")) == {}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("gitlab", ".gitlab/ccloud-apply.yml"),
        ("gitea", ".gitea/actions/ccloud-apply/action.yml"),
    ],
)
def test_one_file_alone_names_the_commit_and_renovate_finds_it_there(
    call_cli: RunCli, top: Path, host: str, name: str
) -> None:
    assert call_cli("new", "--pipeline", host, str(top), *TAKEN, "--nightly").code == 0
    files = [path for path in top.rglob("*.yml") if COMMIT in path.read_text()]
    assert files == [top / name]
    guide = (ROOT / f"docs/guides/ci-{host}.md").read_text()
    (block,) = re.findall(r"```json\n(.*?)```", guide, re.DOTALL)
    (manager,) = json.loads(block)["customManagers"]
    (pattern,) = manager["managerFilePatterns"]
    assert re.search(pattern.strip("/").replace("\\/", "/"), name)
    match, *others = manager["matchStrings"]
    found = re.search(match.replace("(?<", "(?P<"), files[0].read_text())
    assert found is not None
    for other in others:
        image = re.search(other.replace("(?<", "(?P<"), files[0].read_text())
        assert image is not None
        assert (image["depName"], image["currentValue"]) == ("python", "3.13-trixie")
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", image["currentDigest"])
    assert found.groupdict() == {
        "datasource": "git-tags",
        "depName": SOURCE,
        "currentDigest": COMMIT,
        "currentValue": "v1.2.3",
    }


def test_a_gitlab_pipeline_that_is_there_is_left_with_advice(call_cli: RunCli, top: Path) -> None:
    (top / ".gitlab-ci.yml").write_text("test: {script: make}\n")
    ended = call_cli("new", "--pipeline", "gitlab", str(top), *TAKEN, "--stacks", "infra")
    assert ended.code == 0
    advice = "Left .gitlab-ci.yml as it is: add .gitlab/ccloud-apply.yml to its include, with these"
    assert advice in ended.out
    shown = ended.out.partition("with these inputs:\n\n")[2].partition("\n\n")[0]
    (include,) = yaml.safe_load(shown)["include"]
    assert include["inputs"]["stacks"] == "infra"
    assert "infra/**/*" in include["inputs"]["changes"]
    assert (top / ".gitlab-ci.yml").read_text() == "test: {script: make}\n"
    assert (top / ".gitlab/ccloud-apply.yml").exists()


def test_the_nightly_apply_on_gitlab_is_a_schedule_that_a_person_makes(
    call_cli: RunCli, top: Path
) -> None:
    assert "CCLOUD_NIGHTLY" not in call_cli("new", "--pipeline", "gitlab", str(top), *TAKEN).out
    ended = call_cli("new", "--pipeline", "gitlab", str(top), *TAKEN, "--nightly")
    assert "set its variable CCLOUD_NIGHTLY to apply" in ended.out
    assert "the input `schedule`" in ended.out


def test_a_branch_for_gitlab_is_refused(call_cli: RunCli, top: Path) -> None:
    ended = call_cli("new", "--pipeline", "gitlab", str(top), *TAKEN, "--branch", "prod")
    assert ended.code == 1
    assert "on GitLab the default branch of the project is applied" in ended.err
    assert not (top / ".gitlab-ci.yml").exists()
