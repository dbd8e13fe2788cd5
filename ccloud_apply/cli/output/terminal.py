"""Standard output, standard error, colour and the question: all that a person sees goes through it.

Results go to standard output, all else to standard error. What is written belongs to render/.
"""

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from ccloud_apply.cli.output.live_view import LiveView
    from ccloud_apply.render.apply.progress_text import Progress

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
        self._view: LiveView | None = None
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
    def is_shown(self) -> bool:
        """True if a person reads standard output: no pipe, no file."""
        return self._stdout.isatty()

    @property
    def is_live(self) -> bool:
        """True if standard error can draw a line anew."""
        return self._stderr.isatty() and self._environment.get("TERM") != "dumb"

    @property
    def can_redraw(self) -> bool:
        """True if standard output can draw a line anew."""
        return self._stdout.isatty() and self._environment.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """The columns of the terminal that shows standard output; 80 where it is none."""
        import shutil

        return shutil.get_terminal_size((80, 24)).columns if self._stdout.isatty() else 80

    def can_show(self, text: str) -> bool:
        """True if the encoding of standard output has all of these characters."""
        try:
            text.encode(getattr(self._stdout, "encoding", None) or "ascii")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    @property
    def can_ask(self) -> bool:
        """True if there is a person to ask."""
        return sys.stdin is not None and sys.stdin.isatty()

    def write_result(self, text: str) -> None:
        """Write to standard output, with a line feed at the end."""
        self._write(self._stdout, _as_line(text))

    def draw(self, text: str) -> None:
        """Write to standard output as it is, for what `can_redraw`."""
        self._write(self._stdout, text)

    def write_file(self, content: bytes) -> None:
        """Write the bytes of a file to standard output, as they are."""
        self._flush(self._stdout)
        self._write(self._stdout, content)

    def write_note(self, text: str) -> None:
        """Write to standard error, with a line feed at the end; after the results so far."""
        if self._view is not None and self._try(lambda view: view.write_above(text)):
            return
        self._flush(self._stdout)
        self._write(self._stderr, _as_line(text))

    def write_warning(self, text: str) -> None:
        """Write a warning that stands alone, such as what is waited for, to standard error."""
        from ccloud_apply.render.lib.escape import escape_line
        from ccloud_apply.render.lib.style import Style

        word = Style(is_coloured=self.has_coloured_errors).yellow("warning:")
        self.write_note(f"{word} {escape_line(text)}")

    def open_view(self, progress: "Progress", now_s: Callable[[], float]) -> "LiveView | None":
        """Draw the progress below everything else on standard error, until it is closed.

        None where that is not possible, for whatever reason: the work matters, its picture not.
        """
        try:
            from ccloud_apply.cli.output.live_view import LiveView

            self._view = LiveView(
                self._write_error, progress, now_s, is_coloured=self.has_coloured_errors
            )
        except Exception:
            self._view = None
        self._try(lambda view: view.start())
        return self._view

    def draw_view(self) -> None:
        """Draw it as it is now."""
        self._try(lambda view: view.refresh())

    def close_view(self) -> None:
        """Take it away again."""
        self._try(lambda view: view.stop())
        self._view = None

    def _try(self, use: "Callable[[LiveView], None]") -> bool:
        """Use the view. What goes wrong with it ends the view and nothing else."""
        if self._view is None:
            return False
        try:
            use(self._view)
        except Exception:
            self._view = None
            return False
        return True

    async def ask(self, question: str) -> str:
        """Ask a person; an end of input is an empty answer. The event loop goes on meanwhile."""
        return await self.ask_line(question) or ""

    async def ask_line(self, question: str) -> str | None:
        """The same, with None for an end of input."""
        self._flush(self._stdout)
        self._write(self._stderr, f"{question} ")
        await _wait_for_line(sys.stdin)
        line = sys.stdin.readline()
        return line.strip() if line else None

    def _is_coloured(self, stream: TextIO) -> bool:
        if self._environment.get("NO_COLOR") or self._environment.get("TERM") == "dumb":
            return False
        return stream.isatty()

    def _write_error(self, text: str) -> None:
        self._write(self._stderr, text)

    def _write(self, stream: TextIO, content: str | bytes) -> None:
        try:
            if isinstance(content, bytes):
                stream.buffer.write(content)
            else:
                stream.write(content)
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
