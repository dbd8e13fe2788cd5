"""`drift --lists-only`: no request for a single server, and every format says what is left out."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.operations import OPERATIONS
from ccloud_apply.schemas import read_schema
from tests.conftest import Ended, RunCli
from tests.support.stacks import WEB, write_stack

STACK = (
    WEB + "    power: running\n    scheduled_snapshots: {frequency: 6}\n    boot_order: [Drive]\n"
)
OTHER = STACK.replace("stack: web\n", "stack: api\n")
UNLOOKED = ["disks", "boot_order", "power"]
FORMATS = ("text", "json", "markdown", "html", "junit", "prometheus")


def sent(ended: Ended) -> dict[str, int]:
    """How many requests of each operation `-v` says were sent."""
    found = re.search(r"^\d+ requests?: (.*)$", ended.err, re.M)
    assert found, ended.err
    return {name: int(count) for name, count in re.findall(r"(\w+) (\d+)", found[1])}


@pytest.fixture
def applied(call_cli: RunCli, tmp_path: Path) -> Path:
    """Two stacks of three servers each, as they are declared."""
    for text, name in ((STACK, "web.yaml"), (OTHER, "api.yaml")):
        assert call_cli("apply", write_stack(tmp_path, text, name), "--auto-approve").code == 0
    return tmp_path


def read(ended: Ended) -> Any:
    document = json.loads(ended.out)
    Draft202012Validator(read_schema("drift.schema.json")).validate(document)
    return document


def test_the_account_is_read_once_for_all_stacks_and_no_server_for_itself(
    applied: Path, call_cli: RunCli
) -> None:
    ended = call_cli("-v", "drift", "web.yaml", "api.yaml", "--lists-only")
    assert ended.code == 0, ended.out
    requests = sent(ended)
    assert not [name for name in requests if "{hostname}" in OPERATIONS[name].path]
    assert set(requests.values()) <= {1, 2}
    alone = sent(call_cli("-v", "drift", "web.yaml", "--lists-only"))
    assert alone == requests
    full = sent(call_cli("-v", "drift", "web.yaml", "api.yaml"))
    assert full["list_server_disks"] == full["get_server_state"] == 6
    assert full["list_servers"] == requests["list_servers"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_says_what_was_not_looked_at(
    format_name: str, applied: Path, call_cli: RunCli
) -> None:
    ended = call_cli("drift", "web.yaml", "--lists-only", "--format", format_name)
    assert (ended.code, ended.err) == (0, "")
    if format_name == "json":
        assert read(ended)["stacks"][0]["not_looked_at"] == UNLOOKED
    elif format_name == "prometheus":
        assert 'drift_fields_not_looked_at{stack="web"} 3' in ended.out
    elif format_name == "junit":
        suite = ElementTree.fromstring(ended.out)
        (skipped,) = suite.iter("skipped")
        assert "disks, boot_order, power" in skipped.attrib["message"]
        assert (suite.attrib["tests"], suite.attrib["skipped"]) == ("4", "1")
    else:
        assert "disks, boot_order, power" in ended.out
        assert "No drift in the lists" in ended.out


@pytest.mark.parametrize("format_name", FORMATS)
def test_in_full_no_format_says_so(format_name: str, applied: Path, call_cli: RunCli) -> None:
    ended = call_cli("drift", "web.yaml", "--format", format_name)
    assert ended.code == 0
    assert "not looked at" not in ended.out
    assert "in the lists" not in ended.out
    if format_name == "json":
        assert read(ended)["stacks"][0]["not_looked_at"] == []


def change(call_cli: RunCli, folder: Path, before: str, after: str) -> None:
    """Somebody else changes `web-2`."""
    hurry = write_stack(folder, STACK.replace(before, after), "hurry.yaml")
    ended = call_cli("apply", hurry, "--auto-approve", "--target", "web-2")
    assert ended.code == 0, ended.err


def test_what_the_lists_tell_is_drift_without_its_tasks(applied: Path, call_cli: RunCli) -> None:
    change(call_cli, applied, "memory: 4", "memory: 8")
    ended = call_cli("drift", "web.yaml", "--lists-only", "--format", "json")
    assert ended.code == 2
    (server,) = read(ended)["stacks"][0]["drifted"]
    assert [one["field"] for one in server["changes"]] == ["memory"]
    assert server["last_tasks"] is None


def test_what_was_not_looked_at_is_never_resolved(applied: Path, call_cli: RunCli) -> None:
    change(call_cli, applied, "disks: [50]", "disks: [60]")
    assert call_cli("drift", "web.yaml", "--save", "last.json").code == 2
    often = ("drift", "web.yaml", "--since", "last.json", "--lists-only")
    ended = call_cli(*often)
    assert ended.code == 0
    assert "0 known, 0 resolved, 1 not looked at." in ended.out
    since = read(call_cli(*often, "--format", "json"))["since"]
    assert (since["not_looked_at"], since["resolved"]) == (1, [])
    again = call_cli("drift", "web.yaml", "--since", "last.json")
    assert "1 known, 0 resolved." in again.out


def test_a_report_by_the_lists_can_be_compared_with_later(applied: Path, call_cli: RunCli) -> None:
    change(call_cli, applied, "disks: [50]", "disks: [60]")
    assert call_cli("drift", "web.yaml", "--lists-only", "--save", "last.json").code == 0
    ended = call_cli("drift", "web.yaml", "--since", "last.json")
    assert ended.code == 2
    assert "disks" in ended.out
