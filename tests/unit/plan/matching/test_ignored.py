"""Ignored changes that end: they count to their last day, and a plan says so in time."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.apply.once.precondition import build_planned_states
from ccloud_apply.model.declared.ignored import IgnoredChange, IgnoredField, ignoring
from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.declared.stack import Lifecycle, ServerSpec, Stack
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.plan import StackPlan
from ccloud_apply.plan.matching.ignored import settle_ignored
from ccloud_apply.plan.matching.select import PlanOptions
from tests.support.builders import READ_AT, account, drift_of, live, plan, spec, stack

UNTIL = date(2027, 3, 10)
ENTRY = SourceRange("stack.yaml", 9, 30)
DAYS = st.dates(date(2027, 1, 1), date(2027, 12, 31))


def load_test(*more: IgnoredChange, until: date | None = UNTIL) -> ServerSpec:
    entry = IgnoredChange(field="memory", until=until, reason="load test", source=ENTRY)
    return spec(memory=8, lifecycle=Lifecycle(ignore_changes=(entry, *more)))


def on(day: date | None, desired: Stack, **options: Any) -> tuple[StackPlan, list[Diagnostic]]:
    found, _ = plan(desired, account(live(key="web")), today=day, **options)
    return found, [one for one in found.warnings if one.code == "ignore-ends"]


def changed(found: StackPlan) -> list[str]:
    return [change.field for server in found.servers for change in server.changes]


@given(day=DAYS, until=st.none() | DAYS)
def test_a_change_is_ignored_to_its_last_day_and_compared_from_the_next_on(
    day: date, until: date | None
) -> None:
    found, warnings = on(day, stack(load_test(until=until)))
    counts = until is None or day <= until
    assert changed(found) == ([] if counts else ["memory"])
    told = (IgnoredField(key="web", field="memory", until=until, reason="load test"),)
    assert found.ignored == (told if counts else ())
    is_near = until is not None and until - day <= timedelta(days=7)
    assert len(warnings) == is_near
    assert all(one.severity is Severity.WARNING and one.source == ENTRY for one in warnings)


def test_the_warnings_say_how_long_it_lasts_and_what_to_do() -> None:
    desired = stack(load_test())
    texts = {}
    for day in (UNTIL - timedelta(days=7), UNTIL - timedelta(days=1), UNTIL, UNTIL + timedelta(1)):
        (warning,) = on(day, desired)[1]
        texts[day.day] = f"{warning.where}: {warning.what}"
    where = "servers.web.lifecycle.ignore_changes: changes of memory"
    assert texts == {
        3: f"{where} are ignored until 2027-03-10, which is 7 days from now",
        9: f"{where} are ignored until 2027-03-10, which is 1 day from now",
        10: f"{where} are ignored until 2027-03-10, which is today",
        11: f"{where} were ignored until 2027-03-10, and are compared again",
    }


def test_the_day_is_that_on_which_the_account_was_read_unless_it_is_given() -> None:
    until = READ_AT.date()
    assert changed(on(None, stack(load_test(until=until)))[0]) == []
    assert changed(on(None, stack(load_test(until=until - timedelta(days=1))))[0]) == ["memory"]


def test_one_that_has_ended_is_not_told_where_another_entry_still_covers_it() -> None:
    found, warnings = on(UNTIL + timedelta(days=1), stack(load_test(*ignoring("memory"))))
    assert (changed(found), warnings) == ([], [])


def test_what_is_ignored_for_good_and_without_a_reason_needs_no_words() -> None:
    lifecycle = Lifecycle(ignore_changes=ignoring("memory", "disks.2"))
    assert on(UNTIL, stack(spec(memory=8, lifecycle=lifecycle)))[0].ignored == ()


def test_a_server_that_is_created_or_destroyed_ignores_nothing() -> None:
    complete = spec("new", memory=8, lifecycle=load_test().lifecycle)
    found, warnings = on(UNTIL, stack(load_test(), complete), target=("web",))
    assert [one.key for one in found.ignored] == ["web"]
    assert len(warnings) == 1
    destroyed, warnings = on(UNTIL, stack(load_test()), is_destroy=True)
    assert (destroyed.ignored, warnings) == ((), [])


def test_drift_says_what_it_does_not_compare_and_compares_it_once_the_last_day_is_over() -> None:
    desired, lives = stack(load_test()), account(live(key="web"))
    report, _ = drift_of([desired], lives, today=UNTIL)
    assert report is not None
    (found,) = report.stacks
    assert (found.drifted, len(found.ignored), len(found.warnings)) == ((), 1, 1)
    report, _ = drift_of([desired], lives, today=UNTIL + timedelta(days=1))
    assert report is not None
    (found,) = report.stacks
    assert [change.field for change in found.drifted[0].changes] == ["memory"]
    assert found.ignored == ()


def test_the_last_look_before_a_request_goes_by_the_day_of_the_plan() -> None:
    desired, lives = stack(load_test()), account(live(key="web"))
    found, _ = plan(desired, lives, today=UNTIL + timedelta(days=1))
    servers = {("shop", "web"): found.servers[0]}
    for day, count in ((UNTIL, 1), (UNTIL + timedelta(days=1), 0)):
        states = build_planned_states([desired], lives, servers, PlanOptions(today=day))
        state = states["shop", "web"]
        assert state.match.spec is not None
        assert len(state.match.spec.lifecycle.ignore_changes) == count


@given(day=DAYS, until=st.lists(st.none() | DAYS, max_size=3))
def test_settling_a_stack_twice_changes_nothing_more(day: date, until: list[date | None]) -> None:
    entries = tuple(IgnoredChange(field="notes", part=str(n), until=u) for n, u in enumerate(until))
    desired = stack(spec(lifecycle=Lifecycle(ignore_changes=entries)))
    once = settle_ignored(desired, day)
    assert settle_ignored(once, day) is once
    left = once.servers[0].lifecycle.ignore_changes
    assert left == tuple(e for e in entries if e.until is None or day <= e.until)
    assert all(e.counts_on(day) for e in left)
