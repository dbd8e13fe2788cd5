"""`fleet serve`: the page and the runs of a fleet, until a signal ends it; or all that is due."""

from typing import TYPE_CHECKING

import click

from ccloud_apply.cli.fleet import read_means
from ccloud_apply.cli.output.fleet_run import RunLines
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, drain_option
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.cli.params.serving import DEFAULT_LISTEN, ServeFlags
from ccloud_apply.cli.signals import Stop, run_until_signal

if TYPE_CHECKING:
    from ccloud_apply.fleet.open_fleet import FleetMeans


@click.command(name="serve")
@config_option
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help=f"Serve the page at this address. [default: {DEFAULT_LISTEN}]",
)
@click.option("--no-worker", is_flag=True, help="Serve only the page. Workers run elsewhere.")
@click.option("--once", is_flag=True, help="Do everything that is due, without a page, and end.")
@drain_option
@connection_options
@gather(serving=ServeFlags)
def command(config: str, serving: ServeFlags) -> int:
    """Serve the page of a fleet and run what is due, until interrupted.

    Finds stacks in the sources of fleet.yaml, compares them with their accounts, and plans or
    applies them as their rules say. With --once, ends as soon as nothing is due. The exit code is
    then 0 if everything due has run, whatever the results.
    """
    serving.check()
    means = read_means(config, RunLines(Terminal()))
    return _serve_once(means) if serving.once else _serve(means, serving)


def _serve_once(means: "FleetMeans") -> int:
    from ccloud_apply.fleet.serving import serve_once

    status = run_until_signal(lambda stop: serve_once(means))
    show(Terminal(), "fleet-status", "text", status)
    return 1 if any(one.error for one in status.sources if one.is_configured) else 0


def _serve(means: "FleetMeans", serving: ServeFlags) -> int:
    """Serve until a signal. Raises CcloudApplyError, Interrupted by a signal before it began."""
    from ccloud_apply.fleet.serving import serve

    options, terminal = serving.options(means.config.web), Terminal()

    async def work(stop: Stop) -> int:
        with stop.watched() as event:
            await serve(
                means,
                event,
                options,
                lambda address: terminal.write_note(f"The page is served at {address}"),
            )
        return stop.number

    number = run_until_signal(work)
    return 128 + number if number else 0
