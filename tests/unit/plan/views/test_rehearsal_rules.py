"""What a rehearsal looks at: each rule holds, and each can be broken."""

from dataclasses import replace

from ccloud_apply.model.results.plan import Plan
from ccloud_apply.model.results.rehearsal import RehearsedStep
from ccloud_apply.plan.views.rehearsal_rules import (
    check_converged,
    check_destroyed,
    check_identities,
    check_same_plan,
    check_steps,
    check_untouched,
    find_end_state,
)
from tests.support.builders import COMPLETE, account, live, plan, spec, stack, wrap


def planned(*servers: str) -> Plan:
    """A plan that raises the memory of vs10001 and destroys vs10002."""
    there = account(live(10001, key="web"), live(10002, key="gone"), live(10003))
    built, _ = plan(stack(spec("web", memory=8)), there)
    return wrap(built)


def step(status: str, why: str | None = None) -> RehearsedStep:
    return RehearsedStep(
        stack="shop",
        server="web",
        step="web/memory",
        operation="resize memory",
        status=status,  # type: ignore[arg-type]
        why=why,
    )


def test_a_copy_that_is_planned_otherwise_proves_nothing() -> None:
    live_plan = planned()
    assert check_same_plan(live_plan, planned()).holds
    (one,) = live_plan.stacks
    less = replace(one, steps=one.steps[1:])
    rule = check_same_plan(live_plan, wrap(less))
    assert not rule.holds
    assert rule.what == f"shop/{one.steps[0].id}"
    other = replace(one, steps=(replace(one.steps[0], body={"memory": 9}), *one.steps[1:]))
    assert not check_same_plan(live_plan, wrap(other)).holds


def test_a_failed_step_breaks_its_rule_and_an_error_does_too() -> None:
    assert check_steps([step("done")], None).holds
    assert check_steps([step("failed", "422"), step("skipped")], None).what == "web/memory"
    assert check_steps([], "the account is busy").what == "the account is busy"


def test_a_second_plan_has_to_be_empty_and_to_be_there() -> None:
    done, _ = plan(stack(spec("web", memory=4)), account(live(key="web")))
    assert check_converged(wrap(done)).holds
    assert "shop/web/memory" in check_converged(planned()).what
    assert not check_converged(None).holds


def test_others_stay_as_they_are() -> None:
    before = {"vs10001": 1, "vs10002": 1, "vs10003": 1}
    assert check_untouched(planned(), before, {"vs10001": 2, "vs10003": 1}).holds
    assert check_untouched(planned(), before, {"vs10001": 2, "vs10003": 9}).what == "vs10003"
    assert check_untouched(planned(), before, {"vs10001": 2}).what == "vs10003"


def test_nothing_goes_but_what_the_plan_destroys() -> None:
    before = {"vs10001": 1, "vs10002": 1, "vs10003": 1}
    assert check_destroyed(planned(), before, {"vs10001": 1, "vs10003": 1}).holds
    assert check_destroyed(planned(), before, {"vs10003": 1}).what == "vs10001"


def test_two_servers_with_one_identity_are_told() -> None:
    assert check_identities([live(1, key="web"), live(2, key="db"), live(3)]).holds
    assert check_identities([live(1, key="web"), live(2, key="web")]).what == "shop/web"


def test_of_many_names_a_few_are_shown() -> None:
    before = {f"vs{number}": 1 for number in range(20001, 20011)}
    what = check_untouched(planned(), before, {}).what
    assert what.endswith("and 5 more")


def test_the_end_state_has_every_server_that_is_touched() -> None:
    after = (live(10001, key="web", memory_gb=8), live(10003))
    found = {server.key: server.live for server in find_end_state(planned(), after)}
    assert found["gone"] is None
    assert found["web"] is not None
    assert found["web"].memory_gb == 8


def test_a_server_that_is_created_is_found_by_its_tags() -> None:
    built, _ = plan(stack(spec("web", **COMPLETE)), account())
    (server,) = find_end_state(wrap(built), (live(10009, key="web"),))
    assert server.live is not None
    assert server.live.hostname == "vs10009"
