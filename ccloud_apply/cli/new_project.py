"""What `new --project` does at the command line: reads the account, writes, says what to run next.

What the file says belongs to `workflows/new/first_project.py`.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.params.new import require_free_place
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.cli.running import run_workflow
from ccloud_apply.cli.settings import can_connect, read_settings
from ccloud_apply.errors import ApiError, UsageError
from ccloud_apply.load.write.first_project import PROJECT_SCHEMA_FILE
from ccloud_apply.model.declared.first_project import FirstProject
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.workflows.export.write import create_new
from ccloud_apply.workflows.new.first_project import (
    build_first_project,
    describe_first_project,
    read_customer,
)


def require_project_place(file: str) -> None:
    """Raises UsageError for a file that exists, or that would never be found as a project file."""
    path = Path(file)
    if path.name != PROJECT_FILE:
        folder = path if path.is_dir() else path.parent
        raise UsageError(
            f"{file} is not the name of a project file, which is {PROJECT_FILE}",
            hint=f"ccloud-apply new --project {shlex.quote(str(folder / PROJECT_FILE))}",
        )
    require_free_place(file)


def write_project(terminal: Terminal, flags: Flags, file: str) -> None:
    """Write the file, with the account that is connected to as the expected one, if any is.

    Raises UsageError for a file that exists and for settings that cannot be.
    """
    first, why = _describe(flags, Path(file), os.environ)
    create_new(file, build_first_project(Path(file), first))
    lines = [f"Wrote {escape_line(file)}."]
    if why:
        lines.append(f"It expects no account yet: {escape_short(why, 300)}.")
    elif first.customer_id is None:
        lines.append("It expects an endpoint and no customer: no operation tells whose it is.")
    else:
        lines.append(f"It expects the account of customer {escape_short(first.customer_id)}.")
    option = f" --project {shlex.quote(file)}" if Path(file).parent.parts else ""
    schema = shlex.quote(str(Path(file).parent / PROJECT_SCHEMA_FILE))
    lines += [
        "",
        "Next:",
        f"  ccloud-apply{option} validate    # the stacks below it",
        f"  ccloud-apply schema --project > {schema}    # for an editor that completes YAML",
    ]
    terminal.write_result("\n".join(lines))


def _describe(flags: Flags, path: Path, environment: Mapping[str, str]) -> tuple[FirstProject, str]:
    """What to write, and why no account is expected; empty where one is."""
    if not can_connect(flags, environment):
        return describe_first_project(path), "no credentials are set"
    settings = read_settings(flags, environment, None)
    try:
        customer = run_workflow(settings, read_customer)
    except ApiError as error:
        return describe_first_project(path), error.message
    # The sandbox is for trying: its address is no account that anybody expects.
    endpoint = None if settings.connection.is_sandbox else settings.connection.endpoint
    return describe_first_project(path, customer_id=customer, endpoint=endpoint), ""
