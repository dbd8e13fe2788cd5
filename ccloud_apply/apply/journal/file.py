"""The journal's file: records are appended to it, durably, or not at all.

What the records mean is `record.py`. All functions raise OSError.
"""

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from ccloud_apply.apply.journal.record import Contents, encode_record, read_contents
from ccloud_apply.apply.workdir.private_file import (
    make_private_folder,
    open_private,
    replace_private,
    sync_file,
    tighten_folder,
    write_whole,
)

MAX_BYTES = 256 * 1024 * 1024
"""A larger file is no journal: a change takes under 2 KiB, and each run drops settled entries."""


class JournalFile:
    """An open journal. Only for whoever holds the stack's lock."""

    def __init__(self, path: Path, handle: int, *, length: int, count: int) -> None:
        self._path = path
        self._handle = handle
        self._end = (length, count)
        self._is_dirty = False
        """True if a write failed and what it left behind could not be cut off yet."""

    @classmethod
    def create(cls, path: Path, records: Iterable[Mapping[str, Any]]) -> Self:
        """A file with these records, in the place of the one that may be there."""
        lines = [
            encode_record({"n": number, **record}) for number, record in enumerate(records, start=1)
        ]
        data = b"".join(lines)
        make_private_folder(path.parent)
        replace_private(path, data)
        handle = open_private(path, os.O_RDWR | os.O_APPEND)
        return cls(path, handle, length=len(data), count=len(lines))

    @classmethod
    def open(cls, path: Path) -> "tuple[JournalFile, Contents]":
        """The file that is there, and what it says; of a torn record nothing is left in it.

        A damaged file is not touched. Raises FileNotFoundError if there is none.
        """
        tighten_folder(path.parent)
        handle = open_private(path, os.O_RDWR | os.O_APPEND)
        try:
            contents = read_contents(_read_whole(handle, path))
            if contents.is_torn and contents.damage is None:
                os.ftruncate(handle, contents.length)
                os.fsync(handle)
        except BaseException:
            os.close(handle)
            raise
        return cls(path, handle, length=contents.length, count=contents.count), contents

    def append(self, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Write more records and give them back with their numbers; one sync brings all of them to
        the disk, and they are there by then.

        Where that fails none of them is, and the file is as it was before.
        """
        before = self._end
        length, count = before
        numbered = [{"n": number, **each} for number, each in enumerate(records, start=count + 1)]
        data = b"".join(map(encode_record, numbered))
        self._require_unchanged(length)
        try:
            write_whole(self._handle, data)
            sync_file(self._handle)
            self._end = (length + len(data), count + len(numbered))
        except BaseException:
            self._end = before
            self._cut(length)
            raise
        return numbered

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            os.close(handle)

    def _require_unchanged(self, length: int) -> None:
        """Raises OSError if the file was taken away or changed: no run could read the record."""
        status = os.fstat(self._handle)
        if not self._is_in_place(status):
            raise OSError(errno.ENOENT, "it was removed meanwhile", str(self._path))
        if self._is_dirty:
            os.ftruncate(self._handle, length)
            self._is_dirty = False
        elif status.st_size != length:
            raise OSError(errno.EBUSY, "something else has changed it", str(self._path))

    def _is_in_place(self, status: os.stat_result) -> bool:
        try:
            return os.path.samestat(status, self._path.stat())
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _cut(self, length: int) -> None:
        self._is_dirty = True
        try:
            os.ftruncate(self._handle, length)
        except OSError:
            return  # tried again before the next record
        self._is_dirty = False


def read_file(path: Path) -> Contents:
    """What a journal says, without changing anything; another process may be writing to it."""
    handle = open_private(path, os.O_RDONLY)
    try:
        return read_contents(_read_whole(handle, path))
    finally:
        os.close(handle)


def _read_whole(handle: int, path: Path) -> bytes:
    if os.fstat(handle).st_size > MAX_BYTES:
        raise OSError(errno.EFBIG, "it is too large to be a journal", str(path))
    parts = []
    while part := os.read(handle, 1 << 20):
        parts.append(part)
    return b"".join(parts)
