"""The account itself in a stack, by whole commands."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCli
from tests.support.stacks import APPLY, IS_EMPTY, once, with_faults, write_stack

ORG = """\
stack: org
variables: {name: Main}
account:
  addons: {report: 1}
  subscriptions:
    S328100-001: {display_name: "${var.name}"}
"""


@pytest.mark.parametrize("is_http", [False, True])
def test_the_account_becomes_as_declared_and_stays_so(
    is_http: bool, call_cli: RunCli, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    env = request.getfixturevalue("http_env") if is_http else None
    write_stack(tmp_path, ORG)
    drifted = call_cli("drift", "web.yaml", "--format", "json", env=env)
    assert drifted.code == 2
    (found,) = json.loads(drifted.out)["stacks"][0]["drifted"]
    assert found["key"] == "@account"
    applied = call_cli(*APPLY, "--format", "json", env=env)
    assert applied.code == 0, applied.err
    events = [json.loads(line) for line in applied.out.splitlines()]
    assert [e["server"] for e in events if e["type"] == "step_complete"] == ["@account"] * 2
    assert call_cli(*IS_EMPTY, env=env).code == 0
    assert call_cli("drift", "web.yaml", env=env).code == 0
    assert call_cli("destroy", "web.yaml", "--auto-approve", env=env).code == 0
    assert call_cli(*IS_EMPTY, env=env).code == 0

    write_stack(tmp_path, ORG.replace("report: 1", "report: 0"))
    assert call_cli(*APPLY, env=env).code == 0
    assert call_cli(*IS_EMPTY, env=env).code == 0


def test_a_saved_plan_is_stale_once_the_account_has_changed(
    call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, ORG)
    assert call_cli("plan", "web.yaml", "--out", "saved.json").code == 0
    assert call_cli(*APPLY).code == 0
    stale = call_cli("apply", "saved.json", "--auto-approve")
    assert stale.code == 1
    assert "@account" in stale.err

    write_stack(tmp_path, ORG.replace("Main", "Other"))
    assert call_cli("plan", "web.yaml", "--out", "again.json").code == 0
    assert call_cli("apply", "again.json", "--auto-approve").code == 0
    assert call_cli(*IS_EMPTY).code == 0


@pytest.mark.parametrize("format_name", ["text", "markdown", "html", "json", "terraform-json"])
def test_every_format_shows_it(format_name: str, call_cli: RunCli, tmp_path: Path) -> None:
    write_stack(tmp_path, ORG)
    planned = call_cli("plan", "web.yaml", "--format", format_name)
    assert planned.code == 0
    assert "S328100-001" in planned.out


@pytest.mark.parametrize(
    "fault",
    [{"drop": "after"}, {"drop": "before"}, {"late": 1}, {"status": 500, "acts": True}],
    ids=json.dumps,
)
@pytest.mark.parametrize("operation", ["set_customer_addon", "set_subscription_display_name"])
def test_a_lost_answer_is_looked_for_or_made_good_by_the_next_run(
    operation: str,
    fault: dict[str, Any],
    call_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    write_stack(tmp_path, ORG)
    env = {**sandbox_env, "CCLOUD_GRACE": "2"}
    first = call_cli(*APPLY, env=with_faults(env, tmp_path, once(operation, fault)))
    assert "Traceback" not in first.err
    assert call_cli(*APPLY, env=env).code == 0
    assert call_cli(*IS_EMPTY, env=env).code == 0


@pytest.mark.parametrize(
    ("account", "place", "words"),
    [
        ("{addons: {report: -1}}", "2:28", "at least 0"),
        ("{addons: [report]}", "2:19", "mapping"),
        ("{subscriptions: {S: {}}}", "2:30", "display_name"),
        ("{subscriptions: {S: {display_name: ''}}}", "2:45", "must be a name"),
        ("{subscription: {}}", "2:11", "subscriptions"),
        ("{subscriptions: {S: {display_name: '${var.no}'}}}", "2:45", "no"),
    ],
)
def test_what_cannot_be_meant_is_an_error_with_its_place(
    account: str, place: str, words: str, call_cli: RunCli, tmp_path: Path
) -> None:
    write_stack(tmp_path, f"stack: org\naccount: {account}\n")
    ended = call_cli("validate", "web.yaml")
    assert ended.code == 1
    assert f"web.yaml:{place}:" in ended.err
    assert words in ended.err
