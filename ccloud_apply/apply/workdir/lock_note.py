"""What a lock's file says of whoever holds it: a small JSON object, for others to read."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ccloud_apply.apply.workdir.private_file import open_private, write_whole

_MAX_BYTES = 4096
_ROOM = 128
"""Bytes of a note at least, filled up with blanks: the file keeps its length, as to cut it can take
as long as to bring it to the disk."""


def write_note(handle: int, note: Mapping[str, Any] | None) -> None:
    """Write it in place of the earlier one; None: there is none any more. Raises OSError."""
    text = b"" if note is None else json.dumps(note).encode()
    length = max(os.fstat(handle).st_size, _ROOM)
    os.lseek(handle, 0, os.SEEK_SET)
    write_whole(handle, text.ljust(length))


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
