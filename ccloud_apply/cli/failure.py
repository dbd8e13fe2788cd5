"""What stopped a command, as text, as JSON and as an exit code. Nothing else describes one.

Imported only when something failed. No message is made from what could hold a secret: of an
internal error the type and the place are shown, never its text.
"""

import platform
import signal
from collections.abc import Sequence
from itertools import pairwise

import click

from ccloud_apply import __version__
from ccloud_apply.cli.command_table import COMMANDS, EVENT_COMMANDS
from ccloud_apply.cli.exit_codes import HELD
from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.cli.signals import Interrupted
from ccloud_apply.errors import CcloudApplyError, HeldError, PlanError, RequestError, StackError
from ccloud_apply.home import install_hint
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.load.text.format_values import guess
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.internal_error import describe_places, name_internal
from ccloud_apply.render.registry import render

# click names the type of a bounded number, not what is wanted: "is not a valid integer range".
_RANGE_TYPE = lazy_pattern(r"(is not a valid (?:integer|float)) range\b")


def report_failure(error: BaseException, flags: Flags) -> int:
    """Print what stopped the command and give back the exit code."""
    arguments = flags.arguments
    code = exit_code(error)
    if isinstance(error, SystemExit) and code <= 1:
        return 0  # click leaves like this where nobody reads its help any more
    from ccloud_apply.cli.repeat import complete_diagnostics

    diagnostics = complete_diagnostics(describe(error, arguments), flags)
    terminal = Terminal()
    if wants_json(arguments):
        write_json_errors(terminal, diagnostics, has_events=has_events(arguments))
    write_diagnostics(terminal, diagnostics)
    if code == 1 and _is_internal(error) and {"-v", "--verbose"} & set(arguments):
        terminal.write_note(describe_places(error))
    return code


def exit_code(error: BaseException) -> int:
    """1 for every error, 3 for what a guard holds, 128 + n for a signal n."""
    if isinstance(error, HeldError):
        return HELD
    if isinstance(error, Interrupted):
        return 128 + error.number
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return 1


def describe(error: BaseException, arguments: Sequence[str] = ()) -> tuple[Diagnostic, ...]:
    """The diagnostics that an exception stands for."""
    if isinstance(error, StackError | PlanError | RequestError | HeldError):
        return error.diagnostics
    if isinstance(error, CcloudApplyError):
        return (Diagnostic(code=error.code, what=error.message, hint=error.hint),)
    if isinstance(error, click.ClickException):
        return (_describe_usage(error),)
    if isinstance(error, ModuleNotFoundError) and not _is_ours(error):
        what = f"this needs the package {error.name}, which is not installed"
        return (Diagnostic(code="usage", what=what, hint=install_hint()),)
    if isinstance(error, Interrupted | KeyboardInterrupt | SystemExit):
        name = _name_signal(exit_code(error) - 128)
        hint = "run it again to continue from there" if has_events(arguments) else ""
        return (Diagnostic(code="interrupted", what=f"stopped by {name}", hint=hint),)
    if isinstance(error, OSError) and error.filename is not None:
        what = f"{error.filename}: {error.strerror or type(error).__name__}"
        return (Diagnostic(code="file", what=what),)
    if isinstance(error, OSError) and error.strerror:
        return (Diagnostic(code="system", what=error.strerror),)
    if type(error).__module__ == "sqlite3":  # only the embedded API has such a file
        return (Diagnostic(code="sandbox", what=f"the sandbox's data: {error}"),)
    return (_describe_internal(error),)


def _is_ours(error: ModuleNotFoundError) -> bool:
    """True if a module of this package is missing, which no installation can help."""
    return error.name is None or error.name.partition(".")[0] == "ccloud_apply"


def _name_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "a signal"


def _describe_usage(error: click.ClickException) -> Diagnostic:
    hint = ""
    if isinstance(error, click.NoSuchOption):
        return _describe_option(error)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"{error.ctx.command_path} --help"
    what = _RANGE_TYPE.sub(r"\1", _fold(error.format_message()))
    return Diagnostic(code="usage", what=what, hint=hint)


def _describe_option(error: click.NoSuchOption) -> Diagnostic:
    name, context = error.option_name, error.ctx
    what = f"there is no option {name}"
    if context is None:
        return Diagnostic(code="usage", what=what)
    known = [flag for param in context.command.get_params(context) for flag in param.opts]
    begins = [flag for flag in known if flag.startswith(name) and name.startswith("--")]
    # Compared without the dashes, which make any two options alike.
    bare = {flag[2:]: flag for flag in known if flag.startswith("--")}
    meant = guess(name.lstrip("-"), bare) if name.startswith("--") else None
    close = begins[0] if begins else bare.get(meant or "")
    hint = f'did you mean "{close}"?' if close else f"{context.command_path} --help"
    return Diagnostic(code="usage", what=what, hint=hint)


def _fold(text: str) -> str:
    """A message of several lines as one sentence."""
    return " ".join(text.split()).rstrip(".")


def _is_internal(error: BaseException) -> bool:
    return describe(error)[:1] == (_describe_internal(error),)


def _describe_internal(error: BaseException) -> Diagnostic:
    return Diagnostic(
        code="internal",
        what=name_internal(error),
        hint=f"this is a bug of ccloud-apply {__version__} (Python {platform.python_version()});"
        " please report it with the command that you ran and what it prints with -v",
    )


def wants_json(arguments: Sequence[str]) -> bool:
    """True if the command line asks for JSON; it may be wrong in all else."""
    if "--format=json" in arguments:
        return True
    return ("--format", "json") in pairwise(arguments)


def has_events(arguments: Sequence[str]) -> bool:
    """True if the command's JSON is a stream of events."""
    command = next((argument for argument in arguments if argument in COMMANDS), "")
    return command in EVENT_COMMANDS


def write_json_errors(
    terminal: Terminal, diagnostics: Sequence[Diagnostic], *, has_events: bool
) -> None:
    """Write the JSON of a run that ends without its document, to standard output."""
    if has_events:
        from ccloud_apply.clock import SystemClock
        from ccloud_apply.model.event import error_event

        now = SystemClock().now()
        for diagnostic in diagnostics:
            terminal.write_result(render("event", "json", error_event(diagnostic, now)))
    else:
        terminal.write_result(render("diagnostics", "json", diagnostics))
