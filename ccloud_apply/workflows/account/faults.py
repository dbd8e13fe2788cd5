"""The file of faults for the embedded API, which reads it itself: says what is wrong with it."""

from typing import TYPE_CHECKING

from ccloud_apply.errors import UsageError

if TYPE_CHECKING:
    from ccloud_apply.sandbox.faults import FaultPlan


def read_faults(path: str | None) -> "FaultPlan | None":
    """The faults of a file; None where no file is named. Raises UsageError."""
    if path is None:
        return None
    from ccloud_apply.sandbox.faults import file

    try:
        return file.read_faults(path)
    except file.FaultFileError as error:
        raise UsageError(str(error), hint="see docs/guides/rehearse-faults.md") from error
    except OSError as error:
        raise UsageError(
            f"the faults in {path} cannot be read: {error.strerror}",
            hint="--faults or CCLOUD_SANDBOX_FAULTS names that file",
        ) from error
