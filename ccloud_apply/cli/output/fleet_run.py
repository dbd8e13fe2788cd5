"""Runs of a fleet as lines of a log: one a run, for a person and for the journal of a system."""

from typing import TYPE_CHECKING

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.model.text import count_of
from ccloud_apply.render.fleet.run_line import render_run_line
from ccloud_apply.render.fleet.words import short_commit
from ccloud_apply.render.lib.escape import escape_short

if TYPE_CHECKING:
    from ccloud_apply.fleet.sources.poll import Polled
    from ccloud_apply.fleet.work.result import RunEnd

_WHY = 300


class RunLines:
    """Writes a line on standard error for each run that ends, and for each poll with news."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def tell(self, end: "RunEnd") -> None:
        """A run or a sweep has ended."""
        line = render_run_line(
            end.account,
            end.stack,
            outcome=end.outcome,
            why=end.why,
            counts=end.counts,
            requests=end.requests,
        )
        if end.outcome == "failed":
            self._terminal.write_warning(line)
        else:
            self._terminal.write_note(line)

    def tell_poll(self, source: str, polled: "Polled") -> None:
        """A poll has ended."""
        name = escape_short(source)
        if polled.error is not None:
            self._terminal.write_warning(f"{name}: {escape_short(polled.error, _WHY)}")
        elif polled.is_new or polled.due:
            commit = f" at {short_commit(polled.commit)}" if polled.commit else ""
            problems = f", {count_of(polled.problems, 'problem')}" if polled.problems else ""
            due = count_of(polled.due, "stack")
            self._terminal.write_note(f"{name}: polled{commit}, {due} due{problems}")
