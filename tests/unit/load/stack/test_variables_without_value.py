"""A variable whose default is null: an error for who needs the stack, unknown for validate."""

import pytest

from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from tests.unit.load.conftest import Load

_HEAD = "stack: s\nvariables: {x: null, size: 2}\n"


def unknown(load: Load, rest: str) -> Loaded:
    loaded = load(_HEAD + rest, may_be_unknown=True)
    assert not loaded.diagnostics
    assert loaded.stack is not None
    assert loaded.unknown == {"x"}
    return loaded


def test_a_variable_without_a_value_is_an_error_that_says_how_to_give_one(load: Load) -> None:
    (found,) = load(_HEAD).diagnostics
    assert found.what == "has no default (null), so it needs a value"
    assert found.hint == "set it with --var x=VALUE, --var-file FILE or CCLOUD_VAR_x"


def test_in_an_environment_the_hint_names_it_too() -> None:
    loaded = load_stack(
        _HEAD.encode(),
        path="stack.yaml",
        variables=VariableSources(),
        look=lambda _: None,
        inherited=Inherited(env="prod"),
    )
    assert [found.hint for found in loaded.diagnostics if "needs a value" in found.what] == [
        "set it with --var x=VALUE, --var-file FILE or CCLOUD_VAR_x, or in the environment prod"
    ]


def test_a_text_that_cannot_be_read_is_told_without_the_ways_to_give_another(load: Load) -> None:
    (found,) = load(_HEAD, flags={"x": "[1"}).diagnostics
    assert found.what.startswith("--var x cannot be read as a value: ")
    assert found.hint == ""


def test_a_field_that_uses_it_is_left_out_and_the_others_are_checked(load: Load) -> None:
    loaded = unknown(load, 'servers: {w: {cores: "${var.x}", memory: "${var.size}"}}')
    assert loaded.stack is not None
    assert loaded.stack.servers[0].fields.keys() == {"memory"}
    assert loaded.is_complete
    wrong = load(_HEAD + 'servers: {w: {cores: "${var.x}", memory: "4x"}}', may_be_unknown=True)
    assert [found.where for found in wrong.diagnostics] == ["servers.w.memory"]


@pytest.mark.parametrize(
    "rest",
    [
        'servers: {w: {count: "${var.x}"}}',
        'servers: {w: {for_each: "${var.x}"}}',
        'servers: {w: {for_each: [a, "${var.x}"]}}',
    ],
)
def test_servers_of_an_unknown_number_are_no_servers_and_the_result_says_so(
    load: Load, rest: str
) -> None:
    loaded = unknown(load, rest)
    assert loaded.stack is not None
    assert not loaded.stack.servers
    assert not loaded.is_complete


@pytest.mark.parametrize(
    "rest",
    [
        'servers: {w: {count: "${var.x}"}, v: {depends_on: [w-3]}}\nmoved: [{from: v-9, to: w-2}]',
        'policy: {max_destroy: "${var.x}"}',
        'servers: {w: {hostname: "${var.x}"}, v: {hostname: "${var.x}"}}',
        'servers: {w: {lifecycle: {prevent_destroy: "${var.x}"}}}',
        'servers: {w: {custom_name: "web ${var.x} ${key}", tags: [a, "${var.x}"]}}',
        'servers: {w: {disks: ["${var.x}", 50]}}',
        'servers: {w: {cores: "${var.x.a.b}"}}',
    ],
)
def test_what_depends_on_it_is_no_error_anywhere(load: Load, rest: str) -> None:
    unknown(load, rest)


def test_a_value_of_which_a_part_is_unknown_is_unknown(load: Load) -> None:
    rest = 'defaults: {addons: {monitoring: "${var.x}"}}\nservers: {w: {addons: {backup: 1}}}'
    loaded = unknown(load, rest)
    assert loaded.stack is not None
    assert not loaded.stack.servers[0].declares("addons")


def test_a_value_ends_it(load: Load) -> None:
    loaded = load(_HEAD, flags={"x": "4"}, may_be_unknown=True)
    assert loaded.unknown == frozenset()
