"""Plans as Terraform's JSON: its rules, our counts, no secret, and real readers of it."""

import json
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply import __version__
from ccloud_apply.model.declared.ignored import IgnoredField
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.documents.decode import decode_plan
from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.results.plan import Action, FieldChange, Plan, ServerPlan, StackPlan
from ccloud_apply.render.plan.terraform.document import render_plan_terraform
from ccloud_apply.render.plan.terraform.names import module_address, server_address, split_name
from tests.conftest import ROOT
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless
from tests.support.render.plans import PATH, PLANS, change, created, plan_of
from tests.support.render.strategies import plans

CASES = ROOT / "tests" / "cases" / "render"
TOOLS = Path(sys.executable).parent

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))

_ACTIONS = (["create"], ["update"], ["delete"], ["delete", "create"], ["no-op"])


def document_of(plan: Plan) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render_plan_terraform(plan))
    return document


def changes_of(plan: Plan) -> dict[str, dict[str, Any]]:
    """The resource changes by the server's key."""
    found = document_of(plan)["resource_changes"]
    return {change.get("index", change["name"]): change for change in found}


def updated(*changes: FieldChange, action: Action = Action.UPDATE) -> dict[str, Any]:
    """The `change` of one live server."""
    server = ServerPlan(key="web", hostname="vs1", action=action, changes=changes)
    found: dict[str, Any] = changes_of(plan_of(server))["web"]["change"]
    return found


@pytest.mark.parametrize("name", ["all_actions", "first_create"])
def test_a_plan_is_as_in_its_file(name: str) -> None:
    expected = (CASES / f"plan_{name}.terraform.json").read_text("utf-8")
    text = json.dumps(document_of(PLANS[name]())).replace(__version__, "VERSION")
    assert json.loads(text) == json.loads(expected)


def test_a_server_that_stays_and_loses_data_is_a_replacement() -> None:
    disk = change("disks.2", 20, None, is_destructive=True)
    for action in (Action.UPDATE, Action.ADOPT):
        found = updated(disk, change("memory", 4, 8), action=action)
        assert found["actions"] == ["delete", "create"]
        assert found["replace_paths"] == [["disks", "2"]]
        assert found["after"]["hostname"] == "vs1"
    server = ServerPlan(key="web", hostname="vs1", action=Action.UPDATE, changes=(disk,))
    reason = changes_of(plan_of(server))["web"]["action_reason"]
    assert reason == "replace_because_cannot_update"


@thorough
@given(plans)
def test_every_plan_keeps_the_rules_of_the_format(plan: Plan) -> None:
    text = render_plan_terraform(plan)
    assert_harmless(text)
    assert text.endswith("\n")
    assert "\n" not in text[:-1]  # there are readers that look at one line alone
    document = json.loads(text)
    assert document["format_version"] == "1.2"
    assert document["prior_state"]["format_version"] == "1.0"
    for found in document["resource_changes"]:
        assert {"address", "mode", "type", "name", "provider_name", "change"} <= found.keys()
        assert all(isinstance(found[name], str) for name in ("address", "type", "name"))
        made = found["change"]
        assert made["actions"] in _ACTIONS
        assert (made["before"] is None) == (made["actions"] == ["create"])
        assert (made["after"] is None) == (made["actions"] == ["delete"])
        for side in ("before", "after"):
            marks = made[f"{side}_sensitive"]
            assert (marks is False) == (made[side] is None)
        assert isinstance(made["after_unknown"], dict)


@thorough
@given(plans)
def test_a_saved_plan_is_shown_as_it_was_planned(plan: Plan) -> None:
    again = decode_plan(json.loads(json.dumps(encode_plan(plan))))
    assert render_plan_terraform(again) == render_plan_terraform(plan)


def test_values_before_and_after_are_those_of_the_worlds_before_and_after() -> None:
    document = document_of(PLANS["all_actions"]())
    for part, side in (("planned_values", "after"), ("prior_state", "before")):
        holder = document[part] if part == "planned_values" else document[part]["values"]
        (module,) = holder["root_module"]["child_modules"]
        assert {item["address"]: item["values"] for item in module["resources"]} == {
            found["address"]: found["change"][side]
            for found in document["resource_changes"]
            if found["change"][side] is not None
        }


def test_a_new_server_has_every_declared_field_and_no_hostname_yet() -> None:
    made = changes_of(PLANS["first_create"]())["web"]["change"]
    assert made["before"] is None
    assert made["before_sensitive"] is False
    assert made["after"]["disks"] == {"1": 50, "2": 100}
    assert made["after"]["addons"] == {"monitoring": 1}
    assert made["after"]["user_data"] == {"file": "cloud-init.yaml"}
    assert made["after_unknown"] == {"hostname": True}
    assert "hostname" not in made["after"]


def test_a_replacement_says_why_and_in_which_order() -> None:
    found = changes_of(PLANS["all_actions"]())["db"]
    assert found["change"]["actions"] == ["delete", "create"]
    assert found["change"]["replace_paths"] == [["image"]]
    assert found["action_reason"] == "replace_because_cannot_update"


def test_an_adopted_server_is_an_import_by_its_hostname() -> None:
    made = changes_of(PLANS["all_actions"]())["mail"]["change"]
    assert made["actions"] == ["update"]
    assert made["importing"] == {"id": "vs10077"}


def test_a_server_that_no_file_declares_any_more_says_so() -> None:
    found = changes_of(PLANS["all_actions"]())["old-1"]
    assert found["change"]["after"] is None
    assert found["action_reason"] == "delete_because_no_resource_config"


def test_what_is_known_of_a_server_that_goes_stands_before_declared_or_not() -> None:
    before = changes_of(PLANS["all_actions"]())["old-1"]["change"]["before"]
    assert before == {
        "hostname": "vs10003",
        "custom_name": "old-1",
        "cores": 2,
        "memory": 16,
        "disk": 150,
        "os_name": "Debian 10",
        "monthly_cost": "42.50",
        "notes": "keep me?",
        "ownership_tags": ["stack:web-prod"],
    }


def test_what_is_known_of_a_server_that_stays_stands_on_both_sides() -> None:
    known = {"notes": "by hand", "disks.1": 50, "disks.2": 20}
    server = ServerPlan(
        key="web",
        hostname="vs1",
        action=Action.UPDATE,
        changes=(change("memory", 4, 8), change("disks.2", 20, None)),
        live={**known, "memory": 4},
    )
    made = changes_of(plan_of(server))["web"]["change"]
    rest = {"hostname": "vs1", "notes": "by hand"}
    assert made["before"] == {**rest, "memory": 4, "disks": {"1": 50, "2": 20}}
    assert made["after"] == {**rest, "memory": 8, "disks": {"1": 50}}


def test_nothing_of_the_old_server_is_said_of_its_replacement() -> None:
    server = ServerPlan(
        key="web",
        hostname="vs1",
        action=Action.REPLACE,
        changes=(change("image", "a", "b", forces_replace=True),),
        live={"notes": "by hand", "image": "a"},
    )
    made = changes_of(plan_of(server))["web"]["change"]
    assert made["before"] == {"hostname": "vs1", "notes": "by hand", "image": "a"}
    assert made["after"] == {"image": "b"}


def test_a_renamed_key_has_its_previous_address() -> None:
    found = changes_of(PLANS["all_actions"]())["web-1"]
    assert found["previous_address"] == "module.web-prod.ccloud_server.front-1"


def test_a_disk_that_goes_and_an_addon_that_comes_are_entries_that_go_and_come() -> None:
    made = updated(change("disks.2", 20, None), change("addons.backup", None, 1))
    assert made["before"] == {"hostname": "vs1", "disks": {"2": 20}, "addons": {}}
    assert made["after"] == {"hostname": "vs1", "disks": {}, "addons": {"backup": 1}}


def test_a_field_that_becomes_empty_is_null() -> None:
    assert updated(change("notes", "x", None))["after"]["notes"] is None


def test_a_sensitive_value_is_left_out_and_marked() -> None:
    made = updated(change("password", "hunter1", "hunter2", is_sensitive=True))
    assert made["after"] == made["before"] == {"hostname": "vs1"}
    assert made["before_sensitive"] == made["after_sensitive"] == {"password": True}


def test_a_reference_to_a_secret_is_left_out_and_marked_wherever_it_stands() -> None:
    secret = Reference("env", "CCLOUD_SECRET_WEB", PATH, is_secret=True)
    plan = plan_of(created("web", user_data=secret, rollouts=[{"token": secret}]))
    made = changes_of(plan)["web"]["change"]
    assert made["after_sensitive"] == {"user_data": True, "rollouts": True}
    assert not {"user_data", "rollouts"} & made["after"].keys()
    assert "CCLOUD_SECRET_WEB" not in render_plan_terraform(plan)


def test_a_held_plan_is_not_applicable_and_says_why() -> None:
    document = document_of(PLANS["held"]())
    assert (document["applyable"], document["complete"], document["errored"]) == (
        False,
        True,
        False,
    )
    assert [held["code"] for held in document["x_ccloud"]["held"]] == [
        "destroy-cap",
        "prevent-destroy",
    ]


def test_nothing_to_do_lists_every_server_and_is_not_applicable() -> None:
    document = document_of(PLANS["nothing"]())
    assert document["applyable"] is False
    assert [c["change"]["actions"] for c in document["resource_changes"]] == [["no-op"]] * 12
    assert document_of(PLANS["first_create"]())["applyable"] is True


def test_a_key_is_a_name_where_terraform_has_such_names_and_an_index_elsewhere() -> None:
    assert server_address("web", "db-1") == "module.web.ccloud_server.db-1"
    assert server_address("2web", "1a") == 'module.this["2web"].ccloud_server.this["1a"]'
    assert split_name("1a") == ("this", "1a")
    assert module_address('${x}"%{') == 'module.this["$${x}\\"%%{"]'
    assert changes_of(plan_of(created("1a")))["1a"]["name"] == "this"


# Readers that others have made. They run as commands, as in a pipeline.


def run_tool(name: str, *arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [str(TOOLS / name), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def save(plan: Plan, folder: Path) -> str:
    path = folder / "plan.json"
    path.write_text(render_plan_terraform(plan), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", PLANS)
def test_readtheplan_counts_what_we_count(name: str, tmp_path: Path) -> None:
    plan = PLANS[name]()
    path = save(plan, tmp_path)
    found = json.loads(
        run_tool("readtheplan", "analyze", path, "--format", "json", folder=tmp_path)
    )
    counts: Counter[str] = Counter()
    for stack in plan.stacks:
        counts.update(stack.summary)
    expected = {
        "create": counts["create"],
        "update": counts["update"]
        + counts["adopt"]
        + counts["retire"]
        + counts["restore"]
        + counts["not_compared"]
        - counts["destroys_data"],
        "delete/create": counts["replace"] + counts["destroys_data"],
        "delete": counts["destroy"],
        "no-op": counts["unchanged"],
    }
    assert found["actions"] == {action: count for action, count in expected.items() if count}


def test_readtheplan_stops_a_pipeline_at_what_destroys(tmp_path: Path) -> None:
    path = save(PLANS["held"](), tmp_path)
    command = [str(TOOLS / "readtheplan"), "analyze", path, "--fail-on", "irreversible"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 2
    save(PLANS["first_create"](), tmp_path)
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def test_tofui_makes_its_report_of_every_change(tmp_path: Path) -> None:
    path = save(PLANS["all_actions"](), tmp_path)
    output = run_tool("tofui", path, "--build-name", "report", folder=tmp_path)
    # It counts a replacement as one more create and one more delete; web-1 loses a disk.
    assert "Summary: 3 to create, 2 to update, 4 to delete" in output
    assert "Total resources: 12" in output
    page = (tmp_path / "report.html").read_text("utf-8")
    for key in ("web-1", "web-2", "db", "mail", "lent", "old-1", "old-2"):
        assert f"module.web-prod.ccloud_server.{key}" in page


def test_what_was_compared_and_stays_is_on_both_sides_so_that_policies_see_it() -> None:
    server = ServerPlan(
        key="web",
        hostname="vs1",
        action=Action.UPDATE,
        changes=(change("memory", 4, 8), change("disks.2", None, 20)),
        unchanged={"cores": 2, "disks.1": 50, "tags": ["a"]},
        steps=("web/memory",),
    )
    document = json.loads(render_plan_terraform(plan_of(server)))
    (found,) = document["resource_changes"]
    same = {"hostname": "vs1", "cores": 2, "tags": ["a"]}
    assert found["change"]["before"] == {**same, "memory": 4, "disks": {"1": 50}}
    assert found["change"]["after"] == {**same, "memory": 8, "disks": {"1": 50, "2": 20}}


def test_what_a_file_leaves_alone_is_told_with_its_last_day_and_reason() -> None:
    ignored = IgnoredField(key="web", field="memory", until=date(2026, 12, 31), reason="load test")
    plan = Plan(stacks=(StackPlan(stack="a", path="a.yaml", ignored=(ignored,)),))
    assert json.loads(render_plan_terraform(plan))["x_ccloud"]["ignored"] == [
        {
            "address": "module.a.ccloud_server.web",
            "key": "web",
            "field": "memory",
            "until": "2026-12-31",
            "reason": "load test",
        }
    ]
