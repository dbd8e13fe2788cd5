"""Where a secret may be shown: on a terminal, or in a file that only its owner may read.

The place is made ready before the secret is read, because reading may be possible once.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.errors import UsageError
from ccloud_apply.render.lib.escape import escape_line


@contextmanager
def secret_place(terminal: Terminal, out: str | None) -> Iterator[Callable[[str], None]]:
    """The function that writes the secret, once: to the terminal, or to the file `out` (mode 0600).

    Raises UsageError before the body runs where standard output is a pipe or a file, and where the
    file is there already or cannot be made. Nothing is left of the file if nothing was written.
    """
    if out is None:
        if not terminal.is_shown:
            raise UsageError(
                "standard output is no terminal: the secret was not read",
                hint="write it to a file that only you may read: --out FILE",
            )
        yield lambda text: terminal.write_result(escape_line(text))
        return
    with _new_file(Path(out)) as write:
        yield write
    terminal.write_note(f"Wrote {out}, readable for you alone.")


@contextmanager
def _new_file(path: Path) -> Iterator[Callable[[str], None]]:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{path} is there already: the secret was not read", hint="name another file"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{path} cannot be made: {reason}; the secret was not read") from error
    is_written = False

    def write(text: str) -> None:
        nonlocal is_written
        try:
            is_written = True  # a part of it is worth more than nothing
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            reason = error.strerror or str(error)
            raise UsageError(f"{path} cannot be written: {reason}") from error

    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        try:
            yield write
        finally:
            if not is_written:
                path.unlink(missing_ok=True)
