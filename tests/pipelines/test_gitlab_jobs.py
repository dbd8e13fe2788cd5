"""The jobs of the GitLab component, run as they stand: from a merge request to a night of drift."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.gitlab.component import Component
from tests.support.gitlab.event import Event, merge_request, push, schedule
from tests.support.gitlab.pipeline import Job, Variable, create_pipeline
from tests.support.gitlab.runner import Ended, Runner
from tests.support.repository import Repository
from tests.support.stacks import WEB

COMPONENT = Component.read(ROOT / "templates/ccloud-apply/template.yml")
STACK = "stacks/web.yaml"
# The platform of the tests shows at once what was made.
SETTINGS = (Variable("CCLOUD_SETTLE", "0"),)
NIGHTLY = schedule(CCLOUD_NIGHTLY="apply")

RunJob = Callable[..., Ended]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    found = Repository(folder)
    found.commit(WEB)
    return found


@pytest.fixture
def run(http_env: dict[str, str], repository: Repository, tmp_path: Path) -> RunJob:
    """Runs one job of the pipeline that an event makes."""
    runner = Runner(repository.folder, tmp_path / "runner", http_env)
    (tmp_path / "runner").mkdir()

    def start(
        name: str,
        event: Event,
        *needed: Ended,
        settings: tuple[Variable, ...] = (),
        **inputs: object,
    ) -> Ended:
        config = COMPONENT.include("a" * 40, **{"install": "image", **inputs})
        pipeline = create_pipeline(config, event, (*SETTINGS, *settings))
        return runner.run(pipeline[f"ccloud-{name}"], event, needed)

    return start


def change(repository: Repository, memory: int) -> None:
    repository.commit(WEB.replace("memory: 4", f"memory: {memory}"))


def test_from_a_merge_request_to_the_account_and_back_by_drift(
    repository: Repository, run: RunJob
) -> None:
    assert run("validate", merge_request(STACK)).code == 0
    assert run("nightly", NIGHTLY).code == 0

    change(repository, 8)
    planned = run("plan", merge_request(STACK))
    assert planned.code == 0, planned.log
    assert json.loads(planned.read("ccloud-report.json")) == {"create": 0, "update": 3, "delete": 0}
    assert "3 to update" in planned.read("ccloud-plan.html")

    planned = run("plan", push(STACK))
    applied = run("apply", push(STACK), planned)
    assert applied.code == 0, applied.log
    assert "Apply complete" in applied.log
    twice = run("apply", push(STACK), planned)
    assert (twice.code, "stale plan" in twice.log) == (1, True)

    # The file changes without an apply, as if somebody had changed the servers.
    change(repository, 16)
    found = run("drift", schedule())
    assert (found.code, found.log.count("web-1 (")) == (2, 1)
    assert 'failures="3"' in found.read("ccloud-drift.xml")
    assert run("drift", schedule()).code == 0
    assert run("drift", schedule(), drift_cache=False).code == 2


def test_a_plan_that_is_blocked_fails_the_job_and_is_shown_all_the_same(
    repository: Repository, run: RunJob
) -> None:
    assert run("nightly", NIGHTLY).code == 0
    repository.commit("stack: web\nservers: {}\n")
    planned = run("plan", merge_request(STACK))
    assert planned.code == 3
    assert json.loads(planned.read("ccloud-report.json"))["delete"] == 3
    assert "BLOCKED" in planned.read("ccloud-plan.html").upper()


def test_a_plan_that_fails_leaves_no_report(repository: Repository, run: RunJob) -> None:
    repository.commit("stack: web\nservers: {web: {cores: many}}\n")
    planned = run("plan", merge_request(STACK))
    assert (planned.code, list(planned.artifacts.iterdir())) == (1, [])
    assert "stacks/web.yaml:2:" in planned.log


def test_a_plan_that_the_repository_has_is_never_shown_as_that_of_the_job(
    repository: Repository, run: RunJob
) -> None:
    planned = run("plan", merge_request(STACK))
    for name in ("ccloud-plan.json", "ccloud-plan.html", "ccloud-report.json"):
        (repository.folder / name).write_text(planned.read(name))
    repository.git("add", "--force", ".")
    repository.commit("stack: web\nservers: {web: {cores: many}}\n")
    planned = run("plan", merge_request(STACK))
    assert (planned.code, list(planned.artifacts.iterdir())) == (1, [])


def test_an_apply_without_its_plan_changes_nothing_and_says_what_to_do(run: RunJob) -> None:
    applied = run("apply", push(STACK))
    assert applied.code == 1
    assert "run ccloud-plan again, then this job" in applied.log
    assert json.loads(run("plan", push(STACK)).read("ccloud-report.json"))["create"] == 3


def write(repository: Repository, files: dict[str, str]) -> None:
    """Commit these files."""
    for name, text in files.items():
        path = repository.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "change")


def test_a_variable_of_the_project_does_not_win_over_an_input(
    repository: Repository, run: RunJob
) -> None:
    write(
        repository,
        {
            "ccloud-apply.yaml": "project: shop\nenvironments: {staging: {}, prod: {}}\n",
            STACK: WEB.replace("stack: web", 'stack: "web-${env}"'),
            "elsewhere/web.yaml": WEB.replace("count: 3", "count: 1"),
        },
    )
    names = ("ENV", "STACKS", "DEFER", "NOTE", "INSTALL", "SOURCE", "COMMIT")
    settings = tuple(
        Variable(f"CCLOUD_{name}", {"ENV": "prod", "STACKS": "elsewhere"}.get(name, "other"))
        for name in names
    )
    planned = run("plan", push(STACK), env="staging", settings=settings)
    assert planned.code == 0, planned.log
    assert json.loads(planned.read("ccloud-report.json"))["create"] == 3
    applied = run("apply", push(STACK), planned, env="staging", settings=settings)
    assert applied.code == 0, applied.log
    assert "Stack web-staging (stacks/web.yaml)" in applied.log


def test_a_stack_that_needs_a_file_that_starts_no_pipeline_is_an_error(
    repository: Repository, run: RunJob
) -> None:
    stack = f"extends: ../shared/base.yaml\n{WEB}"
    base = {"ccloud-apply.yaml": "project: shop\n", "shared/base.yaml": "variables: {more: 1}\n"}
    write(repository, {**base, STACK: stack})
    checked = run("validate", merge_request(STACK))
    assert checked.code == 1
    assert "the stacks are made of shared/base.yaml too" in checked.log
    changes = ["stacks/**/*", "{env,shared}/**/*", "*.yaml"]
    checked = run("validate", merge_request(STACK), changes=changes)
    assert checked.code == 0, checked.log


def test_a_plan_that_newer_commits_have_taken_back_is_refused(
    repository: Repository, run: RunJob
) -> None:
    """Nobody starts the apply of the newer pipeline, because there is nothing to do in it."""
    planned = run("plan", push(STACK))
    repository.commit(WEB.replace("count: 3", "count: 0"))
    applied = run("apply", push(STACK), planned)
    assert applied.code == 1
    assert "stale plan" in applied.log
    assert "create server" not in applied.log


def test_a_plan_is_applied_although_newer_commits_are_about_something_else(
    repository: Repository, run: RunJob
) -> None:
    planned = run("plan", push(STACK))
    write(repository, {"README.md": "Theirs.\n"})
    assert run("apply", push(STACK), planned).code == 0


FROZEN = "policy: {freeze: [{from: '2020-01-01', for: [downtime], reason: audit}]}\n"


def test_the_nightly_job_does_what_may_be_done_and_leaves_the_rest_to_another_night(
    repository: Repository, run: RunJob
) -> None:
    offline = WEB.replace("    count: 3\n", "    lifecycle: {resize: offline}\n")
    repository.commit(offline)
    assert run("nightly", NIGHTLY).code == 0
    repository.commit(offline.replace("memory: 4", "memory: 8") + FROZEN)
    assert run("plan", merge_request(STACK)).code == 3
    assert run("plan", merge_request(STACK), defer=True).code == 0
    night = run("nightly", NIGHTLY)
    assert night.code == 0
    assert "audit" in night.log
    repository.commit(offline.replace("memory: 4", "memory: 8"))
    assert run("nightly", NIGHTLY).code == 0
    left = run("plan", push(STACK))
    assert json.loads(left.read("ccloud-report.json")) == {"create": 0, "update": 0, "delete": 0}


def test_the_nightly_job_makes_no_change_of_a_class_that_it_may_not_make(
    repository: Repository, run: RunJob
) -> None:
    assert run("nightly", NIGHTLY, nightly_allow="update").code == 3
    assert run("nightly", NIGHTLY, nightly_allow="create").code == 0


@pytest.mark.parametrize("is_behind", [False, True])
def test_a_plan_of_a_branch_that_lacks_newer_commits_says_so(
    repository: Repository, run: RunJob, is_behind: bool
) -> None:
    base = head(repository)
    if is_behind:
        change(repository, 8)
    detached = merge_request(
        STACK,
        CI_REPOSITORY_URL=str(repository.folder),
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
    )
    planned = run("plan", detached)
    assert planned.code == 0
    assert ("main has newer commits" in planned.log) == is_behind


def test_a_target_branch_that_cannot_be_read_is_no_hindrance(run: RunJob) -> None:
    detached = merge_request(
        STACK, CI_REPOSITORY_URL="/nowhere", CI_MERGE_REQUEST_DIFF_BASE_SHA="0" * 40
    )
    planned = run("plan", detached)
    assert planned.code == 0, planned.log
    assert "has newer commits" not in planned.log


def head(repository: Repository) -> str:
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=repository.folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return told.stdout.strip()


_SAYS_HELLO = """#!/bin/sh
if env | grep -q the-secret; then exit 9; fi
mkdir -p "$1/bin"
printf '#!/bin/sh\\necho hello\\n' > "$1/bin/ccloud-apply"
chmod +x "$1/bin/ccloud-apply"
"""


@pytest.fixture
def install(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Runs what every job runs first, against a repository whose installation only says hello."""
    source = tmp_path / "source"
    (source / "requirements").mkdir(parents=True)
    script = source / "requirements/install"
    script.write_text(_SAYS_HELLO)
    script.chmod(0o755)
    repository = Repository(source)
    repository.git("add", ".")
    repository.git("commit", "--quiet", "--message", "first")
    commit = head(repository)

    def start(
        wanted: str = commit, install: str = "source", shell: str = "sh", **more: str
    ) -> subprocess.CompletedProcess[str]:
        config = COMPONENT.include(wanted or commit, install=install, source=str(source))
        job: Job = create_pipeline(config, merge_request(STACK))["ccloud-validate"]
        script = "\n".join([*job.config["before_script"], "ccloud-apply"])
        return subprocess.run(
            [shell, "-e"],
            input=script,
            env={
                **job.variables,
                **more,
                "PATH": "/usr/bin:/bin",
                "TMPDIR": str(tmp_path),
                "CCLOUD_CLIENT_SECRET": "the-secret",
                "CCLOUD_SECRET_db": "the-secret",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return start


def test_what_is_installed_is_the_commit_of_the_component(
    install: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    for shell in ("sh", "bash"):  # the runner takes bash where an image has it
        ended = install(shell=shell)
        assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "hello\n")


def test_a_mirror_on_the_own_gitlab_is_fetched_with_the_authority_that_the_runner_names(
    install: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    ended = install(CI_SERVER_URL="https://gitlab.example.com", CI_SERVER_TLS_CA_FILE="/ca.pem")
    assert (ended.returncode, ended.stderr) == (0, "")
    (config,) = tmp_path.glob("*/source/.git/config")
    assert '[http "https://gitlab.example.com"]\n\tsslCAInfo = /ca.pem' in config.read_text()


def test_a_commit_that_is_not_there_installs_nothing(
    install: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    ended = install("b" * 40)
    assert ended.returncode != 0
    assert "hello" not in ended.stdout


def test_an_image_with_the_command_installs_nothing(
    install: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    ended = install(install="image")
    assert ended.returncode == 127
    assert "ccloud-apply: not found" in ended.stderr or "command not found" in ended.stderr


def test_the_scripts_are_clean(tmp_path: Path) -> None:
    config = COMPONENT.include("a" * 40)
    first = config[".ccloud"]["before_script"]
    for name, job in config.items():
        lines = [*first, *job.get("script", [])]
        path = tmp_path / f"{name}.sh"
        path.write_text("#!/bin/sh\nset -e\n" + "\n".join(lines) + "\n")
        ended = subprocess.run(
            # Not every job calls every function.
            [Path(sys.executable).parent / "shellcheck", "--exclude=SC2329", path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout


def test_a_job_gets_only_what_its_event_may_have(run: RunJob, repository: Repository) -> None:
    """A cache of the default branch is not read by a merge request."""
    assert run("nightly", NIGHTLY).code == 0
    change(repository, 8)
    assert run("drift", schedule()).code == 2
    unprotected = replace(schedule(), is_protected=False)
    assert run("drift", unprotected).code == 2
    assert run("drift", schedule()).code == 0
