"""Drift as an HTML page and as JUnit XML: whole documents, whatever stands in them."""

from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from ccloud_apply.model.results.drift import DriftReport, StackDrift, UncomparedServer
from ccloud_apply.render.drift.html_document import render_drift_html
from ccloud_apply.render.drift.html_style import DRIFT_STYLE
from ccloud_apply.render.drift.junit import render_drift_junit
from ccloud_apply.render.lib.html_style import FILTER_SCRIPT, PAGE_STYLE
from tests.support.examples import examples
from tests.support.render.drifts import ACCOUNT, full_report, hostile_reports
from tests.support.render.harmless import assert_harmless
from tests.support.render.parsed_page import (
    ATTRIBUTES,
    Page,
    assert_allowed,
    assert_loads_nothing,
    attributes,
    names,
)

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
# HTML

OURS = names(Page(render_drift_html(full_report(), has_unmanaged=True)))


def test_the_page_shows_what_there_is_to_know() -> None:
    page = Page(render_drift_html(full_report()))
    words = " ".join(page.text.split())
    for shown in (
        "Live against declared. Account https://api.example/v1 Customer 4711 Read 2027-03-01",
        "2 drifted",
        "memory 8 GB 4 GB",
        "- hotfix + Pager: 7",
        "update_memory by jane@example.com: done (task 17)",
        "db declared, does not exist",
        "vs10007 carries the stack's tag as old",
        "web-5 (a server without a hostname) server #10005 is being built",
        "web-3 is compared without image",
        "servers.web-3: image gone12",
        "2 in sync web-3, web-4",
        "1 server is as declared.",
    ):
        assert shown in words
    assert "legacy mail" not in words


def test_the_page_shows_unmanaged_servers_where_they_are_asked_for() -> None:
    assert "legacy mail" in render_drift_html(full_report(), has_unmanaged=True)
    assert "None." in render_drift_html(DriftReport(), has_unmanaged=True)


def test_the_page_without_drift_says_so_in_its_title() -> None:
    text = render_drift_html(DriftReport(stacks=(StackDrift(stack="s", path="p"),)))
    assert "<h1>No drift</h1>" in text
    assert "0 servers are as declared." in text


def test_the_page_is_not_calm_about_what_is_not_compared() -> None:
    web = UncomparedServer(key="web", hostname="vs1", why="vs1 is Paused")
    stack = StackDrift(stack="s", path="p", in_sync=("db",), not_compared=(web,))
    text = render_drift_html(DriftReport(stacks=(stack,)))
    assert '<header class="drift">\n<h1>Not all servers are compared</h1>' in text
    assert "as declared" not in text
    assert "<summary>1 in sync</summary><p>db</p>" in text


def test_the_page_loads_nothing_and_is_light_and_dark() -> None:
    page = render_drift_html(full_report(), has_unmanaged=True)
    assert_loads_nothing(page.replace(ACCOUNT.endpoint, ""))  # which is text


@pytest.mark.parametrize("part", [PAGE_STYLE + DRIFT_STYLE, FILTER_SCRIPT], ids=["style", "script"])
def test_the_policy_of_the_page_allows_its_own_style_and_script_by_their_hashes(part: str) -> None:
    assert_allowed(render_drift_html(full_report()), part)


@thorough
@given(hostile_reports)
def test_text_of_others_adds_no_tag_and_no_attribute_to_the_page(report: DriftReport) -> None:
    text = render_drift_html(report, has_unmanaged=True)
    assert_harmless(text)
    page = Page(text)
    assert names(page) <= OURS
    assert attributes(page) <= ATTRIBUTES


def test_tags_in_names_are_text() -> None:
    key = "</title></script><img src=x onerror=alert(1)>\"'&amp;"
    page = Page(render_drift_html(DriftReport(stacks=(StackDrift(stack=key, path=key),))))
    assert page.text.count(key) == 2
    assert "img" not in names(page)


# JUnit


def parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode("utf-8"))


def cases(root: ElementTree.Element) -> dict[tuple[str, str], str]:
    """Class and name of each case, and what is in it."""
    return {
        (case.attrib["classname"], case.attrib["name"]): (
            case[0].attrib.get("type", case[0].tag)
            if len(case) and case[0].tag != "system-out"
            else "passed"
        )
        for case in root.iter("testcase")
    }


def test_a_server_that_is_not_compared_is_an_error_and_neither_passed_nor_skipped() -> None:
    root = parse(render_drift_junit(full_report()))
    (error,) = root.iter("error")
    assert "server #10005 is being built" in error.attrib["message"]
    assert (root.attrib["errors"], root.attrib["skipped"]) == ("1", "0")


def test_each_server_is_a_case_that_passed_or_failed_or_could_not_be_compared() -> None:
    assert cases(parse(render_drift_junit(full_report()))) == {
        ("web-prod", "web-1"): "drift",
        ("web-prod", "web-2"): "drift",
        ("web-prod", "db"): "missing",
        ("web-prod", "old"): "extra",
        ("web-prod", "web-5"): "not_compared",
        ("web-prod", "web-3"): "passed",
        ("web-prod", "web-4"): "passed",
        ("intranet", "wiki"): "passed",
    }


def test_a_failure_says_what_differs_and_who_worked_on_it() -> None:
    failure = next(parse(render_drift_junit(full_report())).iter("failure"))
    assert failure.attrib["message"] == "vs10001 differs: memory, tags, notes, pool"
    assert failure.text is not None
    assert "memory: live: 8 GB; declared: 4 GB" in failure.text
    assert "update_memory by jane@example.com: done (task 17)" in failure.text


def test_unmanaged_servers_are_skipped_cases_where_they_are_asked_for() -> None:
    found = cases(parse(render_drift_junit(full_report(), has_unmanaged=True)))
    assert found["servers without a stack", 'vs10042 "legacy mail", tags finance'] == "skipped"
    assert found["servers of other stacks", "gone"] == "skipped"


@thorough
@given(hostile_reports)
def test_any_report_is_valid_xml_with_right_counts(report: DriftReport) -> None:
    text = render_drift_junit(report, has_unmanaged=True)
    assert_harmless(text)
    root = parse(text)
    for element in (root, *root.iter("testsuite")):
        found = list(element.iter("testcase"))
        failed = [case for case in found if case.find("failure") is not None]
        errors = [case for case in found if case.find("error") is not None]
        skipped = [case for case in found if case.find("skipped") is not None]
        names = ("tests", "failures", "errors", "skipped")
        counts = tuple(int(element.attrib[name]) for name in names)
        assert counts == (len(found), len(failed), len(errors), len(skipped))
        assert len(failed) + len(errors) + len(skipped) <= len(found)
    known = {"testsuites", "testsuite", "testcase", "failure", "error", "skipped"}
    assert {element.tag for element in root.iter()} <= known | {"system-out", "system-err"}
