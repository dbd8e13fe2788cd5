"""Looks at the account again after an apply, until it can be compared with what was done.

A read can be behind for a while, and show a text as it was. What is behind after the consistency
timeout is what the platform did not take.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import field

from ccloud_apply.apply.once.outcome import CONSISTENCY_TIMEOUT_S
from ccloud_apply.apply.once.untaken import Name, UntakenField, find_untaken
from ccloud_apply.clock import Clock, poll_until
from ccloud_apply.errors import PlanError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.plan import Action, Plan

_FIRST_PAUSE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a new read and a new plan say. `left` is what there is still to do; None where no plan
    can be made, and `error` says why. `untaken` are fields that were changed and differ still.
    """

    left: Plan | None
    error: PlanError | None = None
    account: Account = field(default_factory=Account)
    untaken: tuple[UntakenField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Verifies one apply. `read_and_plan` gives what is left, once it can be compared.

    `done` are the fields that the apply changed, and `unseen` those of them that had the time to
    show already. `stacks` are as the files have them.
    """

    read_and_plan: Callable[[], Awaitable[tuple[Plan, Account]]]
    stacks: Sequence[Stack]
    plan: Plan
    done: Mapping[Name, frozenset[str]]
    unseen: Mapping[Name, frozenset[str]]
    clock: Clock
    timeout_s: float

    async def verify(self) -> Verified:
        """What is left once the account shows what was done, or when the time for that is over.

        Raises ApiError, and PlanError where not even the account is known.
        """
        last = Verified(left=None)

        async def look() -> Verified | None:
            nonlocal last
            last = await self._look()
            return None if self._is_behind(last) else last

        return await poll_until(
            look,
            clock=self.clock,
            timeout_s=min(CONSISTENCY_TIMEOUT_S, self.timeout_s),
            pause=lambda waited_s: max(_FIRST_PAUSE_S, min(5.0, 0.2 * waited_s)),
            give_up=lambda waited_s: last,
        )

    async def _look(self) -> Verified:
        left: Plan | None = None
        problem: PlanError | None = None
        try:
            left, account = await self.read_and_plan()
        except PlanError as error:
            if error.account is None:
                raise
            problem, account = error, error.account
        untaken = find_untaken(self.stacks, account, self.plan, self.done)
        return Verified(left=left, error=problem, account=account, untaken=untaken)

    def _is_behind(self, found: Verified) -> bool:
        """True while a server may still show what it was, or whether it was there at all: it had no
        time to show anything else."""
        if any(u.field not in self.unseen.get((u.stack, u.key), ()) for u in found.untaken):
            return True
        return any(self._is_new(name) for name in _find_coming_and_going(found.left))

    def _is_new(self, name: Name) -> bool:
        """True for what was done, and never waited for in vain."""
        return bool(self.done.get(name, frozenset()) - self.unseen.get(name, frozenset()))


def _find_coming_and_going(left: Plan | None) -> Iterator[Name]:
    """The servers that are to be created although they were to be there, or the other way round.
    What confirmed the change was another list."""
    for stack in () if left is None else left.stacks:
        for server in stack.servers:
            if server.action in (Action.CREATE, Action.DESTROY):
                yield stack.stack, server.key
