"""Where the embedded API keeps its data: makes the folder, and says what goes wrong there."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ccloud_apply.errors import UsageError


@contextmanager
def sandbox_data(db: str) -> Iterator[None]:
    """Inside, the sandbox's file may be opened; its folder is for nobody else to look into.

    Raises UsageError for what cannot be made or opened.
    """
    try:
        folder = Path(db).parent
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True)
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"the sandbox's data at {db} cannot be used: {reason}",
            hint="delete that file, or name another one with CCLOUD_SANDBOX_DB",
        ) from error
