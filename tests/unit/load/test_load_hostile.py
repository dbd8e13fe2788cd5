"""Hostile files end in an error, soon and in bounded memory. Counted, never timed."""

import tracemalloc

import pytest

from ccloud_apply.load.text import parse as parse_module
from ccloud_apply.load.text.collector import MAX_DIAGNOSTICS
from ccloud_apply.load.text.parse import MAX_BYTES, MAX_DEPTH, parse
from tests.unit.load.conftest import Load

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(BOMB, "too-much", id="alias bomb"),
        pytest.param("a: " + "[" * 10_000, "too-deep", id="nested lists"),
        pytest.param("a: " + "{a: " * 10_000, "too-deep", id="nested mappings"),
        pytest.param("- " * 10_000 + "a", "too-deep", id="nested dashes"),
        pytest.param("? " * 10_000, "bad-key", id="nested keys"),
        pytest.param("#\n" * (MAX_BYTES // 2 + 1), "too-much", id="too many bytes"),
        pytest.param("a: " + "x" * 300_000, "too-much", id="long scalar"),
        pytest.param("%TAG !a! x\n" * 10_000 + "---\na: 1", "yaml-directive", id="directives"),
        pytest.param("a: 1\n...\n" + "%TAG !a! x\n" * 1000, "yaml-directive", id="late directives"),
    ],
)
def test_hostile_yaml_is_refused_in_little_memory(text: str, code: str) -> None:
    data = text.encode()
    tracemalloc.start()
    node, diagnostics = parse(data, "f")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert node is None
    assert [found.code for found in diagnostics] == [code]
    assert peak < 4 * len(data) + 1_000_000


def test_nesting_by_aliases_counts_as_nesting() -> None:
    deep = "[" * (MAX_DEPTH - 4) + "]" * (MAX_DEPTH - 4)
    assert parse(f"a: &a {deep}\nb: [[*a]]", "f")[1] == ()
    assert parse(f"a: &a {deep}\nb: [[[[*a]]]]", "f")[1][0].code == "too-deep"


def test_reading_stops_at_the_limit_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_module, "MAX_WEIGHT", 100)
    node, diagnostics = parse("- 1\n" * 1000, "f")
    assert node is None
    assert diagnostics[0].source is not None
    assert diagnostics[0].source.line == 101


@pytest.mark.parametrize(
    "servers",
    [
        pytest.param("".join(f"  k{i}: {{count: 1000}}\n" for i in range(200)), id="counts"),
        pytest.param(
            "  w: {count: 1000, tags: [" + ",".join(f"a{i}" for i in range(5000)) + "]}\n",
            id="long lists many times",
        ),
        pytest.param(
            '  w: {count: 1000, notes: "' + "${key}" * 5000 + '"}\n', id="many expressions"
        ),
        pytest.param(
            "  w: {count: 1000}\n" + "".join(f"  z{i}: {{depends_on: [w]}}\n" for i in range(3000)),
            id="dependencies",
        ),
    ],
)
def test_a_file_that_expands_too_far_is_refused(servers: str, load: Load) -> None:
    loaded = load("stack: w\nservers:\n" + servers)
    assert loaded.stack is None
    assert [found.code for found in loaded.diagnostics] == ["too-much"]


@pytest.mark.parametrize("tag", ["a{}", '"${{key}}{}"'])
def test_layers_that_are_merged_too_often_are_refused(tag: str, load: Load) -> None:
    names = [f"t{number}" for number in range(2500)]
    templates = ", ".join(f"{name}: {{tags: [{tag.format(name)}]}}" for name in names)
    server = f"a: {{template: [{', '.join(names)}]}}"
    loaded = load(f"stack: w\ntemplates: {{{templates}}}\nservers: {{{server}}}\n")
    assert loaded.stack is None
    assert [found.code for found in loaded.diagnostics] == ["too-much"]


@pytest.mark.parametrize("server", ['w: {notes: "%s"}', '? "%s"\n  : {}'], ids=["value", "key"])
def test_a_long_value_named_many_times_is_refused_before_it_is_put_together(
    server: str, load: Load
) -> None:
    text = f'stack: w\nvariables: {{x: "{"x" * 200_000}"}}\nservers:\n  {server}\n'
    tracemalloc.start()
    try:
        loaded = load(text % ("${var.x}" * 2000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [found.code for found in loaded.diagnostics] == ["too-much"]
    assert peak < 100_000_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(f"k{i}: 1\n" for i in range(5000)), id="unknown keys"),
        pytest.param("servers:\n" + "".join(f"  K{i}: {{}}\n" for i in range(5000)), id="keys"),
        pytest.param(
            "servers: {a: {subnets: [" + ",".join(f"{i},a{i}" for i in range(5000)) + "]}}",
            id="items",
        ),
        pytest.param(
            "servers: {a: {tags: [" + ",".join(f'"${{var.x{i}}}"' for i in range(5000)) + "]}}",
            id="variables",
        ),
        pytest.param(
            "servers: {a: {depends_on: [" + ",".join(f"b{i}" for i in range(5000)) + "]}}",
            id="dependencies",
        ),
        pytest.param(
            "servers: {a: {}}\nmoved: ["
            + ",".join(f"{{from: x{i}, to: y{i}}}" for i in range(5000))
            + "]",
            id="moves",
        ),
        pytest.param("servers: {a: {for_each: [" + "A," * 5000 + "]}}", id="for_each"),
    ],
)
def test_thousands_of_mistakes_are_not_all_told(text: str, load: Load) -> None:
    loaded = load(f"stack: w\n{text}")
    assert loaded.stack is None
    assert len(loaded.diagnostics) <= MAX_DIAGNOSTICS + 1


def test_thousands_of_equal_keys_are_not_all_told(load: Load) -> None:
    assert load("a: 1\n" * 5000).diagnostics[-1].code == "more-errors"


def test_control_characters_of_a_file_do_not_reach_the_report(load: Load) -> None:
    loaded = load('stack: w\n"a\\e[31m\\n": 1\nservers: {a: {power: "\\x9b\\u202e"}}')
    texts = "".join(f"{d.where}{d.what}{d.hint}" for d in loaded.diagnostics)
    assert len(loaded.diagnostics) == 2
    assert texts.isprintable()


@pytest.mark.parametrize(
    "password",
    [
        "hunter2",
        '"${var.hunter2}"',
        '"${hunter2"',
        "[hunter2]",
        "{env: hunter2}",
        "{env: [hunter2]}",
    ],
)
def test_a_literal_secret_is_refused_and_never_shown(password: str, load: Load) -> None:
    for text in (
        f"servers: {{a: {{password: {password}}}}}",
        f"defaults: {{password: {password}}}",
    ):
        loaded = load(f"stack: w\n{text}")
        assert {d.code for d in loaded.diagnostics} <= {"literal-secret", "bad-reference"}
        assert loaded.stack is None
        assert "hunter2" not in repr(loaded)
