"""`--write FORMAT=FILE` as values: which files a run writes beside its standard output."""

from collections.abc import Iterable
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.files import real_path
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.render.registry import formats_of
from ccloud_apply.workflows.inputs.own_file import require_ending, require_own_output


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A plan in one format, and the file that it goes to."""

    format_name: str
    path: str


def parse_writes(given: Iterable[str], *, taken: str | None = None) -> tuple[WrittenFile, ...]:
    """The files, each once, and none of them the file that is `taken` for something else.

    Raises UsageError for what is no FORMAT=FILE, a format that plan does not have, a name that is
    another format's, and a file with anything else in it than such a document.
    """
    files = tuple(map(_parse, given))
    seen = set() if taken is None else {real_path(Path(taken))}
    for file in files:
        place = real_path(Path(file.path))
        if place in seen:
            raise UsageError(f"{file.path} is named twice", hint="give each output its own file")
        seen.add(place)
        require_own_output(file.path, "plan", file.format_name)
    return files


def _parse(given: str) -> WrittenFile:
    formats = formats_of("plan")
    format_name, separator, path = given.partition("=")
    if not separator or not path:
        raise UsageError(
            f"--write {given}: expected FORMAT=FILE", hint="such as --write html=plan.html"
        )
    if format_name not in formats:
        raise UsageError(
            f"--write: {format_name!r} is not a format of plan",
            hint=f"use one of {', '.join(formats)}",
        )

    def way_out(wanted: str) -> str:
        return f"--write {wanted}={path}" if wanted in formats else "name another file"

    require_ending(f"--write {format_name}", path, format_name, way_out)
    return WrittenFile(format_name, path)
