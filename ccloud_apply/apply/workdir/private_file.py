"""Files and folders of a work dir that are for nobody else: opened, made durable, replaced.

What is in them does not belong here. All functions raise OSError.
"""

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

_NOT_FOR_FOLDERS = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES})
_FLAGS = sum(
    getattr(os, name, 0)  # those that this system has
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)


def open_private(path: Path, flags: int) -> int:
    """Open a regular file of our own, mode 0600; wider modes of an older file are tightened.

    A symbolic link, a device and a file of another user are refused.
    """
    try:
        handle = os.open(path, flags | _FLAGS, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:  # the system's own words for it lead astray
            raise OSError(errno.ELOOP, "it is a symbolic link", str(path)) from None
        raise
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        _require_own(status, path)
        is_writing = flags & (os.O_WRONLY | os.O_RDWR)
        if is_writing and stat.S_IMODE(status.st_mode) & 0o077 and sys.platform != "win32":
            os.fchmod(handle, 0o600)
    except BaseException:
        os.close(handle)
        raise
    return handle


def make_private_folder(folder: Path) -> None:
    """Make the folder and those above it where they are missing; then as below."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for path in reversed(missing):
        with suppress(FileExistsError):  # another process was faster; checked below
            path.mkdir(mode=0o700)
        sync_folder(path.parent)
    tighten_folder(folder)


def tighten_folder(folder: Path) -> None:
    """Give the folder mode 0700. A symbolic link and a folder of another user are refused."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "it is not a folder", str(folder))
    _require_own(status, folder)
    if stat.S_IMODE(status.st_mode) & 0o077 and sys.platform != "win32":
        folder.chmod(0o700)


def write_whole(handle: int, data: bytes) -> None:
    """Write all of it: by one call unless the system takes a part of it."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync_file(handle: int) -> None:
    """Come back once the file's contents have reached the disk."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)  # fsync there stops at the disk's own memory
    elif sys.platform == "win32":
        os.fsync(handle)
    else:
        os.fdatasync(handle)


def sync_folder(folder: Path) -> None:
    """The same for the names in a folder, on file systems that can do it."""
    if sys.platform == "win32":
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NOT_FOR_FOLDERS:
            raise


def replace_private(path: Path, data: bytes) -> None:
    """Put these contents in the place of the file, durably: all of them are there, or none.

    Only for whoever holds the lock: the file beside it has always the same name.
    """
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    try:
        handle = open_private(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            write_whole(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _require_own(status: os.stat_result, path: Path) -> None:
    if sys.platform != "win32" and status.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, "it belongs to another user", str(path))
