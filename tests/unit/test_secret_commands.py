"""`{command: [...]}`: run without a shell, bounded, and never quoted."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ccloud_apply import secret_commands
from ccloud_apply.aspects.lib.references import read_secret
from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.secret_commands import (
    MAX_OUTPUT_BYTES,
    Ending,
    SecretCommands,
    find_program,
    run_command,
)
from tests.conftest import PATIENCE_S

PATH = {"PATH": os.environ["PATH"]}
HIDDEN = "hunter2"


def python(code: str, folder: Path, *arguments: str) -> Reference:
    command = [sys.executable, "-c", code, *arguments]
    return read_secret({"command": command}, str(folder / "web.yaml"))


def test_the_output_is_the_secret_without_one_line_break(tmp_path: Path) -> None:
    assert run_command(python("print('a\\n')", tmp_path), PATH) == "a\n"
    assert run_command(python("print('a', end='\\r\\n')", tmp_path), PATH) == "a"


@pytest.mark.parametrize("argument", ["$(id)", "; id", "a b", "'", '"', "*", "`id`", "${HOME}", ""])
def test_no_shell_sees_an_argument(argument: str, tmp_path: Path) -> None:
    reference = python("import sys; print(repr(sys.argv[1:]))", tmp_path, argument)
    assert run_command(reference, PATH) == repr([argument])


def test_it_runs_in_the_stack_files_folder_without_input_and_without_our_credentials(
    tmp_path: Path,
) -> None:
    code = "import os, sys; print(os.getcwd(), sys.stdin.read() == '', sorted(os.environ))"
    given = {**PATH, "CCLOUD_CLIENT_SECRET": HIDDEN, "CCLOUD_SECRET_WEB": HIDDEN, "VAULT_ADDR": "x"}
    told = run_command(python(code, tmp_path), given)
    assert told.startswith(f"{tmp_path.resolve()} True ")
    assert "VAULT_ADDR" in told
    assert "CCLOUD" not in told


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import sys; sys.exit(3)", "ended with exit code 3"),
        (f"print('{HIDDEN}'); import sys; sys.exit('{HIDDEN}')", "ended with exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9"),
        ("", "wrote nothing"),
        ("print()", "wrote nothing"),
        ("import sys; sys.stdout.buffer.write(bytes([97, 255]))", "did not write UTF-8 text"),
        (f"print('{HIDDEN}' * {MAX_OUTPUT_BYTES})", "wrote more than 64 KiB"),
        (f"while True: print('{HIDDEN}')", "wrote more than 64 KiB"),
    ],
)
def test_one_that_fails_is_told_and_nothing_that_it_wrote(
    code: str, what: str, tmp_path: Path
) -> None:
    reference = python(code.replace(HIDDEN, "'+'".join(HIDDEN)), tmp_path)
    with pytest.raises(UnreadableReferenceError) as caught:
        run_command(reference, PATH)
    assert caught.value.message.endswith(what)
    assert HIDDEN not in f"{caught.value!r} {caught.value.hint}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.fixture
def _time_runs_once_it_has_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The time that a command has begins when it has written `pid`."""
    finish = secret_commands._finish

    def finish_later(
        process: subprocess.Popen[bytes], timeout_s: float
    ) -> tuple[bytes | None, int]:
        _await_pid(tmp_path / "pid")
        return finish(process, timeout_s)

    monkeypatch.setattr(secret_commands, "_finish", finish_later)


@pytest.mark.usefixtures("_time_runs_once_it_has_begun")
def test_one_that_takes_too_long_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pid', 'w').write(str(child.pid)); time.sleep(600)"
    )
    with pytest.raises(UnreadableReferenceError, match="was not done after 1 s"):
        run_command(python(code, tmp_path), PATH, timeout_s=1)
    _require_gone(tmp_path / "pid")


@pytest.mark.usefixtures("_time_runs_once_it_has_begun")
def test_one_whose_child_keeps_its_output_open_is_stopped_with_that_child(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pid', 'w').write(str(child.pid)); print('token')"
    )
    with pytest.raises(UnreadableReferenceError, match="was not done after 1 s"):
        run_command(python(code, tmp_path), PATH, timeout_s=1)
    _require_gone(tmp_path / "pid")


def test_a_run_that_is_cancelled_ends_its_command_at_once(tmp_path: Path) -> None:
    code = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"

    async def cancel() -> None:
        running = asyncio.create_task(SecretCommands().run(python(code, tmp_path), PATH))
        await asyncio.to_thread(_await_pid, tmp_path / "pid")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancel())
    _require_gone(tmp_path / "pid")


def test_one_that_is_to_end_before_it_starts_does_not_last(tmp_path: Path) -> None:
    ending = Ending()
    ending.ask()
    with pytest.raises(UnreadableReferenceError, match="was ended by signal 9"):
        run_command(python("import time; time.sleep(600)", tmp_path), PATH, ending=ending)


def _await_pid(file: Path) -> int:
    """The number that a command writes down once it has begun."""
    ends_at = time.monotonic() + PATIENCE_S
    while not file.exists() or not file.read_text():
        assert time.monotonic() < ends_at, "the command has not begun"
        time.sleep(0.02)
    return int(file.read_text())


def _require_gone(file: Path) -> None:
    pid = _await_pid(file)
    ends_at = time.monotonic() + PATIENCE_S
    while _is_running(pid):
        assert time.monotonic() < ends_at, "the process is still there"
        time.sleep(0.05)


def _is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_program_is_found_by_path_and_never_in_a_folder_that_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "sops"
    program.write_text("#!/bin/sh\necho evil\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    sops = Reference("command", "sops x", "web.yaml", is_secret=True)
    for path in ("", ".", ":", f"{os.pathsep}bin"):
        with pytest.raises(UnreadableReferenceError, match="is not a program of this machine"):
            find_program(sops, {"PATH": path})
    assert find_program(sops, {"PATH": f".{os.pathsep}{tmp_path}"}) == str(program)
    relative = Reference("command", "./sops x", "web.yaml", is_secret=True)
    with pytest.raises(UnreadableReferenceError, match="is a relative path"):
        find_program(relative, {"PATH": str(tmp_path)})


def test_what_a_command_starts_is_not_found_in_a_relative_folder_either(tmp_path: Path) -> None:
    given = {"PATH": os.pathsep.join(("", ".", "bin", "/usr/bin"))}
    reference = python("import os; print(os.environ['PATH'])", tmp_path)
    assert run_command(reference, given) == "/usr/bin"


def test_an_argument_that_no_program_can_get_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableReferenceError, match="an argument is not valid"):
        run_command(python("print(1)", tmp_path, "a\0b"), PATH)


def test_a_command_is_run_once_for_a_run_and_again_for_another_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    code = "open('n', 'a').write('x'); print('token')"
    commands = SecretCommands()
    for _ in range(3):
        assert commands.read(python(code, tmp_path), PATH) == "token"
    assert commands.read(python(code, tmp_path / "b"), PATH) == "token"
    assert (tmp_path / "n").read_text() == "x"
    assert (tmp_path / "b" / "n").read_text() == "x"
    assert "token" not in repr(commands)


def test_what_was_run_before_it_is_read_is_not_run_again(tmp_path: Path) -> None:
    reference = python("open('n', 'a').write('x'); print('token')", tmp_path)
    commands = SecretCommands()
    for _ in range(2):
        asyncio.run(commands.run(reference, PATH))
    assert commands.read(reference, PATH) == "token"
    assert (tmp_path / "n").read_text() == "x"
