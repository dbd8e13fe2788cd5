"""Laws: any text either loads or says where it is wrong; the same text always gives the same."""

import gc
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ccloud_apply.load.schema.validate import server_checker
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.text.node import from_plain, start_of
from tests.support.examples import examples
from tests.unit.load.schema.test_load_schema import STACKS, VALUES

PIECES = st.sampled_from(
    [
        "stack: w\n",
        "servers:\n",
        "  a:\n",
        "    cores: 2\n",
        "    count: ",
        "3",
        "${var.x}",
        "${",
        "variables: {x: 1}\n",
        "    tags: [",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "- ",
        ": ",
        "\n",
        "\t",
        "'",
        '"',
        "|\n",
        "!!str ",
        "%",
        "#",
        "<<: ",
        "\x00",
        "é",
        "  ",
        "defaults:\n",
        "? ",
    ]
)


def load_text(text: str | bytes) -> Loaded:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return load_stack(
        data, path="stack.yaml", variables=VariableSources(), look=lambda reference: None
    )


def check_law(loaded: Loaded) -> None:
    errors = [found for found in loaded.diagnostics if found.is_error]
    assert (loaded.stack is None) == bool(errors)
    for found in loaded.diagnostics:
        assert found.source is not None
        assert found.source.line >= 1
        assert found.source.column >= 1
        assert found.what
        assert not found.what.endswith(".")
        assert (found.what + found.where + found.hint).isprintable()


@settings(max_examples=examples(300))
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60) | st.binary(max_size=40))
def test_any_text_loads_or_reports_a_place(text: str | bytes) -> None:
    loaded = load_text(text)
    check_law(loaded)
    assert load_text(text) == loaded


@settings(max_examples=examples(400))
@given(STACKS | VALUES)
def test_any_document_loads_or_reports_a_place(document: Any) -> None:
    check_law(load_text(yaml.safe_dump(document, allow_unicode=True)))


@settings(max_examples=examples(200))
@given(STACKS | VALUES, STACKS | VALUES)
@example({"policy": "${var.x}"}, {"policy": "${var.x}"})
def test_any_extended_file_loads_or_reports_a_place(document: Any, base: Any) -> None:
    text = yaml.safe_dump(base, allow_unicode=True).encode()
    own = {**(document if isinstance(document, dict) else {}), "stack": "w", "extends": "b.yaml"}
    loaded = load_stack(
        yaml.safe_dump(own, allow_unicode=True).encode(),
        path="stack.yaml",
        variables=VariableSources(),
        look=lambda reference: None,
        inherited=Inherited(env="prod", read=lambda _name, _base: text),
    )
    check_law(loaded)


@settings(max_examples=examples(100))
@given(st.text(alphabet=st.sampled_from("${}varxkey. "), max_size=30))
def test_any_expression_is_filled_in_or_reported(text: str) -> None:
    check_law(load_text(yaml.safe_dump({"stack": "w", "servers": {"a": {"notes": text}}})))


def test_values_made_from_variables_are_never_read_for_expressions() -> None:
    assert not from_plain({"a": ["${key}", 1.5]}, start_of("")).is_dynamic


def test_the_collector_is_left_as_it_was() -> None:
    load_text("stack: w")
    assert gc.isenabled()
    gc.disable()
    try:
        load_text("stack: w")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_validators_are_compiled_once() -> None:
    assert server_checker() is server_checker()


@pytest.mark.parametrize("count", [1, 40])
def test_a_schema_is_asked_once_for_each_server(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    fits = type(server_checker()).fits

    def count_calls(self: Any, value: Any) -> bool:
        asked.append(value)
        return fits(self, value)

    monkeypatch.setattr(type(server_checker()), "fits", count_calls)
    servers = {f"k{i}": {"cores": 1} for i in range(count)}
    assert load_text(yaml.safe_dump({"stack": "w", "servers": servers})).stack is not None
    assert len(asked) <= 2 + count
