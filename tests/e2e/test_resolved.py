"""show --resolved, and variables with types: a project's stacks as they are planned."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ended, RunCli
from tests.support.documents import validator_of

PROJECT = """\
project: shop
stacks: ["stacks/*.yaml"]
defaults: {tags: [shop]}
environments:
  prod: {var_files: [prod.yaml]}
  staging: {variables: {nodes: {}}}
"""
PROD = """\
nodes:
  a: {cores: 2}
  b:
    cores: 4
    memory: 8
"""
STACK = """\
stack: "pool-${env}"
variables: {nodes: null}
variable_types:
  nodes:
    "*": {cores: integer, memory: {optional: integer, default: 4}}
servers:
  node:
    for_each: "${var.nodes}"
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: "${each.value.cores}"
    memory: "${each.value.memory}"
    disks: [50]
    user_data: {template: init.yaml, secrets: {TOKEN: {env: CCLOUD_SECRET_TOKEN}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "ccloud-apply.yaml").write_text(PROJECT, "utf-8")
    (tmp_path / "prod.yaml").write_text(PROD, "utf-8")
    (tmp_path / "stacks/pool.yaml").write_text(STACK, "utf-8")
    (tmp_path / "stacks/init.yaml").write_text("token: ${secret.TOKEN}\n", "utf-8")
    return tmp_path


def document(ended: Ended) -> Any:
    assert ended.code == 0, ended.err
    found = json.loads(ended.out)
    validator_of("resolved.schema.json").validate(found)
    return found


def test_the_stacks_of_an_environment_are_shown_with_the_places_of_their_values(
    call_cli: RunCli, project: Path
) -> None:
    ended = call_cli("show", "--resolved", "--env", "prod")
    assert ended.code == 0, ended.err
    assert "cores: 2  # stacks/pool.yaml:12, ${each.value.cores} from prod.yaml:2" in ended.out
    assert "memory: 8  # stacks/pool.yaml:13, ${each.value.memory} from prod.yaml:5" in ended.out
    assert "memory: 4  # stacks/pool.yaml:13, ${each.value.memory} from stacks/pool.yaml:5" in (
        ended.out
    )
    assert "tags: [shop]  # ccloud-apply.yaml:3" in ended.out


def test_the_document_has_each_value_and_its_place(call_cli: RunCli, project: Path) -> None:
    (stack,) = document(call_cli("show", "--resolved", "--env", "prod", "--format", "json"))[
        "stacks"
    ]
    assert (stack["stack"], stack["env"]) == ("pool-prod", "prod")
    assert stack["resolved"]["servers"]["node-a"]["cores"] == 2
    places = {one["pointer"]: one for one in stack["places"]}
    (origin,) = places["/servers/node-b/memory"]["origins"]
    assert (origin["expression"], origin["path"], origin["line"]) == (
        "${each.value.memory}",
        "prod.yaml",
        5,
    )


def test_a_secret_is_a_reference_even_where_its_value_is_set(
    call_cli: RunCli, project: Path, sandbox_env: dict[str, str]
) -> None:
    env = {**sandbox_env, "CCLOUD_SECRET_TOKEN": "hunter2-hunter2"}
    for name in ("text", "json"):
        ended = call_cli("-v", "show", "--resolved", "--env", "prod", "--format", name, env=env)
        assert ended.code == 0, ended.err
        assert "CCLOUD_SECRET_TOKEN" in ended.out
        assert "hunter2" not in ended.out + ended.err


TEXT = "node ${key} ${each.value.cores}\n#\t\u2028x: ${secret.TOKEN}\n"


def test_what_a_template_gives_is_shown_for_each_server_with_the_names_of_secrets(
    call_cli: RunCli, project: Path
) -> None:
    (project / "stacks/init.yaml").write_text(TEXT, "utf-8")
    shown = call_cli("show", "--resolved", "--env", "prod")
    assert "      # | node node-a 2\n" in shown.out
    assert "      # | node node-b 4\n" in shown.out
    assert "\u2028" not in shown.out
    told = document(call_cli("show", "--resolved", "--env", "prod", "--format", "json"))
    assert told["stacks"][0]["texts"] == [
        {
            "pointer": f"/servers/node-{key}/user_data",
            "text": f"node node-{key} {cores}\n#\t\u2028x: ${{secret.TOKEN}}\n",
        }
        for key, cores in (("a", 2), ("b", 4))
    ]


def test_what_a_template_without_secrets_gives_stands_in_its_place(
    call_cli: RunCli, project: Path, sandbox_env: dict[str, str]
) -> None:
    text = STACK.replace(", secrets: {TOKEN: {env: CCLOUD_SECRET_TOKEN}}", "")
    (project / "stacks/pool.yaml").write_text(text, "utf-8")
    (project / "stacks/init.yaml").write_text("#!/bin/sh\necho ${key} $${HOME}\n", "utf-8")
    shown = call_cli("show", "--resolved", "--env", "prod")
    (project / "stacks/again.yaml").write_text(shown.out, "utf-8")
    again = call_cli("show", "--resolved", "--no-project", "--format", "json", "stacks/again.yaml")
    (stack,) = document(again)["stacks"]
    servers = stack["resolved"]["servers"]
    assert servers["node-a"]["user_data"] == "#!/bin/sh\necho node-a ${HOME}\n"
    assert stack["texts"] == []


def test_what_is_shown_plans_as_what_it_was_made_of(
    call_cli: RunCli, project: Path, sandbox_env: dict[str, str]
) -> None:
    env = {**sandbox_env, "CCLOUD_SECRET_TOKEN": "hunter2-hunter2"}
    applied = call_cli("apply", "--auto-approve", "--env", "prod", env=env)
    assert applied.code == 0, applied.err
    shown = call_cli("show", "--resolved", "--env", "prod")
    (project / "stacks/again.yaml").write_text(shown.out, "utf-8")
    planned = call_cli("plan", "--no-project", "stacks/again.yaml", "--detailed-exitcode", env=env)
    assert planned.code == 0, planned.out + planned.err


def test_stacks_that_give_each_other_servers_still_go_together(
    call_cli: RunCli, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text(
        "stack: shop\nmoved: [{from: web, to: blog/app}]\n", "utf-8"
    )
    (tmp_path / "blog.yaml").write_text("stack: blog\nservers: {app: {count: 2}}\n", "utf-8")
    ended = call_cli("show", "--resolved", "shop.yaml", "blog.yaml")
    assert ended.code == 0, ended.err
    for name, text in zip(("blog", "shop"), sorted(ended.out.split("---\n")), strict=True):
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    assert "{from: web-2, to: blog/app-2}" in (tmp_path / "shop.yaml").read_text("utf-8")
    ended = call_cli("validate", "shop.yaml", "blog.yaml")
    assert ended.code == 0, ended.err


def test_each_environment_has_its_own_values(call_cli: RunCli, project: Path) -> None:
    staging = document(call_cli("show", "--resolved", "--env", "staging", "--format", "json"))
    assert staging["stacks"][0]["resolved"] == {"stack": "pool-staging", "servers": {}}


def test_a_mistake_in_a_file_of_variables_is_told_there(call_cli: RunCli, project: Path) -> None:
    (project / "prod.yaml").write_text(PROD.replace("memory: 8", "memroy: 8"), "utf-8")
    for words in (("validate",), ("plan",), ("show", "--resolved")):
        ended = call_cli(*words, "--env", "prod")
        assert ended.code == 1
        assert (
            "error: prod.yaml:5:5: variables.nodes.b.memroy: the attribute memroy is unknown\n"
            '  hint: did you mean "memory"?'
        ) in ended.err


def test_a_name_that_no_stack_declares_is_a_warning_in_a_file_and_an_error_in_a_flag(
    call_cli: RunCli, project: Path
) -> None:
    (project / "more.yaml").write_text("nodse: {}\n", "utf-8")
    for words in (("validate",), ("plan",), ("show", "--resolved")):
        ended = call_cli(*words, "--env", "prod", "--var-file", "more.yaml")
        assert ended.code == 0, ended.err
        told = ended.out + ended.err
        assert 'more.yaml:1:8: nodse: no stack declares a variable "nodse"' in told
        assert 'did you mean "nodes"?' in told
        flag = call_cli(*words, "--env", "prod", "--var", "nodse={}")
        assert flag.code == 1
        assert 'no stack declares a variable "nodse"' in flag.err


def test_validate_takes_a_variable_without_a_value_and_says_what_it_did_not_check(
    call_cli: RunCli, tmp_path: Path
) -> None:
    stack = tmp_path / "stack.yaml"
    stack.write_text(
        "stack: s\nvariables: {n: null, size: null}\n"
        'servers: {a: {count: "${var.n}", cores: 1}, b: {cores: "${var.size}"}}\n',
        "utf-8",
    )
    ended = call_cli("validate", "stack.yaml")
    assert (ended.code, ended.out) == (
        0,
        "Valid: 1 stack, at least 1 server.\n"
        "Not checked: what uses n, size; 2 variables have no value.\n",
    )
    found = json.loads(call_cli("validate", "stack.yaml", "--format", "json").out)
    assert (found["valid"], found["unknown_variables"]) == (True, ["n", "size"])
    assert call_cli("plan", "stack.yaml").code == 1
    given = call_cli("validate", "stack.yaml", "--var", "n=2", "--var", "size=x")
    assert given.code == 1
    assert 'must be a whole number, not "x"' in given.err


def test_objects_from_the_command_line_are_planned_and_applied(
    call_cli: RunCli, project: Path, sandbox_env: dict[str, str]
) -> None:
    env = {**sandbox_env, "CCLOUD_SECRET_TOKEN": "hunter2-hunter2"}
    given = ("--env", "staging", "--var", 'nodes={"x": {"cores": 1, "memory": 2}}')
    assert call_cli("apply", "--auto-approve", *given, env=env).code == 0
    assert call_cli("plan", "--detailed-exitcode", *given, env=env).code == 0


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--resolved", "--format", "html"), "--resolved cannot be shown as html"),
        (("--resolved", "--write", "html=a.html"), "--write, --full and --summary are for plans"),
        ((), "show takes one PLANFILE"),
        (("a.plan", "b.plan"), "show takes one PLANFILE"),
        (("a.plan", "--var", "x=1"), "--var and --var-file are for stacks"),
    ],
)
def test_what_does_not_go_together_is_an_error(
    call_cli: RunCli, project: Path, words: tuple[str, ...], what: str
) -> None:
    ended = call_cli("show", *words)
    assert ended.code == 1
    assert what in ended.err
