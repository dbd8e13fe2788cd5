"""Writes an export: a new file, or a stack file that is there already. Neither is overwritten."""

from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.files import replace_file
from ccloud_apply.workflows.export.export import Exported
from ccloud_apply.workflows.export.into import Target


def write_new(path: str, exported: Exported) -> None:
    """Write a file that is not there yet. Raises UsageError."""
    try:
        with Path(path).open("x", encoding="utf-8", newline="") as file:
            file.write(exported.text)
    except FileExistsError:
        raise build_exists_error(path) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def write_into(target: Target, exported: Exported) -> None:
    """Replace the file, whole or not at all, with the mode that it has. Raises UsageError."""
    replace_file(Path(target.path), exported.text)


def build_exists_error(path: str) -> UsageError:
    """The error for a file that is in the way."""
    return UsageError(f"{path} exists already", hint="name a file that does not exist yet")
