"""Laws of the layout: values stay, no comment is lost, and a second time changes nothing."""

from collections import Counter
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ccloud_apply.load.stack.build import VariableSources, load_stack
from ccloud_apply.load.text.parse import parse, parse_document
from ccloud_apply.load.write.layout.format import format_text
from ccloud_apply.load.write.layout.order import Kind
from tests.support.examples import examples
from tests.support.messy_yaml import messy_texts
from tests.unit.load.schema.test_load_schema import STACKS

_WORDS = st.text(alphabet="ab c-'\"#:&*{}[],|>!%@`\\ü0", max_size=8)
_LEAVES = st.none() | st.booleans() | st.integers(-9, 999) | _WORDS
_VALUES = st.recursive(
    _LEAVES,
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.dictionaries(st.sampled_from(["cores", "stack", "a b", "x"]), parts, max_size=4)
    ),
    max_leaves=12,
)
_ENTRIES = st.dictionaries(
    st.sampled_from(["lifecycle", "disks", "cores", "pool", "count", "unknown", "notes"]),
    _VALUES,
    max_size=5,
)
_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "servers": st.dictionaries(st.sampled_from(["web", "db", "a"]), _ENTRIES, max_size=3),
        "stack": st.just("shop"),
        "defaults": _ENTRIES,
        "moved": st.lists(st.fixed_dictionaries({"to": _WORDS, "from": _WORDS}), max_size=2),
        "other": _VALUES,
    },
)

_PIECES = st.sampled_from(
    [
        *("# c\n", "\n", " ", "  ", "- ", ": ", "{", "}", "[", "]", ",", "|\n", ">+\n", "|2-\n"),
        *('"', "'", "\t", "&a ", "*a", "stack: a\n", "servers:\n", "  web:\n", "    cores: 2\n"),
        *("? ", "---\n", "...\n", "\r\n", "\\", "x", "\x85", "\ufeff", "    memory: 4 # GB\n"),
    ]
)


def comments_in(text: str) -> Counter[str]:
    """What a comment is, counted by the tokens of YAML and not by what the layout does."""
    found: Counter[str] = Counter()
    last = 0
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        start, end = token.start_mark.index, token.end_mark.index
        found.update(_comments(text[last:start]))
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            found.update(_comments(text[start:end].split("\n")[0]))
        last = max(last, end)
    found.update(_comments(text[last:]))
    return found


def _comments(gap: str) -> list[str]:
    return [line[line.index("#") :].rstrip() for line in gap.split("\n") if "#" in line]


def formatted(text: str, kind: Kind = Kind.STACK) -> str:
    result = format_text(text.encode(), "f.yaml", kind)
    assert result.diagnostics == ()
    assert result.after is not None
    return result.after


def check_laws(text: str, kind: Kind) -> None:
    before, _ = parse_document(text, "f.yaml")
    once = formatted(text, kind)
    after, problems = parse_document(once, "f.yaml")
    assert problems == ()
    assert after == before
    assert repr(sorted_deep(after)) == repr(sorted_deep(before))  # 1 is not true, nor 1.0
    assert formatted(once, kind) == once
    assert comments_in(once) == comments_in(text.replace("\r\n", "\n"))
    assert all(line == line.rstrip() for line in once.split("\n"))
    assert once == "" or (once.endswith("\n") and not once.endswith("\n\n"))


def sorted_deep(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, repr(sorted_deep(part))) for key, part in value.items())
    return [sorted_deep(part) for part in value] if isinstance(value, list) else value


@settings(max_examples=examples(250))
@given(messy_texts(_DOCUMENTS), st.sampled_from(Kind))
def test_a_layout_changes_no_value_and_keeps_every_comment(text: str, kind: Kind) -> None:
    check_laws(text, kind)


@settings(max_examples=examples(250))
@given(st.lists(_PIECES, max_size=25).map("".join))
@example("a: |\n  text")
@example("a: &x # c\n  1\nb: *x\n")
@example("a: # one\n  |+ # two\n  x\n\n# three\n")
@example("- - a\n  - b # c\n-\n  # d\n  x: 1\n")
@example("a: [\n  b, # c\n  d,\n  ] # e\n")
@example("a: {b, c: }\n")
@example(">\n + ")
@example("\ufeff\ufeff")
def test_any_text_that_can_be_read_keeps_what_it_says_or_is_refused(text: str) -> None:
    root, problems = parse(text, "f.yaml")
    result = format_text(text.encode(), "f.yaml", Kind.STACK)
    if problems:
        assert result.after is None
        assert result.diagnostics == problems
    elif result.after is None:
        assert {found.code for found in result.diagnostics} == {"not-formatted"}
        assert "without changing" not in result.diagnostics[0].what
    else:
        again = format_text(result.after.encode(), "f.yaml", Kind.STACK)
        assert again.after == result.after
        assert parse_document(result.after, "f.yaml") == parse_document(text, "f.yaml")
        assert root is None or comments_in(result.after) == comments_in(text.replace("\r\n", "\n"))


@settings(max_examples=examples(100), suppress_health_check=list(HealthCheck))
@given(messy_texts(STACKS))
def test_a_stack_loads_as_the_same_stack(text: str) -> None:
    assert load(formatted(text)) == load(text)


def load(text: str) -> Any:
    """What a stack declares, in its order; or the errors without their places."""
    loaded = load_stack(
        text.encode(), path="f.yaml", variables=VariableSources(), look=lambda reference: None
    )
    if loaded.stack is None:
        return sorted((found.code, found.where, found.what) for found in loaded.diagnostics)
    return [
        (server.key, {name: server.value(name) for name in sorted(server.fields)})
        for server in loaded.stack.servers
    ]
