"""`schema`: the JSON Schema of a stack file, or of a project file, for editors and programs."""

import json
import os

import click

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import own_project_options
from ccloud_apply.load.editor.describe import (
    DOCS,
    build_project_document,
    build_stack_document,
)


@click.command(name="schema")
@click.option("--project", is_flag=True, help="That of a project file, ccloud-apply.yaml.")
@click.option("--docs", default=DOCS, metavar="URL", help="Where links in hover texts lead.")
@own_project_options
def command(project: bool, docs: str) -> int:
    """Print the JSON Schema of a stack file, with the limits that CCLOUD_LIMIT_... sets."""
    build = build_project_document if project else build_stack_document
    schema = build(read_limits(os.environ), docs)
    Terminal().write_result(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
