"""`api OPERATION` or `api METHOD PATH`: any operation of the API, as its document describes it."""

import os
from collections.abc import Sequence

import click

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.api import AnswerFlags, CallFlags, RequestFlags
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import (
    Flags,
    account_option,
    connection_options,
    timeout_option,
)
from ccloud_apply.model.documented import ApiAnswer
from ccloud_apply.render.registry import formats_of


class _ApiCommand(click.Command):
    """A command whose help is that of the operation, where one is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and {*args} & {*ctx.help_option_names}:
            words = _leading_words(args)
            if words:
                click.echo(_describe(words), nl=False)
                ctx.exit()
        return super().parse_args(ctx, args)


def _leading_words(args: Sequence[str]) -> list[str]:
    """The operation that a command line with `--help` names, by one word or two."""
    from ccloud_apply.load.request.document import read_operations

    words: list[str] = []
    for arg in args:
        if arg.startswith("-"):
            break
        words.append(arg)
    return words or [arg for arg in args if arg in read_operations()][:1]


def _describe(words: Sequence[str]) -> str:
    from ccloud_apply.load.request.example import example_words
    from ccloud_apply.load.request.target import find_target
    from ccloud_apply.render.api.operation_help import OperationHelp
    from ccloud_apply.render.registry import render

    operation = find_target(words).operation
    example = tuple(example_words(operation))
    return render("operation", "text", OperationHelp(operation=operation, example=example))


@click.command(name="api", cls=_ApiCommand)
@click.argument("words", nargs=-1, metavar="OPERATION | METHOD PATH")
@click.option(
    "-p",
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a parameter of the path or the query. Repeatable.",
)
@click.option(
    "-f",
    "--field",
    "fields",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a field of the body. @FILE reads the value from a file, NAME[]=VALUE adds to a list."
    " Repeatable.",
)
@click.option(
    "--input",
    "input_file",
    metavar="FILE",
    help="Read the body as JSON from a file, or from standard input with -.",
)
@click.option("--paginate", "is_paginated", is_flag=True, help="Read all pages and print one list.")
@click.option(
    "--wait", "is_waiting", is_flag=True, help="Wait for the task that the request starts."
)
@timeout_option()
@click.option("--force", "is_forced", is_flag=True, help="Change a server even if a stack owns it.")
@click.option("--list", "is_list", is_flag=True, help="List the operations, one per line.")
@click.option(
    "-i", "--include", "is_included", is_flag=True, help="Also show the status and the headers."
)
@click.option(
    "--out", metavar="FILE", help="Write the answer to a new file that only you can read."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(formats_of("api")),
    show_default="json",
    help="Output format.",
)
@account_option
@connection_options
@click.pass_obj
@gather(request=RequestFlags, call=CallFlags, answer=AnswerFlags)
def command(
    flags: Flags,
    words: tuple[str, ...],
    request: RequestFlags,
    call: CallFlags,
    answer: AnswerFlags,
) -> int:
    """Call any operation of the API, by its name or by its method and path.

    The request is checked against the API's document before it is sent. `ccloud-apply api --list`
    lists the operations. `ccloud-apply api OPERATION --help` shows what one of them takes.
    """
    if answer.is_list:
        return _list(words, answer)
    return _call(flags, words, request, call, answer)


def _list(words: Sequence[str], answer: AnswerFlags) -> int:
    from ccloud_apply.cli.output.showing import show
    from ccloud_apply.load.request.document import read_operations

    if words:
        raise click.UsageError("--list takes no operation; an operation's --help describes it")
    operations = tuple(read_operations().values())
    show(Terminal(), "operations", answer.format_name or "text", operations)
    return 0


def _call(
    flags: Flags,
    words: Sequence[str],
    request: RequestFlags,
    call: CallFlags,
    answer: AnswerFlags,
) -> int:
    from ccloud_apply.cli.output.answer import answer_place
    from ccloud_apply.cli.params.api import check_flags, read_request
    from ccloud_apply.cli.running import run_workflow
    from ccloud_apply.cli.settings import read_own_settings
    from ccloud_apply.load.request.target import find_target
    from ccloud_apply.render.lib.escape import escape_line
    from ccloud_apply.workflows.call.call import call_operation

    target = find_target(words)
    check_flags(target.operation, request, call, answer)
    checked = read_request(target, request)
    settings = read_own_settings(flags, os.environ)
    options = call.options(is_included=answer.is_included)
    terminal = Terminal()
    with answer_place(terminal, target.operation, answer) as write:
        came = run_workflow(
            settings,
            lambda run: call_operation(
                run, checked, options, note=lambda text: terminal.write_note(escape_line(text))
            ),
        )
        if not came.is_refused:
            write(came)
    return _end(terminal, came, answer)


def _end(terminal: Terminal, came: ApiAnswer, answer: AnswerFlags) -> int:
    """The exit code. What the API says of a refusal is shown like an answer, its sentence beside
    it; a refusal without JSON ends like any other error."""
    from ccloud_apply.cli.output.diagnostics import write_diagnostics
    from ccloud_apply.cli.output.showing import show
    from ccloud_apply.errors import RequestError

    if came.problem is None:
        return 0
    if came.is_refused and not came.has_body and not came.headers:
        raise RequestError((came.problem,))
    if came.is_refused:
        show(terminal, "api", answer.format_name or "json", came)
    write_diagnostics(terminal, (came.problem,))
    return 1
