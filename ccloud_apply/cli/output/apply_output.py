"""What an apply tells while it runs, as text or as a stream of JSON events.

The plan is a result and goes to standard output; in text the events are progress and go to
standard error.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ccloud_apply.cli.output.diagnostics import write_diagnostics
from ccloud_apply.cli.output.github import add_summary, is_github, set_outputs
from ccloud_apply.cli.output.showing import show
from ccloud_apply.cli.output.terminal import Terminal
from ccloud_apply.cli.repeat import complete_event, complete_plan, current_flags
from ccloud_apply.clock import Clock
from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.event import Event, EventType, error_event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.apply.progress_text import Progress, count_words, render_progress_table
from ccloud_apply.render.lib.style import Style
from ccloud_apply.render.registry import RenderOptions, render

if TYPE_CHECKING:
    from ccloud_apply.cli.output.live_view import LiveView

LIVE_PAUSE_S = 1.0
LOG_PAUSE_S = 60.0


class ApplyOutput:
    """The listener of one apply. On a terminal a live view says what runs and how far it is."""

    def __init__(
        self, terminal: Terminal, clock: Clock, *, is_json: bool, is_full: bool = False
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._is_json = is_json
        self._is_full = is_full
        self._started = clock.monotonic()
        self._progress = Progress()
        self._view: LiveView | None = None
        self._ends: list[Event] = []
        """What a summary tells: what failed, what was skipped, and the counts."""

    @property
    def seconds(self) -> float:
        """Seconds since the work began."""
        return self._clock.monotonic() - self._started

    def begin(self, plan: Plan) -> None:
        """The work on this plan begins now."""
        self._started = self._clock.monotonic()
        self._progress = Progress.begin(plan)
        if self._terminal.is_live and not self._is_json:
            self._view = self._terminal.open_view(self._progress, self._clock.monotonic)

    def show_plan(self, plan: Plan) -> None:
        """Show what would be done."""
        if self._is_json:
            self.tell("plan", plan=complete_plan(plan, current_flags()))
            return
        show(self._terminal, "plan", "text", plan, RenderOptions(is_full=self._is_full))

    def tell(self, type: EventType, **fields: Any) -> None:
        """An event of now."""
        self.listen(Event(type=type, time=self._clock.now(), **fields))

    def warn(self, message: str) -> None:
        """Something that a person should know and that belongs to no step."""
        self.tell("warning", message=message)

    def listen(self, event: Event) -> None:
        """Write an event."""
        event = complete_event(event, current_flags())
        self._progress.note(event, self._clock.monotonic())
        if event.type in ("step_failed", "step_skipped", "summary"):
            self._ends.append(event)
        if self._is_json:
            self._terminal.write_result(render("event", "json", event))
            return
        is_silent = self._view is not None and event.type == "step_start"
        if is_silent or (event.type == "step_progress" and event.message is None):
            self._draw()
            return  # that a step runs is what the view says
        options = RenderOptions(
            is_coloured=self._terminal.has_coloured_errors, has_stack=self._progress.has_stacks
        )
        text = render("event", "text", event, options)
        if text:
            self._terminal.write_note(text)
        if event.type == "summary":
            self.show_made(event)
        self._draw()

    def show_made(self, event: Event) -> None:
        """The addresses of what was made: a result, for whoever goes on with it."""
        options = RenderOptions(has_stack=event.stack is None)
        show(self._terminal, "made", "text", event.servers, options)

    def show_held(self, plan: Plan, disallowed: Sequence[Diagnostic]) -> None:
        """Show the guards that block the plan. A plan's text has its own already."""
        held = (*plan.held, *disallowed)
        if self._is_json:
            now = self._clock.now()
            for diagnostic in held:
                event = complete_event(error_event(diagnostic, now), current_flags())
                self._terminal.write_result(render("event", "json", event))
        shown = held if self._is_json else disallowed
        if shown:
            write_diagnostics(self._terminal, shown)
        self._terminal.write_note("Blocked: nothing was changed.")

    @property
    def status_pause_s(self) -> float:
        """Seconds between two words on how far it is; a log wants fewer of them."""
        return LIVE_PAUSE_S if self._terminal.is_live else LOG_PAUSE_S

    def tell_status(self) -> None:
        """Say how far it is, while anything runs: a line in a log, the live view elsewhere."""
        if self._is_json or not self._progress.running:
            return
        if self._view is not None:
            self._draw()
        else:
            self._terminal.write_note(count_words(self._progress, self.seconds))

    def _draw(self) -> None:
        if self._view is not None:
            self._terminal.draw_view()

    def end(self) -> None:
        """Nothing more is to come. A terminal then shows what was done to each server."""
        if self._view is None:
            return
        self._view = None
        self._terminal.close_view()
        style = Style(is_coloured=self._terminal.has_coloured_errors)
        table = render_progress_table(self._progress, style)
        if table:
            self._terminal.write_note(f"\n{table}")

    def publish(self) -> None:
        """How it ended, on the step's page at GitHub."""
        if is_github():
            from ccloud_apply.render.apply.summary_markdown import render_apply_summary

            add_summary(self._terminal, render_apply_summary(self._ends))

    def publish_servers(self, event: Event) -> None:
        """The servers of a summary as an output of the step at GitHub, in one line of JSON."""
        if is_github():
            from ccloud_apply.render.apply.events_json import encode_present
            from ccloud_apply.render.lib.json_text import dump_json

            servers = encode_present(event.servers, has_stack=event.stack is None)
            set_outputs(self._terminal, {"servers": dump_json(servers, indent=None)})
