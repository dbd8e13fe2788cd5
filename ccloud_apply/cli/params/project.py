"""`--project`, `--no-project` and `--env`, joined with CCLOUD_ENV."""

from collections.abc import Mapping

from ccloud_apply.cli.params.options import Flags
from ccloud_apply.errors import UsageError
from ccloud_apply.workflows.inputs.project import ENV_VARIABLE, ProjectChoice


def choose_project(flags: Flags, environment: Mapping[str, str]) -> ProjectChoice:
    """Which project file counts, and which of its environments; a flag wins over CCLOUD_ENV.

    Raises UsageError for `--project` beside `--no-project`.
    """
    if flags.project is not None and flags.has_no_project:
        raise UsageError("--project and --no-project exclude each other", hint="give one of them")
    origin = "--env" if flags.env is not None else ENV_VARIABLE
    return ProjectChoice(
        file=flags.project,
        is_off=flags.has_no_project,
        env=flags.env or environment.get("CCLOUD_ENV") or None,
        env_origin=origin,
    )
