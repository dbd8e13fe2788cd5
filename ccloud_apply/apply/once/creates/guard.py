"""Before a create is sent: nobody else has made this server since the plan.

The newest create task of the account is the high-water mark. It is read once, before this apply's
first create; whatever is above it later has to be explained.
"""

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.create import (
    high_water_mark_of,
    newest_create_tasks,
    note_create,
    raise_high_water_mark,
)
from ccloud_apply.apply.once.outcome import Change, Outcome
from ccloud_apply.apply.once.preparation import Prepared
from ccloud_apply.apply.once.resolver import Resolver
from ccloud_apply.apply.queued_step import QueuedStep
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Task

_SOMEBODYS = "someone else is applying this stack; plan again when they are done"
_NOBODYS = "it may be the server that was meant; plan again, which says how to adopt it"


@dataclass(slots=True, kw_only=True)
class CreateGuard:
    """Guards the creates of one apply.

    `planned_mark` is the newest create task that the plan has accounted for, None if unknown.
    `own_tasks` are those of this apply, and grow while it runs.
    """

    api: Api
    resolver: Resolver
    planned_mark: int | None
    own_tasks: AbstractSet[int]
    _reading: "asyncio.Task[tuple[Task, ...]] | None" = field(default=None, init=False)

    async def prepare(self, queued: QueuedStep, path: str, body: Any) -> Prepared:
        """The create with its baseline. Raises ApplyError if somebody else has made the server
        since the plan, and ApiError."""
        baseline = note_create(await self._read_mark(), body)
        change = Change(
            stack=queued.stack,
            server=queued.step.server,
            operation_id=queued.step.operation_id,
            path=path,
            hostname=None,
            body=body,
            baseline=baseline,
            own_tasks=self.own_tasks,
        )
        await self._require_new(change)
        return Prepared(path=path, body=body, baseline=baseline)

    async def _require_new(self, change: Change) -> None:
        if self.planned_mark is None or high_water_mark_of(change) <= self.planned_mark:
            return
        since = raise_high_water_mark(change.baseline, self.planned_mark)
        observation = await self.resolver.resolve(replace(change, baseline=since), has_grace=False)
        if observation.outcome is not Outcome.ABSENT:
            raise ApplyError(
                f"changed since the plan: {observation.reason}",
                hint=_NOBODYS if observation.is_over else _SOMEBODYS,
            )

    async def _read_mark(self) -> int:
        return max((task.id for task in await self.first_look()), default=0)

    async def first_look(self) -> tuple[Task, ...]:
        """The newest create tasks before this apply's first one. The first caller reads them for
        all. Raises ApiError."""
        reading = self._reading
        if reading is None or (reading.done() and reading.exception()):
            reading = self._reading = asyncio.create_task(newest_create_tasks(self.api))
        return await asyncio.shield(reading)

    async def close(self) -> None:
        """Cancel the read that is under way."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
