"""What a lock's file says of whoever holds it: a small JSON object, for others to read."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccloud_apply.apply.workdir.private_file import open_private, write_whole

_MAX_BYTES = 4096


def write_note(handle: int, note: Mapping[str, Any] | None) -> None:
    """Write it in place of the earlier one; None leaves the file empty. Raises OSError."""
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    write_whole(handle, b"" if note is None else json.dumps(note).encode())


def read_note(path: Path) -> Mapping[str, Any]:
    """What it says; nothing where it is not there, or not to be understood."""
    try:
        handle = open_private(path, os.O_RDONLY)
        try:
            note = json.loads(os.read(handle, _MAX_BYTES))
        finally:
            os.close(handle)
    except (OSError, ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}
