"""The five functions that a fleet needs of an engine.

A job says that something may be due; whoever gets it looks into the tables. A job that is lost,
doubled or late changes nothing but time: the tick makes another one.
"""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from ccloud_apply.lazy_dataclass import dataclass

JobKind = Literal["poll", "sweep", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to do: poll a source, sweep an account, run a stack.

    `account` is empty for a poll; `name` is the source's or the stack's, and empty for a sweep.
    """

    kind: JobKind
    account: str
    name: str
    priority: int = 0

    @property
    def lock(self) -> str:
        """What no second job at a time is about."""
        return f"{self.kind}:{self.account}:{self.name}"


Work = Callable[[Job], Awaitable[None]]
"""Does a job. It raises nothing but cancellation: what goes wrong is in the tables."""


class Engine(Protocol):
    """Hands jobs to workers. Each function may be called again after the database was away."""

    async def start(self, work: Work, *, concurrency: int) -> None:
        """Take jobs from now on, so many at a time."""
        ...

    async def wake(self) -> None:
        """Return when a job has ended here or somebody wants a look at the tables, or after a
        second at the latest."""
        ...

    def wake_up(self) -> None:
        """Have the next tick made at once: a person or a hook has made something due."""
        ...

    async def enqueue(self, job: Job) -> None:
        """Have a worker do it soon. One that is waiting with the same lock is enough."""
        ...

    async def stop(self, *, drain_s: float) -> None:
        """Take no job any more, and return once those that run have ended, or have been cancelled
        after so many seconds."""
        ...
