"""One description for many stacks: extended files, templates, computed names, disabled servers."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.git import run_git

PROJECT = """\
project: shop
stacks: ["stacks/*.yaml"]
defaults: {pool: pool_iw_ssd, type: unmanaged, tags: [shop]}
environments: {prod: {variables: {standby: true}}, staging: null}
"""
BASE = """\
variables: {size: 2, standby: false}
defaults: {image: debian12_uefi}
templates:
  small: {cores: "${var.size}", memory: 4, disks: [20]}
  large: {cores: 8, memory: 16, disks: [50]}
"""
WEB = """\
stack: "web-${env}"
extends: ../base.yaml
servers:
  "pool-${env}":
    for_each: {a: {count: 2, template: small}, b: {count: 1, template: large}}
    count: "${each.value.count}"
    template: "${each.value.template}"
  standby: {template: small, enabled: "${var.standby}", depends_on: ["pool-${env}-a"]}
"""
DB = """\
stack: "db-${env}"
extends: ../base.yaml
servers: {db: {template: large, cores: 4}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    for name, text in {
        "ccloud-apply.yaml": PROJECT,
        "base.yaml": BASE,
        "stacks/web.yaml": WEB,
        "stacks/db.yaml": DB,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("project")
def test_one_description_makes_both_environments_and_each_is_left_alone_by_the_other(
    call_cli: RunCli,
) -> None:
    applied = call_cli("apply", "--env", "prod", "--auto-approve")
    assert applied.code == 0, applied.err
    first = json.loads(call_cli("inventory", "--all", "--env", "prod", "--format", "json").out)
    planned = json.loads(call_cli("plan", "--env", "staging", "--format", "json").out)
    summaries = {stack["stack"]: stack["summary"] for stack in planned["stacks"]}
    assert {name: s["create"] for name, s in summaries.items()} == {
        "web-staging": 3,
        "db-staging": 1,
    }
    assert all(s["destroy"] == s["update"] == 0 for s in summaries.values())
    applied = call_cli("apply", "--env", "staging", "--auto-approve")
    assert applied.code == 0, applied.err
    for env in ("prod", "staging"):
        assert call_cli("plan", "--env", env, "--detailed-exitcode").code == 0
    second = json.loads(call_cli("inventory", "--all", "--env", "prod", "--format", "json").out)
    ours = [server for server in first["servers"] if (server["stack"] or "").endswith("-prod")]
    assert {server["key"]: (server["cores"], server["tags"]) for server in ours} == {
        "pool-prod-a-1": (2, ["shop"]),
        "pool-prod-a-2": (2, ["shop"]),
        "pool-prod-b-1": (8, ["shop"]),
        "standby": (2, ["shop"]),
        "db": (4, ["shop"]),
    }
    assert all(server in second["servers"] for server in ours)


def test_a_server_that_is_disabled_is_destroyed_and_can_be_given_back(
    call_cli: RunCli, project: Path
) -> None:
    assert call_cli("apply", "--env", "prod", "--auto-approve").code == 0
    file = project / "ccloud-apply.yaml"
    file.write_text(PROJECT.replace("standby: true", "standby: false"), encoding="utf-8")
    planned = json.loads(call_cli("plan", "--env", "prod", "--format", "json").out)
    actions = {s["key"]: s["action"] for stack in planned["stacks"] for s in stack["servers"]}
    assert {key for key, action in actions.items() if action != "unchanged"} == {"standby"}
    assert actions["standby"] == "destroy"
    web = project / "stacks" / "web.yaml"
    web.write_text(f"{WEB}released: [standby]\n", encoding="utf-8")
    told = call_cli("apply", "--env", "prod", "--auto-approve", "--format", "json")
    assert told.code == 0, told.err
    assert "delete server" not in told.out
    assert call_cli("plan", "--env", "prod", "--detailed-exitcode").code == 0


@pytest.mark.usefixtures("project")
def test_the_key_before_the_count_is_a_target(call_cli: RunCli) -> None:
    told = call_cli(
        "plan", "stacks/web.yaml", "--env", "prod", "--target", "pool-prod-a", "--format", "json"
    )
    (stack,) = json.loads(told.out)["stacks"]
    assert [server["key"] for server in stack["servers"]] == ["pool-prod-a-1", "pool-prod-a-2"]


def test_a_mistake_in_a_file_that_two_stacks_extend_is_told_once(
    call_cli: RunCli, project: Path
) -> None:
    (project / "base.yaml").write_text(BASE.replace("memory: 4", "memory: four"), encoding="utf-8")
    told = call_cli("validate", "--env", "prod", "--format", "json")
    assert told.code == 1
    (error,) = json.loads(told.out)["errors"]
    assert (error["path"], error["line"], error["column"]) == ("base.yaml", 4, 41)
    assert error["where"] == "templates.small.memory"


@pytest.mark.parametrize("name", ["../../outside.yaml", "link.yaml", "none.yaml", "."])
def test_only_a_file_below_the_projects_folder_can_be_extended(
    call_cli: RunCli, project: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "outside.yaml"
    outside.write_text("defaults: {notes: stolen}\n", encoding="utf-8")
    (project / "stacks" / "link.yaml").symlink_to(outside)
    (project / "stacks" / "web.yaml").write_text(
        f"stack: web\nextends: {name}\nservers: {{}}\n", encoding="utf-8"
    )
    told = call_cli("validate", "stacks/web.yaml", "--env", "prod")
    assert told.code == 1
    assert "stacks/web.yaml:2:10: extends: " in told.err
    assert "stolen" not in told.out + told.err


def test_without_a_project_only_files_below_the_stack_files_folder_can_be_extended(
    call_cli: RunCli, project: Path
) -> None:
    (project / "stacks" / "own.yaml").write_text("defaults: {notes: own}\n", encoding="utf-8")
    text = "stack: web\nextends: {}\nservers: {{}}\n"
    web = project / "stacks" / "web.yaml"
    web.write_text(text.format("../base.yaml"), encoding="utf-8")
    told = call_cli("validate", "stacks/web.yaml", "--no-project")
    assert told.code == 1
    assert "stacks/web.yaml:2:10: extends: ../base.yaml is outside of the folder stacks" in told.err
    web.write_text(text.format("own.yaml"), encoding="utf-8")
    assert call_cli("validate", "stacks/web.yaml", "--no-project").code == 0


def test_a_saved_plan_is_stale_once_an_extended_file_says_something_else(
    call_cli: RunCli, project: Path
) -> None:
    assert call_cli("plan", "--env", "prod", "--out", "saved.plan").code == 0
    (project / "base.yaml").write_text(BASE.replace("disks: [20]", "disks: [30]"), encoding="utf-8")
    told = call_cli("apply", "saved.plan", "--auto-approve")
    assert told.code == 1
    assert "stale plan" in told.err


def test_a_commit_is_said_to_have_changed_where_an_extended_file_has(
    call_cli: RunCli, project: Path
) -> None:
    run_git(project, "init", "-q", ".")
    run_git(project, "add", ".")
    run_git(project, "commit", "-q", "-m", "one")
    arguments = ("plan", "--env", "prod", "--format", "json")
    told = json.loads(call_cli(*arguments, "--out", "saved.plan").out)
    assert told["commit"]["altered"] is False
    (project / "base.yaml").write_text(f"{BASE}# a remark\n", encoding="utf-8")
    told = json.loads(call_cli(*arguments, "--out", "saved.plan").out)
    assert told["commit"]["altered"] is True


def test_a_count_that_is_put_on_for_each_and_taken_away_again_destroys_no_first_server(
    call_cli: RunCli, tmp_path: Path
) -> None:
    file = tmp_path / "pool.yaml"
    text = (
        "stack: pool\npolicy: {max_destroy: 2}\n"
        "defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1,"
        " memory: 2, disks: [20]}\n"
        "servers:\n  pool:\n    for_each: [a, b]\n"
    )

    def apply(text: str) -> dict[str, str]:
        file.write_text(text, encoding="utf-8")
        told = call_cli("apply", "pool.yaml", "--auto-approve", "--format", "json")
        assert told.code == 0, told.err + told.out
        assert call_cli("plan", "pool.yaml", "--detailed-exitcode").code == 0
        found = json.loads(call_cli("inventory", "pool.yaml", "--format", "json").out)
        return {server["key"]: server["hostname"] for server in found["servers"]}

    first = apply(text)
    counted = apply(f"{text}    count: 2\n")
    assert counted["pool-a-1"] == first["pool-a"]
    assert counted["pool-b-1"] == first["pool-b"]
    assert sorted(counted) == ["pool-a-1", "pool-a-2", "pool-b-1", "pool-b-2"]
    assert apply(text) == first


def test_an_empty_stack_of_disabled_servers_is_held(call_cli: RunCli, project: Path) -> None:
    assert call_cli("apply", "stacks/db.yaml", "--env", "prod", "--auto-approve").code == 0
    file = project / "stacks" / "db.yaml"
    file.write_text(DB.replace("cores: 4", "cores: 4, enabled: false"), encoding="utf-8")
    told = call_cli("plan", "stacks/db.yaml", "--env", "prod")
    assert told.code == 3, told.out + told.err
