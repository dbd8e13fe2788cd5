"""Reads stack files and references; writes files atomically.

What the texts mean does not belong here. No error shows the contents of a reference.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ccloud_apply.errors import UnreadableReferenceError, UsageError
from ccloud_apply.model.declared.reference import SECRET_PREFIX, Reference

MAX_STACK_BYTES = 8 * 1024 * 1024
"""The largest stack file. One more byte is read, so that the loader notices a larger file."""

MAX_REFERENCE_BYTES = 256 * 1024
"""The largest file that a stack file may refer to."""

STACK_SUFFIXES = frozenset({".yaml", ".yml"})


def find_stack_files(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """The stack files of these paths: each file itself, each folder's `*.yaml` and `*.yml`.

    Folders are searched as by `walk_yaml`, and no file is returned twice. Raises UsageError for a
    path that does not exist or cannot be searched, and for a folder without any stack file.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        for file in _find_in(path):
            found.setdefault(real_path(file), file)
    if not found:
        raise UsageError("no stack file is named", hint="name a stack file or a folder of them")
    return tuple(found.values())


def walk_yaml(folder: Path) -> Iterator[Path]:
    """The `*.yaml` and `*.yml` files in a folder and below it, in the order of names.

    Hidden files and folders are skipped, symbolic links to folders are not followed. Raises
    UsageError for a folder that cannot be searched.
    """
    for where, names, files in os.walk(folder, onerror=_refuse_folder):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            file = Path(where, name)
            if file.suffix in STACK_SUFFIXES and not name.startswith(".") and file.is_file():
                yield file


def is_named(file: Path, paths: Iterable[str | Path]) -> bool:
    """True for a file that is one of these paths itself, and not only in one of their folders."""
    return real_path(file) in {real_path(Path(path)) for path in paths}


def read_stack_file(path: Path) -> bytes:
    """The first MAX_STACK_BYTES + 1 bytes of the file. Raises UsageError."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_STACK_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {_reason(error)}") from error


def look_reference(reference: Reference) -> str | None:
    """Check a reference, and read no secret for it: a sentence about what is wrong, or None.

    An environment variable need not be set, because a plan needs no secrets. A command is looked
    for by the run that needs it.
    """
    if reference.kind == "env":
        return _look_variable(reference)
    if reference.kind == "command":
        return None
    if reference.kind == "generate":
        return _look_place(reference)
    try:
        problem = _look_file(reference, locate_reference(reference).stat())
        if problem is None and not reference.is_secret and _decode(_read_file(reference)) is None:
            problem = f"{reference.name} is not UTF-8 text"
    except (OSError, ValueError) as error:
        return f"{reference.name} cannot be read: {_reason(error)}"
    return problem


def read_reference(reference: Reference, environment: Mapping[str, str]) -> str:
    """The value of the variable in `environment`, or the text of the referenced file.

    Commands are not run here. A secret from a file loses one line break at its end, which editors
    add. Raises UnreadableReferenceError, which names the reference and never shows its contents.
    """
    if reference.kind == "env":
        return _read_variable(reference, environment)
    if reference.kind == "generate":
        raise UnreadableReferenceError(f"{reference} is made when its server is created")
    if reference.kind == "command":
        raise UnreadableReferenceError(f"{reference} is run when its server is created")
    return _read_text(reference, locate_reference)


def read_own_reference(reference: Reference, environment: Mapping[str, str]) -> str:
    """The same for a file of whoever runs us: any variable, and a file anywhere.

    Raises UnreadableReferenceError.
    """
    if reference.kind == "env":
        return _read_value(reference, environment)
    return _read_text(reference, lambda one: real_path(Path(one.path)))


def _read_text(reference: Reference, locate: Callable[[Reference], Path]) -> str:
    try:
        contents = _read_file(reference, locate)
    except (OSError, ValueError) as error:
        raise UnreadableReferenceError(f"{reference} cannot be read: {_reason(error)}") from None
    text = _decode(contents)
    if text is None:
        raise UnreadableReferenceError(
            f"{reference} is not UTF-8 text", hint="save it as UTF-8 without a byte order mark"
        )
    if reference.is_secret:
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise UnreadableReferenceError(f"{reference} is empty")
    return text


def read_contents(reference: Reference) -> str:
    """The text of a file that is no secret. Raises UnreadableReferenceError."""
    return read_reference(reference, {})


def write_private(path: Path, text: str) -> None:
    """Write a file atomically that only its owner may read (mode 0600).

    A device or pipe (`/dev/stdout`) is written to directly. Raises UsageError.
    """
    _write(path, text, 0o600)


def write_private_bytes(path: Path, content: bytes, *, may_replace: bool) -> None:
    """Write a file of bytes atomically that only its owner may read.

    Without `may_replace` it raises FileExistsError for one that is there, whoever made it
    meanwhile. Raises UsageError.
    """
    give = Path.replace if may_replace else _give_name
    try:
        _replace(path.resolve() if may_replace else path, content, 0o600, give)
    except FileExistsError:
        raise
    except (OSError, RuntimeError) as error:  # a circle of links
        raise UsageError(f"{path} cannot be written: {_reason(error)}") from error


def write_public(path: Path, text: str) -> None:
    """Like `write_private`, for a file that everyone may read (mode 0644)."""
    _write(path, text, 0o644)


def create_file(path: Path, text: str) -> None:
    """Make a file that is not there yet, whole or not at all, with the mode that new files have.

    Raises FileExistsError for one that is, whoever made it meanwhile, and UsageError.
    """
    temporary = path.parent / f".{path.name[:100]}.{os.urandom(8).hex()}"
    try:
        try:
            with temporary.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            _give_name(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except FileExistsError:
        raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {_reason(error)}") from error


def _give_name(temporary: Path, path: Path) -> None:
    """Let the whole file have this name; nothing that has it is replaced."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        temporary.rename(path)


def replace_file(path: Path, text: str, *, before: str) -> None:
    """Replace an existing file atomically; its mode and its owner stay, if that is allowed.

    `before` is what the text was made from. Raises UsageError, also where the file says something
    else by now.
    """
    try:
        target = path.resolve(strict=True)
        if target.read_bytes() != before.encode():
            raise UsageError(
                f"{path} was changed in the meantime, so it was not written",
                hint="run the command again",
            )
        found = target.stat()
        _replace(target, text.encode(), stat.S_IMODE(found.st_mode), owner=found)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {_reason(error)}") from error


def _write(path: Path, text: str, mode: int) -> None:
    try:
        if path.exists() and not path.is_file():  # a pipe has no name that it could be resolved to
            with path.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
        else:
            _replace(path.resolve(), text.encode(), mode)
    except (OSError, RuntimeError) as error:  # a circle of links
        raise UsageError(f"{path} cannot be written: {_reason(error)}") from error


def _replace(
    target: Path,
    content: bytes,
    mode: int,
    give: Callable[[Path, Path], object] = Path.replace,
    owner: os.stat_result | None = None,
) -> None:
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if owner is not None:
                _give_to(file.fileno(), owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        give(Path(name), target)
    finally:
        Path(name).unlink(missing_ok=True)


def _give_to(handle: int, owner: os.stat_result) -> None:
    """Let a new file belong to these, as far as the process may give it away."""
    made = os.fstat(handle)
    if made.st_gid != owner.st_gid:
        with suppress(OSError):
            os.fchown(handle, -1, owner.st_gid)
    if made.st_uid != owner.st_uid:
        with suppress(OSError):
            os.fchown(handle, owner.st_uid, -1)


def _find_in(path: Path) -> Iterator[Path]:
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        is_missing = isinstance(error, FileNotFoundError) and path.suffix in ("", *STACK_SUFFIXES)
        hint = _guess_path(path) if is_missing else ""
        raise UsageError(f"{path} cannot be read: {_reason(error)}", hint=hint) from error
    if not is_folder:
        yield path
        return
    is_empty = True
    for file in walk_yaml(path):
        is_empty = False
        yield file
    if is_empty:
        raise UsageError(f"no *.yaml or *.yml file is in the folder {path}")


def _guess_path(path: Path) -> str:
    """A hint with the file or folder beside it that was probably meant; empty if there is none."""
    from ccloud_apply.load.text.format_values import escape, guess

    try:
        with os.scandir(path.parent) as entries:
            names = [
                entry.name
                for entry in islice(entries, 1000)
                if not entry.name.startswith(".")
                and (Path(entry.name).suffix in STACK_SUFFIXES or entry.is_dir())
            ]
    except (OSError, ValueError):
        return ""
    near = guess(path.name, names)
    return f'did you mean "{escape(str(path.parent / near), limit=1000)}"?' if near else ""


def _refuse_folder(error: OSError) -> None:
    """Raise UsageError for an unreadable folder: its stacks must not look absent."""
    raise UsageError(f"{error.filename} cannot be searched: {_reason(error)}") from error


def real_path(path: Path) -> Path:
    """The path without links. A circle of links, or a name that no file can have, stays as it is:
    reading or writing it reports it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return path.absolute()


def _look_variable(reference: Reference) -> str | None:
    if not reference.name.startswith(SECRET_PREFIX):
        return f"a stack file may not name the variable {reference.name}, only {SECRET_PREFIX}*"
    return None


def _read_variable(reference: Reference, environment: Mapping[str, str]) -> str:
    problem = _look_variable(reference)
    if problem is not None:
        raise UnreadableReferenceError(problem)
    return _read_value(reference, environment)


def _read_value(reference: Reference, environment: Mapping[str, str]) -> str:
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


def locate_reference(reference: Reference) -> Path:
    """The file's real path. Raises ValueError if it is outside of the stack file's folder tree."""
    if Path(reference.name).is_absolute():
        raise ValueError("the path must be relative to the file that names it")
    if "\0" in reference.name:
        raise ValueError("no file can have this name")
    folder = Path(reference.base).parent.resolve()
    path = real_path(folder / reference.name)
    if not path.is_relative_to(folder):
        raise ValueError("it is outside of the stack file's folder")
    return path


def _look_place(reference: Reference) -> str | None:
    """What is wrong with the place of a file that is still to be made."""
    try:
        path = locate_reference(reference)
        is_other = path.exists() and not path.is_file()
    except (OSError, ValueError) as error:
        return f"{reference.name} cannot be made: {_reason(error)}"
    return f"{reference.name} is not a regular file" if is_other or path.name == "" else None


def _look_file(reference: Reference, status: os.stat_result) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return f"{reference.name} is not a regular file"
    if status.st_size > MAX_REFERENCE_BYTES:
        return f"{reference.name} is larger than {MAX_REFERENCE_BYTES // 1024} KiB"
    return None


def _read_file(reference: Reference, locate: Callable[[Reference], Path] | None = None) -> bytes:
    """Check the opened file, not its name: the name may refer to another file by then."""
    names = ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY")  # those that this system has
    flags = os.O_RDONLY | sum(getattr(os, name, 0) for name in names)
    with os.fdopen(os.open((locate or locate_reference)(reference), flags), "rb") as file:
        problem = _look_file(reference, os.fstat(file.fileno()))
        contents = file.read(MAX_REFERENCE_BYTES + 1) if problem is None else b""
    if problem is None and len(contents) > MAX_REFERENCE_BYTES:
        problem = f"it is larger than {MAX_REFERENCE_BYTES // 1024} KiB"
    if problem is not None:
        raise ValueError(problem)
    return contents


def _decode(contents: bytes) -> str | None:
    """The text, or None. The exception is not raised on, because it holds the contents."""
    try:
        return contents.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _reason(error: Exception) -> str:
    """The reason without the path, which the message has already."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
