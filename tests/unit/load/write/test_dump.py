"""The writer of YAML: what it writes is read back as it was, and harms nobody who looks at it."""

from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from ccloud_apply.load.stack.interpolate import Budget, Scope, interpolate
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.node import to_plain
from ccloud_apply.load.text.parse import parse
from ccloud_apply.load.write.dump import dump_stack
from tests.support.render.harmless import assert_harmless

AMOUNTS = ("10", "10.0", "10.50", "0", "1e20", "1E+3", "1e-7", "-4", "123456789012345678")
PIECES = (
    "${",
    "$${key}",
    "}",
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "\t",
    "::add-mask::x",
    "##[error]",
    "\\##[x",
    "#",
    ": ",
    "- ",
    "'",
    '"',
    "\\",
    "%YAML",
    "---",
    "...",
    "&a",
    "*a",
    "!!str",
    "|",
    ">",
    "{",
    "[",
    "\x1b[31m",
    "\x00",
    "\x85",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\U000e0041",
    "😀",
    "ünï",
    "x" * 200,
)
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=6).map("".join)
writable = texts.filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))
scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | writable
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


def read_back(text: str) -> Any:
    """The values as the loader takes them: parsed, with `${...}` filled in."""
    from ccloud_apply.load.stack.interpolate import Findings

    node, diagnostics = parse(text.encode(), "export")
    assert diagnostics == ()
    assert node is not None
    collector = DiagnosticCollector("export")
    scope = Scope(variables={}, stack="", budget=Budget())
    plain = to_plain(interpolate(node, scope, Findings(collector, "")))
    assert collector.sorted() == ()
    return plain


@given(values, writable)
@example(None, "###[error]")
def test_whatever_is_written_is_read_back_and_harmless(value: Any, text: str) -> None:
    stack = {"stack": "a", "servers": {"web": {"notes": text, "other": value}}}
    written = dump_stack(stack, [f"From {text}"])
    assert read_back(written) == stack
    # Signs that look like letters are kept: a file is not a terminal.
    assert_harmless(written)


@given(values)
def test_other_readers_of_yaml_see_the_same(value: Any) -> None:
    assert yaml.safe_load(dump_stack({"a": value})) == _doubled(value)


def _doubled(value: Any) -> Any:
    """As a reader sees it who knows nothing of `${`."""

    def double(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: double(inner) for name, inner in part.items()}
        if isinstance(part, list):
            return [double(inner) for inner in part]
        return part.replace("${", "$${") if isinstance(part, str) else part

    return {"a": double(value)}


@pytest.mark.parametrize(
    "word", ["off", "no", "null", "~", "12", "0o17", "1_000", "1e3", "2027-01-01", "", "true"]
)
def test_a_word_that_could_be_something_else_is_quoted(word: str) -> None:
    assert dump_stack({"a": word}) == f'a: "{word}"\n'


def test_a_server_is_written_as_people_write_it() -> None:
    server = {
        "hostname": "vs10001",
        "disks": [50, 100],
        "addons": {"monitoring": 1},
        "notes": "Owner: platform\n\n  indented\n",
        "lifecycle": {"prevent_destroy": True},
    }
    assert dump_stack({"stack": "web", "servers": {"web": server}}, ["A comment"]) == (
        "# A comment\n"
        "stack: web\n"
        "servers:\n"
        "  web:\n"
        "    hostname: vs10001\n"
        "    disks: [50, 100]\n"
        "    addons: {monitoring: 1}\n"
        "    notes: |\n"
        "      Owner: platform\n"
        "\n"
        "        indented\n"
        "    lifecycle: {prevent_destroy: true}\n"
    )


def test_a_note_that_commands_a_build_runner_is_no_block() -> None:
    written = dump_stack({"a": {"notes": "hello\n  ::add-mask::x\n"}})
    assert written == 'a:\n  notes: "hello\\n  ::add-mask::x\\n"\n'


def test_a_comment_stays_on_its_line() -> None:
    assert dump_stack({}, ["one\nservers: {}"]).startswith("# one\\nservers: {}\n")


@given(
    remarks=st.dictionaries(st.sampled_from(["web", "db", "gone"]), writable, max_size=3),
    notes=writable,
)
def test_remarks_are_lines_of_their_own_and_change_no_value(
    remarks: dict[str, str], notes: str
) -> None:
    entry = {"notes": notes, "disks": [50], "addons": {"backup": 1}}
    stack = {"stack": "s", "servers": {"web": entry, "db": {}}, "moved": [{"from": "a", "to": "b"}]}
    text, plain = dump_stack(stack, ["head"], remarks), dump_stack(stack, ["head"])
    assert_harmless(text)
    lines = text.splitlines(keepends=True)
    told = [line for line in lines if line.startswith("  # ")]
    assert len(told) == len(remarks.keys() & {"web", "db"})
    assert "".join(line for line in lines if not line.startswith("  # ")) == plain


@pytest.mark.parametrize("amount", [*map(Decimal, AMOUNTS), *map(float, AMOUNTS)])
def test_a_number_that_is_exact_comes_back_and_has_no_tag(amount: Decimal | float) -> None:
    text = dump_stack({"amount": amount})
    assert "!" not in text
    root, problems = parse(text.encode(), "stack.yaml")
    assert problems == ()
    assert root is not None
    assert float(root.value["amount"].value) == float(amount)
