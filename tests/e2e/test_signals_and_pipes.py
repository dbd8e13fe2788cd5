"""SIGINT and SIGTERM with many tasks in flight, readers that go away in the middle, and live text
that would like to be a command: over HTTP, at a platform that goes on by itself."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PATIENCE_S, Ended, RunCli, StartCli
from tests.e2e.conftest import StartPlatform
from tests.support.fleet import FLEET, assert_complete, run_to_end
from tests.support.servers import STILL
from tests.support.stacks import WEB, write_stack

MachineEnv = Callable[..., dict[str, str]]
APPLY = ("apply", "fleet.yaml", "--auto-approve")
HOSTILE = "one\n::add-mask::x\r##[group]y\x1b[31mred\u009b2J\u202eback\n::set-output name=a::b"


@pytest.fixture
def stack(tmp_path: Path) -> str:
    return write_stack(tmp_path, FLEET, "fleet.yaml")


def noted_tasks(call_cli: RunCli, env: dict[str, str]) -> set[int]:
    """The tasks that the journal knows: those whose start was answered."""
    (journal,) = json.loads(call_cli("journal", "--format", "json", env=env).out)["journals"]
    return {entry["task_id"] for entry in journal["entries"]} - {None}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_does_not_wait_for_tasks_but_names_each_and_how_to_go_on(
    number: signal.Signals,
    code: int,
    stack: str,
    start_platform: StartPlatform,
    machine_env: MachineEnv,
    start_cli: StartCli,
    call_cli: RunCli,
    run_cli: RunCli,
) -> None:
    platform = start_platform(speed=STILL)
    env = machine_env(platform)
    process = start_cli(*APPLY, env=env)
    platform.wait_for_creates(10, process)
    while len(noted_tasks(call_cli, env)) < 10:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    ended = run_to_end(process)
    tasks = platform.tasks("create-server")
    assert ended.code == code, ended.err
    assert [task["status"] for task in tasks] == ["processing"] * 10, "none was waited for"
    for task in tasks:
        assert f"task {task['id']} (create server, " in ended.err
    assert "run it again to continue from there" in ended.err
    assert run_cli("plan", stack, env=env).code == 0
    assert noted_tasks(call_cli, env) == {task["id"] for task in tasks}
    platform.end_tasks()
    platform.restart(speed=200)
    assert run_cli(*APPLY, env=env).code == 0
    assert_complete(platform)


def test_a_signal_while_an_answer_is_out_says_what_may_be_done_and_the_next_run_finds_it(
    stack: str,
    start_platform: StartPlatform,
    machine_env: MachineEnv,
    start_cli: StartCli,
    run_cli: RunCli,
    tmp_path: Path,
) -> None:
    faults = tmp_path / "faults.yaml"
    faults.write_text("rules: [{operation: create_server, fault: {delay: 600}}]\n")
    platform = start_platform("--faults", str(faults), speed=100)
    env = machine_env(platform)
    process = start_cli(*APPLY, env=env)
    platform.wait_for_creates(10, process)
    process.send_signal(signal.SIGINT)
    ended = run_to_end(process)
    assert ended.code == 130
    assert ended.err.count("was stopped before its answer came: it may have been carried out") == 10
    platform.arguments = ()
    platform.restart(speed=100)
    again = run_cli(*APPLY, env=env)
    assert again.code == 0, again.err
    assert_complete(platform)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_goes_away_in_the_middle_stops_nothing(
    stream: str,
    stack: str,
    start_platform: StartPlatform,
    machine_env: MachineEnv,
    start_cli: StartCli,
) -> None:
    platform = start_platform(speed=100)
    reading, writing = os.pipe()
    arguments = (*APPLY, "--format", "json") if stream == "stdout" else APPLY
    process = start_cli(*arguments, env=machine_env(platform), **{stream: writing})
    os.close(writing)
    with os.fdopen(reading) as reader:
        reader.readline()
    process.wait(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert_complete(platform)


def assert_harmless(ended: Ended) -> None:
    for line in (ended.out + "\n" + ended.err).split("\n"):
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line, line
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", line), line


@pytest.mark.parametrize("format_name", ["text", "json"])
def test_text_of_the_account_never_begins_a_line_and_never_commands_the_terminal(
    format_name: str,
    start_platform: StartPlatform,
    machine_env: MachineEnv,
    call_cli: RunCli,
    tmp_path: Path,
) -> None:
    message = HOSTILE.encode("unicode_escape").decode()
    faults = tmp_path / "faults.yaml"
    faults.write_text(
        f'rules:\n  - operation: resize_server_cores\n    fault: {{failing_task: "{message}"}}\n'
    )
    platform = start_platform("--faults", str(faults), speed=200)
    env = machine_env(platform)
    web = write_stack(tmp_path)
    assert call_cli("apply", web, "--auto-approve", env=env).code == 0
    for server in platform.servers():
        path = f"/ccloud/servers/{server['hostname']}"
        platform.change("PUT", f"{path}/notes", {"notes": HOSTILE})
        platform.change("PUT", f"{path}/customname", {"custom_name": HOSTILE.replace("\n", " ")})
    write_stack(tmp_path, WEB.replace('cores: "${var.size}"', "cores: 4"))
    shape = ("--format", format_name)
    ran = [
        call_cli("plan", web, *shape, env=env),
        call_cli("apply", web, "--auto-approve", *shape, env=env),
        call_cli("tasks", *shape, env=env),
        call_cli("journal", *shape, env=env),
    ]
    assert [ended.code for ended in ran] == [0, 1, 0, 0], ran[1].err
    for ended in ran:
        assert_harmless(ended)
    assert "add-mask" in ran[0].out
    assert "add-mask" in ran[1].out + ran[1].err


@pytest.mark.parametrize("command", [("--version",), ("--help",), APPLY], ids=lambda c: c[0])
def test_without_standard_output_nothing_is_done_and_a_sentence_says_why(
    command: tuple[str, ...], stack: str, tmp_path: Path, clean_env: dict[str, str]
) -> None:
    program = (sys.executable, "-m", "ccloud_apply", "--sandbox", *command)
    ended = subprocess.run(
        ("/bin/sh", "-c", '"$@" >&-', "sh", *program),
        cwd=tmp_path,
        env=clean_env,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == "error: standard output is closed, so the result cannot be shown\n"
    assert not (tmp_path / ".ccloud-apply").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("drift", "web.yaml"),
        ("plan", "web.yaml", "--detailed-exitcode"),
        ("plan", "web.yaml", "--format", "json"),
        ("schema",),
        ("--help",),
    ],
    ids=" ".join,
)
def test_output_that_cannot_be_written_is_exit_code_1_with_a_sentence(
    arguments: tuple[str, ...], start_cli: StartCli, tmp_path: Path
) -> None:
    write_stack(tmp_path)
    with Path("/dev/full").open("w") as full:
        process = start_cli(*arguments, stdout=full)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "error: the output could not be written: No space left on device" in err
    assert "Traceback" not in err
