"""Runs the command of `{command: [...]}`, whose output is a secret, and keeps it for one run.

Which commands a stack file may name is checked where it is loaded. No error shows what a command
has written.
"""

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference

TIMEOUT_S = 30.0
"""Seconds that a command has."""

MAX_OUTPUT_BYTES = 64 * 1024
"""The longest secret."""

_OURS = "CCLOUD_"
"""Variables that begin so are ours: a command has no use for them, and they hold credentials."""


def find_program(reference: Reference, environment: Mapping[str, str]) -> str:
    """The absolute path of the command's program, by PATH; folders that are relative are left out,
    as anybody's repository may be there. Raises UnreadableReferenceError.
    """
    program = shlex.split(reference.name)[0]
    path = _find_path(environment)
    is_path = len(Path(program).parts) > 1 or program.startswith(".")
    if is_path and not Path(program).is_absolute():
        raise UnreadableReferenceError(
            f"{program} of {reference} is a relative path",
            hint="name a program of PATH, or an absolute path",
        )
    found = shutil.which(program, path=path) if path or is_path else None
    if found is None:
        raise UnreadableReferenceError(
            f"{program} of {reference} is not a program of this machine",
            hint=f"install {program}, or add its folder to PATH",
        )
    return found


def _find_path(environment: Mapping[str, str]) -> str:
    folders = environment.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())


@dataclass(slots=True)
class Ending:
    """Ends a command from another thread, started or not."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: subprocess.Popen[bytes] | None = None
    _is_asked: bool = False

    def ask(self) -> None:
        """End the command, or let it not last when it starts."""
        with self._lock:
            self._is_asked = True
            if self._process is not None:
                _kill(self._process)

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """The command has started."""
        with self._lock:
            self._process = process
            if self._is_asked:
                _kill(process)


def run_command(
    reference: Reference,
    environment: Mapping[str, str],
    *,
    timeout_s: float = TIMEOUT_S,
    ending: Ending | None = None,
) -> str:
    """What the command writes to its standard output, without one line break at its end.

    No shell runs it. It has no input and no terminal, runs in the stack file's folder, and gets
    this environment without CCLOUD_* and without the relative folders of PATH, which would be that
    folder's. What it says to standard error is thrown away, as it may be the secret. Raises
    UnreadableReferenceError for one that fails, writes nothing, too much or no UTF-8, or is not
    done within `timeout_s` seconds.
    """
    arguments = [find_program(reference, environment), *shlex.split(reference.name)[1:]]
    kept = {name: text for name, text in environment.items() if not name.startswith(_OURS)}
    if "PATH" in kept:
        kept["PATH"] = _find_path(environment)
    try:
        process = subprocess.Popen(  # noqa: S603 - no shell, and a command of the allow list
            arguments,
            cwd=Path(reference.base).parent,
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "an argument is not valid"
        raise UnreadableReferenceError(f"{reference} cannot be run: {reason}") from None
    try:
        if ending is not None:
            ending.watch(process)
        output, code = _finish(process, timeout_s)
    finally:
        _kill(process)
    if output is None:
        problem = f"was not done after {timeout_s:.0f} s, and was stopped"
    elif len(output) > MAX_OUTPUT_BYTES:
        problem = f"wrote more than {MAX_OUTPUT_BYTES // 1024} KiB"
    elif code != 0:
        problem = f"ended with exit code {code}" if code > 0 else f"was ended by signal {-code}"
    else:
        return _read_secret(reference, output)
    hint = f"run it in {Path(reference.base).parent} to see what it says"
    raise UnreadableReferenceError(f"{reference} {problem}", hint=hint)


def _finish(process: subprocess.Popen[bytes], timeout_s: float) -> tuple[bytes | None, int]:
    """The output, or None where it is not complete in time, and the exit code.

    A thread reads: whoever inherited the pipe may keep it open for ever.
    """
    assert process.stdout is not None
    found: list[bytes] = []
    stream = process.stdout

    def read() -> None:
        with stream:
            found.append(stream.read(MAX_OUTPUT_BYTES + 1))

    thread = threading.Thread(target=read, daemon=True)
    ends_at = time.monotonic() + timeout_s
    thread.start()
    thread.join(timeout_s)
    if not found:
        return None, 0
    if len(found[0]) > MAX_OUTPUT_BYTES:
        return found[0], 0
    try:
        return found[0], process.wait(max(0.0, ends_at - time.monotonic()))
    except subprocess.TimeoutExpired:
        return None, 0


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a command that was not waited for, and all that it has started, which may have outlived
    it: as long as nobody has waited, its number is that of no other."""
    if process.returncode is None:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _read_secret(reference: Reference, output: bytes) -> str:
    try:
        text = output.decode("utf-8")
    except UnicodeDecodeError:
        # Not raised on: the exception holds the output.
        text = None
    if text is None:
        raise UnreadableReferenceError(f"{reference} did not write UTF-8 text")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise UnreadableReferenceError(f"{reference} wrote nothing")
    return text


@dataclass(frozen=True, slots=True)
class SecretCommands:
    """The commands of one run, each of them run once: many servers may get the same secret."""

    _known: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False)

    def read(self, reference: Reference, environment: Mapping[str, str]) -> str:
        """What it has written when it was asked first. Raises UnreadableReferenceError."""
        name = _name(reference)
        if name not in self._known:
            self._known[name] = run_command(reference, environment)
        return self._known[name]

    async def run(self, reference: Reference, environment: Mapping[str, str]) -> None:
        """Let `read` know it, if it does not yet. A command that takes long can be cancelled: it is
        ended then. Raises UnreadableReferenceError.
        """
        name, ending = _name(reference), Ending()
        if name in self._known:
            return
        try:
            self._known[name] = await asyncio.to_thread(
                run_command, reference, environment, ending=ending
            )
        except asyncio.CancelledError:
            ending.ask()
            raise


def _name(reference: Reference) -> tuple[str, str]:
    return reference.name, str(Path(reference.base).parent)
