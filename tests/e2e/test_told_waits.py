"""A wait that is noticeable has a line on standard error, and an event in JSON."""

import json
from pathlib import Path

import pytest

from tests.conftest import RunCli
from tests.support.stacks import once, with_faults, write_stack

LINE = "list servers (GET /ccloud/servers): 429 Too Many Requests; trying again in 1 s"


@pytest.fixture
def env(
    sandbox_env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """An API that asks for a pause of a second, which counts as a long one."""
    monkeypatch.setattr("ccloud_apply.api.http.waits.TOLD_FROM_S", 0.5)
    write_stack(tmp_path)
    return with_faults(
        sandbox_env, tmp_path, once("list_servers", {"status": 429, "retry_after": 1})
    )


def test_plan_says_so_on_standard_error_whatever_it_prints(
    env: dict[str, str], call_cli: RunCli
) -> None:
    ended = call_cli("plan", "web.yaml", "--format", "json", env=env)
    assert ended.code == 0
    assert f"warning: {LINE}" in ended.err
    assert json.loads(ended.out)["stacks"][0]["stack"] == "web"


def test_apply_tells_it_as_a_warning_and_as_an_event(env: dict[str, str], call_cli: RunCli) -> None:
    apply = ("apply", "web.yaml", "--auto-approve")
    text = call_cli(*apply, env=env)
    assert text.code == 0
    assert f"warning: {LINE}" in text.err + text.out
    told = call_cli(*apply, "--format", "json", env=env)
    events = [json.loads(line) for line in told.out.splitlines()]
    assert [e["message"] for e in events if e["type"] == "warning"] == [LINE]
