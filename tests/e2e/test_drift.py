"""`drift` over the command: what it finds in a sandbox, in every format, with its exit codes."""

import json
import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.schemas import read_schema
from tests.conftest import RunCli
from tests.support.stacks import WEB, with_faults, write_stack

FORMATS = ("text", "json", "markdown", "html", "junit", "prometheus")
NAMING = tuple(name for name in FORMATS if name != "prometheus")
"""Those that name servers; metrics count them."""

CHANGED = WEB.replace("memory: 4", "memory: 8").replace("platform team", "somebody else")
REFUSED = {"operation": "list_server_tasks", "fault": {"status": 403}}


@pytest.fixture
def drifted(call_cli: RunCli, tmp_path: Path) -> str:
    """A stack of three servers that were changed by somebody else since it was applied."""
    assert call_cli("apply", write_stack(tmp_path), "--auto-approve").code == 0
    hurry = write_stack(tmp_path, CHANGED, "hurry.yaml")
    assert call_cli("apply", hurry, "--auto-approve", "--target", "web-2").code == 0
    return "web.yaml"


def test_no_drift_is_0_and_unmanaged_servers_are_no_drift(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    for format_name in FORMATS:
        ended = call_cli("drift", stack, "--format", format_name, "--unmanaged")
        assert (ended.code, ended.err) == (0, "")
        assert ("vs10001" in ended.out) == (format_name in NAMING)
    assert "vs10001" not in call_cli("drift", stack).out


@pytest.mark.parametrize("format_name", FORMATS)
def test_drift_is_2_in_every_format(drifted: str, format_name: str, call_cli: RunCli) -> None:
    ended = call_cli("drift", drifted, "--format", format_name)
    assert ended.code == 2
    assert ended.err == ""
    if format_name in NAMING:
        assert "web-2" in ended.out
        assert "resize-server" in ended.out
    else:
        assert 'ccloud_apply_drift_servers{stack="web",state="drifted"} 1' in ended.out


def test_the_json_says_what_changed_and_who_did_it(drifted: str, call_cli: RunCli) -> None:
    document = json.loads(call_cli("drift", drifted, "--format", "json").out)
    Draft202012Validator(read_schema("drift.schema.json")).validate(document)
    (stack,) = document["stacks"]
    (server,) = stack["drifted"]
    assert (server["key"], stack["missing"], stack["extra"], stack["in_sync"]) == (
        "web-2",
        [],
        [],
        2,
    )
    fields = {change["field"]: change for change in server["changes"]}
    assert (fields["memory"]["before"], fields["memory"]["after"]) == (8, 4)
    assert fields["notes"]["before"] == "Owner: somebody else"
    newest = server["last_tasks"][0]
    assert newest.keys() == {"id", "action", "username", "created_at", "status"}
    assert (newest["action"], newest["status"]) == ("resize-server", "done")
    assert [server["hostname"] for server in document["unmanaged"]] == [
        "vs10001",
        "vs10002",
        "vs10003",
    ]


def test_missing_and_extra_servers_are_told_by_key(drifted: str, call_cli: RunCli) -> None:
    folder = Path.cwd()
    text = WEB.replace("count: 3", "count: 2") + "  db: {cores: 2, memory: 4, disks: [50]}\n"
    stack = write_stack(folder, text)
    (found,) = json.loads(call_cli("drift", stack, "--format", "json").out)["stacks"]
    assert found["missing"] == ["db"]
    assert [extra["key"] for extra in found["extra"]] == ["web-3"]
    only = call_cli("drift", stack, "--target", "web-1")
    assert (only.code, "web-3" in only.out) == (0, False)


def test_drift_changes_nothing(drifted: str, call_cli: RunCli) -> None:
    def plan() -> dict[str, object]:
        document = json.loads(call_cli("plan", drifted, "--format", "json").out)
        return {name: value for name, value in document.items() if name != "read_at"}

    before = plan()
    call_cli("drift", drifted)
    assert plan() == before


def test_out_writes_a_private_file_and_nothing_to_standard_output(
    drifted: str, call_cli: RunCli, tmp_path: Path
) -> None:
    ended = call_cli("drift", drifted, "--format", "junit", "--out", "drift.xml")
    assert (ended.code, ended.out) == (2, "")
    assert "1 drifted" in ended.err
    report = tmp_path / "drift.xml"
    root = ElementTree.fromstring(report.read_bytes())
    assert (root.attrib["tests"], root.attrib["failures"]) == ("3", "1")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert call_cli("drift", drifted, "--out", "nowhere/drift.txt").code == 1


def test_tasks_that_cannot_be_read_are_a_warning_and_the_report_comes_all_the_same(
    drifted: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    env = with_faults(sandbox_env, tmp_path, REFUSED)
    ended = call_cli("drift", drifted, "--format", "json", env=env)
    assert ended.code == 2
    (stack,) = json.loads(ended.out)["stacks"]
    assert stack["drifted"][0]["last_tasks"] == []
    assert [warning["code"] for warning in stack["warnings"]] == ["tasks-unread"]
    assert "warning: servers.web-2: the last tasks of" in ended.err
    assert "the last tasks of" in call_cli("drift", drifted, env=env).out


def test_what_a_plan_refuses_is_drift(call_cli: RunCli, tmp_path: Path) -> None:
    call_cli("apply", write_stack(tmp_path), "--auto-approve")
    text = WEB.replace("debian12_uefi", "ubuntu22_uefi").replace("[50]", "[40]")
    stack = write_stack(tmp_path, text)
    assert call_cli("plan", stack).code == 1
    ended = call_cli("drift", stack)
    assert ended.code == 2
    assert "image  live: debian12_uefi; declared: ubuntu22_uefi" in ended.out
    assert "cannot shrink" in ended.out


def test_an_unclear_identity_is_1_with_the_errors_as_json(call_cli: RunCli, tmp_path: Path) -> None:
    text = WEB.replace("count: 3", "custom_name: intranet")
    ended = call_cli("drift", write_stack(tmp_path, text), "--format", "json")
    assert ended.code == 1
    assert [error["code"] for error in json.loads(ended.out)["errors"]] == ["custom-name-taken"]


def test_variables_count_in_drift_too(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    assert call_cli("drift", stack, "--var", "size=4").code == 2
