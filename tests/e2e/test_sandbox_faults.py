"""Faults by file: over HTTP, where connections really end, and in the command's own process."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ccloud_apply.sandbox.app import create_app
from ccloud_apply.sandbox.clock import ManualClock
from ccloud_apply.sandbox.faults import FaultPlan
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.workflows.account.sandbox_transport import SandboxTransport
from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.support.desk import HEADERS, ORDER
from tests.support.fleet import read_until
from tests.support.stacks import write_stack

Serve = Callable[..., str]

RULES = """\
rules:
  - {operation: create_server, when: {nth: 1}, fault: {drop: before}}
  - {operation: create_server, when: {nth: 2}, fault: {drop: after}}
  - {operation: create_server, when: {nth: 3}, fault: {body: truncated}}
  - {operation: create_server, when: {nth: 4}, fault: {late: 0, answer: drop}}
  - {operation: create_server, when: {nth: 5}, fault: {drop: connect}}
  - {operation: list_pools, fault: {body: huge}}
  - {operation: list_os, fault: {delay: 600}}
"""


def write_faults(folder: Path, text: str = RULES) -> str:
    path = folder / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def open_client(endpoint: str) -> httpx.Client:
    return httpx.Client(base_url=endpoint, headers=HEADERS, trust_env=False, timeout=PATIENCE_S)


def test_connections_really_end_before_and_after_the_platform_acted(
    serve: Serve, tmp_path: Path
) -> None:
    endpoint = serve("--faults", write_faults(tmp_path))
    with open_client(endpoint) as http:

        def count() -> int:
            return len(http.get("/ccloud/servers").json()["data"])

        for expected, words in (
            (3, "without sending a response"),
            (4, "without sending a response"),
            (5, "without sending complete message body"),
            (6, "without sending a response"),
            (6, "without sending a response"),
        ):
            with pytest.raises(httpx.RemoteProtocolError, match=words):
                http.post("/ccloud/servers", json=ORDER)
            assert count() == expected
        assert len(http.get("/ccloud/pools").content) > 65 * 1024 * 1024
        assert http.post("/ccloud/servers", json=ORDER).is_success


def test_a_connection_that_is_kept_open_ends_too(serve: Serve, tmp_path: Path) -> None:
    endpoint = serve("--faults", write_faults(tmp_path))
    with open_client(endpoint) as http:
        for _ in range(3):
            assert http.get("/ccloud/tags").is_success
        with pytest.raises(httpx.RemoteProtocolError):
            http.post("/ccloud/servers", json=ORDER)
        assert http.get("/ccloud/tags").is_success


def test_an_answer_that_is_late_does_not_keep_the_server_from_stopping(
    start_cli: StartCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    faults = ("--faults", write_faults(tmp_path))
    process = start_cli("sandbox", "serve", "--port", "0", *faults, env=clean_env)
    assert process.stderr is not None
    endpoint = urlsplit(process.stderr.readline().split()[-1])
    assert endpoint.hostname
    lines = [f"GET {endpoint.path}/ccloud/os HTTP/1.1", f"Host: {endpoint.netloc}"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    with socket.create_connection((endpoint.hostname, endpoint.port)) as connection:
        connection.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        told = read_until(process.stderr, "request 1")
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 128 + 15
    assert told == "request 1, list_os: delay 600 (rule 7)\n"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"drop": "connect"}, httpx.ConnectError),
        ({"drop": "before"}, httpx.ReadError),
        ({"drop": "after"}, httpx.ReadError),
        ({"body": "truncated"}, httpx.RemoteProtocolError),
    ],
)
def test_in_process_a_dropped_connection_is_what_httpx_would_raise(
    fault: dict[str, Any], error: type[Exception]
) -> None:
    plan = FaultPlan.from_data({"rules": [{"operation": "*", "fault": fault}]})
    app = create_app(SandboxOptions(faults=plan, clock=ManualClock()))

    async def talk() -> None:
        transport = SandboxTransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x/api/v1") as http:
            with pytest.raises(error) as caught:
                await http.get("/ccloud/pools", headers=HEADERS)
            assert type(caught.value) is error
            plan.disable()
            assert (await http.get("/ccloud/pools", headers=HEADERS)).is_success

    asyncio.run(talk())


def test_the_command_meets_faults_in_its_own_process_and_tells_them(
    call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    text = 'rules: [{operation: "list_*", when: {nth: 1}, fault: {drop: before}}]'
    env = {**sandbox_env, "CCLOUD_SANDBOX_FAULTS": write_faults(tmp_path, text)}
    ended = call_cli("-v", "plan", write_stack(tmp_path), env=env)
    assert ended.code == 0, ended.err
    assert "fault at request 1, list_" in ended.err
    assert "drop before" in ended.err


@pytest.mark.parametrize("by_flag", [True, False])
def test_a_file_that_makes_no_sense_stops_the_command_with_its_line(
    by_flag: bool, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    path = write_faults(tmp_path, "rules:\n  - {operation: '*', fault: {dorp: before}}\n")
    env = sandbox_env if by_flag else {**sandbox_env, "CCLOUD_SANDBOX_FAULTS": path}
    arguments = ("sandbox", "serve", "--faults", path) if by_flag else ("tasks",)
    ended = call_cli(*arguments, env=env)
    assert ended.code == 1
    assert f"{path}:2:29: rules[0].fault: there is no key 'dorp'; did you mean drop?" in ended.err


def test_a_file_that_is_not_there_is_an_error(call_cli: RunCli) -> None:
    ended = call_cli("sandbox", "serve", "--faults", "nowhere.yaml")
    assert ended.code == 1
    assert "the faults in nowhere.yaml cannot be read: No such file" in ended.err
