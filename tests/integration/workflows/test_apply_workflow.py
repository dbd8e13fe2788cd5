"""The workflow of apply with callbacks of one's own: in what order they come, and a stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ccloud_apply.apply.workdir import accounts as module
from ccloud_apply.apply.workdir.lock import lock_stacks
from ccloud_apply.clock import SystemClock
from ccloud_apply.errors import ApplyError, LockedError
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.workflows.account.connect import open_run
from ccloud_apply.workflows.account.connection import Connection, Execution
from ccloud_apply.workflows.apply import apply_stacks
from ccloud_apply.workflows.apply_request import Applied, ApplyRequest, Callbacks
from ccloud_apply.workflows.inputs.stacks import StackRequest, require_stacks
from ccloud_apply.workflows.planning.allow import parse_allowed
from tests.support.journals import begin_journal
from tests.support.stacks import WEB, write_stack

EARLIER = "e" * 64


class Person:
    """Notes what is told and asked, and in what order."""

    def __init__(self, *, answer: bool = True, stops: bool = False, refuses: bool = False) -> None:
        self.told: list[str] = []
        self._refuses = refuses
        self._answer = answer
        self._stops = stops

    def callbacks(self) -> Callbacks:
        return Callbacks(
            on_event=self._listen,
            on_plan=lambda plan: self.told.append("plan"),
            approve=self._approve,
            may_send=self._may_send,
            executing=self._executing,
        )

    def _listen(self, event: Event) -> None:
        if event.type == "summary":
            self.told.append(f"summary {event.done} {event.converged}")

    async def _approve(self, plan: Plan) -> bool:
        self.told.append("approve")
        return self._answer

    async def _may_send(self) -> None:
        self.told.append("may send")
        if self._refuses:
            raise ApplyError("the lease is over")

    @asynccontextmanager
    async def _executing(self, plan: Plan) -> AsyncIterator[asyncio.Event]:
        self.told.append("begin")
        stop = asyncio.Event()
        if self._stops:
            stop.set()
        yield stop
        self.told.append("end")


def apply_at(folder: Path, person: Person, allow: str | None = None) -> Applied:
    path = str(folder / write_stack(folder, WEB))
    request = ApplyRequest(
        stacks=require_stacks(StackRequest(paths=(path,)), {}).stacks,
        options=PlanOptions(),
        execution=Execution(work_dir=str(folder / "work")),
        allowed=parse_allowed(allow),
        has_cost=False,
    )
    account = Connection(
        endpoint="sandbox", sandbox_db=str(folder / "sandbox.db"), sandbox_speed=2000
    )

    async def main() -> Applied:
        async with open_run(account) as run:
            return await apply_stacks(request, run, person.callbacks())

    return asyncio.run(main())


def test_the_plan_is_shown_then_asked_about_then_done_then_summed_up(tmp_path: Path) -> None:
    person = Person()
    applied = apply_at(tmp_path, person)
    assert applied.is_converged
    assert [word for word in person.told if word != "may send"] == [
        "plan",
        "approve",
        "begin",
        "end",
        f"summary {applied.result.done} True",
    ]
    again = Person()
    assert apply_at(tmp_path, again).ending == "unchanged"
    assert again.told == ["plan", "summary 0 True"]


def test_a_stop_ends_it_without_another_look_at_the_account(tmp_path: Path) -> None:
    person = Person(stops=True)
    applied = apply_at(tmp_path, person)
    assert (applied.ending, applied.result.done) == ("stopped", 0)
    assert person.told == ["plan", "approve", "begin", "end", "summary 0 False"]


def test_who_says_no_is_told_that_nothing_was_changed(tmp_path: Path) -> None:
    person = Person(answer=False)
    with pytest.raises(ApplyError, match="not approved: nothing was changed"):
        apply_at(tmp_path, person)
    assert person.told == ["plan", "approve"]


def test_a_class_that_is_not_allowed_holds_the_plan_and_nobody_is_asked(tmp_path: Path) -> None:
    person = Person()
    applied = apply_at(tmp_path, person, allow="update")
    assert applied.ending == "held"
    assert {guard.code for guard in applied.disallowed} == {"not-allowed"}
    assert person.told == ["plan"]


def test_what_may_not_be_sent_any_more_is_not_sent_and_says_why(tmp_path: Path) -> None:
    person = Person(refuses=True)
    applied = apply_at(tmp_path, person)
    assert applied.ending == "failed"
    assert applied.result.done == 0
    assert person.told.count("may send") == applied.result.failed
    assert {o.error for o in applied.result.outcomes if o.error} == {"the lease is over"}
    assert apply_at(tmp_path, Person()).ending == "converged"


def test_an_earlier_version_that_still_writes_to_its_journal_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    monkeypatch.setattr(module, "earlier_account_id", lambda *_identity: EARLIER)

    begin_journal(work, account=EARLIER).close()

    async def apply_beside() -> None:
        async with lock_stacks(
            work, account=EARLIER, stacks=["web"], timeout_s=0, clock=SystemClock(), tell=print
        ):
            with pytest.raises(LockedError, match="another apply of the stack web is running"):
                await asyncio.to_thread(apply_at, tmp_path, Person())

    asyncio.run(apply_beside())
    assert apply_at(tmp_path, Person()).is_converged
    assert len(list((work / "journal").iterdir())) == 1, "the new one has taken its place"
