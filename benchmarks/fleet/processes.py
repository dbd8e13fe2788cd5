"""Processes of a trial: what they have used is counted however they end."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.process import ROOT, clean_environment

_END_S = 120
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Usage:
    """Seconds of processor time of all that have ended, and the most memory that one had, in MB."""

    cpu_s: float = 0.0
    peak_mb: float = 0.0
    ended_by_themselves: list[str] = field(default_factory=list)


class Program:
    """`ccloud-apply ARGUMENTS`, with what it writes to standard error in a file."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        log: Path,
        usage: Usage,
    ) -> None:
        self._usage = usage
        self._log = log
        self._is_over = False
        self._sent: set[signal.Signals] = set()
        libc = ctypes.CDLL(None)
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ccloud_apply", *arguments],
                cwd=folder,
                env={**clean_environment(), "PYTHONPATH": str(ROOT), **environment},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                # It ends with the trial, however that ends.
                preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
            )

    @property
    def is_over(self) -> bool:
        """True once it has ended, whoever ended it."""
        if not self._is_over:
            self._note_memory()
            self._reap(os.WNOHANG)
        return self._is_over

    @property
    def said(self) -> str:
        """All that it has written so far, and those before it to the same file."""
        return self._log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if not self.is_over:
            self._sent.add(number)
            self._process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal that ends it, and wait for that; kill it if that takes too long."""
        if number not in self._sent:
            self.send(number)
        last = time.monotonic() + _END_S
        while not self.is_over:
            if time.monotonic() > last:
                self._process.kill()
            time.sleep(0.02)

    def wait(self) -> None:
        """Wait until it has ended. Raises RuntimeError with what it has written if that was bad."""
        while not self.is_over:
            time.sleep(0.02)
        if self._process.returncode:
            raise RuntimeError(self.said)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match in what it writes. Raises RuntimeError if it ends without one."""
        while True:
            is_over = self.is_over
            if found := re.search(pattern, self.said):
                return found
            if is_over:
                raise RuntimeError(f"it has ended: {self.said}")
            time.sleep(0.02)

    def _note_memory(self) -> None:
        try:
            text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return
        if found := re.search(r"VmHWM:\s+(\d+) kB", text):
            self._usage.peak_mb = max(self._usage.peak_mb, int(found[1]) / 1024)

    def _reap(self, options: int) -> None:
        pid, status, used = os.wait4(self._process.pid, options)
        if not pid:
            return
        self._is_over = True
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._usage.cpu_s += used.ru_utime + used.ru_stime
        if self._process.returncode not in (0, -signal.SIGKILL, 128 + signal.SIGTERM):
            self._usage.ended_by_themselves.append(
                f"{self._process.returncode}: {self.said[-300:]}"
            )
