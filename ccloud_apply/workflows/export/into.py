"""Further servers into a stack file, proved before it is written.

The new text is loaded and planned: every server that the file had is to be the same, and the new
ones are to be adopted and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from ccloud_apply.errors import CcloudApplyError, StackError, UsageError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.load.write.insert import NotInsertableError, insert_servers
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Declared, ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, has_errors
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import PlanOptions
from ccloud_apply.plan.views.export import build_export, describe_addresses, find_surprises
from ccloud_apply.plan.views.export_selection import Choice
from ccloud_apply.workflows.inputs.stacks import StackRequest, load_text, require_stacks
from ccloud_apply.workflows.planning.plan import plan_account

_NOWHERE = SourceRange("", 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The stack file that is added to, as it was read."""

    path: str
    text: str
    stack: Stack
    request: StackRequest
    environment: Mapping[str, str] = field(repr=False)


def read_target(path: str, request: StackRequest, environment: Mapping[str, str]) -> Target:
    """The file, loaded with these variables. Raises UsageError, StackError."""
    (stack,) = require_stacks(request, environment).stacks
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return Target(path=path, text=text, stack=stack, request=request, environment=environment)


def build_text(target: Target, choice: Choice, account: Account) -> tuple[str, list[Diagnostic]]:
    """The file's new text, proved, and the warnings. Raises UsageError, StackError, PlanError."""
    document, found = build_export(choice, account)
    servers: Mapping[str, Any] = document["servers"]
    try:
        text = insert_servers(target.text, servers, describe_addresses(choice))
    except NotInsertableError as error:
        hint = "export without --into, and copy the servers by hand"
        raise UsageError(f"{target.path}: {error}", hint=hint) from None
    loaded = load_text(text.encode(), target.path, target.request, target.environment)
    if loaded.stack is None or has_errors(loaded.diagnostics):
        raise StackError(loaded.diagnostics)
    _require_same(target, loaded.stack, servers)
    _require_adoption(target, loaded.stack, servers, account)
    return text, [*choice.warnings, *found]


def _require_same(target: Target, stack: Stack, added: Mapping[str, Any]) -> None:
    before = [_without_places(spec) for spec in target.stack.servers]
    after = [_without_places(spec) for spec in stack.servers if spec.key not in added]
    if before != after:
        raise CcloudApplyError(
            f"{target.path}: adding servers would change what it says about the others",
            hint="export without --into, and copy the servers by hand",
        )


def _without_places(spec: ServerSpec) -> ServerSpec:
    fields = {name: Declared(field.value, _NOWHERE) for name, field in spec.fields.items()}
    return replace(spec, fields=fields, source=_NOWHERE)


def _require_adoption(
    target: Target, stack: Stack, added: Mapping[str, Any], account: Account
) -> None:
    """The new servers alone are planned: what the others need is nobody's question here."""
    servers = tuple(_without_snapshots(spec) for spec in stack.servers if spec.key in added)
    plan: Plan = plan_account(
        [replace(stack, servers=servers)],
        replace(account, tasks=()),  # whoever works on a server changes nothing about the proof
        PlanOptions(target=tuple(added), has_checks=False),
    )
    surprises: Sequence[str] = find_surprises(plan.stacks[0])
    if surprises:
        raise UsageError(
            f"{target.path}: with its defaults the plan would do more than adopt:"
            f" {', '.join(surprises[:5])}",
            hint="take those fields out of its defaults, or export into a file of its own",
        )


def _without_snapshots(spec: ServerSpec) -> ServerSpec:
    """Whether a snapshot goes before a change is no question where any change is one too many."""
    return replace(spec, lifecycle=replace(spec.lifecycle, snapshot_before=frozenset()))
