"""How a fleet stands, as text and as the documents of the schemas."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from ccloud_apply.fleet.model.status import STATES
from ccloud_apply.model.results.fleet import (
    FleetCounts,
    FleetDecision,
    FleetPause,
    FleetProblem,
    FleetRun,
    FleetRunDetail,
    FleetStack,
    FleetStatus,
)
from ccloud_apply.render.fleet.history_text import (
    render_fleet_audit,
    render_fleet_history,
    render_fleet_run,
)
from ccloud_apply.render.fleet.json_document import (
    render_fleet_audit_json,
    render_fleet_history_json,
    render_fleet_run_json,
    render_fleet_status_json,
)
from ccloud_apply.render.fleet.status_text import render_fleet_status
from ccloud_apply.render.fleet.words import age_words, decided_words, due_words, paused_words
from ccloud_apply.render.lib.style import Style
from tests.support.documents import validator_of
from tests.support.examples import examples
from tests.support.render.fleet_values import (
    NOW,
    PLAN,
    RUN,
    STACK,
    fleet_decisions,
    fleet_run_details,
    fleet_runs,
    fleet_statuses,
)
from tests.unit.render.test_every_output import journals


def status_of(*stacks: FleetStack, problems: tuple[FleetProblem, ...] = ()) -> FleetStatus:
    states: dict[str, int] = {state: sum(one.state == state for one in stacks) for state in STATES}
    counts = FleetCounts(states=states, stale=sum(one.is_stale for one in stacks))
    return FleetStatus(now=NOW, counts=counts, stacks=stacks, problems=problems)


def test_a_line_tells_how_a_stack_stands() -> None:
    assert render_fleet_status(status_of(replace(STACK, last_run=RUN))).splitlines() == [
        "1 stack: 1 clean.",
        "",
        "STACK     STATE  FOR     SEEN   MODE     COMMIT    LAST RUN       NEXT RUN",
        "acme/web  clean  2 days  1 min  propose  c0ffee12  failed, 3 min  in 5 min",
    ]
    at_it = replace(STACK, holder="host-1", commit=None)
    assert render_fleet_status(status_of(at_it)).splitlines()[2:] == [
        "STACK     STATE  FOR     SEEN   MODE     LAST RUN  NEXT RUN  WORKER",
        "acme/web  clean  2 days  1 min  propose  -         in 5 min  host-1",
    ]


def test_what_needs_somebody_has_a_colour() -> None:
    stacks = (replace(STACK, state="failing"), replace(STACK, is_stale=True), STACK)
    lines = render_fleet_status(status_of(*stacks), Style(is_coloured=True)).splitlines()[3:6]
    assert [line.startswith("\x1b[31m") for line in lines] == [True, False, False]
    assert [line.startswith("\x1b[33m") for line in lines] == [False, True, False]


def test_an_empty_fleet_says_so() -> None:
    assert render_fleet_status(status_of()) == "No stacks.\n"


@pytest.mark.parametrize(
    ("stack", "lines"),
    [
        (
            replace(STACK, state="failing", why="refused", failures=3),
            ["acme/web is failing, 3 times in a row: refused"],
        ),
        (
            replace(STACK, state="failing", why="refused", problem="web.yaml:3: broken"),
            ["acme/web is failing: web.yaml:3: broken"],
        ),
        (
            replace(STACK, state="drift", why="ann has rejected the plan"),
            ["acme/web has drift: ann has rejected the plan"],
        ),
        (replace(STACK, state="unknown", why="not told"), ["acme/web is unknown: not told"]),
        (replace(STACK, state="held", why="a freeze"), ["acme/web is held: a freeze"]),
        (
            replace(STACK, state="proposed", plan=PLAN),
            [
                "acme/web waits for an approval: 2 to create, 1 to destroy, 1 losing data,"
                " +39.00 per month",
                "  look at it:  ccloud-apply fleet show 7",
                "  approve it:  ccloud-apply fleet approve acme/web --plan 0123456789ab",
            ],
        ),
        (
            replace(STACK, state="held", why="too many", plan=PLAN),
            [
                "acme/web is held: too many",
                "acme/web would do: 2 to create, 1 to destroy, 1 losing data, +39.00 per month",
                "  look at it:  ccloud-apply fleet show 7",
            ],
        ),
        (
            replace(STACK, plan=replace(PLAN, decision="approved", decided_by="ann", cost=None)),
            [
                "acme/web has an approved plan (by ann): 2 to create, 1 to destroy, 1 losing data",
            ],
        ),
        (
            replace(STACK, is_stale=True),
            ["acme/web is stale: it was not compared with the account for two intervals"],
        ),
        (
            replace(STACK, is_declared=False),
            ["acme/web has no file any more: its servers stay as they are"],
        ),
        (
            replace(STACK, pause=FleetPause(by="ann", why="moving", until=NOW)),
            ["acme/web is paused by ann until 2027-01-01 03:00 UTC: moving"],
        ),
        (
            replace(STACK, pause=FleetPause(by="ann", why="moving", until=None)),
            ["acme/web is paused by ann: moving"],
        ),
    ],
)
def test_what_needs_somebody_is_told_with_the_way_out(stack: FleetStack, lines: list[str]) -> None:
    text = render_fleet_status(status_of(stack))
    assert text.partition("Needs attention:\n")[2].splitlines() == [f"  {line}" for line in lines]


def test_commands_in_a_hint_find_the_file_of_the_fleet() -> None:
    status = replace(status_of(replace(STACK, state="proposed", plan=PLAN)), config="my fleet.yaml")
    assert render_fleet_status(status).splitlines()[-2:] == [
        "    look at it:  ccloud-apply fleet show 7 --config 'my fleet.yaml'",
        "    approve it:  ccloud-apply fleet approve acme/web --plan 0123456789ab"
        " --config 'my fleet.yaml'",
    ]


def test_many_that_need_somebody_are_counted_in_the_end() -> None:
    stacks = [replace(STACK, name=f"web-{number}", is_stale=True) for number in range(50)]
    text = render_fleet_status(status_of(*stacks))
    assert text.endswith("  and 20 more; choose stacks to see theirs\n")


def test_problems_are_told_with_their_places() -> None:
    problem = FleetProblem(source="local", path="a.yaml", line=3, what="broken")
    unplaced = replace(problem, line=None, what="x\n::set-output::y")
    text = render_fleet_status(status_of(problems=(problem, unplaced)))
    assert "Problems:\n  a.yaml:3: broken\n  a.yaml: x\\n::set-output::y\n" in text


def test_a_run_is_a_line_and_one_without_an_end_is_running() -> None:
    running = replace(RUN, ended=None, outcome=None, counts={}, error=None, person=None)
    counts = {"drift": 2, "clean": 1}
    sweep = replace(
        RUN, stack=None, kind="sweep", cause="schedule", person=None, counts=counts, error=None
    )
    lines = render_fleet_history([running, sweep, RUN]).splitlines()
    assert [line.split()[4:9] for line in lines[1:]] == [
        ["acme/web", "apply", "person", "running", "-"],
        ["acme", "sweep", "schedule", "failed", "2"],
        ["acme/web", "apply", "person", "(ann)", "failed"],
    ]
    assert lines[2].endswith("2 min   c0ffee12  2 drift, 1 clean")
    assert lines[3].endswith("2 min   c0ffee12  2 to create       web-1: refused")
    assert render_fleet_history([]) == "No runs.\n"


def test_one_run_shows_its_facts_and_the_drift_that_it_has_found() -> None:
    server = {"key": "web-1", "hostname": "vs1", "why": "not told"}
    report = {
        "stacks": [
            {
                "stack": "web",
                "drifted": [{**server, "changes": [{"field": "memory", "before": 4, "after": 8}]}],
                "missing": ["web-2"],
                "extra": [{"key": None, "hostname": "vs3"}],
                "not_compared": [server],
            }
        ]
    }
    plan = replace(PLAN, decision="rejected", decided_by="bob", decided_why="too late")
    text = render_fleet_run(FleetRunDetail(run=RUN, plan=plan, reports=(report,)))
    assert "Run of acme/web, number 7\n" in text
    assert "  plan      0123456789ab, rejected by bob: too late\n" in text
    assert "  started   2027-01-01 02:57 UTC, lasted 2 min\n" in text
    assert text.partition("Drift:\n")[2].splitlines()[1:] == [
        "web    web-1   vs1       memory: 4 live, 8 declared",
        "web    web-2   -         missing in the account",
        "web    -       vs3       not declared",
        "web    web-1   vs1       not compared: not told",
    ]


def test_a_decision_is_a_line() -> None:
    one = FleetDecision(
        id=1, time=NOW, who="ann", what="pause", account="acme", subject="web", detail={"why": "x"}
    )
    other = replace(one, what="configure", account=None, subject=None, detail={})
    assert render_fleet_audit([one, other]).splitlines()[1:] == [
        '2027-01-01 03:00 UTC  ann  pause      acme/web  why "x"',
        "2027-01-01 03:00 UTC  ann  configure  -",
    ]
    assert render_fleet_audit([]) == "No decisions.\n"


def test_a_decision_about_a_plan_says_what_it_waits_for() -> None:
    paused = replace(STACK, pause=FleetPause(by="ann", why="moving", until=NOW))
    assert decided_words("Approved", paused, PLAN) == (
        "Approved 0123456789ab of acme/web: 2 to create, 1 to destroy, 1 losing data,"
        " +39.00 per month.\nIt waits for the end of the pause by ann.\n"
    )
    assert "pause" not in decided_words("Rejected", paused, PLAN)


def test_a_pause_says_which_stacks_and_which_of_them_still_run() -> None:
    stacks = [replace(STACK, name=f"web-{number}", holder="h") for number in range(7)]
    assert paused_words("Paused", stacks) == (
        "Paused 7 stacks: acme/web-0, acme/web-1, acme/web-2, acme/web-3, acme/web-4 and 2 more.\n"
        "7 of them are running now and will end that run.\n"
    )
    assert paused_words("Resumed", stacks[:1]) == "Resumed 1 stack: acme/web-0.\n"
    assert paused_words("Paused", []) == "No stack matches.\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((-5, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h")),
        *((2 * 86_400 - 1, "47 h"), (2 * 86_400, "2 days"), (1e9, "11,574 days")),
    ],
)
def test_an_age_is_one_number_with_its_unit(seconds: float, words: str) -> None:
    assert age_words(NOW, NOW - timedelta(seconds=seconds)) == words


def test_what_was_never_seen_has_no_age_and_what_is_due_is_due_now() -> None:
    assert age_words(NOW, None) == "never"
    assert due_words(NOW, NOW) == "now"
    assert due_words(NOW, NOW + timedelta(hours=30)) == "in 30 h"


@settings(max_examples=examples(20))
@given(fleet_statuses)
def test_the_status_is_a_document_of_its_schema(status: FleetStatus) -> None:
    validator_of("fleet-status.schema.json").validate(json.loads(render_fleet_status_json(status)))


@settings(max_examples=examples(15))
@given(fleet_run_details(journals))
def test_a_run_is_a_document_of_the_schema(detail: FleetRunDetail) -> None:
    document = json.loads(render_fleet_run_json(detail))
    # Plans of the strategies hold anything; that theirs fit is tested with real ones.
    if document["plan"] is not None:
        document["plan"]["document"] = None
    validator_of("fleet-history.schema.json").validate(document)


@settings(max_examples=examples(15))
@given(fleet_decisions, fleet_runs)
def test_the_audit_and_the_history_are_documents_of_the_schema(
    decisions: list[FleetDecision], run: FleetRun
) -> None:
    validator = validator_of("fleet-history.schema.json")
    validator.validate(json.loads(render_fleet_audit_json(decisions)))
    validator.validate(json.loads(render_fleet_history_json([run])))
