"""Somebody else creates servers between our plan and our first create."""

from dataclasses import replace
from typing import Any

from ccloud_apply.apply.once.outcome import CONSISTENCY_TIMEOUT_S
from ccloud_apply.model.live.account import LiveServer, Task
from tests.support.run_apply import run
from tests.support.scripted_api import ScriptedApi
from tests.support.step_plans import plan, step

PLANNED_AT = 3
"""The newest create task that our plan has accounted for."""


class _SharedApi(ScriptedApi):
    """Another create task, number 4, is over at `done_at`; its server carries these tags."""

    def __init__(self, *tags: str, done_at: float = 100.0, is_named: bool = True) -> None:
        super().__init__()
        self.done_at, self.is_named = done_at, is_named
        self.other = LiveServer(id=4, hostname="vs4", tags=tags)
        self.servers = (self.other,)

    async def list_tasks(self, **query: Any) -> tuple[Task, ...]:
        own = await super().list_tasks(**query)
        status = "done" if self._now() >= self.done_at else "processing"
        hostname = "vs4" if self.is_named or status == "done" else None
        other = Task(id=4, action="create-server", status=status, hostname=hostname)
        is_meant = query.get("action") in (None, "create-server")
        return (*own, other) if is_meant and query.get("status") in (None, status) else own

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        shown = await super().list_servers(tag=tag)
        return shown if self._now() >= self.done_at else ()


def test_the_server_that_somebody_else_has_just_made_is_not_made_again() -> None:
    api = _SharedApi("stack:web", "server:a", is_named=False)
    done = run(plan(step("a/create")), api, high_water_mark=PLANNED_AT)
    assert api.sent == []
    assert done.reasons() == {
        "a/create": "changed since the plan: vs4 is there; "
        "someone else is applying this stack; plan again when they are done"
    }


def test_a_create_that_turns_out_to_be_anothers_only_delays_ours() -> None:
    api = _SharedApi("stack:other", "server:a", is_named=False)
    done = run(plan(step("a/create")), api, high_water_mark=PLANNED_AT)
    assert done.result.done == 1
    assert api.sent[0].at >= api.done_at


def test_a_create_that_says_whose_it_is_while_it_runs_delays_nothing() -> None:
    api = _SharedApi("stack:other", "server:a")
    done = run(plan(step("a/create")), api, high_water_mark=PLANNED_AT)
    assert (done.result.done, api.sent[0].at) == (1, 0)


def test_an_untagged_server_with_the_name_to_be_given_ends_the_create_and_is_not_waited_for() -> (
    None
):
    api = _SharedApi(done_at=0)
    api.other = replace(api.other, custom_name="web-a")
    api.servers = (api.other,)
    create = replace(step("a/create"), body={"custom_name": "web-a"})
    done = run(plan(create), api, high_water_mark=PLANNED_AT)
    assert api.sent == []
    (reason,) = done.reasons().values()
    assert reason is not None
    assert reason.startswith("changed since the plan: vs4 of create task 4 does not show under")
    assert "how to adopt it" in reason
    assert done.seconds <= CONSISTENCY_TIMEOUT_S + 10


def test_an_untagged_server_with_the_name_may_still_turn_out_to_be_anothers() -> None:
    class _LateTags(_SharedApi):
        async def get_server(self, hostname: str) -> LiveServer:
            tags = ("stack:other", "server:a") if self._now() >= 20 else ()
            return replace(self.other, custom_name="web-a", tags=tags)

    api = _LateTags(done_at=0)
    create = replace(step("a/create"), body={"custom_name": "web-a"})
    done = run(plan(create), api, high_water_mark=PLANNED_AT)
    assert (done.result.done, len(api.sent)) == (1, 1)


def test_where_nobody_created_anything_since_the_plan_nothing_more_is_read() -> None:
    api = _SharedApi("stack:web", "server:b", done_at=0)
    done = run(plan(step("a/create"), step("b/create")), api, high_water_mark=4)
    assert done.result.done == 2
    assert "list_servers" not in [name for _, name in api.reads]


def test_our_own_creates_do_not_hold_up_each_other() -> None:
    api = _SharedApi("stack:other", "server:a", done_at=0)
    done = run(plan(*(step(f"s{n}/create") for n in range(20))), api, high_water_mark=PLANNED_AT)
    assert done.result.done == 20
    assert done.seconds < 200
