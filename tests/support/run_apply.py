"""Runs a plan against a scripted API in virtual time and keeps what it told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ccloud_apply.apply.engine.executor import ApplyOptions, ApplyResult, execute
from ccloud_apply.apply.gate import NoGate, WindowGate
from ccloud_apply.apply.once.safe_send import MaySend, Precautions, allow_all
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.windows.gated import find_gated
from tests.support.scripted_api import ScriptedApi
from tests.support.virtual_time import VirtualClock, run_virtually


def read_nothing(reference: Reference) -> str:
    raise AssertionError(f"{reference} was read")


@dataclass
class Run:
    """An apply that is over."""

    result: ApplyResult
    events: list[Event]
    seconds: float
    starts: dict[str, float] = field(default_factory=dict)
    ends: dict[str, float] = field(default_factory=dict)

    def statuses(self) -> dict[str, str]:
        return {outcome.step: outcome.status for outcome in self.result.outcomes}

    def reasons(self) -> dict[str, str | None]:
        return {
            outcome.step: outcome.error or outcome.because
            for outcome in self.result.outcomes
            if not outcome.is_done
        }

    def types(self, step: str) -> list[str]:
        return [event.type for event in self.events if event.step == step]

    def warnings(self) -> list[str]:
        return [event.message or "" for event in self.events if event.type == "warning"]


def run(
    plan: Plan,
    api: ScriptedApi,
    *,
    options: ApplyOptions | None = None,
    read: Callable[[Reference], str] = read_nothing,
    stop_at: float | None = None,
    is_confirmed: bool = False,
    high_water_mark: int | None = None,
    settled_at_s: float | None = None,
    may_send: MaySend = allow_all,
    stacks: Sequence[Stack] = (),
) -> Run:
    """`stacks` have the policies by whose windows the steps wait."""
    events: list[Event] = []

    async def main() -> Run:
        stop = asyncio.Event()
        if stop_at == 0:
            stop.set()
        elif stop_at is not None:
            asyncio.get_running_loop().call_later(stop_at, stop.set)
        gated = find_gated(stacks, plan)
        gate = WindowGate(gated=gated, clock=VirtualClock()) if gated else NoGate()
        result = await execute(
            plan,
            api=api,
            clock=VirtualClock(),
            options=options or ApplyOptions(),
            listen=events.append,
            read_reference=read,
            stop=stop,
            precautions=Precautions(
                is_confirmed=is_confirmed,
                high_water_mark=high_water_mark,
                settled_at_s={} if settled_at_s is None else {"web": settled_at_s},
                may_send=may_send,
                gate=gate,
            ),
        )
        return Run(result=result, events=events, seconds=VirtualClock().monotonic())

    done = run_virtually(main())
    begin = events[0].time if events else None
    for event in events:
        if event.step is not None and begin is not None:
            at = (event.time - begin).total_seconds()
            if event.type == "step_start":
                done.starts[event.step] = at
            elif event.type in {"step_complete", "step_failed", "step_skipped"}:
                done.ends[event.step] = at
    return done
