"""The progress of an apply by server: the rows of the live view, and the final table.

The rows are text, each cell one harmless line. The terminal draws and redraws them.
"""

from collections.abc import Sequence
from dataclasses import field

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.plan import Plan
from ccloud_apply.render.apply.events_text import format_duration
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_MAX_NAME = 40
_MAX_WORDS = 60
_MAX_ROWS = 60
_ENDS = ("step_complete", "step_failed", "step_skipped")

Name = tuple[str | None, str | None]
"""A server: its stack and key."""


@dataclass(slots=True)
class _ServerEnd:
    """The results of a server's steps."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    hostname: str | None = None
    first_s: float | None = None
    last_s: float = 0.0


@dataclass(slots=True)
class Progress:
    """Running and finished steps according to the events. `now_s` is the caller's clock."""

    total: int = 0
    over: int = 0
    failed: int = 0
    has_stacks: bool = False
    running: dict[tuple[str | None, str | None], tuple[Event, float]] = field(default_factory=dict)
    servers: dict[Name, _ServerEnd] = field(default_factory=dict)

    @classmethod
    def begin(cls, plan: Plan) -> "Progress":
        """The progress of a plan before its first step."""
        return cls(
            total=sum(len(stack.steps) for stack in plan.stacks), has_stacks=len(plan.stacks) > 1
        )

    def note(self, event: Event, now_s: float) -> None:
        """Take an event into account."""
        if event.step is None:
            return
        step = (event.stack, event.step)
        server = self.servers.setdefault((event.stack, event.server), _ServerEnd())
        server.hostname = event.hostname or server.hostname
        server.last_s = now_s
        if event.type == "step_start":
            self.running[step] = (event, now_s)
            server.first_s = now_s if server.first_s is None else server.first_s
        elif event.type == "step_progress" and step in self.running:
            self.running[step] = (event, self.running[step][1])
        elif event.type in _ENDS:
            self.running.pop(step, None)
            self.over += 1
            self.failed += event.type == "step_failed"
            server.done += event.type == "step_complete"
            server.failed += event.type == "step_failed"
            server.skipped += event.type == "step_skipped"


def running_rows(progress: Progress, now_s: float, limit: int) -> list[tuple[str, ...]]:
    """A row for each running step, the oldest first, and one that counts the rest."""
    steps = list(progress.running.values())
    shown = steps if len(steps) <= limit else steps[: max(limit - 1, 0)]
    rows = [_row(event, now_s - since_s, progress) for event, since_s in shown]
    if len(steps) > len(shown):
        rows.append((f"… and {len(steps) - len(shown):,} more", "", "", ""))
    return rows


def _row(event: Event, seconds: float, progress: Progress) -> tuple[str, ...]:
    words = event.message or event.status or ""
    task = "" if event.task_id is None else f"task {event.task_id}"
    return (
        _name(event.stack, event.server, event.hostname, progress.has_stacks),
        escape_short(event.operation or event.step or "", _MAX_NAME),
        format_duration(seconds),
        ": ".join(filter(None, (task, escape_short(words, _MAX_WORDS)))),
    )


def _name(stack: str | None, key: str | None, hostname: str | None, has_stack: bool) -> str:
    label = "/".join(filter(None, (stack if has_stack else None, key)))
    host = f" ({escape_short(hostname, _MAX_NAME)})" if hostname else ""
    return f"{escape_short(label, _MAX_NAME)}{host}"


def count_words(progress: Progress, seconds: float) -> str:
    """`9/30 steps, 3 running, 1 failed, 1m 12s`."""
    parts = [f"{progress.over:,}/{progress.total:,} steps", f"{len(progress.running):,} running"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    return ", ".join([*parts, format_duration(seconds)])


def render_progress_table(progress: Progress, style: Style = PLAIN) -> str:
    """A row for each server; in a long list only for servers with failed or skipped steps."""
    servers = list(progress.servers.items())
    if len(servers) > _MAX_ROWS:
        servers = [(name, end) for name, end in servers if end.failed or end.skipped][:_MAX_ROWS]
    if not servers:
        return ""
    rows = [_end_row(name, end, progress.has_stacks) for name, end in servers]
    return render_table(("server", "done", "failed", "skipped", "time"), rows, style)


def _end_row(name: Name, end: _ServerEnd, has_stacks: bool) -> Sequence[str]:
    seconds = None if end.first_s is None else end.last_s - end.first_s
    return (
        _name(*name, end.hostname, has_stacks),
        f"{end.done}",
        f"{end.failed}" if end.failed else "",
        f"{end.skipped}" if end.skipped else "",
        "" if seconds is None else format_duration(seconds),
    )
