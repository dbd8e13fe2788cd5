"""The door to the disk: stack files, what they refer to, private files.

What the texts mean does not belong here. No error ever shows the contents of a reference.
"""

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ccloud_apply.errors import UnreadableReferenceError, UsageError
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference

MAX_STACK_BYTES = 8 * 1024 * 1024
"""The largest stack file; one byte more is read, so that the loader can tell a larger one."""

MAX_REFERENCE_BYTES = 256 * 1024
"""The largest file that a stack file may refer to."""

STACK_SUFFIXES = frozenset({".yaml", ".yml"})


def find_stack_files(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """The stack files that these paths name: each file itself, each folder's `*.yaml` and `*.yml`.

    Folders are searched to any depth, in the order of names, without hidden files and folders and
    without following linked folders. A file that is named twice comes once. Raises UsageError for a
    path that does not exist or cannot be searched, and for a folder without any stack file.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        for file in _find_in(path):
            found.setdefault(_resolve(file), file)
    if not found:
        raise UsageError("no stack file is named", hint="name a stack file or a folder of them")
    return tuple(found.values())


def read_stack_file(path: Path) -> bytes:
    """The file's contents, at most MAX_STACK_BYTES and one byte more. Raises UsageError."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_STACK_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}") from error


def look_reference(reference: Reference) -> str | None:
    """What is wrong with a reference without reading it, or None.

    Whether an environment variable is set is not looked at: a plan needs no secrets.
    """
    if reference.kind == "env":
        return _look_variable(reference)
    try:
        path = _locate(reference)
        status = path.stat()
    except (OSError, ValueError) as error:
        return f"{reference.name} cannot be read: {_reason(error)}"
    return _look_file(reference, status)


def read_reference(reference: Reference, environment: Mapping[str, str]) -> str:
    """What the reference refers to: a variable's value in the environment, or a file's text.

    A secret read from a file loses one line break at its end, as editors add one. Raises
    UnreadableReferenceError, which names the reference and never shows what is in it.
    """
    if reference.kind == "env":
        return _read_variable(reference, environment)
    try:
        contents = _read_file(reference)
    except (OSError, ValueError) as error:
        raise UnreadableReferenceError(f"{reference} cannot be read: {_reason(error)}") from None
    text = _decode(contents)
    if text is None:
        raise UnreadableReferenceError(f"{reference} is not UTF-8 text")
    if reference.is_secret:
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise UnreadableReferenceError(f"{reference} is empty")
    return text


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read (mode 0600); it is there whole or not at all.

    A device or pipe (`/dev/stdout`) is written to as it is. Raises UsageError.
    """
    _write(path, text, 0o600)


def write_public(path: Path, text: str) -> None:
    """The same for a file that everybody may read (mode 0644)."""
    _write(path, text, 0o644)


def replace_file(path: Path, text: str) -> None:
    """Replace a file that is there, whole or not at all; its mode stays. Raises UsageError."""
    try:
        target = path.resolve(strict=True)
        _replace(target, text, stat.S_IMODE(target.stat().st_mode))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {_reason(error)}") from error


def _write(path: Path, text: str, mode: int) -> None:
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
        else:
            _replace(target, text, mode)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {_reason(error)}") from error


def _replace(target: Path, text: str, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _find_in(path: Path) -> Iterator[Path]:
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}") from error
    if not is_folder:
        yield path
        return
    is_empty = True
    for folder, names, files in os.walk(path, onerror=_refuse_folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder, name)
            if file.suffix in STACK_SUFFIXES and not name.startswith(".") and file.is_file():
                is_empty = False
                yield file
    if is_empty:
        raise UsageError(f"no *.yaml or *.yml file is in the folder {path}")


def _refuse_folder(error: OSError) -> None:
    """A folder that cannot be searched is an error: unknown is never absent."""
    raise UsageError(f"{error.filename} cannot be searched: {_reason(error)}") from error


def _resolve(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a circle; reading it will say so
        return path.absolute()


def _look_variable(reference: Reference) -> str | None:
    if not reference.name.startswith(SECRET_PREFIX):
        return f"a stack file may not name the variable {reference.name}, only {SECRET_PREFIX}*"
    return None


def _read_variable(reference: Reference, environment: Mapping[str, str]) -> str:
    problem = _look_variable(reference)
    if problem is not None:
        raise UnreadableReferenceError(problem)
    value = environment.get(reference.name)
    if not value:
        state = "is not set" if value is None else "is empty"
        raise UnreadableReferenceError(
            f"the environment variable {reference.name} {state}",
            hint=f"set {reference.name} and run the command again",
        )
    if _decode(os.fsencode(value)) is None:
        raise UnreadableReferenceError(f"{reference} is not UTF-8 text")
    return value


def _locate(reference: Reference) -> Path:
    """The file's real path. Raises ValueError if it is outside of the stack file's folder tree."""
    if Path(reference.name).is_absolute():
        raise ValueError("the path is to be relative to the stack file")
    folder = Path(reference.base).parent.resolve()
    path = _resolve(folder / reference.name)
    if not path.is_relative_to(folder):
        raise ValueError("it is outside of the stack file's folder")
    return path


def _look_file(reference: Reference, status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return f"{reference.name} is not a regular file"
    if status.st_size > MAX_REFERENCE_BYTES:
        return f"{reference.name} is larger than {MAX_REFERENCE_BYTES // 1024} KiB"
    return None


def _read_file(reference: Reference) -> bytes:
    """Looks at the file that was opened, not at the name, which may mean another one by then."""
    names = ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY")  # those that this system has
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in names)
    with os.fdopen(os.open(_locate(reference), flags), "rb") as file:
        problem = _look_file(reference, os.fstat(file.fileno()))
        contents = file.read(MAX_REFERENCE_BYTES + 1) if problem is None else b""
    if problem is None and len(contents) > MAX_REFERENCE_BYTES:
        problem = f"it is larger than {MAX_REFERENCE_BYTES // 1024} KiB"
    if problem is not None:
        raise ValueError(problem)
    return contents


def _decode(contents: bytes) -> str | None:
    """The text, or None. The exception would hold the contents, so it does not leave here."""
    try:
        return contents.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _reason(error: Exception) -> str:
    """Why, without the path, which the message names already."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
