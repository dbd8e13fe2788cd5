"""Stacks in an account of many pages: read by their tags, and nothing is made twice or forgotten,
whatever the filter makes of a tag."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.box import count_tasks
from tests.support.stacks import APPLY, EMPTY, IS_EMPTY, WEB, write_stack

Serve = Callable[..., str]
PAGE = "1"
"""Servers on a page. Six servers are six pages, and three of one stack are cheaper by tag."""

BY_TAG, BESIDE = 4, 9
"""Requests for servers of a plan of three in six: page 1 and three by the tag; or all pages, with
three by the tag that were of no use."""


@pytest.fixture
def connect(clean_env: dict[str, str], serve: Serve) -> Callable[..., dict[str, str]]:
    """An environment whose endpoint reads the document like this; all share one account."""

    def build(max_page_limit: str = PAGE, **readings: str) -> dict[str, str]:
        readings["max_page_limit"] = max_page_limit
        named = [f"{name}={value}" for name, value in readings.items()]
        arguments = [word for reading in named for word in ("--reading", reading)]
        return {
            **clean_env,
            "CCLOUD_ENDPOINT": serve(*arguments),
            "CCLOUD_TOKEN": "sandbox-tags",
            "CCLOUD_SETTLE": "0",
            "CCLOUD_GRACE": "2",
        }

    return build


def count_lists(told: str) -> int:
    """How many requests for servers a command has told with -v."""
    found = re.search(r"list_servers (\d+)", told)
    assert found, told
    return int(found[1])


@pytest.mark.parametrize(
    ("filter", "requests"),
    [
        ("exact", BY_TAG),
        ("part", BY_TAG),
        ("any_case", BY_TAG),
        ("ignored", BESIDE),
        ("refused", BESIDE),
        ("behind", BESIDE),
    ],
)
def test_a_plan_says_the_same_whatever_the_filter_makes_of_a_tag(
    connect: Callable[..., dict[str, str]],
    call_cli: RunCli,
    tmp_path: Path,
    filter: str,
    requests: int,
) -> None:
    write_stack(tmp_path)
    exact = connect()
    assert call_cli(*APPLY, env=exact).code == 0
    env = connect(tag_filter=filter)
    unchanged = call_cli("-v", *IS_EMPTY, env=env)
    assert (unchanged.code, count_lists(unchanged.err)) == (0, requests), unchanged.err
    resized = call_cli("plan", "web.yaml", "--var", "size=4", env=env)
    assert resized.code == 0, resized.err
    assert "3 to update" in resized.out
    drift = call_cli("drift", "web.yaml", env=env)
    assert drift.code == 0, drift.out
    assert count_tasks(call_cli, connect(max_page_limit="100"))["create-server"] == 3


@pytest.mark.parametrize("filter", ["exact", "part", "any_case", "ignored"])
def test_a_stack_lives_from_its_first_apply_to_its_end(
    connect: Callable[..., dict[str, str]], call_cli: RunCli, tmp_path: Path, filter: str
) -> None:
    env = connect(tag_filter=filter)
    files = {
        "created": WEB,
        "changed": WEB.replace("platform team", "web team"),
        "one less": WEB.replace("platform team", "web team").replace("count: 3", "count: 2"),
        "renamed": WEB.replace("platform team", "web team")
        .replace("count: 3", "count: 2")
        .replace("  web:\n", "  app:\n")
        + "moved: [{from: web, to: app}]\n",
    }
    for what, text in files.items():
        write_stack(tmp_path, text)
        applied = call_cli(*APPLY, env=env)
        assert applied.code == 0, (what, applied.err)
        assert call_cli(*IS_EMPTY, env=env).code == 0, what
    counting = connect(max_page_limit="100")
    tasks = count_tasks(call_cli, counting)
    assert (tasks["create-server"], tasks["delete-server"]) == (3, 1)
    write_stack(tmp_path, EMPTY)
    assert call_cli("plan", "web.yaml", env=env).code == 3
    destroyed = call_cli("destroy", "web.yaml", "--auto-approve", env=env)
    assert destroyed.code == 0, destroyed.err
    assert count_tasks(call_cli, counting)["delete-server"] == 3


def test_a_stack_whose_name_begins_like_another_one_is_left_alone(
    connect: Callable[..., dict[str, str]], call_cli: RunCli, tmp_path: Path
) -> None:
    env = connect(tag_filter="part")
    other = WEB.replace("stack: web\n", "stack: web-2\n")
    write_stack(tmp_path, other, "other.yaml")
    write_stack(tmp_path)
    assert call_cli("apply", "other.yaml", "--auto-approve", env=env).code == 0
    assert call_cli(*APPLY, env=env).code == 0
    write_stack(tmp_path, WEB.replace("count: 3", "count: 2"))
    plan = call_cli("plan", "web.yaml", env=env)
    assert "1 to destroy" in plan.out
    assert call_cli("plan", "other.yaml", "--detailed-exitcode", env=env).code == 0


@pytest.mark.parametrize("filter", ["refused", "ignored", "part", "behind"])
def test_an_apply_makes_and_changes_servers_whatever_the_filter_makes_of_a_tag(
    connect: Callable[..., dict[str, str]], call_cli: RunCli, tmp_path: Path, filter: str
) -> None:
    write_stack(tmp_path)
    env = connect(tag_filter=filter)
    made = call_cli(*APPLY, env=env)
    assert made.code == 0, made.err
    resized = call_cli(*APPLY, "--var", "size=4", env=env)
    assert resized.code == 0, resized.err
    assert call_cli(*IS_EMPTY, "--var", "size=4", env=env).code == 0
