"""A server that is not there: its create request, and what follows it."""

from collections.abc import Mapping

from ccloud_apply.aspects.base import StepDraft
from ccloud_apply.aspects.registry import ASPECTS
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.declared.stack import ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Action, FieldChange
from ccloud_apply.plan.diff.compare import ownership
from ccloud_apply.plan.diff.diagnostics import (
    check_complete,
)
from ccloud_apply.plan.diff.not_compared import tell_busy
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.diff.shared import Shared
from ccloud_apply.plan.diff.translate import translate_names
from ccloud_apply.plan.matching.match import Match, custom_name_at_create


def diff_create(
    stack: Stack, match: Match, spec: ServerSpec, account: Account, shared: Shared
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    """A server that is declared but does not exist."""
    warnings: tuple[str, ...] = ()
    if busy := tell_busy(match):
        warnings = (busy,)
    translated = translate_names(spec, shared.catalogues)
    spec = translated.spec
    diff = ServerDiff(
        match=match if spec is match.spec else replace(match, spec=spec),
        action=Action.CREATE,
        changes=translated.add_notes(describe(spec, shared)),
        drafts=create_drafts(spec, account),
        create_body=build_create_body(stack, spec),
        warnings=warnings,
        is_busy=bool(busy),
    )
    return diff, (*check_complete(spec), *translated.diagnostics)


def describe(spec: ServerSpec, shared: Shared) -> tuple[FieldChange, ...]:
    """Every declared field as a change from nothing."""
    changes: list[FieldChange] = []
    for name, aspect in ASPECTS.items():
        if name in spec.fields:
            changes += shared.describe(name, aspect, spec.fields[name].value)
    return tuple(changes)


def create_drafts(spec: ServerSpec, account: Account) -> tuple[StepDraft, ...]:
    """The requests that follow the create request."""
    return tuple(
        draft
        for name, aspect in ASPECTS.items()
        if name in spec.fields
        for draft in aspect.create_drafts(spec.fields[name].value, spec, account.read_at)
    )


def build_create_body(stack: Stack, spec: ServerSpec) -> Mapping[str, object]:
    """The create request: every declared field, the ownership tags, and a name to find it by."""
    body: dict[str, object] = {}
    for name, aspect in ASPECTS.items():
        if name in spec.fields:
            body.update(aspect.create_body(spec.fields[name].value))
    name_at_create = custom_name_at_create(stack, spec)
    if name_at_create is not None:
        body["custom_name"] = name_at_create
    body["tags"] = sorted({*spec.value("tags", ()), *ownership(stack, spec)})
    return body
