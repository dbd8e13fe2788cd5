"""YAML as the loader takes it: YAML 1.2 scalars, places, and sentences for what it cannot read."""

from typing import Any

import pytest
import yaml

from ccloud_apply.load.text import parse as parse_module
from ccloud_apply.load.text.parse import parse, parse_document
from ccloud_apply.model.declared.source import SourceRange


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("2027-01-01", "2027-01-01"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("-7", -7),
        ("1.5", 1.5),
        ("8.0", 8),
        ("1e3", 1000),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("'8'", "8"),
        ('"true"', "true"),
        ("'~'", "~"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: Any) -> None:
    found, diagnostics = parse_document(f"a: {text}", "f")
    assert (found, diagnostics) == ({"a": value}, ())
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("a: 1\n\tb: 2", "2:1", "tab"),
        ("a: b: c", "1:5", "':'"),
        ("a: [1, 2", "1:4", "list in [ ]"),
        ("a: {b: ${x}}", "1:9", "mapping in { }"),
        ("x: 1\na: 'b\nc", "2:4", "closing quote"),
        ("a: @b", "1:4", "start with this character"),
        ("a: - b", "1:4", "list cannot start"),
        ("- a\nb: c", "2:1", "list entry"),
        ("a:\n  b: 1\n c: 2", "3:2", "key was expected"),
        ('a: "\\q"', "1:5", "escape"),
        ("a: \x07", "1:4", "control character"),
        ("é: \x07", "1:4", "control character"),
        ("!x!y: 1", "1:1", "tags"),
        ("a: !!str 1", "1:4", "tags"),
        ("a: !x [1]", "1:4", "tags"),
        ("%YAML 1.1\n---\na: 1", "1:1", "directives"),
        ("a: *b", "1:4", "no anchor"),
        ("a: &a [*a]", "1:8", "contains itself"),
        ("a: 1\n---\nb: 2", "2:1", "second document"),
        ("? [a]\n: 1", "1:3", "key must be text"),
        ("a: &a [1]\n*a : 2", "2:1", "key must be text"),
        ("a: 1\na: 2", "2:1", "twice, first at 1:1"),
        ("a:\n  <<: 1", "2:3", "merge keys"),
        ("a: .inf", "1:4", "infinity"),
        ("a: .nan", "1:4", "infinity"),
        ("a: 1e999", "1:4", "too large"),
        ("a: [99999999999999999999]", "1:5", "too large"),
        ("a: " + "9" * 5000, "1:4", "too large"),
        (b"a: 1\nb: \xff", "2:4", "not UTF-8"),
        ("a: 1".encode("utf-16"), "1:1", "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    text: str | bytes, place: str, word: str
) -> None:
    _, diagnostics = parse(text, "f.yaml")
    assert [str(found.source) for found in diagnostics] == [f"f.yaml:{place}"]
    assert word in diagnostics[0].what


def test_every_key_and_value_knows_where_it_stands() -> None:
    node, _ = parse("a:\n  - x\n  - {b: 'yz'}\n", "f")
    assert node is not None
    assert node.key_place("a") == SourceRange("f", 1, 1, 1, 2)
    assert node.find(("a", 0)).place == SourceRange("f", 2, 5, 2, 6)
    assert node.find(("a", 1)).key_place("b") == SourceRange("f", 3, 6, 3, 7)
    assert node.find(("a", 1, "b")).place == SourceRange("f", 3, 9, 3, 13)
    assert node.find(("a", 7, "nowhere")).place == node.find(("a",)).place


def test_aliases_repeat_what_they_name() -> None:
    assert parse_document("a: &x [1]\nb: *x\n? &k key\n: *x", "f")[0] == {
        "a": [1],
        "b": [1],
        "key": [1],
    }


def test_an_anchor_can_be_a_key() -> None:
    assert parse_document("a: &x web\n*x : 1", "f")[0] == {"a": "web", "web": 1}


def test_a_byte_order_mark_and_an_empty_document_are_no_errors() -> None:
    assert parse_document(b"\xef\xbb\xbfa: 1", "f") == ({"a": 1}, ())
    assert parse_document("# nothing", "f") == (None, ())


def test_a_text_that_is_not_unicode_is_an_error() -> None:
    assert parse("a: \udcff", "f")[1][0].code == "not-utf8"


def test_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x [1, 'b', off]\nb: *x\nc: |\n  d\n"
    fast = parse_document(text, "f")
    monkeypatch.setattr(parse_module, "_LOADER", yaml.SafeLoader)
    assert parse_document(text, "f") == fast
    assert parse("a: [1", "f")[1][0].code == "yaml-syntax"
    assert parse("a: \x07", "f")[1][0].what == "a control character is not allowed here"
