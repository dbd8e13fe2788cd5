"""`schema`: the JSON Schema of a stack file, a file that others extend, or a project file."""

import json
import os

import click

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import own_project_options
from ccloud_apply.errors import UsageError
from ccloud_apply.load.editor.catalogue import offer_catalogues
from ccloud_apply.load.editor.describe import (
    build_base_document,
    build_project_document,
    build_stack_document,
)
from ccloud_apply.workflows.inputs.catalogue_file import read_catalogue


@click.command(name="schema")
@click.option(
    "--project", is_flag=True, help="Print the schema of a project file, ccloud-apply.yaml."
)
@click.option("--fleet", is_flag=True, help="Print the schema of fleet.yaml.")
@click.option("--base", is_flag=True, help="Print the schema of a file that stack files extend.")
@click.option(
    "--catalog",
    "catalogs",
    multiple=True,
    metavar="FILE",
    help="Complete values from this catalogue, a file with the output of"
    " `ccloud-apply catalog KIND --format json`. Repeatable.",
)
@click.option("--docs", metavar="URL", help="Address of the docs that hover texts link to.")
@own_project_options
def command(
    project: bool, base: bool, fleet: bool, catalogs: tuple[str, ...], docs: str | None
) -> int:
    """Print the JSON Schema of a stack file, with the limits that CCLOUD_LIMIT_... sets."""
    given = [
        f"--{name}"
        for name, is_given in (("project", project), ("base", base), ("fleet", fleet))
        if is_given
    ]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(given)} are schemas of {len(given)} files", hint="give one of them"
        )
    if fleet:
        from ccloud_apply.fleet.config.describe import build_fleet_document

        Terminal().write_result(json.dumps(build_fleet_document(docs), indent=2))
        return 0
    build = build_stack_document
    if project or base:
        build = build_project_document if project else build_base_document
    schema = build(read_limits(os.environ), docs)
    schema = offer_catalogues(schema, map(read_catalogue, catalogs))
    Terminal().write_result(json.dumps(schema, indent=2))
    return 0
