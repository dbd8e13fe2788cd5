"""Whether a change has happened whose answer was lost: one observation of the account, no waiting.

What trace an operation leaves is told by its effect (`aspects/effects.py`); a create has a protocol
of its own (`create.py`). A task that still runs on the server decides nothing yet.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from enum import StrEnum
from typing import Any

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.facts import read_trace
from ccloud_apply.aspects.effects import Effect, Sent
from ccloud_apply.aspects.registry import EFFECTS_BY_OPERATION
from ccloud_apply.errors import NotFoundError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.text import join_names

CONSISTENCY_TIMEOUT_S = 60.0
"""Seconds in which a read has to show what a task has done."""

_LIST = 100


class Outcome(StrEnum):
    """What one observation says. ABSENT counts as much as the time since the request."""

    HAPPENED = "happened"
    ABSENT = "absent"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that was sent: all that is needed to find its trace.

    `baseline` is what was noted before it was sent. `own_tasks` are known to belong to other
    changes. `task_id` is its own, as far as an answer named it.
    """

    stack: str
    server: str
    operation_id: str
    path: str
    hostname: str | None
    body: Any
    baseline: Mapping[str, Any]
    own_tasks: AbstractSet[int] = frozenset()
    task_id: int | None = None

    @property
    def effect(self) -> Effect | None:
        """The operation's effect; None for a create, which has a protocol instead."""
        return EFFECTS_BY_OPERATION.get(self.operation_id)

    @property
    def sent(self) -> Sent:
        """The request, as its effect wants it."""
        return Sent(path=self.path, body=self.body, baseline=self.baseline, task_id=self.task_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The outcome, the reason for it, and the hostname of a server that was created.

    `may_be_old`: the trace may be from before the request. `is_over`: nothing that is awaited still
    runs, and only a read can be behind.
    """

    outcome: Outcome
    reason: str
    hostname: str | None = None
    may_be_old: bool = False
    is_over: bool = False


async def observe_change(api: Api, change: Change) -> Observation:
    """What the account says right now about a change that is no create. Raises ApiError."""
    effect = change.effect
    if effect is not None and effect.is_of_account:
        return _decide(await has_happened(api, change))
    if change.hostname is None:
        return Observation(outcome=Outcome.ABSENT, reason="its server has no hostname yet")
    running = await running_tasks(api, change.hostname)
    if running and effect is not None and effect.waits_for_tasks:
        return _wait_for(running[0], change.hostname)
    try:
        if await has_happened(api, change):
            return _decide(True, may_be_old=effect is not None and effect.may_be_old)
    except NotFoundError:  # somebody has deleted it: the change cannot happen any more
        reason = f"there is no server {change.hostname}"
        return Observation(outcome=Outcome.ABSENT, reason=reason)
    return _wait_for(running[0], change.hostname) if running else _decide(False)


def _decide(has_happened: bool, *, may_be_old: bool = False) -> Observation:
    if has_happened:
        return Observation(
            outcome=Outcome.HAPPENED, reason="the account shows it", may_be_old=may_be_old
        )
    return Observation(outcome=Outcome.ABSENT, reason="the account shows no trace of it")


def _wait_for(task: Task, hostname: str) -> Observation:
    reason = f"task {task.id} ({task.action}) still runs on {hostname}"
    return Observation(outcome=Outcome.PENDING, reason=reason)


async def has_happened(api: Api, change: Change) -> bool:
    """True once the account shows what the change has done. Raises ApiError."""
    effect = change.effect
    if effect is None or effect.has_happened is None:
        return False
    facts = await read_trace(api, change.hostname or "", effect, change.sent)
    return effect.has_happened(facts, change.sent)


def doubt_absence(
    observation: Observation, change: Change, learnt: Mapping[str, Any]
) -> Observation:
    """The observation; PENDING for an absence that proves nothing, because this account does not
    show what was added for sure either."""
    effect = change.effect
    if observation.outcome is not Outcome.ABSENT or effect is None or effect.find_unshown is None:
        return observation
    unshown = effect.find_unshown(learnt, change.sent)
    if not unshown:
        return observation
    reason = f"{observation.reason}, and none of {join_names(unshown)}, which it gave before"
    return replace(observation, outcome=Outcome.PENDING, reason=reason)


def can_show(change: Change) -> bool:
    """False if the baseline cannot tell the trace.

    An earlier version noted less, or the API did not say what was there before.
    """
    return change.effect is not None and change.effect.can_show(change.sent)


def is_behind(change: Change, servers: tuple[LiveServer, ...]) -> bool:
    """True if this server list still shows the server without what the change has done.

    The list can be older than the read of one server, and a plan is made from the list. A server
    that is not in it says nothing: its tags may not show yet.
    """
    on_server = None if change.effect is None else change.effect.on_server
    return on_server is not None and any(
        server.hostname == change.hostname and not on_server(server, change.sent)
        for server in servers
    )


async def running_tasks(api: Api, hostname: str) -> tuple[Task, ...]:
    """The tasks that run on the server now. Raises ApiError."""
    tasks = await api.list_tasks(status="processing", search=hostname, limit=_LIST)
    return tuple(task for task in tasks if task.hostname == hostname and task.is_processing)
