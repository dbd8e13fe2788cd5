"""The text of a first project file: short, valid, with comments that say how to go on."""

from ccloud_apply.load.write.dump import dump_stack, dump_value
from ccloud_apply.model.declared.first_project import FirstProject

PROJECT_SCHEMA_FILE = "project.schema.json"
"""Where the file looks for its JSON Schema: beside itself."""

_COMMENT_COLUMN = 38
_MAX_LINE = 60
"""Characters of a line from which on its comment stands above it."""

_HEAD = f"""\
# yaml-language-server: $schema={PROJECT_SCHEMA_FILE}
# What all stacks of this folder share, and their environments. Commands look for this file in the
# folder of the PATH, and in the folders above it. It contains no credentials.
"""

_NO_ACCOUNT = '# account: {customer_id: "K12345"}'
_EXPECTED = "expected: any other account is an error"

_MORE = """\

# variables: {size: 2}                  # a stack's own variables override these
# defaults: {type: unmanaged}           # a stack's own defaults override these
# policy: {max_destroy: 1}              # a stack cannot loosen it

# environments:                         # --env NAME or CCLOUD_ENV chooses one; ${env} is its name
#   prod: {var_files: [env/prod.yaml], policy: {max_destroy: 0}}
#   staging: {variables: {size: 1}}
"""


def write_first_project(first: FirstProject) -> str:
    """The file's text."""
    lines = [dump_stack({"project": first.name}).rstrip("\n"), _account_line(first)]
    if first.stacks:
        stacks = f"stacks: {dump_value(first.stacks)}"
        lines.append(_with_comment(stacks, "if a command gets no PATH"))
    else:
        lines.append(
            _with_comment('# stacks: ["stacks/**/*.yaml"]', "default: every stack in this folder")
        )
    return _HEAD + "\n".join(lines) + "\n" + _MORE


def _account_line(first: FirstProject) -> str:
    told = {"customer_id": first.customer_id, "endpoint": first.endpoint}
    account = {name: value for name, value in told.items() if value is not None}
    line = f"account: {dump_value(account)}" if account else _NO_ACCOUNT
    return _with_comment(line, _EXPECTED)


def _with_comment(line: str, comment: str) -> str:
    if len(line) >= _MAX_LINE:
        return f"# {comment}\n{line}"
    return f"{line.ljust(_COMMENT_COLUMN)}  # {comment}"
