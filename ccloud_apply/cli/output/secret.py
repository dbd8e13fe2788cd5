"""Where a secret may be shown: on a terminal, or in a file that only its owner may read.

The place is made ready before the secret is read, because reading may be possible once.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import UsageError
from ccloud_apply.render.lib.escape import escape_line

_ROOM = 4096
"""Bytes that a file has to take before the secret is read; no secret is as long."""


@contextmanager
def secret_place(terminal: Terminal, out: str | None) -> Iterator[Callable[[str], None]]:
    """The function that writes the secret, once: to the terminal, or to the file `out` (mode 0600),
    where a line feed ends it.

    Raises UsageError before the body runs where standard output is a pipe or a file, and where the
    file is there already or cannot be made. Nothing is left of the file if nothing was written.
    """
    if out is None:
        if not terminal.is_shown:
            raise UsageError(
                "standard output is not a terminal: the secret was not read",
                hint="write it to a file that only you may read: --out FILE",
            )
        yield lambda text: _show(terminal, text)
        return
    with new_private_file(Path(out), undone="the secret was not read") as write:
        yield lambda text: write(text if text.endswith("\n") else f"{text}\n")
    terminal.write_note(f"Wrote {out}, readable for you alone.")


def _show(terminal: Terminal, text: str) -> None:
    """Each line by itself, and a word on those that do not read as they are."""
    shown = "\n".join(map(escape_line, text.split("\n")))
    if shown != text or not terminal.can_show(text):
        terminal.write_warning(
            "it has characters that this terminal does not show as they are, so they are spelled"
            " out, such as \\t for a tab"
        )
    terminal.write_result(shown)


@contextmanager
def new_private_file(path: Path, *, undone: str) -> Iterator[Callable[[str | bytes], None]]:
    """The function that writes a new file which only its owner may read (mode 0600).

    Raises UsageError before the body runs where it is there already or cannot be made; `undone` is
    what has not happened then. Nothing is left of the file if nothing was written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} exists already: {undone}", hint="name another file") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be made: {reason}; {undone}") from error
    is_written = False
    file = os.fdopen(handle, "wb")

    def write(content: str | bytes) -> None:
        nonlocal is_written
        try:
            is_written = True  # a part of it is worth more than nothing
            file.write(content if isinstance(content, bytes) else content.encode())
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(f"{path} cannot be written: {reason}") from error

    with file:
        try:
            _take_room(file, path, undone)
            yield write
        finally:
            if not is_written:
                path.unlink(missing_ok=True)


def _take_room(file: BinaryIO, path: Path, undone: str) -> None:
    """A full disk has to tell before the secret is read: it may not be had a second time."""
    try:
        file.write(b" " * _ROOM)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be written: {reason}; {undone}") from error
