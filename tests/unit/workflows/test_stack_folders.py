"""Which files of a folder are stacks, and which are left out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import MAX_STACK_BYTES
from ccloud_apply.load.text.parse import find_top_keys
from ccloud_apply.workflows.inputs.no_stack import is_no_stack
from ccloud_apply.workflows.inputs.stacks import (
    LoadedStacks,
    StackRequest,
    require_stacks,
)
from tests.conftest import RunCli

STACK = "stack: web\n"
FOREIGN = {
    "values.yaml": "size: 4\n",
    "list.yaml": "- stack: web\n",
    "empty.yaml": "",
    "deep.yaml": "job: {servers: [a]}\n",
    "two.yaml": "kind: A\n---\nkind: B\n",
    "tagged.yaml": "key: !vault abc\n",
    "directive.yaml": "%YAML 1.2\n---\nkey: 1\n",
    "jinja.yaml": "{% if x %}\nkey: {{ y }}\n",
}
MEANT: dict[str, str | bytes] = {
    "no-name.yaml": "servers: {}\n",
    "broken.yaml": "stack: web\nservers: {a: [}\n",
    "quoted.yaml": '"stack": web\nother: 1\n',
    "escaped.yaml": '"st\\u0061ck": web\nother: 1\n',
    "second.yaml": "kind: A\n---\nstack: web\n",
    "utf16.yaml": "key: 1\n".encode("utf-16"),
    "complex.yaml": "? stack # the name\n: web\nother: 1\n",
}


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(*paths: Path) -> tuple[LoadedStacks, list[str]]:
    """The stacks, and the names of what was left out."""
    skipped: list[Path] = []
    request = StackRequest(paths=tuple(map(str, paths)))
    loaded = require_stacks(request, {}, skipped.append)
    return loaded, [path.name for path in skipped]


def test_what_has_neither_stack_nor_servers_at_its_top_is_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path, "web.yaml", STACK)
    for name, text in FOREIGN.items():
        write(tmp_path, name, text)
    loaded, skipped = load(tmp_path)
    assert [stack.name for stack in loaded.stacks] == ["web"]
    assert skipped == sorted(FOREIGN)


@pytest.mark.parametrize("name", MEANT)
def test_what_may_be_meant_as_a_stack_is_an_error_and_never_left_out(
    name: str, tmp_path: Path
) -> None:
    write(tmp_path, "ok.yaml", "stack: other\n")
    write(tmp_path, name, MEANT[name])
    with pytest.raises(StackError):
        load(tmp_path)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_is_named_itself_stays_an_error(name: str, tmp_path: Path) -> None:
    path = write(tmp_path, name, FOREIGN[name])
    with pytest.raises(StackError):
        load(path)
    write(tmp_path, "web.yaml", STACK)
    with pytest.raises(StackError):
        load(tmp_path, path)


def test_a_folder_in_which_nothing_is_a_stack_is_an_error_and_no_empty_run(tmp_path: Path) -> None:
    write(tmp_path, "values.yaml", "size: 4\n")
    with pytest.raises(UsageError, match=r"no file in .* is a stack"):
        load(tmp_path)


def test_two_files_of_a_folder_with_one_name_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", STACK)
    write(tmp_path, "b.yaml", STACK)
    with pytest.raises(StackError, match="is defined in two files"):
        load(tmp_path)


def test_of_a_file_that_is_read_in_part_nothing_is_certain(tmp_path: Path) -> None:
    path = write(tmp_path, "large.yaml", "")
    assert is_no_stack(path, b"key: 1\n", (str(tmp_path),))
    assert not is_no_stack(path, b"#" * (MAX_STACK_BYTES + 1), (str(tmp_path),))


keys = st.sampled_from(["a", "stack", "servers", "b c", "x: y", "ü"])
values = st.recursive(
    st.none() | st.integers() | keys,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, max_size=4))
def test_the_keys_at_the_top_are_told_apart_from_those_below(document: dict[str, object]) -> None:
    import yaml

    for flow in (True, False):
        text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=True).encode()
        assert find_top_keys(text) == document.keys()


@pytest.mark.parametrize("command", ["validate", "plan", "drift", "graph", "journal"])
def test_a_command_tells_each_file_that_it_leaves_out_in_a_line_on_standard_error(
    command: str, call_cli: RunCli, tmp_path: Path
) -> None:
    folder = tmp_path / "stacks"
    folder.mkdir()
    write(folder, "web.yaml", STACK)
    write(folder, "values.yaml", "size: 4\n")
    ended = call_cli(command, "stacks")
    assert ended.code == 0, ended.err
    assert ended.err.splitlines()[0] == "skipped stacks/values.yaml: no stack"
    assert "skipped" not in ended.out


def test_a_variable_is_not_called_unknown_while_a_file_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "broken.yaml", MEANT["broken.yaml"])
    with pytest.raises(StackError) as caught:
        require_stacks(StackRequest(paths=(str(tmp_path),), variables={"size": "2"}), {})
    assert "unknown-variable" not in {found.code for found in caught.value.diagnostics}


def test_what_a_stack_names_is_no_stack_whatever_it_looks_like(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "base.yaml", "defaults: {notes: x}\n")
    write(tmp_path, "init.yaml", "#cloud-config\nservers: [ntp.example]\nstack: [lamp]\n")
    write(tmp_path, "secret.yaml", "servers: 1\n")
    write(tmp_path, "ccloud-apply.yaml", "project: shop\n")
    server = (
        "pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4,"
        " disks: [50], user_data: {file: init.yaml}, password: {file: secret.yaml}"
    )
    write(tmp_path, "web.yaml", f"stack: web\nextends: base.yaml\nservers: {{web: {{{server}}}}}\n")
    loaded, skipped = load(tmp_path)
    assert [stack.name for stack in loaded.stacks] == ["web"]
    assert (loaded.diagnostics, skipped) == ((), [])


def test_a_whole_stack_that_another_one_names_is_left_out_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "other.yaml", "stack: other\n")
    server = (
        "pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4,"
        " disks: [50], user_data: {file: other.yaml}"
    )
    web = write(tmp_path, "web.yaml", f"stack: web\nservers: {{web: {{{server}}}}}\n")
    loaded, _ = load(tmp_path)
    assert [stack.name for stack in loaded.stacks] == ["web"]
    assert [found.code for found in loaded.diagnostics] == ["named-by-stack"]
    both, _ = load(web, tmp_path / "other.yaml")
    assert [stack.name for stack in both.stacks] == ["web", "other"]


def test_a_project_below_a_folder_is_never_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop").mkdir()
    write(tmp_path / "shop", "ccloud-apply.yaml", "project: shop\n")
    write(tmp_path / "shop", "web.yaml", STACK)
    write(tmp_path, "dns.yaml", "stack: dns\n")
    with pytest.raises(UsageError, match="the project of") as raised:
        load(tmp_path)
    assert "run them one by one" in raised.value.hint
    assert [stack.name for stack in load(tmp_path / "shop")[0].stacks] == ["web"]


def test_a_project_file_in_place_of_a_stack_is_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, "ccloud-apply.yaml", "project: shop\n")
    with pytest.raises(UsageError, match="is a project file"):
        load(path)
