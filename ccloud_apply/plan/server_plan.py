"""The difference of one server and its steps as a part of the plan, for a reviewer."""

from collections.abc import Iterator, Mapping, Sequence

from ccloud_apply.aspects.base import Catalogues
from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.live.addresses import addresses_of
from ccloud_apply.model.results.plan import Action, FieldChange, ServerPlan, Step
from ccloud_apply.plan.diff.compare import find_unchanged
from ccloud_apply.plan.diff.diagnostics import warn_tolerated, warn_unknown
from ccloud_apply.plan.diff.server_diff import ServerDiff
from ccloud_apply.plan.diff.shared import Shared
from ccloud_apply.plan.fingerprint import build_fingerprint
from ccloud_apply.plan.live_facts import known_facts, tell_gone
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.plan.safety_snapshot import describe_snapshot
from ccloud_apply.plan.undo import tell_undo

_GOING = (Action.DESTROY, Action.RETIRE, Action.REPLACE)
"""A server that is reinstalled stays."""


def build_server_plan(
    diff: ServerDiff,
    steps: tuple[Step, ...],
    shared: Shared,
    options: PlanOptions,
    rests_on: tuple[str, ...] = (),
) -> ServerPlan:
    """What happens to the server, as the plan shows it. `rests_on` as in ServerPlan, `shared` as in
    `diff_server`."""
    match = diff.match
    plan = ServerPlan(
        key=match.key,
        hostname=None if match.live is None else match.live.hostname,
        action=diff.action,
        changes=diff.changes,
        steps=tuple(step.id for step in steps),
        has_downtime=any(step.causes_downtime for step in steps),
        warnings=diff.warnings,
        instance=_instance(match),
        moved_from=match.moved_from,
        is_released=match.is_released and diff.action is not Action.NOT_COMPARED,
        is_busy=diff.is_busy,
        unchanged=find_unchanged(diff) if options.has_unchanged else {},
        unknown=tuple(diff.unknown),
        goes=_tell_gone(diff, shared.catalogues),
        live=_tell_live(diff, shared.catalogues) if options.has_unchanged else {},
        why=diff.why,
        rests_on=rests_on if steps else (),
        source=None if match.spec is None else match.spec.source,
        retires=diff.retires,
        addresses=None if match.live is None else addresses_of(match.live),
    )
    return tell_undo(plan, steps, shared)


def _tell_gone(diff: ServerDiff, catalogues: Catalogues) -> tuple[FieldChange, ...]:
    live = diff.match.live
    return () if live is None or diff.action not in _GOING else tell_gone(live, catalogues)


def _tell_live(diff: ServerDiff, catalogues: Catalogues) -> Mapping[str, object]:
    live = diff.match.live
    known = {} if live is None else known_facts(live, catalogues)
    return {name: value for name, value in known.items() if name not in diff.unknown}


def _instance(match: Match) -> str | None:
    if match.spec is None or match.spec.base_key == match.key:
        return None
    return match.key.removeprefix(f"{match.spec.base_key}-")


def build_fingerprints(
    diffs: Sequence[ServerDiff], steps: Mapping[str, tuple[Step, ...]]
) -> Mapping[str, str]:
    """By key, the facts that the steps of each live server rest on."""
    return {
        diff.match.key: build_fingerprint(diff.match.live)
        for diff in diffs
        if diff.match.live is not None and steps[diff.match.key]
    }


def tell_snapshot(
    diff: ServerDiff, diagnostics: tuple[Diagnostic, ...]
) -> tuple[ServerDiff, tuple[Diagnostic, ...]]:
    """The difference, with what there is to say about a snapshot before it."""
    texts, found = describe_snapshot(diff)
    if not texts and not found:
        return diff, diagnostics
    return replace(diff, warnings=(*diff.warnings, *texts)), (*diagnostics, *found)


def tell_doubts(diff: ServerDiff) -> Iterator[Diagnostic]:
    """What cannot be compared, and what is tolerated, of a server to which nothing happens: a plan
    that a person reads has no other place for it."""
    spec = diff.match.spec
    if spec is None or diff.action is not Action.UNCHANGED:
        return
    for name, what in diff.unknown.items():
        yield warn_unknown(spec, name, what)
    for name, texts in diff.tolerated.items():
        for text in texts:
            yield warn_tolerated(spec, name, text)
