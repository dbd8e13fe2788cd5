"""The pipeline that `new --pipeline gitea` writes, run whole, by what Gitea does otherwise.

No environments, no bots, no merge of a pull request, and no action of another place.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.workflows.new.pipeline import Pipeline, build_pipeline
from tests.conftest import ROOT
from tests.pipelines.conftest import READ, WRITE
from tests.support.git import run_git
from tests.support.github_runner.host import NAME, Event, Host, event, push
from tests.support.github_runner.stub_api import Api
from tests.support.github_runner.workflow import Run, run_workflow
from tests.support.stacks import EMPTY, WEB

WEB_FILE = "stacks/web.yaml"
SOURCE = "https://git.example.org/infra/ccloud-apply"
MARK = "<!-- ccloud-apply:pull-request -->"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """What the jobs fetch: the scripts of this checkout, in a repository."""
    folder = tmp_path / "published"
    folder.mkdir()
    for name in ("requirements", "integrations"):
        shutil.copytree(ROOT / name, folder / name)
    run_git(folder, "init", "--quiet")
    run_git(folder, "add", "--all")
    run_git(folder, "commit", "--quiet", "--message", "release")
    return folder


@pytest.fixture
def host(tmp_path: Path, published: Path, comments: Api, http_env: dict[str, str]) -> Host:
    """A repository at Gitea whose `main` has the pipeline and one stack."""
    comments.pipelines = {"login": "gitea-actions"}
    origin = tmp_path / "git" / NAME
    origin.mkdir(parents=True)
    host = Host(
        origin=origin,
        work=tmp_path / "work",
        api=comments,
        secrets={"": {**READ, **WRITE}},
        environment={
            **{name: v for name, v in http_env.items() if not name.startswith("CCLOUD_CLIENT")},
            "GITEA_ACTIONS": "true",
            "PIP_CACHE_DIR": str(tmp_path / "downloads"),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{published}.insteadOf",
            "GIT_CONFIG_VALUE_0": SOURCE,
        },
        folder=".gitea",
        server=f"file://{tmp_path / 'git'}",
    )
    host.work.mkdir()
    host.git("init", "--quiet", "--initial-branch", "main")
    host.git("config", "uploadpack.allowAnySHA1InWant", "true")
    pipeline = Pipeline(
        host="gitea",
        source=SOURCE,
        version="1.2.3",
        commit=run_git(published, "rev-parse", "HEAD"),
        is_nightly=True,
    )
    host.commit({**build_pipeline(pipeline), WEB_FILE: WEB, "README.md": "Ours.\n"})
    return host


def run(host: Host, name: str, start: Event) -> Run:
    ran = run_workflow(host, name, start)
    assert ran is not None
    return ran


def pull_request(host: Host, *, is_fork: bool = False) -> Event:
    """A push to the branch `change`, whose pull request is run as it stands."""
    head, base = host.git("rev-parse", "change"), host.git("rev-parse", "main")
    about = {
        "number": 7,
        "head": {"sha": head, "repo": {"full_name": "fork/repo" if is_fork else NAME}},
        "base": {"sha": base, "ref": "main"},
        "merge_base": host.git("merge-base", "main", "change"),
    }
    return Event(
        name="pull_request",
        ref="refs/pull/7/head",
        commit=head,
        payload={"pull_request": about, "repository": {"full_name": NAME, "private": True}},
        is_trusted=not is_fork,
    )


def propose(host: Host, files: Mapping[str, str | None], **options: Any) -> Run:
    """Push to the branch of the pull request; what its check came to."""
    if "change" not in host.git("branch", "--list", "change"):
        host.git("branch", "change", "main")
    host.git("checkout", "--quiet", "change")
    host.commit(files)
    return run(host, "ccloud-plan", pull_request(host, **options))


def merge(host: Host, files: Mapping[str, str | None]) -> Run:
    """Push to main; what the apply came to."""
    before = host.git("rev-parse", "main")
    host.git("checkout", "--quiet", "main")
    host.commit(files)
    return run(host, "ccloud-apply", push(host, before=before))


def by_hand(host: Host, allow: str, ref: str = "refs/heads/main") -> Run:
    start = event(host, "workflow_dispatch", ref)
    inputs = {**start.payload, "inputs": {"allow": allow}}
    chosen = Event(name=start.name, ref=start.ref, commit=start.commit, payload=inputs)
    return run(host, "ccloud-apply", chosen)


def test_from_a_pull_request_to_the_account_and_back_by_drift(host: Host) -> None:
    first = merge(host, {WEB_FILE: WEB + "# first\n"})
    assert first.results == {"apply": "success"}, first.log
    assert "Apply complete" in first.log

    changed = WEB.replace("memory: 4", "memory: 8")
    planned = propose(host, {WEB_FILE: changed})
    assert planned.results == {"plan": "success"}, planned.log
    (body,) = host.api.bodies()
    assert body.startswith(f"{MARK}\n")
    assert "3 to update" in body
    fewer = propose(host, {WEB_FILE: changed.replace("count: 3", "count: 2")})
    assert fewer.results == {"plan": "success"}, fewer.log
    (body,) = host.api.bodies()
    assert "1 to destroy" in body

    assert run(host, "ccloud-drift", event(host, "schedule")).results == {"drift": "success"}
    host.git("checkout", "--quiet", "main")
    host.commit({WEB_FILE: changed})
    night = run(host, "ccloud-drift", event(host, "schedule"))
    assert night.results == {"drift": "failure"}
    assert "web-1" in night.log


def test_a_merge_makes_what_loses_nothing_and_a_person_names_the_rest(host: Host) -> None:
    assert merge(host, {WEB_FILE: WEB + "# first\n"}).results == {"apply": "success"}
    held = merge(host, {WEB_FILE: WEB.replace("count: 3", "count: 2")})
    assert held.results == {"apply": "failure"}
    assert 'a change of class "destroy", which --allow does not name' in held.log
    assert by_hand(host, "create").results == {"apply": "failure"}
    done = by_hand(host, "destroy")
    assert done.results == {"apply": "success"}, done.log


def test_a_run_that_is_started_again_applies_what_the_branch_is_now(host: Host) -> None:
    """Runs may overtake each other too: Gitea keeps them apart from 1.26 on alone."""
    before = host.git("rev-parse", "main")
    host.commit({WEB_FILE: WEB + "# first\n"})
    older = push(host, before=before)
    host.commit({WEB_FILE: WEB.replace("count: 3", "count: 1")})
    ran = run(host, "ccloud-apply", older)
    assert ran.results == {"apply": "success"}, ran.log
    assert "1 to create" in ran.log


def test_another_branch_is_never_applied(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# more\n"})
    assert by_hand(host, "create", "refs/heads/change").results == {"apply": "skipped"}


def test_a_pull_request_that_changes_no_stack_ends_well_and_withdraws_its_comment(
    host: Host,
) -> None:
    nothing = propose(host, {"README.md": "Theirs.\n"})
    assert (nothing.results, host.api.bodies()) == ({"plan": "success"}, []), nothing.log
    propose(host, {WEB_FILE: WEB + "# more\n"})
    assert "3 to create" in host.api.bodies()[0]
    gone = propose(host, {WEB_FILE: WEB})
    assert gone.results == {"plan": "success"}, gone.log
    (body,) = host.api.bodies()
    assert body.startswith(f"{MARK}\n### ccloud-apply plan: none")


def test_a_plan_that_fails_replaces_the_one_before_in_the_same_comment(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# more\n"})
    broken = propose(host, {WEB_FILE: WEB.replace("pool_iw_ssd", "pool_that_is_none")})
    assert broken.results == {"plan": "failure"}
    (body,) = host.api.bodies()
    assert "### ccloud-apply plan: failed (exit code 1)" in body


def test_a_pull_request_from_a_fork_is_checked_and_not_planned(host: Host) -> None:
    ran = propose(host, {WEB_FILE: WEB + "# more\n"}, is_fork=True)
    assert ran.results == {"plan": "success"}, ran.log
    assert "Valid" in ran.log
    assert "to create" not in ran.log
    assert host.api.bodies() == []
    wrong = propose(host, {WEB_FILE: "stack: web\nservers: 1\n"}, is_fork=True)
    assert wrong.results == {"plan": "failure"}


def test_a_branch_that_lacks_newer_commits_is_told(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# more\n"})
    host.git("checkout", "--quiet", "main")
    host.commit({"stacks/db.yaml": EMPTY})
    behind = run(host, "ccloud-plan", pull_request(host))
    assert behind.results == {"plan": "success"}, behind.log
    assert "main has newer commits, which this plan undoes" in behind.log
    assert "> **Warning:** main has newer commits" in host.api.bodies()[0]


def test_a_comment_of_somebody_else_is_never_written_over(host: Host) -> None:
    host.api.add(f"{MARK}\nmine", user={"login": "mallory"})
    propose(host, {WEB_FILE: WEB + "# more\n"})
    assert len(host.api.bodies()) == 2
    assert host.api.bodies()[0] == f"{MARK}\nmine"


def test_a_comment_leads_to_its_run_wherever_the_host_shows_it(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# more\n"})
    # The number of the run, as Forgejo and older versions of Gitea have it.
    assert f"({host.server}/{NAME}/actions/runs/1)" in host.api.bodies()[0]
    host.api.runs["9002"] = f"{host.server}/{NAME}/actions/runs/9002"
    propose(host, {WEB_FILE: WEB + "# most\n"})
    assert f"({host.server}/{NAME}/actions/runs/9002)" in host.api.bodies()[0]


def test_the_nightly_apply_leaves_what_has_to_wait(host: Host) -> None:
    frozen = "policy: {freeze: [{from: '2020-01-01', for: [create], reason: audit}]}\n"
    host.commit({WEB_FILE: WEB + frozen})
    night = run(host, "ccloud-nightly", event(host, "schedule"))
    assert night.results == {"apply": "success"}, night.log
    assert "audit" in night.log
    host.commit({WEB_FILE: WEB})
    assert run(host, "ccloud-nightly", event(host, "schedule")).results == {"apply": "success"}
    assert run(host, "ccloud-drift", event(host, "schedule")).results == {"drift": "success"}


def test_no_step_uses_an_action_of_another_place(host: Host) -> None:
    ran = propose(host, {WEB_FILE: WEB + "# more\n"})
    used = {name for job in ran.jobs.values() for name in job.used}
    assert used == {"./.gitea/actions/ccloud-apply"}


def test_what_is_installed_has_the_hashes_of_the_lock(host: Host) -> None:
    ran = propose(host, {WEB_FILE: WEB + "# more\n"})
    calls = [one for one in ran.jobs["plan"].pip.splitlines() if one.startswith("-m pip")]
    assert calls
    assert all("--require-hashes" in one or "--no-index" in one for one in calls)
    assert "pip sees a secret" not in ran.jobs["plan"].pip
