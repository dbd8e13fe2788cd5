"""What GitHub's runner makes of our lines, by the rules of its own parser."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.render.apply.summary_markdown import render_apply_summary
from ccloud_apply.render.other.github import (
    MAX_ANNOTATIONS,
    render_annotations,
    render_outputs,
)
from tests.support.examples import examples
from tests.support.render.harmless import assert_harmless
from tests.support.render.strategies import diagnostics, events, hostile_texts

thorough = settings(max_examples=examples(60), suppress_health_check=list(HealthCheck))

_COMMAND = re.compile(r"::(error|warning) ?(.*?)::(.*)")


def unescape(text: str) -> str:
    for written, meant in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(written, meant)
    return text


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: its kind, its properties and its message."""
    found = _COMMAND.fullmatch(line)
    assert found is not None, line
    pairs = [part.partition("=") for part in found[2].split(",") if part]
    return found[1], {name: unescape(value) for name, _, value in pairs}, unescape(found[3])


def here(path: str) -> str | None:
    return path


def error(number: int = 1, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic(code="bad", what=f"wrong {number}", severity=severity)


def test_a_diagnostic_stands_beside_its_line_with_the_way_out() -> None:
    found = Diagnostic(
        code="bad-value",
        where="servers.web.cores",
        what="100 % is too much, really: no",
        hint="write 4",
        source=SourceRange("stacks/a,b.yaml", 7, 12),
    )
    (line,) = render_annotations([found], here).splitlines()
    assert read(line) == (
        "error",
        {
            "file": "stacks/a,b.yaml",
            "line": "7",
            "col": "12",
            "title": "ccloud-apply: bad-value",
        },
        "servers.web.cores: 100 % is too much, really: no\nhint: write 4",
    )


def test_a_file_outside_of_the_repository_is_not_named_as_if_it_were_in_it() -> None:
    found = Diagnostic(code="x", what="y", source=SourceRange("/etc/x.yaml", 1, 1))
    assert "file=" not in render_annotations([found], lambda _path: None)


def test_a_guard_is_an_error_and_a_warning_a_warning() -> None:
    found = [error(1, Severity.WARNING), error(2, Severity.HELD)]
    assert [read(line)[0] for line in render_annotations(found, here).splitlines()] == [
        "error",
        "warning",
    ]


def test_of_more_than_are_shown_the_last_line_counts_the_rest() -> None:
    lines = render_annotations(map(error, range(25)), here).splitlines()
    assert len(lines) == MAX_ANNOTATIONS
    assert read(lines[-1])[2] == "16 more, see the log"
    assert len(render_annotations(map(error, range(10)), here).splitlines()) == 10
    assert render_annotations([], here) == ""


@thorough
@given(st.lists(diagnostics, max_size=3))
def test_any_text_stays_one_message_of_one_command(found: list[Diagnostic]) -> None:
    text = render_annotations(found, here)
    assert len(text.splitlines()) == len(text.split("\n")) - 1 == len(found)
    for line in text.splitlines():
        _, properties, message = read(line)
        assert properties.keys() <= {"file", "line", "col", "title"}
        assert message.count("\n") <= 1
        for part in message.split("\n"):
            assert_harmless(f"x{part}")


@thorough
@given(st.dictionaries(st.sampled_from(["changes", "plan_file"]), hostile_texts))
def test_an_output_is_read_as_it_was_written(values: dict[str, str]) -> None:
    text = render_outputs(values, "ghadelimiter_1")
    found: dict[str, str] = {}
    while text:
        name, _, rest = text.partition("<<ghadelimiter_1\n")
        found[name], _, text = rest.partition("\nghadelimiter_1\n")
    assert found == values


def test_an_output_that_would_end_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="plan_file"):
        render_outputs({"plan_file": "x\nghadelimiter_1\nevil<<E"}, "ghadelimiter_1")


@thorough
@given(st.lists(events, max_size=5))
def test_the_summary_of_an_apply_is_harmless(found: list) -> None:  # type: ignore[type-arg]
    assert_harmless(render_apply_summary(found))
