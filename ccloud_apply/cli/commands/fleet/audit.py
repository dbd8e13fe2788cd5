"""`fleet audit`: who has decided what, newest first."""

import click

from ccloud_apply.cli.fleet_database import with_database
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.fleet import config_option, limit_option
from ccloud_apply.cli.params.options import connection_options, format_option
from ccloud_apply.fleet.documents import read_audit
from ccloud_apply.render.registry import formats_of


@click.command(name="audit")
@limit_option("decisions")
@config_option
@format_option(*formats_of("fleet-audit"))
@connection_options
def command(limit: int, config: str, format_name: str) -> int:
    """List who has decided what, newest first."""
    decisions = with_database(config, lambda database: read_audit(database, limit=limit))
    show(Terminal(), "fleet-audit", format_name, decisions)
    return 0
