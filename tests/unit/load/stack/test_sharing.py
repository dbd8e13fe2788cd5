"""What servers share: extended files, defaults of the project, templates, and their order."""

import posixpath
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.aspects.lib.disk_assignment import Disk
from ccloud_apply.load.stack.bases import MAX_BASES
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.text.parse import parse
from ccloud_apply.model.declared.stack import ServerSpec


def load(
    text: str,
    files: Mapping[str, str] | None = None,
    *,
    defaults: str = "",
    flags: Mapping[str, str] | None = None,
    env: str | None = None,
) -> Loaded:
    """The text as `stacks/web.yaml`, beside other files; `defaults` are those of a project."""

    def read(name: str, base: str) -> bytes:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(base), name))
        if path.startswith(("..", "/")):
            raise ValueError(f"{name} is outside of the folder")
        if path not in (files or {}):
            raise ValueError(f"there is no file {name}")
        return (files or {})[path].encode()

    project, _ = parse(defaults, "ccloud-apply.yaml")
    return load_stack(
        text.encode(),
        path="stacks/web.yaml",
        variables=VariableSources(flags=flags or {}),
        look=lambda _: None,
        inherited=Inherited(env=env, defaults=project, read=read),
    )


def servers(loaded: Loaded) -> Mapping[str, ServerSpec]:
    assert loaded.diagnostics == ()
    assert loaded.stack is not None
    return {spec.key: spec for spec in loaded.stack.servers}


def fields(loaded: Loaded, key: str = "web") -> Mapping[str, Any]:
    return {name: one.value for name, one in servers(loaded)[key].fields.items()}


def errors(loaded: Loaded) -> list[str]:
    assert loaded.stack is None
    return [f"{d.source}: {d.where}: {d.what} [{d.code}]" for d in loaded.diagnostics]


def hints(loaded: Loaded) -> list[str]:
    return [found.hint for found in loaded.diagnostics]


def test_the_order_is_project_extended_files_defaults_templates_and_the_server() -> None:
    layers = ["project", "base", "defaults", "first", "second", "server"]
    for last in range(1, len(layers) + 1):
        says = {name: f"{{notes: {name}}}" if name in layers[:last] else "{}" for name in layers}
        loaded = load(
            "stack: web\nextends: ../base.yaml\n"
            f"defaults: {says['defaults']}\n"
            f"templates: {{first: {says['first']}, second: {says['second']}}}\n"
            f"servers: {{web: {says['server'][:-1]}"
            f"{', ' if says['server'] != '{}' else ''}template: [first, second]}}}}\n",
            {"base.yaml": f"defaults: {says['base']}\n"},
            defaults=says["project"],
        )
        assert fields(loaded) == {"notes": layers[last - 1]}


def test_mappings_merge_and_tags_unite_through_all_layers() -> None:
    loaded = load(
        "stack: web\nextends: ../base.yaml\n"
        "defaults: {tags: [own], addons: {a: 3}}\n"
        "templates: {t: {tags: [template, base], addons: {b: 4}}}\n"
        "servers: {web: {template: t, tags: [server], addons: {c: 5}}}\n",
        {"base.yaml": "defaults: {tags: [base], addons: {a: 2, z: 2}}\n"},
        defaults="{tags: [project], addons: {y: 1}}",
    )
    found = fields(loaded)
    assert found["tags"] == ("project", "base", "own", "template", "server")
    assert found["addons"] == {"y": 1, "z": 2, "a": 3, "b": 4, "c": 5}


def test_fields_that_share_a_value_through_an_alias_each_have_their_own_form_of_it() -> None:
    loaded = load(
        "stack: web\n"
        "defaults: {subnets: &ids [12, 13], disks: *ids, tags: &names [a], addons: *names}\n"
        "servers: {web: {}}\n",
    )
    found = fields(loaded)
    assert found["subnets"] == (12, 13)
    assert found["disks"] == (Disk(12), Disk(13))
    assert found["tags"] == ("a",)
    assert found["addons"] == {"a": 1}


def test_an_expression_in_a_key_that_is_not_filled_in_is_an_error() -> None:
    loaded = load(
        "stack: web\nvariables: {name: {'$${x}': true}}\n"
        "defaults: {snapshots: {'daily-${var.name}': true}}\n"
        "account: {subscriptions: {'S-${var.name}': {display_name: Main}}}\n"
        "servers: {web: {snapshots: '${var.name}'}}\n",
    )
    assert [error.rpartition(": ")[0] for error in errors(loaded)] == [
        "stacks/web.yaml:3:24: defaults.snapshots.daily-${var.name}",
        "stacks/web.yaml:4:27: account.subscriptions.S-${var.name}",
    ]
    assert hints(loaded) == ["${...} is not allowed here"] * 2


def test_a_part_of_a_mapping_may_stand_alone_where_another_layer_says_the_rest() -> None:
    loaded = load(
        "stack: web\ndefaults: {scheduled_snapshots: {frequency: 6}}\n"
        "templates: {night: {scheduled_snapshots: {next_run: '2027-01-01 01:00'}}}\n"
        "servers:\n"
        "  a: {scheduled_snapshots: {next_run: '2027-01-01 03:00'}}\n"
        "  b: {template: night}\n",
    )
    assert fields(loaded, "a")["scheduled_snapshots"] == {
        "frequency": 6,
        "next_run": "2027-01-01 03:00",
    }
    assert fields(loaded, "b")["scheduled_snapshots"]["next_run"] == "2027-01-01 01:00"


def test_a_part_that_no_layer_says_is_an_error_at_the_strongest_one() -> None:
    loaded = load(
        "stack: web\nservers:\n  web: {scheduled_snapshots: {next_run: '2027-01-01 03:00'}}\n"
    )
    (found,) = errors(loaded)
    assert found.endswith('servers.web.scheduled_snapshots: "frequency" is missing [missing-key]')
    assert found.startswith("stacks/web.yaml:3:")


def test_a_later_file_wins_over_an_earlier_one_and_both_over_what_they_extend() -> None:
    loaded = load(
        "stack: web\nextends: [../a.yaml, ../b.yaml]\nservers: {web: {}}\n",
        {
            "a.yaml": "extends: common.yaml\ndefaults: {notes: a, cores: 4}\n",
            "b.yaml": "extends: common.yaml\ndefaults: {notes: b}\n",
            "common.yaml": "defaults: {notes: common, cores: 1, memory: 1}\n",
        },
    )
    assert fields(loaded) == {"notes": "b", "cores": 4, "memory": 1}


def test_a_path_of_an_extended_file_is_relative_to_the_file_that_names_it() -> None:
    loaded = load(
        "stack: web\nextends: ../shared/base.yaml\nservers: {web: {}}\n",
        {
            "shared/base.yaml": "extends: [more.yaml]\n",
            "shared/more.yaml": "defaults: {notes: x}\n",
        },
    )
    declared = servers(loaded)["web"].fields["notes"]
    assert str(declared.source) == "shared/more.yaml:1:19"


def test_variables_templates_and_policy_are_taken_over_and_the_stacks_own_win() -> None:
    loaded = load(
        "stack: web\nextends: ../base.yaml\n"
        "variables: {size: 4}\n"
        "policy: {max_destroy: 5}\n"
        "templates: {big: {cores: 8}}\n"
        'servers: {web: {template: [big, small], notes: "${var.text}"}}\n',
        {
            "base.yaml": "variables: {size: 2, text: shared}\n"
            "policy: {max_destroy: 1, max_monthly_cost: 9.5}\n"
            'templates: {big: {cores: 1, memory: 9}, small: {disks: ["${var.size}"]}}\n'
        },
    )
    assert fields(loaded) == {"cores": 8, "disks": (Disk(4),), "notes": "shared"}
    assert loaded.stack is not None
    assert loaded.stack.policy.max_destroy == 5
    assert str(loaded.stack.policy.max_monthly_cost) == "9.5"
    assert loaded.variables == {"size", "text"}


def test_a_policy_that_is_one_expression_is_merged_once_it_is_filled_in() -> None:
    shared = {
        "base.yaml": "variables:\n"
        "  rules: {max_destroy: 1, keep_tags: [a]}\n"
        "  mine: {max_destroy: 2}\n"
        'policy: "${var.rules}"\n'
    }
    for own in ('"${var.mine}"', "{max_destroy: 2}"):
        loaded = load(f"stack: web\nextends: ../base.yaml\npolicy: {own}\n", shared)
        assert loaded.stack is not None, loaded.diagnostics
        assert (loaded.stack.policy.max_destroy, loaded.stack.policy.keep_tags) == (2, ("a",))


def test_a_circle_of_files_is_an_error_that_names_it() -> None:
    loaded = load(
        "stack: web\nextends: ../a.yaml\n",
        {"a.yaml": "extends: b.yaml\n", "b.yaml": "extends: [a.yaml]\n"},
    )
    assert errors(loaded) == [
        "b.yaml:1:11: extends[0]: the files extend each other: a.yaml -> b.yaml -> a.yaml"
        " [bad-extends]"
    ]


def test_a_stack_that_extends_itself_is_an_error() -> None:
    loaded = load("stack: web\nextends: ./web.yaml\n", {"stacks/web.yaml": "stack: web\n"})
    assert errors(loaded) == [
        "stacks/web.yaml:2:10: extends: the files extend each other: stacks/web.yaml ->"
        " stacks/web.yaml [bad-extends]"
    ]


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("none.yaml", "there is no file none.yaml"),
        ("../../x.yaml", "../../x.yaml is outside of the folder"),
        ("/etc/passwd", "/etc/passwd is outside of the folder"),
        ('"${env}.yaml"', "a path of extends is a plain text, without ${...}"),
        ("7", "must be the path of a file, relative to this one, not 7"),
        ('""', "must be the path of a file, relative to this one"),
    ],
)
def test_a_file_that_cannot_be_extended_is_an_error_at_its_place(written: str, what: str) -> None:
    loaded = load(f"stack: web\nextends:\n- {written}\n", env="prod")
    (found,) = errors(loaded)
    assert found.startswith("stacks/web.yaml:3:3: extends[0]: ")
    assert what in found


def test_an_error_in_an_extended_file_names_that_file() -> None:
    loaded = load(
        "stack: web\nextends: ../base.yaml\nservers: {web: {template: t}, b: {template: t}}\n",
        {"base.yaml": "templates:\n  t:\n    core: 2\n    memory: big\n"},
    )
    assert errors(loaded) == [
        "base.yaml:3:5: templates.t.core: unknown key [unknown-key]",
        'base.yaml:4:13: templates.t.memory: must be a whole number of GB, not "big" [wrong-type]',
    ]


def test_a_computed_value_that_does_not_fit_is_told_where_it_stands() -> None:
    loaded = load(
        "stack: web\nextends: ../base.yaml\nvariables: {m: big}\nservers: {web: {template: t}}\n",
        {"base.yaml": 'templates: {t: {memory: "${var.m}"}}\n'},
    )
    assert errors(loaded) == [
        'base.yaml:1:25: templates.t.memory: must be a whole number of GB, not "big" [wrong-type]'
    ]


def test_an_extended_file_with_servers_is_told_what_it_can_have() -> None:
    loaded = load(
        "stack: web\nextends: ../base.yaml\n", {"base.yaml": "stack: base\nservers: {a: {}}\n"}
    )
    assert errors(loaded) == [
        "base.yaml:1:1: stack: unknown key [unknown-key]",
        "base.yaml:2:1: servers: unknown key [unknown-key]",
    ]
    assert hints(loaded)[1] == (
        "servers belongs to a stack, and other files extend this one: it shares variables,"
        " variable_types, templates, defaults and policy"
    )


@pytest.mark.parametrize("place", ["servers", "templates"])
@pytest.mark.parametrize("field", ["password: hunter2", "password: [hunter2]", "password: 42"])
def test_no_error_shows_a_secret_that_somebody_wrote_down(place: str, field: str) -> None:
    text = f"{place}:\n  web:\n    {field}\n"
    if place == "servers":
        loaded = load(f"stack: web\n{text}")
    else:
        loaded = load("stack: web\nextends: ../base.yaml\nservers: {}\n", {"base.yaml": text})
    (found,) = loaded.diagnostics
    assert found.code in ("literal-secret", "bad-reference")
    assert "hunter2" not in repr(found)
    assert "42" not in found.what


def test_the_project_file_is_extended_by_nobody() -> None:
    loaded = load("stack: web\nextends: ../ccloud-apply.yaml\n")
    assert errors(loaded) == [
        "stacks/web.yaml:2:10: extends: the project file cannot be extended: its defaults are under"
        " every stack's [bad-extends]"
    ]


def test_a_broken_yaml_in_an_extended_file_is_told_there_alone() -> None:
    loaded = load(
        "stack: web\nextends: ../base.yaml\nservers: {web: {template: t}}\n",
        {"base.yaml": "templates: {t: [\n"},
    )
    (found,) = errors(loaded)
    assert found.startswith("base.yaml:")


def test_what_a_shared_file_says_and_no_server_uses_may_name_other_variables() -> None:
    files = {"base.yaml": 'templates: {gpu: {notes: "${var.gpu}"}, small: {cores: 1}}\n'}
    text = "stack: web\nextends: ../base.yaml\nservers: {web: {template: %s}}\n"
    assert fields(load(text % "small", files)) == {"cores": 1}
    assert errors(load(text % "gpu", files)) == [
        'base.yaml:1:26: templates.gpu.notes: the variable "gpu" is not declared'
        " [undefined-variable]"
    ]


def test_a_template_of_the_stack_itself_is_checked_unused() -> None:
    loaded = load('stack: web\ntemplates: {t: {notes: "${var.x}"}}\n')
    assert errors(loaded) == [
        'stacks/web.yaml:2:24: templates.t.notes: the variable "x" is not declared'
        " [undefined-variable]"
    ]


def test_more_files_than_can_be_extended_are_an_error() -> None:
    files = {f"b{n}.yaml": f"extends: b{n + 1}.yaml\n" for n in range(MAX_BASES + 5)}
    loaded = load("stack: web\nextends: ../b0.yaml\n", files)
    assert errors(loaded) == [
        f"b{MAX_BASES - 1}.yaml:1:10: extends: more than {MAX_BASES} files are extended"
        " [bad-extends]"
    ]


def test_files_that_double_at_each_level_are_read_once() -> None:
    reads: list[str] = []

    def read(name: str, _base: str) -> bytes:
        reads.append(name)
        level = int(name[1:].partition(".")[0])
        return f"extends: [a{level + 1}.yaml, b{level + 1}.yaml]".encode() if level < 30 else b""

    loaded = load_stack(
        b"stack: web\nextends: [a0.yaml, b0.yaml]\n",
        path="web.yaml",
        variables=VariableSources(),
        look=lambda _: None,
        inherited=Inherited(read=read),
    )
    assert loaded.diagnostics == ()
    assert len(reads) == len(set(reads)) == 62


def test_a_file_that_is_referred_to_is_relative_to_the_file_that_refers_to_it() -> None:
    loaded = load(
        "stack: web\nextends: ../shared/base.yaml\nservers: {web: {}}\n",
        {"shared/base.yaml": "defaults: {user_data: {file: init.yaml}}\n"},
    )
    assert fields(loaded)["user_data"].path == "shared/init.yaml"


def test_a_template_that_does_not_exist_is_an_error_with_the_nearest_name() -> None:
    loaded = load("stack: web\ntemplates: {small: {}}\nservers: {web: {template: smal}}\n")
    assert errors(loaded) == [
        'stacks/web.yaml:3:27: servers.web.template: there is no template "smal" [unknown-template]'
    ]
    assert hints(loaded) == ['did you mean "small"?']
    loaded = load("stack: web\ntemplates: {small: {}}\nservers: {web: {template: [x, small]}}\n")
    assert hints(loaded) == ["templates: small"]
    assert hints(load("stack: web\nservers: {web: {template: x}}\n")) == [
        "declare it under templates:"
    ]


def test_a_template_can_be_chosen_by_a_variable_and_by_each_entry() -> None:
    loaded = load(
        "stack: web\nvariables: {size: small}\n"
        "templates: {small: {cores: 1}, large: {cores: 8}, own: {cores: 2}}\n"
        "servers:\n"
        '  web: {template: "${var.size}"}\n'
        "  pool:\n"
        "    for_each: {a: large, b: [small, own]}\n"
        '    template: "${each.value}"\n'
    )
    found = {key: spec.value("cores") for key, spec in servers(loaded).items()}
    assert found == {"web": 1, "pool-a": 8, "pool-b": 2}
    loaded = load('stack: w\nvariables: {t: 5}\nservers: {web: {template: "${var.t}"}}\n')
    (found_error,) = errors(loaded)
    assert "servers.web.template: must be" in found_error


def test_expressions_in_a_template_know_the_server() -> None:
    loaded = load(
        'stack: web\ntemplates: {t: {notes: "${stack} ${key} ${index} ${env}"}}\n'
        "servers: {web: {count: 2, template: t}}\n",
        env="prod",
    )
    assert [spec.value("notes") for spec in servers(loaded).values()] == [
        "web web-1 1 prod",
        "web web-2 2 prod",
    ]


def test_template_and_count_cannot_stand_in_what_is_shared() -> None:
    loaded = load("stack: w\ndefaults: {template: a}\ntemplates: {a: {count: 1}}\n")
    assert hints(loaded) == [
        "template belongs to one server, under servers:",
        "count belongs to one server, under servers:",
    ]


LAYERS = ("project", "base", "own", "first", "second", "server")
"""Weakest first."""


@given(
    said=st.fixed_dictionaries(
        {
            name: st.dictionaries(
                st.sampled_from(["notes", "cores", "addons"]), st.integers(1, 9), max_size=3
            )
            for name in LAYERS
        }
    )
)
def test_the_strongest_layer_that_says_a_value_decides(said: dict[str, dict[str, int]]) -> None:
    def spell(name: str) -> str:
        values: dict[str, Callable[[int], str]] = {
            "notes": lambda n: f"{name}-{n}",
            "cores": str,
            "addons": lambda n: f"{{{name}: {n}, all: {n}}}",
        }
        return ", ".join(f"{field}: {values[field](n)}" for field, n in said[name].items())

    own = spell("server")
    loaded = load(
        "stack: web\nextends: ../base.yaml\n"
        f"defaults: {{{spell('own')}}}\n"
        f"templates: {{first: {{{spell('first')}}}, second: {{{spell('second')}}}}}\n"
        f"servers: {{web: {{template: [first, second]{', ' if own else ''}{own}}}}}\n",
        {"base.yaml": f"defaults: {{{spell('base')}}}\n"},
        defaults=f"{{{spell('project')}}}",
    )
    found = fields(loaded)
    said = {layer: said[layer] for layer in LAYERS}
    for name in ("notes", "cores"):
        strongest = [layer for layer in said if name in said[layer]][-1:]
        expected = {layer: said[layer][name] for layer in strongest}
        if name == "notes":
            assert found.get(name) == next((f"{k}-{v}" for k, v in expected.items()), None)
        else:
            assert found.get(name) == next(iter(expected.values()), None)
    addons = {layer: said[layer]["addons"] for layer in said if "addons" in said[layer]}
    if addons:
        assert found["addons"] == {**addons, "all": list(addons.values())[-1]}
    else:
        assert "addons" not in found


def test_a_password_that_is_made_belongs_to_the_stack_and_not_to_what_it_extends() -> None:
    loaded = load(
        "stack: web\nextends: ../shared/base.yaml\nservers: {web: {}}\n",
        {"shared/base.yaml": 'defaults: {password: {generate: "made/${key}.txt"}}\n'},
    )
    assert fields(loaded)["password"].path == "stacks/made/web.txt"


@pytest.mark.parametrize(
    ("file", "is_good"),
    [("${stack}-${key}", True), ("${env}/${key}", True), ("${key}", False), ("eu-${key}", False)],
)
def test_stacks_of_one_file_do_not_share_the_file_of_a_password(file: str, is_good: bool) -> None:
    loaded = load(
        f'stack: "web-${{env}}"\nservers: {{web: {{password: {{generate: "{file}"}}}}}}\n', env="e"
    )
    if is_good:
        assert loaded.diagnostics == ()
        return
    (found,) = loaded.diagnostics
    assert found.code == "password-file-shared"
    assert found.what.endswith(" would be the file of web in every stack of this file")
    assert "${stack}" in found.hint


def test_shared_defaults_are_filled_in_for_each_server_that_gets_them() -> None:
    loaded = load(
        "stack: web\nextends: ../base.yaml\n"
        "servers: {web: {count: 2}, db: {notes: own}, x: {for_each: [y]}}\n",
        {"base.yaml": 'defaults: {notes: "${key}"}\n'},
    )
    assert {key: spec.value("notes") for key, spec in servers(loaded).items()} == {
        "web-1": "web-1",
        "web-2": "web-2",
        "db": "own",
        "x-y": "x-y",
    }
