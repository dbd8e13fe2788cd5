"""Drift as metrics and as a CloudEvent, read by other people's readers."""

import json
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from prometheus_client.parser import text_string_to_metric_families

from ccloud_apply.model.results.drift import (
    DriftReport,
    Resolved,
    Since,
    StackDrift,
    UncomparedServer,
)
from ccloud_apply.render.drift.event import render_drift_event
from ccloud_apply.render.drift.prometheus import render_drift_prometheus
from tests.support.examples import examples
from tests.support.render.drifts import READ_AT, full_report, hostile_reports, with_retired

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
SYNCED = DriftReport(stacks=(StackDrift(stack="web", path="p", in_sync=("a",)),), read_at=READ_AT)


def samples(report: DriftReport) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(render_drift_prometheus(report))
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_every_state_of_every_stack_has_a_series_and_so_has_the_moment() -> None:
    found = samples(full_report())
    assert found["ccloud_apply_drift_servers", "web-prod", "drifted"] == 2
    assert found["ccloud_apply_drift_servers", "web-prod", "in_sync"] == 2
    assert found["ccloud_apply_drift_servers", "intranet", "missing"] == 0
    assert found["ccloud_apply_unmanaged_servers",] == 2
    assert found["ccloud_apply_drift_last_read_timestamp_seconds",] == READ_AT.timestamp()
    assert found["ccloud_apply_drift_unknown_fields", "web-prod"] == 1
    assert found["ccloud_apply_drift_unknown_fields", "intranet"] == 0
    assert found["ccloud_apply_other_stack_servers", "gone"] == 3
    assert found["ccloud_apply_drift_fields_not_looked_at", "web-prod"] == 0
    assert len(found) == 2 * 8 + 2 + 3


def test_a_retired_server_that_waits_is_counted_for_itself() -> None:
    (web, *_) = full_report().stacks
    found = samples(replace(full_report(), stacks=(with_retired(web),)))
    assert found["ccloud_apply_drift_servers", "web-prod", "retired"] == 1
    assert found["ccloud_apply_drift_servers", "web-prod", "extra"] == 2


def test_no_sample_has_a_time_stamp_and_the_last_line_is_ended() -> None:
    text = render_drift_prometheus(full_report())
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    assert text.endswith("\n")
    assert all(len(line.rpartition("} ")[2].split()) <= 2 for line in lines)


@thorough
@given(hostile_reports)
def test_any_name_of_a_stack_is_one_label(report: DriftReport) -> None:
    families = list(text_string_to_metric_families(render_drift_prometheus(report)))
    servers = next(f for f in families if f.name == "ccloud_apply_drift_servers")
    assert len(servers.samples) == 6 * len(report.stacks)
    assert all(set(sample.labels) == {"stack", "state"} for sample in servers.samples)


def test_an_event_names_fields_and_no_values() -> None:
    text = render_drift_event(full_report())
    assert text is not None
    event = json.loads(text)
    assert {"specversion", "id", "source", "type"} <= event.keys()
    assert event["type"] == "de.centron.ccloud-apply.drift.detected.v1"
    web = event["data"]["stacks"][0]
    assert web["drifted"][0] == {
        "key": "web-1",
        "hostname": "vs10001",
        "fields": ["memory", "tags", "notes", "pool"],
    }
    assert "hotfix" not in text


def test_the_same_report_is_the_same_event_and_another_one_is_not() -> None:
    again = replace(full_report(), read_at=READ_AT.replace(hour=11))
    ids = [json.loads(render_drift_event(r) or "")["id"] for r in (full_report(), full_report())]
    assert ids[0] == ids[1] != json.loads(render_drift_event(again) or "")["id"]


def test_where_there_is_nothing_to_tell_there_is_no_event() -> None:
    assert render_drift_event(SYNCED) is None
    known = replace(SYNCED, since=Since(read_at="x", known=1))
    assert render_drift_event(known) is None


def test_a_server_that_is_not_compared_is_an_event_of_its_own_and_no_end_of_drift() -> None:
    web = UncomparedServer(key="b", hostname="vs1", why="vs1 is Paused")
    gone = Resolved(stack="web", kind="drifted", name="a")
    stack = replace(SYNCED.stacks[0], not_compared=(web,))
    report = replace(SYNCED, stacks=(stack,), since=Since(read_at="x", resolved=(gone,)))
    event = json.loads(render_drift_event(report) or "")
    assert event["type"] == "de.centron.ccloud-apply.drift.not_compared.v1"
    assert event["data"]["stacks"][0]["not_compared"] == [{"key": "b", "hostname": "vs1"}]


def test_a_report_of_some_servers_never_clears_all_drift() -> None:
    gone = Resolved(stack="web", kind="drifted", name="a")
    stack = replace(SYNCED.stacks[0], left_out=("b",))
    report = replace(SYNCED, stacks=(stack,), since=Since(read_at="x", resolved=(gone,)))
    assert render_drift_event(report) is None


def test_the_end_of_all_drift_is_an_event_of_its_own() -> None:
    gone = Resolved(stack="web", kind="drifted", name="a")
    text = render_drift_event(replace(SYNCED, since=Since(read_at="x", resolved=(gone,))))
    assert text is not None
    assert json.loads(text)["type"].endswith("drift.cleared.v1")
    still = Since(read_at="x", known=1, resolved=(gone,))
    assert render_drift_event(replace(SYNCED, since=still)) is None


def test_the_webhook_says_cleared_only_where_all_of_it_was_looked_at() -> None:
    resolved = (Resolved(stack="web", kind="drifted", name="a"),)
    since = Since(read_at="2027-02-28T10:30:00+00:00", resolved=resolved)
    assert render_drift_event(replace(SYNCED, since=since)) is not None
    assert render_drift_event(replace(SYNCED, since=replace(since, not_looked_at=1))) is None


def test_the_fields_that_were_not_looked_at_are_counted_and_named_to_the_webhook() -> None:
    (web, *_) = full_report().stacks
    lists = replace(full_report(), stacks=(replace(web, not_looked_at=("disks", "power")),))
    assert samples(lists)["ccloud_apply_drift_fields_not_looked_at", "web-prod"] == 2
    event = json.loads(render_drift_event(lists) or "")
    assert event["data"]["stacks"][0]["not_looked_at"] == ["disks", "power"]
