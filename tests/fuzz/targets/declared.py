"""Files that people write: stacks, what they extend and fill in, projects, fleets.

Whoever may write to a repository writes them. Any text loads, or each mistake of it has its place;
what loads can be planned and shown.
"""

from collections.abc import Mapping
from dataclasses import replace

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.fleet.config.build import load_fleet
from ccloud_apply.load.project.build import load_project
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import find_top_keys, parse, parse_document, parse_literal
from ccloud_apply.load.write.layout.format import format_text
from ccloud_apply.load.write.layout.order import Kind
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.render.registry import render
from tests.fuzz.target import Target, files
from tests.fuzz.targets.laws import check_placed, check_shown
from tests.support.builders import account, live
from tests.support.render.harmless import assert_harmless

_PATH = "stack.yaml"
_BASE = b"""variables: {size: 2, names: [a, b]}
templates: {small: {cores: 2, memory: 4, disks: [50]}}
defaults: {tags: [base], type: unmanaged}
"""
_STACK = b"""stack: shop
extends: base.yaml
servers:
  web:
    count: 2
    template: small
    cores: "${var.size}"
    user_data: {template: cloud-init.yaml, secrets: {TOKEN: {env: CCLOUD_SECRET_TOKEN}}}
  db: {hostname: vs10001, notes: "${stack}", depends_on: [web], lifecycle: {retire: 7d}}
moved: [{from: old, to: db}]
"""
_TEMPLATED = b"""stack: shop
servers:
  web:
    sshkey: {template: keys}
    user_data: {template: cloud-init.yaml, secrets: {TOKEN: {env: CCLOUD_SECRET_TOKEN}}}
"""
_VARIABLES = b"""stack: shop
variables: {a: 1, b: text, c: [1, 2], d: {x: 1}, e: null}
variable_types: {a: {type: integer, maximum: 9}, d: {type: object}}
servers: {web: {notes: "${var.a} ${var.b} ${var.c[0]} ${var.d.x} ${var.e}", enabled: "${var.a}"}}
"""
_LIVES = replace(
    account(
        *(
            live(number, key=key, snapshots=(), network=())
            for number, key in ((10001, "web"), (10002, "web-1"), (10003, None), (10004, "old"))
        )
    ),
    customer_addons={},
    subscriptions=(),
)
_FIELDS = (
    *(
        "stack: ",
        "servers:\n",
        "  web:\n",
        "    count: ",
        "for_each: ",
        "template: ",
        "defaults:\n",
    ),
    *("variables:\n", "variable_types:\n", "policy:\n", "extends: ", "moved: ", "released: "),
    *("cores: ", "memory: 8", "disks: [50, {size: 100}]", "tags: [a]", "addons: {x: 1}", "notes: "),
    *("power: off", "lifecycle: {prevent_destroy: true}", "ignore_changes: [notes]", "retire: 7d"),
    *("password: {env: CCLOUD_SECRET_X}", "user_data: {file: x}", "sshkey: ", "depends_on: [web]"),
    *(
        "${var.size}",
        "${key}",
        "${index}",
        "${each.value}",
        "${stack}",
        "${env}",
        "${secret.TOKEN}",
    ),
    *("-----BEGIN ", "windows: [{for: [destroy], days: [sat], from: '02:00', to: '06:00'}]"),
)


def _load(
    text: bytes,
    *,
    base: bytes = _BASE,
    template: bytes = b"token: ${secret.TOKEN}\n",
    file: Mapping[str, Node] | None = None,
) -> Loaded:
    def read(reference: Reference) -> str:
        if reference.name.startswith("no"):
            raise UnreadableReferenceError(f"{reference} does not exist")
        return template.decode("utf-8", "replace")

    return load_stack(
        text,
        path=_PATH,
        variables=VariableSources(file=file or {}),
        look=lambda reference: None,
        inherited=Inherited(env="prod", read=lambda _name, _base: base),
        read=read,
    )


def _check_loaded(loaded: Loaded) -> None:
    errors = [found for found in loaded.diagnostics if found.is_error]
    assert (loaded.stack is None) == bool(errors)
    check_placed(loaded.diagnostics, "")
    if loaded.stack is not None:
        _check_planned(loaded.stack)


def _check_planned(stack: Stack) -> None:
    """What loads can be planned and shown, or is refused in words."""
    plan, diagnostics = build_plan([stack], _LIVES, PlanOptions())
    for found in diagnostics:
        check_shown(found)
    if plan is not None and len(plan.stacks[0].servers) < 50:
        assert_harmless(render("plan", "text", plan))
        assert_harmless(render("plan", "json", plan))


def check_stack(data: bytes) -> None:
    """A stack file."""
    loaded = _load(data)
    _check_loaded(loaded)
    if len(data) < 10_000:
        assert _load(data) == loaded
    find_top_keys(data)


def check_base(data: bytes) -> None:
    """A file that a stack extends."""
    _check_loaded(_load(_STACK, base=data))


def check_template(data: bytes) -> None:
    """A file that a stack fills in, or sends as it is."""
    _check_loaded(_load(_TEMPLATED, template=data))


def check_variables(data: bytes) -> None:
    """A file of variables."""
    entries, diagnostics = parse_literal(data, "vars.yaml")
    check_placed(diagnostics, "vars.yaml")
    if not diagnostics:
        _check_loaded(_load(_VARIABLES, file=entries))


def check_project(data: bytes) -> None:
    """A project file, and a stack that inherits from it."""
    project, diagnostics = load_project(data, path="ccloud-apply.yaml")
    check_placed(diagnostics, "ccloud-apply.yaml")
    assert (project is None) == any(found.is_error for found in diagnostics)
    if project is None:
        return
    for env in (None, *project.project.environments):
        inherited = project.inherit(env)
        loaded = load_stack(
            b"stack: shop\nservers: {web: {cores: 2}}\n",
            path=_PATH,
            variables=VariableSources(),
            look=lambda reference: None,
            inherited=inherited,
        )
        _check_loaded(loaded)


def check_fleet(data: bytes) -> None:
    """A fleet's file."""
    config, diagnostics = load_fleet(data, path="fleet.yaml")
    check_placed(diagnostics, "fleet.yaml")
    assert (config is None) == any(found.is_error for found in diagnostics)


def check_layout(data: bytes) -> None:
    """A file that is laid out anew: it says the same, and a second time changes nothing."""
    if len(data) > 20_000:
        return
    result = format_text(data, "f.yaml", Kind.STACK)
    check_placed(result.diagnostics, "f.yaml")
    _, problems = parse(data, "f.yaml")
    if problems:
        assert result.after is None
        assert result.diagnostics == problems
    elif result.after is not None:
        again = format_text(result.after.encode(), "f.yaml", Kind.STACK)
        assert again.after == result.after
        assert parse_document(result.after, "f.yaml") == parse_document(data, "f.yaml")


_STACKS = files("examples/stacks/*.yaml", "tests/cases/load/*/stack.yaml")

TARGETS = (
    Target(name="stack", check=check_stack, seeds=(_STACK, *_STACKS), words=_FIELDS),
    Target(name="base", check=check_base, seeds=(_BASE, *_STACKS), words=_FIELDS),
    Target(
        name="template",
        check=check_template,
        seeds=(b"#cloud-config\nname: ${key}\ntoken: ${secret.TOKEN}\ncost: $${x}\n", b"ssh-rsa A"),
        words=_FIELDS,
    ),
    Target(
        name="variables",
        check=check_variables,
        seeds=(b"a: 2\nb: x\nc: [3]\nd: {x: ${y}}\n", b"{e: [1, {f: null}]}\n"),
        words=_FIELDS,
    ),
    Target(
        name="project",
        check=check_project,
        seeds=files("examples/layouts/*/ccloud-apply.yaml"),
        words=(
            *(
                "project: ",
                "environments:\n",
                "account: ",
                "customer_id: ",
                "endpoint: ",
                "limits: ",
            ),
            *("var_files: ", "secret_commands: ", "policy: {max_destroy: 0}", *_FIELDS),
        ),
    ),
    Target(
        name="fleet",
        check=check_fleet,
        seeds=files("examples/fleet/fleet.yaml"),
        words=(
            *("accounts:\n", "sources:\n", "rules:\n", "git: ", "ref: ", "folder: ", "mode: apply"),
            *("https://u:p@h/x.git", "git@h:x", "webhook_secret: ", "{env: X}", "{command: [x]}"),
            *("database: ", "lease: 60s", "notify:\n", "keep:\n", "web:\n", "oidc:\n", "**/*.yaml"),
        ),
    ),
    Target(name="layout", check=check_layout, seeds=(_STACK, *_STACKS), words=_FIELDS),
)
