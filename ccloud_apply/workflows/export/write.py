"""Writes an export: a new file, or a stack file that is there already. Neither is overwritten."""

from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.files import create_file, replace_file
from ccloud_apply.workflows.export.export import Exported
from ccloud_apply.workflows.export.into import Target


def write_new(path: str, exported: Exported) -> None:
    """Write a file that is not there yet, whole or not at all. Raises UsageError."""
    create_new(path, exported.text)


def create_new(path: str, text: str) -> None:
    """The same for any text of a stack file."""
    try:
        create_file(Path(path), text)
    except FileExistsError:
        raise build_exists_error(path) from None


def write_into(target: Target, exported: Exported) -> None:
    """Replace the file, whole or not at all, with the mode that it has. Raises UsageError."""
    replace_file(Path(target.path), exported.text, before=target.text)


def build_exists_error(path: str) -> UsageError:
    """The error for a file that is in the way."""
    return UsageError(f"{path} exists already", hint="name a file that does not exist yet")
