"""What an undo brings back, in every format of a plan."""

import json
from dataclasses import replace

import pytest

from ccloud_apply.model.results.plan import (
    ACCOUNT,
    Action,
    FieldChange,
    Plan,
    Reversibility,
    ServerPlan,
    Step,
)
from ccloud_apply.render.lib.undo_text import undo_line
from ccloud_apply.render.plan.fold import fold_servers
from ccloud_apply.render.plan.html_document import render_plan_html
from ccloud_apply.render.plan.json_document import render_plan_json
from ccloud_apply.render.plan.markdown import render_plan_markdown
from ccloud_apply.render.plan.terraform.document import render_plan_terraform
from ccloud_apply.render.plan.text import render_plan
from tests.support.render.plans import plan_of, step

GROWN = FieldChange(
    field="disks.1",
    before=20,
    after=40,
    reversibility=Reversibility.IRREVERSIBLE,
    undo="a disk cannot shrink",
)
MEMORY = FieldChange(field="memory", before=2, after=4, reversibility=Reversibility.REVERSIBLE)
LINE = "Undo with git revert: 1 server reversible, 1 irreversible."


def server(key: str, *changes: FieldChange, **more: object) -> ServerPlan:
    plan = ServerPlan(key=key, hostname=f"vs-{key}", action=Action.UPDATE, changes=changes)
    plan = replace(plan, steps=(f"{key}/x",), reversibility=changes[-1].reversibility)
    return replace(plan, **more)  # type: ignore[arg-type]


def a_step(key: str) -> Step:
    return step(f"{key}/x", "x", "PUT", "/x")


def plan() -> Plan:
    db, web = server("db", GROWN), server("web", MEMORY)
    return plan_of(db, web, steps=(a_step("db"), a_step("web")))


@pytest.mark.parametrize("is_summary", [False, True])
def test_a_plan_counts_what_comes_back(is_summary: bool) -> None:
    assert LINE in render_plan(plan(), is_summary=is_summary).splitlines()


def test_a_change_that_does_not_come_back_says_why_and_one_that_does_says_nothing() -> None:
    lines = render_plan(plan()).splitlines()
    grown = next(line for line in lines if "disks.1" in line)
    assert grown.endswith("# irreversible: a disk cannot shrink")
    assert not any("#" in line for line in lines if "memory" in line)


def test_a_comment_says_the_same_as_a_terminal() -> None:
    text = render_plan_markdown(plan())
    assert LINE in text.splitlines()
    assert "# irreversible: a disk cannot shrink" in text


def test_a_page_says_the_same_as_a_terminal() -> None:
    page = render_plan_html(plan())
    assert f"{LINE}</p>" in page
    assert "irreversible: a disk cannot shrink</small>" in page


def test_json_marks_every_change_and_every_server() -> None:
    document = json.loads(render_plan_json(plan()))
    db, web = document["stacks"][0]["servers"]
    assert (db["reversibility"], web["reversibility"]) == ("irreversible", "reversible")
    assert db["changes"][0]["undo"] == "a disk cannot shrink"
    assert web["changes"][0]["reversibility"] == "reversible"
    assert "undo" not in web["changes"][0]


def test_tools_for_terraform_find_it_by_address() -> None:
    found = json.loads(render_plan_terraform(plan()))["x_ccloud"]["reversibility"]
    assert sorted(found.values()) == ["irreversible", "reversible"]


def test_what_is_said_of_the_whole_server_stands_below_its_changes() -> None:
    moved = server(
        "web", MEMORY, reversibility=Reversibility.LOSSY, undo="name it in moved", moved_from="a"
    )
    lines = render_plan(plan_of(moved, steps=(a_step("web"),))).splitlines()
    assert "      ! undo: name it in moved" in lines


def test_servers_of_which_other_parts_come_back_are_not_shown_as_one() -> None:
    same = [server(key, MEMORY) for key in ("web-1", "web-2")]
    other = server("web-3", replace(MEMORY, reversibility=Reversibility.LOSSY, undo="no"))
    assert [len(fold.servers) for fold in fold_servers((*same, other))] == [2, 1]


def test_nothing_is_counted_where_servers_are_created_and_no_more() -> None:
    new = ServerPlan(
        key="web",
        hostname=None,
        action=Action.CREATE,
        steps=("web/create",),
        reversibility=Reversibility.REVERSIBLE,
    )
    assert undo_line((new,)) == ""
    assert undo_line(()) == ""
    assert undo_line((new, server("db", GROWN))) == LINE


def test_the_account_is_not_counted_as_a_server() -> None:
    account = server(ACCOUNT, MEMORY, hostname=None)
    assert undo_line((account, server("db", GROWN))) == (
        "Undo with git revert: 1 reversible, 1 irreversible."
    )
