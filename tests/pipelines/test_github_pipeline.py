"""The pipeline that `new --pipeline github` writes, run whole: from a pull request to the account.

Each workflow is run as it stands, by the rules that GitHub documents, against the embedded API over
HTTP, in a repository of Git's own.
"""

from collections.abc import Callable

import pytest

from tests.support.github_runner.host import Host, event, pull_request, push
from tests.support.github_runner.workflow import Run, run_workflow
from tests.support.stacks import EMPTY, WEB

WEB_FILE = "stacks/web.yaml"
DB = WEB.replace("stack: web", "stack: db").replace("count: 3", "count: 1")


def run(host: Host, name: str, *arguments: object, **options: object) -> Run:
    """Run a workflow that the event starts."""
    ran = run_workflow(host, name, *arguments, **options)  # type: ignore[arg-type]
    assert ran is not None
    return ran


def merge(host: Host, files: dict[str, str | None]) -> Run:
    """Push to main; what the apply came to."""
    before = host.git("rev-parse", "main")
    host.git("checkout", "--quiet", "main")
    host.commit(files)
    return run(host, "ccloud-apply", push(host, before=before))


def propose(host: Host, files: dict[str, str | None], **options: object) -> Run:
    """Push to the branch of the pull request; what its check came to."""
    if "change" not in host.git("branch", "--list", "change"):
        host.git("branch", "change", "main")
    host.git("checkout", "--quiet", "change")
    host.commit(files)
    return run(host, "ccloud-plan", pull_request(host, "change", **options))  # type: ignore[arg-type]


def test_from_a_pull_request_to_the_account_and_back_by_drift(host: Host) -> None:
    first = merge(host, {WEB_FILE: WEB + "# first\n"})
    assert first.results == {"plan": "success", "apply": "success"}, first.log
    assert "Apply complete" in first.jobs["apply"].summary

    changed = WEB.replace("memory: 4", "memory: 8")
    planned = propose(host, {WEB_FILE: changed})
    assert set(planned.results.values()) == {"success"}, planned.log
    (body,) = host.api.bodies()
    assert "3 to update" in body

    again = propose(host, {WEB_FILE: changed.replace("count: 3", "count: 2")})
    assert set(again.results.values()) == {"success"}, again.log
    (body,) = host.api.bodies()
    assert "1 to destroy" in body

    applied = merge(host, {WEB_FILE: changed.replace("count: 3", "count: 2")})
    assert applied.results == {"plan": "success", "apply": "success"}, applied.log
    nothing = run(host, "ccloud-apply", event(host, "workflow_dispatch"))
    assert nothing.results == {"plan": "success", "apply": "skipped"}

    # The files say something that nobody has applied: the night tells it once.
    host.commit({WEB_FILE: WEB.replace("count: 3", "count: 2")})
    night = run(host, "ccloud-drift", event(host, "schedule"))
    assert night.results == {"drift": "failure"}
    assert "web-1" in night.jobs["drift"].summary
    known = run(host, "ccloud-drift", event(host, "schedule"))
    assert known.results == {"drift": "success"}, known.log


def test_the_plan_that_was_approved_is_applied_and_never_twice(host: Host) -> None:
    before = host.git("rev-parse", "main")
    host.commit({WEB_FILE: WEB + "# first\n"})
    start = push(host, before=before)
    waiting = run(host, "ccloud-apply", start, cancelled=["apply"])
    assert waiting.results == {"plan": "success", "apply": "cancelled"}
    approved = run(host, "ccloud-apply", start, again=waiting)
    assert approved.results == {"plan": "success", "apply": "success"}
    twice = run(host, "ccloud-apply", start, again=waiting)
    assert twice.results == {"plan": "success", "apply": "failure"}
    assert "stale plan" in twice.log


def test_a_plan_is_not_applied_once_the_branch_asks_for_something_else(host: Host) -> None:
    """Somebody approves it although a newer merge has taken it back: nobody plans that again."""
    before = host.git("rev-parse", "main")
    host.commit({WEB_FILE: WEB + "# first\n"})
    start = push(host, before=before)
    waiting = run(host, "ccloud-apply", start, cancelled=["apply"])
    host.commit({WEB_FILE: EMPTY})
    approved = run(host, "ccloud-apply", start, again=waiting)
    assert approved.results == {"plan": "success", "apply": "failure"}
    assert "stale plan" in approved.log
    assert "create server" not in approved.log


def test_a_plan_is_applied_although_newer_commits_are_about_something_else(host: Host) -> None:
    before = host.git("rev-parse", "main")
    host.commit({WEB_FILE: WEB + "# first\n"})
    start = push(host, before=before)
    waiting = run(host, "ccloud-apply", start, cancelled=["apply"])
    host.commit({"README.md": "Theirs.\n"})
    assert run(host, "ccloud-apply", start, again=waiting).results["apply"] == "success"


def test_all_jobs_can_be_run_again(host: Host) -> None:
    before = host.git("rev-parse", "main")
    host.commit({WEB_FILE: WEB + "# first\n"})
    start = push(host, before=before)
    waiting = run(host, "ccloud-apply", start, cancelled=["apply"])
    again = run(host, "ccloud-apply", start, again=waiting, is_whole=True)
    assert again.results == {"plan": "success", "apply": "success"}, again.log


BASE = "shared/base.yaml"
EXTENDS: dict[str, str | None] = {
    "ccloud-apply.yaml": "project: shop\n",
    WEB_FILE: f"extends: ../{BASE}\n{WEB}",
    BASE: "defaults: {description: x}\n",
}


def test_a_stack_that_needs_a_file_that_starts_nothing_fails_the_check(host: Host) -> None:
    ran = propose(host, EXTENDS)
    assert ran.results["validate"] == ran.results["result"] == "failure"
    assert f"the stacks are made of {BASE} too" in ran.log
    assert "hint: add shared to the paths that start the pipeline" in ran.log


def test_a_file_that_is_watched_starts_a_plan_and_an_apply(make_host: Callable[..., Host]) -> None:
    host = make_host(watched=("shared/",))
    before = host.commit(EXTENDS)
    ran = propose(host, {BASE: "defaults: {description: y}\n"})
    assert ran.results == {"validate": "success", "plan": "success", "result": "success"}, ran.log
    host.git("checkout", "--quiet", "main")
    host.commit({BASE: "defaults: {description: y}\n"})
    applied = run(host, "ccloud-apply", push(host, before=before))
    assert applied.results == {"plan": "success", "apply": "success"}, applied.log


@pytest.mark.parametrize("job", ["validate", "plan"])
def test_a_job_that_was_cancelled_fails_the_check(host: Host, job: str) -> None:
    host.git("checkout", "--quiet", "-b", "change")
    host.commit({WEB_FILE: WEB + "# more\n"})
    ran = run(host, "ccloud-plan", pull_request(host, "change"), cancelled=[job])
    assert ran.results["result"] == "failure"
    assert f"a job of this run ended with {ran.results[job]}" in ran.log


def test_a_plan_that_fails_replaces_the_one_before_in_the_same_comment(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# more\n"})
    assert "3 to create" in host.api.bodies()[0]
    broken = WEB.replace("pool_iw_ssd", "pool_that_is_none")
    ran = propose(host, {WEB_FILE: broken})
    assert ran.results == {"validate": "success", "plan": "failure", "result": "failure"}
    (body,) = host.api.bodies()
    assert "### ccloud-apply plan: failed (exit code 1)" in body
    assert "pool_that_is_none" in body
    assert "::error" not in body
    assert "3 to create" not in body
    assert f"Commit {host.git('rev-parse', 'change')[:10]} · [run 2]" in body
    assert "](https://github.com/our/repo/actions/runs/9002), attempt 1 · 20" in body

    propose(host, {WEB_FILE: WEB})
    (body,) = host.api.bodies()
    assert "failed" not in body


def test_a_mistake_in_a_file_fails_the_check_and_is_shown_as_well(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# more\n"})
    ran = propose(host, {WEB_FILE: WEB.replace("memory: 4", "memory: four")})
    assert ran.results == {"validate": "failure", "plan": "failure", "result": "failure"}
    assert "::error file=stacks/web.yaml,line=" in ran.log
    (body,) = host.api.bodies()
    assert "stacks/web.yaml:12:13: servers.web.memory" in body
    assert "3 to create" not in body


def test_a_plan_that_is_held_is_shown_and_fails_the_check(host: Host) -> None:
    assert merge(host, {WEB_FILE: WEB + "# first\n"}).results["apply"] == "success"
    ran = propose(host, {WEB_FILE: EMPTY})
    assert ran.results == {"validate": "success", "plan": "failure", "result": "failure"}
    (body,) = host.api.bodies()
    assert "**Blocked by a guard:**" in body
    held = merge(host, {WEB_FILE: EMPTY})
    assert held.results == {"plan": "failure", "apply": "skipped"}


def test_the_comment_stays_one_while_stacks_come_and_go(host: Host) -> None:
    propose(host, {"stacks/db.yaml": DB})
    (body,) = host.api.bodies()
    assert "4 to create" in body
    propose(host, {"stacks/db.yaml": None, "stacks/data.yaml": DB.replace("db", "data")})
    (body,) = host.api.bodies()
    assert "data" in body
    propose(host, {"stacks/data.yaml": None, WEB_FILE: None, "stacks/.keep": ""})
    (body,) = host.api.bodies()
    assert "failed (exit code 1)" in body
    assert "stack" in body.partition("```text")[2]


def test_a_pull_request_without_stacks_passes_the_check_and_says_nothing(host: Host) -> None:
    ran = propose(host, {"README.md": "Theirs.\n"})
    assert ran.results == {"validate": "success", "plan": "skipped", "result": "success"}
    assert host.api.bodies() == []
    assert all(job.pip == "" for job in ran.jobs.values()), "nothing is installed for it"


def test_what_a_pull_request_takes_back_is_no_longer_shown(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# more\n"})
    ran = propose(host, {WEB_FILE: WEB})
    assert ran.results == {"validate": "success", "plan": "skipped", "result": "success"}
    (body,) = host.api.bodies()
    assert "### ccloud-apply plan: none" in body
    assert "3 to create" not in body
    propose(host, {WEB_FILE: WEB + "# again\n"})
    (body,) = host.api.bodies()
    assert "3 to create" in body


@pytest.mark.parametrize(
    "options", [{"is_fork": True}, {"author": "dependabot[bot]"}], ids=["fork", "dependabot"]
)
def test_who_gets_no_credentials_is_checked_and_no_more(
    host: Host, options: dict[str, object]
) -> None:
    ran = propose(host, {WEB_FILE: WEB + "# more\n"}, **options)
    assert ran.results == {"validate": "success", "plan": "skipped", "result": "success"}
    assert host.api.bodies() == []
    nothing = propose(host, {WEB_FILE: WEB}, **options)
    assert nothing.results["result"] == "success"
    broken = propose(host, {WEB_FILE: "stack: [\n"}, **options)
    assert broken.results["result"] == "failure"


def test_a_merge_queue_gets_its_answer_too(host: Host) -> None:
    host.git("branch", "queue", "main")
    ran = run(host, "ccloud-plan", event(host, "merge_group", "refs/heads/queue"))
    assert ran.results == {"validate": "success", "plan": "skipped", "result": "success"}
    assert "Valid: 1 stack" in ran.log


def test_an_update_of_the_pin_is_tried(host: Host) -> None:
    action = ".github/actions/ccloud-apply/action.yml"
    text = (host.origin / action).read_text()
    ran = propose(host, {action: text.replace("# v1.2.3", "# v1.2.3 again")})
    assert ran.results == {"validate": "success", "plan": "success", "result": "success"}


def test_what_is_not_about_stacks_starts_no_apply(host: Host) -> None:
    before = host.git("rev-parse", "main")
    host.commit({"README.md": "Theirs.\n"})
    assert run_workflow(host, "ccloud-apply", push(host, before=before)) is None
    host.git("checkout", "--quiet", "-b", "other")
    host.commit({WEB_FILE: WEB + "# more\n"})
    assert run_workflow(host, "ccloud-apply", push(host, "other", before=before)) is None
    by_hand = run(host, "ccloud-apply", event(host, "workflow_dispatch", "refs/heads/other"))
    assert by_hand.results == {"plan": "skipped", "apply": "skipped"}


def test_applies_and_nights_wait_for_each_other_and_pull_requests_for_nobody(host: Host) -> None:
    applied = merge(host, {WEB_FILE: WEB + "# first\n"})
    night = run(host, "ccloud-nightly", event(host, "schedule"))
    assert applied.groups == night.groups == ["ccloud-apply"]
    assert propose(host, {WEB_FILE: WEB}).groups == ["ccloud-plan-7"]


FROZEN = "policy: {freeze: [{from: '2020-01-01', for: [downtime], reason: audit}]}\n"


def test_a_night_does_what_may_be_done_and_leaves_the_rest_to_another_night(host: Host) -> None:
    offline = WEB.replace("    count: 3\n", "    lifecycle: {resize: offline}\n") + (
        "  db: {cores: 1, memory: 2, disks: [20], notes: old}\n"
    )
    assert merge(host, {WEB_FILE: offline}).results["apply"] == "success"
    changed = offline.replace("memory: 4", "memory: 8").replace("notes: old", "notes: new")
    by_day = merge(host, {WEB_FILE: changed + FROZEN})
    assert by_day.results == {"plan": "failure", "apply": "skipped"}
    night = run(host, "ccloud-nightly", event(host, "schedule"))
    assert night.results == {"apply": "success"}, night.log
    assert "audit" in night.jobs["apply"].summary
    host.commit({WEB_FILE: changed})
    assert run(host, "ccloud-nightly", event(host, "schedule")).results["apply"] == "success"
    settled = run(host, "ccloud-apply", event(host, "workflow_dispatch"))
    assert settled.results == {"plan": "success", "apply": "skipped"}


def test_a_public_repository_is_warned_and_keeps_no_report_in_its_cache(host: Host) -> None:
    host.visibility = host.api.visibility = "public"
    applied = merge(host, {WEB_FILE: WEB + "# first\n"})
    assert "::warning title=ccloud-apply::this repository is public" in applied.log
    run(host, "ccloud-drift", event(host, "schedule"))
    assert not [key for key in host.caches if key.startswith("ccloud-drift")]
    host.visibility = host.api.visibility = "private"
    ran = run(host, "ccloud-drift", event(host, "schedule"))
    assert "::warning" not in ran.log
    assert [key for key in host.caches if key.startswith("ccloud-drift")]


def test_a_report_is_not_kept_where_nobody_says_who_can_read_it(host: Host) -> None:
    host.api.visibility = ""
    ran = run(host, "ccloud-drift", event(host, "schedule"))
    assert "it is not known who can read this repository" in ran.log
    assert not [key for key in host.caches if key.startswith("ccloud-drift")]


def test_a_plan_that_is_stopped_replaces_the_one_before_in_the_same_comment(host: Host) -> None:
    propose(host, {WEB_FILE: WEB + "# first\n"})
    host.stop_in = ("Plan", "Run ccloud-apply")
    ran = propose(host, {WEB_FILE: WEB + "# second\n"})
    assert ran.results["result"] == "failure"
    (body,) = host.api.bodies()
    assert "failed (the run was stopped)" in body
    assert f"Commit {host.git('rev-parse', 'change')[:10]}" in body


def test_a_command_without_a_plan_is_refused_where_a_comment_is_asked_for(host: Host) -> None:
    path = ".github/workflows/ccloud-plan.yml"
    text = (host.origin / path).read_text().replace("command: plan", "command: auto-apply")
    ran = propose(host, {path: text, WEB_FILE: WEB + "# first\n"})
    assert ran.results["plan"] == "failure"
    assert "auto-apply has no plan to show in a comment: leave out the input comment" in ran.log
    assert host.api.bodies() == []
