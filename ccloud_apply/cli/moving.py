"""What a person sees of a move between subscriptions, is asked, and gets as an exit code.

0 done, 1 refused or not known, 3 held because a stack owns a server, 128 + n stopped by a signal.
"""

import asyncio

from ccloud_apply.cli.exit_codes import HELD
from ccloud_apply.cli.output.approval import ask_approval
from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.values import MoveFlags
from ccloud_apply.cli.running import run_stoppable
from ccloud_apply.cli.settings import Settings
from ccloud_apply.cli.signals import Interrupted, Stop
from ccloud_apply.errors import ApplyError
from ccloud_apply.model.results.move import Move, Moved, MoveKind
from ccloud_apply.render.registry import RenderOptions, render
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.billing.subscription import MoveRequest, carry_out, prepare_move


def run_move(settings: Settings, request: MoveRequest, flags: MoveFlags) -> int:
    """Show the move, ask, do it and give back the exit code. Raises CcloudApplyError."""
    terminal = Terminal()
    options = RenderOptions(account=describe_account(settings.connection))

    async def work(run: Run, stop: Stop) -> int:
        move = await prepare_move(run, request)
        _show_move(terminal, move, flags)
        if move.held and not flags.force:
            _tell_held(terminal, move, flags, options)
            return HELD
        await _approve(terminal, move, flags)
        with stop.watched() as stopped:  # what is sent is looked for, whoever wants to stop
            told = asyncio.create_task(_tell_stopping(terminal, stopped, move))
            try:
                moved = await carry_out(run, move)
            finally:
                told.cancel()
        show(terminal, "moved", flags.format_name, moved, options)
        if stopped.is_set():
            raise Interrupted(stop.number)
        return 0

    return run_stoppable(settings, work)


async def _tell_stopping(terminal: Terminal, stopped: asyncio.Event, move: Move) -> None:
    """A second signal ends the process at once, and can say nothing any more."""
    await stopped.wait()
    kind = move.kind.value
    terminal.write_note(
        f"The {kind} may have been carried out: waiting for its answer, to find out. A second"
        " signal"
        " ends this at once."
    )


def _show_move(terminal: Terminal, move: Move, flags: MoveFlags) -> None:
    """What will happen: the result in text; in JSON it is for the person who is asked."""
    if flags.format_name == "text":
        show(terminal, "move", "text", move)
    elif not flags.auto_approve:
        coloured = RenderOptions(is_coloured=terminal.has_coloured_errors)
        terminal.write_note(render("move", "text", move, coloured))
    if move.warnings:
        write_diagnostics(terminal, move.warnings)


def _tell_held(terminal: Terminal, move: Move, flags: MoveFlags, options: RenderOptions) -> None:
    if flags.format_name == "json":
        show(terminal, "moved", "json", Moved(move=move, is_done=False), options)
    write_diagnostics(terminal, move.held)
    terminal.write_note("Blocked: nothing was changed.")


async def _approve(terminal: Terminal, move: Move, flags: MoveFlags) -> None:
    """Raises ApplyError where nobody approves, UsageError where nobody can be asked."""
    if flags.auto_approve:
        return
    hint = "--auto-approve does it without asking"
    if not await ask_approval(terminal, _ACTS[move.kind], what=move.kind.value, hint=hint):
        raise ApplyError("not approved: nothing was changed")


_ACTS = {
    MoveKind.IMPORT: "import this server",
    MoveKind.EXPORT: "export this server",
    MoveKind.EXPORT_ALL: "export all servers",
}
