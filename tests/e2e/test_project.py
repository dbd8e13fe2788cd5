"""A project file over the command: found, its environments, its stacks, saved plans, `new`."""

import json
import os
import pty
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply import Connection, drift, inventory, load, rehearse
from ccloud_apply import plan as plan_stacks
from ccloud_apply.errors import StackError, UsageError, WrongAccountError
from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.support.documents import validator_of

PROJECT = """\
project: shop
stacks: ["stacks/**/*.yaml"]
variables: {size: 2}
environments:
  prod: {var_files: [env/prod.yaml]}
  staging: {variables: {size: 1}}
"""
STACK = """\
stack: NAME-${env}
servers:
  web: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: "${var.size}",
        memory: 4, disks: [50], notes: "of ${env}"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of two stacks and two environments, in the folder in which commands run."""
    for folder in ("stacks/deep", "env"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "ccloud-apply.yaml").write_text(PROJECT)
    (tmp_path / "env/prod.yaml").write_text("size: 4\n")
    (tmp_path / "stacks/web.yaml").write_text(STACK.replace("NAME", "web"))
    (tmp_path / "stacks/deep/db.yaml").write_text(STACK.replace("NAME", "db"))
    return tmp_path


def plan(call_cli: RunCli, *arguments: str) -> dict[str, Any]:
    ended = call_cli("plan", "--format", "json", "--no-cost", *arguments)
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads(ended.out)
    return document


def cores(document: dict[str, Any]) -> dict[str, Any]:
    return {
        stack["stack"].partition("-")[0]: change["after"]
        for stack in document["stacks"]
        for change in stack["servers"][0]["changes"]
        if change["field"] == "cores"
    }


def test_without_a_path_the_stacks_of_the_project_are_planned_in_their_environment(
    call_cli: RunCli, shop: Path
) -> None:
    document = plan(call_cli, "--env", "prod")
    assert cores(document) == {"web": 4, "db": 4}
    assert document["env"] == "prod"
    validator_of("plan.schema.json").validate(document)
    assert [stack["path"] for stack in document["stacks"]] == [
        "stacks/web.yaml",
        "stacks/deep/db.yaml",
    ]


def test_the_environment_comes_from_the_flag_before_or_after_the_command_or_from_the_variable(
    call_cli: RunCli, shop: Path, sandbox_env: dict[str, str]
) -> None:
    env = {**sandbox_env, "CCLOUD_ENV": "staging"}
    seen = [
        call_cli("plan", "--format", "json", env=env),
        call_cli("--env", "prod", "plan", "--format", "json", env=env),
        call_cli("plan", "--env", "prod", "--format", "json", env=env),
        call_cli("plan", "stacks/web.yaml", "--env", "prod", "--format", "json"),
    ]
    assert [cores(json.loads(ended.out))["web"] for ended in seen] == [1, 4, 4, 4]


def test_the_layers_from_outside_win(
    call_cli: RunCli, shop: Path, sandbox_env: dict[str, str]
) -> None:
    (shop / "more.yaml").write_text("size: 6\n")
    env = {**sandbox_env, "CCLOUD_VAR_size": "5"}
    calls = ((), ("--var-file", "more.yaml"), ("--var-file", "more.yaml", "--var", "size=7"))
    seen = []
    for call in calls:
        ended = call_cli("plan", "--env", "prod", "--format", "json", *call, env=env)
        seen.append(cores(json.loads(ended.out))["web"])
    assert seen == [5, 6, 7]


def test_it_is_found_from_a_folder_below_and_named_from_elsewhere(
    call_cli: RunCli, shop: Path
) -> None:
    assert cores(plan(call_cli, "stacks/deep", "--env", "prod")) == {"db": 4}
    (shop / "ccloud-apply.yaml").rename(shop / "stacks/ccloud-apply.yaml")
    (shop / "stacks/ccloud-apply.yaml").write_text(
        PROJECT.replace("stacks/**/*.yaml", "deep").replace("var_files: [env/prod.yaml]", "")
    )
    for named in ("stacks/ccloud-apply.yaml", "stacks"):
        assert cores(plan(call_cli, "--project", named, "--env", "prod")) == {"db": 2}


def test_no_project_does_without(call_cli: RunCli, shop: Path) -> None:
    ended = call_cli("validate", "--no-project", "stacks/web.yaml")
    assert ended.code == 1
    assert 'the variable "size" is not declared' in ended.err
    ended = call_cli("plan", "--no-project")
    assert ended.code == 1
    assert "no PATH is given" in ended.err


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (("--env", "prdo"), "has no environment prdo", 'did you mean "prod"?'),
        (("--env", "x"), "has no environment x", "environments: prod, staging"),
        (("--project", "nothing.yaml"), "nothing.yaml cannot be read", ""),
        (("--project", "a.yaml", "--no-project"), "exclude each other", "give one of them"),
        (("--env", ""), "--env is given without a name", "leave it out"),
        (("--project", ""), "--project is given without a name", "leave it out"),
        (("--env", "prod", "--no-project"), "does without environments", "give one of them"),
        (("--env", "prod", "--destroy"), "--destroy needs a PATH", "name the stack files"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_planned(
    call_cli: RunCli, shop: Path, arguments: tuple[str, ...], what: str, hint: str
) -> None:
    ended = call_cli("plan", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert what in ended.err
    assert hint in ended.err


def test_an_environment_without_a_project_file_is_an_error(
    call_cli: RunCli, tmp_path: Path, sandbox_env: dict[str, str]
) -> None:
    (tmp_path / "web.yaml").write_text("stack: web\n")
    for arguments, env in (
        (("--env", "prod"), sandbox_env),
        ((), {**sandbox_env, "CCLOUD_ENV": "prod"}),
    ):
        ended = call_cli("plan", "web.yaml", *arguments, env=env)
        assert ended.code == 1
        assert "there is no project file" in ended.err
    env = {**sandbox_env, "CCLOUD_ENV": "prod"}
    assert call_cli("plan", "web.yaml", "--no-project", env=env).code == 0


def test_destroy_takes_no_stack_that_is_not_named(call_cli: RunCli, shop: Path) -> None:
    ended = call_cli("destroy", "--env", "prod", "--auto-approve")
    assert ended.code == 1
    assert "Missing argument 'PATH...'" in ended.err


def test_validate_tells_all_mistakes_of_the_project_file_as_its_document(
    call_cli: RunCli, shop: Path
) -> None:
    (shop / "ccloud-apply.yaml").write_text("project: Shop\nservers: {}\n")
    ended = call_cli("validate", "--format", "json")
    assert ended.code == 1
    document = json.loads(ended.out)
    assert document["valid"] is False
    places = [(error["path"], error["line"], error["column"]) for error in document["errors"]]
    assert places == [("ccloud-apply.yaml", 1, 10), ("ccloud-apply.yaml", 2, 1)]
    assert call_cli("plan").code == 1


@pytest.mark.parametrize(
    ("stacks", "what"),
    [
        ("[stakcs/*.yaml]", "2:10: stacks[0]: there is no stakcs"),
        ("[stacks/web.yaml, ../x.yaml]", "2:27: stacks[1]: ../x.yaml leaves the project file"),
        ("[stacks/*.yml]", "2:9: stacks: no file is named by stacks/*.yml"),
        ("[env]", "no file that it names is a stack"),
        ("[env/prod.yaml]", 'env/prod.yaml:1:1: "stack" is missing'),
    ],
)
def test_stacks_that_name_nothing_are_an_error(
    call_cli: RunCli, shop: Path, stacks: str, what: str
) -> None:
    text = PROJECT.replace('["stacks/**/*.yaml"]', stacks)
    (shop / "ccloud-apply.yaml").write_text(text)
    ended = call_cli("validate", "--env", "staging")
    assert ended.code == 1
    assert what in ended.err


def test_without_an_entry_every_stack_of_the_folder_is_one_of_the_project(
    call_cli: RunCli, shop: Path
) -> None:
    text = PROJECT.replace('stacks: ["stacks/**/*.yaml"]\n', "")
    (shop / "ccloud-apply.yaml").write_text(text)
    ended = call_cli("validate", "--env", "staging")
    assert ended.code == 0, ended.err
    assert "2 stacks" in ended.out


def test_a_file_that_two_entries_or_a_link_name_is_one_stack(call_cli: RunCli, shop: Path) -> None:
    text = PROJECT.replace('["stacks/**/*.yaml"]', "[stacks/*.yaml, stacks/web.yaml, stacks]")
    (shop / "ccloud-apply.yaml").write_text(text)
    (shop / "stacks/zz.yaml").symlink_to(shop / "stacks/web.yaml")
    ended = call_cli("validate", "--env", "staging")
    assert ended.code == 0, ended.err
    assert "2 stacks" in ended.out


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        (None, "ccloud-apply.yaml:5:22", "there is no file env/prod.yaml"),
        ("- size\n", "env/prod.yaml:1:1", "a mapping of NAME: VALUE"),
        ("size: [\n", "env/prod.yaml:2:1", "the YAML cannot be read"),
        ("size: big\n", "env/prod.yaml:1:7", "must be a whole number"),
    ],
)
def test_a_file_of_variables_that_cannot_be_used_is_told_with_its_place(
    call_cli: RunCli, shop: Path, text: str | None, place: str, what: str
) -> None:
    if text is None:
        (shop / "env/prod.yaml").unlink()
    else:
        (shop / "env/prod.yaml").write_text(text)
    ended = call_cli("validate", "--env", "prod")
    assert ended.code == 1
    assert place in ended.err
    assert what in ended.err
    assert call_cli("validate", "--env", "staging").code == 0


def test_apply_and_drift_take_the_stacks_of_the_project_and_agree(
    call_cli: RunCli, shop: Path
) -> None:
    assert call_cli("apply", "--env", "staging", "--auto-approve").code == 0
    assert call_cli("drift", "--env", "staging").code == 0
    assert call_cli("drift", "--env", "prod").code == 2
    ended = call_cli("inventory", "--env", "staging", "--format", "json")
    assert [row["key"] for row in json.loads(ended.out)["servers"]] == ["web", "web"]
    ended = call_cli("explain", "db-staging/web", "--env", "staging")
    assert "stacks/deep/db.yaml:3" in ended.out


def test_a_saved_plan_remembers_its_project_and_environment(
    call_cli: RunCli, shop: Path, sandbox_env: dict[str, str]
) -> None:
    assert call_cli("plan", "--env", "staging", "--out", "a.plan").code == 0
    assert "environment staging" in call_cli("show", "a.plan").out
    refused = [
        call_cli("apply", "a.plan", "--env", "prod"),
        call_cli("apply", "a.plan", env={**sandbox_env, "CCLOUD_ENV": "prod"}),
        call_cli("apply", "a.plan", "--no-project"),
        call_cli("apply", "a.plan", "--project", "ccloud-apply.yaml"),
    ]
    assert [ended.code for ended in refused] == [1, 1, 1, 1]
    assert "a.plan was saved for staging" in refused[0].err
    assert "CCLOUD_ENV names the environment prod" in refused[1].err
    assert call_cli("apply", "a.plan", "--env", "staging").code == 0
    assert not any(cores(plan(call_cli, "--env", "staging")).values())


def test_a_saved_plan_is_stale_once_its_environment_says_something_else(
    call_cli: RunCli, shop: Path
) -> None:
    assert call_cli("plan", "--env", "prod", "--out", "a.plan").code == 0
    (shop / "env/prod.yaml").write_text("size: 8\n")
    ended = call_cli("apply", "a.plan")
    assert ended.code == 1
    assert "stale plan" in ended.err


def test_a_stack_that_is_added_to_the_project_is_no_part_of_a_saved_plan(
    call_cli: RunCli, shop: Path
) -> None:
    assert call_cli("plan", "--env", "prod", "--out", "a.plan").code == 0
    (shop / "stacks/more.yaml").write_text(STACK.replace("NAME", "more"))
    assert call_cli("apply", "a.plan").code == 0
    assert cores(plan(call_cli, "--env", "prod")) == {"more": 4}


def test_a_plan_without_a_project_is_stale_once_there_is_one(
    call_cli: RunCli, shop: Path, sandbox_env: dict[str, str]
) -> None:
    (shop / "ccloud-apply.yaml").rename(shop / "kept")
    (shop / "stacks/web.yaml").write_text("stack: web\n")
    assert call_cli("plan", "stacks/web.yaml", "--out", "a.plan").code == 0
    assert call_cli("plan", "stacks/web.yaml", "--no-project", "--out", "b.plan").code == 0
    (shop / "kept").rename(shop / "ccloud-apply.yaml")
    ended = call_cli("apply", "a.plan")
    assert ended.code == 1
    assert "it was made without a project file, and ccloud-apply.yaml is there now" in ended.err
    refused = call_cli("apply", "b.plan", "--env", "prod")
    assert refused.code == 1
    assert "--env names the environment prod, and b.plan was saved without" in refused.err
    env = {**sandbox_env, "CCLOUD_ENV": "prod"}
    assert call_cli("apply", "b.plan", env=env).code == 0


def test_new_writes_a_project_file_that_expects_the_account(
    call_cli: RunCli, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    (tmp_path / "stacks").mkdir()
    ended = call_cli("new", "--project")
    assert ended.code == 0, ended.err
    text = (tmp_path / "ccloud-apply.yaml").read_text()
    assert 'account: {customer_id: "328100"}' in text
    assert 'stacks: ["stacks/**/*.yaml"]' in text
    (tmp_path / "stacks/web.yaml").write_text("stack: web\n")
    assert call_cli("validate").code == 0
    ended = call_cli("new", "--project")
    assert (ended.code, text) == (1, (tmp_path / "ccloud-apply.yaml").read_text())
    (tmp_path / "other").mkdir()
    ended = call_cli("new", "--project", "other/ccloud-apply.yaml", env=clean_env)
    assert ended.code == 0, ended.err
    assert "no credentials are set" in ended.out
    (tmp_path / "other/x.yaml").write_text("stack: other\n")
    (command,) = re.findall(r"  ccloud-apply (.+ validate)", ended.out)
    assert call_cli(*shlex.split(command)).out == "Valid: 1 stack, 0 servers.\n"
    (tmp_path / "other/ccloud-apply.yaml").unlink()
    env = {**clean_env, "CCLOUD_ENDPOINT": "sandbox"}  # the flag wins
    calls = ("new", "--project", "other/ccloud-apply.yaml", "--endpoint", "https://c.example/v1")
    ended = call_cli(*calls, env=env)
    assert ended.code == 0, ended.err
    assert "no credentials are set" in ended.out
    for arguments in (("x.yaml",), ("--pool", "x")):
        ended = call_cli("new", "--project", *arguments)
        assert ended.code == 1
        assert "hint:" in ended.err
    assert not (tmp_path / "x.yaml").exists()


@pytest.mark.parametrize(
    "call",
    [
        ("inventory",),
        ("plan",),
        ("explain", "web-prod/web"),
        ("performance", "web", "stacks/web.yaml"),
    ],
)
def test_a_command_reads_the_project_file_once(
    call: tuple[str, ...], call_cli: RunCli, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    open_path = Path.open

    def note(self: Path, *arguments: Any, **options: Any) -> Any:
        opened.append(self.name)
        return open_path(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", note)
    call_cli(*call, "--env", "prod")
    assert opened.count("ccloud-apply.yaml") == 1


def test_the_python_api_takes_a_project_and_its_environment(shop: Path) -> None:
    path = shop / "ccloud-apply.yaml"
    stacks = load(project=path, env="prod")
    assert [stack.name for stack in stacks] == ["web-prod", "db-prod"]
    assert stacks[0].servers[0].value("cores") == 4
    (one,) = load(shop / "stacks/web.yaml", env="staging")
    assert (one.servers[0].value("cores"), one.env) == (1, "staging")
    with pytest.raises(UsageError, match="has no environment prdo"):
        load(project=path, env="prdo")
    with pytest.raises(StackError, match="is not declared"):
        load(shop / "stacks/web.yaml", project=False)


def test_every_document_says_the_environment_of_its_stacks(call_cli: RunCli, shop: Path) -> None:
    assert call_cli("apply", "--env", "staging", "--auto-approve").code == 0
    for command, schema in (
        (("plan",), "plan"),
        (("drift",), "drift"),
        (("inventory",), "inventory"),
        (("explain", "db-staging/web"), "explain"),
    ):
        ended = call_cli(*command, "--env", "staging", "--format", "json")
        document = json.loads(ended.out)
        assert document["env"] == "staging", command
        validator_of(f"{schema}.schema.json").validate(document)
        shown = call_cli(*command, "--env", "staging").out
        assert "environment staging" in shown.splitlines()[0], command
    page = call_cli("drift", "--env", "staging", "--format", "html").out
    assert "<dt>Environment</dt><dd>staging</dd>" in page


def test_a_mistake_in_what_all_stacks_inherit_is_told_once(call_cli: RunCli, shop: Path) -> None:
    (shop / "env/prod.yaml").write_text("size: big\n")
    ended = call_cli("validate", "--env", "prod")
    assert ended.err.count("env/prod.yaml:1:7") == 1
    assert "its default is at ccloud-apply.yaml:3:19" in ended.err


def test_journal_finds_a_stack_whose_name_holds_the_environment(
    call_cli: RunCli, shop: Path
) -> None:
    (shop / "stacks/web.yaml").write_text(STACK.replace("NAME", "web"))
    assert call_cli("apply", "--env", "staging", "--auto-approve").code == 0
    ended = call_cli("journal", "stacks/web.yaml", "--env", "staging")
    assert ended.code == 0
    assert "web-staging" in ended.out
    ended = call_cli("journal", "stacks/web.yaml")
    assert ended.code == 1
    assert "--env" in ended.err


def test_what_loading_warns_of_is_told_by_plans_and_drift_too(call_cli: RunCli, shop: Path) -> None:
    text = STACK.replace("NAME-${env}", "web").replace("of ${env}", "x")
    (shop / "stacks/web.yaml").write_text(text)
    (shop / "more.yaml").write_text("sise: 3\n")
    for command in ("plan", "drift"):
        ended = call_cli(command, "stacks/web.yaml", "--var-file", "more.yaml", "--format", "json")
        (stack,) = json.loads(ended.out)["stacks"]
        codes = [warning["code"] for warning in stack["warnings"]]
        assert codes.count("unused-variable") == 1, codes
        assert codes.count("environment-unused") == 1, codes


def test_a_program_cannot_take_the_stacks_of_a_project_to_another_account(shop: Path) -> None:
    (shop / "ccloud-apply.yaml").write_text(
        PROJECT.replace("variables: {size: 1}", "account: {customer_id: '4711'}").replace(
            "var_files: [env/prod.yaml]", "account: {customer_id: '328100'}"
        )
    )
    connection = Connection(endpoint="sandbox", sandbox_db=str(shop / "sandbox.db"))
    prod, staging = (load(project=shop, env=env) for env in ("prod", "staging"))
    assert len(drift(prod, connection=connection).stacks) == 2
    for call in (plan_stacks, drift, rehearse, inventory):
        with pytest.raises(WrongAccountError, match="customer 328100, and customer 4711"):
            call(staging, connection=connection)
    with pytest.raises(UsageError, match="expect different accounts"):
        drift([*prod, *staging], connection=connection)


def test_a_person_is_asked_for_the_environment_by_its_name(start_cli: StartCli, shop: Path) -> None:
    ours, theirs = pty.openpty()
    process = start_cli("apply", "--env", "staging", stdin=theirs)
    os.close(theirs)
    os.write(ours, b"no\n")
    _, err = process.communicate(timeout=PATIENCE_S)
    os.close(ours)
    assert process.returncode == 1
    assert "Do you want to apply this plan in the environment staging?" in err
