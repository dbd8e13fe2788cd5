"""What a worker does with real stacks in embedded accounts: modes, approvals, drift, failures."""

import asyncio
from pathlib import Path

import pytest

from ccloud_apply.fleet.decide import approve, reject
from ccloud_apply.fleet.documents import read_status
from ccloud_apply.fleet.model.config import Rule
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.sweep import sweep_account
from ccloud_apply.model.results.fleet import FleetStatus
from ccloud_apply.workflows.account.run import Run
from tests.support.desk import ORDER
from tests.support.fleet_desk import FleetDesk, one, stack_text


@pytest.fixture
def desk(tmp_path: Path) -> FleetDesk:
    return FleetDesk(tmp_path)


def decide(desk: FleetDesk, allow_destroy: int | None = None) -> None:
    async def work(context: Context) -> None:
        async with context.database.write() as tx:
            await approve(tx, "shop", "web", "ann", allow_destroy=allow_destroy)

    desk.work(work)


def servers(desk: FleetDesk) -> list[tuple[str | None, int | None]]:
    async def read(run: Run) -> list[tuple[str | None, int | None]]:
        found = await run.client.list_servers()
        return [(s.custom_name, s.memory_gb) for s in found if any(map(is_ours, s.tags))]

    return sorted(desk.in_account(read), key=str)


def is_ours(tag: str) -> bool:
    return tag.startswith("stack:")


def rename(desk: FleetDesk, notes: str) -> None:
    """Change the notes of every server behind the fleet's back."""

    async def work(run: Run) -> None:
        for server in filter(lambda s: any(map(is_ours, s.tags)), await run.client.list_servers()):
            path = f"/ccloud/servers/{server.hostname}/notes"
            await run.client.send("set_server_notes", "PUT", path, {"notes": notes})

    desk.in_account(work)


def outcomes(desk: FleetDesk) -> list[tuple[str | None, str, str]]:
    return [(end.stack, end.kind, end.outcome) for end in desk.ends]


def test_a_new_stack_is_applied_and_then_left_alone(desk: FleetDesk) -> None:
    desk.write("web")

    stack = one(desk.once())

    assert (stack.state, stack.failures, stack.is_stale) == ("clean", 0, False)
    assert stack.last_run is not None
    assert (stack.last_run.outcome, stack.last_run.cause) == ("applied", "commit")
    assert dict(stack.last_run.counts) == {"create": 1}
    assert stack.last_run.requests
    assert servers(desk) == [("web-web", 2)]
    desk.ends.clear()
    desk.once()
    assert desk.ends == []


def test_report_mode_tells_drift_and_changes_nothing(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="report"))
    desk.write("web")

    assert one(desk.once()).state == "drift"

    assert servers(desk) == []
    (report,) = desk.rows("select document from report")
    assert '"missing": ["web"]' in report["document"]


def test_a_proposal_waits_and_exactly_it_is_applied_once_approved(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="propose"))
    desk.write("web")
    stack = one(desk.once())
    assert stack.state == "proposed"
    assert stack.plan is not None
    assert dict(stack.plan.cost or {})["monthly_change"] == "12.90"
    assert servers(desk) == []

    decide(desk)
    stack = one(desk.once())

    assert stack.state == "clean"
    assert stack.plan is None
    assert servers(desk) == [("web-web", 2)]
    (plan,) = desk.rows("select decision, decided_by from plan")
    assert dict(plan) == {"decision": "applied", "decided_by": "ann"}


def test_the_same_plan_is_proposed_once(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="propose", every_s=600.0))
    desk.write("web")
    desk.once()
    desk.advance(700)
    desk.ends.clear()

    assert one(desk.once()).state == "proposed"

    assert outcomes(desk) == [("web", "plan", "proposed")]
    assert len(desk.rows("select id from plan")) == 1


def test_a_rejected_plan_is_not_proposed_again_until_it_is_another_one(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="propose", every_s=600.0))
    desk.write("web")
    desk.once()

    async def turn_down(context: Context) -> None:
        async with context.database.write() as tx:
            await reject(tx, "shop", "web", "bob", why="too dear")

    desk.work(turn_down)
    desk.advance(700)
    stack = one(desk.once())
    assert (stack.state, stack.why) == ("drift", "bob has rejected the plan: too dear")

    desk.write("web", stack_text("web", memory=4))
    assert one(desk.once()).state == "proposed"


def test_an_approval_of_what_no_longer_fits_is_superseded_by_a_new_proposal(
    desk: FleetDesk,
) -> None:
    desk.set_rules(Rule(mode="propose"))
    desk.write("web")
    desk.once()
    decide(desk)
    desk.write("web", stack_text("web", memory=4))

    stack = one(desk.once())

    assert stack.state == "proposed"
    assert stack.why is not None
    assert "superseded" in stack.why
    assert servers(desk) == []
    decisions = [row["decision"] for row in desk.rows("select decision from plan order by id")]
    assert decisions == ["superseded", "proposed"]


def test_a_class_that_the_rule_does_not_allow_becomes_a_proposal(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="apply", allow=frozenset({"create"})))
    desk.write("web")
    assert one(desk.once()).state == "clean"

    desk.write("web", stack_text("web", memory=4))
    stack = one(desk.once())
    assert (stack.state, stack.why) == ("proposed", "needs an approval: update")
    assert servers(desk) == [("web-web", 2)]

    decide(desk)
    assert one(desk.once()).state == "clean"
    assert servers(desk) == [("web-web", 4)]


def test_drift_is_found_by_the_sweep_and_undone_by_a_run(desk: FleetDesk) -> None:
    desk.write("web", stack_text("web") + "    notes: ours\n")
    desk.once()
    rename(desk, "theirs")
    desk.advance(2000)  # any sweep has come, no run of a clean stack
    desk.ends.clear()

    assert one(desk.once()).state == "clean"

    assert outcomes(desk) == [(None, "sweep", "drift"), ("web", "apply", "applied")]
    (change,) = desk.rows("select document from report")
    assert '"before": "theirs"' in change["document"]
    assert "last_tasks" in change["document"]


def test_one_sweep_serves_all_stacks_of_an_account(desk: FleetDesk) -> None:
    for number in range(6):
        desk.write(f"s{number}")
    desk.once()
    desk.ends.clear()

    async def sweep_alone(context: Context) -> None:
        from ccloud_apply.fleet.work.sweep import sweep_account

        async with context.database.write() as tx:
            await tx.execute("update account set sweep_due = {now}")
        await sweep_account(context, "shop")

    desk.work(sweep_alone)

    (end,) = desk.ends
    assert (end.kind, dict(end.counts)) == ("sweep", {"clean": 6})
    assert end.requests < 15  # two for each server and a few for all


def test_a_held_plan_says_why_and_allow_destroy_lifts_the_cap(desk: FleetDesk) -> None:
    desk.write("web", stack_text("web", "a", "b", "c", "d"))
    desk.once()
    desk.write("web", stack_text("web", "a"))

    stack = one(desk.once())

    assert stack.state == "held"
    assert stack.why is not None
    assert "destroy" in stack.why
    assert len(servers(desk)) == 4
    decide(desk, allow_destroy=3)
    assert one(desk.once()).state == "clean"
    assert len(servers(desk)) == 1


def test_a_plan_that_cannot_be_made_fails_its_stack_alone_and_backs_off(desk: FleetDesk) -> None:
    desk.write("good")
    desk.write("bad", stack_text("bad").replace("debian12_uefi", "no_such_image"))

    status = desk.once()

    assert one(status, "good").state == "clean"
    bad = one(status, "bad")
    assert (bad.state, bad.failures) == ("failing", 1)
    assert bad.why is not None
    assert "no_such_image" in bad.why
    desk.advance(40)
    assert one(desk.once(), "bad").failures == 2
    desk.advance(40)
    assert one(desk.once(), "bad").failures == 2  # a minute has not passed
    desk.write("bad", stack_text("bad"))
    assert one(desk.once(), "bad").state == "clean"


def test_a_file_that_cannot_be_loaded_is_told_and_the_others_run(desk: FleetDesk) -> None:
    desk.write("good")
    desk.write("bad")
    desk.once()
    desk.write("bad", "stack: bad\nservers: {web: {cores: many}}\n")

    status = desk.once()

    assert one(status, "bad").state == "failing"
    (problem,) = status.problems
    assert problem.path.endswith("bad.yaml")
    assert one(status, "good").state == "clean"


def test_a_sweep_leaves_a_stack_alone_whose_file_in_a_folder_is_another_by_now(
    desk: FleetDesk,
) -> None:
    file = desk.write("web")
    desk.write("db")
    desk.once()
    desk.advance(2000)

    async def sweep(context: Context) -> FleetStatus:
        await sweep_account(context, "shop")
        return await read_status(context.database, StackFilter())

    file.rename(file.with_name("front.yaml"))
    desk.write("db", stack_text("data"))
    assert [stack.state for stack in desk.work(sweep).stacks] == ["clean", "clean"]
    desk.advance(2000)
    file.parent.rename(desk.folder / "away")
    assert [stack.state for stack in desk.work(sweep).stacks] == ["clean", "clean"]


def test_a_stack_whose_servers_cannot_be_told_apart_keeps_no_other_from_being_compared(
    desk: FleetDesk,
) -> None:
    desk.write("web")
    desk.write("db", stack_text("db") + "    notes: ours\n")
    desk.once()

    async def copy(run: Run) -> None:
        order = {**ORDER, "custom_name": "web-web", "tags": ["stack:web", "server:web"]}
        await run.client.send("create_server", "POST", "/ccloud/servers", order)
        while await run.client.list_running_tasks():
            await asyncio.sleep(0.01)

    desk.in_account(copy)
    rename(desk, "theirs")
    desk.set_rules(Rule(mode="report"))
    desk.advance(2000)

    status = desk.once()

    assert (one(status).state, one(status, "db").state) == ("failing", "drift")
    assert "server:web" in (one(status).why or "")
