"""Every server that a file declares is counted exactly once, in each format."""

import json
import re
from collections import Counter
from xml.etree import ElementTree

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.model.results.drift import DriftReport
from ccloud_apply.render.registry import render
from tests.support.builders import COMPLETE, account, drift_of, live, spec, stack
from tests.support.examples import examples

FOUND = {
    "equal": "in_sync",
    "unknown image": "in_sync",
    "another size": "drifted",
    "another size and an unknown image": "drifted",
    "absent": "missing",
    "being built": "not_compared",
    "busy": "not_compared",
    "paused": "not_compared",
    "size not told": "not_compared",
    "released": "drifted",
    "released and busy": "drifted",
    "not declared": "extra",
    "not declared and busy": "extra",
}
"""What a server of the stack may be like, and where the report has it."""

kinds = st.lists(st.sampled_from(sorted(FOUND)), max_size=8)


def make(kinds: list[str]) -> DriftReport:
    """The report of a stack with servers of these kinds."""
    specs: list[ServerSpec] = []
    lives: list[LiveServer] = []
    tasks: list[Task] = []
    released = []
    for number, kind in enumerate(kinds):
        key = f"key-{number}"
        if kind.startswith("released"):
            released.append(key)
        elif not kind.startswith("not declared"):
            specs.append(spec(key, **COMPLETE, power="running"))
        if kind != "absent":
            lives.append(_live(10001 + number, key, kind))
        if kind.endswith("busy"):
            host = f"vs{10001 + number}"
            tasks.append(Task(id=number, action="start", status="processing", hostname=host))
    stacks = [stack(*specs, released=released)]
    report, errors = drift_of(stacks, account(*lives, tasks=tuple(tasks)))
    assert report is not None, errors
    return report


def _live(number: int, key: str, kind: str) -> LiveServer:
    return live(
        number,
        key=key,
        cores=4 if "another size" in kind else 2,
        memory_gb=None if kind == "size not told" else 4,
        os_name="Something 99" if "unknown image" in kind else "Linux Debian 12",
        is_building=kind == "being built",
        state="Paused" if kind == "paused" else "Running",
    )


def from_json(report: DriftReport) -> Counter[str]:
    (found,) = json.loads(render("drift", "json", report))["stacks"]
    names = ("drifted", "missing", "extra", "not_compared")
    return Counter({name: len(found[name]) for name in names} | {"in_sync": found["in_sync"]})


def from_junit(report: DriftReport) -> Counter[str]:
    root = ElementTree.fromstring(render("drift", "junit", report))
    cases = list(root.iter("testcase"))
    names = [case.attrib["name"] for case in cases]
    assert len(set(names)) == len(names)
    for element in (root, root[0]):
        assert int(element.attrib["tests"]) == len(cases)
        not_passed = sum(int(element.attrib[n]) for n in ("failures", "errors", "skipped"))
        assert len(cases) - not_passed == sum(_result(case) == "in_sync" for case in cases)
    return Counter(map(_result, cases))


def _result(case: ElementTree.Element) -> str:
    found = [part.attrib["type"] for part in case if part.tag in ("failure", "error")]
    (result,) = found or ["in_sync"]
    return "drifted" if result == "drift" else result


def from_prometheus(report: DriftReport) -> Counter[str]:
    families = text_string_to_metric_families(render("drift", "prometheus", report))
    servers = next(f for f in families if f.name == "ccloud_apply_drift_servers")
    return Counter({s.labels["state"]: int(s.value) for s in servers.samples})


def from_words(text: str) -> Counter[str]:
    """The counts of a sentence such as `1 drifted, 0 missing, 0 extra; 2 in sync.`"""
    found = re.findall(r"([\d,]+) (drifted|missing|extra|in sync|not compared)", text)
    return Counter({name.replace(" ", "_"): int(count) for count, name in found})


@settings(max_examples=examples(100), suppress_health_check=list(HealthCheck), deadline=None)
@given(kinds)
def test_every_server_is_counted_once_in_each_format(kinds: list[str]) -> None:
    report = make(kinds)
    expected = +Counter(FOUND[kind] for kind in kinds)
    assert +from_json(report) == expected
    assert +from_junit(report) == expected
    assert +from_prometheus(report) == expected
    last = render("drift", "text", report).splitlines()[-1]
    assert +from_words(last) == expected
    assert +from_words(render("drift", "markdown", report).splitlines()[1]) == expected
    totals = re.search(r'<ul class="totals">.*</ul>', render("drift", "html", report))
    assert totals is not None
    assert +from_words(re.sub("(<[^>]+>| )+", " ", totals[0])) == expected


@settings(max_examples=examples(60), suppress_health_check=list(HealthCheck), deadline=None)
@given(kinds)
def test_every_server_that_is_not_as_declared_is_named_once_as_what_it_is(
    kinds: list[str],
) -> None:
    report = make(kinds)
    (found,) = json.loads(render("drift", "json", report))["stacks"]
    told = {
        "drifted": [server["key"] for server in found["drifted"]],
        "missing": found["missing"],
        "extra": [server["key"] for server in found["extra"]],
        "not_compared": [server["key"] for server in found["not_compared"]],
    }
    for name, keys in told.items():
        assert sorted(keys) == [f"key-{i}" for i, kind in enumerate(kinds) if FOUND[kind] == name]
    unknown = [f"key-{i}" for i, kind in enumerate(kinds) if "unknown image" in kind]
    assert [one["key"] for one in found["unknown"]] == unknown
    assert report.matches == (set(map(FOUND.get, kinds)) <= {"in_sync"})
