"""Names that are made of variables and of the environment, disabled servers, count in for_each."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.model.declared.stack import ServerSpec, Stack


def load(text: str, *, env: str | None = None, flags: Mapping[str, str] | None = None) -> Loaded:
    return load_stack(
        text.encode(),
        path="web.yaml",
        variables=VariableSources(flags=flags or {}),
        look=lambda _: None,
        inherited=Inherited(env=env),
    )


def stack(loaded: Loaded) -> Stack:
    assert loaded.diagnostics == ()
    assert loaded.stack is not None
    return loaded.stack


def servers(loaded: Loaded) -> Mapping[str, ServerSpec]:
    return {spec.key: spec for spec in stack(loaded).servers}


def errors(loaded: Loaded) -> list[str]:
    assert loaded.stack is None
    return [
        f"{d.source.line if d.source else 0}: {d.where}: {d.what} [{d.code}]"
        for d in loaded.diagnostics
    ]


def test_the_name_of_a_stack_can_be_made_of_variables_and_the_environment() -> None:
    text = 'stack: "${var.app}-${env}"\nvariables: {app: shop}\nservers: {a: {notes: "${stack}"}}'
    loaded = load(text, env="prod")
    assert stack(loaded).name == "shop-prod"
    assert servers(loaded)["a"].value("notes") == "shop-prod"
    assert stack(load(text, env="prod", flags={"app": "blog"})).name == "blog-prod"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('stack: "x-${env}"', "stack: ${env} is not known, because no environment is chosen"),
        ('stack: "${stack}"', "stack: ${stack} is not known here"),
        ('stack: "${key}"', "stack: ${key} is only known inside a server"),
        ('stack: "${var.x}"', 'stack: the variable "x" is not declared'),
        ('stack: "${var.x}"\nvariables: {x: Web}', "stack: must be 1 to 40"),
        (
            'stack: "${var.x}"\nvariables: {x: 5}',
            "stack: must be 1 to 40 of a-z, 0-9 and '-', not 5",
        ),
        ('stack: "a${var.x}"\nvariables: {x: [b]}', "stack: ${var.x} is a list, which cannot be"),
    ],
)
def test_a_name_that_cannot_be_made_is_an_error(text: str, error: str) -> None:
    (found,) = errors(load(text + "\nservers: {web: {}}\n"))
    assert found.startswith(f"1: {error}")


def test_keys_of_servers_can_be_made_of_variables_and_the_environment() -> None:
    loaded = load(
        'stack: web\nvariables: {role: app}\nservers:\n  "${var.role}-${env}":\n    count: 2\n'
        '    notes: "${key}"\n  db: {depends_on: ["${var.role}-${env}"]}\n',
        env="prod",
    )
    found = servers(loaded)
    assert list(found) == ["app-prod-1", "app-prod-2", "db"]
    assert found["app-prod-1"].value("notes") == "app-prod-1"
    assert found["app-prod-1"].base_key == "app-prod"
    assert str(found["app-prod-1"].declared_at) == "web.yaml:4:3"
    assert found["db"].depends_on == ("app-prod-1", "app-prod-2")


def test_a_key_can_be_a_number_or_a_part_of_a_mapping() -> None:
    loaded = load(
        'stack: w\nvariables: {v: {n: 7}}\nservers: {"${var.v.n}": {}, "x${var.v.n}": {}}\n'
    )
    assert list(servers(loaded)) == ["7", "x7"]


def test_a_computed_key_that_cannot_be_one_is_an_error_and_names_of_it_are_no_second_one() -> None:
    loaded = load(
        'stack: w\nvariables: {x: A B}\nservers:\n  "${var.x}": {}\n  "${var.y}": {}\n'
        "  b: {depends_on: [what-else]}\n"
    )
    assert errors(loaded) == [
        '4: servers.${var.x}: "A B" cannot be a key [bad-key]',
        '5: servers.${var.y}: the variable "y" is not declared [undefined-variable]',
    ]


def test_two_keys_that_become_one_are_an_error() -> None:
    loaded = load('stack: w\nservers:\n  a-prod: {}\n  "a-${env}": {}\n', env="prod")
    assert errors(loaded) == [
        '4: servers.a-${env}: two entries get the key "a-prod" [duplicate-server]'
    ]
    assert loaded.diagnostics[0].hint == "see line 3; rename one of them"


def test_an_expression_of_one_server_is_no_part_of_a_key() -> None:
    (found,) = errors(load('stack: w\nservers: {"a-${index}": {count: 2}}\n'))
    assert "${index} is only known where a server has a count" in found


def test_moved_and_released_take_variables() -> None:
    loaded = load(
        "stack: w\nvariables: {old: data, gone: [x, y]}\nservers: {db: {}}\n"
        'moved: [{from: "${var.old}-${env}", to: db}]\nreleased: "${var.gone}"\n',
        env="prod",
    )
    assert [(move.before, move.after) for move in stack(loaded).moved] == [("data-prod", "db")]
    assert [release.key for release in stack(loaded).released] == ["x", "y"]


def test_a_computed_entry_of_moved_and_released_that_does_not_fit_is_an_error() -> None:
    loaded = load(
        "stack: w\nvariables: {old: Data}\nservers: {db: {}}\n"
        'moved: [{from: "${var.old}", to: db}]\nreleased: [gone, "${var.old}"]\n'
    )
    assert [found.partition(" must")[0] for found in errors(loaded)] == [
        "4: moved[0].from:",
        "5: released[1]:",
    ]


def test_a_disabled_server_is_not_declared_and_its_name_is_known() -> None:
    loaded = load(
        "stack: w\nservers:\n  a: {enabled: false, notes: x}\n  b: {enabled: true}\n"
        "  c: {depends_on: [a, b]}\n"
    )
    found = servers(loaded)
    assert list(found) == ["b", "c"]
    assert found["c"].depends_on == ("b",)


def test_a_server_is_enabled_by_a_variable_and_each_by_its_entry() -> None:
    text = (
        "stack: w\nvariables: {ha: true}\nservers:\n"
        '  a: {enabled: "${var.ha}"}\n'
        '  p: {for_each: {x: {on: true}, y: {on: false}}, enabled: "${each.value.on}"}\n'
        "  q: {depends_on: [p, p-y]}\n"
    )
    assert list(servers(load(text))) == ["a", "p-x", "q"]
    assert list(servers(load(text, flags={"ha": "false"}))) == ["p-x", "q"]
    assert servers(load(text))["q"].depends_on == ("p-x",)


@pytest.mark.parametrize("value", ["'no'", "0", "null", '"${var.x}"'])
def test_enabled_is_true_or_false_and_nothing_else(value: str) -> None:
    loaded = load(f"stack: w\nvariables: {{x: 'false'}}\nservers: {{a: {{enabled: {value}}}}}\n")
    (found,) = errors(loaded)
    assert found.startswith("3: servers.a.enabled: must be true or false, not ")


def test_a_disabled_server_is_released_or_renamed_as_if_its_entry_were_deleted() -> None:
    loaded = load(
        "stack: w\nservers: {a: {enabled: false}, b: {enabled: false}, c: {}}\n"
        "released: [a]\nmoved: [{from: b, to: c}]\n"
    )
    assert [release.key for release in stack(loaded).released] == ["a"]
    assert [(move.before, move.after) for move in stack(loaded).moved] == [("b", "c")]


def test_mistakes_in_a_disabled_server_are_told_all_the_same() -> None:
    loaded = load('stack: w\nservers: {a: {enabled: false, notes: "${var.no}", cores: many}}\n')
    assert [found.partition(":")[2].split(":")[0] for found in errors(loaded)] == [
        " servers.a.notes",
        " servers.a.cores",
    ]


def test_a_disabled_entry_leaves_its_key_to_another_one() -> None:
    loaded = load("stack: w\nservers: {a-1: {enabled: false}, a: {count: 2}}\n")
    assert list(servers(loaded)) == ["a-1", "a-2"]


def test_count_stands_inside_for_each() -> None:
    loaded = load(
        "stack: w\nservers:\n  pool:\n    for_each: [a, b]\n    count: 2\n"
        '    notes: "${key} ${each.key} ${index}"\n'
    )
    found = servers(loaded)
    assert [spec.value("notes") for spec in found.values()] == [
        "pool-a-1 a 1",
        "pool-a-2 a 2",
        "pool-b-1 b 1",
        "pool-b-2 b 2",
    ]
    assert {spec.base_key for spec in found.values()} == {"pool"}
    assert found["pool-b-1"].group_key == "pool-b"


def test_the_count_can_be_that_of_the_entry() -> None:
    loaded = load(
        "stack: w\nservers:\n  pool:\n    for_each: {a: {n: 2}, b: {n: 0}, c: {n: 1}}\n"
        '    count: "${each.value.n}"\n'
        "  x: {depends_on: [pool-a]}\n  y: {depends_on: [pool-b]}\n  z: {depends_on: [pool]}\n"
    )
    found = servers(loaded)
    assert [key for key in found if key.startswith("pool")] == ["pool-a-1", "pool-a-2", "pool-c-1"]
    assert found["x"].depends_on == ("pool-a-1", "pool-a-2")
    assert found["y"].depends_on == ()
    assert found["z"].depends_on == ("pool-a-1", "pool-a-2", "pool-c-1")


def test_moved_renames_the_servers_of_one_entry_of_for_each() -> None:
    loaded = load(
        "stack: w\nservers: {pool: {for_each: [x, b], count: 2}}\n"
        "moved: [{from: pool-a, to: pool-x}]\n"
    )
    assert [(move.before, move.after) for move in stack(loaded).moved] == [
        ("pool-a-1", "pool-x-1"),
        ("pool-a-2", "pool-x-2"),
    ]


def test_the_key_before_a_count_is_still_a_key() -> None:
    loaded = load(
        "stack: w\nservers: {pool: {for_each: [a, b], count: 1}}\nreleased: [pool-a, pool-c]\n"
    )
    assert errors(loaded) == ['3: released[0]: "pool-a" is still a key in this file [bad-release]']


def test_a_count_of_one_entry_that_does_not_fit_is_an_error_alone() -> None:
    loaded = load(
        "stack: w\nservers:\n  pool:\n    for_each: {a: 1, b: 1001, c: x}\n"
        '    count: "${each.value}"\n  x: {depends_on: [pool-b-7]}\n'
    )
    assert errors(loaded) == [
        "5: servers.pool.count: must be at most 1000, not 1001 [bad-value]",
        '5: servers.pool.count: must be a whole number, not "x" [wrong-type]',
    ]


def test_names_in_depends_on_can_be_those_of_each_server() -> None:
    loaded = load(
        "stack: w\nservers:\n"
        "  db: {for_each: [a, b]}\n"
        '  app: {for_each: [a, b], count: 2, depends_on: ["db-${each.key}"]}\n'
        '  chain: {for_each: {x: [], y: [chain-x]}, depends_on: "${each.value}"}\n'
    )
    found = {key: spec.depends_on for key, spec in servers(loaded).items() if spec.depends_on}
    assert found == {
        "app-a-1": ("db-a",),
        "app-a-2": ("db-a",),
        "app-b-1": ("db-b",),
        "app-b-2": ("db-b",),
        "chain-y": ("chain-x",),
    }


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        (
            'a: {for_each: [x], depends_on: ["b-${each.key}"]}\n  b: {for_each: [x],'
            ' depends_on: ["a-${each.key}"]}',
            "servers.a.depends_on: the servers depend on each other: a-x -> b-x -> a-x"
            " [dependency-cycle]",
        ),
        (
            'a: {for_each: [x, y], depends_on: ["b-${each.key}"]}\n  b: {for_each: [x, y],'
            " depends_on: [a-y]}",
            "servers.a.depends_on: the servers depend on each other: a-y -> b -> a-y"
            " [dependency-cycle]",
        ),
        (
            'a: {count: 2, depends_on: ["a-${index}"]}',
            "servers.a.depends_on[0]: a server cannot depend on itself [bad-dependency]",
        ),
        (
            'a: {for_each: [x], depends_on: ["nix-${each.key}"]}',
            'servers.a.depends_on[0]: there is no server "nix-x" [bad-dependency]',
        ),
        (
            'a: {for_each: {x: 5}, depends_on: ["${each.value}"]}',
            "servers.a.depends_on[0]: must be 1 to 40 of a-z, 0-9 and '-', with a letter or digit"
            " at both ends, not 5 [wrong-type]",
        ),
    ],
)
def test_a_computed_dependency_that_cannot_be_is_an_error(entries: str, error: str) -> None:
    loaded = load(f"stack: w\nservers:\n  {entries}\n")
    assert [found.partition(": ")[2] for found in errors(loaded)] == [error]


@given(
    links=st.dictionaries(
        st.sampled_from("abcd"), st.lists(st.sampled_from("abcd"), unique=True, max_size=3)
    ),
    is_static=st.booleans(),
)
def test_a_cycle_is_found_if_and_only_if_there_is_one(
    links: dict[str, list[str]], is_static: bool
) -> None:
    entries = []
    for name in "abcd":
        targets = [target for target in links.get(name, []) if target != name]
        names = [f"{t}" if is_static else f"{t}-${{each.key}}" for t in targets]
        entries.append(f"  {name}: {{for_each: [x, y], depends_on: {names!r}}}\n")
    loaded = load("stack: w\nservers:\n" + "".join(entries))
    open_names = set("abcd")
    while free := {
        name
        for name in open_names
        if not {t for t in links.get(name, []) if t != name} & open_names
    }:
        open_names -= free
    has_cycle = any(found.code == "dependency-cycle" for found in loaded.diagnostics)
    assert has_cycle == bool(open_names)
    assert has_cycle == (loaded.stack is None)
