"""Finds the project file above a path, and the files that its patterns name.

Only names and places are looked at: what the files say does not belong here. Reading a file belongs
to files.py.
"""

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from errno import ELOOP, ENOENT, ENOTDIR
from fnmatch import translate
from functools import cache
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from ccloud_apply.errors import UsageError
from ccloud_apply.files import MAX_STACK_BYTES, walk_yaml
from ccloud_apply.lazy_pattern import lazy_pattern
from ccloud_apply.model.declared.project import PROJECT_FILE

_MISNAMED = f"{Path(PROJECT_FILE).stem}.yml"
_WILD = lazy_pattern(r"[*?\[]")
_WAY_OUT = "--project FILE names one, --no-project does without"

_Part = re.Pattern[str] | None


def find_project_file(paths: Iterable[str | Path]) -> Path | None:
    """The project file of these paths, or of the current folder where there are none.

    It is looked for upwards, as far as the folder that holds `.git`. The result is relative to the
    current folder. Raises UsageError for paths of different projects, for a place that cannot be
    looked at (a project must not look absent), and for a file that somebody else has put above a
    folder that is not theirs.
    """
    search = cache(_search_from)
    found: dict[Path | None, str] = {}
    for path in tuple(paths) or (".",):
        found.setdefault(search(_folder_of(Path(path))), str(path))
    if len(found) > 1:
        (one, path), (other, second) = list(found.items())[:2]
        raise UsageError(
            f"{path} belongs to {_name(one)}, but {second} to {_name(other)}",
            hint="run them one by one, or name the project file for all of them: --project FILE",
        )
    project = next(iter(found))
    return None if project is None else shorten(project)


def shorten(path: Path, start: Path | None = None) -> Path:
    """The path as seen from `start`, or the current folder."""
    try:
        return Path(os.path.relpath(path, start and start.resolve()))
    except ValueError:  # another drive
        return path


def read_beside(name: str, base: str, root: Path, *, start: Path | None = None) -> bytes:
    """The contents of a file that another one names, relative to the folder of that one (`base`).

    Raises ValueError, with one sentence, for a file that is not below `root`, cannot be read, or is
    too large to be one of ours. Folders in it are told as seen from `start`.
    """
    path = _locate_beside(name, base, root, start)
    try:
        if not S_ISREG(path.stat().st_mode):
            raise ValueError(f"{name} is not a file")
        with path.open("rb") as file:
            contents = file.read(MAX_STACK_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"there is no file {name}") from None
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None
    if len(contents) > MAX_STACK_BYTES:
        raise ValueError(f"{name} is larger than {MAX_STACK_BYTES // 1024 // 1024} MiB")
    return contents


def _locate_beside(name: str, base: str, root: Path, start: Path | None) -> Path:
    """The real path of such a file. Raises ValueError if it is not below `root`, and for a name
    that places would spell as that of another file: one with `..` after a link to a folder."""
    try:
        if Path(name).is_absolute():
            raise ValueError(f"{name} is not a relative path")
        top = root.resolve()
        joined = Path(base).parent / name
        path, shown = joined.resolve(), Path(os.path.normpath(joined)).resolve()
    except (OSError, RuntimeError):  # a circle of links
        raise ValueError(f"{name} cannot be found") from None
    if not path.is_relative_to(top):
        raise ValueError(f"{name} is outside of the folder {shorten(top, start)}")
    if path != shown:
        told = shorten(path, start)
        raise ValueError(f"{name} leads through a link to a folder and back up, to {told}")
    return path


def find_matching(folder: Path, pattern: str) -> tuple[Path, ...]:
    """The files of a folder that an entry of `stacks` names: a file, a folder, or a glob pattern.

    In a pattern `**` is any number of folders. Hidden files are left out, and links to folders are
    not followed, as in a folder that is given as a PATH. Nothing is found where a pattern fits no
    file. Raises ValueError, with one sentence, for a pattern that cannot be one, for a file or
    folder that does not exist, and UsageError for a folder that cannot be searched.
    """
    _check_pattern(pattern)
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    fixed: list[str] = []
    while parts and not _WILD.search(parts[0]):
        fixed.append(parts.pop(0))
    name = "/".join(fixed)
    start = _find_start(folder, name)
    if start.is_file():
        if parts:
            raise ValueError(f"{name} is a file, not a folder")
        return (start,)
    compiled = _compile(parts or ["**"])
    return tuple(
        file for file in walk_yaml(start) if _fits(file.relative_to(start).parts, compiled)
    )


def is_meant(file: Path, entry: str) -> bool:
    """True for a file that an entry means: by its name, by a folder above it, or by a pattern in
    which `*` is any part of a name and `**` any number of folders. Both begin in one folder."""
    return any(_fits(file.parts, pattern) for pattern in _meanings(entry))


@cache
def _meanings(entry: str) -> tuple[tuple[_Part, ...], ...]:
    """The file itself, and all below the folder."""
    parts = [part for part in entry.split("/") if part not in ("", ".")]
    return tuple(map(_compile, ([*parts, "**"], parts) if parts else (["**"],)))


def is_pattern(entry: str) -> bool:
    """True for an entry of `stacks` that names files by a pattern."""
    return _WILD.search(entry) is not None


def _find_start(folder: Path, name: str) -> Path:
    """The file or folder in which a pattern begins. Raises ValueError."""
    start = folder / name
    try:
        if not start.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"{name} is outside of the project's folder")
        start.stat()  # from Python 3.14 `exists` is False for a circle of links too
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"there is no {name}") from None
    except (OSError, RuntimeError):  # a circle of links, or a folder that nobody may look into
        raise ValueError(f"{name} cannot be found") from None
    return start


def _check_pattern(pattern: str) -> None:
    if pattern.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", pattern):
        raise ValueError(f"{pattern} is not relative to the project file's folder")
    if ".." in pattern.split("/"):
        raise ValueError(f"{pattern} leaves the project file's folder")
    if pattern.startswith("!"):
        raise ValueError("a pattern that excludes files is not supported")
    if "{" in pattern:
        raise ValueError("braces are not supported: each pattern is an entry of its own")


def _compile(parts: Sequence[str]) -> tuple[_Part, ...]:
    """What each part of a path has to be; None for any number of folders."""
    whole = [*parts, "*"] if parts[-1] == "**" else parts
    return tuple(None if part == "**" else re.compile(translate(part)) for part in whole)


def _fits(names: Sequence[str], pattern: Sequence[_Part]) -> bool:
    """True if a path with these names is one that the pattern means, in bounded time."""
    reached = {0}
    for part in pattern:
        if part is None:
            reached = set(range(min(reached, default=len(names) + 1), len(names) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(names) and part.match(names[at])}
    return len(names) in reached


def _folder_of(path: Path) -> Path:
    """The folder from which the project of a path is looked for: its own, or that of a file. Of a
    path that does not exist, which is told later, the first folder above it that does."""
    try:
        while not _is_folder(path):
            path = path.absolute().parent
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _is_folder(path: Path) -> bool:
    """As `is_dir`, but raises OSError where it may not look: from Python 3.14 that says False."""
    try:
        return S_ISDIR(path.stat().st_mode)
    except ValueError:  # no file has such a name
        return False
    except OSError as error:
        if error.errno not in (ENOENT, ENOTDIR, ELOOP):
            raise
        return False


def _search_from(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if _exists(folder / _MISNAMED):
            raise UsageError(
                f"{shorten(folder / _MISNAMED)}: a project file has the name {PROJECT_FILE}",
                hint="rename it, or do without it: --no-project",
            )
        file = folder / PROJECT_FILE
        if _exists(file):
            _require_owner(file, start)
            return file
        if _exists(folder / ".git"):
            return None
    return None


def _exists(path: Path) -> bool:
    """True if it is there, as a link that leads nowhere too. Raises UsageError where that cannot be
    told."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise UsageError(
            f"{path} cannot be looked at, so a project file may be missed: {error.strerror}",
            hint=_WAY_OUT,
        ) from error
    return True


def _require_owner(file: Path, start: Path) -> None:
    """What stands in a project file goes into every server, so nobody may slip one in from above,
    such as from /tmp: its owner is ours, the system's, or that of the folder that was given."""
    owners = {file.lstat().st_uid}
    with suppress(OSError):  # a link that leads nowhere, or in a circle: reading it says so
        owners.add(file.stat().st_uid)
    us = {os.geteuid()} if hasattr(os, "geteuid") else owners
    if owners - {*us, 0, start.stat().st_uid}:
        raise UsageError(
            f"{shorten(file)} belongs to another user, so it is not taken as the project file",
            hint=f"if it is yours to use: --project {shorten(file)}; else: --no-project",
        )


def _name(project: Path | None) -> str:
    return "no project" if project is None else f"the project of {shorten(project)}"
