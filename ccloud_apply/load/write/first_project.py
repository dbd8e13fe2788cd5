"""The text of a first project file: short, valid, with comments that say how to go on."""

import json

from ccloud_apply.load.write.dump import dump_stack
from ccloud_apply.model.declared.first_project import FirstProject

PROJECT_SCHEMA_FILE = "project.schema.json"
"""Where the file looks for its JSON Schema: beside itself."""

_COMMENT_COLUMN = 40

_HEAD = f"""\
# yaml-language-server: $schema={PROJECT_SCHEMA_FILE}
# What all stacks of this folder share, and their environments. Commands find this file from the
# PATH upwards. It connects to nothing, and no credential stands in it.
"""

_NO_ACCOUNT = '# account: {customer_id: "K12345"}'
_EXPECTED = "expected: any other account is an error"

_MORE = """\

# variables: {size: 2}                  # under every stack's own
# defaults: {type: unmanaged}           # under the defaults of every stack
# policy: {max_destroy: 1}              # no stack can loosen it

# environments:                         # --env NAME or CCLOUD_ENV picks one; ${env} is its name
#   prod: {var_files: [env/prod.yaml], policy: {max_destroy: 0}}
#   staging: {variables: {size: 1}}
"""


def write_first_project(first: FirstProject) -> str:
    """The file's text."""
    lines = [dump_stack({"project": first.name}).rstrip("\n"), _account_line(first)]
    if first.stacks:
        entries = json.dumps(list(first.stacks))
        lines.append(_with_comment(f"stacks: {entries}", "if a command gets no PATH"))
    else:
        lines.append(
            _with_comment('# stacks: ["stacks/**/*.yaml"]', "left out: each stack in this folder")
        )
    return _HEAD + "\n".join(lines) + "\n" + _MORE


def _account_line(first: FirstProject) -> str:
    parts = []
    if first.customer_id is not None:
        parts.append(f"customer_id: {json.dumps(first.customer_id)}")
    if first.endpoint is not None:
        parts.append(f"endpoint: {json.dumps(first.endpoint)}")
    return _with_comment(f"account: {{{', '.join(parts)}}}" if parts else _NO_ACCOUNT, _EXPECTED)


def _with_comment(line: str, comment: str) -> str:
    return (
        f"{line.ljust(_COMMENT_COLUMN)}# {comment}" if len(line) < 60 else (f"# {comment}\n{line}")
    )
