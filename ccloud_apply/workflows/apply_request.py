"""What an apply is asked for, whom it tells and asks, and what comes of it: values alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import field
from typing import Literal

from ccloud_apply.apply.once.safe_send import MaySend, allow_all
from ccloud_apply.apply.result import ApplyResult
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.results.present import PresentServer
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.workflows.account.connection import Execution

Ending = Literal["converged", "unchanged", "held", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    """What is to be applied, and how. `saved` is the plan that somebody approved before.

    `allowed` are the classes of change that a plan may have; None allows all of them. `holds` are
    guards of the request itself, which hold any plan.
    """

    stacks: tuple[Stack, ...]
    options: PlanOptions
    execution: Execution = field(default_factory=Execution)
    saved: Plan | None = None
    allowed: frozenset[str] | None = None
    holds: tuple[Diagnostic, ...] = ()
    has_cost: bool = True


async def _approve(plan: Plan) -> bool:
    return True


@asynccontextmanager
async def _never_stop(plan: Plan) -> AsyncIterator[asyncio.Event]:
    yield asyncio.Event()


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """Whom an apply tells and asks.

    `on_event` gets every event, the summary at the end included, and `on_plan` the plan with its
    price before anything is decided. `approve` is asked where there is something to do.
    `may_send` is awaited right before every change leaves, and refuses it by raising ApplyError.
    `executing` is entered around the changes; setting the event that it gives stops them: what was
    sent is noted, nothing more is sent.
    """

    on_event: Callable[[Event], None]
    on_plan: Callable[[Plan], None] = lambda plan: None
    approve: Callable[[Plan], Awaitable[bool]] = _approve
    may_send: MaySend = allow_all
    executing: Callable[[Plan], AbstractAsyncContextManager[asyncio.Event]] = _never_stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of an apply.

    `plan` is what was to be done, `result` how each step ended. A plan that is `held` has not been
    begun: `disallowed` are the guards of the request, beside those of the plan itself. `servers`
    are the declared servers that are there, unless it is held.
    """

    ending: Ending
    plan: Plan
    result: ApplyResult = field(default_factory=ApplyResult)
    disallowed: tuple[Diagnostic, ...] = ()
    servers: tuple[PresentServer, ...] = ()

    @property
    def is_converged(self) -> bool:
        """True if the account is as the stacks say: read again, planned again, nothing to do."""
        return self.ending in ("converged", "unchanged")
