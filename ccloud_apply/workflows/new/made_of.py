"""What a pipeline has to watch beside the folder of the stacks: all that these are made of."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ccloud_apply.errors import CcloudApplyError
from ccloud_apply.files import real_path
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.project_files import is_meant

_ALWAYS = ("env", "*.yaml", "*.yml")
"""What every template has."""


def find_watched(top: Path, stacks: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """The paths that are given, and those that are missing; folders end with a slash.

    The project file may be in any folder above the stacks, today or later. What a stack names is
    found where the stacks can be loaded; `validate --watched` says it of those that are written
    later.
    """
    found = [*given]
    for path in (*_project_files(stacks), *_made_of(top, stacks)):
        if not any(is_meant(path, entry) for entry in (stacks, *found, *_ALWAYS)):
            found.append(f"{path.parent.as_posix()}/" if _is_folder(path) else path.as_posix())
    return tuple(dict.fromkeys(found))


def _is_folder(path: Path) -> bool:
    """True for a file whose neighbours count too; a project file often has others beside it."""
    return path.name != PROJECT_FILE and path.parent != Path()


def _project_files(stacks: str) -> Iterator[Path]:
    for folder in PurePosixPath(stacks).parents:
        yield Path(folder, PROJECT_FILE)


def _made_of(top: Path, stacks: str) -> Iterator[Path]:
    """The files that the stacks are made of today, below the top of the repository."""
    if not (top / stacks).is_dir():
        return
    from ccloud_apply.workflows.inputs.stacks import StackRequest, load_stacks

    request = StackRequest(paths=(str(top / stacks),), may_be_unknown=True)
    try:
        loaded = load_stacks(request, {})
    except CcloudApplyError:
        return  # `validate` says what is wrong with them
    whole = real_path(top)
    for file in sorted(loaded.made_of):
        if file.is_relative_to(whole):
            yield file.relative_to(whole)
