"""Paths and variables -> stacks: finds the files, reads them, loads them, tells all that is wrong.

The only door between the loader and the disk. Nothing of the network is imported here: `validate`
needs none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ccloud_apply.errors import StackError, UsageError
from ccloud_apply.files import find_stack_files, look_reference, read_stack_file
from ccloud_apply.load.stack.build import Loaded, VariableSources, check_stacks, load_stack
from ccloud_apply.load.text.parse import parse_document
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, has_errors, sort_diagnostics

VARIABLE_PREFIX = "CCLOUD_VAR_"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRequest:
    """Which stack files are meant, and the variables that are set for them.

    Values of variables are kept out of the repr: they may be anything.
    """

    paths: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    var_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStacks:
    """The stacks that could be loaded, and everything there is to say about all the files."""

    stacks: tuple[Stack, ...]
    diagnostics: tuple[Diagnostic, ...]
    file_count: int


def load_stacks(request: StackRequest, environment: Mapping[str, str]) -> LoadedStacks:
    """Load every stack file of the request; nothing is raised for what is wrong inside them.

    Raises UsageError for a path that names no stack file or a saved plan, and StackError for the
    --var-file.
    """
    paths = find_stack_files(request.paths)
    sources = _find_variables(request, environment)
    stacks: list[Stack] = []
    diagnostics: list[Diagnostic] = []
    declared: set[str] = set()
    for path in paths:
        text = read_stack_file(path)
        _require_no_plan(path, text)
        loaded = load_stack(text, path=str(path), variables=sources, look=look_reference)
        diagnostics += loaded.diagnostics
        declared |= set(loaded.variables)
        if loaded.stack is not None:
            stacks.append(loaded.stack)
    diagnostics += check_stacks(stacks)
    if not has_errors(diagnostics):  # a file that cannot be read declares nothing
        diagnostics += _check_variables(request.variables, declared)
    return LoadedStacks(
        stacks=tuple(stacks),
        diagnostics=sort_diagnostics(diagnostics),
        file_count=len(paths),
    )


def _require_no_plan(path: Path, text: bytes) -> None:
    """Raises UsageError for a saved plan: as a stack file it would have an error in each key."""
    if not text.lstrip().startswith(b"{"):
        return
    from ccloud_apply.model.documents.codec import KIND

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
    """Load a text as if it stood in that file. Raises StackError for the --var-file."""
    sources = _find_variables(request, environment)
    return load_stack(text, path=path, variables=sources, look=look_reference)


def _find_variables(request: StackRequest, environment: Mapping[str, str]) -> VariableSources:
    return VariableSources(
        flags=request.variables,
        file=_read_var_file(request.var_file),
        environment={
            name.removeprefix(VARIABLE_PREFIX): value
            for name, value in environment.items()
            if name.startswith(VARIABLE_PREFIX)
        },
    )


def require_stacks(request: StackRequest, environment: Mapping[str, str]) -> LoadedStacks:
    """The same for a command that needs all of them. Raises StackError if anything is wrong."""
    loaded = load_stacks(request, environment)
    if has_errors(loaded.diagnostics):
        raise StackError(loaded.diagnostics)
    return loaded


def _read_var_file(path: str | None) -> Mapping[str, Any]:
    if path is None:
        return {}
    value, diagnostics = parse_document(read_stack_file(Path(path)), path)
    if has_errors(diagnostics):
        raise StackError(tuple(diagnostics))
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UsageError(f"{path}: a --var-file is a mapping of NAME: VALUE")
    return value


def _check_variables(given: Iterable[str], declared: Sequence[str] | set[str]) -> list[Diagnostic]:
    diagnostics = []
    for name in given:
        if name in declared:
            continue
        close = get_close_matches(name, sorted(declared), n=1)
        names = ", ".join(sorted(declared)) or "none"
        diagnostics.append(
            Diagnostic(
                code="unknown-variable",
                where=f"--var {name}",
                what=f'no stack declares a variable "{name}"',
                hint=f'did you mean "{close[0]}"?' if close else f"declared variables: {names}",
            )
        )
    return diagnostics
