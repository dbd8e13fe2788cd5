"""`fleet run STACK`: one stack, now."""

import click

from ccloud_apply.cli.exit_codes import DIFFERENT, HELD
from ccloud_apply.cli.fleet import read_means, run_in_fleet
from ccloud_apply.cli.fleet_database import name_person
from ccloud_apply.cli.output.fleet_run import RunLines
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option
from ccloud_apply.cli.params.options import connection_options

_EXIT_CODES = {"clean": 0, "applied": 0, "drift": DIFFERENT, "proposed": DIFFERENT, "held": HELD}


@click.command(name="run")
@click.argument("stack", metavar="STACK")
@click.option(
    "--wait", is_flag=True, help="Wait for the end of the run, and exit with its exit code."
)
@config_option
@connection_options
def command(stack: str, wait: bool, config: str) -> int:
    """Run one stack now, as its rule says, without waiting for its schedule.

    A worker of the fleet runs the stack. Without workers, this command runs it and waits. Exit
    code: 0 clean or applied, 2 drift or a proposal, 3 held, 1 failed. STACK is NAME or
    ACCOUNT/NAME.
    """
    from ccloud_apply.fleet.asked import run_now

    terminal = Terminal()
    asked = run_in_fleet(
        read_means(config, RunLines(terminal)),
        lambda context, stop: run_now(
            context, stack, name_person(), is_waiting=wait, tell=terminal.write_note
        ),
    )
    if asked.outcome is None:
        terminal.write_result(f"{asked.account}/{asked.stack} runs as soon as a worker is free.\n")
        return 0
    terminal.write_result(f"{asked.account}/{asked.stack}: {asked.outcome} (run {asked.run})\n")
    return _EXIT_CODES.get(asked.outcome, 1)
