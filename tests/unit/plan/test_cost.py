"""What a plan costs: shapes from plan and account, sums from quotes, policies on both."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.stack import Lifecycle, Policy, Stack
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.results.cost import Quote, Shape
from ccloud_apply.model.results.plan import Action, Plan, StackPlan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.cost.amounts import spell_amount
from ccloud_apply.plan.cost.cost import add_cost
from ccloud_apply.plan.cost.policy import warn_unchecked
from ccloud_apply.plan.cost.shapes import Shapes, distinct_shapes, find_shapes
from tests.support.builders import COMPLETE, IMAGES, account, live, spec, stack

SMALL = Shape(pool="pool_iw_ssd", cores=2, memory_gb=4, disk_gb=50)
KINDS = tuple(replace(image, ostype="Linux") for image in IMAGES)


def built(desired: Stack, lives: Account, **options: Any) -> Plan:
    found, diagnostics = build_plan([desired], lives, PlanOptions(**options))
    assert found is not None, diagnostics
    return found


def shapes_of(desired: Stack, lives: Account, **options: Any) -> Mapping[str, Shapes]:
    found = find_shapes([desired], lives, built(desired, lives, **options))
    return {key: shapes for (_, key), shapes in found.items()}


def price(shape: Shape) -> Quote:
    """Ten a core, one a GB of memory, a hundredth a GB of disk, five an addon and its fee too."""
    addons = Decimal(5) * sum(count for _, count in shape.addons)
    monthly = Decimal(10) * shape.cores + shape.memory_gb + Decimal("0.01") * shape.disk_gb
    return Quote(
        monthly_total=monthly + addons,
        setup_fee_total=addons,
        addon_fees={name: Decimal(5) * count for name, count in shape.addons},
    )


def priced(desired: Stack, lives: Account, *unknown: Shape, **options: Any) -> StackPlan:
    plan = built(desired, lives, **options)
    shapes = find_shapes([desired], lives, plan)
    quotes = {s: None if s in unknown else price(s) for s in distinct_shapes(shapes)}
    return add_cost(plan, [desired], shapes, quotes).stacks[0]


def test_a_new_server_is_priced_by_what_the_file_says() -> None:
    desired = stack(spec(**{**COMPLETE, "disks": [50, 20]}, addons={"monitoring": 1}))
    found = shapes_of(desired, replace(account(), images=KINDS))["web"]
    assert found.before is None
    assert found.after == replace(SMALL, disk_gb=70, addons=(("monitoring", 1),), ostype="Linux")


def test_a_live_server_is_priced_by_what_it_is_and_what_changes() -> None:
    web = live(key="web", cores=2, memory_gb=4, disks=[50, 20], addons={"backup": 2})
    desired = stack(spec(cores=4, disks=[60, 20, 30], addons={"monitoring": 1}))
    found = shapes_of(desired, account(web))["web"]
    assert found.before is not None
    assert found.after is not None
    assert (found.before.disk_gb, found.after.disk_gb) == (70, 110)
    assert (found.before.addons, found.after.addons) == (
        (("backup", 2),),
        (("monitoring", 1),),
    )
    assert (found.after.cores, found.after.memory_gb) == (4, 4)


def test_a_server_that_goes_costs_nothing_after_and_one_that_is_off_the_same() -> None:
    gone = shapes_of(stack(spec("a", cores=2)), account(live(1, key="a"), live(2, key="b")))["b"]
    assert gone.after is None
    off = live(key="web", state="Off")
    same = shapes_of(stack(spec(power="off", cores=4)), account(off))["web"]
    assert same.before == replace(SMALL, ostype=off.ostype)


def test_a_replaced_server_is_priced_whole_by_what_the_file_says() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    desired = stack(spec(**{**COMPLETE, "pool": "pool_x", "cores": 8}, lifecycle=lifecycle))
    found = shapes_of(desired, account(live(key="web")))["web"]
    assert found.after is not None
    assert (found.after.pool, found.after.cores, found.after.memory_gb) == ("pool_x", 8, 4)


def test_equal_servers_are_one_quote() -> None:
    desired = stack(*(spec(f"s{n}", **COMPLETE) for n in range(100)))
    plan = built(desired, account())
    assert len(distinct_shapes(find_shapes([desired], account(), plan))) == 1


def test_the_sums_are_those_of_the_servers_and_nothing_is_rounded() -> None:
    desired = stack(spec("a", **COMPLETE), spec("b", cores=4, addons={"backup": 1}))
    found = priced(desired, account(live(key="b")))
    assert found.cost is not None
    assert found.cost["servers"]["a"] == {
        "monthly_before": "0.00",
        "monthly_after": "24.50",
        "monthly_change": "24.50",
        "setup_fees": "0.00",
    }
    assert found.cost["servers"]["b"] == {
        "monthly_before": "24.50",
        "monthly_after": "49.50",
        "monthly_change": "25.00",
        "setup_fees": "5.00",
    }
    assert (found.cost["monthly_before"], found.cost["monthly_after"]) == ("24.50", "74.00")
    assert found.cost["unknown"] == []


def test_fees_of_addons_that_a_server_has_already_are_not_due_again() -> None:
    web = live(key="web", addons={"backup": 2})
    found = priced(stack(spec(addons={"backup": 3})), account(web))
    assert found.cost is not None
    assert found.cost["setup_fees"] == "5.00"


def test_what_has_no_quote_is_unknown_and_in_no_sum() -> None:
    desired = stack(spec("a", **COMPLETE), spec("b", **{**COMPLETE, "cores": 8}))
    found = priced(desired, account(), replace(SMALL, cores=8))
    assert found.cost is not None
    assert (found.cost["unknown"], found.cost["monthly_after"]) == (["b"], "24.50")
    assert found.held == ()
    lacking = replace(live(key="web"), pool=None)
    found = priced(stack(spec(cores=4)), account(lacking))
    assert found.cost is not None
    assert found.cost["unknown"] == ["web"]


def test_a_stack_without_changes_has_no_cost_and_asks_for_none() -> None:
    desired = stack(spec(cores=2))
    lives = account(live(key="web"))
    assert find_shapes([desired], lives, built(desired, lives)) == {}
    assert priced(desired, lives).cost is None


@pytest.mark.parametrize(
    ("policy", "held"),
    [
        (Policy(max_monthly_cost=Decimal("49.00")), []),
        (Policy(max_monthly_cost=Decimal("48.99")), ["policy.max_monthly_cost"]),
        (Policy(max_monthly_increase=Decimal("24.50")), []),
        (Policy(max_monthly_increase=Decimal("24.49")), ["policy.max_monthly_increase"]),
        (
            Policy(max_monthly_cost=Decimal(1), max_monthly_increase=Decimal(1)),
            ["policy.max_monthly_cost", "policy.max_monthly_increase"],
        ),
    ],
)
def test_a_policy_holds_a_plan_that_costs_more(policy: Policy, held: list[str]) -> None:
    desired = stack(spec("a", **COMPLETE), spec("b", notes="x"), policy=policy)
    found = priced(desired, account(live(key="b")))
    assert [diagnostic.where for diagnostic in found.held] == held


def test_the_message_says_by_how_much() -> None:
    desired = stack(spec(**COMPLETE), policy=Policy(max_monthly_cost=Decimal(20)))
    (held,) = priced(desired, account()).held
    assert held.what == (
        "the stack would cost 24.50 per month, which is 4.50 above policy.max_monthly_cost"
    )


def test_what_makes_a_stack_cheaper_is_never_held() -> None:
    desired = stack(spec(cores=1), policy=Policy(max_monthly_cost=Decimal(1)))
    assert priced(desired, account(live(key="web"))).held == ()


def test_a_policy_that_cannot_be_checked_holds_and_names_the_way_out() -> None:
    desired = stack(spec(**COMPLETE), policy=Policy(max_monthly_cost=Decimal(500)))
    (held,) = priced(desired, account(), SMALL).held
    assert "the cost of web is unknown" in held.what
    assert "--no-cost" in held.hint


def test_of_many_servers_of_unknown_cost_some_are_named_and_the_others_counted() -> None:
    keys = [f"web-{number}" for number in range(1, 8)]
    desired = stack(
        *(spec(key, **COMPLETE) for key in keys), policy=Policy(max_monthly_cost=Decimal(500))
    )
    (held,) = priced(desired, account(), SMALL).held
    assert "the cost of web-1, web-2, web-3, web-4, web-5 and 2 more is unknown" in held.what


def test_without_prices_a_policy_is_not_ignored_in_silence() -> None:
    desired = stack(spec(**COMPLETE), policy=Policy(max_monthly_cost=Decimal(5)))
    (plan,) = warn_unchecked([desired], built(desired, account())).stacks
    assert [(w.code, w.where) for w in plan.warnings] == [
        ("policy-unchecked", "policy.max_monthly_cost")
    ]


@given(st.decimals(-1000, 1000, allow_nan=False, places=4))
def test_an_amount_is_spelled_exactly_and_with_two_decimals_at_least(amount: Decimal) -> None:
    text = spell_amount(amount)
    assert Decimal(text) == amount
    assert len(text.partition(".")[2]) >= 2


def test_a_policy_names_the_currency_of_its_amounts() -> None:
    policy = Policy(currency="EUR", max_monthly_cost=Decimal(10))
    plan = priced(replace(stack(spec(**COMPLETE)), policy=policy), replace(account(), images=KINDS))
    assert plan.currency == "EUR"
    (held,) = plan.held
    assert "would cost 24.50 EUR per month, which is 14.50 EUR above" in held.what


DUE = date(2027, 2, 1)


def waiting(plan: Plan, key: str) -> Plan:
    """The plan with this server, to which nothing happens, waiting for its day."""
    (one,) = plan.stacks
    servers = tuple(replace(s, retires=DUE) if s.key == key else s for s in one.servers)
    return replace(plan, stacks=(replace(one, servers=servers),))


def priced_plan(desired: Stack, lives: Account, plan: Plan, *unknown: Shape) -> StackPlan:
    shapes = find_shapes([desired], lives, plan)
    quotes = {s: None if s in unknown else price(s) for s in distinct_shapes(shapes)}
    return add_cost(plan, [desired], shapes, quotes).stacks[0]


def test_a_stack_without_changes_has_no_cost_unless_a_retired_server_is_paid_for() -> None:
    desired, lives = stack(spec("a"), spec("b")), account(live(key="a"), live(10002, key="b"))
    plan = built(desired, lives)
    assert priced_plan(desired, lives, plan).cost is None
    cost = priced_plan(desired, lives, waiting(plan, "b")).cost
    assert cost is not None
    assert (cost["retired_monthly"], cost["monthly_after"]) == ("24.50", "49.00")
    assert cost["monthly_change"] == "0.00"


def test_a_server_that_is_retired_costs_the_same_until_its_day() -> None:
    desired, lives = stack(spec("a")), account(live(key="a"), live(10002, key="b"))
    plan = built(desired, lives)
    (one,) = plan.stacks
    servers = (
        replace(s, action=Action.RETIRE, retires=DUE) if s.action is Action.DESTROY else s
        for s in one.servers
    )
    plan = replace(plan, stacks=(replace(one, servers=tuple(servers)),))
    cost = priced_plan(desired, lives, plan).cost
    assert cost is not None
    assert cost["servers"]["b"]["monthly_after"] == "24.50"
    assert (cost["monthly_change"], cost["retired_monthly"]) == ("0.00", "24.50")
    assert plan.has_changes


def test_what_waiting_costs_is_unknown_where_no_quote_tells_it() -> None:
    desired, lives = stack(spec("a")), account(live(key="a"))
    plan = waiting(built(desired, lives), "a")
    cost = priced_plan(desired, lives, plan, SMALL).cost
    assert cost is not None
    assert (cost["retired_monthly"], cost["unknown"]) == (None, ["a"])


def test_a_stack_without_changes_is_held_by_no_policy_on_money() -> None:
    policy = Policy(max_monthly_cost=Decimal(1), max_monthly_increase=Decimal(0))
    desired, lives = stack(spec("a"), policy=policy), account(live(key="a"))
    plan = waiting(built(desired, lives), "a")
    for unknown in ((), (SMALL,)):
        assert priced_plan(desired, lives, plan, *unknown).held == ()


def test_what_leaves_the_cost_of_a_stack_as_it_is_is_never_held_for_it() -> None:
    policy = Policy(max_monthly_cost=Decimal(1))
    desired = stack(spec("web", notes="other"), policy=policy)
    found = priced(desired, account(live(key="web")))
    assert found.has_changes
    assert found.held == ()
