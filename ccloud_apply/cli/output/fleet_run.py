"""Runs of a fleet as lines of a log: one a run, for a person and for the journal of a system."""

from typing import TYPE_CHECKING

from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.render.fleet.run_line import render_run_line

if TYPE_CHECKING:
    from ccloud_apply.fleet.work.result import RunEnd


class RunLines:
    """Writes a line on standard error for each run that ends."""

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
