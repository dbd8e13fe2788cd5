"""Which servers a plan does not compare, and what follows for the others."""

from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.declared.stack import AccountSpec, Declared, Lifecycle, Release
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.live.account import Account, LiveServer, Subscription, Task
from ccloud_apply.model.live.read import Read
from ccloud_apply.model.results.plan import ACCOUNT, Action, Plan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.cost.shapes import find_priced
from ccloud_apply.plan.fingerprint import compare_plans, restrict_plan
from ccloud_apply.plan.matching.select import match_account
from ccloud_apply.plan.reads import wanted
from ccloud_apply.plan.views.rehearsal_scope import limit_to_known, tell_unknown
from tests.support.builders import (
    COMPLETE,
    HERE,
    account,
    live,
    only_server,
    plan,
    spec,
    stack,
    why_not_compared,
    wrap,
)

RUNNING = Task(id=7, action="resize-server", status="processing", hostname="vs10001")
BUSY = "vs10001 is busy with task 7 (resize-server)"
REFUSED = {"list_server_disks": "list disks (GET /ccloud/servers/vs10001/disks): 403: Forbidden."}


def unreadable(server: LiveServer) -> LiveServer:
    return replace(server, unread=REFUSED)


def built(*servers: Any, lives: Account, **options: Any) -> Plan:
    found, diagnostics = build_plan([stack(*servers)], lives, PlanOptions(**options))
    assert found is not None, diagnostics
    return found


def actions(found: Plan) -> dict[str, str]:
    return {server.key: server.action.value for one in found.stacks for server in one.servers}


def test_a_busy_server_is_not_read_and_none_of_its_fields_is_an_error() -> None:
    desired = stack(spec(disks=[20, 30], pool="another"))
    lives = account(live(key="web"), tasks=(RUNNING,))
    assert why_not_compared(desired, lives) == BUSY
    matched = match_account([desired], lives, PlanOptions())
    assert not {read for read in wanted(matched, PlanOptions()) if read.hostname}


def test_a_read_that_failed_for_a_server_leaves_that_server_alone() -> None:
    lives = account(unreadable(live(key="web")), live(10002, key="db"))
    found = built(spec(memory=8), spec("db", memory=8), lives=lives)
    (web, db) = found.stacks[0].servers
    assert web.why == "list disks (GET /ccloud/servers/vs10001/disks): 403: Forbidden"
    assert not web.is_busy
    assert (db.action, db.steps) == (Action.UPDATE, ("db/memory",))


def test_nothing_is_destroyed_or_replaced_of_which_a_read_has_failed() -> None:
    lives = account(unreadable(live(key="web")))
    assert actions(built(spec("db", **COMPLETE), lives=lives))["web"] == "not_compared"
    assert actions(built(spec(), lives=lives, is_destroy=True)) == {"web": "not_compared"}
    replacing = spec(
        **{**COMPLETE, "type": "managed"}, lifecycle=Lifecycle(on_create_only_change="replace")
    )
    assert actions(built(replacing, lives=account(live(key="web")))) == {"web": "replace"}
    assert actions(built(replacing, lives=lives)) == {"web": "not_compared"}


def test_a_server_that_goes_is_waited_for_while_it_is_busy_and_then_left() -> None:
    lives = account(live(key="web"), live(10002, key="db"), tasks=(RUNNING,))
    desired = (spec(), spec("db"))
    going = built(*desired, lives=lives, is_destroy=True).stacks[0].servers[0]
    assert (going.action, going.is_busy) == (Action.DESTROY, True)
    left = built(*desired, lives=lives, is_destroy=True, leaves_busy=True)
    assert actions(left) == {"web": "not_compared", "db": "destroy"}
    assert left.stacks[0].servers[0].why == BUSY


def test_what_others_depend_on_is_not_destroyed_before_them() -> None:
    lives = account(live(key="web"), live(10002, key="db"), tasks=(RUNNING,))
    desired = (spec(depends_on=("db",)), spec("db"))
    left = built(*desired, lives=lives, is_destroy=True, leaves_busy=True)
    assert left.stacks[0].servers[1].rests_on == ("web",)


def test_a_create_whose_predecessor_does_not_go_is_left() -> None:
    lives = account(live(key="web", is_deleting=True))
    assert only_server(stack(spec(**COMPLETE)), lives).action is Action.CREATE
    why = why_not_compared(stack(spec(**COMPLETE)), lives, leaves_busy=True)
    assert why == "vs10001, which has the same identity, is still being deleted"


def test_a_released_server_is_given_back_once_it_is_free() -> None:
    desired = replace(stack(), released=(Release(key="web", source=HERE),))
    lives = account(live(key="web"), tasks=(RUNNING,))
    server = only_server(desired, lives)
    assert (server.action, server.is_released, server.is_busy) == (Action.UPDATE, True, True)
    assert why_not_compared(desired, lives, leaves_busy=True) == BUSY
    assert not only_server(desired, lives, leaves_busy=True).is_released


def test_steps_of_a_server_say_on_what_they_rest() -> None:
    lives = account(live(key="web"), live(10002, key="db", is_building=True))
    found = built(spec(memory=8, depends_on=("db",)), spec("db"), lives=lives)
    assert found.stacks[0].servers[0].rests_on == ("db",)
    same = built(spec(depends_on=("db",)), spec("db"), lives=lives)
    assert same.stacks[0].servers[0].rests_on == ()


def test_a_plan_matches_only_if_everything_is_compared() -> None:
    there = built(spec(), lives=account(live(key="web")))
    unknown = built(spec(), lives=account(live(key="web", is_building=True)))
    going = built(lives=account(replace(live(key="web", is_building=True), hostname=None)))
    assert (there.matches, unknown.matches, going.matches) == (True, False, False)
    assert not any(found.has_changes for found in (there, unknown, going))
    assert unknown.summary["not_compared"] == 1
    assert decode_plan(encode_plan(unknown)) == unknown


def test_an_unknown_field_that_only_a_new_server_can_have_is_no_reason_for_the_whole_server() -> (
    None
):
    lives = account(live(key="web", os_name="Windows 3.11", memory_gb=None))
    desired = stack(spec(image="debian12_uefi"))
    assert only_server(desired, lives).action is Action.UNCHANGED
    server = only_server(stack(spec(image="debian12_uefi", memory=4)), lives)
    assert server.action is Action.NOT_COMPARED
    assert set(server.unknown) == {"image", "memory"}
    assert server.why == "the API does not say which memory vs10001 has"


def test_no_field_of_a_server_that_is_not_compared_is_called_unchanged() -> None:
    lives = account(live(key="web"), tasks=(RUNNING,))
    server = only_server(stack(spec(**COMPLETE)), lives, has_unchanged=True)
    assert (server.action, server.unchanged) == (Action.NOT_COMPARED, {})


def test_a_create_only_field_that_is_ignored_is_not_called_unchanged() -> None:
    desired = spec(pool="another", notes=None, lifecycle=Lifecycle(on_create_only_change="ignore"))
    server = only_server(stack(desired), account(live(key="web")), has_unchanged=True)
    assert (server.action, server.unchanged) == (Action.UNCHANGED, {"notes": None})
    assert server.live["pool"] == "pool_iw_ssd"


def test_a_server_that_is_not_compared_costs_what_it_costs() -> None:
    found = built(
        spec(),
        spec("db", memory=8),
        lives=account(live(key="web", is_building=True), live(10002, key="db")),
    )
    assert [server.key for server in find_priced(found.stacks[0])] == ["web", "db"]


REPORT = AccountSpec(addons={"report": Declared(1, HERE)})
NAMES = AccountSpec(subscriptions={"S1": Declared("main", HERE)})


@pytest.mark.parametrize(
    ("declared", "facts", "why"),
    [
        (REPORT, {"unread": {"list_customer_addons": "403: Forbidden."}}, "403: Forbidden"),
        (NAMES, {"unread": {"list_subscriptions": "500"}}, "500"),
        (
            NAMES,
            {"subscriptions": (Subscription(id=1, name="S1", is_told=False),)},
            "the API does not say the display name of subscription S1",
        ),
    ],
)
def test_the_account_is_not_compared_where_it_is_not_told(
    declared: AccountSpec, facts: Any, why: str
) -> None:
    desired = replace(stack(spec(memory=8)), account=declared)
    found, _ = plan(desired, replace(account(live(key="web")), **facts))
    assert found.account is not None
    assert (found.account.action, found.account.why) == (Action.NOT_COMPARED, why)
    assert [step.id for step in found.steps] == ["web/memory"]
    assert decode_plan(encode_plan(wrap(found))).stacks[0].account == found.account


def test_the_account_is_compared_if_only_what_the_file_does_not_name_is_unknown() -> None:
    desired = replace(stack(), account=REPORT)
    lives = replace(account(), customer_addons={"report": 1}, unread={"list_subscriptions": "500"})
    found, _ = plan(desired, lives)
    assert found.account is not None
    assert found.account.action is Action.UNCHANGED


# Saved plans

WEB, DB = live(10001, key="web"), live(10002, key="db")
DESIRED = (spec(memory=8, depends_on=("db",)), spec("db", cores=4))
BUILDING = account(WEB, replace(DB, is_building=True))


def saved_while_building() -> Plan:
    return built(*DESIRED, lives=BUILDING, has_fingerprints=True)


def test_what_a_saved_plan_did_not_compare_stays_not_compared_if_it_differs() -> None:
    fresh = built(*DESIRED, lives=account(WEB, DB), has_fingerprints=True)
    saved = saved_while_building()
    assert compare_plans(saved, fresh) == ()
    left = restrict_plan(fresh, saved)
    (web, db) = left.stacks[0].servers
    assert (db.action, db.steps) == (Action.NOT_COMPARED, ())
    assert db.why.startswith("it was not compared when the plan was saved")
    assert web.rests_on == ("db",)
    assert [step.id for step in left.stacks[0].steps] == ["web/memory"]


def test_what_a_saved_plan_did_not_compare_is_equal_once_it_is() -> None:
    desired = (DESIRED[0], spec("db", cores=2))
    saved = built(*desired, lives=BUILDING, has_fingerprints=True)
    fresh = built(*desired, lives=account(WEB, DB), has_fingerprints=True)
    (web, db) = restrict_plan(fresh, saved).stacks[0].servers
    assert (db.action, web.rests_on) == (Action.UNCHANGED, ())


def test_a_server_that_was_approved_and_cannot_be_compared_now_makes_the_plan_stale() -> None:
    saved = built(*DESIRED, lives=account(WEB, DB), has_fingerprints=True)
    lives = account(WEB, DB, tasks=(RUNNING,))
    (stale,) = compare_plans(saved, built(*DESIRED, lives=lives, has_fingerprints=True))
    assert stale.reason == f"shop/web (vs10001) cannot be compared with the plan: {BUSY}"


def test_the_accounts_own_changes_are_approved_or_left() -> None:
    desired = replace(stack(spec(memory=8)), account=REPORT)
    lives = account(live(key="web"))
    options = PlanOptions(has_fingerprints=True)
    saved, _ = build_plan([desired], replace(lives, unread={"list_customer_addons": "x"}), options)
    fresh, _ = build_plan([desired], replace(lives, customer_addons={}), options)
    assert saved is not None
    assert fresh is not None
    left = restrict_plan(fresh, saved).stacks[0]
    assert left.account is not None
    assert left.account.action is Action.NOT_COMPARED
    assert all(step.server != ACCOUNT for step in left.steps)


# Rehearsals


def test_a_rehearsal_is_about_what_is_known() -> None:
    lives = account(WEB, replace(DB, is_building=True), live(10003, key="mail"))
    desired = stack(*DESIRED, spec("mail", cores=8))
    found, _ = build_plan([desired], lives, PlanOptions())
    assert found is not None
    (limited,), copied, known = limit_to_known([desired], lives, found)
    assert [one.key for one in limited.servers] == ["mail"]
    assert [server.hostname for server in copied.servers] == ["vs10003"]
    assert [step.id for step in known.stacks[0].steps] == ["mail/cores"]
    again, _ = build_plan([limited], copied, PlanOptions())
    assert again is not None
    assert again.stacks[0].steps == known.stacks[0].steps
    assert tell_unknown(found) == ("shop/web: rests on db", "shop/db: vs10002 is being built")


def test_reads_that_failed_are_not_asked_for_again() -> None:
    desired = stack(spec(disks=[50]))
    server = replace(unreadable(live(key="web")), parts={})
    known = frozenset({Read("list_server_disks", "vs10001")})
    lives = replace(account(server), known=known | {Read("list_servers"), Read("list_tasks")})
    matched = match_account([desired], lives, PlanOptions())
    assert wanted(matched, PlanOptions()) <= lives.known
