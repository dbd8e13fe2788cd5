"""Everything that can be said of stack files without an account and without a network."""

from collections.abc import Mapping
from dataclasses import replace

from ccloud_apply.model.diagnostic import sort_diagnostics
from ccloud_apply.plan.checks.run import check_offline
from ccloud_apply.workflows.inputs.passwords import find_weak_secrets
from ccloud_apply.workflows.inputs.stacks import (
    LoadedStacks,
    OnSkipped,
    StackRequest,
    ignore,
    load_stacks,
)


def validate_stacks(
    request: StackRequest,
    environment: Mapping[str, str],
    *,
    no_checks: frozenset[str] = frozenset(),
    on_skipped: OnSkipped = ignore,
) -> LoadedStacks:
    """The stacks, with syntax, schema, references and what the platform would refuse of them.

    A variable without a value is no error: what uses it is unknown, and not checked.

    Raises UsageError for a path that names no stack file, and StackError for the --var-file.
    """
    loaded = load_stacks(replace(request, may_be_unknown=True), environment, on_skipped)
    found = check_offline(
        loaded.stacks,
        no_checks=no_checks,
        weak_secrets=find_weak_secrets(loaded.stacks, environment),
    )
    return replace(loaded, diagnostics=sort_diagnostics((*loaded.diagnostics, *found)))
