"""`schema`: the JSON Schema of a stack file, for editors and other programs."""

import json
import os

import click

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.load.schema.stack_schema import build_stack_schema
from ccloud_apply.model.limits import apply_limits


@click.command(name="schema")
@connection_options
def command() -> int:
    """Print the JSON Schema of a stack file, with the limits that CCLOUD_LIMIT_... sets."""
    schema = apply_limits(build_stack_schema(), read_limits(os.environ))
    Terminal().write_result(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
