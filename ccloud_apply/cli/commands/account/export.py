"""`export`: live servers as a stack file whose plan is adoption and nothing else."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from ccloud_apply.cli.failure import write_diagnostics
from ccloud_apply.cli.inputs.export_into import build_text, read_target, write_text
from ccloud_apply.cli.inputs.stacks import StackRequest, parse_variables
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import Flags, connection_options, variable_options
from ccloud_apply.cli.settings import Settings, read_settings
from ccloud_apply.cli.signals import run_until_signal
from ccloud_apply.cli.wiring import open_client
from ccloud_apply.errors import CcloudApplyError, PlanError, StackError, UsageError
from ccloud_apply.load.stack.build import VariableSources, load_stack
from ccloud_apply.load.write.dump import dump_stack
from ccloud_apply.model.diagnostic import Diagnostic, has_errors
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.ownership import STACK_RULE, is_stack_name
from ccloud_apply.plan.build import PlanOptions
from ccloud_apply.plan.views.export import ACCOUNT_READS, build_export, export_reads, find_surprises
from ccloud_apply.plan.views.export_selection import Choice, ExportRequest, choose_servers


@click.command(name="export")
@click.option("--hostname", "hostnames", multiple=True, metavar="H", help="A server; repeatable.")
@click.option("--tag", metavar="T", help="Every server with this tag.")
@click.option("--all", "is_all", is_flag=True, help="Every server that no other stack owns.")
@click.option("--stack", metavar="NAME", help="The stack's name.")
@click.option("--out", metavar="FILE", help="Write a new file instead of standard output.")
@click.option("--into", metavar="FILE", help="Add the servers to this stack file.")
@variable_options
@connection_options
@click.pass_obj
def command(
    flags: Flags,
    hostnames: tuple[str, ...],
    tag: str | None,
    is_all: bool,
    stack: str | None,
    out: str | None,
    into: str | None,
    variables: tuple[str, ...],
    var_file: str | None,
) -> int:
    """Write live servers as a stack file, or into one (--into). Changes nothing.

    Planned, the file shows adoption and nothing else.
    """
    if (bool(hostnames), tag is not None, is_all).count(True) != 1:
        raise UsageError("which servers?", hint="give one of --hostname, --tag and --all")
    if stack is not None and not is_stack_name(stack):
        raise UsageError(f"--stack: a stack's name is {STACK_RULE}")
    if into is not None and (stack is not None or out is not None):
        raise UsageError("--into adds to a stack that has a name and a file; leave the others out")
    if into is None and (variables or var_file):
        raise UsageError("--var and --var-file are the variables of the file of --into")
    if out is not None and os.path.lexists(out):
        raise _build_exists_error(out)
    settings = read_settings(flags, os.environ)
    given = StackRequest(
        paths=(into or "",), variables=parse_variables(variables), var_file=var_file
    )
    target = None if into is None else read_target(into, given)
    request = ExportRequest(
        hostnames=hostnames,
        tag=tag,
        stack=stack if target is None else target.stack.name,
        into=None if target is None else target.stack,
    )
    choice, account = run_until_signal(lambda stop: _read(settings, request))
    text, warnings = (
        write_stack(choice, account) if target is None else build_text(target, choice, account)
    )
    terminal = Terminal()
    if target is not None:
        write_text(target, text)
        terminal.write_note(f"Added {_count(len(choice.servers))} to {into}.")
    elif out is None:
        terminal.write_result(text)
    else:
        _write_file(out, text)
        terminal.write_note(f"Exported {_count(len(choice.servers))} to {out}.")
    if warnings:
        write_diagnostics(terminal, warnings)
    return 0


async def _read(settings: Settings, request: ExportRequest) -> tuple[Choice, Account]:
    from ccloud_apply.api.account_reader import read_account, read_parts

    async with open_client(settings) as client:
        account = await read_account(client, reads=ACCOUNT_READS)
        choice, diagnostics = choose_servers(account, request)
        if choice is None:
            raise PlanError(diagnostics)
        return choice, await read_parts(client, account, export_reads(choice))


def write_stack(choice: Choice, account: Account) -> tuple[str, Sequence[Diagnostic]]:
    """The text of the stack file, planned against the account as a proof; and its warnings.

    Raises StackError, PlanError or CcloudApplyError where the plan would not be adoption alone.
    """
    from ccloud_apply.apply.planning import plan_account

    stack, found = build_export(choice, account)
    text = dump_stack(stack, [f"Exported by ccloud-apply: {_count(len(choice.servers))}."])
    loaded = load_stack(
        text.encode(), path="export", variables=VariableSources(), look=lambda reference: None
    )
    if loaded.stack is None or has_errors(loaded.diagnostics):
        raise StackError(loaded.diagnostics)
    plan = plan_account([loaded.stack], account, PlanOptions(has_checks=False))
    surprises = find_surprises(plan.stacks[0])
    if surprises:
        raise CcloudApplyError(
            f"the export would change more than tags: {', '.join(surprises[:5])}",
            hint="this is a bug of ccloud-apply; please report it",
        )
    return text, (*choice.warnings, *found)


def _write_file(path: str, text: str) -> None:
    try:
        with Path(path).open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise _build_exists_error(path) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def _build_exists_error(path: str) -> UsageError:
    return UsageError(f"{path} exists already", hint="name a file that does not exist yet")


def _count(number: int) -> str:
    return f"{number} {'server' if number == 1 else 'servers'}"
