"""`--allow`: a plan with anything else is held."""

import pytest

from ccloud_apply.errors import UsageError
from ccloud_apply.model.diagnostic import Severity
from ccloud_apply.model.results.plan import (
    ACCOUNT,
    AccountChange,
    Action,
    FieldChange,
    Plan,
    ServerPlan,
    StackPlan,
)
from ccloud_apply.plan.classes import classes_of
from ccloud_apply.workflows.planning.allow import hold_disallowed, parse_allowed


def server(
    action: Action, *fields: str, has_downtime: bool = False, losing: str = "", step: str = ""
) -> ServerPlan:
    return ServerPlan(
        key="web-1",
        hostname="vs10001",
        action=action,
        changes=tuple(
            FieldChange(
                field=name,
                before=1,
                after=2,
                is_destructive=name == losing,
                forces_replace=name == "image",
            )
            for name in fields
        ),
        steps=(step,) if step else (),
        has_downtime=has_downtime,
    )


def plan(*servers: ServerPlan) -> Plan:
    return Plan(stacks=(StackPlan(stack="web", path="web.yaml", servers=servers),))


def test_without_the_option_everything_is_allowed() -> None:
    assert parse_allowed(None) is None
    assert hold_disallowed(plan(server(Action.DESTROY)), None) == ()


def test_an_empty_list_allows_nothing() -> None:
    allowed = parse_allowed("")
    assert allowed == frozenset()
    assert len(hold_disallowed(plan(server(Action.CREATE)), allowed)) == 1


def test_an_unknown_class_suggests_the_one_that_was_meant() -> None:
    with pytest.raises(UsageError) as caught:
        parse_allowed("create,updates")
    assert "updates" in caught.value.message
    assert caught.value.hint == 'did you mean "update"?'


def test_a_held_plan_names_server_and_class_and_is_no_error() -> None:
    (held,) = hold_disallowed(plan(server(Action.REPLACE)), parse_allowed("create, update"))
    assert held.severity is Severity.HELD
    assert held.where == "web-1 (vs10001)"
    assert '"replace"' in held.what
    assert held.hint == "--allow create,update,replace"


@pytest.mark.parametrize("old", ["create,update,replace", "reinstall", "destroy", "replace"])
def test_a_redeploy_needs_reinstall_and_destroy_and_its_hint_names_both(old: str) -> None:
    redeployed = server(Action.REINSTALL, "image", losing="image", step="web-1/redeploy")
    held = hold_disallowed(plan(redeployed), parse_allowed(old))
    assert held
    for diagnostic in held:
        allowed = parse_allowed(diagnostic.hint.removeprefix("--allow "))
        assert hold_disallowed(plan(redeployed), allowed) == ()


def test_a_change_of_the_account_itself_is_an_update() -> None:
    change = AccountChange(changes=(FieldChange(field="addons.report", after=1),), steps=("a",))
    org = Plan(stacks=(StackPlan(stack="org", path="org.yaml", account=change),))
    assert hold_disallowed(org, parse_allowed("update")) == ()
    (held,) = hold_disallowed(org, parse_allowed("create"))
    assert (held.where, held.hint) == (ACCOUNT, "--allow create,update")


def test_unchanged_servers_need_no_permission() -> None:
    assert hold_disallowed(plan(server(Action.UNCHANGED)), frozenset()) == ()


@pytest.mark.parametrize(
    ("value", "classes"),
    [
        (server(Action.UPDATE, "notes"), ("update",)),
        (server(Action.UNCHANGED, step="web-1/start"), ("update",)),
        (server(Action.UPDATE, "cores", has_downtime=True), ("update", "downtime")),
        (server(Action.ADOPT, "tags"), ("adopt",)),
        (server(Action.ADOPT, "tags", "memory"), ("adopt", "update")),
        (server(Action.REPLACE, "image", has_downtime=True), ("replace",)),
        (server(Action.DESTROY, has_downtime=True), ("destroy",)),
        (server(Action.CREATE, "cores"), ("create",)),
        (server(Action.UPDATE, "disks.2", losing="disks.2"), ("update", "destroy")),
        (
            server(Action.ADOPT, "disks.2", losing="disks.2", has_downtime=True),
            ("adopt", "update", "downtime", "destroy"),
        ),
        (server(Action.REPLACE, "pool", "disks.2", losing="disks.2"), ("replace",)),
        (
            server(Action.REINSTALL, "image", losing="image", step="web-1/redeploy"),
            ("reinstall", "destroy"),
        ),
        (
            server(Action.REINSTALL, "memory", "image", losing="image", step="web-1/redeploy"),
            ("reinstall", "destroy", "update"),
        ),
    ],
)
def test_the_classes_of_a_server(value: ServerPlan, classes: tuple[str, ...]) -> None:
    assert classes_of(value) == classes
