"""The flags of `export` as values, and which of them go together."""

import os
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.ownership import STACK_RULE, is_stack_name
from ccloud_apply.workflows.export.write import build_exists_error
from ccloud_apply.workflows.inputs.own_file import require_ending


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceFlags:
    """Which servers, and of which stack: `--hostname`, `--tag`, `--all` and `--stack`."""

    hostnames: tuple[str, ...]
    tag: str | None
    is_all: bool
    stack: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFlags:
    """Where to: `--out`, or `--into` with the variables of that file."""

    out: str | None
    into: str | None
    variables: tuple[str, ...]
    var_file: str | None


def check_flags(choice: ChoiceFlags, file: FileFlags) -> None:
    """Raises UsageError for flags that do not go together."""
    if (bool(choice.hostnames), choice.tag is not None, choice.is_all).count(True) != 1:
        raise UsageError("which servers?", hint="give one of --hostname, --tag and --all")
    if choice.stack is not None and not is_stack_name(choice.stack):
        raise UsageError(f"--stack: a stack's name is {STACK_RULE}")
    if file.into is not None and (choice.stack is not None or file.out is not None):
        raise UsageError("--into adds to an existing stack file: leave out --stack and --out")
    if file.into is None and (file.variables or file.var_file):
        raise UsageError("--var and --var-file are only for the file of --into")
    out = file.out
    if out is not None:
        require_ending("--out", out, "stack", lambda _: f"--out {Path(out).with_suffix('.yaml')}")
        if os.path.lexists(out):
            raise build_exists_error(out)
