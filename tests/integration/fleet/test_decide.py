"""Decisions: what they change, what they refuse, and that the audit has each of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply.errors import HeldError, StalePlanError, UsageError
from ccloud_apply.fleet.decide import APPROVAL_S, approve, ask_run, pause, reject, resume
from ccloud_apply.fleet.model.listing import StackFilter
from ccloud_apply.fleet.store.database import Row, Transaction
from tests.support.fleet_rows import (
    NOW,
    add_account,
    add_lease,
    add_plan,
    add_stack,
    fleet_database,
)

Do = Callable[[Callable[[Transaction], Awaitable[Any]]], Any]

DECISIONS: dict[str, Callable[..., Awaitable[Any]]] = {
    "approve": approve,
    "reject": partial(reject, why="no"),
}


@pytest.fixture
def decide(tmp_path: Path) -> Do:
    """Decides in a fleet of three stacks, of which `web` has a proposed plan."""

    def do(work: Callable[[Transaction], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            async with fleet_database(tmp_path) as database:
                async with database.write() as tx:
                    await add_account(tx)
                    await add_stack(tx, "web", state="proposed", queued_until=NOW + 30)
                    await add_stack(tx, "db", problem="web.yaml:3: broken")
                    await add_stack(tx, "old", is_declared=0)
                    await add_plan(tx, "web", digest="sha256:aaaabbbbcccc")
                    await add_plan(tx, "db", digest="sha256:ddddeeeeffff")
                async with database.write() as tx:
                    return await work(tx)

        return asyncio.run(whole())

    return do


async def stack_row(tx: Transaction, name: str = "web") -> Row:
    row = await tx.fetch_one("select * from stack where name = :name", name=name)
    assert row is not None
    return row


async def plan_row(tx: Transaction) -> Row:
    row = await tx.fetch_one("select * from plan where stack = 'web'")
    assert row is not None
    return row


async def audited(tx: Transaction) -> list[tuple[str, str, str, dict[str, Any]]]:
    rows = await tx.fetch("select * from audit order by id")
    return [(row["who"], row["what"], row["subject"], json.loads(row["detail"])) for row in rows]


def test_an_approval_makes_the_stack_due_now_and_holds_for_a_week(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        decided = await approve(tx, "acme", "web", "ann", digest="aaaabb", allow_destroy=2)
        assert decided.plan.digest == "sha256:aaaabbbbcccc"
        plan, stack = await plan_row(tx), await stack_row(tx)
        assert (plan["decision"], plan["decided_by"]) == ("approved", "ann")
        assert (plan["approved_until"], plan["allow_destroy"]) == (NOW + APPROVAL_S, 2)
        assert (stack["due"], stack["cause"], stack["asked_by"]) == (NOW, "person", "ann")
        assert stack["queued_until"] is None
        detail = {"plan": "sha256:aaaabbbbcccc", "allow_destroy": 2}
        assert await audited(tx) == [("ann", "approve", "web", detail)]

    decide(work)


def test_a_plan_is_approved_once(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        await approve(tx, "acme", "web", "ann")
        with pytest.raises(UsageError, match="approved already, by ann"):
            await approve(tx, "acme", "web", "bob")
        await tx.execute("update plan set approved_until = :then", then=NOW - 1)
        await approve(tx, "acme", "web", "bob")
        assert (await plan_row(tx))["decided_by"] == "bob"

    decide(work)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize(
    ("name", "digest", "kind", "text"),
    [
        ("web", "sha256:ffffffff", StalePlanError, "acme/web that waits is aaaabbbbcccc, not sha"),
        ("web", "aaa", UsageError, "6 or more characters"),
        ("old", None, UsageError, "no plan that waits"),
        ("none", None, UsageError, "there is no stack none in the account acme"),
    ],
)
def test_what_cannot_be_decided_changes_nothing(
    decide: Do, decision: str, name: str, digest: str | None, kind: type[Exception], text: str
) -> None:
    async def work(tx: Transaction) -> None:
        before = [await plan_row(tx), await stack_row(tx)]
        with pytest.raises(kind, match=text):
            await DECISIONS[decision](tx, "acme", name, "ann", digest=digest)
        assert [await plan_row(tx), await stack_row(tx)] == before
        assert await audited(tx) == []

    decide(work)


def test_a_cap_that_no_database_takes_is_refused(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        with pytest.raises(UsageError, match="at most 100,000"):
            await approve(tx, "acme", "web", "ann", allow_destroy=2**31)
        assert await audited(tx) == []
        await approve(tx, "acme", "web", "ann", allow_destroy=100_000)

    decide(work)


def test_a_plan_whose_file_is_broken_is_not_approved(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        with pytest.raises(UsageError, match=r"acme/db cannot run: web.yaml:3: broken") as caught:
            await approve(tx, "acme", "db", "ann")
        assert caught.value.hint == "fix stacks/db.yaml in the source local"

    decide(work)


HELD = json.dumps(
    {
        "stacks": [
            {
                "held": [
                    {
                        "code": "too-many-destroyed",
                        "what": "stack web: 2 would be destroyed",
                        "hint": "repeat with --allow-destroy 2",
                    },
                    {"code": "in-freeze", "what": "a freeze", "hint": ""},
                ],
                "servers": [
                    {"action": "destroy"},
                    {"action": "update", "changes": [{"destructive": True}]},
                    {"action": "update", "changes": [{}]},
                    {"action": "create", "changes": []},
                ],
            }
        ]
    }
)


def test_a_plan_that_a_guard_holds_is_not_approved_before_its_cap_is_raised(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute("update plan set document = :held", held=HELD)
        with pytest.raises(HeldError) as caught:
            await approve(tx, "acme", "web", "ann")
        (held,) = caught.value.diagnostics
        assert held.what == "acme/web is not approved: stack web: 2 would be destroyed"
        assert held.hint == "repeat with --allow-destroy 2"
        with pytest.raises(HeldError):
            await approve(tx, "acme", "web", "ann", allow_destroy=1)
        await approve(tx, "acme", "web", "ann", allow_destroy=2)
        with pytest.raises(UsageError, match="approved already"):
            await approve(tx, "acme", "web", "ann", allow_destroy=2)
        # A live server that is new may need more: the next approval says so.
        await approve(tx, "acme", "web", "bob", allow_destroy=3)
        plan = await plan_row(tx)
        assert (plan["decided_by"], plan["allow_destroy"]) == ("bob", 3)

    decide(work)


def test_a_plan_that_no_cap_frees_is_never_approved(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        held = HELD.replace("too-many-destroyed", "protected")
        await tx.execute("update plan set document = :held", held=held)
        with pytest.raises(HeldError):
            await approve(tx, "acme", "web", "ann", allow_destroy=9)
        assert await audited(tx) == []

    decide(work)


def test_a_rejected_plan_leaves_the_drift(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        await reject(tx, "acme", "web", "ann", why=" too late ")
        plan, stack = await plan_row(tx), await stack_row(tx)
        assert (plan["decision"], plan["decided_why"]) == ("rejected", "too late")
        assert plan["approved_until"] is None
        assert (stack["state"], stack["state_since"], stack["due"]) == ("drift", NOW, NOW + 1740)
        assert [row[:3] for row in await audited(tx)] == [("ann", "reject", "web")]
        with pytest.raises(UsageError, match="no plan that waits"):
            await approve(tx, "acme", "web", "bob")

    decide(work)


def test_a_rejection_takes_an_approval_back(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        await approve(tx, "acme", "web", "ann")
        await reject(tx, "acme", "web", "bob", why="wait")
        assert (await plan_row(tx))["decision"] == "rejected"

    decide(work)


def test_an_approval_is_not_taken_back_while_a_worker_is_at_it(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        await add_lease(tx, "web")
        await reject(tx, "acme", "web", "bob", why="a proposal can be, at any time")
        await tx.execute("update plan set decision = 'proposed'")
        await approve(tx, "acme", "web", "ann")
        with pytest.raises(UsageError, match="cannot be withdrawn while host-1 works on the stack"):
            await reject(tx, "acme", "web", "bob", why="wait")
        assert (await plan_row(tx))["decision"] == "approved"

    decide(work)


def test_a_pause_says_who_and_why_and_ends(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        paused = await pause(tx, StackFilter(names=("w*", "db")), "ann", why="migration", for_s=60)
        assert [stack.name for stack in paused] == ["db", "web"]
        row = await stack_row(tx)
        assert (row["paused_by"], row["paused_why"]) == ("ann", "migration")
        assert row["paused_until"] == NOW + 60
        assert (await stack_row(tx, "old"))["paused_by"] is None
        detail = {"reason": "migration", "until": "2027-01-15T08:01:00+00:00"}
        assert await audited(tx) == [("ann", "pause", name, detail) for name in ("db", "web")]
        with pytest.raises(UsageError, match="acme/web is paused by ann: migration"):
            await ask_run(tx, "acme", "web", "bob")

    decide(work)


def test_a_pause_without_an_end_lasts_until_somebody_resumes(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        await pause(tx, StackFilter(names=("web",)), "ann", why="x", for_s=None)
        assert (await stack_row(tx))["paused_until"] is None
        resumed = await resume(tx, StackFilter(), "bob")
        assert [stack.name for stack in resumed] == ["web"]
        assert resumed[0].pause is not None
        row = await stack_row(tx)
        assert (row["paused_by"], row["due"], row["cause"]) == (None, NOW, "person")
        assert (await stack_row(tx, "db"))["due"] == NOW + 1740
        assert await resume(tx, StackFilter(), "bob") == ()
        assert [row[1:3] for row in await audited(tx)] == [("pause", "web"), ("resume", "web")]

    decide(work)


@pytest.mark.parametrize(
    ("why", "for_s", "text"),
    [
        ("  ", 60, "a reason is needed"),
        ("x" * 501, 60, "at most 500"),
        ("one\ntwo", 60, "one line"),
        ("x", 0, "must end in the future"),
        ("x", float("inf"), "must end within ten years"),
        ("x", float("nan"), "must end in the future"),
    ],
)
def test_a_pause_that_says_too_little_is_refused(
    decide: Do, why: str, for_s: float, text: str
) -> None:
    async def work(tx: Transaction) -> None:
        with pytest.raises(UsageError, match=text):
            await pause(tx, StackFilter(), "ann", why=why, for_s=for_s)
        assert (await stack_row(tx))["paused_by"] is None

    decide(work)


def test_a_stack_that_is_asked_for_is_due_before_the_scheduled_ones(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        await ask_run(tx, "acme", "web", "ann")
        row = await stack_row(tx)
        assert (row["due"], row["priority"], row["asked_by"]) == (NOW, 3, "ann")
        assert await audited(tx) == [("ann", "run", "web", {})]
        with pytest.raises(UsageError, match="acme/old cannot run: its source has no file"):
            await ask_run(tx, "acme", "old", "ann")

    decide(work)


def test_names_are_parameters_whatever_they_hold(decide: Do) -> None:
    async def work(tx: Transaction) -> None:
        with pytest.raises(UsageError, match="there is no stack"):
            await approve(tx, "acme", "web' or '1'='1", "ann")
        assert await pause(tx, StackFilter(names=("x' or 1=1 --",)), "ann", why="x") == ()

    decide(work)
