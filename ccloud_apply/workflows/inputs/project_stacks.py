"""Which files are meant: those of the given paths, else the stacks that the project names."""

from collections.abc import Sequence
from pathlib import Path

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import find_stack_files
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.text.format_values import escape
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.project_files import find_matching, is_pattern, shorten
from ccloud_apply.workflows.inputs.project import OpenProject


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFiles:
    """Files to load. `named` are those that were named one by one, so that each has to be a stack;
    `origin` says in words where all of them come from."""

    paths: tuple[Path, ...]
    named: tuple[str, ...]
    origin: str


def find_files(paths: Sequence[str], opened: OpenProject | None) -> StackFiles:
    """The files of these paths; without any, those that the project names.

    Raises UsageError where nothing is named, and for a path that cannot be searched; StackError for
    entries of the project's `stacks` that name nothing.
    """
    if paths:
        return StackFiles(
            paths=find_stack_files(paths), named=tuple(paths), origin=", ".join(paths)
        )
    if opened is None:
        raise UsageError(
            f"no PATH is given, and no {PROJECT_FILE} says which files are stacks",
            hint="name a stack file or a folder; `ccloud-apply new --project` writes a project"
            " file",
        )
    return _find_project_stacks(opened)


def _find_project_stacks(opened: OpenProject) -> StackFiles:
    entries = opened.project.stacks or (".",)
    found: dict[Path, Path] = {}  # by the real file, so that none is read twice
    named: list[str] = []
    diagnostics: list[Diagnostic] = []
    for index, entry in enumerate(entries):
        try:
            files = find_matching(opened.folder, entry)
            if not files and not is_pattern(entry) and opened.project.stacks:
                raise ValueError(f"no *.yaml or *.yml file is in the folder {entry}")
        except ValueError as error:
            diagnostics.append(_describe(opened, index, str(error)))
            continue
        for file in files:
            found.setdefault(file.resolve(), shorten(file))
        if not is_pattern(entry) and files == (opened.folder / entry,):
            named.append(str(shorten(opened.folder / entry)))
    found.pop(Path(opened.project.path).resolve(), None)
    if not found and not diagnostics:
        what = "no *.yaml or *.yml file is in the project's folder"
        if opened.project.stacks:
            what = f"no file is named by {', '.join(entries)}"
        diagnostics.append(_describe(opened, None, what))
    if diagnostics:
        raise StackError(tuple(diagnostics))
    return StackFiles(paths=tuple(found.values()), named=tuple(named), origin=opened.project.path)


def _describe(opened: OpenProject, index: int | None, what: str) -> Diagnostic:
    path = ("stacks",) if index is None else ("stacks", index)
    return Diagnostic(
        code="no-stacks",
        where="stacks" if index is None else f"stacks[{index}]",
        what=escape(what, limit=300),
        hint="an entry is a file, a folder or a pattern such as stacks/**/*.yaml, relative to the"
        " project file",
        source=opened.loaded.place(*path),
    )
