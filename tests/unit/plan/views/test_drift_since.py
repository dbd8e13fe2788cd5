"""A report against an earlier one: only what nobody knew yet is told again."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    ExtraServer,
    Resolved,
    RetiredServer,
    StackDrift,
    UncomparedServer,
)
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.plan.views.drift_since import keep_new
from ccloud_apply.render.drift.json_document import render_drift_json
from tests.support.examples import examples
from tests.support.render.drifts import hostile_reports

MEMORY = FieldChange(field="memory", before=8, after=4)
NOTES = FieldChange(field="notes", before="a", after="b", note="said")


def saved(report: DriftReport) -> Any:
    return json.loads(render_drift_json(report))


def report(stack: StackDrift) -> DriftReport:
    return DriftReport(stacks=(stack,))


def stack(**fields: Any) -> StackDrift:
    return StackDrift(stack="web", path="web.yaml", **fields)


def server(*changes: FieldChange, key: str = "a") -> DriftedServer:
    return DriftedServer(key=key, hostname=f"vs-{key}", changes=changes)


def uncompared(key: str) -> UncomparedServer:
    return UncomparedServer(key=key, hostname=f"vs-{key}", why=f"vs-{key} is Paused")


def test_without_an_earlier_report_everything_is_new() -> None:
    found = keep_new(report(stack(missing=("b",))), None)
    assert found.has_drift
    assert found.since is not None
    assert found.since.read_at is None


def test_what_is_as_it_was_is_known_and_no_drift_any_more() -> None:
    full = report(
        stack(
            drifted=(server(MEMORY),),
            missing=("b",),
            extra=(ExtraServer(key="c", hostname="vs3"),),
        )
    )
    found = keep_new(full, saved(full))
    assert not found.has_drift
    assert found.since is not None
    assert (found.since.known, found.since.resolved) == (3, ())


def test_of_a_server_only_the_new_changes_are_told() -> None:
    earlier = saved(report(stack(drifted=(server(MEMORY),))))
    found = keep_new(report(stack(drifted=(server(MEMORY, NOTES),))), earlier)
    assert [c.field for c in found.stacks[0].drifted[0].changes] == ["notes"]


def test_another_live_value_is_new_and_another_note_is_not() -> None:
    earlier = saved(report(stack(drifted=(server(MEMORY, NOTES),))))
    other = replace(MEMORY, before=16)
    found = keep_new(report(stack(drifted=(server(other, replace(NOTES, note="")),))), earlier)
    assert found.stacks[0].drifted[0].changes == (other,)


def test_a_server_that_took_the_place_of_another_is_new() -> None:
    earlier = saved(report(stack(drifted=(server(MEMORY),))))
    moved = replace(server(MEMORY), hostname="vs-other")
    assert keep_new(report(stack(drifted=(moved,))), earlier).has_drift


def test_what_is_gone_from_the_report_is_resolved_by_name() -> None:
    earlier = saved(
        report(
            stack(
                drifted=(server(MEMORY), server(MEMORY, key="d")),
                missing=("b",),
                extra=(ExtraServer(key="c", hostname="vs3"),),
            )
        )
    )
    now = stack(in_sync=("a", "b"), not_compared=(uncompared("d"),))
    found = keep_new(report(now), earlier)
    assert found.since is not None
    assert found.since.resolved == (
        Resolved(stack="web", kind="drifted", name="a"),
        Resolved(stack="web", kind="missing", name="b"),
        Resolved(stack="web", kind="extra", name="vs3"),
    )


def test_a_server_that_is_not_compared_is_told_once_for_each_reason() -> None:
    full = report(stack(not_compared=(uncompared("a"),)))
    assert not keep_new(full, saved(report(stack()))).matches
    again = keep_new(full, saved(full))
    assert again.matches
    assert again.since is not None
    assert (again.since.known, again.since.resolved) == (1, ())
    other = report(stack(not_compared=(replace(uncompared("a"), why="vs-a is Critical"),)))
    assert not keep_new(other, saved(full)).matches


@pytest.mark.parametrize(
    ("now", "resolved"),
    [
        (stack(in_sync=("a",)), [("not_compared", "a")]),
        (stack(), [("not_compared", "a")]),
        (stack(drifted=(server(MEMORY),)), []),
        (stack(missing=("a",)), []),
        (stack(left_out=("a",)), []),
    ],
)
def test_a_server_is_compared_again_once_nothing_else_is_told_of_it(
    now: StackDrift, resolved: list[tuple[str, str]]
) -> None:
    found = keep_new(report(now), saved(report(stack(not_compared=(uncompared("a"),)))))
    assert found.since is not None
    assert [(gone.kind, gone.name) for gone in found.since.resolved] == resolved


def test_what_nobody_asked_for_is_not_resolved() -> None:
    earlier = saved(
        report(
            stack(
                drifted=(server(MEMORY),),
                missing=("b",),
                extra=(ExtraServer(key="c", hostname="vs3"),),
            )
        )
    )
    found = keep_new(report(stack(in_sync=("d",), left_out=("a", "b", "c"))), earlier)
    assert found.since is not None
    assert found.since.resolved == ()


def test_stacks_that_nobody_asks_for_now_are_left_out() -> None:
    earlier = saved(report(StackDrift(stack="other", path="o.yaml", missing=("x",))))
    found = keep_new(report(stack()), earlier)
    assert found.since is not None
    assert found.since.resolved == ()


def test_a_cause_is_no_change() -> None:
    earlier = saved(report(stack(drifted=(server(MEMORY),))))
    cause = Task(id=7, action="resize-server", status="done")
    told = replace(server(MEMORY), causes={"memory": cause})
    assert not keep_new(report(stack(drifted=(told,))), earlier).has_drift


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
@given(hostile_reports)
def test_a_report_has_nothing_new_against_itself(found: DriftReport) -> None:
    names = [one.stack for one in found.stacks]
    if len(set(names)) == len(names):
        assert keep_new(found, saved(found)).matches


def test_a_retired_server_is_listed_once_and_is_new_again_on_another_day_and_once_it_is_due() -> (
    None
):
    waits = RetiredServer(key="old", hostname="vs-old", retires=date(2027, 3, 8))
    earlier = saved(report(stack(retired=(waits,))))
    same = keep_new(report(stack(retired=(waits,))), earlier)
    assert (same.stacks[0].retired, same.since and same.since.known) == ((), 0)
    later = replace(waits, retires=date(2027, 4, 1))
    assert keep_new(report(stack(retired=(later,))), earlier).stacks[0].retired == (later,)
    due = stack(extra=(ExtraServer(key="old", hostname="vs-old", retires=date(2027, 3, 8)),))
    assert keep_new(report(due), earlier).has_drift


def test_a_report_of_a_version_without_retired_servers_is_read() -> None:
    earlier = saved(report(stack()))
    del earlier["stacks"][0]["retired"]
    waits = RetiredServer(key="old", hostname="vs-old", retires=date(2027, 3, 8))
    found = keep_new(report(stack(retired=(waits,))), earlier)
    assert found.stacks[0].retired == (waits,)


def test_nothing_is_resolved_because_nobody_looked_at_it() -> None:
    disks = FieldChange(field="disks.2", before=100, after=None)
    drifted = (server(disks, key="a"), server(MEMORY, disks, key="b"), server(MEMORY, key="c"))
    earlier = saved(report(stack(drifted=drifted, not_compared=(uncompared("d"),), missing=("e",))))
    lists = stack(in_sync=("a", "b", "c", "d", "e"), not_looked_at=("disks",))
    found = keep_new(replace(report(lists), is_lists_only=True), earlier).since
    assert found is not None
    resolved = [(gone.kind, gone.name) for gone in found.resolved]
    assert resolved == [("drifted", "c"), ("missing", "e")]
    assert (found.known, found.not_looked_at) == (0, 3)
    full = keep_new(report(replace(lists, not_looked_at=())), earlier).since
    assert full is not None
    assert (len(full.resolved), full.not_looked_at) == (5, 0)


def test_a_server_that_the_lists_show_to_differ_is_not_counted_as_not_looked_at() -> None:
    disks = FieldChange(field="disks.2", before=100, after=None)
    earlier = saved(report(stack(drifted=(server(MEMORY, disks),), missing=("b",))))
    lists = stack(drifted=(server(MEMORY),), missing=("b",), not_looked_at=("disks",))
    found = keep_new(replace(report(lists), is_lists_only=True), earlier).since
    assert found is not None
    assert (found.known, found.resolved, found.not_looked_at) == (2, (), 0)


def test_a_retired_server_is_extra_until_somebody_looks_whether_it_still_runs() -> None:
    day = date(2027, 3, 8)
    extra = (
        ExtraServer(key="old", hostname="vs-old", retires=day),
        ExtraServer(key="gone", hostname="vs-gone"),
    )
    earlier = saved(report(stack(extra=extra)))
    waits = stack(retired=(RetiredServer(key="old", hostname="vs-old", retires=day),))
    found = keep_new(report(replace(waits, not_looked_at=("power",))), earlier).since
    assert found is not None
    assert ([gone.name for gone in found.resolved], found.not_looked_at) == (["vs-gone"], 1)
    looked = keep_new(report(waits), earlier).since
    assert looked is not None
    assert ([gone.name for gone in looked.resolved], looked.not_looked_at) == (
        ["vs-old", "vs-gone"],
        0,
    )
