"""`explain` over the command: one server, whoever it belongs to, in both formats."""

import json
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.schemas import read_schema
from tests.conftest import RunCli
from tests.e2e.test_marks import BUILD, marked_key
from tests.support.accounts import Account
from tests.support.git import run_git
from tests.support.stacks import WEB, with_faults, write_stack

SCHEMA = Draft202012Validator(read_schema("explain.schema.json"))
APPLY = ("apply", "web.yaml", "--auto-approve")


@pytest.fixture
def applied(call_cli: RunCli, tmp_path: Path) -> None:
    """The stack `web` of three servers, as its file says."""
    write_stack(tmp_path)
    assert call_cli(*APPLY).code == 0


def explained(call_cli: RunCli, *arguments: str, **options: Any) -> dict[str, Any]:
    ended = call_cli("explain", *arguments, "--format", "json", **options)
    assert (ended.code, ended.err) == (0, ""), ended.err
    document: dict[str, Any] = json.loads(ended.out)
    SCHEMA.validate(document)
    return document


def states(document: dict[str, Any]) -> dict[str, str]:
    return {field["field"]: field["status"] for field in document["fields"]}


@pytest.mark.usefixtures("applied")
def test_a_server_that_is_as_declared_has_nothing_to_do(call_cli: RunCli) -> None:
    for name in ("web-2", "web/web-2", "vs10005"):
        document = explained(call_cli, name, "web.yaml")
        assert (document["stack"], document["key"], document["hostname"]) == (
            "web",
            "web-2",
            "vs10005",
        )
    assert set(states(document).values()) == {"equal"}
    assert document["declared"]["path"] == "web.yaml"
    assert document["declared"]["line"] == 1 + WEB.splitlines().index("  web:")
    assert (document["plan"]["action"], document["plan"]["steps"]) == ("unchanged", [])
    assert document["ipv4"] != []
    assert [task["action"] for task in document["last_tasks"]] == ["create-server"]


@pytest.mark.usefixtures("applied")
def test_what_differs_and_what_the_next_plan_does_about_it(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, WEB.replace("memory: 4", "memory: 8"))
    document = explained(call_cli, "web-1", "web.yaml")
    assert states(document)["memory"] == "differs"
    (step,) = document["plan"]["steps"]
    assert step["operation_id"] == "resize_server_memory"
    plan = json.loads(call_cli("plan", "web.yaml", "--format", "json").out)
    assert step in plan["stacks"][0]["steps"]
    text = call_cli("explain", "web-1", "web.yaml").out
    assert re.search(r"~ memory +live: 4 GB; declared: 8 GB", text)
    assert "Next plan: updates it" in text


def test_a_declared_server_that_does_not_exist_is_explained_too(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    document = explained(call_cli, "web-1", "web.yaml")
    assert (document["status"], document["hostname"], document["ipv4"]) == ("missing", None, None)
    first, *_ = document["plan"]["steps"]
    assert first["operation_id"] == "create_server"


@pytest.mark.usefixtures("applied")
def test_a_hostname_alone_says_whose_the_server_is(call_cli: RunCli) -> None:
    unmanaged = explained(call_cli, "vs10001")
    assert (unmanaged["status"], unmanaged["plan"]) == ("unmanaged", None)
    live = {field["field"]: field["live"] for field in unmanaged["unmanaged"]}
    assert (live["memory"], live["power"]) == (16, "running")
    owned = explained(call_cli, "vs10005")
    assert (owned["status"], owned["stack"], owned["key"]) == ("other-stack", "web", "web-2")
    text = call_cli("explain", "vs10005").out
    assert "belongs to stack web as web-2, whose file was not given" in text


@pytest.mark.usefixtures("applied")
def test_a_server_that_left_the_file_is_undeclared(call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, WEB.replace("count: 3", "count: 2"))
    document = explained(call_cli, "web-3", "web.yaml")
    assert (document["status"], document["declared"]) == ("undeclared", None)
    assert document["plan"]["action"] == "destroy"
    assert "DESTROYS it" in call_cli("explain", "web-3", "web.yaml").out


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("web-1",), "a key needs the file that declares it"),
        (("web", "web.yaml"), "name one of web-1, web-2, web-3"),
        (("web-1", "."), "name one of them as STACK/KEY: two/web-1, web/web-1"),
        (("web-1", "--var", "size=2"), "name the stack file"),
    ],
)
def test_a_name_that_is_no_servers_is_an_error_with_a_way_out(
    arguments: tuple[str, ...], hint: str, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, WEB.replace("stack: web", "stack: two"), "a.yaml")
    ended = call_cli("explain", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert hint in ended.err
    assert call_cli("explain", "two/web-1", ".").code == 0


@pytest.mark.usefixtures("applied")
def test_a_server_whose_identity_is_unclear_is_an_error_that_says_why(
    call_cli: RunCli, tmp_path: Path
) -> None:
    text = "stack: new\nservers: {shop: {hostname: vs99999, notes: x}}\n"
    write_stack(tmp_path, text, "new.yaml")
    ended = call_cli("explain", "shop", "new.yaml")
    assert (ended.code, ended.out) == (1, "")
    assert "vs99999" in ended.err


@pytest.mark.usefixtures("applied")
def test_what_cannot_be_read_is_unknown_and_the_rest_comes(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rules = [
        {"operation": name, "fault": {"status": 403}}
        for name in ("list_server_tasks", "get_server_state")
    ]
    env = with_faults(sandbox_env, tmp_path, *rules)
    document = explained(call_cli, "web-1", "web.yaml", env=env)
    assert document["last_tasks"] is None
    assert document["tasks_unread"]
    power = next(field for field in document["unmanaged"] if field["field"] == "power")
    assert power["live"] is None
    assert power["unknown"]
    # The plan does not look at it, so the server is compared.
    assert (document["not_compared"], set(states(document).values())) == (None, {"equal"})


@pytest.mark.usefixtures("applied")
def test_a_list_that_nothing_but_an_explanation_wants_may_fail(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rule = {"operation": "list_snapshot_schedules", "fault": {"status": 403}}
    env = with_faults(sandbox_env, tmp_path, rule)
    document = explained(call_cli, "web-1", "web.yaml", env=env)
    unknown = {f["field"]: f["unknown"] for f in document["unmanaged"] if f["unknown"]}
    assert "scheduled_snapshots" in unknown


@pytest.mark.usefixtures("applied")
def test_only_this_server_is_read(call_cli: RunCli) -> None:
    told = call_cli("explain", "web-1", "web.yaml", "-v").err
    counts = {name: int(n) for name, n in re.findall(r"(\w+) (\d+)(?:,|$)", told, re.MULTILINE)}
    assert counts.pop("list_tasks") == 2  # what runs, and what has failed
    assert set(counts.values()) == {1}


def test_a_server_that_the_next_apply_adopts_is_not_the_stacks_yet(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(
        tmp_path, "stack: old\nservers: {db: {hostname: vs10001, notes: mine}}\n", "old.yaml"
    )
    for name in ("db", "vs10001"):
        text = call_cli("explain", name, "old.yaml").out
        assert "db (vs10001) is declared by stack old, which does not own it yet" in text
        assert "Next plan: adopts it" in text


def test_over_http_it_needs_no_request_of_other_servers(
    run_cli: RunCli, http_env: dict[str, str], tmp_path: Path
) -> None:
    write_stack(
        tmp_path, "stack: web\nservers: {db: {hostname: vs10001}, web: {hostname: vs10002}}\n"
    )
    assert run_cli(*APPLY, env=http_env).code == 0
    ended = run_cli("explain", "web", "web.yaml", "-v", env=http_env)
    assert ended.code == 0, ended.err
    assert "web (vs10002) belongs to stack web" in ended.out
    assert "list_server_disks 1" in ended.err
    assert "the-client-secret" not in ended.out + ended.err


def test_a_server_whose_build_failed_says_the_way_out(account: Account) -> None:
    account.run_with(BUILD, *APPLY)
    key = marked_key(account)
    ended = account.run("explain", key, "web.yaml")
    assert f"incomplete: its build failed, so nothing is done to it\n    hint: --replace {key}" in (
        ended.out
    )
    assert "not compared  the build of" in ended.out
    assert "BLOCKED by a guard" in ended.out
    assert re.search(r"create-server .* failed .* no host with enough free memory", ended.out)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.usefixtures("applied")
def test_the_commit_that_changed_the_entry_last_is_told(call_cli: RunCli, tmp_path: Path) -> None:
    git = partial(run_git, tmp_path)
    git("init", "-q")
    git("add", "web.yaml")
    git("commit", "-q", "-m", "Add the web servers")
    document = explained(call_cli, "web-1", "web.yaml")
    commit = document["declared"]["commit"]
    assert (commit["author"], commit["subject"]) == ("Jane Doe", "Add the web servers")
    assert document["declared"]["uncommitted"] is False
    write_stack(tmp_path, WEB.replace("memory: 4", "memory: 8"))
    text = call_cli("explain", "web-1", "web.yaml").out
    assert '"Add the web servers" by Jane Doe' in text
    assert "changed since, and not committed" in text
