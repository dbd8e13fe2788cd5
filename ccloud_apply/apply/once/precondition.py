"""Whether what a step rests on still holds, told by what was read right before its request.

The server has to be the same one, and still the stack's own. Then only the step's own field counts.
What a step may do to a server that is somebody else's by now is nothing at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.facts import read_facts
from ccloud_apply.apply.once.retired import (
    is_behind,
    is_dated,
    reads_of_retired,
    require_same_end,
)
from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.aspects.effects import (
    SERVER_READ,
    Effect,
    Facts,
    Planned,
    Sent,
    changed_since_plan,
    identify,
)
from ccloud_apply.aspects.registry import ASPECTS, EFFECTS_BY_OPERATION
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import has_errors
from ccloud_apply.model.live.account import Account, LiveServer
from ccloud_apply.model.ownership import describe_owner, find_protection, read_ownership
from ccloud_apply.model.results.plan import Action, Resource, ServerPlan, Step
from ccloud_apply.plan.diff.diff import diff_server
from ccloud_apply.plan.matching.match import Match
from ccloud_apply.plan.matching.select import PlanOptions, match_account


class Standing(StrEnum):
    """Whether a step is still to be made."""

    NEEDED = "needed"
    ALREADY_DONE = "already done"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedState:
    """What the plan of one server rests on."""

    stack: Stack
    match: Match
    account: Account
    plan: ServerPlan


class NotShownError(ApplyError):
    """What this apply has done shows in one read, and in the server's own not yet: a server that it
    has created, or the day that it has set."""


class Precondition:
    """Judges each step by facts that were read for it; what was read earlier never counts.

    A server that this apply has created is the one that was read back, or else the one that is
    found before its first step.
    """

    def __init__(self, api: Api, planned: Mapping[tuple[str, str], PlannedState]) -> None:
        self._api = api
        self._planned = planned
        self._created: dict[tuple[str, str], LiveServer] = {}
        self._redeployed: set[tuple[str, str]] = set()

    def planned_server(self, stack: str, key: str) -> LiveServer | None:
        """The server as the plan saw it; None for one that was still to be created."""
        state = self._planned.get((stack, key))
        return None if state is None else state.match.live

    def learn(self, stack: str, key: str, server: LiveServer) -> None:
        """Keep which server was created for the key, as it was read back."""
        self._created[stack, key] = server

    def reads(self, stack: str, step: Step) -> frozenset[str]:
        """What `judge` needs to be read; nothing for a step that concerns no server yet."""
        if step.operation_id == CREATE or step.resource is Resource.ACCOUNT:
            return frozenset()
        state = self._find_state(stack, step)
        to_check = frozenset[str]() if state is None else _reads_to_compare(state, step)
        return to_check | self.reads_again(stack, step)

    def reads_again(self, stack: str, step: Step) -> frozenset[str]:
        """What `require_unchanged` needs to be read."""
        state = self._find_state(stack, step)
        marks = frozenset[str]() if state is None else reads_of_retired(state.plan, _effect(step))
        return marks | {SERVER_READ}

    async def check(self, stack: str, step: Step, hostname: str | None) -> Standing:
        """Read what is needed, and judge it. Raises as `judge` does, and ApiError."""
        reads = self.reads(stack, step)
        if not reads:
            return Standing.NEEDED
        hostname = self.hostname(stack, step, hostname)
        return self.judge(
            stack, step, await read_facts(self._api, hostname, reads, may_be_gone=True)
        )

    def hostname(self, stack: str, step: Step, hostname: str | None) -> str:
        """The hostname to read: the plan's own, or that of a server which it did not know yet."""
        state = self._find_state(stack, step)
        live = None if state is None else state.match.live
        return (hostname if live is None else live.hostname) or ""

    def judge(self, stack: str, step: Step, facts: Facts) -> Standing:
        """Whether the step is still needed. Raises ApplyError "changed since the plan"."""
        state = self._find_state(stack, step)
        if state is None:
            self._require_created((stack, step.server), facts)
            return Standing.NEEDED
        effect = _effect(step)
        if facts.server is None and effect.ends_server:
            return Standing.ALREADY_DONE
        self._require_unchanged(state, step, facts)
        if facts.server is not None and is_dated(state.match, state.plan, effect, facts.server):
            return Standing.ALREADY_DONE
        if effect.renews_system:
            self._redeployed.add((stack, step.server))
        return _compare(state, step, facts)

    def require_unchanged(self, stack: str, step: Step, facts: Facts) -> None:
        """The server is the same one and still the stack's own, whatever its fields are.

        Raises ApplyError "changed since the plan".
        """
        state = self._find_state(stack, step)
        if state is None:
            self._require_created((stack, step.server), facts)
        elif facts.server is not None or not _effect(step).ends_server:
            self._require_unchanged(state, step, facts)

    def _find_state(self, stack: str, step: Step) -> PlannedState | None:
        """The planned state of a server that the plan saw; None for one of this apply."""
        state = self._planned.get((stack, step.server))
        if state is None or state.match.live is None or _is_of_next(state, step):
            return None
        return state

    def _require_created(self, name: tuple[str, str], facts: Facts) -> None:
        stack, key = name
        fresh = facts.server
        if fresh is None:
            gone = changed_since_plan(f"{facts.hostname} is gone")
            raise NotShownError(gone.message, hint=gone.hint)
        _require_same(self._created.setdefault(name, fresh), fresh)
        owner = read_ownership(fresh.tags)
        if owner.stacks != {stack} or owner.keys != {key}:
            raise changed_since_plan(f"{fresh.name} belongs to {describe_owner(owner)}")

    def _require_unchanged(self, state: PlannedState, step: Step, facts: Facts) -> None:
        live, fresh, effect = state.match.live, facts.server, _effect(step)
        assert live is not None
        if fresh is None:
            raise changed_since_plan(f"{live.name} is gone")
        is_redeployed = (state.stack.name, step.server) in self._redeployed
        _require_same(live, fresh, has_new_system=is_redeployed and not effect.renews_system)
        _require_owned(state, fresh, effect)
        # A start that closes a shutdown follows whatever the server tells: it is off meanwhile.
        if step.closes is None and not effect.ends_server:
            _require_same_version(state, fresh, facts)
        if effect.is_held_by_protection or state.plan.action is Action.RETIRE:
            _require_unprotected(live, fresh)
        require_same_end(state.match, state.plan, effect, facts)
        if is_behind(state.plan, effect, facts):
            raise NotShownError(f"{fresh.name} does not show its day yet", hint="plan again")


_PLAIN = PlanOptions()


def build_planned_states(
    stacks: Sequence[Stack],
    account: Account,
    servers: Mapping[tuple[str, str], ServerPlan],
    options: PlanOptions = _PLAIN,
) -> Mapping[tuple[str, str], PlannedState]:
    """What each planned server rests on, by stack and key; `options` are those of the plan."""
    return {
        (one.stack.name, match.key): PlannedState(
            stack=one.stack, match=match, account=account, plan=servers[one.stack.name, match.key]
        )
        for one in match_account(stacks, account, options).stacks
        for match in one.matches
        if (one.stack.name, match.key) in servers
    }


_UNKNOWN = Effect(operation_id="")
"""For an operation without an effect: it is compared by its field, and nothing else is known."""


def _effect(step: Step) -> Effect:
    return EFFECTS_BY_OPERATION.get(step.operation_id, _UNKNOWN)


def field_of(operation_id: str, step_id: str) -> str:
    """The field whose comparison decides whether such a step is still needed."""
    effect = EFFECTS_BY_OPERATION.get(operation_id, _UNKNOWN)
    return effect.field or step_id.partition("/")[2]


def _field_of(step: Step) -> str:
    return field_of(step.operation_id, step.id)


def _is_of_next(state: PlannedState, step: Step) -> bool:
    """True for a step of the server that takes the place of the one that is destroyed."""
    return f"{step.server}/destroy" in state.plan.steps and not _effect(step).ends_server


def _require_same(live: LiveServer, fresh: LiveServer, *, has_new_system: bool = False) -> None:
    before, after = identify(live), identify(fresh)
    if has_new_system:  # another system may need another generation
        before, after = {**before, "generation": None}, {**after, "generation": None}
    if before != after:
        raise changed_since_plan(f"{live.name} is another server now")
    if fresh.is_deleting:
        raise changed_since_plan(f"{live.name} is being deleted")


def _require_owned(state: PlannedState, fresh: LiveServer, effect: Effect) -> None:
    """The server is the stack's own, or still that of the stack and key that it had before.

    One that is adopted belongs to nobody until its tags are set, and to the stack from then on.
    """
    match = state.match
    assert match.live is not None
    now = read_ownership(fresh.tags)
    planned = read_ownership(match.live.tags)
    was_owned = len(planned.stacks) == len(planned.keys) == 1
    if was_owned and now.stacks == planned.stacks and now.keys == planned.keys:
        return
    if now.stacks == {state.stack.name} and now.keys == {match.key}:
        return
    # One that a person has named by its hostname belongs to nobody, and stays so.
    may_be_unowned = effect.takes_ownership or effect.may_be_unowned
    is_named = match.by == "hostname" and may_be_unowned
    if not (is_named and not now.stacks and not now.keys):
        raise changed_since_plan(f"{fresh.name} belongs to {describe_owner(now)}")


def _require_same_version(state: PlannedState, fresh: LiveServer, facts: Facts) -> None:
    """The server's own details may be in another unit than the list that the plan was made from."""
    spec = state.match.spec
    if spec is None:
        return
    fresh = replace(fresh, parts=facts.parts, limits=spec.limits)
    for name in spec.fields.keys() - spec.lifecycle.ignored_fields:
        reason = ASPECTS[name].find_other_version(fresh)
        if reason:
            raise ApplyError(f"{reason}; nothing of {fresh.name} is changed")


def _require_unprotected(live: LiveServer, fresh: LiveServer) -> None:
    tag = find_protection(fresh.tags)
    if tag is not None and find_protection(live.tags) is None:
        raise changed_since_plan(f"{live.name} is protected by {tag}")


def _reads_to_compare(state: PlannedState, step: Step) -> frozenset[str]:
    """Nothing where nothing is compared: an effect that does not judge, a step without a field."""
    effect, field = _effect(step), _field_of(step)
    has_field = any(change.field == field for change in state.plan.changes)
    return effect.reads_to_check if effect.is_due or has_field else frozenset()


def _compare(state: PlannedState, step: Step, facts: Facts) -> Standing:
    """What the effect says, or else how the field differs now."""
    is_due = _effect(step).is_due
    if is_due is None:
        return _compare_field(state, _field_of(step), facts)
    planned = Planned(server=state.match.live)
    sent = Sent(path=step.path, body=step.body, at_apply=step.at_apply)
    return Standing.NEEDED if is_due(planned, facts, sent) else Standing.ALREADY_DONE


def _only(match: Match, field: str) -> Match:
    """The match with this field alone, and what the server was created with: another field may
    differ by now in a way for which nothing was read."""
    spec, name = match.spec, field.partition(".")[0]
    if spec is None:
        return match
    kept = {n: d for n, d in spec.fields.items() if n == name or ASPECTS[n].is_create_only}
    return replace(match, spec=replace(spec, fields=kept))


def _compare_field(state: PlannedState, field: str, facts: Facts) -> Standing:
    """The field's difference as it was planned, or none any more, or another one."""
    planned = [change for change in state.plan.changes if change.field == field]
    if not planned:
        return Standing.NEEDED  # no field of its own
    live, fresh = state.match.live, facts.server
    assert live is not None
    assert fresh is not None
    parts = {**live.parts, **facts.parts}
    fresh = replace(fresh, parts=parts, is_building=False, limits=live.limits)
    match = _only(replace(state.match, live=fresh), field)
    diff, diagnostics = diff_server(state.stack, match, state.account)
    now = [change for change in diff.changes if change.field == field]
    if diff.why:  # not compared is not "done already"
        raise changed_since_plan(diff.why)
    if field in diff.unknown:
        raise changed_since_plan(diff.unknown[field])
    if diff.held:
        raise changed_since_plan("; ".join(held.what for held in diff.held))
    if not now:
        if has_errors(diagnostics):
            raise changed_since_plan("; ".join(d.what for d in diagnostics if d.is_error))
        return Standing.ALREADY_DONE
    if [(c.before, c.after) for c in now] != [(c.before, c.after) for c in planned]:
        what = f"{field} of {fresh.name} is {now[0].before}, not {planned[0].before}"
        raise changed_since_plan(what)
    return Standing.NEEDED
