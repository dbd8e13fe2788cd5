"""Waits until the platform takes a request of which it takes one only every so often.

When that is, and whether the request is still wanted, is told by the effect's `pacing`.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.facts import read_facts
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.aspects.effects import Paced, Pacing, Turn
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.clock import Clock
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import Plan, Step

_TASKS, _MAX_PAGES = 100, 20
"""How many of a server's newest tasks may hold the reason of a refusal, and on how many pages."""


def _find_pacing(step: Step) -> Pacing | None:
    """The rules of the step's operation, None if it has no pace."""
    effect = EFFECTS_BY_OPERATION.get(step.operation_id)
    return None if effect is None else effect.pacing


class Pacer:
    """Waits for the turn of each paced step of one plan."""

    def __init__(self, plan: Plan, api: Api, clock: Clock, *, snapshot_pause_s: float) -> None:
        self._snapshot_pause_s = snapshot_pause_s
        self._api = api
        self._clock = clock
        self._steps: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for stack in plan.stacks:
            for step in stack.steps:
                self._steps[stack.stack, step.server].append(step)
        self._needless: dict[tuple[str, str], set[str]] = defaultdict(set)

    async def is_needless(
        self,
        queued: QueuedStep,
        hostname: str | None,
        tell: Callable[[str], None],
        *,
        is_needed: Callable[[], Awaitable[bool]],
    ) -> bool:
        """True if the request need not be sent; else its turn has come when this returns.

        A wait may be long, so `is_needed` is asked before one; else the request's own precondition
        is soon enough. Raises ApiError, and what `is_needed` raises.
        """
        pacing = _find_pacing(queued.step)
        if hostname is None or pacing is None:
            return False
        paced = self._describe(queued)
        reads = pacing.reads(paced)
        facts = await read_facts(self._api, hostname, reads, may_be_gone=True)
        if not reads <= facts.parts.keys():
            return False  # the server is gone, which its precondition says
        turn = pacing.find_turn(paced, facts, self._clock.now())
        if pacing.may_wait and turn != Turn() and not await is_needed():
            return True
        if turn.text:
            tell(turn.text)
        if turn.is_needless:
            self._needless[queued.server].add(queued.step.id)
            return True
        if turn.wait_s > 0:
            await self._clock.sleep(turn.wait_s)
        return False

    async def wait_out(
        self, queued: QueuedStep, hostname: str | None, tell: Callable[[str], None]
    ) -> bool:
        """True if the request was refused because it came before its turn, which has come now.

        Raises ApiError.
        """
        pacing = _find_pacing(queued.step)
        if hostname is None or pacing is None or pacing.find_turn_after_refusal is None:
            return False
        find = partial(pacing.find_turn_after_refusal, self._describe(queued))
        turn = await self._find_turn(hostname, find)
        if turn is None:
            return False
        tell(turn.text)
        await self._clock.sleep(turn.wait_s)
        return True

    async def _find_turn(
        self, hostname: str, find: Callable[[Sequence[Task], datetime], Turn | None]
    ) -> Turn | None:
        """The turn that the server's tasks tell, page by page, newest first. The API may take
        neither an order nor a number of rows: then the list is read to its end."""
        found: dict[int, Task] = {}
        turn = None
        for page in range(1, _MAX_PAGES + 1):
            tasks = await self._api.list_tasks(search=hostname, limit=_TASKS, page=page)
            is_new = any(task.id not in found for task in tasks)
            found.update((task.id, task) for task in tasks)
            own = [task for task in found.values() if task.hostname == hostname]
            turn = find(own, self._clock.now())
            is_newest_first = all(left.id > right.id for left, right in pairwise(tasks))
            if not is_new or (turn is not None and is_newest_first):
                break
        return turn

    def _describe(self, queued: QueuedStep) -> Paced:
        steps = self._steps[queued.server]
        return Paced(
            step=queued.step,
            others=[step for step in steps if step.id != queued.step.id],
            needless=frozenset(self._needless[queued.server]),
            snapshot_pause_s=self._snapshot_pause_s,
        )
