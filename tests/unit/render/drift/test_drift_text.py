"""Drift as text, JSON and Markdown."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from ccloud_apply import __version__
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.model.results.drift import (
    DriftedServer,
    DriftReport,
    OtherStack,
    Since,
    StackDrift,
    UncomparedServer,
    UnknownFields,
)
from ccloud_apply.render.drift.json_document import render_drift_json
from ccloud_apply.render.drift.markdown import MARKER, MAX_LENGTH, render_drift_markdown
from ccloud_apply.render.drift.text import render_drift
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.registry import formats_of, render
from ccloud_apply.schemas import read_schema
from tests.support.examples import examples
from tests.support.render.drifts import full_report, hostile_reports
from tests.support.render.harmless import assert_harmless, without_colours
from tests.support.render.plans import change

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))
SCHEMA = Draft202012Validator(read_schema("drift.schema.json"))
SOURCE = (
    "Account https://api.example/v1 (customer 4711), read 2027-03-01 10:30 UTC,"
    f" ccloud-apply {__version__}"
)
TEXT = f"""\
{SOURCE}

Stack web-prod (stacks/web.yaml): 2 drifted, 1 missing, 1 extra; 2 in sync, 1 not compared

  ~ web-1 (vs10001) differs
      memory  live: 8 GB; declared: 4 GB
      tags    +production -handmade -web  (+ declared, - live)  # 1 on both sides
      notes   - live, + declared
        |   Owner: platform team
        | - hotfix
        | + Pager: 7
      pool    live: pool_old; declared: pool_iw_ssd  # only set at create
      last tasks
        2027-02-28 22:04 update_memory by jane@example.com: done (task 17)
        create: done (task 12)

  ~ web-2 (vs10002) differs
      disks.2      live: 100 GB; declared: (none)  # disk sc0s1
      custom_name  live: (none); declared: "web 2"
      password     live: (sensitive value); declared: (sensitive value)

  - db is declared but does not exist
  + vs10007 carries the stack's tag as old and is not declared
  ? web-5 (a server without a hostname) is not compared: server #10005 is being built
  ? web-3 is compared without image

  ! servers.web-3: image gone12 is not in the image catalogue, so it is not compared

Stack intranet (stacks/intranet.yaml): 0 drifted, 0 missing, 0 extra; 1 in sync
"""
UNMANAGED = """
Servers of other stacks: 4
  gone: 3 servers
  "": 1 server

Servers without a stack: 2
  vs10042 "legacy mail", tags finance
  a server without a hostname
"""
END = "\nDrift: 2 drifted, 1 missing, 1 extra; 3 in sync, 1 not compared.\n"


def big_report(count: int) -> DriftReport:
    """A report of many servers with long texts."""
    notes = "\n".join("`" * (i % 9) + f"{i} ü" * 40 for i in range(60))
    servers = tuple(
        DriftedServer(key=f"web-{i}", hostname=f"vs{i}", changes=(change("notes", notes, "x"),))
        for i in range(count)
    )
    missing = tuple(f"gone-{i}" for i in range(count))
    return DriftReport(stacks=(StackDrift(stack="s", path="p", drifted=servers, missing=missing),))


# Text


def test_the_text_shows_live_against_declared() -> None:
    assert render_drift(full_report()) == TEXT + END


def test_unmanaged_servers_are_shown_where_they_are_asked_for() -> None:
    assert render_drift(full_report(), has_unmanaged=True) == TEXT + UNMANAGED + END


def test_an_account_without_unmanaged_servers_is_said_to_have_none() -> None:
    text = render_drift(DriftReport(), has_unmanaged=True)
    assert "\n\nEvery server in the account belongs to a stack.\n\nNo drift: 0 drifted" in text


@pytest.mark.parametrize("names", [("gone",), ("",), ("gone", "older")])
def test_servers_of_other_stacks_are_told_and_never_said_to_be_none(names: tuple[str, ...]) -> None:
    others = tuple(OtherStack(stack=name, servers=2) for name in names)
    text = render_drift(DriftReport(other_stacks=others), has_unmanaged=True)
    assert f"Servers of other stacks: {2 * len(names)}\n" in text
    assert all(f"\n  {name or chr(34) * 2}: 2 servers\n" in text for name in names)
    assert "without a stack" not in text
    assert "other stacks" not in render_drift(DriftReport(other_stacks=others))


# Every format


def uncompared_report() -> DriftReport:
    """Nothing has drifted, and of one server nobody knows."""
    web = UncomparedServer(key="web", hostname="vs1", why="vs1 is Paused")
    return DriftReport(stacks=(StackDrift(stack="s", path="p", not_compared=(web,)),))


@pytest.mark.parametrize("format_name", [f for f in formats_of("drift") if f != "prometheus"])
def test_a_server_that_is_not_compared_is_told_with_its_reason(format_name: str) -> None:
    text = render("drift", format_name, uncompared_report())
    assert "vs1 is Paused" in text
    assert "web" in text
    assert "o drift" not in text


@pytest.mark.parametrize("format_name", [f for f in formats_of("drift") if f != "prometheus"])
def test_a_field_that_cannot_be_told_is_named(format_name: str) -> None:
    found = UnknownFields(key="web", hostname="vs1", fields=("image",))
    stack = StackDrift(stack="s", path="p", in_sync=("web",), unknown=(found,))
    assert "image" in render("drift", format_name, DriftReport(stacks=(stack,)))


@pytest.mark.parametrize("format_name", [f for f in formats_of("drift") if f != "prometheus"])
def test_the_account_and_the_time_are_told(format_name: str) -> None:
    text = render("drift", format_name, full_report())
    assert "https://api.example/v1" in text
    assert "4711" in text
    assert "2027-03-01" in text
    if format_name not in ("json", "html"):
        assert SOURCE in text


@pytest.mark.parametrize("format_name", ["text", "markdown", "html", "junit"])
@pytest.mark.parametrize(
    ("live", "declared", "shown"),
    [
        (["one", "two"], ["one", "three", "two"], ["+three"]),
        (["old", "one"], ["one"], ["-old"]),
        (["old"], ["three"], ["+three", "-old"]),
        (None, ["three"], ["+three"]),
    ],
)
def test_a_change_of_a_set_is_what_comes_and_what_goes(
    format_name: str, live: list[str] | None, declared: list[str], shown: list[str]
) -> None:
    server = DriftedServer(key="web", hostname="vs1", changes=(change("tags", live, declared),))
    stack = StackDrift(stack="s", path="p", drifted=(server,))
    text = render("drift", format_name, DriftReport(stacks=(stack,)))
    assert "(none)" not in text
    assert all(item in text for item in shown)
    assert "-three" not in text
    assert "+old" not in text


@thorough
@given(hostile_reports)
def test_no_text_of_others_can_harm_the_reader_of_the_text(report: DriftReport) -> None:
    plain = render_drift(report, has_unmanaged=True)
    assert_harmless(plain)
    coloured = render_drift(report, Style(is_coloured=True), has_unmanaged=True)
    assert without_colours(coloured) == plain


# JSON


def test_the_json_is_what_the_contract_says() -> None:
    document = json.loads(render_drift_json(full_report()))
    SCHEMA.validate(document)
    first, second = document["stacks"]
    assert document["format_version"] == "1.0"
    assert (first["stack"], first["path"]) == ("web-prod", "stacks/web.yaml")
    server = first["drifted"][0]
    assert (server["key"], server["hostname"]) == ("web-1", "vs10001")
    assert server["changes"][0] == {"field": "memory", "before": 8, "after": 4}
    assert server["last_tasks"][0] == {
        "id": 17,
        "action": "update_memory",
        "username": "jane@example.com",
        "created_at": "2027-02-28 22:04:11",
        "status": "done",
    }
    assert first["missing"] == ["db"]
    assert (server["ipv4"], server["ipv6"]) == (["198.18.0.10"], ["2001:db8:1200::a"])
    assert (first["drifted"][1]["ipv4"], first["drifted"][1]["ipv6"]) == ([], [])
    untold = {"ipv4": None, "ipv6": None}
    assert first["extra"] == [{"hostname": "vs10007", "key": "old", **untold}]
    assert (first["in_sync"], second["in_sync"]) == (2, 1)
    assert document["unmanaged"][0] == {
        "hostname": "vs10042",
        **untold,
        "custom_name": "legacy mail",
        "tags": ["finance"],
    }


def test_a_sensitive_value_is_not_in_the_json() -> None:
    secret = change("password", "the-old-one", "the-new-one", is_sensitive=True)
    report = full_report()
    server = DriftedServer(key="k", hostname="vs1", changes=(secret,))
    stack = replace(report.stacks[0], drifted=(server,))
    text = render_drift_json(replace(report, stacks=(stack,)))
    assert "the-" not in text
    assert '"sensitive": true' in text


@thorough
@given(hostile_reports)
def test_any_report_is_json_that_harms_no_reader(report: DriftReport) -> None:
    text = render_drift_json(report)
    assert_harmless(text)
    assert len(json.loads(text)["stacks"]) == len(report.stacks)


# Markdown


def outside_of_fences(text: str) -> list[str]:
    """The lines of a Markdown text that stand in no fenced block; every block has its end."""
    kept: list[str] = []
    fence = ""
    for line in text.splitlines():
        if fence:
            fence = "" if line == fence else fence
        elif found := re.match(r"(`{3,})diff$", line):
            fence = found[1]
        else:
            kept.append(line)
    assert not fence
    return kept


def without_code(line: str) -> str:
    """The line without its code spans, whose backticks are as many at both ends."""
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|<code>[^<>]*</code>", "", line)


def test_the_markdown_begins_with_its_marker_and_the_counts() -> None:
    lines = render_drift_markdown(full_report()).splitlines()
    assert lines[0] == MARKER
    assert lines[1] == "### Drift: 2 drifted, 1 missing, 1 extra; 3 in sync, 1 not compared."


def test_the_markdown_has_a_folded_diff_for_each_drifted_server() -> None:
    text = render_drift_markdown(full_report())
    assert text.count("<details>") == text.count("</details>") == 2
    assert "--- live\n+++ declared\n-memory: 8 GB\n+memory: 4 GB\n" in text
    assert "-   hotfix\n+   Pager: 7\n" in text
    assert "- `vs10007` as `old`\n" in text
    assert "legacy mail" not in text
    assert "legacy mail" in render_drift_markdown(full_report(), has_unmanaged=True)


def test_the_markdown_has_room_in_a_comment_whatever_the_size() -> None:
    for count in (5, 40, 3000):
        text = render_drift_markdown(big_report(count))
        assert len(text) <= MAX_LENGTH
        assert text.count("<details>") == text.count("</details>") > 0
        outside_of_fences(text)
    assert re.search(r"\*\*\d,\d{3} more entries are not shown for lack of room", text)


@thorough
@given(hostile_reports)
def test_text_of_others_stands_in_code_alone(report: DriftReport) -> None:
    text = render_drift_markdown(report, has_unmanaged=True)
    assert_harmless(text)
    assert len(text) <= MAX_LENGTH
    ours = re.compile(
        r"(<!-- ccloud-apply:drift -->|</?details>|<details><summary>[ (),:]*(and [\d,]+ more)?"
        r"</summary>|#### Stack +\( *\)|[-A-Za-z\d ,.;:'#*()]*)"
    )
    for line in outside_of_fences(text):
        bare = without_code(line)
        assert ours.fullmatch(bare), line


def many(count: int, **fields: Any) -> tuple[StackDrift, ...]:
    return tuple(
        StackDrift(stack=f"s{n}", path=f"s{n}.yaml", in_sync=("a", "b"), **fields)
        for n in range(count)
    )


def test_many_stacks_with_nothing_to_tell_share_a_line_and_the_others_are_found() -> None:
    calm = many(1000, not_looked_at=("disks",))
    drifted = StackDrift(stack="web", path="web.yaml", missing=("db",))
    report = DriftReport(stacks=(*calm, drifted, *many(1)))
    for text in (render_drift(report), render_drift_markdown(report)):
        assert "1,001 stacks without drift in the lists (s0, s1, s2, " in text
        assert " and 991 more)" in text
        assert "0 drifted, 0 missing, 0 extra; 2,002 in sync; not looked at: disks" in text
        assert text.count("s0.yaml") == 0
        assert "db" in text
        assert text.index("web.yaml") < text.index("1,001 stacks")


@pytest.mark.parametrize(
    "told",
    [
        {"missing": ("db",)},
        {"not_compared": (UncomparedServer(key="a", hostname="vs1", why="vs1 is Paused"),)},
        {"unknown": (UnknownFields(key="a", hostname="vs1", fields=("image",)),)},
        {"warnings": (Diagnostic(code="x", what="said", severity=Severity.WARNING),)},
    ],
)
def test_a_stack_of_which_anything_is_told_has_a_heading_of_its_own(told: dict[str, Any]) -> None:
    loud = StackDrift(stack="web", path="web.yaml", **told)
    report = DriftReport(stacks=(*many(21), loud))
    assert "Stack web (web.yaml)" in render_drift(report)
    assert "#### Stack `web` (`web.yaml`)" in render_drift_markdown(report)
    assert "21 stacks without drift" in render_drift(report)


def test_stacks_without_new_drift_are_not_said_to_have_none() -> None:
    report = DriftReport(stacks=many(21), since=Since(read_at="2027-01-01T00:00:00+00:00", known=3))
    for text in (render_drift(report), render_drift_markdown(report)):
        assert "21 stacks without new drift (s0, " in text


def test_a_few_stacks_have_a_heading_each() -> None:
    report = replace(full_report(), stacks=many(20))
    assert render_drift(report).count("\nStack s") == 20
    assert "without drift" not in render_drift(report)
