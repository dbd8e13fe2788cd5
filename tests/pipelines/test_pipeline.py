"""The pipeline of docs/ci.md, end to end: a branch is planned, merged and applied, drift is found.

Our action is run as it stands, against the embedded API over HTTP, in a repository of git's own.
"""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.support.pipeline_runner import Runner
from tests.support.stacks import WEB


class Repository:
    """A clone with its branches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.email", "a@example.com")
        self.git("config", "user.name", "A")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self, text: str) -> None:
        (self.folder / "stacks").mkdir(exist_ok=True)
        (self.folder / "stacks" / "web.yaml").write_text(text)
        self.git("add", "stacks")
        self.git("commit", "--quiet", "--message", "change")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    found = Repository(folder)
    found.commit(WEB)
    return found


@pytest.fixture
def machine(
    http_env: dict[str, str], repository: Repository, tmp_path: Path
) -> Callable[[str], Runner]:
    """Starts a job on a new machine; comments and the platform outlive it."""

    def start(name: str) -> Runner:
        runner = Runner(
            workspace=repository.folder,
            temp=tmp_path / name,
            environment={**http_env, "CCLOUD_WORK_DIR": str(tmp_path / name / "work")},
            comments=tmp_path / "comments.json",
        )
        runner.prepare()
        return runner

    return start


def comments(tmp_path: Path) -> list[str]:
    return [comment["body"] for comment in json.loads((tmp_path / "comments.json").read_text())]


def test_from_a_branch_to_the_account_and_back_by_drift(
    repository: Repository, machine: Callable[[str], Runner], tmp_path: Path
) -> None:
    first = machine("first")
    assert first.use(command="validate").code == 0
    assert first.use(command="auto-apply").code == 0

    # A pull request: planned, shown as one comment, which the next push updates.
    repository.git("checkout", "--quiet", "-b", "more-memory")
    repository.commit(WEB.replace("memory: 4", "memory: 8"))
    planned = machine("pr").use("pull_request", command="plan", comment="true")
    assert planned.code == 0, planned.log
    assert planned.outputs["changes"] == "true"
    assert planned.outputs["update"] == "3"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", planned.outputs["plan-digest"])
    (body,) = comments(tmp_path)
    assert body.startswith("<!-- ccloud-apply:plan web -->\n")
    assert "3 to update" in body
    repository.commit(WEB.replace("memory: 4", "memory: 8").replace("count: 3", "count: 2"))
    again = machine("pr-2").use("pull_request", command="plan", comment="true")
    assert again.code == 0, again.log
    (body,) = comments(tmp_path)
    assert "1 to destroy" in body

    # After the merge: planned anew on one machine, approved, applied on another.
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "more-memory")
    planned = machine("plan").use(command="plan")
    assert (planned.code, planned.outputs["destroy"]) == (0, "1")
    applied = machine("apply").use(command="apply")
    assert applied.code == 0, applied.log
    assert "Apply complete" in applied.summary
    later = machine("later").use(command="plan", plan_file="later.json")
    assert later.outputs["changes"] == "false"

    # The same plan once more is nobody's approval any more.
    twice = machine("again").use(command="apply")
    assert twice.code == 1
    assert "stale plan" in twice.log

    # Somebody meddles; the night tells it once.
    (repository.folder / "stacks" / "web.yaml").write_text(
        WEB.replace("memory: 4", "memory: 16").replace("count: 3", "count: 2")
    )
    assert machine("hurry").use(command="auto-apply", options="--target\nweb-1").code == 0
    repository.git("checkout", "--quiet", "--", "stacks")
    night = "--since\ndrift.json\n--save\ndrift.json"
    found = machine("night").use(command="drift", options=night)
    assert (found.code, found.outputs["drift"]) == (2, "true")
    assert "web-1" in found.summary
    known = machine("next-night").use(command="drift", options=night)
    assert (known.code, known.outputs["drift"]) == (0, "false")


def test_a_plan_that_is_held_is_shown_and_fails_the_job(
    repository: Repository, machine: Callable[[str], Runner], tmp_path: Path
) -> None:
    assert machine("first").use(command="auto-apply").code == 0
    repository.commit("stack: web\nservers: {}\n")
    planned = machine("pr").use("pull_request", command="plan", comment="true")
    assert (planned.code, planned.outputs["held"], planned.outputs["exit-code"]) == (3, "true", "3")
    assert "**Blocked by a guard:**" in comments(tmp_path)[0]


def test_a_plan_that_costs_more_than_its_policy_allows_fails_the_job_and_says_by_how_much(
    repository: Repository, machine: Callable[[str], Runner], tmp_path: Path
) -> None:
    repository.commit(WEB.replace("defaults:", "policy: {max_monthly_cost: 10}\ndefaults:"))
    planned = machine("pr").use("pull_request", command="plan", comment="true")
    assert (planned.code, planned.outputs["held"]) == (3, "true")
    (body,) = comments(tmp_path)
    assert "**Blocked by a guard:**" in body
    assert "71.00 above policy.max_monthly_cost" in body
    applied = machine("merge").use(command="auto-apply")
    assert applied.code == 3
    assert "create server" not in applied.log


def test_without_a_saved_plan_nothing_is_applied(machine: Callable[[str], Runner]) -> None:
    ended = machine("apply").use(command="apply")
    assert ended.code == 1
    assert "the saved plan ccloud-plan.json does not exist: nothing was applied" in ended.log
    assert machine("plan").use(command="plan").outputs["create"] == "3"


def test_words_of_an_input_are_neither_split_nor_expanded(
    repository: Repository, machine: Callable[[str], Runner]
) -> None:
    folder = repository.folder / "my $(touch hacked) stacks"
    (repository.folder / "stacks").rename(folder)
    ended = machine("one").use(command="validate", paths=f"{folder.name}\n\n")
    assert ended.code == 0, ended.log
    assert machine("two").use(command="evil; touch hacked").code == 1
    assert not (repository.folder / "hacked").exists()


FROZEN = "policy: {freeze: [{from: '2020-01-01', for: [downtime], reason: audit}]}\n"


def test_a_nightly_job_does_what_may_be_done_and_leaves_the_rest_to_another_night(
    repository: Repository, machine: Callable[[str], Runner]
) -> None:
    offline = WEB.replace("    count: 3\n", "    lifecycle: {resize: offline}\n") + (
        "  db: {cores: 1, memory: 2, disks: [20], notes: old}\n"
    )
    repository.commit(offline)
    assert machine("first").use(command="auto-apply").code == 0
    changed = offline.replace("memory: 4", "memory: 8").replace("notes: old", "notes: new")
    repository.commit(changed + FROZEN)
    assert machine("by-day").use(command="auto-apply").code == 3
    planned = machine("pr").use(command="plan", options="--defer")
    assert (planned.code, planned.outputs["update"], planned.outputs["deferred"]) == (0, "1", "1")

    workflow = yaml.safe_load((ROOT / "integrations/github/nightly.yml").read_text())
    job = workflow["jobs"]["apply"]["steps"][-1]["with"]
    night = machine("night").use(**job)
    assert night.code == 0, night.log
    assert "audit" in night.summary
    left = machine("later").use(command="plan", options="--defer")
    assert (left.outputs["changes"], left.outputs["deferred"]) == ("false", "1")
    repository.commit(changed)
    assert machine("next-night").use(**job).code == 0
    assert machine("then").use(command="plan").outputs["changes"] == "false"
