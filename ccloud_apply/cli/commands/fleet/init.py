"""`fleet init [FILE]`: a first fleet.yaml."""

import shlex
from pathlib import Path

import click

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.fleet.model.config import FLEET_FILE
from ccloud_apply.render.lib.escape import escape_line


@click.command(name="init")
@click.argument("file", default=FLEET_FILE, metavar="[FILE]")
@connection_options
def command(file: str) -> int:
    """Write a first fleet.yaml, with comments, that works on the sandbox. Needs no account.

    Never overwrites a file.
    """
    from ccloud_apply.fleet.config.first_fleet import (
        FLEET_SCHEMA_FILE,
        STACKS_FOLDER,
        write_first_fleet,
    )
    from ccloud_apply.workflows.export.write import create_new

    create_new(file, write_first_fleet())
    folder = Path(file).parent
    other = "" if file == FLEET_FILE else f" --config {shlex.quote(file)}"
    stack = shlex.quote(str(folder / STACKS_FOLDER / "web.yaml"))
    schema = shlex.quote(str(folder / FLEET_SCHEMA_FILE))
    lines = [
        f"Wrote {escape_line(file)}.",
        "",
        "Next:",
        f"  mkdir -p {shlex.quote(str(folder / STACKS_FOLDER))}",
        f"  ccloud-apply new --sandbox {stack} --stack web    # a first stack",
        f"  ccloud-apply fleet check{other}",
        f"  ccloud-apply fleet serve --once{other}    # do all that is due, and end",
        f"  ccloud-apply schema --fleet > {schema}    # for an editor that completes YAML",
    ]
    Terminal().write_result("\n".join(lines))
    return 0
