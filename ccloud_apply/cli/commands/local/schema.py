"""`schema`: the JSON Schema of a stack file, or of a project file, for editors and programs."""

import json
import os

import click

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import own_project_options
from ccloud_apply.load.schema.project_schema import build_project_schema
from ccloud_apply.load.schema.stack_schema import build_stack_schema
from ccloud_apply.model.limits import apply_limits


@click.command(name="schema")
@click.option("--project", is_flag=True, help="That of a project file, ccloud-apply.yaml.")
@own_project_options
def command(project: bool) -> int:
    """Print the JSON Schema of a stack file, with the limits that CCLOUD_LIMIT_... sets."""
    whole = build_project_schema() if project else build_stack_schema()
    schema = apply_limits(whole, read_limits(os.environ))
    Terminal().write_result(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
