"""Paths and variables -> stacks: finds the files, reads them, loads them, tells all that is wrong.

The only door between the loader and the disk. Nothing of the network is imported here: `validate`
needs none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import (
    look_reference,
    read_contents,
    read_stack_file,
    real_path,
)
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.stack.build import Loaded, VariableSources, check_stacks, load_stack
from ccloud_apply.load.stack.environments import check_files
from ccloud_apply.load.stack.join import join_stacks
from ccloud_apply.load.stack.parsed_files import ParsedFiles
from ccloud_apply.load.stack.record import Record
from ccloud_apply.load.stack.variable_names import check_names
from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import parse_literal
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity, has_errors, sort_diagnostics
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.workflows.inputs.load_files import (
    FileInputs,
    inherit_nothing,
    load_files,
    require_one_project,
)
from ccloud_apply.workflows.inputs.no_stack import OnSkipped, ignore
from ccloud_apply.workflows.inputs.project import (
    LOOK_FOR_IT,
    OpenProject,
    ProjectChoice,
    ProjectFiles,
    open_project,
)
from ccloud_apply.workflows.inputs.project_stacks import StackFiles, find_files

VARIABLE_PREFIX = "CCLOUD_VAR_"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRequest:
    """Which stack files are meant, and the variables that are set for them.

    Without `paths` those of the project are. `limits` is what the platform takes. Values of
    variables are kept out of the repr: they may be anything. `may_be_unknown`: a variable without a
    value is no error, and what uses it is unknown.
    """

    paths: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    var_file: str | None = None
    limits: Limits = DEFAULT_LIMITS
    may_be_unknown: bool = False
    project: ProjectChoice = LOOK_FOR_IT


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStacks:
    """The stacks that could be loaded, and everything there is to say about all the files.

    `project` is theirs; None where there is none, or where its file has a mistake. `unknown` are
    the variables without a value, of a request that allows them; without `is_complete` there are
    more servers than these stacks have. `made_of` has the real path of every file that says what
    they are, of the project too, each with the first file that names it.
    """

    stacks: tuple[Stack, ...]
    diagnostics: tuple[Diagnostic, ...]
    project: OpenProject | None = None
    unknown: tuple[str, ...] = ()
    is_complete: bool = True
    made_of: Mapping[Path, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """What the files of a run were parsed to, so that none is parsed twice."""

    parsed: ParsedFiles = field(default_factory=ParsedFiles)
    project: ProjectFiles = field(default_factory=ProjectFiles)


def load_stacks(
    request: StackRequest,
    environment: Mapping[str, str],
    on_skipped: OnSkipped = ignore,
    records: list[tuple[Loaded, Record]] | None = None,
    run: RunFiles | None = None,
) -> LoadedStacks:
    """Load every stack file of the request; nothing is raised for what is wrong inside them.

    `records` gets what `load/stack/resolved.py` takes to show where the values come from. `run`
    is what it has parsed already.

    A file of a folder that is no stack is left out. Raises UsageError for a path that names no
    stack file or a saved plan, for folders without a stack, and as `open_project`; StackError for
    the --var-file.
    """
    run = run or RunFiles()
    try:
        opened = open_project(request.project, request.paths, request.limits, run.project)
        files = find_files(request.paths, opened)
    except StackError as error:
        return LoadedStacks(stacks=(), diagnostics=error.diagnostics)
    require_one_project(request.paths, request.project, files, opened)
    sources = _find_variables(request, environment)
    inherited = None if opened is None else opened.inherit()
    inputs = FileInputs(
        sources=sources,
        limits=_find_limits(request, opened),
        inherited=inherited,
        is_recorded=records is not None,
        parsed=run.parsed,
    )
    found, diagnostics, made_of = load_files(files, inputs, on_skipped)
    if not found:
        raise _tell_no_stack(request, files)
    if records is not None:
        records += ((one.loaded, one.record) for one in found if one.record is not None)
    loads = [one.loaded for one in found]
    stacks = [loaded.stack for loaded in loads if loaded.stack is not None]
    declared = {name for loaded in loads for name in loaded.variables}
    unknown = {name for loaded in loads for name in loaded.unknown}
    diagnostics += (d for loaded in loads for d in loaded.diagnostics)
    diagnostics += check_stacks(stacks)
    diagnostics += check_files(
        stacks, ((one.stack.path, one.elsewhere) for one in loads if one.stack is not None)
    )
    if not has_errors(diagnostics):  # a file that cannot be read declares nothing
        of_environment = {} if inherited is None else inherited.values
        diagnostics += check_names(sources, declared, of_environment)
    accounts = () if opened is None else opened.project.accounts_of(opened.env)
    joined = tuple(replace(stack, accounts=accounts) for stack in join_stacks(stacks))
    return LoadedStacks(
        stacks=_with_warnings(joined, diagnostics),
        # A mistake in what several stacks inherit or extend is told once.
        diagnostics=sort_diagnostics(dict.fromkeys(diagnostics)),
        project=opened,
        unknown=tuple(sorted(unknown)),
        is_complete=all(loaded.is_complete for loaded in loads),
        made_of={**_find_project_files(opened), **made_of},
    )


def _find_project_files(opened: OpenProject | None) -> Mapping[Path, Path]:
    """The project file and the var_files of all its environments."""
    if opened is None:
        return {}
    names = (name for one in opened.project.environments.values() for name in one.var_files)
    by = Path(opened.project.path)
    paths = (opened.root / by, *(opened.folder / name for name in names))
    return {real_path(path): by for path in paths}


def _tell_no_stack(request: StackRequest, files: StackFiles) -> UsageError:
    return UsageError(
        f"no file in {files.origin} is a stack"
        if request.paths
        else f"{files.origin}: no file that it names is a stack",
        hint="a stack file begins with stack: NAME",
    )


def _with_warnings(
    stacks: tuple[Stack, ...], diagnostics: Iterable[Diagnostic]
) -> tuple[Stack, ...]:
    """The stacks, each with the warnings about the files that it is made of. What is about none of
    these, such as a file of variables, is told with the first stack."""
    owners: dict[str, int] = {}
    for at, stack in enumerate(stacks):
        for path in stack.files:
            owners.setdefault(path, at)
    found: dict[int, dict[Diagnostic, None]] = {}
    for one in diagnostics:
        if one.severity is Severity.WARNING:
            at = owners.get(one.source.path if one.source else "", 0)
            found.setdefault(at, {})[one] = None
    return tuple(
        replace(stack, warnings=tuple(found[at])) if at in found else stack
        for at, stack in enumerate(stacks)
    )


def _find_limits(request: StackRequest, opened: OpenProject | None) -> Limits:
    """What the platform takes: by the request, else by the project."""
    return request.limits if opened is None else request.limits.with_others(opened.project.limits)


def load_text(
    text: bytes, path: str, request: StackRequest, environment: Mapping[str, str]
) -> Loaded:
    """Load a text as if it stood in that file.

    Raises StackError for the --var-file and the project file, UsageError as `open_project`.
    """
    opened = open_project(request.project, request.paths, request.limits)
    return load_stack(
        text,
        path=path,
        read=read_contents,
        variables=_find_variables(request, environment),
        look=look_reference,
        limits=_find_limits(request, opened),
        inherited=inherit_nothing(Path(path)) if opened is None else opened.inherit(),
    )


def _find_variables(request: StackRequest, environment: Mapping[str, str]) -> VariableSources:
    return VariableSources(
        flags=request.variables,
        file=_read_var_file(request.var_file),
        environment={
            name.removeprefix(VARIABLE_PREFIX): value
            for name, value in environment.items()
            if name.startswith(VARIABLE_PREFIX)
        },
        may_be_unknown=request.may_be_unknown,
    )


def require_stacks(
    request: StackRequest, environment: Mapping[str, str], on_skipped: OnSkipped = ignore
) -> LoadedStacks:
    """The same for a command that needs all of them. Raises StackError if anything is wrong."""
    loaded = load_stacks(request, environment, on_skipped)
    if has_errors(loaded.diagnostics):
        raise StackError(loaded.diagnostics)
    return loaded


def _read_var_file(path: str | None) -> Mapping[str, Node]:
    if path is None:
        return {}
    values, diagnostics = parse_literal(read_stack_file(Path(path)), path)
    if has_errors(diagnostics):
        raise StackError(tuple(diagnostics))
    return values
