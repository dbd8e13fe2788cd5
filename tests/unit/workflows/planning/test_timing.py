"""The one request that a plan makes to know how long things take."""

import asyncio
from typing import Any, cast

from ccloud_apply.api.client import Client
from ccloud_apply.errors import ApiError
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from ccloud_apply.workflows.planning.timing import time_plan
from tests.support.render.plans import plan_of, step

SHUTDOWN = step(
    "db/shutdown",
    "shut down",
    "POST",
    "/ccloud/servers/db/state/shutdown",
    operation_id="change_server_state",
    causes_downtime=True,
)
START = step(
    "db/start",
    "start",
    "POST",
    "/ccloud/servers/db/state/start",
    operation_id="change_server_state",
    closes=SHUTDOWN.id,
)
TASKS = tuple(
    Task(
        id=number,
        action=action,
        status="done",
        hostname="vs9",
        username="ci",
        created_at=f"2027-01-01T00:00:{10 * number:02}Z",
    )
    for number, action in enumerate(["stop-server", "start-server"])
)


class Api:
    """Answers with these tasks, or with an error."""

    def __init__(self, answer: tuple[Task, ...] | ApiError) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    async def list_tasks(self, **asked: Any) -> tuple[Task, ...]:
        self.asked.append(asked)
        if isinstance(self.answer, ApiError):
            raise self.answer
        return self.answer


def timed(api: Api, *, has_downtime: bool = True) -> Plan:
    server = ServerPlan(key="db", hostname="db", action=Action.UPDATE, has_downtime=has_downtime)
    plan = plan_of(server, steps=(SHUTDOWN, START))
    return asyncio.run(time_plan(cast(Client, api), (), plan))


def test_a_downtime_costs_one_request_whatever_it_answers() -> None:
    api = Api(TASKS)
    plan = timed(api)
    assert len(api.asked) == 1
    assert [server.downtime_s for server in plan.stopped] == [10]
    assert plan.length is not None
    assert (plan.length.seconds, plan.length.unknown) == (10, ("start",))


def test_a_task_list_that_cannot_be_read_fails_no_plan() -> None:
    api = Api(ApiError("it is down", operation="list_tasks", method="GET", path="/ccloud/tasks"))
    plan = timed(api)
    assert [server.downtime_s for server in plan.stopped] == [None]
    assert plan.length is not None
    assert plan.length.seconds is None


def test_a_plan_without_downtime_and_windows_asks_nothing() -> None:
    api = Api(TASKS)
    assert timed(api, has_downtime=False).length is None
    assert api.asked == []
