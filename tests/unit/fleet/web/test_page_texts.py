"""Whatever an account, a repository or a person has written: it stays text on every page."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccloud_apply.fleet.web.pages.forms import Powers
from ccloud_apply.fleet.web.pages.frame import Viewer, render_frame
from ccloud_apply.fleet.web.pages.journal import render_journal
from ccloud_apply.fleet.web.pages.overview import render_accounts, render_audit, render_problems
from ccloud_apply.fleet.web.pages.run import RunPage, render_run
from ccloud_apply.fleet.web.pages.runs import RunsPage, render_runs
from ccloud_apply.fleet.web.pages.stack import StackPage, render_stack
from ccloud_apply.fleet.web.pages.stacks import StacksPage, render_stacks
from ccloud_apply.fleet.web.query import STATES, RunsView, View
from ccloud_apply.model.journal import Entry, Intent, JournalReading
from ccloud_apply.model.results.fleet import (
    FleetAccount,
    FleetCounts,
    FleetDecision,
    FleetPause,
    FleetPlan,
    FleetProblem,
    FleetRun,
    FleetSource,
    FleetStack,
)
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless
from tests.support.render.parsed_page import Page, names
from tests.support.render.strategies import hostile_texts

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
_times = st.integers(-400, 400).map(lambda hours: NOW + timedelta(hours=hours))
_maybe = st.none() | hostile_texts
_words = st.dictionaries(hostile_texts, hostile_texts, max_size=6)
_numbers = st.integers(0, 3)

_runs = st.builds(
    FleetRun,
    id=st.integers(1, 9),
    account=hostile_texts,
    stack=_maybe,
    kind=st.sampled_from(["sweep", "plan", "apply"]),
    cause=hostile_texts,
    person=_maybe,
    commit=_maybe,
    worker=hostile_texts,
    started=_times,
    ended=st.none() | _times,
    outcome=_maybe,
    counts=st.dictionaries(hostile_texts, _numbers | hostile_texts, max_size=3),
    requests=st.none() | _numbers,
    error=_maybe,
)
_plans = st.builds(
    FleetPlan,
    id=st.integers(1, 9),
    run_id=st.integers(1, 9),
    account=hostile_texts,
    stack=hostile_texts,
    digest=hostile_texts,
    summary=st.fixed_dictionaries({"create": _numbers, "destroy": _numbers}),
    cost=st.none() | st.fixed_dictionaries({"monthly_change": hostile_texts}),
    commit=_maybe,
    made_at=_times,
    decision=st.sampled_from(["proposed", "approved"]),
    decided_by=_maybe,
    decided_at=st.none() | _times,
    decided_why=_maybe,
    approved_until=st.none() | _times,
)
_stacks = st.builds(
    FleetStack,
    id=st.integers(1, 9),
    account=hostile_texts,
    name=hostile_texts,
    path=hostile_texts,
    source=hostile_texts,
    commit=_maybe,
    mode=st.sampled_from(["report", "propose", "apply"]),
    state=st.sampled_from(STATES),
    since=_times,
    seen_at=st.none() | _times,
    is_stale=st.booleans(),
    pause=st.none()
    | st.builds(FleetPause, by=hostile_texts, why=hostile_texts, until=st.none() | _times),
    holder=_maybe,
    held_until=st.none() | _times,
    labels=_words,
    failures=_numbers,
    due=_times,
    cause=hostile_texts,
    every_s=st.just(1800.0),
    why=_maybe,
    problem=_maybe,
    is_declared=st.booleans(),
    last_run=st.none() | _runs,
    plan=st.none() | _plans,
)
_views = st.builds(
    View, text=hostile_texts, account=hostile_texts, label=hostile_texts, page=st.integers(1, 3)
)
_lists = st.lists(_stacks, max_size=3)
_entries = st.lists(
    st.builds(
        Entry,
        number=st.integers(1, 9),
        run=hostile_texts,
        time=hostile_texts,
        intent=st.builds(
            Intent,
            step=hostile_texts,
            server=hostile_texts,
            operation=hostile_texts,
            operation_id=hostile_texts,
            method=st.just("POST"),
            path=hostile_texts,
            hostname=_maybe,
            digest=hostile_texts,
        ),
        task_id=st.none() | _numbers,
        outcome=st.sampled_from([None, "done", "failed", "unknown"]),
        hostname=_maybe,
        error=_maybe,
    ),
    max_size=3,
).map(tuple)
_journals = st.none() | st.builds(
    JournalReading,
    path=hostile_texts,
    stack=hostile_texts,
    account=hostile_texts,
    entries=_entries,
    damage=_maybe,
)

PAGES: dict[str, st.SearchStrategy[str]] = {
    "stacks": st.builds(
        StacksPage,
        view=_views,
        counts=st.just(FleetCounts(states=dict.fromkeys(STATES, 1))),
        matching=st.integers(0, 500),
        stacks=_lists,
        now=st.just(NOW),
        accounts=st.lists(hostile_texts, max_size=3),
        is_moved=st.booleans(),
    ).map(render_stacks),
    "stack": st.builds(
        StackPage,
        stack=_stacks,
        runs=st.lists(_runs, max_size=2),
        now=st.just(NOW),
        journal=_journals,
        declared=_maybe,
    ).map(lambda page: render_stack(page, Powers(), done="approve")),
    "runs": st.builds(
        RunsPage,
        view=st.builds(RunsView, account=hostile_texts, stack=hostile_texts),
        runs=st.lists(_runs, max_size=3),
        now=st.just(NOW),
    ).map(render_runs),
    "run": st.builds(
        RunPage, run=_runs, now=st.just(NOW), plan=st.none() | _plans, journal=_journals
    ).map(render_run),
    "journal": _journals.map(render_journal),
    "accounts": st.tuples(
        st.lists(
            st.builds(
                FleetAccount,
                name=hostile_texts,
                endpoint=hostile_texts,
                swept_at=st.none() | _times,
                sweep_due=_times,
                sweep_every_s=st.just(60.0),
                failures=_numbers,
                error=_maybe,
                closed_until=st.none() | _times,
                stacks=_numbers,
                runs=_numbers,
                is_configured=st.booleans(),
            ),
            max_size=2,
        ),
        st.lists(
            st.builds(
                FleetSource,
                name=hostile_texts,
                ref=_maybe,
                commit=_maybe,
                polled_at=st.none() | _times,
                due=_times,
                failures=_numbers,
                error=_maybe,
                is_configured=st.booleans(),
            ),
            max_size=2,
        ),
    ).map(lambda found: render_accounts(*found, NOW)),
    "problems": st.lists(
        st.builds(
            FleetProblem,
            source=hostile_texts,
            path=hostile_texts,
            line=st.none() | _numbers,
            what=hostile_texts,
        ),
        max_size=3,
    ).map(render_problems),
    "audit": st.lists(
        st.builds(
            FleetDecision,
            id=_numbers,
            time=_times,
            who=hostile_texts,
            what=hostile_texts,
            account=_maybe,
            subject=_maybe,
            detail=st.dictionaries(
                hostile_texts, hostile_texts | st.lists(hostile_texts) | _words, max_size=3
            ),
        ),
        max_size=3,
    ).map(lambda decisions: render_audit(decisions, more=None)),
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
    page: Callable[[Powers], str] = lambda powers: render_stack(_PROPOSED, powers)  # noqa: E731
    assert "<form" not in page(Powers(may_approve=False, may_administer=False))
    assert "allow_destroy" not in page(Powers(may_administer=False))
    assert "allow_destroy" in page(Powers())
    assert page(Powers()).count("<form") == 5


_PROPOSED = StackPage(
    stack=FleetStack(
        id=1,
        account="acme",
        name="web",
        path="web.yaml",
        source="local",
        commit=None,
        mode="propose",
        state="proposed",
        since=NOW,
        seen_at=NOW,
        is_stale=False,
        pause=None,
        holder=None,
        held_until=None,
        labels={},
        failures=0,
        due=NOW,
        cause="schedule",
        every_s=60.0,
        why=None,
        problem=None,
        is_declared=True,
        last_run=None,
        plan=FleetPlan(
            id=1,
            run_id=1,
            account="acme",
            stack="web",
            digest="sha256:0123456789ab",
            summary={"destroy": 2},
            cost=None,
            commit=None,
            made_at=NOW,
            decision="proposed",
            decided_by=None,
            decided_at=None,
            decided_why=None,
            approved_until=None,
        ),
    ),
    runs=(),
    now=NOW,
)
