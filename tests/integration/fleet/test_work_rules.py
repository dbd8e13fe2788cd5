"""Freezes, rehearsals, cut off approvals, what is told, and what a restart leaves alone."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.api.client import Client
from ccloud_apply.fleet.decide import approve
from ccloud_apply.fleet.documents import read_status
from ccloud_apply.fleet.model.config import Rule, Sink
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.model.status import Mode
from ccloud_apply.fleet.service import run_once
from ccloud_apply.fleet.work.context import Context
from ccloud_apply.fleet.work.reconcile import run_stack
from ccloud_apply.fleet.work.sweep import sweep_account
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.declared.windows import Freeze
from ccloud_apply.model.results.fleet import FleetStatus
from ccloud_apply.model.results.rehearsal import Rehearsal
from ccloud_apply.model.results.rehearsal import Rule as Finding
from ccloud_apply.workflows.account.run import Run
from tests.support.fleet_desk import FleetDesk, one, stack_text
from tests.support.scripted_network import Network, connect, reply

TODAY = datetime.now(UTC).date()
FROZEN = Freeze(first=TODAY - timedelta(days=2), last=TODAY + timedelta(days=2), reason="Christmas")
OPS = Sink(name="ops", webhook=Reference(kind="env", name="OPS", base="."))
THAW = datetime.combine(TODAY + timedelta(days=3), datetime.min.time(), UTC)


@pytest.fixture
def desk(tmp_path: Path) -> FleetDesk:
    return FleetDesk(tmp_path)


def count_servers(desk: FleetDesk) -> int:
    async def read(run: Run) -> int:
        found = await run.client.list_servers()
        return sum(any(tag.startswith("stack:") for tag in server.tags) for server in found)

    return desk.in_account(read)


def allow(desk: FleetDesk) -> None:
    async def work(context: Context) -> None:
        async with context.database.write() as tx:
            await approve(tx, "shop", "web", "ann")

    desk.work(work)


def test_a_freeze_of_the_rule_holds_the_stack_until_it_is_over(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="apply", every_s=30 * 86400.0, freezes=(FROZEN,)))
    desk.write("web")

    stack = one(desk.once())

    assert stack.state == "held"
    assert stack.why is not None
    assert "Christmas" in stack.why
    assert stack.due == THAW
    assert count_servers(desk) == 0


def test_an_approval_in_a_freeze_waits_for_its_end_and_is_used_then(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="propose", every_s=30 * 86400.0, freezes=(FROZEN,)))
    desk.write("web")
    stack = one(desk.once())
    assert stack.state == "proposed"
    allow(desk)

    stack = one(desk.once())

    assert stack.state == "proposed"
    assert stack.why is not None
    assert stack.why.startswith("approved by ann: ")
    assert stack.due == THAW
    assert stack.plan is not None
    assert stack.plan.decision == "approved"
    assert count_servers(desk) == 0
    desk.set_rules(Rule(mode="propose"))
    desk.advance(31 * 86400)

    async def hurry(context: Context) -> None:
        async with context.database.write() as tx:
            await tx.execute("update stack set due = {now}")
            await tx.execute("update plan set approved_until = {now} + 60")

    desk.work(hurry)
    assert one(desk.once()).state == "clean"
    assert count_servers(desk) == 1


def test_an_approval_that_nobody_could_use_for_long_is_a_proposal_again(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="propose", every_s=600.0))
    desk.write("web")
    desk.once()
    allow(desk)
    desk.advance(8 * 86400)

    stack = one(desk.once())

    assert stack.state == "proposed"
    assert count_servers(desk) == 0


def test_a_rule_that_rehearses_applies_what_goes_well_on_the_copy(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="apply", is_rehearsed=True))
    desk.write("web")
    assert one(desk.once()).state == "clean"
    assert count_servers(desk) == 1


def test_what_fails_on_the_copy_is_held_and_says_what_broke(
    desk: FleetDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ccloud_apply.workflows.rehearsal import rehearse

    def fail(request: Any, basis: Any) -> Rehearsal:
        return Rehearsal(
            plan=basis.plan,
            read_at=basis.account.read_at,
            servers_copied=0,
            requests=0,
            rules=(Finding(name="converged", holds=False, what="web is left"),),
        )

    monkeypatch.setattr(rehearse, "try_on_copy", fail)
    desk.set_rules(Rule(mode="apply", is_rehearsed=True))
    desk.write("web")

    stack = one(desk.once())

    assert (stack.state, stack.why) == ("held", "the rehearsal failed: converged: web is left")
    assert count_servers(desk) == 0


def test_an_approved_plan_that_was_cut_off_is_finished_without_another_approval(
    desk: FleetDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.set_rules(Rule(mode="propose"))
    two = stack_text("web", "a", "b") + "    depends_on: [a]\n"
    desk.write("web", two)
    desk.once()
    allow(desk)

    async def cut_off(context: Context) -> None:
        send = Client.send

        async def send_the_first(*given: Any, **hooks: Any) -> Any:
            answer = await send(*given, **hooks)
            context.stop.set()
            return answer

        monkeypatch.setattr(Client, "send", send_the_first)
        await run_stack(context, "shop", "web")
        monkeypatch.undo()

    desk.work(cut_off)
    assert [end.outcome for end in desk.ends][-1] == "stopped"

    stack = one(desk.once())

    assert stack.state == "clean"
    assert count_servers(desk) == 2
    assert [dict(row) for row in desk.rows("select decision from plan")] == [
        {"decision": "applied"}
    ]


def test_with_a_key_only_a_plan_that_was_signed_with_it_is_applied(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="propose"))
    desk.write("web")
    desk.once()
    allow(desk)
    desk.plan_key = "a key that came later"

    stack = one(desk.once())

    assert stack.state == "proposed"
    assert stack.why is not None
    assert "cannot be trusted" in stack.why
    assert count_servers(desk) == 0
    allow(desk)
    assert one(desk.once()).state == "clean"
    assert count_servers(desk) == 1


def told(desk: FleetDesk) -> list[dict[str, Any]]:
    """What the sink is told, in its order."""
    rows = desk.rows("select body from outbox order by rowid")
    return [json.loads(row["body"])["data"] for row in rows]


def test_sinks_are_told_of_each_change_once(tmp_path: Path) -> None:
    desk = FleetDesk(tmp_path, rules=(Rule(mode="propose", every_s=600.0),), sinks=(OPS,))
    desk.write("web")
    desk.once()
    desk.advance(700)
    desk.once()
    assert [row["sink"] for row in desk.rows("select sink from outbox")] == ["ops"]
    assert [change["event"] for change in told(desk)] == ["proposed"]

    desk.write("web", stack_text("web", memory=4))
    desk.once()

    assert len(desk.rows("select sink from outbox")) == 2


def test_a_sweep_of_what_waits_tells_nobody_anything(tmp_path: Path) -> None:
    desk = FleetDesk(tmp_path, rules=(Rule(mode="propose", every_s=86400.0),), sinks=(OPS,))
    desk.write("web")
    desk.once()
    for _ in range(3):
        desk.advance(2000)
        assert one(desk.once()).state == "proposed"
    assert [event["event"] for event in told(desk)] == ["proposed"]


def test_a_proposal_that_stands_again_is_told_with_its_digest(tmp_path: Path) -> None:
    desk = FleetDesk(tmp_path, rules=(Rule(mode="propose", every_s=600.0),), sinks=(OPS,))
    file = desk.write("web")
    text = file.read_text()
    desk.once()
    desk.write("web", "stack: web\nservers: 1\n")
    desk.once()
    desk.write("web", text)
    desk.advance(700)
    desk.once()

    events = told(desk)
    assert [event["event"] for event in events] == ["proposed", "failed", "proposed"]
    assert events[0]["plan"] is not None
    assert events[0]["plan"] == events[2]["plan"]


def test_a_clock_that_was_set_back_keeps_nothing_waiting(desk: FleetDesk) -> None:
    desk.set_rules(Rule(mode="apply"))
    desk.write("web")
    desk.advance(2 * 86400)
    desk.once()
    desk.advance(-2 * 86400)

    desk.write("web", stack_text("web", memory=4))
    stack = one(desk.once())

    assert stack.last_run is not None
    assert stack.last_run.outcome == "applied"
    assert stack.seen_at is not None
    assert stack.seen_at <= datetime.now(UTC)
    assert stack.due is not None
    assert stack.due < datetime.now(UTC) + timedelta(hours=2)


def test_a_restart_changes_no_due_time(desk: FleetDesk) -> None:
    for number in range(5):
        desk.write(f"s{number}")
    desk.once()
    columns = "select account, name, due, cause, state_since, seen_at from stack order by name"
    before = desk.rows(columns), desk.rows("select name, sweep_due from account")

    async def restart(context: Context) -> None:
        for source in context.config.sources:
            await context.poll(source.name)

    desk.work(restart)
    desk.once()

    assert (desk.rows(columns), desk.rows("select name, sweep_due from account")) == before


def test_stacks_that_run_together_do_not_stay_together(desk: FleetDesk) -> None:
    for number in range(5):
        desk.write(f"s{number}")
    desk.once()
    due = [row["due"] for row in desk.rows("select due from stack")]
    assert max(due) - min(due) > 10


def test_an_account_of_another_customer_than_the_project_expects_stops_its_stacks_alone(
    desk: FleetDesk,
) -> None:
    desk.write("good")
    project = desk.folder / "stacks" / "shop" / "other"
    project.mkdir()
    desk.config = replace(
        desk.config, sources=(replace(desk.config.sources[0], stacks=("*/**/*.yaml",)),)
    )
    (project / "ccloud-apply.yaml").write_text("project: x\naccount: {customer_id: '1'}\n")
    (project / "web.yaml").write_text(stack_text("web"))

    status = desk.once()

    assert one(status, "good").state == "clean"
    web = one(status)
    assert web.state == "failing"
    assert web.why is not None
    assert "customer" in web.why


def test_an_account_that_does_not_tell_its_customer_fails_its_sweep_and_no_stack(
    desk: FleetDesk,
) -> None:
    desk.write("web")
    desk.once()
    customer = desk.in_account(lambda run: run.client.find_customer())
    project = desk.folder / "stacks" / "shop" / "ccloud-apply.yaml"
    project.write_text(f"project: x\naccount: {{customer_id: '{customer}'}}\n")
    assert one(desk.once()).state == "clean"
    renewed: list[str] = []

    async def sweep_in_vain(context: Context) -> FleetStatus:
        async with connect(Network(lambda request: reply(401))) as client:

            async def open_account(name: str) -> Run:
                return replace(await context.open_account(name), client=client)

            async with context.database.write() as tx:
                await tx.execute("update account set sweep_due = 0")
            refused = replace(context, open_account=open_account, renew_account=renewed.append)
            await sweep_account(refused, "shop")
        return await read_status(context.database, StackFilter())

    status = desk.work(sweep_in_vain)

    assert one(status).state == "clean"
    (account,) = status.accounts
    assert account.failures == 1
    assert "401" in (account.error or "")
    assert renewed == ["shop"]


def test_two_workers_share_the_stacks_and_run_each_once(desk: FleetDesk) -> None:
    for number in range(6):
        desk.write(f"s{number}")

    async def both() -> None:
        async with desk.open("one") as one_worker, desk.open("two") as other:
            await one_worker.poll("stacks")
            await asyncio.gather(run_once(one_worker), run_once(other))

    asyncio.run(both())

    runs = desk.rows("select stack, outcome from run where kind <> 'sweep' order by stack")
    assert [dict(row) for row in runs] == [
        {"stack": f"s{number}", "outcome": "applied"} for number in range(6)
    ]
    assert count_servers(desk) == 6


def test_runs_of_an_account_are_counted_when_they_begin_however_late_their_jobs_come(
    desk: FleetDesk,
) -> None:
    desk.set_account(runs=1)
    for number in range(3):
        desk.write(f"s{number}")

    async def all_at_once() -> list[bool]:
        async with desk.open("one") as one_worker, desk.open("two") as other:
            await one_worker.poll("stacks")
            async with one_worker.database.write() as tx:
                await tx.execute("update stack set queued_until = {now} + 60")
            workers = (one_worker, other, one_worker)
            return await asyncio.gather(
                *(run_stack(worker, "shop", f"s{n}") for n, worker in enumerate(workers))
            )

    assert sorted(asyncio.run(all_at_once())) == [False, False, True]
    queued = desk.rows("select name from stack where queued_until is not null")
    assert queued == []  # there is room for the others as soon as the first one has ended
    desk.once()
    assert count_servers(desk) == 3


def test_a_worker_that_has_lost_its_lease_notes_nothing_and_says_so(desk: FleetDesk) -> None:
    desk.write("web")

    async def lose(context: Context) -> None:
        await context.poll("stacks")
        load = context.load

        def take_over_meanwhile(rows: Any) -> Any:
            desk.advance(3600)  # as if it had been frozen: the lease has ended
            return load(rows)

        await run_stack(replace(context, load=take_over_meanwhile), "shop", "web")

    desk.work(lose)

    (run,) = desk.rows("select outcome from run")
    assert run["outcome"] is None
    assert desk.ends == []
    assert desk.warnings == ["shop/web: the lease is lost; whoever has it now continues the run"]
    assert one(desk.once()).state == "clean"
    runs = desk.rows("select outcome from run where kind <> 'sweep' order by id")
    assert [row["outcome"] for row in runs] == ["lost", "applied"]
    assert count_servers(desk) == 1


def sweep_now(desk: FleetDesk, change: Callable[[Context], Context]) -> str | None:
    """Have a worker that is another one by `change` sweep, and give back what went wrong."""

    async def work(context: Context) -> None:
        async with context.database.write() as tx:
            await tx.execute("update account set sweep_due = 0")
        await sweep_account(change(context), "shop")

    desk.work(work)
    (account,) = desk.rows("select error from account")
    error: str | None = account["error"]
    return error


def test_a_worker_with_another_fleet_yaml_says_nothing_of_how_stacks_stand(desk: FleetDesk) -> None:
    desk.write("web")
    assert one(desk.once()).state == "clean"

    def with_other_rules(context: Context) -> Context:
        return replace(context, config=replace(context.config, rules=(Rule(mode="report"),)))

    error = sweep_now(desk, with_other_rules)

    assert error is not None
    assert "says something else of shop/web" in error
    (stack,) = desk.rows("select state from stack")
    assert stack["state"] == "clean"
    assert sweep_now(desk, lambda context: context) is None


@pytest.mark.parametrize("mode", ["report", "propose"])
def test_what_another_customer_has_says_nothing_of_the_stacks(desk: FleetDesk, mode: Mode) -> None:
    desk.set_rules(Rule(mode=mode))
    desk.write("web")
    desk.once()

    def elsewhere(context: Context) -> Context:
        async def open_account(name: str) -> Run:
            run = await context.open_account(name)
            return replace(run, connection=replace(run.connection, endpoint="https://a.example/v1"))

        return replace(context, open_account=open_account)

    async def work(context: Context) -> None:
        async with context.database.write() as tx:
            await tx.execute("update account set customer_id = '4711'")
            await tx.execute("update stack set due = 0")
        await run_stack(elsewhere(context), "shop", "web")

    told = "the account shop belonged to customer 4711, and now says that it belongs to customer"
    error = sweep_now(desk, elsewhere)
    assert error is None  # nothing is noted of the account yet
    desk.work(work)
    assert told in str(desk.ends[-1].why)
    assert told in str(sweep_now(desk, elsewhere))
    (stack,) = desk.rows("select state from stack")
    assert stack["state"] == "failing"
