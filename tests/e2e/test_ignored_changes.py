"""Parts of fields that a file leaves alone, and changes that it leaves alone for a time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ccloud_apply.schemas import read_schema
from tests.conftest import RunCli
from tests.support.stacks import write_stack

IGNORING = """\
stack: web
servers:
  box:
    pool: pool_iw_ssd
    type: unmanaged
    image: debian12_uefi
    cores: 1
    memory: 2
    disks: [50, 20]
    tags: [web]
    addons: {backup: 1}
    lifecycle:
      ignore_changes:
        - addons.backup
        - disks.2
        - "tags.ops:*"
        - {field: memory, until: LAST_DAY, reason: load test}
"""


TODAY = datetime.now(UTC).date()
"""As all tests here see it, however late it becomes."""


def days_from_now(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.fixture
def changed(call_cli: RunCli, tmp_path: Path) -> RunCli:
    """A server of which somebody has changed all that the file leaves alone."""
    text = IGNORING.replace("LAST_DAY", days_from_now(30))
    assert call_cli("apply", write_stack(tmp_path, text), "--auto-approve").code == 0
    more = ("--force", "-p", "hostname=vs10004")
    tags = call_cli("api", "list_server_tags", *more[1:], "--format", "json").out
    names = [tag if isinstance(tag, str) else tag["name"] for tag in json.loads(tags)]
    (tmp_path / "tags.json").write_text(json.dumps({"tags": [*names, "ops:seen"]}))
    for request in (
        ("resize_server_memory", "-f", "memory=4", "--wait"),
        ("add_server_disk", "-f", f"size={30 * 1024**3}", "--wait"),
        ("delete_server_disk", "-p", "id=sc0s1", "--wait"),
        ("set_server_addon", "-p", "addon=backup", "-f", "count=3"),
        ("set_server_tags", "--input", "tags.json"),
    ):
        ended = call_cli("api", *request, *more)
        assert ended.code == 0, ended.err
    return call_cli


def test_nothing_is_planned_for_what_is_ignored_and_every_document_says_so(
    changed: RunCli, tmp_path: Path
) -> None:
    ended = changed("plan", "web.yaml", "--detailed-exitcode")
    assert (ended.code, ended.err) == (0, "")
    told = f"memory of box: ignored until {days_from_now(30)} (load test)"
    assert told in ended.out
    for format_name in ("markdown", "html"):
        assert told in changed("plan", "web.yaml", "--format", format_name).out
        assert told in changed("drift", "web.yaml", "--format", format_name).out
    assert told in changed("drift", "web.yaml").out
    expected = [
        {"key": "box", "field": "memory", "until": days_from_now(30), "reason": "load test"}
    ]
    for command in ("plan", "drift"):
        document = json.loads(changed(command, "web.yaml", "--format", "json").out)
        Draft202012Validator(read_schema(f"{command}.schema.json")).validate(document)
        assert document["stacks"][0]["ignored"] == expected
    explained = json.loads(changed("explain", "box", "web.yaml", "--format", "json").out)
    Draft202012Validator(read_schema("explain.schema.json")).validate(explained)
    assert [one["field"] for one in explained["ignored"]] == [
        "addons.backup",
        "disks.2",
        "tags.ops:*",
        "memory",
    ]


def test_after_the_last_day_it_is_drift_and_apply_changes_that_alone(
    changed: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, IGNORING.replace("LAST_DAY", days_from_now(-1)))
    drift = changed("drift", "web.yaml", "--format", "json")
    assert drift.code == 2
    (stack,) = json.loads(drift.out)["stacks"]
    (server,) = stack["drifted"]
    assert [change["field"] for change in server["changes"]] == ["memory"]
    assert [warning["code"] for warning in stack["warnings"]] == ["ignore-ends"]
    assert changed("apply", "web.yaml", "--auto-approve").code == 0
    assert changed("plan", "web.yaml", "--detailed-exitcode").code == 0
    live = json.loads(changed("explain", "box", "web.yaml", "--format", "json").out)
    shown = {field["field"]: field["live"] for field in live["fields"]}
    assert shown["disks"] == [50, 30]
    assert shown["addons"] == {"backup": 3}
    assert sorted(shown["tags"]) == ["ops:seen", "web"]


def test_a_saved_plan_is_applied_as_of_the_day_on_which_it_was_made(
    changed: RunCli, tmp_path: Path
) -> None:
    text = IGNORING.replace("LAST_DAY", days_from_now(-1))
    write_stack(tmp_path, text)
    assert changed("plan", "web.yaml", "--out", "it.plan").code == 0
    assert changed("apply", "it.plan", "--auto-approve").code == 0
    assert changed("plan", "web.yaml", "--detailed-exitcode").code == 0
