"""What an apply and its recovery look at the account with, made in one place from the options."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.confirm import Confirmation
from ccloud_apply.apply.once.resolver import Resolver
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.clock import Clock

_LEAST_PATIENCE_S = 10.0
"""So long a change may take to show even where no answer is ever lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The watcher waits for tasks, the resolver finds out what became of a change whose answer was
    lost, and the confirmation waits until what was done shows."""

    watcher: TaskWatcher
    resolver: Resolver
    confirmation: Confirmation

    @classmethod
    def build(
        cls, api: Api, clock: Clock, options: ApplyOptions, *, warn: Callable[[str], None]
    ) -> Self:
        """All three, for one apply."""
        return cls(
            watcher=TaskWatcher(
                api,
                clock,
                poll_min_s=options.poll_min_s,
                poll_max_s=options.poll_max_s,
                warn=warn,
            ),
            resolver=Resolver(
                api,
                clock,
                grace_s=options.grace_s,
                timeout_s=options.task_timeout_s,
                pause_s=options.poll_min_s,
                warn=warn,
            ),
            confirmation=Confirmation(
                api,
                clock,
                patience_s=max(options.grace_s, _LEAST_PATIENCE_S),
                pause_s=options.poll_min_s,
            ),
        )

    async def close(self) -> None:
        """End what is still being read."""
        await self.watcher.close()
        await self.confirmation.close()
