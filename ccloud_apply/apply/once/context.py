"""The parts with which an apply and its recovery observe the account, built from the options."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Self

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.confirm import Confirmation
from ccloud_apply.apply.once.resolver import Resolver
from ccloud_apply.apply.result import ApplyOptions
from ccloud_apply.apply.tasks.watcher import TaskWatcher
from ccloud_apply.clock import Clock
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Waits for tasks, resolves lost changes, and confirms changes that are done."""

    watcher: TaskWatcher
    resolver: Resolver
    confirmation: Confirmation

    @classmethod
    def build(
        cls,
        api: Api,
        clock: Clock,
        options: ApplyOptions,
        *,
        warn: Callable[[str], None],
        observe: Callable[[Iterable[Task]], None] = lambda tasks: None,
        sizes: Mapping[str, int] = MappingProxyType({}),
    ) -> Self:
        """All three, for one apply.

        `observe` is shown every list of tasks that is read; `sizes` are how many servers each stack
        has, as far as that is known.
        """
        return cls(
            watcher=TaskWatcher(
                api,
                clock,
                poll_min_s=options.poll_min_s,
                poll_max_s=options.poll_max_s,
                warn=warn,
                observe=observe,
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
                timeout_s=options.consistency_timeout_s,
                pause_s=options.poll_min_s,
                warn=warn,
                sizes=sizes,
            ),
        )

    async def close(self) -> None:
        """Cancel the reads that are under way."""
        await self.watcher.close()
        await self.confirmation.close()
