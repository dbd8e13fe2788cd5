"""When a saved plan still fits, and what it says when it does not."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ccloud_apply.model.declared.reference import Hole, Reference, Template
from ccloud_apply.model.declared.stack import AccountSpec, Declared, Stack
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.live.account import Account, LiveAdapter, Schedule
from ccloud_apply.model.live.addresses import Addresses
from ccloud_apply.model.live.catalog import Snapshot
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.fingerprint import (
    StaleServer,
    build_fingerprint,
    compare_plans,
    find_overdue,
    restrict_plan,
)
from tests.support.builders import COMPLETE, HERE, READ_AT, account, live, spec, stack

DESIRED = stack(spec("web", memory=8), spec("db", cores=2))
WEB, DB = live(1, key="web"), live(2, key="db")


def built(desired: Stack, lives: Account) -> Plan:
    found, diagnostics = build_plan([desired], lives, PlanOptions(has_fingerprints=True))
    assert found is not None, diagnostics
    return found


SAVED = built(DESIRED, account(WEB, DB))


def test_the_same_account_and_stack_fit() -> None:
    assert compare_plans(SAVED, built(DESIRED, account(WEB, DB))) == ()


def test_a_changed_fact_of_a_touched_server_is_named() -> None:
    changed = replace(WEB, notes="somebody wrote this")
    assert compare_plans(SAVED, built(DESIRED, account(changed, DB))) == (
        StaleServer("shop/web (vs1): notes changed since the plan", "vs1"),
    )


def test_a_plan_file_that_lost_the_facts_of_a_touched_server_does_not_fit() -> None:
    stripped = replace(SAVED, stacks=tuple(replace(s, fingerprints={}) for s in SAVED.stacks))
    assert compare_plans(stripped, built(DESIRED, account(WEB, DB))) == (
        StaleServer("shop/web (vs1): the plan does not say what the server was like", "vs1"),
    )


def test_a_change_elsewhere_in_the_account_is_no_matter() -> None:
    other = replace(DB, notes="x")
    fresh = built(DESIRED, account(WEB, other, live(3, notes="new")))
    assert compare_plans(SAVED, fresh) == ()


def test_drift_of_a_server_that_the_plan_does_not_touch_is_left_out_of_it() -> None:
    fresh = built(DESIRED, account(WEB, replace(DB, cores=9)))
    assert compare_plans(SAVED, fresh) == ()
    (restricted,) = restrict_plan(fresh, SAVED).stacks
    assert [step.id for step in restricted.steps] == ["web/memory"]


def test_a_changed_stack_file_makes_it_stale() -> None:
    fresh = built(stack(spec("web", memory=9), spec("db", cores=2)), account(WEB, DB))
    assert compare_plans(SAVED, fresh) == (
        StaleServer("shop/web (vs1): the plan for it has changed: memory", "vs1"),
    )


def test_a_server_that_is_there_already_makes_its_create_stale() -> None:
    desired = stack(spec("web", **COMPLETE))
    create = built(desired, account())
    assert compare_plans(create, built(desired, account(WEB))) == (
        StaleServer("shop/web: the plan says create, now it is unchanged", "vs1"),
    )


def test_a_snapshot_schedule_that_ran_in_the_meantime_is_no_matter() -> None:
    def scheduled(hour: int) -> Account:
        run = Schedule(frequency=1, next_run=datetime(2027, 3, 1, hour))  # noqa: DTZ001
        return account(live(1, key="web", schedule=run), DB)

    saved = built(DESIRED, scheduled(11))
    assert compare_plans(saved, built(DESIRED, scheduled(12))) == ()


FILES: dict[str, Any] = {"user_data": {"file": "ci.cfg"}, "password": {"file": "secret.txt"}}
CREATE = built(stack(spec("web", **COMPLETE, **FILES), spec("db", cores=2)), account(DB))


def sending(**contents: str) -> Plan:
    (only,) = CREATE.stacks
    return replace(CREATE, stacks=(replace(only, contents={"ci.cfg": "sha256:1", **contents}),))


def test_the_same_contents_fit_and_those_of_files_that_are_not_sent_are_no_matter() -> None:
    assert compare_plans(sending(), sending(**{"other.cfg": "sha256:9"})) == ()


def test_a_file_with_other_contents_makes_it_stale_and_is_named() -> None:
    fresh = sending(**{"ci.cfg": "sha256:2"})
    assert compare_plans(sending(), fresh) == (
        StaleServer("shop: the file ci.cfg changed since the plan"),
    )


def test_contents_that_one_of_both_does_not_know_are_never_the_same() -> None:
    assert compare_plans(CREATE, sending()) == (
        StaleServer("shop: the plan does not say what the file ci.cfg held"),
    )
    assert compare_plans(sending(), CREATE) != ()
    assert compare_plans(CREATE, CREATE) != ()


def from_template(text: str, *keys: str, secret: str = "CCLOUD_SECRET_T") -> Plan:
    """A plan in which these servers get a text from one template, with its digest."""
    secrets = (("T", Reference("env", secret, "shop.yaml", is_secret=True)),)
    desired = stack(*(spec(key, **COMPLETE) for key in keys))
    (only,) = built(desired, account()).stacks
    template = Template("ci.tmpl", "shop.yaml", secrets, (text, Hole("T")))
    steps = tuple(replace(s, body={**s.body, "user_data": template}) for s in only.steps)
    contents = {f"ci.tmpl#{key}": template.digest for key in keys}
    return Plan(stacks=(replace(only, steps=steps, contents=contents),))


def saved_again(plan: Plan) -> Plan:
    """As it comes back from a file: without the texts."""
    (read,), (only,) = decode_plan(encode_plan(plan)).stacks, plan.stacks
    return replace(plan, stacks=(replace(read, contents=only.contents),))


def test_a_text_from_a_template_fits_as_long_as_it_is_the_same() -> None:
    saved = saved_again(from_template("a", "web", "db"))
    assert compare_plans(saved, from_template("a", "web", "db")) == ()
    (stale,) = compare_plans(saved, from_template("b", "web", "db"))
    assert stale.reason.startswith("shop: what the template ci.tmpl gives for ")
    assert stale.reason.endswith(" and 1 more changed since the plan")
    other = from_template("a", "web", "db", secret="CCLOUD_SECRET_OTHER")
    assert "its requests" in str(compare_plans(saved, other))


def test_a_text_whose_digest_one_of_both_does_not_know_is_never_the_same() -> None:
    known = from_template("a", "web")
    lost = replace(known, stacks=tuple(replace(s, contents={}) for s in known.stacks))
    for saved, fresh in ((lost, known), (known, lost), (lost, lost)):
        assert "gives for web changed" in str(compare_plans(saved, fresh))


def test_the_order_of_tags_is_no_fact() -> None:
    tagged = replace(WEB, tags=("a", *WEB.tags))
    assert build_fingerprint(tagged) == build_fingerprint(replace(WEB, tags=(*WEB.tags, "a")))
    assert build_fingerprint(tagged) != build_fingerprint(WEB)


def test_a_snapshot_that_was_taken_in_the_meantime_is_no_fact() -> None:
    before, after = (live(1, key="web", snapshots=s) for s in ((), (Snapshot(id="1"),)))
    assert build_fingerprint(before) == build_fingerprint(after)


def changed(saved: Plan, **values: Any) -> Plan:
    """The plan with other values in its only step."""
    (only,) = saved.stacks
    (step,) = only.steps
    return replace(saved, stacks=(replace(only, steps=(replace(step, **values),)),))


@pytest.mark.parametrize("values", [{"closes": "web/off"}, {"needs": ("web/off",)}])
def test_the_order_of_the_requests_was_approved_too(values: dict[str, Any]) -> None:
    assert compare_plans(changed(SAVED, **values), SAVED) == (
        StaleServer("shop/web (vs1): the plan for it has changed: its requests", "vs1"),
    )


def test_a_value_that_was_hidden_from_the_reviewer_was_not_approved() -> None:
    (only,) = SAVED.stacks
    (web, *others) = only.servers
    hidden = tuple(replace(change, is_sensitive=True) for change in web.changes)
    servers = (replace(web, changes=hidden), *others)
    saved = replace(SAVED, stacks=(replace(only, servers=servers),))
    assert compare_plans(saved, SAVED) == (
        StaleServer("shop/web (vs1): the plan for it has changed: memory", "vs1"),
    )


DEPENDING = stack(spec("web", memory=8, depends_on=("db",)), spec("db", cores=4))


def test_what_was_done_since_is_no_longer_waited_for() -> None:
    """The plan is for web alone: db was as declared then, or is by now."""
    fresh = built(DEPENDING, account(WEB, DB))
    saved = built(DEPENDING, account(WEB, replace(DB, cores=4)))
    assert [step.needs for step in fresh.stacks[0].steps if step.server == "web"] == [("db/cores",)]
    assert compare_plans(saved, fresh) == ()
    (restricted,) = restrict_plan(fresh, saved).stacks
    assert [(step.id, step.needs) for step in restricted.steps] == [("web/memory", ())]


def test_the_account_is_left_out_of_a_plan_that_did_not_touch_it() -> None:
    addons = AccountSpec(addons={"report": Declared(1, HERE)})
    fresh = built(replace(DESIRED, account=addons), replace(account(WEB, DB), customer_addons={}))
    assert fresh.stacks[0].account is not None
    (restricted,) = restrict_plan(fresh, SAVED).stacks
    assert restricted.account is None


def test_an_address_that_came_or_went_is_no_change_of_the_plan() -> None:
    moved = replace(WEB, adapters=(LiveAdapter(id="a", addresses=("198.18.0.10",)),))
    fresh = built(DESIRED, account(moved, DB))
    assert fresh.stacks[0].servers[0].addresses == Addresses(ipv4=("198.18.0.10",))
    assert SAVED.stacks[0].servers[0].addresses is None
    assert compare_plans(SAVED, fresh) == ()


def test_a_customer_that_the_list_tells_now_is_no_change_of_the_server() -> None:
    assert build_fingerprint(WEB) == build_fingerprint(replace(WEB, customer_id="K1"))


def test_a_server_whose_wait_is_over_before_it_begins_is_not_retired() -> None:
    saved = built(DESIRED, account(WEB, DB, live(3, key="old", tags=("retire-after:7d",))))
    day = READ_AT.date() + timedelta(days=7)
    assert find_overdue(saved, day - timedelta(days=1)) == ()
    assert find_overdue(saved, day) == (
        StaleServer(f"shop/old would be retired until {day}, which has come", "vs3"),
    )


def test_a_retired_server_with_another_day_by_now_makes_its_end_stale() -> None:
    def old(day: str, state: str) -> Account:
        return account(WEB, DB, live(3, key="old", tags=(f"retire:{day}",), state=state))

    saved = built(DESIRED, old("2027-01-01", "Off"))
    (stale,) = compare_plans(saved, built(DESIRED, old("2027-09-01", "Off")))
    assert stale.reason == "shop/old (vs3): the plan says destroy, now it is unchanged"
