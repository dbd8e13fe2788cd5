"""Right before a request leaves: read once, then judge, complete and note it.

The order is the same for every operation. Its own part of it is told by its effect.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.facts import read_facts
from ccloud_apply.apply.once.precondition import Precondition, Standing, field_of
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.aspects.effects import Bound, Effect, Facts, Planned, Sent
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.plan import FieldChange, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that may be recorded and sent, and its baseline."""

    path: str
    body: Any
    baseline: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Prepares the requests of one apply. Without a precondition nothing is judged.

    `learnt` is what is known of the platform; it grows meanwhile.
    """

    api: Api
    precondition: Precondition | None
    changes: Mapping[tuple[str, str, str], FieldChange] = field(default_factory=dict)
    learnt: Mapping[str, Any] = field(default_factory=dict)

    async def is_needed(self, queued: QueuedStep, hostname: str | None) -> bool:
        """False if what the step would do is so already. Raises ApplyError if what it rests on has
        changed since the plan, ApiError."""
        if self.precondition is None:
            return True
        standing = await self.precondition.check(queued.stack, queued.step, hostname)
        return standing is Standing.NEEDED

    async def require_unchanged(self, queued: QueuedStep, hostname: str | None) -> None:
        """Raises ApplyError if the server is another one, or somebody else's, and ApiError."""
        check, step = self.precondition, queued.step
        if check is None or not check.reads(queued.stack, step):
            return
        hostname = check.hostname(queued.stack, step, hostname)
        reads = check.reads_again(queued.stack, step)
        facts = await read_facts(self.api, hostname, reads, may_be_gone=True)
        check.require_unchanged(queued.stack, step, facts)

    async def prepare(
        self, queued: QueuedStep, path: str, body: Any, hostname: str | None
    ) -> Prepared | None:
        """The request as it is to be sent; None if what it would do is so already.

        Raises ApplyError if what it rests on has changed since the plan, or if the server lacks
        what it needs; ApiError.
        """
        step = queued.step
        effect = EFFECTS_BY_OPERATION[step.operation_id]
        sent = Sent(path=path, body=body, at_apply=step.at_apply)
        facts = await self._read(queued, effect, sent, hostname)
        if not self._is_needed(queued, facts):
            return None
        more = effect.more_reads_to_bind(facts, sent) if effect.will_bind(sent) else frozenset()
        if more:  # all of it once more: the server has to be read last
            facts = await self._read(queued, effect, sent, hostname, more)
            if not self._is_needed(queued, facts):
                return None
        if hostname is None and not effect.is_of_account:
            return Prepared(path=path, body=body, baseline=effect.note_body(sent))
        planned = self._find_planned(queued)
        bound: Bound | None = Bound(path=path, body=body)
        if effect.bind is not None and effect.will_bind(sent):
            facts = replace(facts, learnt=self.learnt)
            bound = effect.bind(planned, facts, sent)
        if bound is None:
            return None
        baseline = effect.note(planned, facts, replace(sent, path=bound.path, body=bound.body))
        return Prepared(
            path=bound.path, body=bound.body, baseline=baseline, warnings=bound.warnings
        )

    def _is_needed(self, queued: QueuedStep, facts: Facts) -> bool:
        check, step = self.precondition, queued.step
        if check is None or not check.reads(queued.stack, step):
            return True
        return check.judge(queued.stack, step, facts) is Standing.NEEDED

    async def _read(
        self,
        queued: QueuedStep,
        effect: Effect,
        sent: Sent,
        hostname: str | None,
        more: frozenset[str] = frozenset(),
    ) -> Facts:
        is_told = hostname is not None or effect.is_of_account
        reads = (effect.reads_before(sent) if is_told else frozenset()) | more
        check = self.precondition
        if check is not None:
            reads |= check.reads(queued.stack, queued.step)
            hostname = check.hostname(queued.stack, queued.step, hostname)
        return await read_facts(self.api, hostname or "", reads, may_be_gone=check is not None)

    def _find_planned(self, queued: QueuedStep) -> Planned:
        step = queued.step
        check = self.precondition
        return Planned(
            server=None if check is None else check.planned_server(queued.stack, step.server),
            change=self.changes.get(
                (queued.stack, step.server, field_of(step.operation_id, step.id))
            ),
        )


def find_changes(plan: Plan) -> Mapping[tuple[str, str, str], FieldChange]:
    """The changes of a plan by stack, server and field."""
    return {
        (stack.stack, server.key, change.field): change
        for stack in plan.stacks
        for server in stack.entries
        for change in server.changes
    }
