"""Programs as processes of their own: how long they take, and what they say of themselves.

A process of its own has a cold start, a heap that nobody used before and a peak of its own.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that has ended: seconds on the clock, seconds of processor time, and the most
    memory that it had, in MB. The system counts no less memory than its parent had."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run_program(
    arguments: Sequence[str],
    *,
    python: str = sys.executable,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
) -> Ended:
    """Run python with these arguments; see `run`."""
    return run([python, *arguments], cwd=cwd, environment=environment, accepted=accepted)


def run(
    command: Sequence[str],
    *,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    accepted: Sequence[int] = (0,),
) -> Ended:
    """Run a program, in the project's folder unless told, and wait for it.

    Raises CalledProcessError, with what it wrote to standard error, for another exit code than
    the accepted ones.
    """
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**clean_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in accepted:
            errors.seek(0)
            text = errors.read().decode(errors="replace")
            error = subprocess.CalledProcessError(process.returncode, command, stderr=text)
            error.add_note(text)
            raise error
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Ended(
        wall_s=wall_s, cpu_s=usage.ru_utime + usage.ru_stime, peak_mb=usage.ru_maxrss / unit
    )


def ask_program(arguments: Sequence[str]) -> Any:
    """The JSON value that python with these arguments writes. Raises CalledProcessError."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(ended.stdout)


def clean_environment() -> dict[str, str]:
    """The environment without what would change what is measured."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CCLOUD_", "PYTHON", "COV_"))
    }


def peak_memory_mb() -> float:
    """The most memory that this process ever had resident, in MB.

    From /proc where there is one: `ru_maxrss` also counts what the process that started this one
    had before it.
    """
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    assert found is not None
    return int(found.group(1)) / 1024
