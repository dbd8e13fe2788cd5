"""Hints of a plan that offer a line or a flag: followed to the letter, the error is gone."""

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import write_stack

FIELDS = (
    "pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 2, disks: [20]"
)
ERROR = re.compile(r"^error: .*$", re.MULTILINE)
LINE = re.compile(r"write (?P<field>\w+): (?P<value>.+?) under (?P<key>[\w-]+)")


def follow(text: str, shown: str) -> str:
    """Every offered line, written into the entry that it names."""
    for found in LINE.finditer(shown):
        field, value, key = found["field"], found["value"], found["key"]
        text = re.sub(rf"(^  {key}:\n(?:    .*\n)*?)    {field}: .*\n", r"\1", text, flags=re.M)
        text = text.replace(f"  {key}:\n", f"  {key}:\n    {field}: {value}\n")
    return text


def test_a_server_that_is_adopted_under_other_defaults_has_one_error_for_each_cause(
    call_cli: RunCli, tmp_path: Path
) -> None:
    maker = f"stack: maker\nservers: {{box: {{{FIELDS}, description: 'one: two'}}}}\n"
    assert call_cli("apply", write_stack(tmp_path, maker, "m.yaml"), "--auto-approve").code == 0
    released = "stack: maker\nservers: {}\nreleased: [box]\n"
    write_stack(tmp_path, released, "m.yaml")
    assert call_cli("apply", "m.yaml", "--auto-approve").code == 0
    text = (
        "stack: shop\ndefaults: {type: managed, image: rocky9_uefi, description: mine}\n"
        "servers:\n  box:\n    hostname: vs10004\n"
    )
    for wish in ("", "    lifecycle: {on_create_only_change: replace}\n"):
        stack = write_stack(tmp_path, text + wish)
        refused = call_cli("plan", stack)
        assert len(ERROR.findall(refused.err)) == 3, refused.err
        assert "replace, which" not in refused.err
        write_stack(tmp_path, follow(text + wish, refused.err))
        planned = call_cli("plan", stack)
        assert planned.code == 0, planned.err
        assert "will be adopted" in planned.out
    ignoring = "    lifecycle: {on_create_only_change: ignore}\n"
    assert call_cli("plan", write_stack(tmp_path, text + ignoring)).code == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  web:\n    hostname: vs10004\n", "    pool: pool_x\n"),
        ("  web:\n", "    description: other\n"),
        ("  web:\n", "    type: managed\n    image: rocky9_uefi\n"),
    ],
)
def test_a_field_that_cannot_change_is_put_back_by_its_hint(
    before: str, after: str, call_cli: RunCli, tmp_path: Path
) -> None:
    head = f"stack: shop\ndefaults: {{{FIELDS}, description: 'it''s 1: 2'}}\nservers:\n"
    stack = write_stack(tmp_path, f"{head}  web: {{}}\n")
    assert call_cli("apply", stack, "--auto-approve").code == 0
    text = f"{head}{before}{after}"
    write_stack(tmp_path, text)
    refused = call_cli("plan", stack)
    assert refused.code == 1
    is_bound = "hostname" in before
    assert ("or to replace" in refused.err) is not is_bound
    write_stack(tmp_path, follow(text, refused.err))
    assert call_cli("plan", stack, "--detailed-exitcode").code == 0


def test_a_taken_name_is_adopted_as_the_hint_says(call_cli: RunCli, tmp_path: Path) -> None:
    text = "stack: shop\nservers:\n  mail:\n    custom_name: intranet\n    count: 1\n"
    text += "".join(
        f"    {field}\n" for field in FIELDS.replace("disks: [20]", "disks: [40]").split(", ")
    )
    stack = write_stack(tmp_path, text)
    refused = call_cli("plan", stack)
    assert "give vs10002 the tags stack:shop and server:mail-1 by hand" in refused.err
    alone = text.replace("    count: 1\n", "")
    write_stack(tmp_path, alone)
    refused = call_cli("plan", stack)
    assert "write hostname: vs10002 under mail" in refused.err
    write_stack(tmp_path, follow(alone, refused.err))
    again = call_cli("plan", stack)
    assert "already has the custom name" not in again.err


def test_a_disk_that_would_shrink_is_written_as_the_hint_says(
    call_cli: RunCli, tmp_path: Path
) -> None:
    text = "stack: shop\nservers:\n  web:\n    disks: [50, 20]\n"
    full = f"{text}    {FIELDS.replace(', disks: [20]', '').replace(', ', chr(10) + '    ')}\n"
    stack = write_stack(tmp_path, full)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    for disks in ("[40, 20]", "[{id: sc0s0, size: 40}, 20]"):
        changed = full.replace("[50, 20]", disks)
        write_stack(tmp_path, changed)
        refused = call_cli("plan", stack)
        (offered,) = re.findall(r"hint: write (.+), or add", refused.err)
        first = "40" if disks.startswith("[40") else "{id: sc0s0, size: 40}"
        write_stack(tmp_path, changed.replace(first, offered))
        assert call_cli("plan", stack, "--detailed-exitcode").code == 0, refused.err


def test_the_flags_of_a_guards_hint_let_the_plan_pass(call_cli: RunCli, tmp_path: Path) -> None:
    servers = "".join(f"  s{i}: {{{FIELDS}}}\n" for i in range(3))
    stack = write_stack(tmp_path, f"stack: shop\nservers:\n{servers}", "my stack.yaml")
    assert call_cli("apply", stack, "--auto-approve").code == 0
    write_stack(tmp_path, f"stack: shop\nservers:\n{servers.splitlines()[0]}\n", stack)
    held = call_cli("plan", stack)
    (flag,) = re.findall(r"repeat with (--allow-destroy \d+)", held.out)
    assert call_cli("plan", stack, *flag.split()).code == 0
    disallowed = call_cli("apply", stack, "--auto-approve", *flag.split(), "--allow", "update")
    (allow,) = set(re.findall(r"hint: (--allow \S+)", disallowed.out + disallowed.err))
    write_stack(tmp_path, "stack: shop\nservers: {}\n", stack)
    (command,) = re.findall(r"whole stack: ccloud-apply (.+)", call_cli("plan", stack).out)
    assert command == "destroy 'my stack.yaml'"
    write_stack(tmp_path, f"stack: shop\nservers:\n{servers.splitlines()[0]}\n", stack)
    applied = call_cli("apply", stack, "--auto-approve", *flag.split(), *allow.split())
    assert applied.code == 0, applied.err


def test_a_command_in_a_hint_repeats_the_environment_and_the_variables_of_the_run(
    call_cli: RunCli, tmp_path: Path
) -> None:
    folder = tmp_path / "our shop"
    folder.mkdir()
    project = "project: shop\nenvironments: {prod: {variables: {cores: 1}}, test: {}}\n"
    (folder / "ccloud-apply.yaml").write_text(project, encoding="utf-8")
    head = "stack: web-${env}\nvariables: {cores: null, size: null}\nservers:"
    fields = FIELDS.replace("cores: 1", "cores: '${var.cores}'").replace("[20]", "['${var.size}']")
    (folder / "web.yaml").write_text(f"{head}\n  web: {{{fields}}}\n", encoding="utf-8")
    given = ("--env", "prod", "our shop/web.yaml", "--var", "size=20")
    assert call_cli("apply", *given, "--auto-approve").code == 0
    (folder / "web.yaml").write_text(f"{head} {{}}\n", encoding="utf-8")
    for format_name in ("text", "json", "markdown"):
        held = call_cli("plan", *given, "--format", format_name)
        assert held.code == 3
        (command,) = set(re.findall(r"whole stack: ccloud-apply ([^`\n\"]+)", held.out))
        assert command == "--env prod destroy --var size=20 'our shop/web.yaml'"
    assert call_cli(*shlex.split(command), "--auto-approve").code == 0
    assert call_cli("plan", *given, "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("fault", "is_told"),
    [
        ("{failing_task: the VM is still running}", True),
        ("{failing_task: shut down the server first}", True),
        ("{failing_task: not enough memory on the host}", False),
        ("{failing_task: a task is running on the server}", False),
    ],
)
def test_a_resize_that_the_platform_wants_offline_hints_at_it(
    fault: str, is_told: bool, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path, f"stack: shop\nservers:\n  web: {{{FIELDS}}}\n")
    assert call_cli("apply", stack, "--auto-approve").code == 0
    changed = f"stack: shop\nservers:\n  web: {{{FIELDS.replace('memory: 2', 'memory: 4')}}}\n"
    write_stack(tmp_path, changed)
    rules = f"rules: [{{operation: resize_server_memory, fault: {fault}}}]\n"
    (tmp_path / "faults.yaml").write_text(rules, encoding="utf-8")
    env = {**sandbox_env, "CCLOUD_SANDBOX_FAULTS": "faults.yaml"}
    failed = call_cli("apply", stack, "--auto-approve", env=env)
    assert failed.code == 1
    way_out = "set lifecycle: {resize: offline}"
    assert (way_out in failed.out + failed.err) is is_told
    if is_told:
        write_stack(tmp_path, changed.replace("disks", "lifecycle: {resize: offline}, disks"))
        assert call_cli("apply", stack, "--auto-approve").code == 0
