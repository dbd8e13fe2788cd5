"""Streams, colours and the status line."""

import io
import os

import pytest

from ccloud_apply.cli.terminal import Terminal


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


def test_a_status_line_makes_way_for_what_is_written() -> None:
    err = Tty()
    terminal = Terminal(stdout=io.StringIO(), stderr=err, environment={})
    assert terminal.is_live
    terminal.draw_status("1/2 steps")
    terminal.write_note("web-1: done")
    terminal.clear_status()
    assert err.getvalue() == "\r\x1b[2K1/2 steps\r\x1b[2Kweb-1: done\n"


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
