"""The script that comments on a pull request, against the stub of the host's API."""

import ast
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.conftest import ROOT
from tests.support.github_runner.stub_api import Api

SCRIPT = ROOT / "integrations" / "github" / "comment.py"
MARK = "<!-- ccloud-apply:pull-request -->"
BOT = {"login": "github-actions[bot]", "type": "Bot"}


@pytest.fixture
def step(tmp_path: Path, comments: Api) -> dict[str, str]:
    """The environment of a step whose plan has failed."""
    comments.tokens["token"] = {"pull-requests": "write"}
    (tmp_path / "ccloud-said").write_text("error: it is broken\n  hint: mend it\n")
    return {
        "GITHUB_API_URL": comments.address,
        "GITHUB_REPOSITORY": "our/repo",
        "GITHUB_RUN_ID": "9001",
        "GITHUB_RUN_NUMBER": "12",
        "GITHUB_RUN_ATTEMPT": "3",
        "RUNNER_TEMP": str(tmp_path),
        "PULL_REQUEST": "7",
        "HEAD_SHA": "0123456789abcdef0123456789abcdef01234567",
        "GH_TOKEN": "token",
        "COMMAND": "plan",
        "COMMENT_NAME": "",
        "PLAN_FILE": "",
        "EXIT_CODE": "1",
        "COMMENT_WAIT_S": "0",
    }


def comment(step: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT)], env=step, capture_output=True, text=True, check=False
    )


def written(step: Mapping[str, str], api: Api) -> str:
    """The one comment after the script has run."""
    ended = comment(step)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    (body,) = api.bodies()
    return body


def test_a_failure_says_what_was_said_of_which_commit_and_where(
    step: dict[str, str], comments: Api
) -> None:
    lines = written(step, comments).splitlines()
    assert lines[:2] == [MARK, "### ccloud-apply plan: failed (exit code 1)"]
    assert "error: it is broken" in lines
    run = "[run 12](https://github.com/our/repo/actions/runs/9001), attempt 3"
    assert lines[-1].startswith(f"<sub>Commit 0123456789 · {run} · 20")


def test_a_run_that_never_started_is_a_failure_too(
    step: dict[str, str], comments: Api, tmp_path: Path
) -> None:
    (tmp_path / "ccloud-said").unlink()
    assert "failed (it did not start)" in written({**step, "EXIT_CODE": ""}, comments)


def test_a_plan_that_cannot_be_shown_is_a_failure_and_not_silence(
    step: dict[str, str], comments: Api, tmp_path: Path
) -> None:
    command = tmp_path / "ccloud-apply" / "bin" / "ccloud-apply"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\nexit 1\n")
    command.chmod(0o755)
    assert "failed" in written({**step, "PLAN_FILE": "plan.json"}, comments)


def test_text_of_others_stays_text(step: dict[str, str], comments: Api, tmp_path: Path) -> None:
    hostile = "error: ```\n\n# A heading\n@everybody <img src=x> ````` </sub>\n::error::not said\n"
    (tmp_path / "ccloud-said").write_text(hostile)
    body = written(step, comments)
    assert "not said" not in body
    blocks = [token.type for token in MarkdownIt().parse(body)]
    assert blocks.count("heading_open") == 1
    assert blocks.count("fence") == 1


def test_what_is_long_is_cut_and_fits(step: dict[str, str], comments: Api, tmp_path: Path) -> None:
    (tmp_path / "ccloud-said").write_text("ä" * 200_000)
    body = written(step, comments)
    assert len(body) < 30_000
    assert "\n...\n" in body


def test_the_comment_is_found_behind_many_others(step: dict[str, str], comments: Api) -> None:
    comments.page = 3
    for number in range(8):
        comments.add(f"{number}", user={"login": "jane", "type": "User"})
    ours = comments.add(f"{MARK}\nold", user=BOT)
    comments.add(f"{MARK}\nold", user=BOT, number=8)
    assert comment(step).returncode == 0
    assert len(comments.comments) == 10
    assert "it is broken" in ours["body"]
    assert comments.bodies(8) == [f"{MARK}\nold"]


@pytest.mark.parametrize("login", ["mallory", "gitea-actions"])
def test_a_comment_of_somebody_else_is_left_alone(
    step: dict[str, str], comments: Api, login: str
) -> None:
    theirs = comments.add(f"{MARK}\nApproved!", user={"login": login, "type": "User"})
    assert comment(step).returncode == 0
    assert theirs["body"] == f"{MARK}\nApproved!"
    assert len(comments.bodies()) == 2


def test_a_host_that_tells_no_type_of_a_user_has_a_user_of_its_pipelines(
    step: dict[str, str], comments: Api
) -> None:
    ours = comments.add(f"{MARK}\nold", user={"login": "gitea-actions"})
    assert comment(step).returncode == 0
    assert "it is broken" in ours["body"]


def test_a_token_of_a_person_updates_the_comments_of_that_person(
    step: dict[str, str], comments: Api
) -> None:
    comments.tokens["token"] = "jane"
    comments.add(f"{MARK}\nof a bot", user=BOT)
    ours = comments.add(f"{MARK}\nold", user={"login": "jane", "type": "User"})
    assert comment(step).returncode == 0
    assert "it is broken" in ours["body"]
    assert comments.bodies()[0] == f"{MARK}\nof a bot"


def test_jobs_of_several_environments_have_a_comment_each(
    step: dict[str, str], comments: Api
) -> None:
    for name in ("staging", "prod", "staging"):
        assert comment({**step, "CCLOUD_ENV": name}).returncode == 0
    assert comment({**step, "CCLOUD_ENV": "prod", "COMMENT_NAME": "other -->"}).returncode == 0
    assert [body.partition("\n")[0] for body in comments.bodies()] == [
        "<!-- ccloud-apply:pull-request staging -->",
        "<!-- ccloud-apply:pull-request prod -->",
        "<!-- ccloud-apply:pull-request other_--_ -->",
    ]
    assert comments.bodies()[0].endswith("· `staging`</sub>\n")


def test_all_of_them_are_withdrawn_together_and_none_is_made(
    step: dict[str, str], comments: Api
) -> None:
    assert comment({**step, "COMMAND": "withdraw"}).returncode == 0
    assert comments.bodies() == []
    for name in ("staging", "prod"):
        assert comment({**step, "CCLOUD_ENV": name}).returncode == 0
    assert comment({**step, "COMMAND": "withdraw"}).returncode == 0
    staging, prod = comments.bodies()
    assert staging.startswith(
        "<!-- ccloud-apply:pull-request staging -->\n### ccloud-apply plan: none"
    )
    assert prod.startswith("<!-- ccloud-apply:pull-request prod -->\n### ccloud-apply plan: none")


def test_a_host_that_is_down_for_a_moment_is_asked_again(
    step: dict[str, str], comments: Api
) -> None:
    comments.fail_with += [502, 503, 429]
    assert "it is broken" in written(step, comments)


def test_a_comment_that_was_written_without_an_answer_is_not_written_twice(
    step: dict[str, str], comments: Api
) -> None:
    comments.lost = 1
    assert "it is broken" in written(step, comments)
    assert [line.partition(" ")[0] for line in comments.requests].count("POST") == 1


def test_a_comment_that_was_refused_for_a_moment_is_written_by_the_next_try(
    step: dict[str, str], comments: Api
) -> None:
    comments.refused_writes = 1
    assert "it is broken" in written(step, comments)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([502] * 4, "answers 502 to GET"),
        ([403], "answers 403 to GET; give the job `permissions: pull-requests: write`"),
        ([302], "answers 302 to GET"),
    ],
)
def test_a_host_that_refuses_fails_the_step_with_a_way_out(
    step: dict[str, str], comments: Api, answers: list[int], words: str
) -> None:
    comments.fail_with += answers
    ended = comment(step)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "token" not in ended.stderr.replace("github-token", "")
    assert len(comments.requests) == len(answers)


def test_a_token_that_may_not_write_is_told(step: dict[str, str], comments: Api) -> None:
    comments.tokens["token"] = {"contents": "read"}
    ended = comment(step)
    assert ended.returncode == 1
    assert "answers 403 to POST; give the job `permissions: pull-requests: write`" in ended.stderr


def test_a_host_that_cannot_be_reached_is_told(step: dict[str, str]) -> None:
    ended = comment({**step, "GITHUB_API_URL": "http://127.0.0.1:9"})
    assert ended.returncode == 1
    assert "the API of the host does not answer" in ended.stderr


def test_a_comment_that_is_deleted_in_between_is_made_anew(
    step: dict[str, str], comments: Api
) -> None:
    comments.add(f"{MARK}\nold", user=BOT)
    comments.delete_on = "PATCH"
    assert "it is broken" in written(step, comments)


def test_of_two_comments_one_shows_the_plan_and_the_other_says_so(
    step: dict[str, str], comments: Api
) -> None:
    for _ in range(2):
        comments.add(f"{MARK}\nold", user=BOT)
    for _ in range(2):
        assert comment(step).returncode == 0
    first, second = comments.bodies()
    assert "it is broken" in first
    assert second == f"{MARK}\nAnother comment of this pull request shows the plan.\n"
    assert comments.requests.count("PATCH /repos/our/repo/issues/comments/101") == 1


@pytest.mark.parametrize("command", ["plan", "withdraw"])
def test_a_run_of_an_older_commit_leaves_the_comment_to_the_newer_one(
    step: dict[str, str], comments: Api, command: str
) -> None:
    comments.add(f"{MARK}\nthe newer plan", user=BOT)
    comments.head = "f" * 40
    ended = comment({**step, "COMMAND": command})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (
        ended.stdout
        == "The pull request is now at ffffffffff. The run of that commit comments instead.\n"
    )
    assert comments.bodies() == [f"{MARK}\nthe newer plan"]


def test_the_run_of_the_commit_that_is_proposed_comments(
    step: dict[str, str], comments: Api
) -> None:
    comments.head = step["HEAD_SHA"]
    assert "it is broken" in written(step, comments)


def test_a_limit_of_requests_is_waited_for_and_is_no_lack_of_permissions(
    step: dict[str, str], comments: Api
) -> None:
    comments.fail_headers = {"Retry-After": "7"}
    comments.fail_with += [403, 403]
    assert "it is broken" in written(step, comments)


def test_a_limit_that_is_told_in_words_alone_is_a_limit_too(
    step: dict[str, str], comments: Api
) -> None:
    comments.fail_words = "You have exceeded a secondary rate limit."
    comments.fail_with += [403]
    assert "it is broken" in written(step, comments)


def test_a_limit_that_lasts_is_told_and_not_waited_for(step: dict[str, str], comments: Api) -> None:
    comments.fail_headers = {"Retry-After": "1800"}
    comments.fail_with += [403] * 9
    ended = comment(step)
    assert ended.returncode == 1
    assert ended.stderr.endswith("the API of the host answers 403 to GET; it says: later\n")
    assert len(comments.requests) == 1


def test_a_connection_that_ends_without_an_answer_is_tried_again(
    step: dict[str, str], comments: Api
) -> None:
    comments.fail_with += [0, 0]
    assert "it is broken" in written(step, comments)


def test_whose_token_it_is_has_to_be_known_where_there_are_comments(
    step: dict[str, str], comments: Api
) -> None:
    comments.tokens["token"] = "jane"
    comments.add(f"{MARK}\nof a bot", user=BOT)
    ours = comments.add(f"{MARK}\nold", user={"login": "jane", "type": "User"})
    comments.fail_after = {"GET /user": [502]}
    assert comment(step).returncode == 0
    assert "it is broken" in ours["body"]
    assert len(comments.bodies()) == 2


def test_further_pages_are_read_where_links_lead_to_another_address_of_the_host(
    step: dict[str, str], comments: Api
) -> None:
    comments.page, comments.link = 1, "http://gitea.internal:3000"
    comments.add("first", user={"login": "jane", "type": "User"})
    ours = comments.add(f"{MARK}\nold", user=BOT)
    assert comment(step).returncode == 0
    assert "it is broken" in ours["body"]


def test_a_step_that_was_stopped_says_so(step: dict[str, str], comments: Api) -> None:
    body = written({**step, "EXIT_CODE": "", "OUTCOME": "cancelled"}, comments)
    assert "failed (the run was stopped)" in body


def test_a_notice_that_names_a_branch_is_read_as_text_alone(
    step: dict[str, str], comments: Api
) -> None:
    body = written({**step, "NOTICE": "@org/<img-x>`v1.2` has newer commits: rebase"}, comments)
    assert "> **Warning:** ?org/?img-x??v1.2? has newer commits: rebase\n" in body


@pytest.mark.parametrize("name", ["comment.py", "comment_api.py"])
def test_a_comment_is_written_by_a_python_that_is_too_old_for_ccloud_apply(name: str) -> None:
    """It says then that there is no plan, where an earlier one was shown."""
    tree = ast.parse((SCRIPT.parent / name).read_text(), feature_version=(3, 8))
    imported = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert "__future__.annotations" in imported  # else `str | None` is evaluated
    assert "datetime.UTC" not in imported
    assert not any(isinstance(node, ast.Match) for node in ast.walk(tree))


def test_what_makes_no_plan_has_no_comment(step: dict[str, str], comments: Api) -> None:
    ended = comment({**step, "COMMAND": "validate", "EXIT_CODE": "0"})
    assert ended.returncode == 1
    assert "validate has no plan to show" in ended.stderr
    assert comments.bodies() == []
