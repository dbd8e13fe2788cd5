"""Whatever an account, a repository or a person has written: it stays text on every page."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccloud_apply.fleet.model.status import STATES
from ccloud_apply.fleet.web.pages.forms import Powers
from ccloud_apply.fleet.web.pages.frame import Viewer, render_frame
from ccloud_apply.fleet.web.pages.journal import render_journal
from ccloud_apply.fleet.web.pages.overview import render_accounts, render_audit, render_problems
from ccloud_apply.fleet.web.pages.run import RunPage, render_run
from ccloud_apply.fleet.web.pages.runs import RunsPage, render_runs
from ccloud_apply.fleet.web.pages.stack import StackPage, render_stack
from ccloud_apply.fleet.web.pages.stacks import StacksPage, render_stacks
from ccloud_apply.fleet.web.query import RunsView, View
from ccloud_apply.model.results.fleet import FleetCounts
from tests.support.examples import examples
from tests.support.render.fleet_values import (
    NOW,
    PLAN,
    STACK,
    fleet_decisions,
    fleet_plans,
    fleet_runs,
    fleet_stacks,
    fleet_statuses,
)
from tests.support.render.harmless import assert_harmless
from tests.support.render.parsed_page import Page, names
from tests.support.render.strategies import hostile_texts
from tests.unit.render.test_every_output import journals

_views = st.builds(
    View, text=hostile_texts, account=hostile_texts, label=hostile_texts, page=st.integers(1, 3)
)
_maybe = st.none() | hostile_texts
_journals = journals.map(lambda found: found[0] if found else None)

PAGES: dict[str, st.SearchStrategy[str]] = {
    "stacks": st.builds(
        StacksPage,
        view=_views,
        counts=st.just(FleetCounts(states=dict.fromkeys(STATES, 1))),
        matching=st.integers(0, 500),
        stacks=st.lists(fleet_stacks, max_size=3),
        now=st.just(NOW),
        accounts=st.lists(hostile_texts, max_size=3),
        is_moved=st.booleans(),
    ).map(render_stacks),
    "stack": st.builds(
        StackPage,
        stack=fleet_stacks,
        runs=st.lists(fleet_runs, max_size=2),
        now=st.just(NOW),
        journal=_journals,
        declared=_maybe,
    ).map(lambda page: render_stack(page, Powers(), done="approve")),
    "runs": st.builds(
        RunsPage,
        view=st.builds(RunsView, account=hostile_texts, stack=hostile_texts),
        runs=st.lists(fleet_runs, max_size=3),
        now=st.just(NOW),
    ).map(render_runs),
    "run": st.builds(
        RunPage, run=fleet_runs, now=st.just(NOW), plan=st.none() | fleet_plans, journal=_journals
    ).map(render_run),
    "journal": _journals.map(render_journal),
    "accounts": fleet_statuses.map(
        lambda status: render_accounts(status.accounts, status.sources, NOW)
    ),
    "problems": fleet_statuses.map(lambda status: render_problems(status.problems)),
    "audit": fleet_decisions.map(lambda decisions: render_audit(decisions, more=None)),
    "frame": hostile_texts.map(
        lambda text: render_frame(
            title=text, section="/", main="", now=NOW, viewer=Viewer(name=text)
        )
    ),
}

_VALUE = re.compile(r'value="[^"]*"')
"""What a form sends back is as it was given."""

TAGS = frozenset(
    "html head meta title link script body a div span nav p main footer form button h1 h2 ul li"  # noqa: SIM905
    " strong input select option table thead tbody tr th td small code time details summary pre"
    " section dl dt dd label br".split()
)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_has_no_tag_attribute_or_link_that_is_not_ours(name: str) -> None:
    @settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
    @given(PAGES[name])
    def check(text: str) -> None:
        assert_harmless(_VALUE.sub("", text))
        page = Page(text)
        assert names(page) <= TAGS
        for tag, attributes in page.tags:
            assert not any(one.startswith("on") or one == "style" for one in attributes)
            for place in ("href", "action", "src"):
                if (link := attributes.get(place)) is not None:
                    assert link == "" or link[:1] in "/#", (tag, link)
                    assert not link.startswith("//")

    check()


def test_what_somebody_may_not_do_is_no_button() -> None:
    def page(powers: Powers) -> str:
        return render_stack(_PROPOSED, powers)

    assert "<form" not in page(Powers(may_approve=False, may_administer=False))
    assert "allow_destroy" not in page(Powers(may_administer=False))
    assert "allow_destroy" in page(Powers())
    assert page(Powers()).count("<form") == 5


@pytest.mark.parametrize(
    "name", ["destroy", "replace", "reinstall", "retire", "destroys_data", "update"]
)
def test_the_cap_can_be_raised_for_whatever_it_holds(name: str) -> None:
    plan = replace(PLAN, summary={"update": 1, name: 1})
    page = StackPage(stack=replace(STACK, plan=plan), runs=(), now=NOW, plan_html="<p>")
    assert ("allow_destroy" in render_stack(page, Powers())) is (name != "update")


_PROPOSED = StackPage(stack=replace(STACK, plan=PLAN), runs=(), now=NOW, plan_html="<p>")
