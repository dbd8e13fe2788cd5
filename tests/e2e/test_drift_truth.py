"""`drift` never calls in sync what it does not know, and loses no server of the account."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply import __version__
from ccloud_apply.schemas import read_schema
from tests.conftest import RunCli
from tests.support.stacks import WEB, with_faults, write_stack

POWERED = WEB.replace("count: 3", "count: 3\n    power: running")
FORMATS = ("text", "json", "markdown", "html", "junit", "prometheus")
NAMING = tuple(name for name in FORMATS if name != "prometheus")

PAUSED = {"operation": "get_server_state", "fault": {"tells": {"state": "Paused"}}}
UNTOLD: dict[str, Any] = {"operation": "list_servers", "fault": {"lacks": ["data.memory"]}}
MEGABYTES = {"operation": "list_servers", "fault": {"tells": {"data.memory": 4096}}}
ODD_SYSTEM = {"operation": "list_servers", "fault": {"tells": {"data.os_name": "Linux Debian 99"}}}


def on(server: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule for one server alone."""
    return {**rule, "fault": {**rule["fault"], "server": server}}


@pytest.fixture
def applied(call_cli: RunCli, tmp_path: Path) -> Path:
    """Three servers, vs10004 to vs10006, that are as declared."""
    assert call_cli("apply", write_stack(tmp_path, POWERED), "--auto-approve").code == 0
    return tmp_path


@pytest.mark.parametrize("state", ["Paused", "Saved", "Critical", "Reset", "Dreaming"])
def test_a_server_in_an_odd_state_is_not_compared(
    state: str, applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    rule = on("vs10005", {"operation": "get_server_state", "fault": {"tells": {"state": state}}})
    env = with_faults(sandbox_env, applied, rule)
    ended = call_cli("drift", "web.yaml", "--format", "json", env=env)
    assert ended.code == 2
    document = json.loads(ended.out)
    Draft202012Validator(read_schema("drift.schema.json")).validate(document)
    (stack,) = document["stacks"]
    (server,) = stack["not_compared"]
    assert (server["key"], server["hostname"]) == ("web-2", "vs10005")
    assert state in server["why"]
    assert (stack["in_sync"], stack["drifted"], stack["missing"]) == (2, [], [])


@pytest.mark.parametrize("rule", [PAUSED, UNTOLD, MEGABYTES], ids=["state", "memory", "megabytes"])
@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_tells_what_is_not_compared_and_exits_with_2(
    format_name: str,
    rule: Mapping[str, Any],
    applied: Path,
    call_cli: RunCli,
    sandbox_env: dict[str, str],
) -> None:
    env = with_faults(sandbox_env, applied, on("vs10005", rule))
    ended = call_cli("drift", "web.yaml", "--format", format_name, env=env)
    assert ended.code == 2
    assert "No drift" not in ended.out
    plan = json.loads(call_cli("plan", "web.yaml", "--format", "json", env=env).out)
    (why,) = [server["why"] for server in plan["stacks"][0]["servers"] if "why" in server]
    if format_name == "prometheus":
        assert 'ccloud_apply_drift_servers{stack="web",state="not_compared"} 1' in ended.out
        assert 'ccloud_apply_drift_servers{stack="web",state="in_sync"} 2' in ended.out
    else:
        assert why in ended.out
        assert "web-2" in ended.out
    if format_name == "junit":
        root = ElementTree.fromstring(ended.out)
        results = {case.attrib["name"]: len(case) for case in root.iter("testcase")}
        assert results == {"web-1": 0, "web-2": 1, "web-3": 0}
        assert (root.attrib["errors"], root.attrib["failures"]) == ("1", "0")


def test_a_server_that_is_being_built_is_not_compared(
    applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    building = {"operation": "list_servers", "fault": {"tells": {"build_in_progress": True}}}
    env = with_faults(sandbox_env, applied, on("vs10005", building))
    ended = call_cli("drift", "web.yaml", env=env)
    assert ended.code == 2
    assert "2 in sync, 1 not compared" in ended.out


def test_the_rest_of_the_stack_is_compared_all_the_same(
    applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    changed = write_stack(applied, POWERED.replace("memory: 4", "memory: 8"))
    env = with_faults(sandbox_env, applied, on("vs10005", PAUSED))
    (stack,) = json.loads(call_cli("drift", changed, "--format", "json", env=env).out)["stacks"]
    assert [server["key"] for server in stack["drifted"]] == ["web-1", "web-3"]
    assert [server["key"] for server in stack["not_compared"]] == ["web-2"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_unknown_create_only_field_is_a_warning_and_no_drift(
    format_name: str, applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    env = with_faults(sandbox_env, applied, on("vs10005", ODD_SYSTEM))
    ended = call_cli("drift", "web.yaml", "--format", format_name, env=env)
    assert ended.code == 0
    if format_name == "prometheus":
        assert 'ccloud_apply_drift_unknown_fields{stack="web"} 1' in ended.out
    elif format_name == "json":
        (stack,) = json.loads(ended.out)["stacks"]
        (found,) = stack["unknown"]
        assert (found["key"], found["hostname"]) == ("web-2", "vs10005")
        assert (found["unknown"], found["ipv4"]) == (["image"], ["198.18.0.14"])
        assert [warning["where"] for warning in stack["warnings"]] == ["servers.web-2.image"]
        assert stack["in_sync"] == 3
    else:
        assert "web-2" in ended.out
        assert "Linux Debian 99" in ended.out
        assert "without image" in ended.out.replace("`", "")


def test_what_is_not_compared_is_known_the_next_night_and_told_when_it_is_compared_again(
    applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    night = ("drift", "web.yaml", "--since", "last.json", "--save", "last.json")
    env = with_faults(sandbox_env, applied, on("vs10005", PAUSED))
    assert call_cli(*night).code == 0
    assert call_cli(*night, env=env).code == 2
    again = call_cli(*night, env=env)
    assert (again.code, "1 known, 0 resolved" in again.out) == (0, True)
    ended = call_cli(*night)
    assert ended.code == 0
    assert "web: web-2 is compared again" in ended.out


def test_drift_of_a_server_that_is_not_compared_any_more_is_not_resolved(
    applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    hurry = write_stack(applied, POWERED.replace("memory: 4", "memory: 8"), "hurry.yaml")
    assert call_cli("apply", hurry, "--auto-approve", "--target", "web-2").code == 0
    assert call_cli("drift", "web.yaml", "--save", "last.json").code == 2
    env = with_faults(sandbox_env, applied, on("vs10005", PAUSED))
    ended = call_cli("drift", "web.yaml", "--since", "last.json", env=env)
    assert ended.code == 2
    assert "0 known, 0 resolved" in ended.out


def test_what_is_not_asked_for_is_not_resolved(applied: Path, call_cli: RunCli) -> None:
    hurry = write_stack(applied, POWERED.replace("memory: 4", "memory: 8"), "hurry.yaml")
    assert call_cli("apply", hurry, "--auto-approve", "--target", "web-2").code == 0
    assert call_cli("drift", "web.yaml", "--save", "last.json").code == 2
    ended = call_cli("drift", "web.yaml", "--since", "last.json", "--target", "web-1")
    assert (ended.code, "0 known, 0 resolved" in ended.out) == (0, True)


def test_a_saved_report_of_an_earlier_version_is_read(applied: Path, call_cli: RunCli) -> None:
    old = {
        "format_version": "1.0",
        "read_at": "2027-03-01T10:30:00+00:00",
        "stacks": [
            {
                "stack": "web",
                "path": "web.yaml",
                "drifted": [],
                "extra": [],
                "in_sync": 1,
                "missing": ["web-1"],
                "not_compared": ["web-2"],
                "warnings": [],
            }
        ],
        "unmanaged": [],
    }
    (applied / "last.json").write_text(json.dumps(old))
    ended = call_cli("drift", "web.yaml", "--since", "last.json")
    assert ended.code == 0
    assert "web-1 is no longer missing" in ended.out
    assert "web-2 is compared again" in ended.out


def test_a_pipeline_hears_of_what_is_not_compared(
    applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    env = with_faults(sandbox_env, applied, on("vs10005", PAUSED))
    step = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(applied / "output")}
    assert call_cli("drift", "web.yaml", env={**env, **step}).code == 2
    text = (applied / "output").read_text(encoding="utf-8")
    assert re.search(r"drift<<(\S+)\ntrue\n\1\n", text)


@pytest.mark.parametrize("format_name", FORMATS)
def test_servers_of_a_stack_whose_file_is_gone_are_told(
    format_name: str, applied: Path, call_cli: RunCli
) -> None:
    (applied / "web.yaml").unlink()
    other = write_stack(applied, "stack: other\nservers: {}\n", "other.yaml")
    ended = call_cli("drift", other, "--format", format_name, "--unmanaged")
    assert (ended.code, ended.err) == (0, "")
    assert "is without a stack" not in ended.out
    if format_name == "json":
        document = json.loads(ended.out)
        assert document["other_stacks"] == [{"stack": "web", "servers": 3}]
        assert [server["hostname"] for server in document["unmanaged"]] == [
            *("vs10001", "vs10002", "vs10003"),
        ]
    elif format_name == "prometheus":
        assert 'ccloud_apply_other_stack_servers{stack="web"} 3' in ended.out
    else:
        _, head, rest = ended.out.partition("ervers of other stacks")
        assert head
        assert re.search(r"\bweb\b", rest)
        assert "3" in rest


def test_no_server_is_without_a_stack_only_where_all_of_them_are_with_these(
    applied: Path, call_cli: RunCli
) -> None:
    told = "Every server in the account belongs to a stack."
    rest = "stack: rest\nservers:\n" + "".join(
        f"  k{i}: {{hostname: vs1000{i}}}\n" for i in (1, 2, 3)
    )
    write_stack(applied, rest, "rest.yaml")
    assert call_cli("apply", "rest.yaml", "--auto-approve").code == 0
    assert told in call_cli("drift", "web.yaml", "rest.yaml", "--unmanaged").out
    alone = call_cli("drift", "web.yaml", "--unmanaged").out
    assert told not in alone
    assert "rest: 3 servers" in alone


@pytest.mark.parametrize("format_name", NAMING)
def test_the_account_is_named_with_time_and_version(
    format_name: str, applied: Path, call_cli: RunCli, sandbox_env: dict[str, str]
) -> None:
    out = call_cli("drift", "web.yaml", "--format", format_name).out
    account = json.loads(call_cli("drift", "web.yaml", "--format", "json").out)["account"]
    assert account.keys() == {"endpoint", "customer_id"}
    assert account["endpoint"].startswith("sandbox ")
    assert account["customer_id"]
    if format_name == "json":
        return
    if format_name == "html":
        facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", out))
        assert facts["Account"] == account["endpoint"]
        assert facts["Customer"] == account["customer_id"]
        assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", facts["Read"])
        assert facts["Made by"] == f"ccloud-apply {__version__}"
        return
    head = "\n".join(out.splitlines()[:5])
    assert re.search(
        rf"Account {re.escape(account['endpoint'])} \(customer {account['customer_id']}\),"
        rf" read 20\d\d-\d\d-\d\d \d\d:\d\d UTC, ccloud-apply {re.escape(__version__)}",
        head,
    )


@pytest.mark.parametrize("format_name", ["text", "markdown", "html", "junit"])
def test_a_tag_more_in_the_file_reads_as_a_tag_more(
    format_name: str, applied: Path, call_cli: RunCli
) -> None:
    more = write_stack(applied, POWERED.replace("[production]", "[production, three]"))
    ended = call_cli("drift", more, "--format", format_name)
    assert ended.code == 2
    assert "+three" in ended.out
    assert "(none)" not in ended.out
    less = write_stack(applied, POWERED.replace("[production]", "[three]"))
    out = call_cli("drift", less, "--format", format_name).out
    assert "+three" in out
    assert "-production" in out
