"""Where an answer of `api` goes: standard output, or a new file; a secret and a file not anywhere.

The place is made ready before anything is sent. How an answer is written belongs to render/api/.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from ccloud_apply.cli.output.secret import new_private_file
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.api import AnswerFlags
from ccloud_apply.errors import UsageError
from ccloud_apply.model.documented import ApiAnswer, DocumentedOperation
from ccloud_apply.render.registry import render

_UNSENT = "nothing was sent"


@contextmanager
def answer_place(
    terminal: Terminal, operation: DocumentedOperation, flags: AnswerFlags
) -> Iterator[Callable[[ApiAnswer], None]]:
    """The function that writes the answer, once. Raises UsageError before the body runs where the
    answer may not go there: a secret to a pipe, a PDF to a terminal, anything over a file."""
    format_name = flags.format_name or "json"
    if flags.out is None:
        _check_output(terminal, operation)
        yield lambda answer: _show(terminal, operation, answer, format_name)
        return
    is_written = False

    def write_file(answer: ApiAnswer) -> None:
        nonlocal is_written
        is_binary = isinstance(answer.value, bytes)
        write(answer.value if is_binary else render("api", format_name, answer))
        is_written = True

    with new_private_file(Path(flags.out), undone=_UNSENT) as write:
        yield write_file
    if is_written:
        terminal.write_note(f"Wrote the answer to {flags.out}, readable for you alone.")


def _check_output(terminal: Terminal, operation: DocumentedOperation) -> None:
    if operation.is_secret and not terminal.is_shown:
        raise UsageError(
            f"{operation.id} returns a secret, and standard output is not a terminal: {_UNSENT}",
            hint="write it to a file that only you may read: --out FILE",
        )
    if operation.answer == "file" and terminal.is_shown:
        raise UsageError(
            f"{operation.id} returns a file, which a terminal cannot show: {_UNSENT}",
            hint="write it to a file: --out FILE",
        )


def _show(
    terminal: Terminal, operation: DocumentedOperation, answer: ApiAnswer, format_name: str
) -> None:
    if isinstance(answer.value, bytes):
        terminal.write_file(answer.value)
        return
    show(terminal, "api", format_name, answer)
    if not answer.has_body and not answer.headers and answer.problem is None:
        terminal.write_note(f"{operation.id}: {answer.status} {_name(answer.status)}")


def _name(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "without a body"
