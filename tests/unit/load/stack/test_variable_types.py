"""Types of variables: what fits them, what they add, and what is said of anything else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.stack.interpolate import Budget, TooMuchWorkError
from ccloud_apply.load.stack.variable_types import Attribute, VariableType, fit
from ccloud_apply.load.text.node import Node, from_plain, start_of, to_plain
from tests.unit.load.conftest import Load

_PLACE = start_of("vars.yaml")
_TYPES = """\
variable_types:
  nodes:
    - name: string
      cores: integer
      disk: {optional: integer, default: 50}
      net: {optional: {vlan: integer, mtu: {optional: integer, default: 1500}}}
"""
_STACK = f"stack: s\nvariables: {{nodes: []}}\n{_TYPES}servers: {{}}\n"

STRING = VariableType(word="string")
INTEGER = VariableType(word="integer")


def fill(value: Any, expected: VariableType) -> Any:
    node, mismatches = fit(from_plain(value, _PLACE), expected, Budget())
    assert not mismatches
    return to_plain(node)


def refusals(value: Any, expected: VariableType) -> list[tuple[tuple[str | int, ...], str]]:
    _, mismatches = fit(from_plain(value, _PLACE), expected, Budget())
    return [(found.path, found.what) for found in mismatches]


def optional(expected: VariableType, default: Any = None) -> Attribute:
    node = None if default is None else from_plain(default, _PLACE)
    return Attribute(type=expected, is_optional=True, default=node)


def an_object(**attributes: Attribute) -> VariableType:
    return VariableType(word="object", attributes=attributes)


def test_an_attribute_that_is_left_out_gets_its_default_or_null() -> None:
    expected = an_object(
        name=Attribute(type=STRING), size=optional(INTEGER, 50), note=optional(STRING)
    )
    assert fill({"name": "a"}, expected) == {"name": "a", "size": 50, "note": None}
    assert fill({"name": "a", "size": None}, expected)["size"] == 50
    assert fill({"name": "a", "size": 8, "note": "x"}, expected) == {
        "name": "a",
        "size": 8,
        "note": "x",
    }


def test_a_value_that_lacks_nothing_stays_the_same_node() -> None:
    node = from_plain([{"name": "a"}], _PLACE)
    expected = VariableType(word="list", item=an_object(name=Attribute(type=STRING)))
    assert fit(node, expected, Budget())[0] is node


def test_each_mistake_of_a_value_is_told_with_its_path() -> None:
    one = an_object(name=Attribute(type=STRING), size=optional(INTEGER, 50))
    expected = VariableType(word="list", item=one)
    assert refusals([{"name": 5}, {"nam": "b"}, 7], expected) == [
        ((0, "name"), "must be text, not 5"),
        ((1, "nam"), "the attribute nam is unknown"),
        ((1,), "the attribute name is missing"),
        ((2,), "must be a mapping, not 7"),
    ]


@pytest.mark.parametrize(
    ("word", "value", "fits"),
    [
        ("integer", 5, True),
        ("integer", True, False),
        ("integer", 5.5, False),
        ("integer", None, False),
        ("number", 5, True),
        ("number", 5.5, True),
        ("number", False, False),
        ("boolean", True, True),
        ("boolean", 1, False),
        ("boolean", "true", False),
        ("string", "", True),
        ("string", 5, False),
        ("any", None, True),
        ("any", [{}], True),
    ],
)
def test_a_word_takes_values_of_its_type_alone(word: str, value: Any, fits: bool) -> None:
    assert (not refusals(value, VariableType(word=word))) is fits


def test_the_star_is_the_type_of_all_other_names() -> None:
    expected = VariableType(
        word="object", attributes={"name": Attribute(type=STRING)}, others=INTEGER
    )
    assert fill({"name": "x", "a": 1, "b": 2}, expected) == {"name": "x", "a": 1, "b": 2}
    assert refusals({"name": "x", "a": "y"}, expected) == [
        (("a",), 'must be a whole number, not "y"')
    ]


def test_defaults_that_multiply_are_bounded() -> None:
    many = from_plain(list(range(1000)), _PLACE)
    big = Attribute(type=VariableType(word="any"), is_optional=True, default=many)
    expected = VariableType(word="list", item=an_object(big=big))
    with pytest.raises(TooMuchWorkError):
        fit(from_plain([{}] * 1000, _PLACE), expected, Budget(100_000))


_LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
_VALUE = st.recursive(
    _LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


def _types() -> st.SearchStrategy[VariableType]:
    words = st.sampled_from(("string", "integer", "number", "boolean", "any"))
    leaf = words.map(lambda word: VariableType(word=word))

    def grow(inner: st.SearchStrategy[VariableType]) -> st.SearchStrategy[VariableType]:
        attribute = st.builds(Attribute, type=inner, is_optional=st.booleans())
        return st.one_of(
            inner.map(lambda item: VariableType(word="list", item=item)),
            st.dictionaries(st.sampled_from("abc"), attribute, max_size=3).map(
                lambda found: VariableType(word="object", attributes=found)
            ),
        )

    return st.recursive(leaf, grow, max_leaves=5)


@given(_VALUE, _types())
def test_what_fits_once_fits_again_and_stays(value: Any, expected: VariableType) -> None:
    node, mismatches = fit(from_plain(value, _PLACE), expected, Budget())
    if not mismatches:
        again, more = fit(node, expected, Budget())
        assert not more
        assert to_plain(again) == to_plain(node)


@given(_VALUE, _types())
def test_what_is_given_is_never_changed(value: Any, expected: VariableType) -> None:
    node, mismatches = fit(from_plain(value, _PLACE), expected, Budget())
    if not mismatches:
        assert _is_kept(value, node)


def _is_kept(value: Any, node: Node) -> bool:
    if isinstance(value, dict):
        return all(part is None or _is_kept(part, node.value[name]) for name, part in value.items())
    if isinstance(value, list):
        return all(_is_kept(a, b) for a, b in zip(value, node.value, strict=True))
    return bool(node.value == value)


def test_an_object_from_the_command_line_reaches_the_server_with_its_defaults(load: Load) -> None:
    text = """\
stack: s
variables: {db: null}
variable_types:
  db: {name: string, cores: integer, disk: {optional: integer, default: 50}}
servers:
  w: {disks: ["${var.db.disk}"], cores: "${var.db.cores}"}
"""
    loaded = load(text, flags={"db": '{"name": "a", "cores": 2}'})
    assert not loaded.diagnostics
    assert loaded.stack is not None
    assert loaded.stack.servers[0].value("cores") == 2
    assert [disk.size_gb for disk in loaded.stack.servers[0].value("disks")] == [50]


def test_a_mistake_in_a_value_of_a_file_is_told_at_its_place_in_that_file(load: Load) -> None:
    loaded = load(_STACK, file={"nodes": [{"name": "a", "cores": 1, "dsk": 9}]})
    (found,) = loaded.diagnostics
    assert found.source is not None
    assert (found.source.path, found.where) == ("vars.yaml", "variables.nodes[0].dsk")
    assert (found.what, found.hint) == ("the attribute dsk is unknown", 'did you mean "disk"?')


def test_a_mistake_in_a_value_of_the_command_line_names_the_flag(load: Load) -> None:
    loaded = load(_STACK, flags={"nodes": "[{name: a, cores: x}]"})
    (found,) = loaded.diagnostics
    assert found.source is not None
    assert (found.source.path, found.source.line) == ("stack.yaml", 2)
    assert found.what == '--var nodes: must be a whole number, not "x"'


def test_a_default_that_does_not_fit_is_an_error_where_it_stands(load: Load) -> None:
    loaded = load(_STACK.replace("nodes: []", "nodes: [{name: a}]"))
    (found,) = loaded.diagnostics
    assert found.where == "variables.nodes[0]"
    assert (found.what, found.hint) == ("the attribute cores is missing", "add cores: VALUE")


def test_a_default_of_an_attribute_has_to_fit_its_own_type(load: Load) -> None:
    loaded = load(_STACK.replace("default: 50", "default: big"))
    (found,) = loaded.diagnostics
    assert found.where == "variable_types.nodes[0].disk.default"
    assert found.what == 'must be a whole number, not "big"'


def test_a_type_of_no_variable_is_an_error(load: Load) -> None:
    loaded = load(_STACK.replace("variables: {nodes: []}", "variables: {node: []}"))
    (found,) = loaded.diagnostics
    assert (found.code, found.where) == ("undefined-variable", "variable_types.nodes")
    assert found.hint == 'did you mean "node"?'


@pytest.mark.parametrize(
    "spelled",
    [
        "int",
        "5",
        "null",
        "[string, string]",
        "[]",
        "{optional: string}",
        "{'a b': string}",
        "{x: {optional: string, dflt: 1}}",
        "{'*': {optional: string}}",
        "{x: {default: 1}}",
        "{x: '${var.nodes}'}",
    ],
)
def test_what_is_no_type_is_an_error_with_its_place(load: Load, spelled: str) -> None:
    loaded = load(f"stack: s\nvariables: {{nodes: null}}\nvariable_types:\n  nodes: {spelled}\n")
    assert loaded.stack is None
    places = [f.source.line for f in loaded.diagnostics if f.source and "types" in f.where]
    assert places == [4]


@pytest.mark.parametrize(
    ("spelled", "text", "value"),
    [
        ("string", "12", "12"),
        ("string", "[a]", "[a]"),
        ("integer", "12", 12),
        ("boolean", "true", True),
        ("any", "[1]", [1]),
        ("any", "a", "a"),
        ("[string]", "- a\n- b", ["a", "b"]),
        ('{"*": integer}', "a: 1", {"a": 1}),
    ],
)
def test_a_text_is_read_as_the_type_says(load: Load, spelled: str, text: str, value: Any) -> None:
    stack = f"""\
stack: s
variables: {{x: null}}
variable_types: {{x: {spelled}}}
servers: {{w: {{for_each: {{a: "${{var.x}}"}}, notes: "${{each.value}}"}}}}
"""
    for loaded in (load(stack, flags={"x": text}), load(stack, environment={"x": text})):
        given = loaded.given["x"]
        assert given.place is None
        assert to_plain(given.node) == value
