"""A lock on a file that the operating system gives back when its process ends.

What a lock is for does not belong here.
"""

import os
import sys
from pathlib import Path

from ccloud_apply.apply.workdir.private_file import (
    make_private_folder,
    open_private,
    tighten_folder,
)


def try_lock(path: Path) -> int | None:
    """An open and locked file, or None if somebody else has locked it. Raises OSError.

    To close it gives the lock back; so does the end of the process.
    """
    while True:
        handle = _open(path)
        try:
            if not _lock_file(handle):
                os.close(handle)
                return None
            if _is_still(path, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the folder was cleaned up in between: this is no longer the file


def _open(path: Path) -> int:
    try:
        tighten_folder(path.parent)
    except FileNotFoundError:
        make_private_folder(path.parent)
    return open_private(path, os.O_RDWR | os.O_CREAT)


if sys.platform == "win32":
    import msvcrt

    _FAR_OFF = 1 << 30
    """Locked in place of the contents, which others could not read otherwise."""

    def _lock_file(handle: int) -> bool:
        os.lseek(handle, _FAR_OFF, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _lock_file(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
