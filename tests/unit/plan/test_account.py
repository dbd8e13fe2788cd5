"""What a stack says of the account itself: only what is named, and every part by itself."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.declared.stack import AccountSpec, Declared, Stack
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.live.account import Account, Subscription
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.model.results.plan import ACCOUNT, Action, Plan, Resource
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.matching.select import match_account
from ccloud_apply.plan.reads import wanted
from ccloud_apply.plan.views.drift import as_compared
from ccloud_apply.plan.views.drift_since import keep_new
from ccloud_apply.render.drift.json_document import render_drift_json
from tests.support.builders import HERE, account, drift_of, errors, live, plan, spec, stack

MAIN = Subscription(id=2, name="S328100-001", display_name="Main")


def org(addons: dict[str, int] | None = None, names: dict[str, str] | None = None) -> Stack:
    return replace(
        stack(name="org"),
        account=AccountSpec(
            addons={name: Declared(count, HERE) for name, count in (addons or {}).items()},
            subscriptions={name: Declared(text, HERE) for name, text in (names or {}).items()},
        ),
    )


def lives(addons: dict[str, int] | None = None, *subscriptions: Subscription) -> Account:
    return replace(account(), customer_addons=addons or {}, subscriptions=subscriptions)


@pytest.mark.parametrize(
    ("declared", "there", "expected"),
    [
        ({"report": 1}, {"report": 1, "other": 3}, None),
        ({"report": 0}, {"other": 3}, None),
        ({"report": 1}, {}, ("PUT", "/ccloud/customers/addons/report", {"count": 1})),
        ({"report": 2}, {"report": 1}, ("PUT", "/ccloud/customers/addons/report", {"count": 2})),
        ({"report": 0}, {"report": 1}, ("DELETE", "/ccloud/customers/addons/report", None)),
    ],
)
def test_an_addon_becomes_the_documented_request(
    declared: dict[str, int], there: dict[str, int], expected: Any
) -> None:
    built, _ = plan(org(declared), lives(there))
    found = [(step.method, step.path, step.body) for step in built.steps]
    assert found == ([] if expected is None else [expected])
    assert built.servers == ()
    (server,) = built.entries
    assert (server.key, server.hostname) == (ACCOUNT, None)
    assert server.action is (Action.UNCHANGED if expected is None else Action.UPDATE)
    assert [step.id for step in built.steps] == list(server.steps)


def test_a_subscription_is_named_by_its_number() -> None:
    built, _ = plan(org(names={"S328100-001": "Other"}), lives({}, MAIN))
    (step,) = built.steps
    assert (step.method, step.path) == ("PUT", "/ccloud/subscriptions/2/customname")
    assert step.body == {"display_name": "Other"}
    assert built.account is not None
    (change,) = built.account.changes
    assert (change.field, change.before, change.after) == (
        "subscriptions.S328100-001",
        "Main",
        "Other",
    )
    assert plan(org(names={"S328100-001": "Main"}), lives({}, MAIN))[0].steps == ()


def test_a_subscription_that_there_is_not_is_an_error_that_names_those_there_are() -> None:
    (found,) = errors(org(names={"S9": "x"}), lives({}, MAIN))
    assert (found.code, found.where) == ("subscription-unknown", "account.subscriptions.S9")
    assert "it has S328100-001" in found.what


@pytest.mark.parametrize(
    ("desired", "options", "expected"),
    [
        (org({"report": 1}), PlanOptions(), {"list_customer_addons"}),
        (org(names={"S": "x"}), PlanOptions(), {"list_subscriptions"}),
        (org(), PlanOptions(), set()),
        (stack(spec(cores=2)), PlanOptions(), set()),
        (org({"report": 1}), PlanOptions(is_destroy=True), set()),
        (org({"report": 1}), PlanOptions(target=("web",)), set()),
    ],
)
def test_only_what_is_declared_is_read(
    desired: Stack, options: PlanOptions, expected: set[str]
) -> None:
    assert wanted(match_account([desired], Account(), options), options) == ALWAYS.union(
        map(Read, expected)
    )


def test_a_stack_without_it_has_no_account_in_its_plan() -> None:
    built, _ = plan(stack(spec(cores=2)), account(live(key="web")))
    assert [server.key for server in built.entries] == ["web"]


def test_two_stacks_that_say_different_things_are_an_error() -> None:
    one = org({"report": 1})
    other = replace(org({"report": 2}), name="two")
    built, (found,) = build_plan([one, other], lives({"report": 1}), PlanOptions())
    assert built is None
    assert (found.code, found.where) == ("account-shared", "account.addons.report")
    same = replace(org({"report": 1}), name="two")
    assert build_plan([one, same], lives({"report": 1}), PlanOptions())[1] == ()


def test_a_document_lists_the_account_last_and_reads_it_back_as_no_server() -> None:
    desired = replace(org({"report": 1}), servers=(spec(cores=4),))
    built, _ = plan(desired, replace(lives(), servers=(live(key="web", stack="org"),)))
    document = encode_plan(Plan(stacks=(built,)))
    assert [entry["key"] for entry in document["stacks"][0]["servers"]] == ["web", ACCOUNT]
    (read,) = decode_plan(document).stacks
    assert [server.key for server in read.servers] == ["web"]
    assert (read.account, read.summary["update"]) == (built.account, 2)
    assert [step.resource for step in read.steps] == [Resource.SERVER, Resource.ACCOUNT]


def test_drift_of_the_account_is_told_apart_from_that_of_servers_and_once_with_since() -> None:
    desired = replace(org({"report": 1}), servers=(spec(cores=4),))
    there = replace(lives(), servers=(live(key="web", stack="org"),))
    report, _ = drift_of([as_compared(desired)], there)
    assert report is not None
    (drift,) = report.stacks
    assert [change.field for change in drift.account] == ["addons.report"]
    assert [server.key for server in drift.drifted] == ["web"]
    assert [entry.key for entry in drift.entries] == [ACCOUNT, "web"]
    earlier = json.loads(render_drift_json(report))
    (new,) = keep_new(report, earlier).stacks
    assert (new.account, new.drifted, new.has_drift) == ((), (), False)
