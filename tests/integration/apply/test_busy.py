"""Waiting for the tasks of others."""

import asyncio

from ccloud_apply.apply.tasks.foreign import wait_until_idle
from ccloud_apply.errors import AuthError
from ccloud_apply.model.event import Event
from ccloud_apply.model.live.account import Task
from tests.support.scripted_api import Script, ScriptedApi, Sent
from tests.support.virtual_time import VirtualClock, run_virtually


def wait(
    api: ScriptedApi, scripts: list[Script], *, stop_at: float | None = None
) -> tuple[tuple[Task, ...], list[str], float]:
    """What came back, the warnings, and how long it took."""
    events: list[Event] = []

    async def main() -> tuple[tuple[Task, ...], float]:
        sent = Sent("create_server", "POST", "/ccloud/servers", None, 0)
        tasks = [
            Task(id=api.start_task(sent, script), action="create-server", status="processing")
            for script in scripts
        ]
        stop = asyncio.Event()
        if stop_at is not None:
            asyncio.get_running_loop().call_later(stop_at, stop.set)
        over = await wait_until_idle(
            api, VirtualClock(), tasks, timeout_s=300, listen=events.append, stop=stop
        )
        assert len(asyncio.all_tasks()) == 1
        return over, asyncio.get_running_loop().time()

    over, seconds = run_virtually(main())
    assert {event.type for event in events} <= {"warning"}
    return over, [event.message or "" for event in events], seconds


def test_tasks_that_end_come_back_with_their_status_and_their_waiting_is_told() -> None:
    over, warnings, seconds = wait(ScriptedApi(), [Script(seconds=60), Script(fails="no space")])
    assert [task.status for task in over] == ["done", "failed"]
    assert warnings[0] == "waiting for task 1001 (create-server) to end"
    assert seconds <= 66


def test_a_task_that_does_not_end_in_time_is_missing_and_told() -> None:
    over, warnings, seconds = wait(ScriptedApi(), [Script(seconds=9e9), Script(seconds=60)])
    assert [task.id for task in over] == [1002]
    assert "task 1001 is still running after 300 s" in warnings[-1]
    assert 300 <= seconds <= 301


def test_tasks_that_cannot_be_watched_are_missing_and_told() -> None:
    api = ScriptedApi()
    api.trouble = lambda _at: AuthError(
        "unauthenticated", operation="list_tasks", method="GET", path="/", status=401
    )
    over, warnings, _ = wait(api, [Script()])
    assert over == ()
    assert "cannot be waited for: unauthenticated" in warnings[-1]


def test_a_stop_ends_the_waiting_at_once_with_what_is_over() -> None:
    over, _, seconds = wait(ScriptedApi(), [Script(seconds=10), Script(seconds=9e9)], stop_at=100)
    assert ([task.id for task in over], seconds) == ([1001], 100)


def test_nothing_to_wait_for_costs_nothing() -> None:
    api = ScriptedApi()
    assert wait(api, []) == ((), [], 0)
    assert api.reads == []
