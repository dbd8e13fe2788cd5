"""Resolved stacks as YAML: the same stack again, with places, and nothing that harms."""

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.policy import read_policy
from ccloud_apply.load.stack.record import Record
from ccloud_apply.load.stack.resolved import build_resolved
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.load.text.node import to_plain
from ccloud_apply.load.text.parse import parse
from ccloud_apply.load.write.resolved import write_resolved
from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.results.resolved import ResolvedStacks
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless

STACK = """\
stack: web
variables: {size: 2, tag: front, names: [a, b]}
defaults:
  image: debian12_uefi
  tags: [shop]
servers:
  web:
    count: 2
    cores: "${var.size}"
    tags: ["${var.tag}"]
    notes: |
      ${key} of ${stack}

      has $${this}
    disks: [50, {size: 100, id: d1}]
  db:
    for_each: "${var.names}"
    custom_name: "${each.value} $${x}"
    depends_on: [web]
    lifecycle: {prevent_destroy: true, ignore_changes: [notes]}
    password: {env: CCLOUD_SECRET_DB}
policy: {max_destroy: 1, max_monthly_cost: 10.50, keep_tags: ["a:*"]}
account: {addons: {report: 1}}
moved: [{from: old, to: web-1}]
released: [gone]
renamed: {from: [older, oldest]}
"""


def parse_policy(text: str, path: str) -> Policy:
    node, _ = parse(text, path)
    assert node is not None
    return read_policy(node, to_plain(node), "policy", DiagnosticCollector(path))


def load(text: str, record: Record | None = None, **flags: str) -> Loaded:
    return load_stack(
        text.encode(),
        path="stack.yaml",
        variables=VariableSources(flags=flags),
        look=lambda _: None,
        record=record,
    )


def resolve(text: str, **flags: str) -> tuple[Stack, str]:
    record = Record()
    loaded = load(text, record, **flags)
    assert loaded.stack is not None, loaded.diagnostics
    stack = build_resolved(loaded.stack, record, loaded.given)
    return loaded.stack, write_resolved(ResolvedStacks(stacks=(stack,)))


def line_of(text: str, start: str) -> str:
    return next(line.strip() for line in text.split("\n") if line.strip().startswith(start))


def what_it_says(stack: Stack) -> Any:
    """All of a stack but its places, and what an expanded key came from."""
    return (
        stack.name,
        {
            spec.key: (
                {name: declared.value for name, declared in spec.fields.items()},
                spec.hostname,
                spec.depends_on,
                spec.lifecycle,
            )
            for spec in stack.servers
        },
        stack.policy,
        {name: one.value for name, one in stack.account.addons.items()},
        {name: one.value for name, one in stack.account.subscriptions.items()},
        [(move.before, move.after) for move in stack.moved],
        [release.key for release in stack.released],
        stack.names,
    )


def test_what_is_written_is_the_same_stack() -> None:
    stack, text = resolve(STACK, size="8")
    again = load(text)
    assert not again.diagnostics
    assert again.stack is not None
    assert what_it_says(again.stack) == what_it_says(stack)
    assert "${var" not in "".join(line.partition("  # ")[0] for line in text.split("\n"))


TIMES = """\
stack: web
variables: {shut: "06:00"}
policy:
  windows:
    - for: [downtime, destroy]
      days: [sat, sun]
      from: "22:00"
      to: "${var.shut}"
      zone: Europe/Berlin
    - {}
  freeze:
    - {from: 2026-12-20, until: 2027-01-06, zone: Europe/Berlin, reason: "x: y"}
    - {from: 2027-02-01, for: [create]}
servers: {}
"""


def test_windows_and_freezes_are_written_as_the_same_ones() -> None:
    stack, text = resolve(TIMES)
    again = load(text)
    assert again.stack is not None, again.diagnostics
    assert again.stack.policy == stack.policy
    assert [len(level) for level in stack.policy.windows] == [2]
    assert len(stack.policy.freezes) == 2


_MOVED = """\
stack: w
renamed: {from: was}
servers: {a: {}, b: {count: 2}, c: {for_each: [x], count: 2}, d: {enabled: false}}
moved:
"""
_FORMER = ("o/x", "o/y", "p/x-1", "was/q", "m", "n", "n-1", "b", "b-1", "d", "o/x-1")
_AFTER = ("a", "b", "b-1", "c", "c-x", "c-x-2", "d", "m", "n", "o/x", "last/z")
_MOVES = st.lists(
    st.tuples(st.sampled_from(_FORMER), st.sampled_from(_AFTER)),
    min_size=1,
    max_size=5,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=examples(300), suppress_health_check=list(HealthCheck))
@given(_MOVES)
@example([("o/x", "m"), ("o/y", "m"), ("m", "a")])
@example([("m", "a"), ("o/x", "m"), ("n", "m"), ("o/y", "n")])
@example([("o/x", "b")])
@example([("n", "b"), ("o/x", "n")])
@example([("m", "n"), ("o/x", "c"), ("n", "a")])
@example([("m", "last/z"), ("p/x-1", "b-1"), ("n", "last/z")])
@example([("m", "d"), ("n", "a")])
def test_any_moves_are_written_as_the_same_ones(moves: list[tuple[str, str]]) -> None:
    written = "".join(f"  - {{from: {before}, to: {after}}}\n" for before, after in moves)
    assume(load(_MOVED + written).stack is not None)
    stack, text = resolve(_MOVED + written)
    again = load(text)
    assert again.stack is not None, (text, again.diagnostics)
    assert what_it_says(again.stack) == what_it_says(stack)


_NAMES = st.sampled_from(("monitoring", "backup", "off", "1", "a.b"))
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "cores": st.integers(1, 8) | st.just("${var.size}"),
        "disks": st.lists(
            st.integers(1, 99) | st.fixed_dictionaries({"size": st.integers(1, 99)}), min_size=1
        ),
        "tags": st.lists(st.sampled_from(("web", "${key}", "off", "1.0", "x: y")), unique=True),
        "notes": st.none() | st.text(max_size=12),
        "custom_name": st.sampled_from(("web ${key}", "- a", "yes", "#1", "'", "$${x}")),
        "addons": st.dictionaries(_NAMES, st.integers(0, 3), max_size=3),
        "power": st.sampled_from(("running", "off")),
        "scheduled_snapshots": st.none() | st.just({"frequency": 6}),
        "lifecycle": st.fixed_dictionaries({}, optional={"prevent_destroy": st.booleans()}),
    },
)
_REPEATS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    ({}, {"count": 2}, {"for_each": ["a", "b"]})
)
_SERVERS = st.tuples(_FIELDS, _REPEATS).map(lambda parts: {**parts[0], **parts[1]})


@settings(max_examples=examples(200))
@given(defaults=_FIELDS, servers=st.dictionaries(st.sampled_from("abc"), _SERVERS, max_size=3))
def test_any_stack_is_written_as_the_same_stack(
    defaults: dict[str, Any], servers: dict[str, Any]
) -> None:
    document = {
        "stack": "w",
        "variables": {"size": 4},
        "defaults": defaults,
        "servers": servers,
    }
    record = Record()
    loaded = load(yaml.safe_dump(document, allow_unicode=True), record)
    assume(loaded.stack is not None)
    assert loaded.stack is not None
    stack = build_resolved(loaded.stack, record, loaded.given)
    text = write_resolved(ResolvedStacks(stacks=(stack,)))
    assert_harmless(text)
    again = load(text)
    assert again.stack is not None, (text, again.diagnostics)
    assert what_it_says(again.stack) == what_it_says(loaded.stack)


@settings(max_examples=examples(100))
@given(st.text(max_size=30), st.lists(st.text(min_size=1, max_size=8), max_size=3))
def test_texts_come_back_as_they_are(notes: str, names: list[str]) -> None:
    fields = {"notes": notes, "addons": dict.fromkeys(names, 1)}
    document = {"stack": "w", "servers": {"a": fields}}
    record = Record()
    loaded = load(yaml.safe_dump(document, allow_unicode=True).replace("${", "$${"), record)
    assume(loaded.stack is not None)
    assert loaded.stack is not None
    resolved = build_resolved(loaded.stack, record, loaded.given)
    text = write_resolved(ResolvedStacks(stacks=(resolved,)))
    assert_harmless(text)
    again = load(text)
    assert again.stack is not None, again.diagnostics
    assert what_it_says(again.stack) == what_it_says(loaded.stack)


def test_each_value_says_where_it_is_written() -> None:
    _, text = resolve(STACK)
    assert line_of(text, "web-1:") == "web-1:  # stack.yaml:7"
    assert line_of(text, "image:") == "image: debian12_uefi  # stack.yaml:4"
    assert line_of(text, "disks:") == "disks: [50, {size: 100, id: d1}]  # stack.yaml:15"
    assert line_of(text, "policy:") == (
        'policy: {max_destroy: 1, max_monthly_cost: 10.50, keep_tags: ["a:*"]}  # stack.yaml:22'
    )


def test_tags_that_are_kept_say_which_policy_keeps_each() -> None:
    level = parse_policy("{keep_tags: ['a:*', 'p:*'], max_monthly_cost: 20}", "project.yaml")
    record = Record()
    loaded = load_stack(
        b"stack: w\nvariables: {t: x}\npolicy:\n  max_monthly_cost: 20\n"
        b"  keep_tags:\n    - 'a:*'\n    - '${var.t}:*'\n",
        path="stack.yaml",
        variables=VariableSources(),
        look=lambda _: None,
        record=record,
        inherited=Inherited(policies=(level,)),
    )
    assert loaded.stack is not None, loaded.diagnostics
    stack = build_resolved(loaded.stack, record, loaded.given)
    text = write_resolved(ResolvedStacks(stacks=(stack,)))
    assert text.partition("policy:\n")[2].partition("servers")[0].splitlines() == [
        "  max_monthly_cost: 20  # project.yaml:1",
        "  keep_tags:",
        '    - "a:*"  # project.yaml:1',
        '    - "p:*"  # project.yaml:1',
        '    - "x:*"  # stack.yaml:7, ${var.t} from stack.yaml:2',
    ]
    assert load(text).stack is not None


def test_parts_from_several_places_are_on_lines_of_their_own() -> None:
    _, text = resolve(STACK)
    assert "    tags:\n      - shop  # stack.yaml:5\n      - front  # stack.yaml:10" in text


@pytest.mark.parametrize(
    ("flags", "origin"),
    [({}, "stack.yaml:2"), ({"size": "8"}, "--var size")],
)
def test_a_variable_says_where_its_value_came_from(flags: dict[str, str], origin: str) -> None:
    _, text = resolve(STACK, **flags)
    assert line_of(text, "cores:") == (
        f"cores: {flags.get('size', '2')}  # stack.yaml:9, ${{var.size}} from {origin}"
    )


def test_an_entry_of_for_each_says_where_the_entry_came_from() -> None:
    _, text = resolve(
        """\
stack: w
variables:
  nodes:
    a: {cores: 2}
    b:
      cores: 4
servers:
  n: {for_each: "${var.nodes}", cores: "${each.value.cores}"}
  m: {for_each: {x: {cores: 8}}, cores: "${each.value.cores}"}
"""
    )
    lines = [line.strip() for line in text.split("\n") if "cores" in line]
    assert lines == [
        "cores: 2  # stack.yaml:8, ${each.value.cores} from stack.yaml:4",
        "cores: 4  # stack.yaml:8, ${each.value.cores} from stack.yaml:6",
        "cores: 8  # stack.yaml:9, ${each.value.cores} from stack.yaml:9",
    ]


def test_a_rule_of_the_policy_says_where_its_value_came_from() -> None:
    _, text = resolve(
        'stack: w\nvariables: {most: 3}\npolicy:\n  max_destroy: "${var.most}"\n  currency: EUR\n'
    )
    assert line_of(text, "max_destroy:") == (
        "max_destroy: 3  # stack.yaml:4, ${var.most} from stack.yaml:2"
    )
    assert line_of(text, "currency:") == "currency: EUR  # stack.yaml:5"


def test_a_template_says_its_own_place_and_a_disabled_server_is_not_there() -> None:
    _, text = resolve(
        """\
stack: w
variables: {size: 4, spare: false}
templates:
  small: {cores: 1, memory: "${var.size}"}
servers:
  a: {template: small, cores: 2}
  b: {template: small, enabled: "${var.spare}"}
"""
    )
    assert line_of(text, "memory:") == ("memory: 4  # stack.yaml:4, ${var.size} from stack.yaml:2")
    assert line_of(text, "cores:") == "cores: 2  # stack.yaml:6"
    assert "  b:" not in text


def test_a_name_of_a_file_cannot_leave_its_comment() -> None:
    record = Record()
    loaded = load_stack(
        b"stack: w\nservers: {a: {notes: x}}\n",
        path="a\nservers: {b: {}}\n::add-mask::x ##[group]\x1b[31m.yaml",
        variables=VariableSources(),
        look=lambda _: None,
        record=record,
    )
    assert loaded.stack is not None
    resolved = build_resolved(loaded.stack, record, loaded.given)
    text = write_resolved(ResolvedStacks(stacks=(resolved,)))
    assert_harmless(text)
    again = load(text)
    assert again.stack is not None
    assert [spec.key for spec in again.stack.servers] == ["a"]


def test_a_stack_without_servers_is_written_too() -> None:
    _, text = resolve("stack: w\n")
    assert (
        text == "# The stack w, resolved from stack.yaml\nstack: w  # stack.yaml:1\nservers: {}\n"
    )
