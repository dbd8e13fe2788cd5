"""Plans as text: compared with files that were read and found pleasant."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply import __version__
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import Action, Plan, ServerPlan
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.plan.text import render_plan
from tests.conftest import ROOT
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless, without_colours
from tests.support.render.plans import PLANS, change, create_step, created, plan_of, step, unchanged
from tests.support.render.strategies import plans

CASES = ROOT / "tests" / "cases" / "render"
COLOURED = Style(is_coloured=True)

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_reads_as_in_its_file(name: str) -> None:
    text = render_plan(PLANS[name]()).replace(__version__, "VERSION")
    assert text == (CASES / f"plan_{name}.txt").read_text("utf-8")


def test_the_steps_are_shown_where_they_are_asked_for() -> None:
    expected = (CASES / "plan_all_actions_steps.txt").read_text("utf-8")
    text = render_plan(PLANS["all_actions"](), show_steps=True)
    assert text.replace(__version__, "VERSION") == expected


def test_colours_are_as_in_their_file() -> None:
    expected = (CASES / "plan_all_actions_coloured.txt").read_text("utf-8")
    text = render_plan(PLANS["all_actions"](), COLOURED)
    assert text.replace(__version__, "VERSION") == expected


@thorough
@given(plans)
def test_no_text_of_others_can_harm_the_reader(plan: Plan) -> None:
    assert_harmless(render_plan(plan, show_steps=True))


@thorough
@given(plans)
def test_colours_add_nothing_but_colours(plan: Plan) -> None:
    plain = render_plan(plan, show_steps=True)
    assert without_colours(render_plan(plan, COLOURED, show_steps=True)) == plain
    assert render_plan(plan, show_steps=True) == plain


def test_every_destroyed_server_is_named_in_its_own_line_and_before_the_counts() -> None:
    gone = [
        ServerPlan(key=f"k{i}", hostname=f"vs{i}", action=Action.DESTROY, steps=("x",))
        for i in range(30)
    ]
    lines = render_plan(plan_of(*gone)).splitlines()
    for server in gone:
        assert f"  - {server.key} ({server.hostname}) will be DESTROYED with all its data" in lines
    assert lines[-2].startswith("! DESTROYS 30 servers with all data: k0 (vs0), ")
    assert lines[-2].endswith(" and 10 more")


def test_alike_servers_are_one_block() -> None:
    alike = [created(f"web-{i}") for i in range(1, 4)]
    assert "+ web-1 and web-2 (2 servers) will be created" in render_plan(plan_of(*alike[:2]))
    assert "+ web-1 … web-3 (3 servers) will be created" in render_plan(plan_of(*alike))


def test_a_server_that_differs_in_a_field_stands_beside_the_group_of_the_others() -> None:
    alike = [created(f"web-{i}") for i in range(1, 8)]
    alike[3] = created("web-4", memory=16)
    text = render_plan(plan_of(*alike))
    assert "+ web-1 … web-3, web-5 … web-7 (6 servers) will be created" in text
    assert "+ web-4 will be created" in text


def test_a_value_that_holds_the_key_is_folded_with_the_key_as_a_placeholder() -> None:
    alike = [created(k, notes=f"I am {k}\nand {k}9 is not me") for k in ("a", "b", "c")]
    text = render_plan(plan_of(*alike))
    assert text.count("will be created") == 3  # the second line differs by more than the key
    alike = [created(k, notes=f"I am {k}\nhere") for k in ("a", "b", "c")]
    assert "| I am ${key}" in render_plan(plan_of(*alike))


def test_equal_values_are_shown_as_they_are_although_they_hold_a_key() -> None:
    alike = [created(k, description="x") for k in ("x", "y", "z")]
    text = render_plan(plan_of(*alike[1:], created("w", description="x")))
    assert "+ description  x\n" in text


@pytest.mark.parametrize("action", [Action.REPLACE, Action.REINSTALL, Action.DESTROY])
def test_what_loses_data_is_never_folded(action: Action) -> None:
    several = [
        ServerPlan(key=f"k-{i}", hostname=f"vs{i}", action=action, steps=("x",)) for i in range(5)
    ]
    text = render_plan(plan_of(*several))
    assert all(f"k-{i} (vs{i}) will be" in text for i in range(5))


def test_adopted_servers_are_a_run_only_where_their_hostnames_are_one_too() -> None:
    pairs = [("k-1", "vs1"), ("k-2", "vs2"), ("k-3", "vs3"), ("k-4", "vs9"), ("k-5", "vs8")]
    several = [
        ServerPlan(key=key, hostname=hostname, action=Action.ADOPT, steps=("x",))
        for key, hostname in pairs
    ]
    text = render_plan(plan_of(*several))
    assert "k-1 (vs1) … k-3 (vs3), k-4 (vs9), k-5 (vs8) (5 servers) will be adopted" in text


def test_a_sensitive_value_is_never_shown() -> None:
    secret = change("password", "hunter1", "hunter2", is_sensitive=True)
    server = ServerPlan(key="web", hostname=None, action=Action.UPDATE, changes=(secret,))
    text = render_plan(plan_of(server))
    assert "hunter" not in text
    assert "~ password  (sensitive value)" in text


def test_data_loss_on_a_server_that_stays_stands_next_to_the_counts() -> None:
    disk = change("disks.2", 20, None, is_destructive=True)
    server = ServerPlan(
        key="web", hostname="vs1", action=Action.UPDATE, changes=(disk,), steps=("web/disk",)
    )
    delete = step("web/disk", "delete disk", "DELETE", "/x", is_destructive=True)
    lines = render_plan(plan_of(server, steps=(delete,))).splitlines()
    assert "      - disks.2  20 GB -> (none)  # destroys data" in lines
    assert "      ! DESTROYS DATA: delete disk" in lines
    assert lines[-2] == "! DESTROYS DATA on 1 server: web (vs1)"
    assert lines[-1].endswith("; 0 unchanged; 1 server loses data.")


def test_a_snapshot_that_is_deleted_is_said_and_no_data_loss() -> None:
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, steps=("web/old",))
    delete = step("web/old", "delete snapshot old", "DELETE", "/x", is_destructive=True)
    lines = render_plan(plan_of(server, steps=(delete,))).splitlines()
    assert "      ! DELETES SNAPSHOTS: delete snapshot old" in lines
    assert lines[-2] == "! DELETES SNAPSHOTS of 1 server: web (vs1)"
    assert lines[-1].endswith("; 0 unchanged.")


def test_servers_of_a_fold_that_share_a_custom_name_show_it_once() -> None:
    alike = [created(f"web-{i}", custom_name="web", memory=i // 9) for i in range(1, 5)]
    alike = [replace(s, changes=(*s.changes, change("notes", after=s.key))) for s in alike]
    assert "+ custom_name  web\n" in render_plan(plan_of(*alike))


def test_a_downtime_without_a_known_step_is_still_told() -> None:
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, has_downtime=True)
    assert "      ! DOWNTIME of unknown length\n" in render_plan(plan_of(server))


def test_no_stacks_are_said_to_be_none() -> None:
    assert render_plan(Plan()) == "No stacks.\n"


def test_a_fleet_of_ten_thousand_is_one_block() -> None:
    keys = [f"node-{i}" for i in range(10_000)]
    plan = plan_of(
        *(created(key, custom_name=f"the {key}") for key in keys),
        *unchanged(10),
        steps=tuple(map(create_step, keys)),
    )
    text = render_plan(plan)
    assert text.count("\n") < 20
    assert "+ node-0 … node-9999 (10,000 servers) will be created" in text


def test_many_stacks_without_changes_share_a_line_unless_all_is_asked_for() -> None:
    (calm,) = plan_of(*unchanged(1)).stacks
    (changed,) = plan_of(created("b"), steps=(create_step("b"),)).stacks
    stacks = tuple(replace(calm, stack=f"s{n}") for n in range(30))
    plan = Plan(stacks=(*stacks[:15], replace(changed, stack="web"), *stacks[15:]))
    text = render_plan(plan)
    assert "No changes. The account matches 30 stacks (30 servers): s0, s1, " in text
    assert "s9 and 20 more." in text
    assert "Stack web" in text
    assert text.count("No changes.") == 1
    assert render_plan(plan, is_full=True).count("No changes. The account matches s") == 30
    told = Diagnostic(code="x", what="said", severity=Severity.WARNING)
    warned = replace(stacks[0], warnings=(told,))
    assert "said" in render_plan(Plan(stacks=(*stacks, warned)))
    few = render_plan(Plan(stacks=stacks[:20]))
    assert few.count("No changes.") == 20
