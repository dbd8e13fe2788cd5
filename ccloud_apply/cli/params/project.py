"""`--project`, `--no-project` and `--env`, joined with CCLOUD_ENV."""

from collections.abc import Mapping, Sequence

from ccloud_apply.cli.limits import read_limits
from ccloud_apply.cli.params.options import Flags
from ccloud_apply.errors import UsageError
from ccloud_apply.workflows.inputs.project import (
    ENV_VARIABLE,
    OpenProject,
    ProjectChoice,
    open_project,
)


def choose_project(flags: Flags, environment: Mapping[str, str]) -> ProjectChoice:
    """Which project file counts, and which of its environments; a flag wins over CCLOUD_ENV.

    Raises UsageError for `--project` beside `--no-project`, and for a flag that is given and empty:
    what a variable that is not set leaves behind must not pass for no wish.
    """
    for flag, value in (("--project", flags.project), ("--env", flags.env)):
        if value == "":
            raise UsageError(f"{flag} is given without a name", hint="name one, or leave it out")
    if flags.project is not None and flags.has_no_project:
        raise UsageError("--project and --no-project exclude each other", hint="give one of them")
    origin = "--env" if flags.env is not None else ENV_VARIABLE
    return ProjectChoice(
        file=flags.project,
        is_off=flags.has_no_project,
        env=flags.env or environment.get(ENV_VARIABLE) or None,
        env_origin=origin,
    )


def find_own_project(
    flags: Flags, environment: Mapping[str, str], paths: Sequence[str] = ()
) -> OpenProject | None:
    """The project of these paths, else of the current folder; None where there is none.

    Raises UsageError and StackError as `open_project`.
    """
    return open_project(choose_project(flags, environment), paths, read_limits(environment))
