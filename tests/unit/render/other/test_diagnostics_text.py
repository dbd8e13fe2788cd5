"""Diagnostics as text."""

from hypothesis import given
from hypothesis import strategies as st

from ccloud_apply.model.declared.source import SourceRange
from ccloud_apply.model.diagnostic import Diagnostic, Severity
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.other.diagnostics_text import render_diagnostic, render_diagnostics
from tests.support.render.harmless import assert_harmless, without_colours
from tests.support.render.strategies import diagnostics

SHRINK = Diagnostic(
    code="disk-shrinks",
    where="servers.web.disks[1]",
    what="a disk of 100 GB cannot become 50 GB",
    hint="declare at least 100",
    source=SourceRange("stacks/web.yaml", 7, 12),
)


def test_an_error_says_place_thing_and_sentence_then_the_way_out() -> None:
    assert render_diagnostic(SHRINK) == (
        "error: stacks/web.yaml:7:12: servers.web.disks[1]: "
        "a disk of 100 GB cannot become 50 GB\n"
        "  hint: declare at least 100\n"
    )


def test_what_is_not_known_is_left_out() -> None:
    warning = Diagnostic(code="x", what="slow", severity=Severity.WARNING)
    assert render_diagnostic(warning) == "warning: slow\n"


def test_a_hint_of_several_lines_has_a_margin() -> None:
    hint = "write\n  web: {}\n::warning::"
    assert render_diagnostic(Diagnostic(code="x", what="y", hint=hint)) == (
        "error: y\n  hint: write\n        |   web: {}\n        | \\u{3a}:warning::\n"
    )


def test_several_keep_their_order_and_are_counted() -> None:
    warning = Diagnostic(code="x", what="slow", severity=Severity.WARNING)
    held = Diagnostic(code="x", what="too much", severity=Severity.HELD)
    text = render_diagnostics([warning, SHRINK, held, SHRINK])
    kinds = [line.partition(":")[0] for line in text.splitlines() if not line.startswith(" ")]
    assert kinds[:-1] == ["warning", "error", "blocked", "error"]
    assert kinds[-1] == "2 errors, 1 guard blocks the plan, 1 warning"


def test_one_alone_is_not_counted_and_none_is_nothing() -> None:
    assert render_diagnostics([SHRINK]) == render_diagnostic(SHRINK)
    assert render_diagnostics([]) == ""


@given(st.lists(diagnostics, max_size=3))
def test_no_diagnostic_can_harm_the_reader(several: list[Diagnostic]) -> None:
    text = render_diagnostics(several)
    assert_harmless(text)
    assert without_colours(render_diagnostics(several, Style(is_coloured=True))) == text
