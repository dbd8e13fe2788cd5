"""`sandbox serve`, `seed` and `reset`; catalogues and tasks read from it."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.support.fleet import read_until, run_to_end
from tests.support.servers import STILL, end_tasks
from tests.support.stacks import write_stack

KINDS = (
    "pools",
    "images",
    "addons",
    "rollouts",
    "subnets",
    "gpus",
    "licenses",
    "prices",
    "limits",
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_catalogue_as_text_and_json(kind: str, call_cli: RunCli) -> None:
    text = call_cli("catalog", kind)
    assert text.code == 0, text.err
    document = json.loads(call_cli("catalog", kind, "--format", "json").out)
    assert document["format_version"] == "1.0"
    assert len(text.out.splitlines()) == len(document[kind]) + 1


def test_reset_forgets_servers_and_seed_brings_examples(call_cli: RunCli, tmp_path: Path) -> None:
    stack = write_stack(tmp_path)
    call_cli("apply", stack, "--auto-approve")
    assert call_cli("plan", stack, "--detailed-exitcode").code == 0
    assert call_cli("sandbox", "reset").code == 0
    assert call_cli("plan", stack, "--detailed-exitcode").code == 2
    assert call_cli("sandbox", "reset").code == 0
    assert call_cli("sandbox", "seed", "empty").code == 0
    limits = json.loads(call_cli("catalog", "limits", "--format", "json").out)["limits"]
    assert {row["used"] for row in limits} <= {0, None}


def test_a_port_that_is_taken_is_an_error(run_cli: RunCli, serve: Callable[..., str]) -> None:
    port = serve().split(":")[2].split("/")[0]
    ended = run_cli("sandbox", "serve", "--port", port)
    assert ended.code == 1
    assert f"127.0.0.1:{port} is not available" in ended.err


def test_the_served_sandbox_takes_any_client_and_shows_tasks(
    call_cli: RunCli, http_env: dict[str, str], tmp_path: Path
) -> None:
    ended = call_cli("apply", write_stack(tmp_path), "--auto-approve", env=http_env)
    assert ended.code == 0, ended.err
    tasks = json.loads(call_cli("tasks", "--format", "json", env=http_env).out)["tasks"]
    assert {task["action"] for task in tasks} == {"create-server"}
    number = str(tasks[0]["id"])
    waited = call_cli("tasks", number, env=http_env)
    assert waited.code == 0
    assert number in waited.out


def test_a_running_task_is_waited_for(
    call_cli: RunCli, start_cli: StartCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    slow = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": str(STILL)}
    stack = write_stack(tmp_path)
    ended = call_cli("apply", stack, "--auto-approve", "--timeout", "0.2", env=slow)
    assert ended.code == 1
    assert "still running after 0.2 s" in ended.err
    number = str(json.loads(call_cli("tasks", "--format", "json").out)["tasks"][0]["id"])
    process = start_cli("tasks", number, "--format", "json", env=slow)
    read_until(process.stderr, "is running")
    end_tasks(sandbox_env["CCLOUD_SANDBOX_DB"])
    waited = run_to_end(process)
    assert waited.code == 0, waited.err
    assert json.loads(waited.out)["tasks"][0]["status"] == "done"
    late = call_cli("tasks", number, "--timeout", "0.01")
    assert late.code == 0, "it is over"


def test_schema_prints_the_stack_schema(call_cli: RunCli, clean_env: dict[str, str]) -> None:
    document = json.loads(call_cli("schema", env=clean_env).out)
    assert "servers" in document["properties"]


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (("--speed", "0"), "--speed 0: no task would ever end", "1 is the platform's own speed"),
        (("--reading", "paging=on"), "'paging' is not a reading of the sandbox", "there are "),
        (
            ("--reading", "pagination=pages"),
            "'pages' is not one of its values",
            "possible: meta, links, bare, cursor, token, ignored",
        ),
    ],
)
def test_a_sandbox_that_could_not_be_served_as_asked_is_an_error_with_the_way_out(
    arguments: tuple[str, ...], what: str, hint: str, call_cli: RunCli
) -> None:
    ended = call_cli("sandbox", "serve", "--port", "0", *arguments)
    assert ended.code == 1
    assert what in ended.err
    assert f"hint: {hint}" in ended.err


def test_a_task_that_is_waited_for_is_named_at_once(
    start_cli: StartCli, serve: Callable[..., str], clean_env: dict[str, str], tmp_path: Path
) -> None:
    env = {**clean_env, "CCLOUD_ENDPOINT": serve(speed=STILL), "CCLOUD_TOKEN": "sandbox-wait"}
    headers = {"Accept": "application/json", "Authorization": "Bearer sandbox-wait"}
    address = f"{env['CCLOUD_ENDPOINT']}/ccloud/servers/vs10001/cores"
    answer = httpx.put(
        address, json={"cores": 8}, headers=headers, trust_env=False, timeout=PATIENCE_S
    )
    process = start_cli("tasks", str(answer.json()["id"]), env=env)
    told = read_until(process.stderr, "is running")
    assert "(resize-server of vs10001) is running; waiting 1800 s at most" in told
    end_tasks(tmp_path / "served.db")
    assert run_to_end(process).code == 0


def test_a_limit_of_the_served_platform_is_a_reading_like_the_others(
    serve: Callable[..., str],
) -> None:
    address = serve("--reading", "max_cores=100", "--reading", "parallel_creates=3")
    headers = {"Accept": "application/json", "Authorization": "Bearer sandbox-limits"}
    config = httpx.get(
        f"{address}/ccloud/config", headers=headers, trust_env=False, timeout=PATIENCE_S
    )
    assert config.json()["max_cores"] == 100
