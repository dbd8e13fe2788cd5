"""The command group: how a command is found and called, and what an exit code means.

Imports click and nothing heavier: a command's module is imported when that command is called, and
`--help` takes the short helps from command_table.py. What a command does belongs to its module, how
an exception is worded to failure.py.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from ccloud_apply import __version__
from ccloud_apply.cli.command_table import COMMANDS, command_module
from ccloud_apply.cli.lazy_group import LazyGroup
from ccloud_apply.cli.params.options import Flags, connection_options

PROGRAM = "ccloud-apply"


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    module_of=command_module,
    name=PROGRAM,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(prog)s %(version)s", prog_name=PROGRAM)
@connection_options
def group() -> None:
    """Plan and apply stacks of servers at the centron ccloud, from YAML files."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and give back its exit code; the contract's section 3 lists them."""
    if not _open_streams():
        return 1
    flags = Flags(arguments=arguments)
    with _ending_signals_as_exit():
        try:
            code = _call(arguments, flags)
        except click.exceptions.Abort:
            code = _fail(KeyboardInterrupt(), flags)
        except BaseException as error:  # SystemExit and a signal's too: their code is the answer
            code = _fail(error, flags)
        if "GITHUB_ACTIONS" in os.environ:
            from ccloud_apply.cli.output.github import set_exit_code

            set_exit_code(code)
        return _flush(code)


def _open_streams() -> bool:
    """Give the process its three streams where it was started without some of them.

    A file that is opened later would otherwise get the number of a closed stream, and with it what
    is printed. False, with a sentence, if nobody could read the result.
    """
    is_readable = sys.stdout is not None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: the stream's own
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    if not is_readable:
        sys.stderr.write("error: standard output is closed, so the result cannot be shown\n")
    return is_readable


def _call(arguments: Sequence[str], flags: Flags) -> int:
    if not arguments:
        group.main(["--help"], prog_name=PROGRAM, standalone_mode=False, obj=flags)
        return 1
    result: Any = group.main(list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=flags)
    return result if isinstance(result, int) else 0


def _fail(error: BaseException, flags: Flags) -> int:
    from ccloud_apply.cli.failure import report_failure

    return report_failure(error, flags)


@contextmanager
def _ending_signals_as_exit() -> Iterator[None]:
    """SIGTERM and SIGHUP end the process with 143 and 129, after everything that is to be closed
    was closed. One that is ignored (nohup) stays ignored."""

    def leave(number: int, frame: Any) -> None:
        sys.exit(128 + number)

    names = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))
    before = {}
    try:
        for number in filter(None, names):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, leave)
    except ValueError:  # not in the main thread: the embedding program handles signals
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _flush(code: int) -> int:
    """Write out what is buffered. A reader that went away is no error, a full disk is one: then
    no code but a signal's says more than 1."""
    from ccloud_apply.cli.output.terminal import lost, silence

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            silence(stream)
            if not isinstance(error, BrokenPipeError):
                lost.append(error)
    if not lost:
        return code
    with suppress(OSError):
        sys.stderr.write(f"error: the output could not be written: {lost[0].strerror}\n")
        sys.stderr.flush()
    lost.clear()
    return code if code >= 128 else 1
