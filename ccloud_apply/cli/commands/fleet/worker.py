"""`fleet worker`: takes the jobs of a fleet on PostgreSQL, until a signal ends it."""

from typing import TYPE_CHECKING

import click

from ccloud_apply.cli.fleet import read_means
from ccloud_apply.cli.output.fleet_run import RunLines
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, drain_option
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.cli.signals import Stop, run_until_signal
from ccloud_apply.render.lib.escape import escape_short

if TYPE_CHECKING:
    from ccloud_apply.fleet.open_fleet import FleetMeans
    from ccloud_apply.fleet.worker_service import WorkerOptions


@click.command(name="worker")
@config_option
@click.option(
    "--concurrency",
    type=click.IntRange(min=1, max=100),
    default=6,
    show_default=True,
    metavar="N",
    help="Number of jobs at a time: polls of sources, sweeps of accounts, runs of stacks.",
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="GLOB",
    help="Work only on these accounts, and poll no sources. Repeatable.",
)
@drain_option
@connection_options
def command(config: str, concurrency: int, accounts: tuple[str, ...], drain: float) -> int:
    """Work on a fleet on PostgreSQL, until interrupted.

    Any number of workers on any number of machines share the work. If one is killed, nothing is
    lost: once its leases end, the others finish what it began.
    """
    from ccloud_apply.fleet.worker_service import WorkerOptions

    options = WorkerOptions(concurrency=concurrency, accounts=accounts, drain_s=drain)
    terminal = Terminal()
    return _work(read_means(config, RunLines(terminal)), options, terminal)


def _work(means: "FleetMeans", options: "WorkerOptions", terminal: Terminal) -> int:
    """Work until a signal. Raises CcloudApplyError, Interrupted by a signal before it began."""
    from ccloud_apply.fleet.worker_service import run_worker

    def tell_ready(name: str) -> None:
        taken = "all accounts" if not options.accounts else ", ".join(options.accounts)
        terminal.write_note(
            f"{name} takes jobs of {escape_short(taken)}, {options.concurrency} at a time"
        )

    async def work(stop: Stop) -> int:
        with stop.watched() as event:
            await run_worker(means, event, options, tell_ready)
        return stop.number

    number = run_until_signal(work)
    return 128 + number if number else 0
