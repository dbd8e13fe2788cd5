"""What the contract says of a stack file, sentence by sentence."""

from decimal import Decimal
from typing import Any

import pytest

from ccloud_apply.load.stack.build import Loaded, VariableSources, check_stacks, load_stack
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from tests.unit.load.conftest import Load


def get_stack(loaded: Loaded) -> Stack:
    assert loaded.diagnostics == ()
    assert loaded.stack is not None
    return loaded.stack


def get_servers(loaded: Loaded) -> dict[str, ServerSpec]:
    return {spec.key: spec for spec in get_stack(loaded).servers}


def only_error(loaded: Loaded) -> tuple[str, str, str]:
    (found,) = loaded.diagnostics
    assert loaded.stack is None
    return str(found.source).removeprefix("stack.yaml:"), found.where, found.what


def test_a_field_that_is_left_out_is_not_managed(load: Load) -> None:
    web = get_servers(load("stack: w\nservers: {web: {notes: null, addons: {}}}"))["web"]
    assert set(web.fields) == {"notes", "addons"}
    assert web.declares("notes")
    assert web.value("notes") is None
    assert web.value("addons") == {}


@pytest.mark.parametrize("servers", ["", "servers:", "servers: {}", "servers: null"])
def test_a_stack_can_have_no_servers(servers: str, load: Load) -> None:
    assert get_stack(load(f"stack: w\n{servers}")).servers == ()


def test_an_entry_can_be_empty(load: Load) -> None:
    assert get_servers(load("stack: w\ndefaults: {cores: 2}\nservers:\n  web:\n"))["web"].value(
        "cores"
    ) == (2)


def test_defaults_merge_deep_unite_tags_and_replace_lists(load: Load) -> None:
    text = """
stack: w
defaults:
  tags: [a, b]
  addons: {x: 1, y: 1}
  disks: [10, 20]
  cores: 1
  lifecycle: {prevent_destroy: true, resize: offline}
servers:
  web: {tags: [b, c], addons: {y: 2}, disks: [50], lifecycle: {resize: online}}
  db: {cores: 4, tags: null}
"""
    servers = get_servers(load(text))
    assert servers["web"].value("tags") == ("a", "b", "c")
    assert servers["web"].value("addons") == {"x": 1, "y": 2}
    assert [disk.size_gb for disk in servers["web"].value("disks")] == [50]
    assert servers["web"].lifecycle.prevent_destroy
    assert servers["web"].lifecycle.resize == "online"
    assert servers["db"].value("cores") == 4
    assert servers["db"].value("tags") == ()
    assert servers["db"].value("addons") == {"x": 1, "y": 1}


def test_a_value_stands_where_it_was_written(load: Load) -> None:
    text = "stack: w\ndefaults: {cores: 1, memory: 2}\nservers:\n  web:\n    memory: 4\n"
    fields = get_servers(load(text))["web"].fields
    assert str(fields["cores"].source) == "stack.yaml:2:19"
    assert str(fields["memory"].source) == "stack.yaml:5:13"


def test_count_numbers_from_one(load: Load) -> None:
    text = """
stack: w
variables: {n: 2}
servers:
  web: {count: "${var.n}", custom_name: "${stack} ${key} ${index} $${index}"}
  none: {count: 0, cores: 1}
"""
    servers = get_servers(load(text))
    assert list(servers) == ["web-1", "web-2"]
    assert servers["web-2"].value("custom_name") == "w web-2 2 ${index}"
    assert servers["web-2"].base_key == "web"


def test_for_each_takes_a_list_or_a_mapping(load: Load) -> None:
    text = """
stack: w
servers:
  a: {for_each: [x, y], notes: "${each.key}/${each.value}"}
  b:
    for_each: {p: {size: 4, disks: [1, 2]}}
    cores: "${each.value.size}"
    disks: "${each.value.disks}"
"""
    servers = get_servers(load(text))
    assert list(servers) == ["a-x", "a-y", "b-p"]
    assert servers["a-y"].value("notes") == "y/y"
    assert servers["b-p"].value("cores") == 4
    assert [disk.size_gb for disk in servers["b-p"].value("disks")] == [1, 2]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({}, 2),
        ({"environment": {"n": "3"}}, 3),
        ({"environment": {"n": "3"}, "file": {"n": 4}}, 4),
        ({"environment": {"n": "3"}, "file": {"n": 4}, "flags": {"n": "5"}}, 5),
    ],
)
def test_flags_win_over_files_over_environment_over_default(
    sources: dict[str, Any], expected: int, load: Load
) -> None:
    text = 'stack: w\nvariables: {n: 2}\nservers: {a: {cores: "${var.n}"}}'
    assert get_servers(load(text, **sources))["a"].value("cores") == expected


@pytest.mark.parametrize(
    ("default", "given", "field", "expected"),
    [
        ("''", "010", "notes", "010"),
        ("''", "${key}", "notes", "${key}"),
        ("[]", "[a, b]", "tags", ("a", "b")),
        ("{}", "{monitoring: 2}", "addons", {"monitoring": 2}),
        ("null", "4", "cores", 4),
        ("null", "text: with a colon", "notes", "text: with a colon"),
        ("null", '"4"', "notes", "4"),
        ("null", "[x]", "tags", ("x",)),
    ],
)
def test_a_given_text_takes_the_type_of_the_default(
    default: str, given: str, field: str, expected: Any, load: Load
) -> None:
    text = f'stack: w\nvariables: {{v: {default}}}\nservers: {{a: {{{field}: "${{var.v}}"}}}}'
    loaded = load(text, flags={"v": given})
    assert get_servers(loaded)["a"].value(field) == expected
    assert loaded.variables == {"v"}


@pytest.mark.parametrize(
    ("default", "given", "word"),
    [
        ("2", "many", "whole number"),
        ("true", "yes", "true or false"),
        ("1.5", "x", "a number"),
        ("[]", "a", "a list"),
        ("[]", "[a", "cannot be read"),
        ("{}", "", "cannot be read"),
        ("2", "9" * 30, "too large"),
        ("''", "\udcff", "UTF-8"),
    ],
)
def test_a_given_text_that_does_not_fit_is_an_error(
    default: str, given: str, word: str, load: Load
) -> None:
    place, where, what = only_error(
        load(f"stack: w\nvariables: {{v: {default}}}", flags={"v": given})
    )
    assert (place, where) == ("2:16", "variables.v")
    assert word in what


def test_a_whole_number_fits_a_fraction(load: Load) -> None:
    text = 'stack: w\nvariables: {v: 1.5}\npolicy: {max_monthly_cost: "${var.v}"}'
    stack = get_stack(load(text, flags={"v": "3"}))
    assert stack.policy.max_monthly_cost == Decimal(3)


def test_a_variable_without_a_default_has_to_be_given(load: Load) -> None:
    text = 'stack: w\nvariables: {v: null}\nservers: {a: {cores: "${var.v}"}}'
    (found,) = load(text).diagnostics
    assert found.hint == "set it with --var v=VALUE, --var-file FILE or CCLOUD_VAR_v"


def test_a_variables_file_can_hold_lists_and_mappings(load: Load) -> None:
    text = (
        'stack: w\nvariables: {v: {}}\nservers: {a: {for_each: "${var.v}", cores: "${each.value}"}}'
    )
    servers = get_servers(load(text, file={"v": {"x": 2}}))
    assert servers["a-x"].value("cores") == 2
    assert load(text, file={"v": [1]}).stack is None


def test_amounts_are_never_binary_fractions(load: Load) -> None:
    stack = get_stack(load("stack: w\npolicy: {max_monthly_cost: 500.10, max_destroy: 2}"))
    assert stack.policy.max_monthly_cost == Decimal("500.10")
    assert stack.policy.max_destroy == 2


@pytest.mark.parametrize("number", ["-1", "1.5", "none"])
def test_a_cap_is_a_whole_number_that_is_not_negative(load: Load, number: str) -> None:
    loaded = load(f"stack: w\npolicy: {{max_destroy: {number}}}\nservers: {{}}")
    assert loaded.stack is None
    assert get_stack(load("stack: w\npolicy: {max_destroy: 0}")).policy.max_destroy == 0


def test_references_are_names_and_never_contents(load: Load) -> None:
    text = """
stack: w
servers:
  a:
    user_data: {file: init.yaml}
    password: {env: "CCLOUD_SECRET_${stack}A"}
"""
    assert "CCLOUD_SECRET_" in only_error(load(text))[2]
    a = get_servers(load(text.replace("${stack}", "")))["a"]
    assert a.value("user_data") == Reference("file", "init.yaml", "stack.yaml")
    assert a.value("password") == Reference("env", "CCLOUD_SECRET_A", "stack.yaml", is_secret=True)


def test_a_missing_file_is_an_error_at_its_place(load: Load) -> None:
    text = "stack: w\nservers: {a: {count: 3, user_data: {file: gone.yaml}}}"
    found = only_error(load(text, missing=("gone.yaml",)))
    assert found == ("2:36", "servers.a.user_data", "there is no file gone.yaml")


def test_files_are_looked_for_once_and_secrets_in_the_environment_never() -> None:
    looked: list[Reference] = []

    def look(reference: Reference) -> str | None:
        looked.append(reference)
        return None

    text = """
stack: w
servers:
  a: {count: 3, user_data: {file: init.yaml}, password: {env: CCLOUD_SECRET_A}}
"""
    load_stack(text.encode(), path="stack.yaml", variables=VariableSources(), look=look)
    assert looked == [Reference("file", "init.yaml", "stack.yaml")]


def test_dependencies_are_expanded(load: Load) -> None:
    text = "stack: w\nservers:\n  a: {count: 2, depends_on: [b, c-x]}\n  b: {count: 2}\n"
    servers = get_servers(load(text + "  c: {for_each: [x, y]}\n"))
    assert servers["a-1"].depends_on == ("b-1", "b-2", "c-x")
    assert servers["a-1"].depends_on is servers["a-2"].depends_on


def test_moves_expand_instance_by_instance(load: Load) -> None:
    text = """
stack: w
servers: {front: {count: 2}, db: {}}
moved: [{from: web, to: front}, {from: database, to: db}]
released: [old]
"""
    stack = get_stack(load(text))
    assert [(move.before, move.after) for move in stack.moved] == [
        ("web-1", "front-1"),
        ("web-2", "front-2"),
        ("database", "db"),
    ]
    assert [release.key for release in stack.released] == ["old"]


def test_a_single_server_can_become_the_first_of_many_and_back(load: Load) -> None:
    many = get_stack(load("stack: w\nservers: {web: {count: 2}}\nmoved: [{from: web, to: web-1}]"))
    one = get_stack(load("stack: w\nservers: {web: {}}\nmoved: [{from: web-1, to: web}]"))
    assert [(move.before, move.after) for move in many.moved] == [("web", "web-1")]
    assert [(move.before, move.after) for move in one.moved] == [("web-1", "web")]


def test_one_mistake_is_told_once_for_all_instances(load: Load) -> None:
    text = 'stack: w\nvariables: {m: x}\nservers: {a: {count: 9, memory: "${var.m}"}}'
    place, where, what = only_error(load(text))
    assert (place, where) == ("3:33", "servers.a.memory")
    assert what == 'must be a whole number of GB, not "x"'


@pytest.mark.parametrize(
    "use",
    [
        'policy: {max_destroy: "${var.two}"}',
        'account: {addons: {report: "${var.two}"}}',
        'servers: {a: {count: "${var.two}"}}',
        'servers: {a: {cores: "${var.two}"}}',
    ],
)
def test_a_hint_never_replaces_an_expression_by_a_value(use: str, load: Load) -> None:
    (found,) = load(f'stack: w\nvariables: {{two: "2"}}\n{use}').diagnostics
    assert found.what.endswith('must be a whole number, not "2"')
    assert found.hint.startswith("a ${...} on its own keeps the type of its value")


def test_an_error_hides_no_other(load: Load) -> None:
    text = "stack: w\nservers:\n  a: {count: x, cores: 0}\n  b: {depends_on: [a-1, z], foo: 1}\n"
    found = [(d.where, d.code) for d in load(text).diagnostics]
    assert found == [
        ("servers.a.count", "wrong-type"),
        ("servers.a.cores", "bad-value"),
        ("servers.b.depends_on[1]", "bad-dependency"),
        ("servers.b.foo", "unknown-key"),
    ]


def test_two_files_with_one_stack_are_an_error(load: Load) -> None:
    stack = get_stack(load("stack: w"))
    twin = get_stack(load("stack: w"))
    other = get_stack(load("stack: v"))
    assert check_stacks([stack, other]) == ()
    (found,) = check_stacks([stack, other, twin])
    assert found.what == 'the stack "w" is defined in two files; the other is stack.yaml'


def test_a_key_is_suggested_among_thousands(load: Load) -> None:
    servers = "".join(f"  node-{i}: {{}}\n" for i in range(1000))
    text = f"stack: w\nservers:\n{servers}  front: {{}}\n  last: {{depends_on: [frnt]}}\n"
    (found,) = load(text).diagnostics
    assert found.hint == 'did you mean "front"?'


def test_a_variable_from_a_file_is_bounded_too(load: Load) -> None:
    loaded = load("stack: w\nvariables: {v: []}", file={"v": ["a"] * 1_000_001})
    assert only_error(loaded)[2] == "v of the --var-file holds too much"


def test_a_move_that_no_server_can_have_had_is_left_out(load: Load) -> None:
    before = "a" * 39
    text = f"stack: w\nservers: {{b: {{count: 1}}}}\nmoved: [{{from: {before}, to: b}}]"
    assert get_stack(load(text)).moved == ()


def test_moves_of_a_chain_stay_in_the_file_and_all_lead_to_its_end(load: Load) -> None:
    moved = "moved: [{from: web, to: app}, {from: app, to: front}]"
    one = get_stack(load(f"stack: w\nservers: {{front: {{}}}}\n{moved}")).moved
    assert [(m.before, m.after) for m in one] == [("web", "front"), ("app", "front")]
    many = get_stack(load(f"stack: w\nservers: {{front: {{count: 1}}}}\n{moved}")).moved
    assert [(m.before, m.after) for m in many] == [("web-1", "front-1"), ("app-1", "front-1")]


def test_a_chain_that_ends_at_no_server_or_in_a_circle_is_an_error(load: Load) -> None:
    text = "stack: w\nservers: {x: {}}\nmoved: [{from: web, to: app}, {from: app, to: web}]"
    assert [d.code for d in load(text).diagnostics] == ["bad-move", "bad-move"]
    one = "stack: w\nservers: {x: {}}\nmoved: [{from: web, to: app}, {from: app, to: front}]"
    assert {d.what for d in load(one).diagnostics} == {'to: there is no server "front"'}


@pytest.mark.parametrize("servers", ["{-a: {}}", "{a-: {}}", "{a: {for_each: [b, c-]}}"])
def test_a_key_has_a_letter_or_digit_at_both_ends(servers: str, load: Load) -> None:
    (found,) = load(f"stack: w\nservers: {servers}").diagnostics
    assert "with a letter or digit at both ends" in f"{found.what} {found.hint}"


def test_a_stack_name_may_begin_and_end_with_a_hyphen(load: Load) -> None:
    assert get_stack(load("stack: -w-\nservers: {a--1: {}, b: {for_each: [-c]}}")).name == "-w-"


def test_an_entry_still_in_the_file_cannot_be_moved_away(load: Load) -> None:
    text = "stack: w\nservers: {a: {count: 1}, b: {}}\nmoved: [{from: a, to: b}]"
    assert only_error(load(text))[2] == 'from: "a" is still a key in this file'


def test_a_currency_is_kept_by_its_code(load: Load) -> None:
    assert get_stack(load("stack: w\npolicy: {currency: CHF}")).policy.currency == "CHF"
    text = 'stack: w\nvariables: {c: EUR}\npolicy: {currency: "${var.c}"}'
    assert get_stack(load(text)).policy.currency == "EUR"
    assert get_stack(load("stack: w\npolicy: {max_destroy: 1}")).policy.currency is None


@pytest.mark.parametrize(
    ("written", "hint"),
    [("eur", 'did you mean "EUR"?'), ("EURO", 'did you mean "EUR"?'), ("QQQ", ""), ("978", "")],
)
def test_a_currency_that_does_not_exist_is_an_error_that_names_one(
    written: str, hint: str, load: Load
) -> None:
    (found,) = load(f"stack: w\npolicy: {{currency: {written}}}").diagnostics
    assert found.where == "policy.currency"
    assert found.what.startswith("must be a currency by its ISO 4217 code, such as EUR, not ")
    assert found.hint == hint
    assert (found.source.line, found.source.column) == (2, 20) if found.source else False


def test_a_server_is_declared_where_its_key_stands(load: Load) -> None:
    text = (
        "stack: s\nservers:\n  # the front\n  web:\n    # small\n    count: 2\n  db: {cores: 1}\n"
    )
    loaded = load(text).stack
    assert loaded is not None
    places = {spec.key: (str(spec.declared_at), spec.source.line) for spec in loaded.servers}
    assert places == {
        "web-1": ("stack.yaml:4:3", 6),
        "web-2": ("stack.yaml:4:3", 6),
        "db": ("stack.yaml:7:3", 7),
    }
