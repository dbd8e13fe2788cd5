"""Whether a change of what stacks are made of starts a pipeline: does it watch all their files?

What a pipeline watches is written in its files, before anybody knows which files stacks will name.
Which these are is noted where stacks are loaded.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.files import real_path
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.project_files import is_meant, shorten

_HINT = "write it as --watched=stacks,env,*.yaml,*.yml"

Files = Mapping[Path, Path]
"""Files that stacks are made of, by their real paths, each with the first file that names it."""


def parse_watched(text: str) -> tuple[str, ...]:
    """The entries of `--watched`: separated by commas, or a list as JSON, as GitLab writes its own,
    in which braces have alternatives. Raises UsageError for anything else."""
    entries: object = text.split(",")
    if text.lstrip().startswith("["):
        try:
            entries = json.loads(text)
        except ValueError:
            entries = None
    if not isinstance(entries, list) or not all(isinstance(one, str) for one in entries):
        raise UsageError("--watched is not a list of paths", hint=_HINT)
    found = tuple(one.strip() for entry in entries for one in _expand(entry) if one.strip())
    if not found:
        raise UsageError("--watched names no path", hint=_HINT)
    return found


def _expand(entry: str) -> Iterator[str]:
    head, open_, rest = entry.rpartition("{")
    inside, close, tail = rest.partition("}")
    if not (open_ and close):
        yield entry
        return
    for one in inside.split(","):
        yield from _expand(f"{head}{one}{tail}")


def find_unwatched(files: Files, watched: Sequence[str]) -> tuple[Path, ...]:
    """The files that no entry means. Entries begin in the current folder.

    An entry is a file, a folder with all below it, or a pattern: `*` is any part of a name, `**`
    any number of folders.
    """
    here = real_path(Path())
    return tuple(
        file
        for file in sorted(files)
        if not file.is_relative_to(here)
        or not any(is_meant(file.relative_to(here), entry) for entry in watched)
    )


def tell_unwatched(files: Files, watched: Sequence[str]) -> tuple[Diagnostic, ...]:
    """An error for each of these files."""
    return tuple(_tell(file, files[file]) for file in find_unwatched(files, watched))


def _tell(file: Path, by: Path) -> Diagnostic:
    path = shorten(file)
    name = escape(path.as_posix(), limit=300)
    place = path if len(path.parts) == 1 else path.parent
    if ".." in path.parts:
        return Diagnostic(
            code="unwatched-file",
            what=f"the stacks are made of {name} too, which is outside of the current folder, where"
            " --watched begins",
            hint="run this in the top folder of the repository that has it",
            source=SourceRange(str(by), 1, 1),
        )
    return Diagnostic(
        code="unwatched-file",
        what=f"the stacks are made of {name} too, and a change of it alone starts no pipeline:"
        " --watched does not name it",
        hint=f"add {escape(place.as_posix(), limit=300)} to the paths that start the pipeline,"
        " and to --watched",
        source=SourceRange(str(by), 1, 1),
    )
