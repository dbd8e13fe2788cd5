"""`performance KEY|HOSTNAME [PATH...]`: how busy a server was. Reads, and changes nothing."""

import os

import click

from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.gather import gather
from ccloud_apply.cli.params.options import Flags, connection_options, format_option
from ccloud_apply.cli.params.server import ServerFlags, server_argument, server_paths
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import read_settings
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.live.performance import PERIODS, RESOURCES, Performance
from ccloud_apply.render.registry import RenderOptions, formats_of
from ccloud_apply.workflows.account.identity import describe_account
from ccloud_apply.workflows.performance import read_performance

_CHART = "▁▂▃▄▅▆▇█·┤│└─"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFlags:
    """`--resource` and `--period`."""

    resource: tuple[str, ...]
    period: str

    @property
    def resources(self) -> tuple[str, ...]:
        """Each resource once; all of them where none is named."""
        return tuple(dict.fromkeys(self.resource)) or RESOURCES


@click.command(name="performance")
@server_argument
@server_paths
@click.option(
    "--resource",
    multiple=True,
    type=click.Choice(RESOURCES),
    help="What to show. Repeatable. By default everything.",
)
@click.option(
    "--period",
    type=click.Choice(PERIODS),
    default="day",
    show_default=True,
    help="How far to look back.",
)
@format_option(*formats_of("performance"))
@connection_options
@click.pass_obj
@gather(server=ServerFlags, measure=MeasureFlags)
def command(flags: Flags, server: ServerFlags, measure: MeasureFlags, format_name: str) -> int:
    """Show how busy a server was, as a chart of each resource.

    Name the server by its hostname, or by the KEY of a stack in PATH.
    """
    found = server.load_named(flags, tell_skipped)
    stacks, settings = found.stacks, read_settings(flags, os.environ, found.project)
    performance = run_workflow(
        settings,
        lambda run: read_performance(run, server.name, stacks, measure.resources, measure.period),
    )
    terminal = Terminal()
    options = RenderOptions(
        account=describe_account(settings.connection),
        width=terminal.width,
        is_ascii=not terminal.can_show(_CHART),
    )
    show(terminal, "performance", format_name, performance, options)
    return _tell_unread(terminal, performance)


def _tell_unread(terminal: Terminal, performance: Performance) -> int:
    """The exit code, after an error for each resource that could not be read."""
    errors = [
        Diagnostic(
            code="unread",
            where=f"{performance.hostname} {measured.resource}",
            what=measured.error,
            severity=Severity.ERROR,
        )
        for measured in performance.measured
        if measured.error is not None
    ]
    if errors:
        write_diagnostics(terminal, errors)
    return 1 if errors else 0
