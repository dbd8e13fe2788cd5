"""Passwords that are made for new servers, each in a file of its own that the user names.

The file is written before the request leaves, so that no server has a password that nobody knows.
A mark beside it says that its server is not made yet: only then the file that is there is used
again. All functions raise UnreadableReferenceError, which shows no contents.

`accounts` are the ids that the account goes by: the one of now, under which a mark is written, and
those of runs that did not know its customer yet.
"""

import json
import os
import secrets
import string
from collections.abc import Sequence
from pathlib import Path

from ccloud_apply.apply.workdir.private_file import (
    make_private_folder,
    open_private,
    sync_folder,
    write_whole,
)
from ccloud_apply.errors import UnreadableReferenceError
from ccloud_apply.files import locate_reference
from ccloud_apply.model.declared.reference import Reference

LENGTH = 24
"""Characters of a password. The API's document asks for 8 at least and names no most."""

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
"""No other characters: the document names none that a password may have, and these need no escape
in any shell, cloud-init or answer file. One of each is what Windows asks for."""

_NAME_BYTES = 255
"""The longest name of a file, here that of the mark, that file systems take."""


def generate_password() -> str:
    """A new one: letters and digits by the system's own random numbers, one of each class."""
    characters = [secrets.choice(one) for one in _CLASSES]
    characters += [secrets.choice("".join(_CLASSES)) for _ in range(LENGTH - len(_CLASSES))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def require_usable(reference: Reference, accounts: Sequence[str]) -> None:
    """Raises UnreadableReferenceError for a file that is there and is not of an unfinished create
    of this account, and for one that cannot be made."""
    path = _locate(reference)
    if os.path.lexists(path):
        _require_own(reference, path, accounts)
        return
    if len(os.fsencode(_mark_of(path).name)) > _NAME_BYTES:
        raise UnreadableReferenceError(f"{reference} cannot be made: its name is too long")
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise UnreadableReferenceError(f"{reference} cannot be made in {folder}")


def obtain_password(reference: Reference, accounts: Sequence[str]) -> str:
    """The password of the file, which is made now unless an unfinished create has left it."""
    path = _locate(reference)
    try:
        if os.path.lexists(path):
            _require_own(reference, path, accounts)
            found = _read(path)
            if len(found) == LENGTH:
                return found
            path.unlink()  # it is not whole, so it was never sent
        if not path.parent.is_dir():
            make_private_folder(path.parent)
        _write(_mark_of(path), json.dumps(_describe(reference, path, accounts[0])), is_new=False)
        password = generate_password()
        try:
            _write(path, f"{password}\n", is_new=True)
        except FileExistsError:  # somebody else's, made meanwhile: the next run must not take it
            _mark_of(path).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableReferenceError(f"{reference} cannot be made: {reason}") from error
    return password


def finish_password(reference: Reference, accounts: Sequence[str]) -> bool:
    """Its server is there: from now on the file is left alone. True if it was not before."""
    path = _locate(reference)
    if not _reads_own_mark(reference, path, accounts):
        return False
    try:
        _mark_of(path).unlink(missing_ok=True)
    except OSError as error:
        raise UnreadableReferenceError(
            f"{_mark_of(path)} cannot be removed: {error.strerror or error}"
        ) from error
    return True


def _require_own(reference: Reference, path: Path, accounts: Sequence[str]) -> None:
    if not _reads_own_mark(reference, path, accounts):
        raise UnreadableReferenceError(
            f"{path} exists already, so no password can be made there",
            hint="it may be the password of another server: move it away, or name another file",
        )


def _reads_own_mark(reference: Reference, path: Path, accounts: Sequence[str]) -> bool:
    try:
        found = json.loads(_read(_mark_of(path)))
    except (OSError, ValueError):
        return False
    return any(found == _describe(reference, path, account) for account in accounts)


def _describe(reference: Reference, path: Path, account: str) -> dict[str, str]:
    """Whose password it is: a stack file names no password file twice."""
    stack = os.path.relpath(Path(reference.base).resolve(), path.parent)
    return {"account": account, "stack_file": stack}


def _mark_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.unfinished")


def _locate(reference: Reference) -> Path:
    try:
        return locate_reference(reference)
    except (OSError, ValueError) as error:
        raise UnreadableReferenceError(f"{reference} cannot be made: {error}") from None


def _read(path: Path) -> str:
    handle = open_private(path, os.O_RDONLY)
    with os.fdopen(handle, encoding="utf-8") as file:
        return file.read(4096).removesuffix("\n")


def _write(path: Path, text: str, *, is_new: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_EXCL if is_new else os.O_TRUNC)
    handle = open_private(path, flags)
    try:
        write_whole(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
