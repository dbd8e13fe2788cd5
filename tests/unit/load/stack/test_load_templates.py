"""`{template: FILE}`: filled in for each server, but for its secrets."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.interpolate import Findings
from ccloud_apply.load.stack.template import Slot, split_template
from ccloud_apply.load.stack.texts import forbid_command
from ccloud_apply.load.text.collector import DiagnosticCollector
from ccloud_apply.model.declared.reference import Hole, Reference, Template, indent
from ccloud_apply.model.declared.stack import ServerSpec

HEAD = "stack: web\nvariables: {size: 2, list: [1], text: 'a\n\n      b'}\nservers:\n"
TOKEN = "secrets: {TOKEN: {env: CCLOUD_SECRET_TOKEN}}"


def load(text: str, files: Mapping[str, str], commands: tuple[tuple[str, ...], ...] = ()) -> Loaded:
    def read(reference: Reference) -> str:
        try:
            return files[reference.path]
        except KeyError:
            raise UnreadableReferenceError(f"{reference} is missing") from None

    def look(reference: Reference) -> str | None:
        return None if reference.path in files else f"{reference.name} cannot be read"

    return load_stack(
        f"{HEAD}{text}".encode(),
        path="stacks/web.yaml",
        variables=VariableSources(),
        look=look,
        read=read,
        inherited=Inherited(secret_commands=commands),
    )


def servers(loaded: Loaded) -> dict[str, ServerSpec]:
    assert loaded.stack is not None, loaded.diagnostics
    return {spec.key: spec for spec in loaded.stack.servers}


def template(spec: ServerSpec) -> Template:
    found = spec.value("user_data")
    assert isinstance(found, Template)
    return found


def told(loaded: Loaded) -> list[str]:
    return [
        f"{d.source.line if d.source else 0}:{d.source.column if d.source else 0} {d.code}"
        for d in loaded.diagnostics
    ]


def test_each_server_gets_its_own_text_and_secrets_stay_holes() -> None:
    files = {"stacks/ci.yaml": "${key} ${index} ${var.size} ${stack} $${HOME} ${secret.TOKEN}\n"}
    loaded = load(f"  web: {{count: 2, user_data: {{template: ci.yaml, {TOKEN}}}}}\n", files)
    assert loaded.diagnostics == ()
    first, second = (template(spec) for spec in servers(loaded).values())
    assert first.text == "web-1 1 2 web ${HOME} ${secret.TOKEN}\n"
    assert second.fill({"TOKEN": "x y"}) == "web-2 2 2 web ${HOME} x y\n"
    assert first.parts is not None
    assert Hole("TOKEN") in first.parts
    assert first.digest != second.digest
    assert str(first) == "{template: ci.yaml, secrets: TOKEN}"
    assert "HOME" not in repr(first)


def test_a_template_of_defaults_is_filled_in_for_each_server_too() -> None:
    files = {"stacks/ci.yaml": "${key}"}
    text = "  a: {}\n  b: {}\ndefaults: {user_data: {template: ci.yaml}}\n"
    assert [template(s).text for s in servers(load(text, files)).values()] == ["a", "b"]


def test_a_value_of_several_lines_takes_the_indent_of_its_line() -> None:
    files = {"stacks/ci.yaml": "a:\n    ${secret.TOKEN}\n  x ${secret.TOKEN}\n"}
    loaded = load(f"  web: {{user_data: {{template: ci.yaml, {TOKEN}}}}}\n", files)
    filled = template(servers(loaded)["web"]).fill({"TOKEN": "one\n\ntwo"})
    assert filled == "a:\n    one\n\n    two\n  x one\n\ntwo\n"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a\n  ${var.no}", "undefined-variable", 2, 3),
        ("é ${HOME}", "bad-interpolation", 1, 3),
        ("${secret.TOKEM}", "undefined-secret", 1, 1),
        ("${secret.TOKEN.x}", "bad-interpolation", 1, 1),
        ("${secret}", "bad-interpolation", 1, 1),
        ("x\n\n ${index}", "bad-interpolation", 3, 2),
        ("${var.list}", "bad-interpolation", 1, 1),
        ("${", "bad-interpolation", 1, 1),
        ("${ \n}", "bad-interpolation", 1, 1),
    ],
)
def test_a_mistake_is_told_at_its_place_in_the_template(
    text: str, code: str, line: int, column: int
) -> None:
    files = {"stacks/ci.yaml": f"{text} ${{secret.TOKEN}}"}
    loaded = load(f"  web: {{user_data: {{template: ci.yaml, {TOKEN}}}}}\n", files)
    (found,) = loaded.diagnostics
    assert found.source is not None
    assert (found.code, found.source.path) == (code, "stacks/ci.yaml")
    assert (found.source.line, found.source.column) == (line, column)
    assert found.where == "servers.web.user_data"


def test_a_mistake_is_told_once_for_a_thousand_servers() -> None:
    files = {"stacks/ci.yaml": "${var.no}"}
    loaded = load("  web: {count: 1000, user_data: {template: ci.yaml}}\n", files)
    assert [d.code for d in loaded.diagnostics] == ["undefined-variable"]


def test_a_template_and_the_files_of_secrets_have_to_be_there() -> None:
    text = "  web: {user_data: {template: no.yaml, secrets: {A: {file: no.txt}}}}\n"
    found = load(text, {}).diagnostics
    assert [d.where for d in found] == [
        "servers.web.user_data.template",
        "servers.web.user_data.secrets.A",
    ]


def test_a_secret_that_the_template_does_not_name_is_a_warning() -> None:
    files = {"stacks/ci.yaml": "x"}
    loaded = load(f"  web: {{user_data: {{template: ci.yaml, {TOKEN}}}}}\n", files)
    assert [d.code for d in loaded.diagnostics] == ["unused-secret"]
    assert loaded.stack is not None


@pytest.mark.parametrize("value", ["hunter2hunter2", "${var.text}", "[hunter2]", "{env: HOME}"])
def test_a_secret_is_a_reference_and_its_value_is_never_shown(value: str) -> None:
    text = f"  web: {{user_data: {{template: ci.yaml, secrets: {{A: {value!r}}}}}}}\n"
    text = text.replace("'{", "{").replace("}'", "}") if "env" in value else text
    loaded = load(text, {"stacks/ci.yaml": "${secret.A}"})
    assert loaded.stack is None
    shown = str(loaded.diagnostics)
    assert "hunter" not in shown
    assert "b'" not in shown


def test_a_secret_stands_in_no_stack_file() -> None:
    loaded = load("  web: {notes: 'x ${secret.TOKEN}'}\n", {})
    (found,) = loaded.diagnostics
    assert found.code == "bad-interpolation"
    assert "only known in a file that {template: FILE} names" in found.what


FIELDS = {
    "user_data: '\ufeff#cloud-config'": ["user-data-encoding"],
    'user_data: "#!/bin/sh\\r\\n"': ["user-data-encoding"],
    'user_data: "#ps1\\r\\n"': [],
    "user_data: {file: crlf}": ["user-data-encoding"],
    "user_data: {template: crlf}": ["user-data-encoding"],
    "user_data: {file: bom}": ["user-data-encoding", "user-data-encoding"],
    "sshkey: {file: private}": ["private-sshkey"],
    "sshkey: {template: private}": ["private-sshkey"],
    "sshkey: {file: putty}": ["private-sshkey"],
    "sshkey: {file: ssh2}": ["private-sshkey"],
    "sshkey: {file: key}": [],
    "sshkey: []": [],
}
FILES = {
    "stacks/crlf": "#cloud-config\r\n",
    "stacks/bom": "\ufeff#cloud-config\r\n",
    "stacks/private": "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n",
    "stacks/putty": "PuTTY-User-Key-File-3: ssh-ed25519\nComment: hunter2\n",
    "stacks/ssh2": "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nhunter2\n",
    "stacks/key": "ssh-ed25519 A a\n",
}


@pytest.mark.parametrize(("field", "codes"), FIELDS.items())
def test_what_is_wrong_with_a_text_is_told_once_and_not_shown(field: str, codes: list[str]) -> None:
    loaded = load(f"  web: {{count: 3, {field}}}\n", FILES)
    assert [d.code for d in loaded.diagnostics] == codes
    assert "hunter2" not in str(loaded.diagnostics)


@pytest.mark.parametrize("written", ["${secret}", "${secret.A.b}"])
def test_what_names_no_secret_in_a_template_is_told_with_the_way_out(written: str) -> None:
    loaded = load(f"  web: {{user_data: {{template: t, {TOKEN}}}}}\n", {"stacks/t": f"x {written}"})
    (found,) = loaded.diagnostics
    assert found.what == f"{written} names no secret"
    assert found.hint == "a secret has one name: ${secret.NAME}"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("{template: t, file: t}", "or a template, not both"),
        ("{env: CCLOUD_SECRET_A}", "a secret goes into a template: {template: FILE, secrets: "),
    ],
)
def test_a_text_that_is_neither_file_nor_template_is_told_with_the_way_out(
    value: str, hint: str
) -> None:
    found = load(f"  web: {{user_data: {value}}}\n", {"stacks/t": "x"}).diagnostics
    assert any(hint in one.hint for one in found)


@pytest.mark.parametrize("field", ["user_data: {file: bin}", "sshkey: {template: bin}"])
def test_a_file_that_is_there_and_is_no_text_is_told_once(field: str) -> None:
    def read(reference: Reference) -> str:
        raise UnreadableReferenceError(f"{reference} is not UTF-8 text", hint="save it as UTF-8")

    loaded = load_stack(
        f"{HEAD}  web: {{count: 3, {field}}}\n".encode(),
        path="web.yaml",
        variables=VariableSources(),
        look=lambda _: None,
        read=read,
    )
    (found,) = loaded.diagnostics
    assert (found.code, found.what) == ("bad-reference", "{file: bin} is not UTF-8 text")
    assert found.hint == "save it as UTF-8"
    assert found.source is not None


def test_several_keys_are_lines_of_one_text() -> None:
    loaded = load("  web: {sshkey: [ssh-ed25519 A, ' ssh-ed25519 B ']}\n", {})
    assert servers(loaded)["web"].value("sshkey") == "ssh-ed25519 A\nssh-ed25519 B"


COMMANDS = [
    (["sops", "decrypt", "x.yaml"], True),
    (["sops", "decrypt"], True),
    (["sops", "exec-env", "x"], False),
    (["sops"], False),
    (["sops", "decrypt", "--output", "/etc/passwd"], False),
    (["/tmp/sops", "decrypt", "x"], False),
    (["vault", "kv", "get", "-field=a", "secret/x"], True),
    (["vault", "kv", "get", "-field=b", "secret/x"], False),
    (["op", "-x"], False),
    (["sh", "-c", "id"], False),
]
ALLOWED = (("sops", "decrypt"), ("vault", "kv", "get", "-field=a"), ("op",), ())


@pytest.mark.parametrize(("command", "is_allowed"), COMMANDS)
def test_a_command_begins_as_the_project_says_and_has_no_further_option(
    command: list[str], is_allowed: bool
) -> None:
    assert (forbid_command(command, ALLOWED) is None) is is_allowed
    assert forbid_command(command, ()) is not None
    assert forbid_command(command, [()]) is not None


@given(st.lists(st.text(min_size=1), min_size=1), st.lists(st.text(min_size=1)))
def test_a_command_of_the_list_is_allowed_with_any_arguments(
    beginning: list[str], more: list[str]
) -> None:
    arguments = [one for one in more if not one.startswith("-")]
    assert forbid_command([*beginning, *arguments], [beginning]) is None


def test_a_stack_file_alone_allows_no_command() -> None:
    secrets = "{A: {command: [sops, decrypt, x]}, B: {command: [sops, decrypt, -x]}}"
    text = f"  web: {{user_data: {{template: t, secrets: {secrets}}}}}\n"
    text += "  db: {password: {command: [id]}}\n"
    files = {"stacks/t": "${secret.A}${secret.B}"}
    found = load(text, files).diagnostics
    assert [(d.code, d.where) for d in found] == [
        ("forbidden-command", "servers.web.user_data.secrets.A"),
        ("forbidden-command", "servers.web.user_data.secrets.B"),
        ("forbidden-command", "servers.db.password"),
    ]
    found = load(text, files, (("sops", "decrypt"),)).diagnostics
    assert [d.where for d in found] == ["servers.web.user_data.secrets.B", "servers.db.password"]


def findings() -> Findings:
    return Findings(DiagnosticCollector("f"), "user_data")


@given(st.text(st.characters(codec="utf-8", exclude_characters="$")))
def test_a_text_without_interpolation_stays_as_it_is(text: str) -> None:
    assert "".join(map(str, split_template(text, "f", findings()))) == text


@given(st.lists(st.sampled_from(["${var.a}", "$${", "x", "\n", " ", "$", "{", "}"])))
def test_a_slot_stands_where_its_place_says(pieces: list[str]) -> None:
    text = "".join(pieces)
    lines = text.split("\n")
    for part in split_template(text, "f", findings()):
        if isinstance(part, Slot):
            path, line, column, _, end = part.place
            assert (lines[line - 1][column - 1 : end - 1], path) == (part.text, "f")
            assert part.indent in ("", lines[line - 1][: column - 1])


@given(st.text(), st.sampled_from(["", "  ", "\t"]))
def test_indenting_changes_no_line_but_its_beginning(text: str, prefix: str) -> None:
    for before, after in zip(text.split("\n"), indent(text, prefix).split("\n"), strict=True):
        assert after in (before, f"{prefix}{before}")
