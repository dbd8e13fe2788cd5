"""Standard output, standard error, colour and the question: all that a person sees goes through it.

Results go to standard output, all else to standard error. What is written belongs to render/.
"""

import os
import sys
from collections.abc import Mapping
from typing import TextIO

_CLEAR_LINE = "\r\x1b[2K"

lost: list[OSError] = []
"""Why output of this process could not be written, other than that nobody reads it."""


def silence(stream: TextIO) -> None:
    """Send what is still to come to nowhere: its reader has closed the pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class Terminal:
    """The two streams of a process.

    A reader that goes away (`| head -1`) never stops the work: what it would have read is dropped.
    """

    def __init__(
        self,
        *,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr
        self._environment = os.environ if environment is None else environment
        self._has_status = False
        for stream in (self._stdout, self._stderr):
            self._flush(stream)
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:  # a terminal that cannot write an umlaut is no error
                reconfigure(errors="backslashreplace")

    @property
    def has_coloured_output(self) -> bool:
        """True if standard output shows colours."""
        return self._is_coloured(self._stdout)

    @property
    def has_coloured_errors(self) -> bool:
        """True if standard error shows colours."""
        return self._is_coloured(self._stderr)

    @property
    def is_live(self) -> bool:
        """True if standard error can draw a line anew."""
        return self._stderr.isatty() and self._environment.get("TERM") != "dumb"

    @property
    def can_ask(self) -> bool:
        """True if there is a person to ask."""
        return sys.stdin is not None and sys.stdin.isatty()

    def write_result(self, text: str) -> None:
        """Write to standard output, with a line feed at the end."""
        self.clear_status()
        self._write(self._stdout, _as_line(text))

    def write_note(self, text: str) -> None:
        """Write to standard error, with a line feed at the end; after the results so far."""
        self.clear_status()
        self._flush(self._stdout)
        self._write(self._stderr, _as_line(text))

    def draw_status(self, text: str) -> None:
        """Draw the one line on standard error that stands below everything else."""
        self._write(self._stderr, f"{_CLEAR_LINE}{text}")
        self._has_status = True

    def clear_status(self) -> None:
        """Take that line away again."""
        if self._has_status:
            self._write(self._stderr, _CLEAR_LINE)
            self._has_status = False

    async def ask(self, question: str) -> str:
        """Ask a person; an end of input is an empty answer. The event loop goes on meanwhile."""
        self.clear_status()
        self._flush(self._stdout)
        self._write(self._stderr, f"{question} ")
        await _wait_for_line(sys.stdin)
        return sys.stdin.readline().strip()

    def _is_coloured(self, stream: TextIO) -> bool:
        if self._environment.get("NO_COLOR") or self._environment.get("TERM") == "dumb":
            return False
        return stream.isatty()

    def _write(self, stream: TextIO, text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            silence(stream)
        except OSError as error:  # a full disk: the work goes on, and the exit code will tell
            lost.append(error)
            silence(stream)

    def _flush(self, stream: TextIO) -> None:
        self._write(stream, "")


def _as_line(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


async def _wait_for_line(stream: TextIO) -> None:
    """Come back once a line can be read, so that no signal waits for it."""
    import asyncio

    loop = asyncio.get_running_loop()
    is_there = asyncio.Event()
    try:
        loop.add_reader(stream, is_there.set)
    except NotImplementedError:  # Windows: reading will block, and Ctrl-C ends that
        return
    try:
        await is_there.wait()
    finally:
        loop.remove_reader(stream)
