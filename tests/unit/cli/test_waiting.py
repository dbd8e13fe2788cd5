"""Which servers an apply waits for, and which tasks it watches for them."""

from ccloud_apply.apply.tasks.waiting import find_busy, find_tasks
from ccloud_apply.model.live.account import Account, LiveServer, Task
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan


def live(number: int, hostname: str | None, *, is_building: bool = False) -> LiveServer:
    tags = ("stack:web", f"server:web-{number}")
    return LiveServer(id=number, hostname=hostname, tags=tags, is_building=is_building)


def task(number: int, hostname: str | None) -> Task:
    return Task(id=number, action="resize-server", status="processing", hostname=hostname)


def planned(hostname: str | None, *steps: str, is_busy: bool = True) -> ServerPlan:
    action = Action.UPDATE if steps else Action.NOT_COMPARED
    return ServerPlan(key="web-1", hostname=hostname, action=action, steps=steps, is_busy=is_busy)


def plan(*servers: ServerPlan) -> Plan:
    return Plan(stacks=(StackPlan(stack="web", path="web.yaml", servers=servers),))


def test_a_busy_server_that_is_to_change_is_waited_for() -> None:
    server = planned("vs1", "web-1/memory")
    account = Account(servers=(live(1, "vs1"),), tasks=(task(7, "vs1"), task(8, "vs2")))
    busy = tuple(find_busy(plan(server)))
    assert busy == (("web", server),)
    assert [found.id for found in find_tasks(busy, account)] == [7]


def test_a_server_that_is_busy_and_not_compared_is_waited_for() -> None:
    server = planned("vs1")
    account = Account(servers=(live(1, "vs1"),), tasks=(task(7, "vs1"),))
    busy = tuple(find_busy(plan(server)))
    assert busy == (("web", server),)
    assert [found.id for found in find_tasks(busy, account)] == [7]


def test_an_idle_server_is_not_waited_for() -> None:
    assert not tuple(find_busy(plan(planned("vs1", "s", is_busy=False))))


def test_a_server_in_the_making_is_waited_for_with_and_without_its_hostname() -> None:
    for hostname in ("vs1", None):
        account = Account(
            servers=(live(1, hostname, is_building=True), live(2, "vs2")),
            tasks=(task(7, hostname), task(9, "vs9")),
        )
        busy = tuple(find_busy(plan(planned(hostname))))
        assert len(busy) == 1
        assert [found.id for found in find_tasks(busy, account)] == [7]


def test_a_create_that_follows_a_deletion_waits_for_tasks_of_its_stack() -> None:
    server = ServerPlan(
        key="web-1", hostname=None, action=Action.CREATE, steps=("web-1/create",), is_busy=True
    )
    account = Account(servers=(live(1, "vs1"),), tasks=(task(7, "vs1"), task(9, "vs9")))
    busy = tuple(find_busy(plan(server)))
    assert [found.id for found in find_tasks(busy, account)] == [7]
