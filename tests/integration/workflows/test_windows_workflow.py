"""Windows and freezes while a workflow runs: an approval that takes long, and a freeze that begins
in between. The clock of the run is moved on; no test waits."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ccloud_apply.apply.journal.inspect import find_journals, read_journal
from ccloud_apply.clock import Clock, SystemClock
from ccloud_apply.model.declared.stack import Policy, Stack
from ccloud_apply.model.declared.windows import Freeze
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.workflows.account.connect import open_run
from ccloud_apply.workflows.account.connection import Connection, Execution
from ccloud_apply.workflows.apply import apply_stacks
from ccloud_apply.workflows.apply_request import Applied, ApplyRequest, Callbacks
from ccloud_apply.workflows.inputs.stacks import StackRequest, require_stacks
from tests.support.stacks import write_stack

TWO = """
stack: web
defaults: {pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 1, memory: 1}
servers:
  a: {disks: [10]}
  b: {disks: [10], depends_on: [a]}
"""

LATER = timedelta(days=3)


class MovedClock(SystemClock):
    """The machine's own time, and so much more once it was moved."""

    def __init__(self) -> None:
        self.more = timedelta()

    def now(self) -> datetime:
        return super().now() + self.more


def frozen_from_the_day_after_tomorrow() -> Policy:
    first = datetime.now(UTC).date() + timedelta(days=2)
    return Policy(freezes=(Freeze(first=first, reason="audit"),))


class Scene:
    """One apply of two servers, the second after the first."""

    def __init__(self, folder: Path, options: PlanOptions | None = None) -> None:
        self.clock = MovedClock()
        self.events: list[Event] = []
        self._folder = folder
        self._options = options or PlanOptions()

    def stacks(self) -> tuple[Stack, ...]:
        path = str(self._folder / write_stack(self._folder, TWO))
        loaded = require_stacks(StackRequest(paths=(path,)), {}).stacks
        policy = frozen_from_the_day_after_tomorrow()
        return tuple(replace(stack, policy=policy) for stack in loaded)

    def apply(
        self,
        *,
        asked: Callable[[], None] = lambda: None,
        heard: Callable[[Event], None] = lambda event: None,
    ) -> Applied:
        async def approve(plan: Plan) -> bool:
            asked()
            return True

        def listen(event: Event) -> None:
            self.events.append(event)
            heard(event)

        request = ApplyRequest(
            stacks=self.stacks(),
            options=self._options,
            execution=Execution(work_dir=str(self._folder / "work")),
            has_cost=False,
        )
        account = Connection(
            endpoint="sandbox", sandbox_db=str(self._folder / "sandbox.db"), sandbox_speed=2000
        )

        async def main() -> Applied:
            async with open_run(account) as run:
                clock: Clock = self.clock
                callbacks = Callbacks(on_event=listen, approve=approve)
                return await apply_stacks(request, replace(run, clock=clock), callbacks)

        return asyncio.run(main())

    def move(self) -> None:
        self.clock.more = LATER

    def move_after_the_first_step(self, event: Event) -> None:
        if event.type == "step_complete":
            self.move()

    def summary(self) -> Event:
        (found,) = (event for event in self.events if event.type == "summary")
        return found


def test_a_freeze_that_begins_while_it_is_asked_holds_all_of_it(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    applied = scene.apply(asked=scene.move)
    assert applied.ending == "held"
    assert {held.code for held in applied.disallowed} == {"in-freeze"}
    assert {held.where for held in applied.disallowed} == {"servers.a", "servers.b"}
    assert not [event for event in scene.events if event.type == "step_start"]


def test_a_freeze_that_begins_in_mid_apply_lets_the_first_be_ended_and_skips_the_rest(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    applied = scene.apply(heard=scene.move_after_the_first_step)
    assert applied.ending == "failed"
    statuses = {outcome.step: outcome.status for outcome in applied.result.outcomes}
    assert statuses == {"a/create": "done", "b/create": "skipped"}
    (skipped,) = (event for event in scene.events if event.type == "step_skipped")
    assert "a freeze holds it: audit" in (skipped.because or "")
    assert (scene.summary().skipped, scene.summary().converged) == (1, False)


def test_whoever_gives_a_reason_waits_for_nothing_and_the_journal_keeps_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PlanOptions(override_window="disk full"))
    applied = scene.apply(asked=scene.move)
    assert applied.ending == "converged"
    assert scene.summary().override_window == "disk full"
    (path,) = find_journals(tmp_path / "work")
    assert {entry.intent.override_window for entry in read_journal(path).entries} == {"disk full"}
