"""Programs as processes of their own: how long they take, and what they say of themselves.

A process of its own has a cold start, a heap that nobody used before and a peak of its own.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that has ended: seconds on the clock, and seconds of processor time."""

    wall_s: float
    cpu_s: float


def run_program(arguments: Sequence[str]) -> Ended:
    """Run python with these arguments in the project's folder. Raises CalledProcessError."""
    before = os.times()
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wall_s = time.perf_counter() - begin
    after = os.times()
    cpu_s = after.children_user + after.children_system
    return Ended(wall_s=wall_s, cpu_s=cpu_s - before.children_user - before.children_system)


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
