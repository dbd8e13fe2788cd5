"""Saved plans: the same again, what is left of one, and what is judged anew when it is applied."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ccloud_apply.fleet.store.statements.plans import PlanRow
from ccloud_apply.fleet.work.planning import judge_plan
from ccloud_apply.fleet.work.saved import (
    decode_plan_document,
    encode_cost,
    encode_plan_document,
    is_rest,
    is_same_plan,
    lift,
)
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan, StackPlan, Step
from tests.support.fleet_rows import NOW

CLOSED = Diagnostic(code="outside-window", what="not now", severity=Severity.HELD)
CAP = Diagnostic(code="too-many-destroyed", what="too many", severity=Severity.HELD)
GUARD = Diagnostic(code="prevent-destroy", what="protected", severity=Severity.HELD)


def step(key: str, operation: str = "create_server", path: str = "/s", body: Any = None) -> Step:
    return Step(
        id=f"{key}/{operation}",
        server=key,
        operation=operation,
        operation_id=operation,
        method="POST",
        path=path,
        body=body,
    )


def plan(*steps: Step, held: tuple[Diagnostic, ...] = ()) -> Plan:
    servers = tuple(
        ServerPlan(key=one.server, hostname=None, action=Action.CREATE, steps=(one.id,))
        for one in steps
    )
    return Plan(
        stacks=(StackPlan(stack="web", path="web.yaml", servers=servers, steps=steps, held=held),)
    )


def saved(what: Plan, **changes: Any) -> PlanRow:
    digest, document = encode_plan_document(what)
    values: dict[str, Any] = {
        "id": 1,
        "digest": digest,
        "document": document,
        "decision": "proposed",
        "decided_by": None,
        "decided_why": None,
        "commit_id": None,
        "allow_destroy": None,
        "has_begun": False,
        **changes,
    }
    return PlanRow(**values)


def test_a_saved_plan_is_read_as_it_was_and_an_edited_one_is_refused() -> None:
    digest, document = encode_plan_document(plan(step("a")))
    assert is_same_plan(decode_plan_document(document), plan(step("a")))
    assert digest in document
    with pytest.raises(CodecError):
        decode_plan_document(document.replace("create_server", "delete_server"))
    with pytest.raises(CodecError):
        decode_plan_document(document, key="a key that it was not signed with")
    assert encode_cost(plan()) is None


def test_plans_that_do_or_are_held_by_something_else_are_not_the_same() -> None:
    one = plan(step("a"))
    assert not is_same_plan(one, plan(step("a"), step("b")))
    assert not is_same_plan(plan(step("a"), step("b")), one)
    assert not is_same_plan(one, plan(step("a", body={"memory": 8})))
    assert not is_same_plan(one, plan(step("a"), held=(GUARD,)))
    assert is_same_plan(one, plan(step("a"), held=(CLOSED,)))


def test_what_is_left_of_a_plan_is_a_part_of_it_wherever_it_goes() -> None:
    whole = plan(step("a"), step("b", "resize", "/servers/{hostname}", {"memory": 8}))
    assert is_rest(whole, plan(step("b", "resize", "/servers/vs1", {"memory": 8})))
    assert is_rest(whole, plan())
    assert not is_rest(whole, plan(step("b", "resize", "/servers/vs1", {"memory": 16})))
    assert not is_rest(whole, plan(step("c")))
    assert not is_rest(whole, plan(step("a"), step("a")))


def test_an_approval_lifts_the_time_and_with_a_number_the_cap_and_no_other_guard() -> None:
    held = plan(step("a"), held=(CLOSED, CAP, GUARD))
    assert lift(held, saved(held)).held == (CAP, GUARD)
    assert lift(held, saved(held, allow_destroy=2)).held == (GUARD,)


STACK = Stack(name="web", path="web.yaml", source=SourceRange("web.yaml", 1, 1))
MOMENT = datetime.fromtimestamp(NOW, UTC)


def judge(what: Plan, earlier: PlanRow | None = None, **options: Any) -> Any:
    given = {
        "needs_approval": True,
        "earlier": earlier,
        "moment": MOMENT,
        **options,
    }
    return judge_plan(STACK, what, **given)


def test_a_plan_is_proposed_and_a_guard_holds_it_in_every_mode() -> None:
    proposed = judge(plan(step("a")))
    assert (proposed.state, proposed.proposal is not None) == ("proposed", True)
    for needs_approval in (True, False):
        held = judge(plan(step("a"), held=(GUARD,)), needs_approval=needs_approval)
        assert (held.state, held.why, held.proposal is not None) == ("held", "protected", True)


def test_a_window_holds_an_apply_and_leaves_a_proposal_one() -> None:
    closed = plan(step("a"), held=(CLOSED,))
    assert judge(closed, needs_approval=False).state == "held"
    proposed = judge(closed)
    assert (proposed.state, proposed.why) == ("proposed", "not now")
    both = judge(closed, needs_approval=False, disallowed=("create",))
    assert (both.state, both.why) == ("proposed", "needs an approval: create; not now")


def test_the_same_plan_is_saved_once_and_again_after_it_was_superseded() -> None:
    what = plan(step("a"))
    assert judge(what, saved(what)).proposal is None
    assert judge(what, saved(what, decision="superseded")).proposal == what
    assert judge(what, saved(plan(step("b")))).proposal == what
    assert judge(what, replace(saved(what), document="{")).proposal == what


def test_a_rejected_plan_stays_rejected_and_a_guard_is_told_all_the_same() -> None:
    what = plan(step("a"))
    row = saved(what, decision="rejected", decided_by="bob", decided_why="no")
    result = judge(what, row)
    assert (result.outcome, result.state) == ("drift", "drift")
    assert result.why == "bob has rejected the plan: no"
    held = plan(step("a"), held=(GUARD,))
    row = saved(held, decision="rejected", decided_by="bob", decided_why="no")
    assert judge(held, row).state == "held"


def test_nothing_to_do_is_clean_and_ends_what_was_proposed() -> None:
    result = judge(plan())
    assert (result.outcome, result.state, result.decision) == ("clean", "clean", "superseded")


def test_what_cannot_be_compared_is_unknown() -> None:
    server = ServerPlan(key="a", hostname="vs1", action=Action.NOT_COMPARED, why="it is busy")
    result = judge(Plan(stacks=(StackPlan(stack="web", path="web.yaml", servers=(server,)),)))
    assert (result.outcome, result.state, result.is_seen) == ("drift", "unknown", False)
    assert result.why == "a is not compared: it is busy"
