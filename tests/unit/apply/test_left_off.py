"""Which servers an interrupted run has left off, and when that is over."""

from dataclasses import replace

from ccloud_apply.apply.left_off import LeftOff
from ccloud_apply.apply.result import ApplyResult
from ccloud_apply.model.journal import Entry, Intent
from ccloud_apply.model.results.plan import Action, ServerPlan
from tests.support.step_plans import plan, step

ENTRY = Entry(
    number=3,
    run="r1",
    time="2027-01-01T00:00:00+00:00",
    intent=Intent(
        server="web",
        step="web/shutdown",
        operation="shut down",
        operation_id="change_server_state",
        method="POST",
        digest="",
        path="/ccloud/servers/vs1/state/shutdown",
        hostname="vs1",
    ),
)
LEFT_OFF = LeftOff({("web", "web"): ("web", ENTRY)})


def closed(server: ServerPlan) -> list[int]:
    """The entries that are over after an apply that changes another server of the stack."""
    (stack,) = plan(step("db/notes")).stacks
    made = plan(step("db/notes"))
    whole = replace(made, stacks=(replace(stack, servers=(*stack.servers, server)),))
    return [entry.number for _, entry in LEFT_OFF.find_closed(whole, ApplyResult())]


def test_a_server_without_a_step_for_its_power_runs() -> None:
    assert closed(ServerPlan(key="web", hostname="vs1", action=Action.UNCHANGED)) == [3]


def test_of_a_server_that_is_not_compared_nobody_knows_whether_it_runs() -> None:
    unknown = ServerPlan(key="web", hostname="vs1", action=Action.NOT_COMPARED, why="paused")
    assert closed(unknown) == []
