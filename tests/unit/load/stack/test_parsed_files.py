"""What many stacks of a run extend is parsed and checked once, and tells each of them the same."""

import posixpath
from collections.abc import Mapping
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.load.stack import parsed_files, shared
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.interpolate import check_templates
from ccloud_apply.load.stack.parsed_files import ParsedFiles
from ccloud_apply.load.text.collector import MAX_DIAGNOSTICS
from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import parse
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits

STACK = "stack: {name}\nextends: [{bases}]\nservers: {{a: {{template: small, cores: 2}}}}\n"
GOOD = """\
templates: {small: {pool: p, memory: 4, notes: "of ${var.team}"}}
variables: {team: web}
"""
PARTS = (
    GOOD,
    "templates: {small: {memory: 4}}\n",
    'defaults: {notes: "${var.}"}\n',
    'templates: {other: {notes: "${sta"}}\n',
    "templates: {small: {memory: four}, large: {memory: 8}}\n",
    "variables: {team: web}\npolicy: {max_destroy: -1}\n",
    "extends: [b0.yaml]\ndefaults: {cores: 4}\n",
    "templates: [\n",
    "servers: {a: {}}\n",
    "- no mapping\n",
    "",
    "templates:\n" + "".join(f"  t{n}: {{memory: x}}\n" for n in range(MAX_DIAGNOSTICS + 5)),
    "templates:\n"
    + "".join(f'  u{n}: {{notes: "${{bad {n}"}}\n' for n in range(MAX_DIAGNOSTICS + 5)),
)


def load(text: str, files: Mapping[str, str], parsed: ParsedFiles, path: str = "s.yaml") -> Loaded:
    def read(name: str, base: str) -> bytes:
        return files[posixpath.normpath(posixpath.join(posixpath.dirname(base), name))].encode()

    return load_stack(
        text.encode(),
        path=path,
        variables=VariableSources(),
        look=lambda _: None,
        inherited=Inherited(read=read),
        parsed=parsed,
    )


def write(name: str, count: int) -> str:
    return STACK.format(name=name, bases=", ".join(f"b{n}.yaml" for n in range(count)))


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3), st.booleans())
def test_a_stack_is_loaded_alike_whatever_the_run_has_parsed_before(
    parts: list[str], keeps_stacks: bool
) -> None:
    files = {f"b{n}.yaml": part for n, part in enumerate(parts)}
    run = ParsedFiles(keeps_stacks=keeps_stacks)
    load(write("one", len(parts)), files, run, "one.yaml")
    for name in ("two", "one"):
        text = write(name, len(parts))
        assert load(text, files, run, f"{name}.yaml") == load(
            text, files, ParsedFiles(), f"{name}.yaml"
        )


def test_a_file_that_all_stacks_extend_is_parsed_once_and_so_are_its_templates() -> None:
    parses: list[str] = []
    checks: list[str] = []
    real_check = check_templates

    def count(text: bytes, path: str) -> tuple[Node | None, tuple[Diagnostic, ...]]:
        parses.append(path)
        return parse(text, path)

    def check(node: Node, *rest: object) -> None:
        if node.place.path == "b0.yaml":
            checks.append(node.text)
        real_check(node, *rest)  # type: ignore[arg-type]

    run = ParsedFiles()
    with (
        patch.object(parsed_files, "parse", count),
        patch.object(shared, "check_templates", check),
    ):
        for n in range(5):
            loaded = load(write(f"s{n}", 1), {"b0.yaml": GOOD}, run, f"s{n}.yaml")
            assert loaded.stack is not None
            assert loaded.stack.servers[0].value("notes") == "of web"
    assert parses == ["s0.yaml", "b0.yaml", "s1.yaml", "s2.yaml", "s3.yaml", "s4.yaml"]
    assert checks == ["of ${var.team}"]


def test_a_mistake_in_a_file_that_all_stacks_extend_holds_each_of_them() -> None:
    run, files = ParsedFiles(), {"b0.yaml": 'templates: {small: {memory: four, notes: "${x"}}\n'}
    first, second = (load(write(name, 1), files, run, f"{name}.yaml") for name in ("a", "b"))
    assert first.stack is second.stack is None
    assert first.diagnostics == second.diagnostics
    assert [d.source.path for d in first.diagnostics if d.source] == ["b0.yaml", "b0.yaml"]


@pytest.mark.parametrize("keeps_stacks", [True, False])
def test_a_file_is_parsed_anew_once_its_text_its_name_or_the_limits_are_others(
    keeps_stacks: bool,
) -> None:
    run = ParsedFiles(keeps_stacks=keeps_stacks)
    text = b"defaults: {disks: [1, 2, 3, 4, 5, 6]}\n"
    first = run.parse_base(text, "b.yaml", DEFAULT_LIMITS)
    assert run.parse_base(text, "b.yaml", DEFAULT_LIMITS) is first
    assert run.parse_base(text + b"\n", "b.yaml", DEFAULT_LIMITS) is not first
    other = run.parse_base(text, "c.yaml", DEFAULT_LIMITS)
    assert [d.source.path for d in other.violations if d.source] == ["c.yaml"]
    assert run.parse_base(text, "b.yaml", Limits(disks=6)).violations == ()
    stack = run.parse_stack(b"stack: a\n", "b.yaml", DEFAULT_LIMITS)
    again = run.parse_stack(b"stack: a\n", "b.yaml", DEFAULT_LIMITS)
    assert (again is stack) is keeps_stacks
