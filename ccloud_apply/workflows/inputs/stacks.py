"""Paths and variables -> stacks: finds the files, reads them, loads them, tells all that is wrong.

The only door between the loader and the disk. Nothing of the network is imported here: `validate`
needs none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import (
    MAX_STACK_BYTES,
    is_named,
    look_reference,
    read_contents,
    read_stack_file,
)
from ccloud_apply.load.stack.build import Loaded, VariableSources, check_stacks, load_stack
from ccloud_apply.load.stack.inherited import Inherited
from ccloud_apply.load.stack.join import join_stacks
from ccloud_apply.load.stack.record import Record
from ccloud_apply.load.stack.variable_names import check_names
from ccloud_apply.load.text.node import Node
from ccloud_apply.load.text.parse import find_top_keys, parse_literal
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, has_errors, sort_diagnostics
from ccloud_apply.model.limits import DEFAULT_LIMITS, Limits
from ccloud_apply.workflows.inputs.project import (
    LOOK_FOR_IT,
    OpenProject,
    ProjectChoice,
    open_project,
    reader,
)
from ccloud_apply.workflows.inputs.project_stacks import find_files

VARIABLE_PREFIX = "CCLOUD_VAR_"

OnSkipped = Callable[[Path], None]
"""Told each file of a folder that is left out, because it is no stack."""

_TOP_KEYS = frozenset({"stack", "servers"})
_MENTION = re.compile(rb"""\b(stack|servers)["']?\s*:""")


def ignore(_file: Path) -> None:
    """Tells nobody."""


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
    more servers than these stacks have.
    """

    stacks: tuple[Stack, ...]
    diagnostics: tuple[Diagnostic, ...]
    project: OpenProject | None = None
    unknown: tuple[str, ...] = ()
    is_complete: bool = True


def load_stacks(
    request: StackRequest,
    environment: Mapping[str, str],
    on_skipped: OnSkipped = ignore,
    records: list[tuple[Loaded, Record]] | None = None,
) -> LoadedStacks:
    """Load every stack file of the request; nothing is raised for what is wrong inside them.

    `records` gets what `load/stack/resolved.py` takes to show where the values come from.

    A file of a folder that is no stack is left out. Raises UsageError for a path that names no
    stack file or a saved plan, for folders without a stack, and as `open_project`; StackError for
    the --var-file.
    """
    try:
        opened = open_project(request.project, request.paths, request.limits)
        files = find_files(request.paths, opened)
    except StackError as error:
        return LoadedStacks(stacks=(), diagnostics=error.diagnostics)
    limits = _find_limits(request, opened)
    inherited = None if opened is None else opened.inherit()
    sources = _find_variables(request, environment)
    stacks: list[Stack] = []
    diagnostics: list[Diagnostic] = []
    declared: set[str] = set()
    unknown: set[str] = set()
    skipped, is_complete = 0, True
    for path in files.paths:
        text = read_stack_file(path)
        require_no_plan(path, text)
        record = None if records is None else Record()
        loaded = load_stack(
            text,
            path=str(path),
            variables=sources,
            look=look_reference,
            read=read_contents,
            limits=limits,
            inherited=inherited or _inherit_nothing(path),
            record=record,
        )
        if loaded.stack is None and is_no_stack(path, text, files.named):
            skipped += 1
            on_skipped(path)
            continue
        if records is not None and record is not None:
            records.append((loaded, record))
        diagnostics += loaded.diagnostics
        declared |= loaded.variables
        unknown |= loaded.unknown
        is_complete = is_complete and loaded.is_complete
        if loaded.stack is not None:
            stacks.append(loaded.stack)
    if skipped == len(files.paths):
        raise UsageError(
            f"no file in {files.origin} is a stack"
            if request.paths
            else f"{files.origin}: no file that it names is a stack",
            hint="a stack file begins with stack: NAME",
        )
    diagnostics = list(dict.fromkeys(diagnostics))  # a mistake in what all inherit is told once
    diagnostics += check_stacks(stacks)
    if not has_errors(diagnostics):  # a file that cannot be read declares nothing
        of_environment = {} if opened is None else opened.inherit().values
        diagnostics += check_names(sources, declared, of_environment)
    return LoadedStacks(
        stacks=join_stacks(stacks),
        # A mistake in a file that several stacks extend is one mistake.
        diagnostics=sort_diagnostics(dict.fromkeys(diagnostics)),
        project=opened,
        unknown=tuple(sorted(unknown)),
        is_complete=is_complete,
    )


def _find_limits(request: StackRequest, opened: OpenProject | None) -> Limits:
    """What the platform takes: by the request, else by the project."""
    return request.limits if opened is None else request.limits.with_others(opened.project.limits)


def _inherit_nothing(path: Path) -> Inherited:
    """What the stack of this file inherits without a project: it may name files beside it."""
    return Inherited(read=reader(path.parent))


def is_no_stack(path: Path, text: bytes, paths: Sequence[str]) -> bool:
    """True for a file of one of these folders that has for certain neither `stack` nor `servers`
    at its top.

    One that cannot be parsed counts as a stack as soon as it mentions such a key anywhere.
    """
    if len(text) > MAX_STACK_BYTES or b"\0" in text:
        return False
    keys = find_top_keys(text)
    is_stack = _MENTION.search(text) if keys is None else keys & _TOP_KEYS
    return not is_stack and not is_named(path, paths)


def require_no_plan(path: Path, text: bytes) -> None:
    """Raises UsageError for a saved plan: as a stack file it would have an error in each key."""
    if not text.lstrip().startswith(b"{"):
        return
    import json

    from ccloud_apply.model.documents.saved_plan import KIND

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict) and document.get("kind") == KIND:
        raise UsageError(
            f"{path} is a saved plan; this command takes stack files",
            hint="`ccloud-apply show` renders it, and `ccloud-apply apply` does it, if it is given"
            " alone and its name ends neither with .yaml nor with .yml",
        )


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
        inherited=_inherit_nothing(Path(path)) if opened is None else opened.inherit(),
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
