"""The monthly reports of the account's addon `report`: PDF files, whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

from ccloud_apply.api import billing
from ccloud_apply.errors import NotFoundError, UsageError
from ccloud_apply.files import write_private_bytes
from ccloud_apply.workflows.account.run import Run

_HINT = "`ccloud-apply reports` lists the months"


async def list_reports(run: Run) -> Sequence[str]:
    """The months that have a report, the newest first. Raises ApiError."""
    return sorted(await billing.list_reports(run.client), reverse=True)


def require_place(out: str, *, may_replace: bool) -> Path:
    """The path of a file that may be written. Raises UsageError for any other."""
    path = Path(out)
    if path.exists() and not path.is_file():
        raise UsageError(f"{out} is not a file", hint="name a file for the PDF")
    if path.exists() and not may_replace:
        raise _taken(path)
    if not path.parent.is_dir():
        raise UsageError(f"{out}: the folder {path.parent} does not exist")
    return path


async def save_report(run: Run, month: str, path: Path, *, may_replace: bool) -> int:
    """Write a month's report to the file (mode 0600) and give back its size in bytes.

    Raises ApiError, also for an answer that is not a whole PDF: then nothing is written. Raises
    UsageError for a file that is there by now, without `may_replace`.
    """
    if month in ("", ".", "..") or not {"/", "\\"}.isdisjoint(month):
        raise UsageError(f'"{month}" is not a month', hint=_HINT)
    try:
        content = await billing.read_report(run.client, month)
    except NotFoundError as error:
        error.hint = _HINT
        raise
    try:
        write_private_bytes(path, content, may_replace=may_replace)
    except FileExistsError:
        raise _taken(path) from None
    return len(content)


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} exists already", hint="name another file, or add --overwrite")
