"""Each format of a plan, of drift and of an inventory against a file that a person has read.

`pytest --update-cases` writes the files anew: read what git shows of them.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ccloud_apply import __version__
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.drift import DriftReport, Resolved, Since
from ccloud_apply.render.drift.event import render_drift_event
from ccloud_apply.render.drift.html_document import render_drift_html
from ccloud_apply.render.drift.json_document import render_drift_json
from ccloud_apply.render.drift.junit import render_drift_junit
from ccloud_apply.render.drift.markdown import render_drift_markdown
from ccloud_apply.render.drift.prometheus import render_drift_prometheus
from ccloud_apply.render.drift.text import render_drift
from ccloud_apply.render.graph.dot import render_graph_dot
from ccloud_apply.render.graph.mermaid import render_graph_mermaid
from ccloud_apply.render.graph.svg import render_graph_svg
from ccloud_apply.render.inventory.ansible import render_inventory_ansible
from ccloud_apply.render.inventory.csv_table import render_inventory_csv
from ccloud_apply.render.inventory.hosts import render_inventory_hosts
from ccloud_apply.render.inventory.html_document import render_inventory_html
from ccloud_apply.render.inventory.json_document import render_inventory_json
from ccloud_apply.render.inventory.prometheus import render_inventory_prometheus
from ccloud_apply.render.inventory.ssh_config import render_inventory_ssh_config
from ccloud_apply.render.inventory.text import render_inventory
from ccloud_apply.render.plan.gitlab import render_plan_gitlab
from ccloud_apply.render.plan.html_document import render_plan_html
from ccloud_apply.render.plan.json_document import render_plan_json
from ccloud_apply.render.plan.markdown import render_plan_markdown
from ccloud_apply.render.plan.terraform.document import render_plan_terraform
from ccloud_apply.render.plan.text import render_plan
from tests.conftest import ROOT
from tests.support.render.drifts import full_report, with_retired
from tests.support.render.inventories import full_inventory
from tests.support.render.plans import all_actions, not_compared, retired

CASES = ROOT / "tests" / "cases" / "render"


def told() -> DriftReport:
    """The full report with a cause, compared with an earlier one."""
    report = full_report()
    (web, *others) = report.stacks
    web = with_retired(web)
    cause = Task(
        id=17,
        action="resize-server",
        status="done",
        username="jane@example.com",
        created_at="2027-02-28T22:04:11.000000Z",
    )
    drifted = (replace(web.drifted[0], causes={"memory": cause}), *web.drifted[1:])
    gone = Resolved(stack="intranet", kind="missing", name="wiki-2")
    return replace(
        report,
        stacks=(replace(web, drifted=drifted), *others),
        since=Since(read_at="2027-02-28T03:00:00+00:00", known=4, resolved=(gone,)),
    )


MAKERS: dict[str, Callable[[], str]] = {
    "plan.html": lambda: render_plan_html(all_actions()),
    "plan.json": lambda: render_plan_json(all_actions()),
    "plan.gitlab.json": lambda: render_plan_gitlab(all_actions()),
    "graph.dot": lambda: render_graph_dot(all_actions()),
    "graph.mmd": lambda: render_graph_mermaid(all_actions()),
    "graph.svg": lambda: render_graph_svg(all_actions()),
    "plan_not_compared.html": lambda: render_plan_html(not_compared()),
    "plan_not_compared.json": lambda: render_plan_json(not_compared()),
    "plan_not_compared.gitlab.json": lambda: render_plan_gitlab(not_compared()),
    "plan_not_compared.terraform.json": lambda: render_plan_terraform(not_compared()),
    "plan_not_compared.txt": lambda: render_plan(not_compared()),
    "plan_not_compared.md": lambda: render_plan_markdown(not_compared()),
    "graph_not_compared.dot": lambda: render_graph_dot(not_compared()),
    "graph_not_compared.mmd": lambda: render_graph_mermaid(not_compared()),
    "graph_not_compared.svg": lambda: render_graph_svg(not_compared()),
    "plan_retired.html": lambda: render_plan_html(retired()),
    "plan_retired.json": lambda: render_plan_json(retired()),
    "plan_retired.gitlab.json": lambda: render_plan_gitlab(retired()),
    "plan_retired.terraform.json": lambda: render_plan_terraform(retired()),
    "plan_retired.txt": lambda: render_plan(retired()),
    "plan_retired.md": lambda: render_plan_markdown(retired()),
    "graph_retired.dot": lambda: render_graph_dot(retired()),
    "graph_retired.mmd": lambda: render_graph_mermaid(retired()),
    "graph_retired.svg": lambda: render_graph_svg(retired()),
    "drift.txt": lambda: render_drift(told(), has_unmanaged=True),
    "drift.md": lambda: render_drift_markdown(told(), has_unmanaged=True),
    "drift.html": lambda: render_drift_html(told(), has_unmanaged=True),
    "drift.xml": lambda: render_drift_junit(told(), has_unmanaged=True),
    "drift.json": lambda: render_drift_json(told()),
    "drift.prom": lambda: render_drift_prometheus(told()),
    "inventory.txt": lambda: render_inventory(full_inventory()),
    "inventory.json": lambda: render_inventory_json(full_inventory()),
    "inventory.csv": lambda: render_inventory_csv(full_inventory()),
    "inventory.ansible.json": lambda: render_inventory_ansible(full_inventory()),
    "inventory.ansible.yaml": lambda: render_inventory_ansible(full_inventory(), is_file=True),
    "inventory.ssh-config": lambda: render_inventory_ssh_config(full_inventory()),
    "inventory.hosts": lambda: render_inventory_hosts(full_inventory()),
    "inventory.prometheus.json": lambda: render_inventory_prometheus(full_inventory()),
    "inventory.html": lambda: render_inventory_html(full_inventory()),
    "drift.event.json": lambda: f"{render_drift_event(told())}\n",
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_format_reads_as_in_its_file(name: str, update_cases: bool) -> None:
    text = MAKERS[name]().replace(__version__, "VERSION")
    path = CASES / name
    if update_cases:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
