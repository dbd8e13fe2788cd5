"""A changed snapshot schedule at platforms that take it in different ways: what is sent, what is
written down before, and what stands afterwards."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest

from ccloud_apply.apply.engine.executor import ApplyOptions, ApplyResult, execute
from ccloud_apply.apply.journal.recorder import NoJournal
from ccloud_apply.apply.once.safe_send import MaySend, Precautions, allow_all
from ccloud_apply.aspects.lib.schedules import is_same, read_body
from ccloud_apply.errors import (
    ApiError,
    ApplyError,
    InvalidError,
    JournalError,
    NotFoundError,
    StatusError,
    TransportError,
)
from ccloud_apply.model.journal import EntryOutcome, Intent
from ccloud_apply.model.live.account import Schedule, Task
from ccloud_apply.model.results.plan import Plan, Step
from ccloud_apply.operations import OPERATIONS
from tests.support.run_apply import read_nothing
from tests.support.scripted_api import Answer, ScriptedApi
from tests.support.step_plans import plan
from tests.support.virtual_time import VirtualClock, run_virtually

SET, DELETE = "set_server_snapshot_schedule", "delete_server_snapshot_schedule"
READ = "get_server_snapshot_schedule"
PATH = "/ccloud/servers/vs-a/snapshots/scheduled"
NEW_BODY = {"frequency": 12, "next_run": "2099-01-01 05:00"}
NEW = read_body(NEW_BODY)
OLD = Schedule(frequency=6, next_run=datetime(2020, 1, 1, 4))  # noqa: DTZ001


def refusal(status: int, message: str = "refused", /, **fields: tuple[str, ...]) -> StatusError:
    kind = InvalidError if status == 422 else StatusError
    return kind(message, operation=SET, method="POST", path=PATH, status=status, fields=fields)


def lost() -> TransportError:
    return TransportError("cut off", operation=SET, method="POST", path=PATH, maybe_done=True)


@dataclass
class Platform(ScriptedApi):
    """One server with a schedule. `style`: what a POST over it comes to. `posts` and `deletes` are
    what goes wrong with the nth of them; `acts`: lost requests that are carried out all the same.
    """

    standing: Schedule | None = OLD
    style: str = "replace"
    posts: dict[int, ApiError] = field(default_factory=dict)
    deletes: dict[int, ApiError] = field(default_factory=dict)
    acts: bool = False
    lag_s: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()
        self.log: list[str] = []
        self.counts = {SET: 0, DELETE: 0}
        self._shown = [(-1.0, self.standing)]

    async def send(
        self, operation_id: str, method: str, path: str, body: Any, **hooks: Any
    ) -> Answer:
        if hooks["before_each"] is not None:
            await hooks["before_each"]()
        assert (path, method) == (PATH, OPERATIONS[operation_id].method)
        self.log.append(method)
        self.counts[operation_id] += 1
        troubles = self.posts if operation_id == SET else self.deletes
        error = troubles.get(self.counts[operation_id])
        if error is None or (error.maybe_done and self.acts):
            self._act(operation_id, body)
        if error is not None:
            raise error
        return Answer(task_id=None)

    def _act(self, operation_id: str, body: Any) -> None:
        if operation_id == DELETE:
            self._stand(None)
        elif self.standing is None or self.style == "replace":
            self._stand(read_body(body))
        elif self.style != "ignore":
            raise refusal(int(self.style), "a schedule exists already")

    def _stand(self, schedule: Schedule | None) -> None:
        self.standing = schedule
        self._shown.append((self._now() + self.lag_s, schedule))

    async def read_part(self, operation_id: str, hostname: str) -> Any:
        assert (operation_id, hostname) == (READ, "vs-a")
        self._note_read(operation_id)
        return [schedule for at, schedule in self._shown if at <= self._now()][-1]


class Notebook(NoJournal):
    """A journal that writes into the platform's own log, and can be full."""

    def __init__(self, log: list[str], full_at: int | None = None) -> None:
        self.log = log
        self.full_at = full_at
        self.intents: list[Intent] = []
        self.ends: dict[int, EntryOutcome] = {}

    async def write_intent(self, intent: Intent) -> int:
        self.intents.append(intent)
        if len(self.intents) == self.full_at:
            raise JournalError("the disk is full")
        self.log.append(f"intent {intent.method}")
        return len(self.intents)

    async def write_ended(
        self,
        number: int,
        outcome: EntryOutcome,
        *,
        hostname: str | None = None,
        error: str | None = None,
    ) -> None:
        assert number not in self.ends
        self.ends[number] = outcome


def change(*, replaces: int | None = 6) -> Plan:
    operation = OPERATIONS[SET]
    step = Step(
        id="a/scheduled_snapshots",
        server="a",
        operation=operation.label,
        operation_id=SET,
        method=operation.method,
        path=PATH,
        body=NEW_BODY,
        at_apply={} if replaces is None else {"replaces": replaces},
    )
    return plan(step, hostnames={"a": "vs-a"})


def apply(
    platform: Platform,
    notebook: Notebook | None = None,
    *,
    chosen: Plan | None = None,
    stop_at: float | None = None,
    may_send: MaySend = allow_all,
) -> tuple[ApplyResult, Notebook]:
    notebook = notebook or Notebook(platform.log)

    async def main() -> ApplyResult:
        stop = asyncio.Event()
        if stop_at is not None:
            asyncio.get_running_loop().call_later(stop_at, stop.set)
        return await execute(
            chosen or change(),
            api=platform,
            clock=VirtualClock(),
            options=ApplyOptions(),
            listen=lambda event: None,
            read_reference=read_nothing,
            stop=stop,
            precautions=Precautions(journals={"web": notebook}, may_send=may_send),
        )

    return run_virtually(main()), notebook


def error_of(result: ApplyResult) -> str:
    (outcome,) = result.outcomes
    assert outcome.status == "failed"
    return outcome.error or ""


def is_old(schedule: Schedule | None) -> bool:
    return schedule is not None and is_same(schedule, OLD)


def test_where_a_post_replaces_nothing_is_deleted() -> None:
    platform = Platform()
    result, notebook = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)
    assert platform.log == ["intent POST", "POST"]
    assert notebook.ends == {1: "done"}


@pytest.mark.parametrize("style", ["422", "409", "ignore"])
def test_where_a_post_does_not_replace_the_old_schedule_goes_first(style: str) -> None:
    platform = Platform(style=style)
    result, notebook = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)
    assert [word for word in platform.log if "intent" not in word] == ["POST", "DELETE", "POST"]
    assert notebook.ends == {1: "failed", 2: "done", 3: "done"}


@pytest.mark.parametrize("style", ["replace", "422", "409", "ignore"])
def test_an_intent_is_written_before_every_request(style: str) -> None:
    platform = Platform(style=style, posts={2: refusal(422)} if style != "replace" else {})
    apply(platform)
    for at, word in enumerate(platform.log):
        if "intent" not in word:
            before = platform.log[:at]
            assert before.count(f"intent {word}") > before.count(word)


@pytest.mark.parametrize("style", ["422", "409", "ignore"])
@pytest.mark.parametrize("trouble", [refusal(422), refusal(500), refusal(403), lost()])
def test_where_the_second_post_fails_the_old_schedule_is_put_back(
    style: str, trouble: ApiError
) -> None:
    platform = Platform(style=style, posts={2: trouble})
    result, notebook = apply(platform)
    assert is_old(platform.standing)
    assert platform.standing is not None
    assert platform.standing.next_run is not None
    assert platform.standing.next_run.year >= 2026  # moved to the future
    assert "vs-a has its old schedule again: every 6 hours" in error_of(result)
    assert notebook.ends == {1: "failed", 2: "done", 3: "failed", 4: "done"}
    assert [intent.step for intent in notebook.intents] == [
        "a/scheduled_snapshots",
        "a/scheduled_snapshots.before",
        "a/scheduled_snapshots",
        "a/scheduled_snapshots.restore",
    ]


@pytest.mark.parametrize("trouble", [refusal(422), refusal(500), lost()])
def test_where_that_fails_too_the_error_says_loudly_that_there_is_none(trouble: ApiError) -> None:
    platform = Platform(style="422", posts={2: refusal(422), 3: trouble})
    result, notebook = apply(platform)
    assert platform.standing is None
    assert error_of(result).startswith("vs-a HAS NO SNAPSHOT SCHEDULE NOW")
    assert "every 6 hours" in error_of(result)
    assert set(notebook.ends) == {1, 2, 3, 4}


def test_a_second_post_whose_answer_was_lost_counts_if_its_schedule_shows() -> None:
    platform = Platform(style="422", posts={2: lost()}, acts=True)
    result, _ = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)
    assert platform.log.count("POST") == 2


def test_a_second_post_that_is_refused_for_now_is_sent_again() -> None:
    platform = Platform(style="422", posts={2: refusal(409), 3: refusal(423)})
    result, _ = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)


def test_a_refusal_of_the_values_deletes_nothing_and_says_what_stays() -> None:
    platform = Platform(posts={1: refusal(422, next_run=("must be a date after now",))})
    result, _ = apply(platform)
    assert platform.standing is OLD
    assert platform.log == ["intent POST", "POST"]
    assert "must be a date after now; the old schedule stays: every 6 hours" in error_of(result)


@pytest.mark.parametrize("trouble", [refusal(403), refusal(500), refusal(409)])
def test_a_delete_that_is_refused_leaves_the_old_schedule_and_says_so(trouble: ApiError) -> None:
    platform = Platform(style="422", deletes={1: trouble})
    result, notebook = apply(platform)
    assert platform.standing is OLD
    assert platform.log.count("POST") == 1
    assert "so it stays: every 6 hours" in error_of(result)
    assert notebook.ends == {1: "failed", 2: "failed", 3: "failed"}


@pytest.mark.parametrize("acts", [True, False])
def test_a_delete_whose_answer_was_lost_ends_with_a_schedule(acts: bool) -> None:
    platform = Platform(style="422", deletes={1: lost()}, acts=acts)
    result, notebook = apply(platform)
    assert platform.standing == NEW if acts else is_old(platform.standing)
    assert result.done == int(acts)
    if not acts:  # it is refused because it stands, which is as good as put back
        assert "vs-a has its old schedule again" in error_of(result)
        assert notebook.ends[4] == "done"


def test_a_delete_of_what_is_gone_already_is_followed_by_the_post() -> None:
    class Gone(Platform):
        async def send(
            self, operation_id: str, method: str, path: str, body: Any, **hooks: Any
        ) -> Answer:
            if operation_id == DELETE:
                self._stand(None)
            return await super().send(operation_id, method, path, body, **hooks)

    missing = NotFoundError("no schedule", operation=DELETE, method="DELETE", path=PATH, status=404)
    platform = Gone(style="422", deletes={1: missing})
    result, _ = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)


def test_another_schedule_that_somebody_makes_while_the_post_is_on_its_way_is_not_deleted() -> None:
    class Racing(Platform):
        def _act(self, operation_id: str, body: Any) -> None:
            self._stand(replace(OLD, frequency=3))
            super()._act(operation_id, body)

    platform = Racing(style="422")
    result, _ = apply(platform)
    assert "DELETE" not in platform.log
    assert "changed since the plan: vs-a has a schedule, every 3 hours" in error_of(result)


def test_a_busy_server_is_waited_for_and_its_schedule_is_not_deleted() -> None:
    class Busy(Platform):
        async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
            task = Task(id=7, action="resize-server", status="processing", hostname="vs-a")
            return (task,) if self._now() < 5 else ()

        async def get_task(self, task_id: int) -> Task:
            return Task(id=task_id, action="resize-server", status="done", hostname="vs-a")

    platform = Busy(posts={1: refusal(409)})
    result, _ = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)
    assert "DELETE" not in platform.log


def test_a_list_that_is_behind_for_a_moment_deletes_nothing() -> None:
    platform = Platform(lag_s=5)
    result, _ = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)
    assert "DELETE" not in platform.log


def test_a_list_that_is_behind_for_longer_ends_with_the_new_schedule() -> None:
    platform = Platform(lag_s=30)
    result, _ = apply(platform)
    assert (result.done, platform.standing) == (1, NEW)


def test_a_platform_that_ignores_every_post_is_not_taken_at_its_word() -> None:
    class Deaf(Platform):
        def _act(self, operation_id: str, body: Any) -> None:
            if operation_id == DELETE:
                super()._act(operation_id, body)

    result, _ = apply(Deaf())
    assert "accepted, but vs-a shows no snapshot schedule after 60 s" in error_of(result)


def test_what_is_so_already_is_not_sent() -> None:
    platform = Platform(standing=NEW)
    result, _ = apply(platform)
    assert (result.done, platform.log) == (1, [])


def test_a_schedule_that_somebody_has_changed_since_the_plan_is_left_alone() -> None:
    other = replace(OLD, frequency=3)
    platform = Platform(standing=other)
    result, _ = apply(platform)
    assert (platform.standing, platform.log) == (other, [])
    assert "changed since the plan" in error_of(result)


def test_one_that_somebody_has_made_since_the_plan_is_not_deleted() -> None:
    platform = Platform(style="422")
    result, _ = apply(platform, chosen=change(replaces=None))
    assert platform.standing is OLD
    assert "changed since the plan: vs-a has a schedule, every 6 hours" in error_of(result)


def test_a_first_schedule_costs_one_request() -> None:
    platform = Platform(standing=None)
    result, _ = apply(platform, chosen=change(replaces=None))
    assert (result.done, platform.log) == (1, ["intent POST", "POST"])
    assert READ not in [name for _, name in platform.reads]


def test_a_refused_repeat_of_a_post_that_was_lost_counts_as_done() -> None:
    platform = Platform(standing=NEW, style="422")
    result, _ = apply(platform, chosen=change(replaces=None))
    assert (result.done, platform.standing) == (1, NEW)


@pytest.mark.parametrize("full_at", [1, 2, 3])
def test_a_journal_that_is_full_before_the_delete_leaves_the_old_schedule(full_at: int) -> None:
    platform = Platform(style="422")
    apply(platform, Notebook(platform.log, full_at))
    assert platform.standing is OLD
    assert "DELETE" not in platform.log


def test_a_journal_that_is_full_when_the_old_schedule_is_to_be_put_back_says_what_stands() -> None:
    platform = Platform(style="422", posts={2: refusal(422)})
    (web,) = change().stacks
    later = replace(web.steps[0], id="a/notes", operation_id="set_server_notes")
    chosen = plan(*web.steps, later, hostnames={"a": "vs-a"})
    result, _ = apply(platform, Notebook(platform.log, 4), chosen=chosen)
    first, second = result.outcomes
    assert (first.error or "").startswith("vs-a HAS NO SNAPSHOT SCHEDULE NOW")
    assert "the disk is full" in (first.error or "")
    assert second.status == "skipped", "without a journal nothing more is sent"


class Slow(Platform):
    """Each request takes a second."""

    async def send(
        self, operation_id: str, method: str, path: str, body: Any, **hooks: Any
    ) -> Answer:
        await asyncio.sleep(1.0)
        return await super().send(operation_id, method, path, body, **hooks)


def test_a_stop_before_the_delete_deletes_nothing() -> None:
    platform = Slow(style="422")
    apply(platform, stop_at=0.5)  # while the first POST is on its way
    assert platform.standing is OLD
    assert "DELETE" not in platform.log


def test_a_stop_between_delete_and_post_waits_for_the_post() -> None:
    platform = Slow(style="422")
    apply(platform, stop_at=1.5)  # while the DELETE is on its way
    assert platform.log[-1] == "POST"
    assert platform.standing == NEW


def allow(count: int) -> MaySend:
    """So many requests may leave, and no more."""
    asked = iter(range(1000))

    async def may_send() -> None:
        if next(asked) >= count:
            raise ApplyError("the lease has run out")

    return may_send


@pytest.mark.parametrize("count", [0, 1])
def test_what_may_not_leave_before_the_delete_keeps_the_old_schedule(count: int) -> None:
    platform = Platform(style="422")
    result, notebook = apply(platform, may_send=allow(count))
    assert platform.standing is OLD
    assert "the lease has run out" in error_of(result)
    assert set(notebook.ends.values()) == {"failed"}
    assert len(notebook.ends) == len(notebook.intents)


def test_what_may_not_leave_after_the_delete_says_loudly_that_there_is_none() -> None:
    platform = Platform(style="422")
    result, notebook = apply(platform, may_send=allow(2))
    assert platform.standing is None
    assert error_of(result).startswith("vs-a HAS NO SNAPSHOT SCHEDULE NOW")
    assert "the lease has run out" in error_of(result)
    assert set(notebook.ends) == {1, 2, 3, 4}
