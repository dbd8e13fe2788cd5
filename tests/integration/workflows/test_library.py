"""The Python API against the embedded API: what it refuses, whom it asks, what it gives."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ccloud_apply import (
    CcloudApplyError,
    Connection,
    Execution,
    Planned,
    PlanOptions,
    apply,
    drift,
    export,
    inventory,
    load,
    plan,
    rehearse,
)
from ccloud_apply.errors import (
    ApplyError,
    PlanError,
    StackError,
    StalePlanError,
    UnreadableReferenceError,
    UsageError,
    WrongAccountError,
)
from ccloud_apply.model.declared.stack import Stack
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from tests.support.stacks import write_stack

SERVER = "pool: pool_iw_ssd, type: unmanaged, image: debian12_uefi, cores: 2, memory: 4"
STACK = f"""\
stack: web
defaults: {{{SERVER}}}
servers: {{front: {{disks: [50]}}}}
"""
GUARDED = STACK.replace("disks: [50]", "disks: [50], lifecycle: {prevent_destroy: true}")


@pytest.fixture
def account(tmp_path: Path) -> Connection:
    return Connection(
        endpoint="sandbox", sandbox_db=str(tmp_path / "sandbox.db"), sandbox_speed=2000
    )


@pytest.fixture
def execution(tmp_path: Path) -> Execution:
    return Execution(work_dir=str(tmp_path / "work"))


def stacks_of(tmp_path: Path, text: str = STACK) -> tuple[Stack, ...]:
    return load(tmp_path / write_stack(tmp_path, text))


def never(plan: Plan) -> bool:
    raise AssertionError("nobody is to be asked")


def test_a_stack_is_planned_rehearsed_applied_and_is_then_as_declared(
    tmp_path: Path, account: Connection, execution: Execution
) -> None:
    stacks = stacks_of(tmp_path)
    planned = plan(stacks, connection=account)
    assert planned.plan.stacks[0].summary["create"] == 1
    assert planned.plan.stacks[0].cost is not None
    assert rehearse(stacks, connection=account, execution=execution).has_passed

    events: list[Event] = []
    asked: list[Plan] = []

    def approve(made: Plan) -> bool:
        asked.append(made)
        return True

    applied = apply(planned, approve=approve, on_event=events.append, execution=execution)
    assert (applied.ending, applied.is_converged) == ("converged", True)
    assert [made.stacks[0].steps for made in asked] == [planned.plan.stacks[0].steps]
    assert applied.result.done == len(planned.plan.stacks[0].steps)
    assert [event.type for event in events][0::-1] == ["step_start"]
    assert (events[-1].type, events[-1].converged) == ("summary", True)
    assert not drift(stacks, connection=account).has_drift

    again = plan(stacks, connection=account)
    assert not again.plan.has_changes
    assert apply(again, approve=never, execution=execution).ending == "unchanged"


def test_what_is_not_approved_is_not_sent(
    tmp_path: Path, account: Connection, execution: Execution
) -> None:
    stacks = stacks_of(tmp_path)
    planned = plan(stacks, connection=account)
    with pytest.raises(ApplyError, match="nothing was changed"):
        apply(planned, approve=lambda made: False, execution=execution)
    assert plan(stacks, connection=account).plan.has_changes


def test_a_fact_that_somebody_changed_since_makes_a_plan_stale_though_it_plans_the_same(
    tmp_path: Path, account: Connection, execution: Execution
) -> None:
    def make(text: str) -> Planned:
        return plan(stacks_of(tmp_path, text), connection=account)

    assert apply(make(STACK), approve=lambda made: True, execution=execution).is_converged
    early = make(STACK.replace("memory: 4", "memory: 8"))
    noted = make(STACK.replace("disks: [50]", "disks: [50], notes: mine"))
    assert apply(noted, approve=lambda made: True, execution=execution).is_converged
    with pytest.raises(StalePlanError, match="notes changed since the plan"):
        apply(early, approve=never, execution=execution)


def test_drift_is_told_of_a_stack_that_could_not_be_planned(
    tmp_path: Path, account: Connection, execution: Execution
) -> None:
    first = plan(stacks_of(tmp_path), connection=account)
    assert apply(first, approve=lambda made: True, execution=execution).is_converged
    stacks = stacks_of(tmp_path, STACK.replace("disks: [50]", "disks: [50], addons: {nope: 1}"))
    with pytest.raises(PlanError):
        plan(stacks, connection=account)
    assert drift(stacks, connection=account).has_drift


def test_a_plan_that_no_longer_fits_is_stale(
    tmp_path: Path, account: Connection, execution: Execution
) -> None:
    stacks = stacks_of(tmp_path)
    early = plan(stacks, connection=account)
    assert apply(early, approve=lambda made: True, execution=execution).is_converged
    with pytest.raises(StalePlanError):
        apply(early, approve=never, execution=execution)


def test_a_plan_that_a_guard_holds_is_given_back_and_nobody_is_asked(
    tmp_path: Path, account: Connection, execution: Execution
) -> None:
    stacks = stacks_of(tmp_path, GUARDED)
    first = plan(stacks, connection=account)
    assert apply(first, approve=lambda made: True, execution=execution).is_converged
    destroying = plan(stacks, connection=account, options=PlanOptions(is_destroy=True))
    applied = apply(destroying, approve=never, execution=execution)
    assert (applied.ending, applied.is_converged) == ("held", False)
    assert applied.plan.held


def test_no_variable_of_the_environment_is_read_unless_it_is_given(
    tmp_path: Path,
    account: Connection,
    execution: Execution,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CCLOUD_SECRET_ROOT", "Enough-of-it-1!")
    monkeypatch.setenv("CCLOUD_VAR_size", "2")
    monkeypatch.setenv("CCLOUD_ENDPOINT", "https://ccloud.invalid")
    path = tmp_path / write_stack(
        tmp_path,
        STACK.replace("disks: [50]", "disks: [50], password: {env: CCLOUD_SECRET_ROOT}").replace(
            "cores: 2", "cores: '${var.size}'"
        )
        + "variables: {size: 4}\n",
    )
    assert load(path)[0].servers[0].fields["cores"].value == 4
    stacks = load(path, environment=os.environ)
    assert stacks[0].servers[0].fields["cores"].value == 2
    without = plan(stacks, connection=account)
    with pytest.raises(UnreadableReferenceError, match="CCLOUD_SECRET_ROOT is not set"):
        apply(without, approve=never, execution=execution)
    given = plan(stacks, connection=account, environment=os.environ)
    assert "Enough-of-it" not in repr(given)
    assert apply(given, approve=lambda made: True, execution=execution).is_converged


def test_a_password_that_is_given_and_too_short_is_an_error_of_the_plan(
    tmp_path: Path, account: Connection
) -> None:
    secret = STACK.replace("disks: [50]", "disks: [50], password: {env: CCLOUD_SECRET_ROOT}")
    with pytest.raises(PlanError, match="password"):
        plan(
            stacks_of(tmp_path, secret),
            connection=account,
            environment={"CCLOUD_SECRET_ROOT": "short"},
        )
    with pytest.raises(PlanError, match="password"):
        rehearse(
            stacks_of(tmp_path, secret),
            connection=account,
            environment={"CCLOUD_SECRET_ROOT": "short"},
        )


def test_a_plan_without_its_price_is_applied_without_it(
    tmp_path: Path, account: Connection, execution: Execution
) -> None:
    planned = plan(stacks_of(tmp_path), connection=account, has_cost=False)
    applied = apply(planned, approve=lambda made: True, execution=execution)
    assert [made.stacks[0].cost for made in (planned.plan, applied.plan)] == [None, None]


def test_an_export_is_a_stack_that_loads(tmp_path: Path, account: Connection) -> None:
    exported = export(connection=account, hostnames=["vs10001"], stack="shop")
    assert exported.servers == 1
    (stack,) = stacks_of(tmp_path, exported.text)
    assert stack.name == "shop"
    assert plan([stack], connection=account).plan.stacks[0].summary["adopt"] == 1


def test_mistakes_of_a_caller_name_the_way_out(tmp_path: Path, account: Connection) -> None:
    with pytest.raises(StackError):
        stacks_of(tmp_path, "stack: web\nservers: {front: {cores: two}}\n")
    with pytest.raises(UsageError, match="no credentials"):
        plan((), connection=Connection())
    with pytest.raises(UsageError, match="in clear text"):
        plan((), connection=Connection(endpoint="http://api.example/v1", token="t0ken"))
    with pytest.raises(UsageError, match="which servers"):
        export(connection=account, hostnames=["vs10001"], tag="web")
    with pytest.raises(UsageError, match="a stack's name"):
        export(connection=account, stack="Not A Name")


def test_within_an_event_loop_a_call_says_to_use_a_thread(
    tmp_path: Path, account: Connection
) -> None:
    stacks = stacks_of(tmp_path)

    async def main() -> bool:
        with pytest.raises(CcloudApplyError) as caught:
            plan(stacks, connection=account)
        assert "asyncio.to_thread" in caught.value.hint
        planned = await asyncio.to_thread(plan, stacks, connection=account)
        return planned.plan.has_changes

    assert asyncio.run(main())


def test_an_endpoint_with_and_without_its_last_slash_is_one_account() -> None:
    assert Connection(endpoint="https://api.example/v1/") == Connection(
        endpoint="https://api.example/v1"
    )


def test_two_stacks_of_one_name_are_an_error_as_in_the_commands(
    tmp_path: Path, account: Connection
) -> None:
    stacks = load(tmp_path / write_stack(tmp_path, STACK))
    for call in (plan, drift, rehearse):
        with pytest.raises(StackError, match="is defined in two files"):
            call([*stacks, *stacks], connection=account)


@pytest.mark.parametrize(
    "given",
    [
        {"parallelism": 0},
        {"parallelism": 1.5},
        {"timeout_s": 0},
        {"timeout_s": -1},
        {"grace_s": -1},
    ],
    ids=str,
)
def test_a_number_that_means_nothing_is_refused_by_its_name(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(UsageError, match=name):
        Execution(**given)


def test_a_text_where_several_are_meant_is_refused(account: Connection) -> None:
    with pytest.raises(UsageError, match="target: a text is not a list"):
        PlanOptions(target="web")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="hostnames: a text is not a list"):
        export(connection=account, hostnames="vs10001")


def test_the_account_has_to_be_the_one_that_the_project_of_the_stacks_expects(
    tmp_path: Path, account: Connection
) -> None:
    (tmp_path / "ccloud-apply.yaml").write_text("project: shop\naccount: {customer_id: K1}\n")
    stacks = stacks_of(tmp_path)
    for call in (plan, drift, rehearse, inventory):
        with pytest.raises(WrongAccountError, match="customer 328100, and customer K1"):
            call(stacks, connection=account)
    told = replace(account, expected=())
    (tmp_path / "ccloud-apply.yaml").write_text("project: shop\naccount: {customer_id: '328100'}\n")
    assert plan(stacks_of(tmp_path), connection=told).plan.has_changes


def test_one_call_takes_no_stacks_of_different_accounts(
    tmp_path: Path, account: Connection
) -> None:
    stacks: list[Stack] = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "ccloud-apply.yaml").write_text(f"project: p\naccount: {{customer_id: {name}}}\n")
        (folder / "web.yaml").write_text(STACK.replace("web", name))
        stacks += load(folder)
    with pytest.raises(UsageError, match="different accounts"):
        plan(stacks, connection=account)
