"""Signals, closed pipes and secrets: what must hold whatever happens."""

import json
import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_S, RunCli, StartCli
from tests.support.fleet import read_to_end, read_until
from tests.support.servers import STILL, end_tasks
from tests.support.stacks import write_stack


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_an_apply_cleanly_and_the_next_one_finishes(
    number: signal.Signals,
    code: int,
    start_cli: StartCli,
    run_cli: RunCli,
    sandbox_env: dict[str, str],
    tmp_path: Path,
) -> None:
    stack = write_stack(tmp_path)
    slow = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": str(STILL)}
    command = ("apply", stack, "--auto-approve", "--format", "json")
    process = start_cli(*command, env=slow)
    read_until(process.stdout, "step_progress")
    process.send_signal(number)
    ended = read_to_end(process)
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    told = [json.loads(line) for line in ended.out.splitlines()]
    summary = next(event for event in told if event["type"] == "summary")
    assert summary["converged"] is False

    end_tasks(sandbox_env["CCLOUD_SANDBOX_DB"])
    finished = run_cli("apply", stack, "--auto-approve")
    assert finished.code == 0, finished.err
    document = json.loads(run_cli("plan", stack, "--format", "json").out)
    assert document["stacks"][0]["summary"]["unchanged"] == 3


def test_a_second_signal_ends_it_at_once(
    start_cli: StartCli, sandbox_env: dict[str, str], tmp_path: Path
) -> None:
    slow = {**sandbox_env, "CCLOUD_SANDBOX_SPEED": "0"}
    process = start_cli("apply", write_stack(tmp_path), "--auto-approve", env=slow)
    read_until(process.stderr, "web-3: create server")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE_S) == 130


@pytest.mark.parametrize("command", ["plan", "apply", "help", "usage"])
def test_a_reader_that_goes_away_stops_nothing(
    command: str, start_cli: StartCli, run_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    arguments = {
        "plan": ("plan", stack, "--format", "json"),
        "apply": ("apply", stack, "--auto-approve", "--format", "json"),
        "help": ("--help",),
        "usage": ("plan", "--nope", "--format", "json"),
    }[command]
    reading, writing = os.pipe()
    process = start_cli(*arguments, stdout=writing)
    os.close(writing)
    os.close(reading)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == (1 if command == "usage" else 0), err
    assert "Traceback" not in err
    assert "BrokenPipe" not in err
    if command == "apply":
        assert run_cli("plan", stack, "--detailed-exitcode").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", [("apply", "web.yaml", "--auto-approve"), ("--help",)])
def test_a_full_disk_stops_nothing_and_is_an_error_at_the_end(
    arguments: tuple[str, ...], start_cli: StartCli, run_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start_cli(*arguments, stdout=full)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "error: the output could not be written: " in err
    assert "Traceback" not in err
    if arguments[0] == "apply":
        assert run_cli("plan", stack, "--detailed-exitcode").code == 0


def wait_for_question(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    said = ""
    while "'yes'" not in said:
        character = process.stderr.read(1)
        assert character, said
        said += character


@pytest.mark.parametrize(
    ("text", "code", "left"), [(b"yes\n", 0, 0), (b"y\n", 1, 3), (b"\n", 1, 3), (b"\x04", 1, 3)]
)
def test_only_yes_applies(
    text: bytes, code: int, left: int, start_cli: StartCli, run_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    ours, theirs = pty.openpty()
    try:
        process = start_cli("apply", stack, stdin=theirs)
        wait_for_question(process)
        os.write(ours, text)
        process.communicate(timeout=PATIENCE_S)
        assert process.returncode == code
    finally:
        os.close(ours)
        os.close(theirs)
    document = json.loads(run_cli("plan", stack, "--format", "json").out)
    assert document["stacks"][0]["summary"]["create"] == left


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_question_changes_nothing(
    number: signal.Signals, code: int, start_cli: StartCli, run_cli: RunCli, tmp_path: Path
) -> None:
    stack = write_stack(tmp_path)
    ours, theirs = pty.openpty()
    try:
        process = start_cli("apply", stack, stdin=theirs)
        wait_for_question(process)
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE_S)
    finally:
        os.close(ours)
        os.close(theirs)
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert run_cli("plan", stack, "--detailed-exitcode").code == 2


def test_no_secret_is_in_any_output(
    run_cli: RunCli, sandbox_env: dict[str, str], http_env: dict[str, str], tmp_path: Path
) -> None:
    secret = "correct-horse-battery-9"
    text = (
        "stack: web\nservers:\n  web:\n    pool: pool_iw_ssd\n    type: unmanaged\n"
        "    image: debian12_uefi\n    cores: 2\n    memory: 4\n    disks: [50]\n"
        "    password: {env: CCLOUD_SECRET_WEB}\n"
    )
    stack = write_stack(tmp_path, text)
    for env in (sandbox_env, http_env):
        with_secret = {**env, "CCLOUD_SECRET_WEB": secret}
        said = ""
        for arguments in (
            ("plan", stack, "--out", "plan.json", "-v"),
            ("plan", stack, "--format", "json"),
            ("show", "plan.json", "--format", "json"),
            ("apply", stack, "--auto-approve", "--format", "json", "-v"),
            ("plan", stack, "-v"),
        ):
            ended = run_cli(*arguments, env=with_secret)
            assert ended.code == 0, ended.err
            said += ended.out + ended.err
        said += (tmp_path / "plan.json").read_text(encoding="utf-8")
        assert secret not in said
        assert "the-client-secret" not in said


def test_a_secret_that_is_not_set_fails_its_step_and_names_the_variable(
    call_cli: RunCli, tmp_path: Path
) -> None:
    text = (
        "stack: web\nservers:\n  web:\n    pool: pool_iw_ssd\n    type: unmanaged\n"
        "    image: debian12_uefi\n    cores: 2\n    memory: 4\n    disks: [50]\n"
        "    password: {env: CCLOUD_SECRET_WEB}\n"
    )
    ended = call_cli("apply", write_stack(tmp_path, text), "--auto-approve")
    assert ended.code == 1
    assert "CCLOUD_SECRET_WEB" in ended.err


def test_wrong_credentials_are_an_error_that_does_not_repeat_them(
    call_cli: RunCli, http_env: dict[str, str], tmp_path: Path
) -> None:
    env = {**http_env, "CCLOUD_TOKEN": "t0ken-of-somebody-else"}
    del env["CCLOUD_CLIENT_ID"], env["CCLOUD_CLIENT_SECRET"]
    ended = call_cli("plan", write_stack(tmp_path), "-v", env=env)
    assert ended.code == 1
    assert "401" in ended.err
    assert "t0ken" not in ended.out + ended.err


def test_an_api_that_is_not_there_is_an_error(
    call_cli: RunCli, clean_env: dict[str, str], tmp_path: Path
) -> None:
    env = {**clean_env, "CCLOUD_ENDPOINT": "http://127.0.0.1:9/api/v1", "CCLOUD_TOKEN": "x"}
    ended = call_cli("tasks", "--format", "json", env=env)
    assert ended.code == 1
    assert json.loads(ended.out)["errors"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_sandbox_server_stops_cleanly_on_a_signal(
    number: signal.Signals, code: int, start_cli: StartCli
) -> None:
    process = start_cli("sandbox", "serve", "--port", "0")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("listening on http://127.0.0.1:")
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code
    assert "Traceback" not in err
