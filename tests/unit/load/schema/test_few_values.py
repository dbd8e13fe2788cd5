"""A few values are judged without a library, as jsonschema-rs judges them or not at all."""

import subprocess
import sys
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccloud_apply.load.schema.few_values import Undecided, count_values, fits_few
from ccloud_apply.load.schema.project_schema import build_project_schema
from ccloud_apply.load.schema.stack_schema import build_base_schema, build_file_schema
from ccloud_apply.load.schema.validate import FEW_VALUES, Checker, server_checker
from tests.conftest import ROOT
from tests.support.examples import examples

SCALARS = st.none() | st.booleans() | st.integers(-3, 9) | st.sampled_from(["", "a", "ab", "b c"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "ab"]), inner, max_size=3)
    ),
    max_leaves=8,
)
KINDS = ("object", "array", "string", "boolean", "integer", "number", "null")
TYPES = st.lists(st.sampled_from(KINDS), min_size=1, unique=True)
LEAVES = st.one_of(
    st.booleans(),
    st.fixed_dictionaries({"type": st.sampled_from(KINDS) | TYPES}),
    st.fixed_dictionaries({"enum": st.lists(VALUES, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"const": VALUES}),
    st.fixed_dictionaries({"pattern": st.sampled_from(["^a", "b$", r"^\S+$", "^a{0,1}$"])}),
    st.fixed_dictionaries({"required": st.lists(st.sampled_from(["a", "b"]), unique=True)}),
    st.fixed_dictionaries({"uniqueItems": st.booleans()}),
    *(
        st.fixed_dictionaries({word: st.integers(0, 4)})
        for word in ("minimum", "maximum", "minLength", "maxLength")
    ),
    *(
        st.fixed_dictionaries({word: st.integers(0, 3)})
        for word in ("minItems", "maxItems", "minProperties", "maxProperties")
    ),
    st.just({"$ref": "#/$defs/small"}),
)


def _grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    branches = st.lists(inner, min_size=1, max_size=3)
    properties = st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2)
    return st.one_of(
        *(st.fixed_dictionaries({word: branches}) for word in ("anyOf", "oneOf")),
        *(
            st.fixed_dictionaries({word: inner})
            for word in ("not", "items", "additionalProperties", "propertyNames")
        ),
        st.fixed_dictionaries({"properties": properties, "additionalProperties": inner}),
    )


SCHEMAS = st.recursive(LEAVES, _grow, max_leaves=6)
DEFINITIONS = {"small": {"anyOf": [{"type": "integer", "maximum": 4}, {"const": "a"}]}}


@settings(max_examples=examples(1000))
@given(SCHEMAS, VALUES)
def test_every_keyword_is_judged_as_jsonschema_rs_judges_it(schema: Any, value: Any) -> None:
    whole = schema if isinstance(schema, bool) else {"$defs": DEFINITIONS, **schema}
    judged = fits_few(schema, value, DEFINITIONS)
    assert judged == jsonschema_rs.Draft202012Validator(whole).is_valid(value)


@pytest.mark.parametrize("value", [1.0, 2**53, {1: 2}, {"a": [b"x"]}, [(1,)], {1, 2}])
def test_what_libraries_may_read_in_two_ways_is_not_judged(value: Any) -> None:
    with pytest.raises(Undecided):
        count_values(value, 100)


@pytest.mark.parametrize("text", ["ä", "a\n", "\t", "\u00a0"])
def test_text_that_engines_may_match_in_two_ways_is_not_judged(text: str) -> None:
    with pytest.raises(Undecided):
        fits_few({"pattern": "^\\w+$"}, text, {})
    assert fits_few({"type": "string", "minLength": 1}, text, {})


@pytest.mark.parametrize("schema", [{"format": "date"}, {"allOf": [{}]}, {"prefixItems": [{}]}])
def test_a_keyword_that_is_not_known_is_not_judged(schema: Any) -> None:
    with pytest.raises(Undecided):
        fits_few(schema, "x", {})


@pytest.mark.parametrize("build", [build_file_schema, build_base_schema, build_project_schema])
def test_every_keyword_of_our_schemas_is_known(build: Any) -> None:
    """Else every file would need jsonschema-rs, and nobody would notice but by the clock."""
    schema = build()

    def judge(part: Any) -> None:
        fits_few(part, None, schema["$defs"])
        if isinstance(part, dict):
            for word in ("properties", "$defs"):
                for inner in part.get(word, {}).values():
                    judge(inner)
            for word in ("anyOf", "oneOf"):
                for inner in part.get(word, ()):
                    judge(inner)
            for word in ("items", "not", "additionalProperties", "propertyNames"):
                judge(part.get(word, True))

    judge(schema)


def test_counting_ends_where_there_are_too_many() -> None:
    assert count_values({"a": [1, 2, {"b": None}]}, 10) == 8
    assert count_values([[0] * 50] * 1_000_000, 10) == 11


def test_many_values_are_judged_by_jsonschema_rs() -> None:
    checker = Checker(server_checker().schema, few_values=10)
    server = {"cores": 2, "memory": 4}
    assert [checker.fits(server) for _ in range(4)] == [True] * 4
    assert checker.fits({**server, "cores": "two"}) is False


def test_a_small_stack_needs_no_library_and_a_big_one_does(tmp_path: Any) -> None:
    def uses_library(path: Any) -> bool:
        program = (
            "import sys; from ccloud_apply.cli.main import run;"
            " assert run(['validate', sys.argv[1]]) == 0;"
            " sys.exit(3 if 'jsonschema_rs' in sys.modules else 4)"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program, str(path)], cwd=ROOT, capture_output=True, check=False
        )
        return {3: True, 4: False}[ended.returncode]

    many = "".join(f"  a{number}: {{hostname: vs{number}}}\n" for number in range(FEW_VALUES))
    big = tmp_path / "big.yaml"
    big.write_text(f"stack: big\nservers:\n{many}", encoding="utf-8")
    assert not uses_library(ROOT / "examples" / "stacks" / "web.yaml")
    assert uses_library(big)
