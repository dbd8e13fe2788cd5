"""GitLab's terraform report: three numbers, as its own parser wants them."""

import json
from dataclasses import replace

from hypothesis import given

from ccloud_apply.model.results.plan import Action, FieldChange, Plan, ServerPlan
from ccloud_apply.render.plan.gitlab import render_plan_gitlab
from tests.support.render.plans import plan_of
from tests.support.render.strategies import plans


def report(plan: Plan) -> dict[str, int]:
    text = render_plan_gitlab(plan)
    assert text.count("\n") == 1
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def server(action: Action, *, steps: tuple[str, ...] = ("x",)) -> ServerPlan:
    return ServerPlan(key=action.value, hostname="vs1", action=action, steps=steps)


def test_a_replaced_server_counts_as_deleted_and_as_created() -> None:
    plan = plan_of(*map(server, Action))
    assert report(plan) == {"create": 3, "update": 6, "delete": 3}


def test_a_server_that_stays_and_loses_data_counts_as_replaced_and_only_once() -> None:
    disk = FieldChange(field="disks.2", before=20, is_destructive=True)
    image = FieldChange(field="image", before="a", after="b", is_destructive=True)
    losing = replace(server(Action.UPDATE), changes=(disk,))
    assert report(plan_of(losing)) == {"create": 1, "update": 0, "delete": 1}
    redeployed = replace(server(Action.REINSTALL, steps=("reinstall/redeploy",)), changes=(image,))
    assert report(plan_of(redeployed)) == {"create": 1, "update": 0, "delete": 1}
    assert report(plan_of(losing, redeployed, server(Action.UPDATE))) == {
        "create": 2,
        "update": 1,
        "delete": 2,
    }


def test_a_server_that_is_not_compared_counts_as_updated_although_it_has_no_step() -> None:
    plan = plan_of(server(Action.UNCHANGED, steps=()), server(Action.NOT_COMPARED, steps=()))
    assert report(plan) == {"create": 0, "update": 1, "delete": 0}


def test_nothing_to_do_is_three_zeros() -> None:
    assert report(plan_of(server(Action.UNCHANGED, steps=()))) == dict.fromkeys(
        ("create", "update", "delete"), 0
    )
    assert report(Plan()) == {"create": 0, "update": 0, "delete": 0}


def test_all_stacks_are_counted() -> None:
    plan = plan_of(server(Action.CREATE))
    both = Plan(stacks=(*plan.stacks, *plan_of(server(Action.DESTROY)).stacks))
    assert report(both) == {"create": 1, "update": 0, "delete": 1}


@given(plans)
def test_no_plan_gives_anything_but_the_three_numbers(plan: Plan) -> None:
    found = report(plan)
    assert list(found) == ["create", "update", "delete"]
    assert all(isinstance(number, int) and number >= 0 for number in found.values())
