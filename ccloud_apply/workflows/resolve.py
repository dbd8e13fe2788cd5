"""Stacks after variables, defaults and expansion, with the places that their values came from."""

from collections.abc import Mapping

from ccloud_apply.errors import StackError
from ccloud_apply.load.stack.build import Loaded
from ccloud_apply.load.stack.record import Record
from ccloud_apply.load.stack.resolved import build_resolved
from ccloud_apply.model.diagnostic import Diagnostic, has_errors
from ccloud_apply.model.results.resolved import ResolvedStacks
from ccloud_apply.workflows.inputs.no_stack import OnSkipped, ignore
from ccloud_apply.workflows.inputs.stacks import StackRequest, load_stacks


def resolve_stacks(
    request: StackRequest, environment: Mapping[str, str], on_skipped: OnSkipped = ignore
) -> tuple[ResolvedStacks, tuple[Diagnostic, ...]]:
    """The stacks of the request, and the warnings about them.

    Raises StackError if anything is wrong, and UsageError as `load_stacks`.
    """
    records: list[tuple[Loaded, Record]] = []
    loaded = load_stacks(request, environment, on_skipped, records)
    if has_errors(loaded.diagnostics):
        raise StackError(loaded.diagnostics)
    complete = [(one, record) for one, record in records if one.stack is not None]
    # Joined: keys of another stack are those of its servers, since entries are expanded there too.
    stacks = (
        build_resolved(stack, record, one.given)
        for stack, (one, record) in zip(loaded.stacks, complete, strict=True)
    )
    return ResolvedStacks(stacks=tuple(stacks)), loaded.diagnostics
