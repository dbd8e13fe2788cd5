"""Streams, colours and the status line."""

import io
import os
import re
from pathlib import Path

import pytest

from ccloud_apply.cli.output.skipped import tell_skipped
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.render.apply.progress_text import Progress


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_results_and_notes_end_with_a_line_feed() -> None:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(stdout=out, stderr=err, environment={})
    terminal.write_result("one")
    terminal.write_result("two\n")
    terminal.write_note("three")
    assert out.getvalue() == "one\ntwo\n"
    assert err.getvalue() == "three\n"


def test_a_chart_is_as_wide_as_the_terminal_and_of_what_it_can_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "123")
    assert Terminal(stdout=Tty(), stderr=io.StringIO(), environment={}).width == 123
    assert Terminal(stdout=io.StringIO(), stderr=io.StringIO(), environment={}).width == 80
    for encoding, can_show in (("utf-8", True), ("ascii", False), ("iso-8859-1", False)):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        terminal = Terminal(stdout=out, stderr=io.StringIO(), environment={})
        assert (terminal.can_show("█·"), terminal.can_show("#?")) == (can_show, True)


def test_the_name_of_a_skipped_file_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    tell_skipped(Path("a\x1b[2J.yaml"))
    told = capsys.readouterr().err
    assert (told.startswith("skipped a"), "\x1b" in told) == (True, False)


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_colours_are_for_terminals_that_want_them(
    environment: dict[str, str], *, is_coloured: bool
) -> None:
    terminal = Terminal(stdout=Tty(), stderr=io.StringIO(), environment=environment)
    assert terminal.has_coloured_output is is_coloured
    assert not terminal.has_coloured_errors


def test_a_view_makes_way_for_what_is_written() -> None:
    err = Tty()
    terminal = Terminal(stdout=io.StringIO(), stderr=err, environment={"NO_COLOR": "1"})
    assert terminal.is_live
    assert terminal.open_view(Progress(total=2), lambda: 0.0) is not None
    terminal.write_note("web-1: done")
    terminal.close_view()
    terminal.write_note("the end")
    lines = re.sub(r"\x1b\[[0-9;]*[A-Za-z]|\r", "\n", err.getvalue()).split("\n")
    assert "web-1: done" in lines
    assert lines.index("web-1: done") < lines.index("the end")
    assert any("0/2 steps" in line for line in lines)
    assert "\x1b[?25l" not in err.getvalue(), "the cursor stays: nobody shows it after a kill"


def test_trouble_with_the_view_ends_the_view_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    err = Tty()
    terminal = Terminal(stdout=io.StringIO(), stderr=err, environment={})
    terminal.open_view(Progress(total=2), lambda: 0.0)

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("ccloud_apply.cli.output.live_view.running_rows", fail)
    terminal.draw_view()
    terminal.write_note("web-1: done")
    assert err.getvalue().endswith("web-1: done\n")
    terminal.close_view()


def test_a_view_whose_reader_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        terminal = Terminal(stdout=io.StringIO(), stderr=stream, environment={})
        terminal.open_view(Progress(total=2), lambda: 0.0)
        for _ in range(3):
            terminal.write_note("nobody reads this")
        terminal.close_view()


def test_a_closed_pipe_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        terminal = Terminal(stdout=stream, stderr=io.StringIO(), environment={})
        for _ in range(3):
            terminal.write_result("nobody reads this")


def test_what_an_encoding_does_not_have_is_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Terminal(stdout=stream, stderr=io.StringIO(), environment={}).write_result("Grüße")
    assert raw.getvalue() == b"Gr\\xfc\\xdfe\n"
