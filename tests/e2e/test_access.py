"""Passwords and console addresses by whole commands: a terminal or a private file, nothing else."""

import json
import os
import pty
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.support.servers import read_server
from tests.support.stacks import APPLY, BOX, once, with_faults, write_stack


def read_secret(env: dict[str, str], hostname: str = "vs10001") -> str:
    return read_server(env, hostname)["password"]


@pytest.fixture
def account(call_cli: RunCli, sandbox_env: dict[str, str]) -> dict[str, str]:
    assert call_cli("catalog", "pools").code == 0
    return sandbox_env


@pytest.mark.parametrize("command", ["password", "console"])
def test_a_pipe_gets_nothing_and_no_request_is_made(
    command: str, call_cli: RunCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    ended = call_cli(command, "vs10001", "-v")
    assert ended.code == 1
    assert not ended.out
    assert "--out FILE" in ended.err
    assert "request" not in ended.err  # -v tells those that were sent


def test_a_file_gets_the_password_alone_and_is_private(
    call_cli: RunCli, account: dict[str, str], tmp_path: Path
) -> None:
    ended = call_cli("password", "vs10001", "--out", "pw", "-v")
    assert ended.code == 0, ended.err
    file = tmp_path / "pw"
    secret = read_secret(account)
    assert file.read_text() == f"{secret}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "once" in ended.err or "one time only" in ended.err
    assert "User: root" in ended.err
    assert secret not in ended.err + ended.out

    again = call_cli("password", "vs10001", "--out", "pw")
    assert again.code == 1
    assert "not read" in again.err


def on_terminal(start_cli: StartCli, env: dict[str, str], *command: str) -> str:
    """What a terminal shows on standard output."""
    ours, theirs = pty.openpty()
    process = start_cli(*command, env=env, stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    assert process.wait(timeout=PATIENCE_S) == 0
    text = os.read(ours, 4096).decode()
    os.close(ours)
    return text.strip()


def test_a_terminal_shows_them(
    start_cli: StartCli, account: dict[str, str], tmp_path: Path
) -> None:
    assert on_terminal(start_cli, account, "password", "vs10001") == read_secret(account)
    address = on_terminal(start_cli, account, "console", "vs10001")
    assert address.startswith("https://console.sandbox.example/vs10001?key=")


def test_a_key_means_the_server_of_its_stack(
    call_cli: RunCli, account: dict[str, str], tmp_path: Path
) -> None:
    write_stack(tmp_path, BOX)
    assert call_cli(*APPLY).code == 0
    ended = call_cli("password", "box", "web.yaml", "--out", "pw")
    assert ended.code == 0, ended.err
    assert "box (vs10004) of stack box" in ended.err
    assert (tmp_path / "pw").read_text().strip() == read_secret(account, "vs10004")
    without = call_cli("password", "box", "--out", "other")
    assert without.code == 1
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("shown", ["once", "never"])
def test_a_password_that_is_not_told_any_more_is_an_error_and_leaves_no_file(
    shown: str,
    call_cli: RunCli,
    clean_env: dict[str, str],
    serve: Callable[..., str],
    tmp_path: Path,
) -> None:
    env = {
        **clean_env,
        "CCLOUD_ENDPOINT": serve("--reading", f"password_shown={shown}"),
        "CCLOUD_TOKEN": "sandbox-e2e",
    }
    first = call_cli("password", "vs10001", "--out", "first", env=env)
    assert first.code == (0 if shown == "once" else 1)
    ended = call_cli("password", "vs10001", "--out", "second", env=env)
    assert ended.code == 1
    assert "gives no password of vs10001" in ended.err
    assert not (tmp_path / "second").exists()


def test_an_answer_of_another_shape_is_not_lost(
    call_cli: RunCli, account: dict[str, str], tmp_path: Path
) -> None:
    fault = once("get_server_password", {"body": "not-an-object"})
    env = with_faults(account, tmp_path, fault)
    ended = call_cli("password", "vs10001", "--out", "pw", env=env)
    assert ended.code == 0, ended.err
    assert "not as the API document says" in ended.err
    assert json.loads((tmp_path / "pw").read_text())


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_leaves_no_file(
    status: int, call_cli: RunCli, account: dict[str, str], tmp_path: Path
) -> None:
    rule = {"operation": "get_server_console", "fault": {"status": status}}
    env = with_faults(account, tmp_path, rule)
    ended = call_cli("console", "vs10001", "--out", "address", env=env)
    assert ended.code == 1
    assert not (tmp_path / "address").exists()
