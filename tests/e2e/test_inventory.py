"""`inventory` over the command: every format, its requests, and the tools that read it."""

import csv
import json
import os
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.render.registry import formats_of
from ccloud_apply.schemas import read_schema
from tests.conftest import PATIENCE_S, ROOT, RunCli, StartCli
from tests.support.command import write_command
from tests.support.servers import change_server
from tests.support.stacks import WEB, with_faults, write_stack

FORMATS = formats_of("inventory")
TEMPLATE = "{{ lookup('pipe', 'touch pwned') }}"


@pytest.fixture
def applied(call_cli: RunCli, tmp_path: Path) -> str:
    """A stack of three servers, beside three servers without a stack."""
    stack = write_stack(tmp_path)
    assert call_cli("apply", stack, "--auto-approve").code == 0
    return stack


def document_of(call_cli: RunCli, *arguments: str, **options: Any) -> Any:
    ended = call_cli("inventory", *arguments, "--format", "json", **options)
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    Draft202012Validator(read_schema("inventory.schema.json")).validate(document)
    return document


def test_the_json_has_every_server_of_the_stack_with_its_addresses(
    applied: str, call_cli: RunCli
) -> None:
    document = document_of(call_cli, applied)
    assert document["account"]["customer_id"] == "328100"
    first, *others = document["servers"]
    assert (first["stack"], first["key"], first["hostname"]) == ("web", "web-1", "vs10004")
    assert (first["status"], first["image"], first["memory"]) == ("declared", "debian12_uefi", 4)
    assert (first["tags"], first["base_key"]) == (["production"], "web")
    assert first["declared"]["line"] == 9
    assert first["created_by"] == "sandbox@sandbox.example"
    assert first["ipv4"]
    assert first["ipv6"]
    assert (first["state"], first["monthly_cost"]) == (None, None)
    assert [server["key"] for server in others] == ["web-2", "web-3"]


def test_over_http_a_stack_that_was_never_applied_is_missing_and_no_error(
    call_cli: RunCli, http_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    found = document_of(call_cli, stack, env=http_env)
    assert {server["status"] for server in found["servers"]} == {"missing"}
    assert found["account"]["endpoint"] == http_env["CCLOUD_ENDPOINT"]
    text = call_cli("inventory", stack, env=http_env)
    assert (text.code, text.err) == (0, "")
    assert text.out.endswith("3 servers: 3 missing.\n")


def test_all_lists_the_account_by_whose_each_server_is(
    applied: str, call_cli: RunCli, tmp_path: Path
) -> None:
    smaller = WEB.replace("count: 3", "count: 2") + "  db: {cores: 2, memory: 4, disks: [50]}\n"
    stack = write_stack(tmp_path, smaller)
    found = document_of(call_cli, stack, "--all")["servers"]
    assert [(server["key"], server["status"]) for server in found] == [
        ("db", "missing"),
        ("web-1", "declared"),
        ("web-2", "declared"),
        ("web-3", "undeclared"),
        *[(None, "unmanaged")] * 3,
    ]
    assert {s["status"] for s in document_of(call_cli, "--all")["servers"]} == {
        "other-stack",
        "unmanaged",
    }


def test_one_list_and_the_images_are_all_that_is_read(applied: str, call_cli: RunCli) -> None:
    for format_name in FORMATS:
        ended = call_cli("-v", "inventory", applied, "--format", format_name)
        assert ended.code == 0
        images = 0 if format_name in ("ssh-config", "hosts", "prometheus") else 1
        expected = f"{1 + images} requests: {'list_os 1, ' * images}list_servers 1"
        assert expected in ended.err, format_name


def test_states_and_costs_are_read_where_they_are_asked_for(
    applied: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("-v", "inventory", applied, "--state", "--cost", "--format", "json")
    document = json.loads(ended.out)
    assert {server["state"] for server in document["servers"]} == {"Running"}
    costs = [float(server["monthly_cost"]) for server in document["servers"]]
    assert float(document["monthly_total"]) == sum(costs) > 0
    assert "get_server_state 3" in ended.err
    assert "create_quote 1," in ended.err


def test_a_state_and_a_price_that_cannot_be_read_are_null_and_a_warning(
    applied: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    rules: list[dict[str, Any]] = [
        {"operation": "get_server_state", "when": {"nth": 1}, "fault": {"status": 403}},
        {"operation": "create_quote", "fault": {"status": 403}},
        {"operation": "list_os", "fault": {"status": 403}},
    ]
    env = with_faults(sandbox_env, tmp_path, *rules)
    document = document_of(call_cli, applied, "--state", "--cost", env=env)
    states = [server["state"] for server in document["servers"]]
    assert sorted(map(str, states)) == ["None", "Running", "Running"]
    assert (
        {s["monthly_cost"] for s in document["servers"]}
        == {s["image"] for s in document["servers"]}
        == {None}
    )
    assert [one["code"] for one in document["warnings"]] == [
        "inventory-unread",
        "inventory-unread",
        "price-unknown",
    ]
    text = call_cli("inventory", applied, "--state", env=env)
    assert text.code == 0
    assert "warning:" in text.err


def test_a_server_list_that_cannot_be_read_is_an_error_and_no_empty_inventory(
    applied: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = with_faults(
        sandbox_env, tmp_path, {"operation": "list_servers", "fault": {"status": 403}}
    )
    ended = call_cli("inventory", applied, "--format", "json", env=env)
    assert ended.code == 1
    assert json.loads(ended.out)["errors"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "give --all for every server of the account"),
        (["--all", "--watch"], "standard output is not one"),
        (["--all", "--watch", "--format", "json"], "--watch draws text on a terminal"),
        (["--all", "--list", "--format", "csv"], "are for --format ansible"),
        (["--all", "--list", "--host", "vs1"], "exclude each other"),
        (["--all", "--port", "9256"], "--port is for --format prometheus"),
        (["--all", "--host", "vs1001"], 'did you mean "vs10001"?'),
        (["--all", "--out", "x.yaml"], "the name x.yaml is that of a stack file"),
        (["--all", "--format", "csv", "--out", "web.yaml"], "is that of a stack file"),
        (["--all", "--format", "hosts", "--out", "mine"], "it would be overwritten"),
        (["--all", "--var", "size=1"], "name the stack files"),
        (["nowhere"], "nowhere cannot be read"),
    ],
)
def test_what_does_not_go_together_is_an_error_with_a_way_out(
    arguments: list[str], what: str, call_cli: RunCli, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("127.0.0.1 localhost\n")
    ended = call_cli("inventory", *arguments)
    assert ended.code == 1
    assert what in ended.err
    assert ended.out == "" or "errors" in json.loads(ended.out)
    assert (tmp_path / "mine").read_text() == "127.0.0.1 localhost\n"


@pytest.mark.parametrize("format_name", FORMATS)
def test_out_writes_a_file_and_writes_it_again(
    format_name: str, call_cli: RunCli, tmp_path: Path
) -> None:
    for _ in range(2):
        ended = call_cli("inventory", "--all", "--format", format_name, "--out", "inventory")
        assert (ended.code, ended.out) == (0, "")
        assert "3 servers: 3 unmanaged." in ended.err
    mode = stat.S_IMODE((tmp_path / "inventory").stat().st_mode)
    assert mode == (0o644 if format_name in ("hosts", "prometheus") else 0o600)


def test_servers_that_are_being_built_are_told_and_not_lost(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    env = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": "0.001"}
    call_cli("apply", stack, "--auto-approve", "--timeout", "0.2", env=env)
    found = document_of(call_cli, stack, "--state", env=env)["servers"]
    assert [server["building"] for server in found] == [True] * 3
    assert [server["state"] for server in found] == [None] * 3
    ended = call_cli("inventory", stack, "--format", "ansible", env=env)
    assert "web-web-1, web-web-2, web-web-3 are being built" in ended.err
    hosts = json.loads(ended.out)["_meta"]["hostvars"]
    assert [host["ccloud_building"] for host in hosts.values()] == [True] * 3
    assert "being built" in call_cli("inventory", stack, env=env).out


# The tools that read it


def write_script(folder: Path) -> Path:
    """The example's script, with this checkout's command on its PATH."""
    write_command(folder / "tools")
    script = folder / "inventory.sh"
    shutil.copy(ROOT / "examples" / "ansible" / "inventory.sh", script)
    return script


def run_tool(folder: Path, env: dict[str, str], *command: str) -> str:
    tools = f"{folder / 'tools'}:{Path(sys.executable).parent}"
    ended = subprocess.run(
        command,
        cwd=folder,
        env={
            **env,
            "PATH": f"{tools}:{env['PATH']}",
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "ansible" / "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "LC_ALL": "C.UTF-8",
            "PYTHONWARNINGS": "default",
        },
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not {"[WARNING]", "[ERROR]"} & set(ended.stderr.split()), ended.stderr
    return ended.stdout


@pytest.mark.slow
def test_ansible_reads_the_script_and_the_file_alike(
    applied: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    script = write_script(tmp_path)
    (tmp_path / "stacks").mkdir()
    more = WEB + "  db: {cores: 2, memory: 4, disks: [50]}\n"  # missing
    (tmp_path / "stacks" / "web.yaml").write_text(more)
    (tmp_path / "stacks" / "other.yaml").write_text("nothing: of ours\n")
    graph = run_tool(tmp_path, sandbox_env, "ansible-inventory", "-i", str(script), "--graph")
    assert "web-db" not in graph
    for group in ("@stack_web:", "@key_web:", "@tag_production:", "@pool_pool_iw_ssd:"):
        assert f"|--{group}\n  |  |--web-web-1\n" in graph
    host = run_tool(
        tmp_path, sandbox_env, "ansible-inventory", "-i", str(script), "--host", "web-web-1"
    )
    assert json.loads(host)["ccloud_hostname"] == "vs10004"
    for name in ("hosts.yml", "hosts.json"):
        written = call_cli("inventory", "stacks", "--format", "ansible", "--out", name)
        assert written.code == 0
        assert graph == run_tool(tmp_path, sandbox_env, "ansible-inventory", "-i", name, "--graph")
    one = json.loads(call_cli("inventory", "stacks", "--host", "web-web-1").out)
    assert one | {"ccloud_declared": None} == json.loads(host) | {"ccloud_declared": None}


@pytest.mark.slow
@pytest.mark.parametrize("is_file", [False, True], ids=["script", "file"])
def test_no_text_of_the_account_is_a_template_to_ansible(
    is_file: bool, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    assert call_cli("catalog", "pools").code == 0  # the account is there now
    change_server(sandbox_env, "vs10001", custom_name=TEMPLATE, tags=["a b", "x\u00e9:1", TEMPLATE])
    (tmp_path / "play.yaml").write_text(
        "- hosts: vs10001\n  gather_facts: false\n  connection: local\n  tasks:\n"
        "    - debug: {msg: \"{{ ccloud_custom_name }} {{ ccloud_tags | join(';') }}\"}\n"
    )
    if is_file:
        write_script(tmp_path)
        source = "hosts.yml"
        assert call_cli("inventory", "--all", "--format", "ansible", "--out", source).code == 0
    else:
        source = str(write_script(tmp_path))
        Path(source).write_text(
            '#!/bin/sh\nexec ccloud-apply inventory --all --format ansible "$@"\n'
        )
    out = run_tool(tmp_path, sandbox_env, "ansible-playbook", "-i", source, "play.yaml")
    assert "touch pwned" in out
    assert not (tmp_path / "pwned").exists()


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh (openssh-client)")
def test_ssh_finds_the_address_of_a_server_by_its_name(
    applied: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    change_server(sandbox_env, "vs10001", custom_name="x\nHost *\n  ProxyCommand touch pwned")
    call_cli("inventory", applied, "--all", "--format", "ssh-config", "--out", "ssh.conf")
    assert "ProxyCommand" in (tmp_path / "ssh.conf").read_text()
    (server, *_) = document_of(call_cli, applied)["servers"]
    (tmp_path / "own.conf").write_text(f"Include {tmp_path}/ssh.conf\nHost *\n  User admin\n")
    for config in ("ssh.conf", "own.conf"):
        ended = subprocess.run(
            ["ssh", "-G", "-F", str(tmp_path / config), "web-web-1"],
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        options = dict(line.split(" ", 1) for line in ended.stdout.splitlines() if " " in line)
        assert options["hostname"] == server["address"]
        assert "proxycommand" not in options


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
def test_promtool_takes_the_targets(applied: str, call_cli: RunCli, tmp_path: Path) -> None:
    call_cli("inventory", applied, "--format", "prometheus", "--out", "targets.json")
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "scrape_configs:\n  - job_name: node\n    file_sd_configs: [{files: [targets.json]}]\n"
    )
    subprocess.run(["promtool", "check", "config", str(config)], check=True)


def test_a_spreadsheet_gets_a_row_for_each_server(applied: str, call_cli: RunCli) -> None:
    rows = list(csv.DictReader(StringIO(call_cli("inventory", applied, "--format", "csv").out)))
    assert [row["key"] for row in rows] == ["web-1", "web-2", "web-3"]
    assert rows[0]["declared"].endswith("web.yaml:9")


def test_watch_draws_on_a_terminal_until_it_is_ended(start_cli: StartCli) -> None:
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    process = start_cli("inventory", "--all", "--watch", stdout=slave)
    os.close(slave)
    shown = b""
    while b"Ctrl-C ends it." not in shown:
        shown += os.read(master, 4096)
    process.terminate()
    with suppress(OSError):  # nobody is at the other end any more
        while True:
            shown += os.read(master, 4096)
    assert process.wait(timeout=PATIENCE_S) == 143
    os.close(master)
    assert b"vs10001" in shown
    assert shown.endswith(b"\x1b[?7h")  # long lines wrap again


def test_a_size_beyond_what_the_platform_takes_is_unknown(
    sandbox_env: dict[str, str], call_cli: RunCli
) -> None:
    ask = ("inventory", "--all", "--format", "json")
    assert [server["memory"] for server in json.loads(call_cli(*ask).out)["servers"]] == [16, 4, 8]
    told = call_cli(*ask, env={**sandbox_env, "CCLOUD_LIMIT_MEMORY": "8"})
    assert [server["memory"] for server in json.loads(told.out)["servers"]] == [None, 4, 8]
