"""What a person sees of an apply, is asked, and gets as an exit code; apply, destroy and restore
share it.

0 converged, 1 something failed, 3 held, 128 + n stopped by a signal.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from ccloud_apply.cli.exit_codes import HELD
from ccloud_apply.cli.output.apply_output import ApplyOutput
from ccloud_apply.cli.output.approval import ask_approval
from ccloud_apply.cli.output.github import publish_plan
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.running import run_stoppable
from ccloud_apply.cli.settings import Settings
from ccloud_apply.cli.signals import Interrupted, Stop
from ccloud_apply.clock import Clock
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.workflows.account.connection import Execution
from ccloud_apply.workflows.account.run import Run
from ccloud_apply.workflows.apply import apply_stacks
from ccloud_apply.workflows.apply_request import Applied, ApplyRequest, Callbacks

Play = Callable[[Execution, Run, Callbacks], Awaitable[Applied]]
"""A workflow that changes something, once it is known how it is carried out."""


def run_apply(
    request: ApplyRequest,
    settings: Settings,
    *,
    is_approved: bool,
    is_json: bool,
    is_full: bool = False,
) -> int:
    """Apply and give back the exit code. `is_full` shows each server of the plan by itself.

    Raises CcloudApplyError, and Interrupted by a signal.
    """

    def play(execution: Execution, run: Run, callbacks: Callbacks) -> Awaitable[Applied]:
        return apply_stacks(replace(request, execution=execution), run, callbacks)

    return run_changes(
        play,
        request.execution,
        settings,
        is_approved=is_approved,
        is_json=is_json,
        is_full=is_full,
    )


def run_changes(
    play: Play,
    execution: Execution,
    settings: Settings,
    *,
    is_approved: bool,
    is_json: bool,
    is_full: bool = False,
    act: str = "apply this plan",
) -> int:
    """The same for any workflow that shows a plan, asks whether to `act`, and carries it out."""
    execution = replace(
        execution,
        work_dir=settings.work_dir,
        settle_s=settings.settle_s,
        grace_s=settings.grace_s,
        limits=settings.limits,
    )

    async def work(run: Run, stop: Stop) -> int:
        terminal = Terminal()
        report = ApplyOutput(terminal, run.clock, is_json=is_json, is_full=is_full)
        asked = None if is_approved else act
        shown = _Shown(run.clock, stop, terminal, report, act=asked, is_json=is_json)
        return shown.conclude(await play(execution, run, shown.callbacks()))

    return run_stoppable(settings, work, is_planned=True)


class _Shown:
    """`act` is None where it was approved before."""

    def __init__(
        self,
        clock: Clock,
        stop: Stop,
        terminal: Terminal,
        report: ApplyOutput,
        *,
        act: str | None,
        is_json: bool,
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._act = act
        self._is_json = is_json
        self._has_begun = False
        self._terminal = terminal
        self._report = report

    def callbacks(self) -> Callbacks:
        return Callbacks(
            on_event=self._listen,
            on_plan=self._show_plan,
            approve=self._approve,
            executing=self._executing,
        )

    def conclude(self, applied: Applied) -> int:
        """The exit code. Raises Interrupted."""
        if applied.ending == "held":
            self._report.show_held(applied.plan, applied.disallowed)
            return HELD
        if applied.ending == "stopped":
            raise Interrupted(self._stop.number)
        return 0 if applied.is_converged else 1

    def _listen(self, event: Event) -> None:
        if event.type != "summary":
            self._report.listen(event)
            return
        if self._has_begun or self._is_json:  # in text, the plan says that there are no changes
            self._report.listen(event)
            self._report.publish()
        else:
            self._report.show_made(event)
        self._report.publish_servers(event)

    def _show_plan(self, plan: Plan) -> None:
        self._report.show_plan(plan)
        publish_plan(self._terminal, plan, file=None, digest=None)

    async def _approve(self, plan: Plan) -> bool:
        if self._act is None:
            return True
        hint = "--auto-approve applies without asking"
        where = "" if plan.env is None else f" in the environment {escape_short(plan.env)}"
        act = f"{self._act}{where}"
        return await ask_approval(self._terminal, act, what="plan", hint=hint)

    @asynccontextmanager
    async def _executing(self, plan: Plan) -> AsyncIterator[asyncio.Event]:
        """Meanwhile, a signal stops instead of cancelling, and it is told how far all of it is."""
        self._has_begun = True
        self._report.begin(plan)
        try:
            with self._stop.watched() as event:
                ticking = asyncio.create_task(self._tick())
                try:
                    yield event
                finally:
                    ticking.cancel()
        finally:
            self._report.end()

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(self._report.status_pause_s)
            self._report.tell_status()
