"""Names of subnets and VPCs: what they stand for in a create request, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from ccloud_apply.model.declared.stack import Lifecycle, ServerSpec
from ccloud_apply.model.live.account import Account
from ccloud_apply.model.live.catalog import Subnet, Vpc
from ccloud_apply.model.live.read import ALWAYS, Read
from ccloud_apply.model.results.plan import Action, Plan
from ccloud_apply.plan.build import PlanOptions, build_plan
from ccloud_apply.plan.fingerprint import compare_plans
from ccloud_apply.plan.matching.select import match_account
from ccloud_apply.plan.reads import wanted
from ccloud_apply.plan.views.rehearsal_copy import describe_account
from tests.support.builders import COMPLETE, account, live, spec, stack

V4 = Subnet(id=12, name="VLAN_708", type="IPv4", network="198.18.0.0", mask_bits=16)
V6 = Subnet(id=13, name="VLAN_708", type="IPv6")
OTHER = Subnet(id=14, name="VLAN_709", type="IPv4")
NAMELESS = Subnet(id=15, type="IPv4")
LAN = Vpc(id="7", name="lan", subnets=(OTHER, replace(V6, id=16)))
WIDE = Vpc(id="8", name="wide", subnets=(V4, OTHER))
SUBNETS, VPCS = (
    Read("list_subnets", is_optional=True),
    Read("list_vpcs", is_optional=True),
)


def known(*lives: Any, **values: Any) -> Account:
    facts = {"subnets": (V4, V6, OTHER, NAMELESS), "vpcs": (LAN, WIDE), **values}
    return replace(account(*lives), **facts)


def new(*subnets: Any, field: str = "subnets", **more: Any) -> ServerSpec:
    return spec(**{**COMPLETE, field: list(subnets)}, **more)


def plan(desired: ServerSpec, lives: Account, **options: Any) -> Plan:
    found, diagnostics = build_plan([stack(desired)], lives, PlanOptions(**options))
    assert found is not None, diagnostics
    return found


def sent(desired: ServerSpec, lives: Account, field: str = "subnets") -> Any:
    (step,) = plan(desired, lives, has_checks=False).stacks[0].steps
    return step.body.get(field)


def refused(desired: ServerSpec, lives: Account) -> list[tuple[str, str, str]]:
    found, diagnostics = build_plan([stack(desired)], lives, PlanOptions(has_checks=False))
    assert found is None
    return [(d.code, d.what, d.hint) for d in diagnostics if d.is_error]


@pytest.mark.parametrize(
    ("declared", "ids"),
    [
        (["VLAN_709"], [14]),
        (["VLAN_708"], [12, 13]),
        (["VLAN_709", 13], [14, 13]),
        ([12, "VLAN_708"], [12, 13]),
        (["lan"], [14, 16]),
        ([12, 99], [12, 99]),
    ],
)
def test_a_request_has_ids_each_once_in_the_order_of_the_file(
    declared: list[Any], ids: list[int]
) -> None:
    assert sent(new(*declared), known()) == ids
    assert sent(new(*declared, field="subnets_intern"), known(), "subnets_intern") == ids


def test_a_plan_shows_the_ids_and_says_which_name_they_are() -> None:
    (server,) = plan(new("VLAN_708"), known(), has_checks=False).stacks[0].servers
    (change,) = [one for one in server.changes if one.field == "subnets"]
    assert (change.after, change.note) == ([12, 13], "VLAN_708 is 12, 13")
    (server,) = plan(new(12), known(), has_checks=False).stacks[0].servers
    assert [one.note for one in server.changes if one.field == "subnets"] == [""]


def test_a_subnets_name_comes_before_that_of_a_vpc() -> None:
    both = known(vpcs=(Vpc(id="9", name="VLAN_709", subnets=(NAMELESS,)),))
    assert sent(new("VLAN_709"), both) == [14]


def test_a_name_that_nothing_has_is_refused_with_the_nearest_one() -> None:
    ((code, what, hint),) = refused(new("VLAN_7O9"), known())
    assert (code, what) == ("subnet-unknown", "no subnet and no VPC has the name VLAN_7O9")
    assert hint == 'did you mean "VLAN_709"? names: VLAN_709, VLAN_708, lan, wide'


def test_a_number_in_quotes_is_a_name_and_the_hint_says_so() -> None:
    ((_, _, hint),) = refused(new("12"), known())
    assert hint == "write 12 without quotes for the subnet of that id"


def test_an_account_without_names_says_so() -> None:
    ((_, _, hint),) = refused(new("lan"), known(subnets=(NAMELESS,), vpcs=()))
    assert hint == "this account has no subnet with a name"
    ((code, what, _),) = refused(new("lan"), known(vpcs=(Vpc(id="7", name="lan", subnets=()),)))
    assert (code, what) == ("subnet-unknown", "the VPC lan has no subnet")


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("VLAN_708", {"subnets": (V4, replace(V4, id=20))}, "the name VLAN_708 means 2 subnets"),
        ("wide", {}, "the VPC wide means 2 subnets: 12 (IPv4 198.18.0.0), 14 (IPv4)"),
        ("lan", {"vpcs": (LAN, replace(LAN, id="9"))}, "2 VPCs have the name lan: 7, 9"),
        ("x", {"subnets": (Subnet(id=1, name="x"), Subnet(id=2, name="x"))}, "means 2 subnets"),
    ],
)
def test_a_name_that_may_mean_several_is_refused(
    name: str, values: dict[str, Any], what: str
) -> None:
    ((code, told, hint),) = refused(new(name), known(**values))
    assert (code, hint) == ("subnet-ambiguous", "write the ids of the subnets that are meant")
    assert what in told


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"subnets": None, "unread": {"list_subnets": "403"}}, "403"),
        ({"vpcs": None, "unread": {"list_vpcs": "no answer"}}, "no answer"),
        ({"subnets": None}, "list_subnets was not read"),
        (
            {"vpcs": (Vpc(id="7", name="lan", subnets=None),)},
            "the API does not tell the subnets of this VPC",
        ),
    ],
)
def test_what_could_not_be_read_is_not_known_and_never_sent(
    values: dict[str, Any], why: str
) -> None:
    ((code, what, _),) = refused(new("lan"), known(**values))
    assert (code, what) == ("subnet-unread", f"it is not known which subnet lan is: {why}")


def test_all_servers_of_an_entry_have_one_error() -> None:
    twins = [replace(new("x"), key=f"web-{n}", base_key="web") for n in (1, 2, 3)]
    found, diagnostics = build_plan([stack(*twins)], known(), PlanOptions(has_checks=False))
    assert found is None
    assert [d.where for d in diagnostics if d.is_error] == ["servers.web.subnets[0]"]


def test_a_server_that_is_there_needs_no_meaning_of_its_names() -> None:
    there = plan(new("gone"), known(live(key="web"))).stacks[0].servers[0]
    assert there.action is Action.UNCHANGED


def test_a_server_that_is_replaced_gets_the_ids_and_the_plan_shows_them() -> None:
    lifecycle = Lifecycle(on_create_only_change="replace")
    moved = replace(new("VLAN_709", lifecycle=lifecycle))
    lives = known(live(key="web", pool="pool_old", snapshots=()))
    stacked = plan(moved, lives, has_checks=False).stacks[0]
    assert stacked.servers[0].action is Action.REPLACE
    bodies = [step.body for step in stacked.steps if step.operation_id == "create_server"]
    assert [body["subnets"] for body in bodies] == [[14]]
    shown = {change.field: change.note for change in stacked.servers[0].changes}
    assert shown["subnets"] == "VLAN_709 is 14"


def test_a_saved_plan_is_stale_once_a_name_means_another_subnet() -> None:
    saved = plan(new("VLAN_709"), known(), has_checks=False)
    assert compare_plans(saved, plan(new("VLAN_709"), known(), has_checks=False)) == ()
    renamed = known(subnets=(V4, V6, replace(OTHER, id=44)))
    (stale,) = compare_plans(saved, plan(new("VLAN_709"), renamed, has_checks=False))
    assert stale.reason == "shop/web: the plan for it has changed: subnets"


# What is read


def asked(desired: ServerSpec, lives: Account, **options: Any) -> set[Read]:
    """What is read for it, once the servers and images are known."""
    chosen = PlanOptions(**options)
    base = replace(lives, known=ALWAYS | {Read("list_os")})
    reads: set[Read] = set()
    while missing := wanted(match_account([stack(desired)], base, chosen), chosen) - base.known:
        reads |= missing
        base = replace(base, known=base.known | missing)
    return {read for read in reads if "subnet" in read.operation_id or "vpc" in read.operation_id}


def test_only_a_server_that_is_created_asks_what_its_names_mean() -> None:
    assert asked(new("VLAN_709"), known(live(key="web"))) == set()
    assert asked(new("VLAN_709"), known(subnets=None), has_checks=False) == {SUBNETS}


def test_vpcs_are_read_only_for_a_name_that_no_subnet_has() -> None:
    assert asked(new("VLAN_709"), known(vpcs=None), has_checks=False) == {SUBNETS}
    assert asked(new("lan"), known(vpcs=None), has_checks=False) == {SUBNETS, VPCS}


def test_no_check_that_is_left_out_keeps_a_name_from_being_read() -> None:
    every = frozenset({"CCA130", "CCA131", "CCA132", "CCA133"})
    assert asked(new("VLAN_709"), known(subnets=None), no_checks=every) == {SUBNETS}
    assert asked(new(14), known(subnets=None), no_checks=every) == set()


def test_the_addresses_of_a_subnet_are_read_where_servers_are_created_in_it() -> None:
    of_12 = Read("list_subnet_ips", subnet="12", is_optional=True)
    assert asked(new("VLAN_708"), known()) == {SUBNETS, of_12}
    assert asked(new(12), known()) == {SUBNETS, of_12}
    assert asked(new(14), known()) == {SUBNETS}  # of unknown size: no count says what is left
    assert asked(new(12), known(), no_checks=frozenset({"CCA133"})) == {SUBNETS}


def test_a_subnet_that_only_its_vpc_tells_is_known_to_the_checks() -> None:
    lives = known(subnets=(V4, NAMELESS))
    found, diagnostics = build_plan([stack(new("lan"))], lives, PlanOptions())
    assert found is not None, diagnostics
    (step,) = found.stacks[0].steps
    assert step.body["subnets"] == [14, 16]
    sized = replace(LAN, subnets=(replace(OTHER, network="10.0.0.0", mask_bits=24),))
    assert Read("list_subnet_ips", subnet="14", is_optional=True) in asked(
        new("lan"), replace(lives, vpcs=(sized,))
    )


@pytest.mark.parametrize(
    ("declared", "where"),
    [
        (["VLAN_708", 14], "servers.web.subnets[1]"),
        ([14, "VLAN_708"], "servers.web.subnets[1]"),
        (["VLAN_708", "lan"], "servers.web.subnets[1]"),
        (["VLAN_708", 99], "servers.web.subnets[1]"),
    ],
)
def test_a_check_names_the_entry_of_the_file_and_not_that_of_the_request(
    declared: list[Any], where: str
) -> None:
    found, diagnostics = build_plan([stack(new(*declared))], known(), PlanOptions())
    assert found is None
    assert {one.where for one in diagnostics if one.is_error} == {where}


def test_the_copy_of_a_rehearsal_has_the_subnets_that_only_a_vpc_tells() -> None:
    copy: Any = describe_account([], known(subnets=(V4,), vpcs=(LAN,)))
    found = {row["id"]: row["vpc"] for row in copy["catalogues"]["subnets"]}
    assert found == {14: "lan", 16: "lan", 12: None}
