"""How a fleet stands, full of hostile text."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from ccloud_apply.fleet.model.config import NOTIFIED
from ccloud_apply.fleet.model.status import STATES
from ccloud_apply.model.results.fleet import (
    FleetAccount,
    FleetCounts,
    FleetDecision,
    FleetPause,
    FleetPlan,
    FleetProblem,
    FleetRun,
    FleetRunDetail,
    FleetSource,
    FleetStack,
    FleetStatus,
)
from ccloud_apply.model.results.fleet_change import FleetChange
from ccloud_apply.model.results.fleet_check import CheckedAccount, CheckedSource, FleetCheck
from ccloud_apply.render.drift.json_document import encode_drift
from tests.support.render.drifts import hostile_reports
from tests.support.render.strategies import diagnostics, hostile_texts, plans

NOW = datetime(2027, 1, 1, 3, tzinfo=UTC)

RUN = FleetRun(
    id=7,
    account="acme",
    stack="web",
    kind="apply",
    cause="person",
    person="ann",
    commit="c0ffee1234567890",
    worker="host-1",
    started=NOW - timedelta(minutes=3),
    ended=NOW - timedelta(minutes=1),
    outcome="failed",
    counts={"create": 2, "unchanged": 3},
    requests=12,
    error="web-1: refused",
)
PLAN = FleetPlan(
    id=1,
    run_id=7,
    account="acme",
    stack="web",
    digest="sha256:0123456789abcdef",
    summary={"create": 2, "destroy": 1, "unchanged": 4, "not_compared": 1, "destroys_data": 1},
    cost={"monthly_change": "39.00"},
    commit=None,
    made_at=NOW,
    decision="proposed",
    decided_by=None,
    decided_at=None,
    decided_why=None,
    approved_until=None,
)
STACK = FleetStack(
    id=1,
    account="acme",
    name="web",
    path="web.yaml",
    source="local",
    commit="c0ffee1234567890",
    mode="propose",
    state="clean",
    since=NOW - timedelta(days=2),
    seen_at=NOW - timedelta(seconds=90),
    is_stale=False,
    pause=None,
    holder=None,
    labels={},
    failures=0,
    due=NOW + timedelta(minutes=5),
    cause="schedule",
    every_s=1800.0,
    why=None,
    problem=None,
    is_declared=True,
    last_run=None,
    plan=None,
)

_texts = hostile_texts
_maybe = st.none() | _texts
_times = st.integers(-(10**8), 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds))
_maybe_times = st.none() | _times
_numbers = st.integers(0, 9)
_counted = st.dictionaries(st.sampled_from(["create", "unchanged", "destroys_data"]), _numbers)
_details = st.dictionaries(_texts, _maybe | _numbers, max_size=2)

fleet_runs = st.builds(
    FleetRun,
    id=_numbers,
    account=_texts,
    stack=_maybe,
    kind=st.sampled_from(["sweep", "plan", "apply"]),
    cause=st.sampled_from(["schedule", "person"]),
    person=_maybe,
    commit=_maybe,
    worker=_texts,
    started=_times,
    ended=_maybe_times,
    outcome=st.sampled_from([None, "applied", "failed"]),
    counts=_counted | st.dictionaries(_texts, _numbers, max_size=2),
    requests=st.none() | _numbers,
    error=_maybe,
)
fleet_plans = st.builds(
    FleetPlan,
    id=_numbers,
    run_id=_numbers,
    account=_texts,
    stack=_texts,
    digest=_texts,
    summary=_counted | st.dictionaries(_texts, _numbers, max_size=2),
    cost=st.none() | st.fixed_dictionaries({"monthly_change": _maybe}),
    commit=_maybe,
    made_at=_times,
    decision=st.sampled_from(["proposed", "approved", "rejected"]),
    decided_by=_maybe,
    decided_at=_maybe_times,
    decided_why=_maybe,
    approved_until=_maybe_times,
)
fleet_stacks = st.builds(
    FleetStack,
    id=_numbers,
    account=_texts,
    name=_texts,
    path=_texts,
    source=_texts,
    commit=_maybe,
    mode=st.sampled_from(["report", "propose", "apply"]),
    state=st.sampled_from(STATES),
    since=_times,
    seen_at=_maybe_times,
    is_stale=st.booleans(),
    pause=st.none() | st.builds(FleetPause, by=_texts, why=_texts, until=_maybe_times),
    holder=_maybe,
    labels=st.dictionaries(_texts, _texts, max_size=6),
    failures=_numbers,
    due=_times,
    cause=st.just("schedule"),
    every_s=st.just(1800.0),
    why=_maybe,
    problem=_maybe,
    is_declared=st.booleans(),
    last_run=st.none() | fleet_runs,
    plan=st.none() | fleet_plans,
)
fleet_statuses = st.builds(
    FleetStatus,
    now=st.just(NOW),
    counts=st.builds(
        FleetCounts,
        states=st.fixed_dictionaries(dict.fromkeys(STATES, _numbers)),
        stale=_numbers,
        paused=_numbers,
        running=_numbers,
    ),
    stacks=st.lists(fleet_stacks, max_size=2).map(tuple),
    problems=st.lists(
        st.builds(FleetProblem, source=_texts, path=_texts, line=st.none() | _numbers, what=_texts),
        max_size=2,
    ).map(tuple),
    accounts=st.lists(
        st.builds(
            FleetAccount,
            name=_texts,
            endpoint=_texts,
            swept_at=_maybe_times,
            sweep_due=_times,
            sweep_every_s=st.just(1800.0),
            failures=_numbers,
            error=_maybe,
            closed_until=_maybe_times,
            stacks=_numbers,
            runs=_numbers,
            is_configured=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    sources=st.lists(
        st.builds(
            FleetSource,
            name=_texts,
            ref=_maybe,
            commit=_maybe,
            polled_at=_maybe_times,
            due=_times,
            failures=_numbers,
            error=_maybe,
            is_configured=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)
fleet_decisions = st.lists(
    st.builds(
        FleetDecision,
        id=_numbers,
        time=_times,
        who=_texts,
        what=_texts,
        account=_maybe,
        subject=_maybe,
        detail=_details,
    ),
    max_size=3,
)


def fleet_run_details(journals: st.SearchStrategy[Any]) -> st.SearchStrategy[FleetRunDetail]:
    """Runs with all that they can have left; `journals` are lists of journals."""
    return st.builds(
        FleetRunDetail,
        run=fleet_runs,
        plan=st.none() | fleet_plans,
        planned=st.none() | plans,
        reports=st.lists(hostile_reports.map(encode_drift), max_size=1).map(tuple),
        journal=journals.map(lambda found: found[0] if found else None),
    )


fleet_changes = st.builds(
    FleetChange,
    account=_texts,
    stack=_texts,
    event=st.sampled_from(NOTIFIED),
    since=_times,
    path=_texts,
    commit=_maybe,
    why=_maybe,
    digest=_maybe,
)

fleet_checks = st.builds(
    FleetCheck,
    path=_texts,
    database=_texts,
    accounts=st.lists(
        st.builds(
            CheckedAccount,
            name=_texts,
            endpoint=_texts,
            is_reached=st.none() | st.booleans(),
            customer_id=_maybe,
        ),
        max_size=2,
    ).map(tuple),
    sources=st.lists(
        st.builds(
            CheckedSource,
            name=_texts,
            place=_texts,
            ref=_maybe,
            commit=_maybe,
            stacks=st.none() | _numbers,
        ),
        max_size=2,
    ).map(tuple),
    rules=_numbers,
    is_offline=st.booleans(),
    references=_numbers,
    diagnostics=st.lists(diagnostics, max_size=2).map(tuple),
)
