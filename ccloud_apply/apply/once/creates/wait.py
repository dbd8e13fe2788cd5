"""When a plan that creates servers has to wait for what may be on its way and does not show yet.

The journals say how much of earlier runs is known. The audit itself is `audit.py`.
"""

from collections.abc import Mapping

from ccloud_apply.apply.journal.recorder import Recorder
from ccloud_apply.apply.once.creates.audit import CreateAudit, UnaccountedCreates
from ccloud_apply.apply.queued_step import CREATE
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.ownership import read_ownership
from ccloud_apply.model.results.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWait:
    """Decides by the stacks' journals whether to wait before servers are created, and how long.

    `is_cut_off`: an earlier run ended in the middle, so what it did last may not show yet.
    """

    audit: CreateAudit
    journals: Mapping[str, Recorder]
    settle_s: float
    grace_s: float
    is_cut_off: bool = False

    @property
    def pause_s(self) -> float:
        """What is missing at a journal's end may be a request whose answer is still to come."""
        is_torn = any(journal.is_torn for journal in self.journals.values())
        return max(self.settle_s, self.grace_s) if is_torn else self.settle_s

    def reason_to_wait(self, plan: Plan) -> str | None:
        """Why no journal can tell what may be on its way; None if one can."""
        if self.is_cut_off:
            return "an earlier run was cut off, and what it did may not show yet"
        if all(journal.was_found for journal in self._journals_of(plan)):
            return None
        return "no journal tells whether an earlier run was creating something"

    async def find_unaccounted(
        self, plan: Plan, account: Account, *, has_settled: bool
    ) -> UnaccountedCreates:
        """What was created and does not show in the account that the plan was made from.

        Raises ApiError.
        """
        emptied = [name for name in sorted(find_creating(plan)) if not _has_live(account, name)]
        since = min((j.high_water_mark for j in self._journals_of(plan) if j.was_found), default=0)
        return await self.audit.find_unaccounted(
            account,
            since=None if emptied else since or None,
            emptied=emptied,
            has_settled=has_settled,
        )

    def _journals_of(self, plan: Plan) -> list[Recorder]:
        return [self.journals[name] for name in find_creating(plan) if name in self.journals]


def find_creating(plan: Plan) -> frozenset[str]:
    """The stacks of which servers are created."""
    return frozenset(
        stack.stack
        for stack in plan.stacks
        if any(step.operation_id == CREATE for step in stack.steps)
    )


def has_open(journals: Mapping[str, Recorder]) -> bool:
    """True if a run has ended in the middle: an entry is open, or a server was left off."""
    return any(journal.open_entries or journal.unclosed_entries for journal in journals.values())


def _has_live(account: Account, stack: str) -> bool:
    return any(stack in read_ownership(server.tags).stacks for server in account.every_server)
