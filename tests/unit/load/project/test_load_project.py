"""The project file: what it may say, what is wrong with it and where, and what stacks inherit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.project.build import LoadedProject, load_project
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.text.node import Node, to_plain
from ccloud_apply.load.text.parse import parse_literal
from ccloud_apply.model.declared.project import ExpectedAccount
from ccloud_apply.model.limits import Limits

WHOLE = """\
project: shop
account: {customer_id: "K12345", endpoint: https://ccenter.internet1.de/api/v1}
stacks: ["stacks/**/*.yaml"]
variables: {size: 1, note: "$${x}"}
defaults: {type: unmanaged, notes: "in ${env}"}
policy: {max_destroy: 1, max_monthly_cost: 10.10}
limits: {disks: 6, snapshot_pause: 0}
secret_commands: [[sops, decrypt]]
environments:
  prod:
    variables: {size: 4}
    var_files: [env/prod.yaml]
    account: {customer_id: "K1"}
    policy: {max_destroy: 0}
  staging:
"""


def good(text: str) -> LoadedProject:
    loaded, diagnostics = load_project(text.encode(), path="ccloud-apply.yaml")
    assert diagnostics == ()
    assert loaded is not None
    return loaded


def told(text: str, limits: Limits | None = None) -> list[str]:
    loaded, diagnostics = load_project(
        text.encode(), path="ccloud-apply.yaml", limits=limits or Limits()
    )
    assert loaded is None or not diagnostics
    return [f"{found.source}: {found.where}: {found.what}|{found.hint}" for found in diagnostics]


def stack(text: str, project: LoadedProject, env: str | None = None, **sources: Any) -> Loaded:
    files = sources.pop("files", ())
    return load_stack(
        text.encode(),
        path="stack.yaml",
        variables=VariableSources(**sources),
        look=lambda _reference: None,
        inherited=project.inherit(env, files),
    )


def notes(loaded: Loaded) -> Any:
    assert loaded.diagnostics == ()
    assert loaded.stack is not None
    (server,) = loaded.stack.servers
    return server.value("notes")


def values(text: str, path: str = "env/prod.yaml") -> dict[str, Node]:
    entries, diagnostics = parse_literal(text, path)
    assert diagnostics == ()
    return entries


def test_all_that_a_project_file_says_is_read() -> None:
    loaded = good(WHOLE)
    project = loaded.project
    assert project.name == "shop"
    assert project.stacks == ("stacks/**/*.yaml",)
    assert project.limits == {"disks": 6, "snapshot_pause": 0}
    assert project.secret_commands == (("sops", "decrypt"),)
    assert project.policy.max_destroy == 1
    assert str(project.policy.max_monthly_cost) == "10.10"
    assert {name: to_plain(node) for name, node in loaded.variables.items()} == {
        "size": 1,
        "note": "${x}",
    }
    prod = project.environments["prod"]
    assert (prod.var_files, prod.policy.max_destroy) == (("env/prod.yaml",), 0)
    assert (prod.source.line, prod.source.column) == (10, 3)
    staging = project.environments["staging"]
    assert (staging.var_files, staging.account, staging.policy.max_destroy) == ((), None, None)


def test_no_stack_and_no_server_waits_less_than_its_project_and_environment_say() -> None:
    project = good(
        "project: shop\npolicy: {retire: 7d}\n"
        "environments: {prod: {policy: {retire: 14d}}, dev: {policy: {retire: null}}}\n"
    )
    text = "stack: web\npolicy: {retire: 10d}\nservers: {}\n"
    found = {}
    for env in ("prod", "dev", None):
        loaded = stack(text, project, env).stack
        assert loaded is not None
        found[env] = (loaded.policy.retire, loaded.policy.least_retire)
    assert found == {"prod": (14, 14), "dev": (10, 7), None: (14, 14)}


def test_an_environment_expects_its_own_account_or_else_that_of_the_project() -> None:
    project = good(WHOLE).project
    accounts = [project.account_of(env) for env in ("prod", "staging", None)]
    assert [account and account.customer_id for account in accounts] == ["K1", "K12345", "K12345"]
    assert isinstance(accounts[0], ExpectedAccount)
    assert accounts[0].endpoint == "https://ccenter.internet1.de/api/v1"  # the project's


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1: : the file is empty|a project file begins with project: NAME"]),
        ("- a\n", ["1:1: : must be a mapping with project, not a list|"]),
        ("stacks: [a.yaml]\n", ['1:1: : "project" is missing|']),
        (
            "project: shop\nstack: web\n",
            ['2:1: stack: unknown key|did you mean "stacks"?'],
        ),
        ("project: shop\nservers: {}\n", ["2:1: servers: unknown key|servers belongs in a stack"]),
        ("project: shop\ncores: 4\n", ["2:1: cores: unknown key|cores belongs under defaults:"]),
        (
            "project: shop\ntoken: abc\n",
            ["2:1: token: unknown key|the endpoint and the credentials come from the environment"],
        ),
        (
            "project: shop\nendpoint: https://x\n",
            ["2:1: endpoint: unknown key|the endpoint and the credentials come from"],
        ),
        (
            "project: shop\naccount: {customer_id: 12345}\n",
            ['2:24: account.customer_id: must be text, not 12345|write "12345"'],
        ),
        (
            "project: shop\naccount: {endpoint: https://host:99999/api/v1}\n",
            ["2:21: account.endpoint: its host or port cannot be one: https://host:99999/api/v1"],
        ),
        (
            'project: shop\nenvironments: {a: {account: {endpoint: "http://[::1/api"}}}\n',
            ["2:40: environments.a.account.endpoint: its host or port cannot be one: http://[::1"],
        ),
        (
            "project: shop\naccount: {endpoint: https://user:secret@host/}\n",
            ["2:21: account.endpoint: must be the address of an API"],
        ),
        (
            "project: shop\nenvironments: {all: {}}\n",
            ["2:16: environments.all: the key must be"],
        ),
        (
            "project: shop\nenvironments:\n  prod: {var_file: a}\n",
            ['3:10: environments.prod.var_file: unknown key|did you mean "var_files"?'],
        ),
        (
            'project: shop\nenvironments: {prod: {var_files: ["${env}.yaml"]}}\n',
            ["2:35: environments.prod.var_files: ${...} is not allowed here|"],
        ),
        (
            'project: shop\npolicy: {max_destroy: "$${x}"}\n',
            ['2:23: policy.max_destroy: must be a whole number, not "${x}"'],
        ),
        ("project: shop\ndefaults: {count: 2}\n", ["2:12: defaults.count: unknown key|count be"]),
        (
            "project: shop\ndefaults: {password: hunter2}\n",
            ["2:22: defaults.password: must be a reference; a stack file never contains a secret"],
        ),
        (
            "project: shop\nproject: b\n",
            ['2:1: : the key "project" is defined twice, first at 1:1|remove one of them'],
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_way_out(text: str, expected: list[str]) -> None:
    found = told(text)
    assert len(found) == len(expected), found
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(f"ccloud-apply.yaml:{start}"), line


def test_a_secret_that_stands_in_the_file_is_not_shown() -> None:
    text = "project: shop\ntoken: hunter2\ndefaults: {password: hunter2}\n"
    assert "hunter2" not in "".join(told(text))


def test_the_defaults_may_be_as_large_as_any_limit_that_is_named() -> None:
    text = "project: shop\nlimits: {disks: 6}\ndefaults: {disks: [1, 1, 1, 1, 1, 1]}\n"
    assert told(text) == []
    assert told(text.replace("limits: {disks: 6}", "limits: {}"), Limits(disks=6)) == []
    assert len(told(text.replace("limits: {disks: 6}", "limits: {}"))) == 1


WEB = "stack: web\nservers:\n  web: {notes: 'NOTES'}\n"


def test_a_stack_knows_the_variables_of_its_project_and_the_name_of_the_environment() -> None:
    project = good(WHOLE)
    text = WEB.replace("NOTES", "${var.size} in ${env}: ${var.note}")
    assert notes(stack(text, project, "staging")) == "1 in staging: ${x}"
    assert notes(stack(text, project, "prod")) == "4 in prod: ${x}"
    loaded = stack(text, project, "prod")
    assert loaded.variables == {"size", "note"}
    assert loaded.stack is not None
    assert loaded.stack.env == "prod"


def test_the_layers_of_a_variable_win_in_their_order() -> None:
    project = good(WHOLE)
    text = f"variables: {{size: 2}}\n{WEB.replace('NOTES', 'of ${var.size}')}"
    file = {"files": (values("size: 5\n"), values("size: 6\n"))}
    outside: dict[str, Any] = {}
    seen = [notes(stack(text, project)), notes(stack(text, project, "prod"))]
    seen.append(notes(stack(text, project, "prod", **file)))
    for source, value in (
        ("environment", {"size": "7"}),
        ("file", values("size: 8\n")),
        ("flags", {"size": "9"}),
    ):
        outside[source] = value
        seen.append(notes(stack(text, project, "prod", **file, **outside)))
    assert seen == [f"of {size}" for size in (2, 4, 6, 7, 8, 9)]


def test_a_variable_that_only_the_environment_sets_is_declared_there_alone() -> None:
    project = good("project: shop\nenvironments: {prod: {variables: {zone: a}}, staging: }\n")
    text = WEB.replace("NOTES", "${var.zone}")
    assert notes(stack(text, project, "prod")) == "a"
    (found,) = stack(text, project, "staging").diagnostics
    assert (found.code, str(found.source)) == ("undefined-variable", "stack.yaml:3:16")


def test_a_text_of_a_var_file_is_taken_as_it_is() -> None:
    project = good("project: shop\nvariables: {note: x}\nenvironments: {prod: }\n")
    files = (values('note: "a ${b} $${c}"\n'),)
    text = WEB.replace("NOTES", "${var.note}")
    assert notes(stack(text, project, "prod", files=files)) == "a ${b} $${c}"


def test_a_value_of_the_wrong_type_is_told_where_it_stands() -> None:
    project = good("project: shop\nvariables: {size: 1}\nenvironments: {prod: }\n")
    loaded = stack(WEB, project, "prod", files=(values("other: 1\nsize: big\n"),))
    (found,) = loaded.diagnostics
    assert str(found.source) == "env/prod.yaml:2:7"
    assert found.what.endswith(
        'environment prod must be a whole number as its default is, not "big"'
    )
    loaded = stack(WEB, good(WHOLE.replace("size: 4", "size: x")), "prod")
    assert [str(found.source) for found in loaded.diagnostics] == ["ccloud-apply.yaml:11:23"]


def test_without_an_environment_its_name_is_an_error_that_names_the_flag() -> None:
    (found,) = stack(WEB.replace("NOTES", "${env}"), good(WHOLE)).diagnostics
    assert found.code == "no-environment"
    assert "--env" in found.hint


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_text_is_read_or_told_and_nothing_is_raised(text: bytes) -> None:
    loaded, diagnostics = load_project(text, path="ccloud-apply.yaml")
    assert (loaded is None) == any(found.is_error for found in diagnostics)


_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
_VALUES = st.integers(0, 99)


@given(
    st.dictionaries(_NAMES, _VALUES, max_size=4),
    st.dictionaries(_NAMES, _VALUES, max_size=4),
    st.lists(st.dictionaries(_NAMES, _VALUES, max_size=4), max_size=3),
)
def test_what_is_inherited_is_the_union_of_the_layers_and_the_last_one_wins(
    own: dict[str, int], env: dict[str, int], files: list[dict[str, int]]
) -> None:
    text = f"project: shop\nvariables: {own}\nenvironments: {{prod: {{variables: {env}}}}}\n"
    read = [values("".join(f"{name}: {value}\n" for name, value in one.items())) for one in files]
    inherited = good(text).inherit("prod", read)
    expected = dict(env)
    for one in files:
        expected.update(one)
    assert {name: to_plain(node) for name, node in inherited.values.items()} == expected
    assert {name: to_plain(node) for name, node in inherited.variables.items()} == {**env, **own}
