"""The files of a run, one by one: which of them are stacks, and what each comes to.

Left out are the project file, what stacks name (`file`, `template`, `extends`), and files of a
folder that are no stacks. Where the files are found belongs to `project_stacks.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from ccloud_apply.errors import UsageError
from ccloud_apply.files import is_named, read_stack_file, real_path
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.build import Loaded, VariableSources, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.parsed_files import ParsedFiles
from ccloud_apply.load.stack.record import Record
from ccloud_apply.model.declared.project import PROJECT_FILE
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.limits import Limits
from ccloud_apply.project_files import find_project_file
from ccloud_apply.workflows.inputs.named_files import NamedFiles
from ccloud_apply.workflows.inputs.no_stack import OnSkipped, is_no_stack, require_no_plan
from ccloud_apply.workflows.inputs.project import OpenProject, ProjectChoice, reader
from ccloud_apply.workflows.inputs.project_stacks import StackFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInputs:
    """What every file of a run is loaded with.

    `inherited` comes from the project; None where there is none. `is_recorded` asks for what shows
    where values come from. `parsed` is what the run has parsed so far.
    """

    sources: VariableSources = field(repr=False)
    limits: Limits
    inherited: Inherited | None = None
    is_recorded: bool = False
    parsed: ParsedFiles = field(default_factory=ParsedFiles, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFile:
    """What one stack file has come to."""

    loaded: Loaded
    record: Record | None = None


def load_files(
    files: StackFiles, inputs: FileInputs, on_skipped: OnSkipped
) -> tuple[list[LoadedFile], list[Diagnostic], Mapping[Path, Path]]:
    """What each file that is a stack has come to, warnings of files that are left out, and all that
    stacks are made of: real paths, each with the stack file that it is, or that names it first.

    Raises UsageError for a file that cannot be read, is a saved plan, or is the project file.
    """
    named_files = NamedFiles()
    found: dict[Path, LoadedFile] = {}
    left_out: set[Path] = set()
    for path in files.paths:
        text = read_stack_file(path)
        require_no_plan(path, text)
        _require_no_project(path, files)
        found[path] = _load(path, text, inputs, named_files)
        if found[path].loaded.stack is None and is_no_stack(path, text, files.named):
            left_out.add(path)
    named = named_files.find_named(path for path in found if path not in left_out)
    warnings = []
    for path in files.paths:
        by = named.get(path.resolve())
        if by is not None and not is_named(path, files.named):
            if found.pop(path).loaded.stack is not None:
                warnings.append(_warn_named(path, by))
        elif path in left_out:
            del found[path]
            if path.name != PROJECT_FILE:
                on_skipped(path)
    made_of = {**named, **{real_path(path): path for path in found}}
    return list(found.values()), warnings, made_of


def _load(path: Path, text: bytes, inputs: FileInputs, named_files: NamedFiles) -> LoadedFile:
    record = Record() if inputs.is_recorded else None
    loaded = load_stack(
        text,
        path=str(path),
        variables=inputs.sources,
        look=named_files.look_for(path),
        read=named_files.read_text_for(path),
        limits=inputs.limits,
        inherited=named_files.read_for(path, inputs.inherited or inherit_nothing(path)),
        record=record,
        parsed=inputs.parsed,
    )
    return LoadedFile(loaded=loaded, record=record)


def inherit_nothing(path: Path) -> Inherited:
    """What the stack of this file inherits without a project: it may name files beside it."""
    return Inherited(read=reader(path.parent))


def _warn_named(path: Path, by: Path) -> Diagnostic:
    return Diagnostic(
        code="named-by-stack",
        what=f"this file is not taken for a stack, because {by} names it",
        hint="give it as a PATH of its own if it is one",
        severity=Severity.WARNING,
        source=SourceRange(str(path), 1, 1),
    )


def require_one_project(
    paths: Sequence[str], choice: ProjectChoice, files: StackFiles, opened: OpenProject | None
) -> None:
    """Raises UsageError for files of several projects, where none was chosen: what a project file
    expects has to hold for every stack below it."""
    if choice.is_off or choice.file is not None:
        return
    above = paths if opened is None else (str(opened.folder),)
    find_project_file((*above, *files.paths))


def _require_no_project(path: Path, files: StackFiles) -> None:
    if path.name == PROJECT_FILE and is_named(path, files.named):
        raise UsageError(
            f"{path} is a project file; this command takes stack files",
            hint=f"without a PATH, its stacks are taken: --project {path}",
        )
