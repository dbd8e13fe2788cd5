"""`schema`: the JSON Schema of a stack file, for editors and other programs."""

import json

import click

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.options import connection_options
from ccloud_apply.load.schema.stack_schema import build_stack_schema


@click.command(name="schema")
@connection_options
def command() -> int:
    """Print the JSON Schema of a stack file."""
    Terminal().write_result(json.dumps(build_stack_schema(), indent=2, ensure_ascii=False))
    return 0
