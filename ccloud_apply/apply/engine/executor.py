"""Carries out a plan: builds the parts of one apply, and runs the loop over its steps.

The loop is `loop.py`. The command emits the events `plan` and `summary`.
"""

import asyncio
from collections.abc import Callable, Mapping

from ccloud_apply.apply.api import Api, Reply, TaskApi
from ccloud_apply.apply.engine.contents import check_contents
from ccloud_apply.apply.engine.loop import Execution
from ccloud_apply.apply.engine.schedule import Schedule
from ccloud_apply.apply.engine.step import StepRunner
from ccloud_apply.apply.events import EventEmitter, Listen
from ccloud_apply.apply.once.context import Context
from ccloud_apply.apply.once.preparation import find_changes
from ccloud_apply.apply.once.safe_send import Precautions, SafeSend
from ccloud_apply.apply.result import ApplyOptions, ApplyResult, StepOutcome, StepStatus
from ccloud_apply.clock import Clock
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.results.plan import Plan

__all__ = [
    "Api",
    "ApplyOptions",
    "ApplyResult",
    "Reply",
    "StepOutcome",
    "StepStatus",
    "TaskApi",
    "execute",
]


async def execute(
    plan: Plan,
    *,
    api: Api,
    clock: Clock,
    options: ApplyOptions,
    listen: Listen,
    read_reference: Callable[[Reference], str],
    stop: asyncio.Event | None = None,
    precautions: Precautions | None = None,
) -> ApplyResult:
    """Do all steps of all stacks of the plan, as far as they do not depend on one that failed.

    Once `stop` is set no step starts. Requests on their way get a few seconds for their answer, and
    what continues in the cloud is told as warnings.

    A step fails if a file is not what the plan's `contents` say. Raises ValueError for a plan that
    is held or contradicts itself, before anything is sent. An exception that is no failure of a
    step ends everything and is passed on.
    """
    if plan.held:
        raise ValueError("a plan that a guard holds back cannot be applied")
    schedule = Schedule(plan, parallelism=options.parallelism, max_creates=options.limits.creates)
    emitter = EventEmitter(listen, clock)
    precautions = precautions or Precautions()
    observe = precautions.slots.observe
    context = Context.build(
        api, clock, options, warn=emitter.warn, observe=observe, sizes=_count_servers(plan)
    )
    safe_send = SafeSend(
        api=api,
        clock=clock,
        resolver=context.resolver,
        confirmation=context.confirmation,
        precautions=precautions,
        changes=find_changes(plan),
        closers=_find_closers(plan),
    )
    runner = StepRunner(
        plan,
        api=api,
        watcher=context.watcher,
        emitter=emitter,
        read_reference=check_contents(plan, read_reference),
        task_timeout_s=options.task_timeout_s,
        clock=clock,
        safe_send=safe_send,
        limits=options.limits,
    )
    try:
        return await Execution(
            schedule, runner, clock=clock, emitter=emitter, stop=stop or asyncio.Event()
        ).run()
    finally:
        await safe_send.close()
        await context.close()


def _find_closers(plan: Plan) -> Mapping[tuple[str, str], str]:
    """The step that closes each step that opens something, by stack and id."""
    return {
        (stack.stack, step.closes): step.id
        for stack in plan.stacks
        for step in stack.steps
        if step.closes is not None
    }


def _count_servers(plan: Plan) -> Mapping[str, int]:
    """How many servers each stack of the plan has."""
    return {
        stack.stack: sum(server.hostname is not None for server in stack.servers)
        for stack in plan.stacks
    }
