"""The quick reader of plain YAML: what it takes is read as by the parser, to the last column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.inputs import write_stack
from ccloud_apply.load.text import parse as parse_module
from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import MAX_WEIGHT, parse
from ccloud_apply.load.text.simple import read_simple
from tests.conftest import ROOT
from tests.support.examples import examples

SIMPLE = """\
# a stack
stack: web
variables: {size: 2, names: [a, "b c", 'd: e']}

servers:
  web-1:
    cores: ${var.size}
    memory: 4.0
    disks: [50, {size: 100, id: sc0s1}]
    notes: |
      Owner: platform team

        # no comment
    empty: []
    price: -1.5e3

  db:
    tags:
    - production
    - "backup:nightly"
    addons:
      - name: monitoring
        count: 1
      - {name: backup, count: 0x10}
    note: a b:is no key, and no#comment
  # the end
moved:
  - from: a
    to: b
"""


def by_events(text: str) -> tuple[Node | None, tuple[Any, ...]]:
    """What the parser's events give, without the quick reader."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parse_module, "read_simple", lambda *_: None)
        return parse(text, "f")


def spell(node: Node) -> Any:
    """All that there is of a node."""
    value = node.value
    if isinstance(value, dict):
        value = [(name, spell(child)) for name, child in value.items()]
    elif isinstance(value, list):
        value = [spell(child) for child in value]
    keys = None if node.keys is None else list(node.keys.items())
    return (type(node.value), value, node.place, node.text, keys, node.weight, node.is_dynamic)


def check(text: str) -> bool:
    """True if the quick reader takes the text; then it is what the parser gives."""
    node = read_simple(text, "f", MAX_WEIGHT)
    if node is None:
        return False
    other, diagnostics = by_events(text)
    assert diagnostics == ()
    assert other is not None
    assert spell(node) == spell(other)
    return True


def yaml_files() -> Iterator[Path]:
    for folder in ("examples", "tests/cases", "tests/pipelines"):
        yield from (ROOT / folder).rglob("*.y*ml")


def test_a_file_that_says_it_plainly_is_read_line_by_line() -> None:
    assert check(SIMPLE)
    assert check(write_stack(3).decode())
    assert any([check(path.read_text(encoding="utf-8")) for path in yaml_files()])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a: 1",
        "a: 1\nb\n",
        "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n",
        "a:\nb: 1\n",
        "a: 1\n  b: 2\n",
        "a: one\n  two\n",
        "a: one\n  - two\n",
        "a: 1 # why\n",
        "a: b: c\n",
        "a: [1, 2\n",
        "a: [1, 2] 3\n",
        "a: [1, ]\n",
        "a: [b: 1]\n",
        "a: [b:1]\n",
        "a: {b}\n",
        "a: {b:1}\n",
        "a: [1, # 2\n",
        "a: >\n  b\n",
        "a: |2\n  b\n",
        "a: |\n\n  b\n",
        "a: |\nb: 1\n",
        "a: 'it''s'\n",
        'a: "\\n"\n',
        "a: &x 1\nb: *x\n",
        "a: !!str 1\n",
        "<<: {a: 1}\n",
        "? a\n: b\n",
        "a: 1\n---\nb: 1\n",
        "a:\t1\n",
        "a: 1\r\n",
        "a: \x07\n",
        "- - 1\n",
        "-\n  a: 1\n",
        "a: 99999999999999999999999999\n",
        "a: .inf\n",
        f"{'a' * 101}: 1\n",
        "a: " + "[" * 20 + "]" * 20 + "\n",
        "".join(f"{' ' * depth}a:\n" for depth in range(30)) + f"{' ' * 30}a: 1\n",
    ],
)
def test_whatever_else_there_is_is_left_to_the_parser(text: str) -> None:
    assert read_simple(text, "f", MAX_WEIGHT) is None


_WORDS = "a b web-1 8 - --- ... : # [ ] { } , ' \" | |- |+ > &a *a !t ? % ~ null true 1.5 -1 0x1f"
_OTHERS = "${var.a} $ ü é @ ` ( / + = < \\ /* http://x a:b [] {} {a} [a:b]"
_PIECES = st.sampled_from(
    [
        *_WORDS.split(),
        *_OTHERS.split(),
        *(" ", "  ", "- ", "--- ", ": ", " #", "x y", ", ", "é: ", "\t", "\r", "\u2028", "\xa0"),
        *("[1, 2]", "{a: 1}", "'q'", '"q"', "{a: [b, {c: d}]}", "[a b, -c]", "[a, 'b, c']"),
    ]
)
_LINES = st.one_of(
    st.builds(
        lambda indent, key, value: f"{' ' * indent}{key}{value}",
        st.integers(0, 4),
        st.sampled_from(
            ["a: ", "b: ", "c:", "d: ", "- ", "- a: ", "-", "", "# ", "a-b.c: ", "9: "]
        ),
        st.lists(_PIECES, max_size=4).map("".join),
    ),
    st.lists(_PIECES, max_size=6).map("".join),
)


@settings(max_examples=examples(2000))
@given(st.lists(_LINES, max_size=9).map(lambda lines: "\n".join([*lines, ""])))
def test_what_it_takes_it_reads_as_the_parser_does(text: str) -> None:
    check(text)


_SCALARS = st.sampled_from(["x", "two words", "5", "-1", "1.50", "true", "", "'q: r'", '"${key}"'])


def _values(indent: int) -> st.SearchStrategy[str]:
    """What may stand after a key, with its line ends."""
    pad = " " * indent
    flow = st.lists(_SCALARS.filter(bool), max_size=3).map(lambda items: f" [{', '.join(items)}]\n")
    pairs = st.lists(_SCALARS.filter(bool), max_size=2).map(
        lambda items: " {" + ", ".join(f"k{n}: {item}" for n, item in enumerate(items)) + "}\n"
    )
    literal = st.lists(st.sampled_from(["one", "  two", "# no comment", ""]), max_size=4).map(
        lambda lines: "".join([f" |\n{pad}  first\n", *(f"{pad}  {x}\n" for x in lines)])
    )
    items = st.lists(_SCALARS.filter(bool), min_size=1, max_size=3)
    listed = st.builds(
        lambda shift, found: "\n" + "".join(f"{pad}{shift}- {item}\n" for item in found),
        st.sampled_from(["", "  "]),
        items,
    )
    plain = _SCALARS.map(lambda text: f" {text}\n")
    return st.one_of(plain, flow, pairs, literal, listed)


def _mappings(indent: int, depth: int) -> st.SearchStrategy[str]:
    values = _values(indent)
    if depth:
        inner = st.builds(
            lambda gap, text: f"\n{gap}{text}",
            st.sampled_from(["", "\n", "# why\n", "        # why\n"]),
            _mappings(indent + 2, depth - 1),
        )
        values = st.one_of(values, inner)
    return st.lists(values, min_size=1, max_size=4).map(
        lambda found: "".join(f"{' ' * indent}k{n}:{value}" for n, value in enumerate(found))
    )


@settings(max_examples=examples(500))
@given(_mappings(0, 2))
def test_texts_that_are_written_well_are_read_as_the_parser_does(text: str) -> None:
    check(text)
