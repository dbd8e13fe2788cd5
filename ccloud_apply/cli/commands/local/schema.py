"""`schema`: the JSON Schema of a stack file, or of a project file, for editors and programs."""

import json
import os

import click

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import own_project_options
from ccloud_apply.load.editor.catalogue import offer_catalogues
from ccloud_apply.load.editor.describe import (
    DOCS,
    build_project_document,
    build_stack_document,
)
from ccloud_apply.workflows.inputs.catalogue_file import read_catalogue


@click.command(name="schema")
@click.option("--project", is_flag=True, help="That of a project file, ccloud-apply.yaml.")
@click.option(
    "--catalog",
    "catalogs",
    multiple=True,
    metavar="FILE",
    help="Complete the values of this catalogue, as 'catalog KIND --format json' prints it.",
)
@click.option("--docs", default=DOCS, metavar="URL", help="Where links in hover texts lead.")
@own_project_options
def command(project: bool, catalogs: tuple[str, ...], docs: str) -> int:
    """Print the JSON Schema of a stack file, with the limits that CCLOUD_LIMIT_... sets."""
    build = build_project_document if project else build_stack_document
    schema = build(read_limits(os.environ), docs)
    schema = offer_catalogues(schema, map(read_catalogue, catalogs))
    Terminal().write_result(json.dumps(schema, indent=2))
    return 0
