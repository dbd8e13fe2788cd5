"""Everything that can be said of stack files without an account and without a network.

A project's stacks are checked in each of its environments, unless one is chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ccloud_apply.errors import StackError
from ccloud_apply.load.stack.environments import SHARED_NAME
from ccloud_apply.load.stack.parsed_files import ParsedFiles
from ccloud_apply.model.declared.project import ALL_ENVIRONMENTS
from ccloud_apply.model.diagnostic import Diagnostic, sort_diagnostics
from ccloud_apply.model.results.validation import Validation
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.checks.run import check_offline
from ccloud_apply.workflows.inputs.no_stack import OnSkipped, ignore
from ccloud_apply.workflows.inputs.passwords import find_weak_secrets
from ccloud_apply.workflows.inputs.project import open_project
from ccloud_apply.workflows.inputs.stacks import (
    LoadedStacks,
    RunFiles,
    StackRequest,
    load_stacks,
)
from ccloud_apply.workflows.inputs.watched import tell_unwatched


def validate_stacks(
    request: StackRequest,
    environment: Mapping[str, str],
    *,
    no_checks: frozenset[str] = frozenset(),
    watched: Sequence[str] = (),
    on_skipped: OnSkipped = ignore,
) -> Validation:
    """What is wrong with the stacks: syntax, schema, references, what the platform would refuse.

    Without an environment, or with `all`, each of the project's environments is checked. A variable
    without a value is no error: what uses it is unknown, and not checked. With `watched`, a file
    that the stacks are made of and that none of these paths means is an error.

    Raises UsageError for a path that names no stack file, and StackError for the --var-file.
    """
    run = RunFiles()
    names = _find_environments(request, run)
    if len(names) > 1:
        run = replace(run, parsed=ParsedFiles(keeps_stacks=True))
    found: list[tuple[Diagnostic, ...]] = []
    loads: list[LoadedStacks] = []
    for index, name in enumerate(names or (None,)):
        project = replace(request.project, env=name)
        asked = replace(request, project=project, may_be_unknown=True)
        loaded = load_stacks(asked, environment, ignore if index else on_skipped, run=run)
        weak = find_weak_secrets(loaded.stacks, environment)
        checked = check_offline(loaded.stacks, no_checks=no_checks, weak_secrets=weak)
        unwatched = tell_unwatched(loaded.made_of, watched) if watched else ()
        found.append((*loaded.diagnostics, *checked, *unwatched))
        loads.append(loaded)
    return Validation(
        stacks=sum(len(loaded.stacks) for loaded in loads),
        servers=sum(len(stack.servers) for loaded in loads for stack in loaded.stacks),
        diagnostics=sort_diagnostics(_join(names, found)),
        unknown=tuple(sorted({name for loaded in loads for name in loaded.unknown})),
        is_complete=all(loaded.is_complete for loaded in loads),
        environments=names if len(names) > 1 else (),
    )


def _find_environments(request: StackRequest, run: RunFiles) -> tuple[str, ...]:
    """The environments to check one by one: the one that is chosen, else all that there are."""
    choice = request.project
    if choice.env not in (None, ALL_ENVIRONMENTS):
        return (choice.env or "",)
    try:
        none = replace(choice, env=None)
        opened = open_project(none, request.paths, request.limits, run.project)
    except StackError:
        return ()  # loading says so again, with the place
    return () if opened is None else tuple(opened.project.environments)


def _join(names: Sequence[str], found: Sequence[Sequence[Diagnostic]]) -> tuple[Diagnostic, ...]:
    """The diagnostics of all environments, each once; one that not all of them have names those
    that do, as the one of a shared name does itself."""
    has: dict[Diagnostic, list[str]] = {}
    for index, diagnostics in enumerate(found):
        for diagnostic in dict.fromkeys(diagnostics):
            has.setdefault(diagnostic, []).append(names[index] if names else "")
    return tuple(
        diagnostic
        if len(some) == len(found) or diagnostic.code == SHARED_NAME
        else replace(diagnostic, what=f"{diagnostic.what} (environment {join_names(some)})")
        for diagnostic, some in has.items()
    )
