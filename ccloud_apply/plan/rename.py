"""A destroy and a create that look like one server with a new key."""

from collections.abc import Sequence

from ccloud_apply.model.account import LiveServer
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.plan import Action
from ccloud_apply.model.stack import ServerSpec, Stack
from ccloud_apply.plan.diff import ServerDiff

_COMPARED = (("pool", "pool"), ("type", "type"), ("cores", "cores"), ("memory", "memory_gb"))


def find_renames(stack: Stack, diffs: Sequence[ServerDiff]) -> tuple[Diagnostic, ...]:
    """A warning for every pair of the same shape, each server in one pair at most."""
    created = [diff for diff in diffs if diff.action is Action.CREATE]
    warnings = []
    for doomed in (diff for diff in diffs if diff.action is Action.DESTROY):
        twin = next((diff for diff in created if _looks_alike(doomed, diff)), None)
        if twin is not None:
            created.remove(twin)
            warnings.append(_build_warning(stack, doomed, twin))
    return tuple(warnings)


def _looks_alike(doomed: ServerDiff, created: ServerDiff) -> bool:
    live, spec = doomed.match.live, created.match.spec
    return live is not None and spec is not None and _shape(spec) == _live_shape(live)


def _shape(spec: ServerSpec) -> list[object]:
    return [spec.value(field) for field, _ in _COMPARED]


def _live_shape(live: LiveServer) -> list[object]:
    return [getattr(live, name) for _, name in _COMPARED]


def _build_warning(stack: Stack, doomed: ServerDiff, created: ServerDiff) -> Diagnostic:
    live = doomed.match.live
    before, after = doomed.match.key, created.match.key
    return Diagnostic(
        code="looks-like-rename",
        where=f"servers.{after}",
        what=f"{before} ({live.name if live else '?'}) is destroyed and {after} of the same shape"
        " is created; if that is one server with a new key, its data would be lost",
        hint=f"to rename it, write moved: [{{from: {before}, to: {after}}}]",
        severity=Severity.WARNING,
        source=stack.source if created.match.spec is None else created.match.spec.source,
    )
