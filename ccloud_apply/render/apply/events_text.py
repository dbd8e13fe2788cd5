"""The events of an apply as plain lines. The live view belongs to the terminal."""

from collections.abc import Iterable

from ccloud_apply.model.event import Event
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.style import PLAIN, Style

_MAX_LENGTH = 2000


def format_duration(seconds: float) -> str:
    """`0.4s`, `41s`, `1m 12s`, `2h 03m`."""
    if seconds < 9.95:
        return f"{seconds:.1f}s" if round(seconds, 1) % 1 else f"{seconds:.0f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def render_event(event: Event, style: Style = PLAIN, *, has_stack: bool = False) -> str | None:
    """The line for an event, without a line break; None if a person need not see the event.

    `has_stack` adds the stack's name, for runs of several stacks. A plan has its own renderer.
    """
    match event.type:
        case "plan":
            return None
        case "summary":
            return _summary(event, style, has_stack)
        case "warning":
            return f"{style.yellow('warning:')} {_prefix(event, has_stack)}{_text(event.message)}"
        case "error":
            text = _text(event.message or event.error)
            return f"{style.alarm('error:')} {_prefix(event, has_stack)}{text}"
    return f"{_prefix(event, has_stack)}{_operation(event)}{_outcome(event, style)}"


def render_failures(events: Iterable[Event], style: Style = PLAIN) -> str:
    """Failed steps and steps skipped because of them, one on each line; empty if there are none."""
    events = tuple(events)
    failed = [event for event in events if event.type == "step_failed"]
    skipped = [event for event in events if event.type == "step_skipped"]
    lines = [style.alarm("Failed:")] if failed else []
    lines += [f"  {_prefix(e, False)}{_operation(e)}: {_text(e.error)}{_known(e)}" for e in failed]
    lines += [style.yellow("Skipped:")] if skipped else []
    lines += [f"  {_prefix(e, False)}{_operation(e)}: {_text(e.because)}" for e in skipped]
    return "".join(f"{line}\n" for line in lines)


def _text(text: str | None) -> str:
    return escape_short(text or "no reason was given", _MAX_LENGTH)


def _prefix(event: Event, has_stack: bool) -> str:
    names = [event.stack if has_stack else None, event.server]
    label = "/".join(name for name in names if name)
    return f"{escape_short(label)}: " if label else ""


def _operation(event: Event) -> str:
    return escape_short(event.operation or event.step or "step")


def _known(event: Event) -> str:
    parts = [] if event.hostname is None else [escape_short(event.hostname)]
    if event.task_id is not None:
        parts.append(f"task {event.task_id}")
    return f" ({', '.join(parts)})" if parts else ""


def _outcome(event: Event, style: Style) -> str:
    after = "" if event.seconds is None else f" after {format_duration(event.seconds)}"
    match event.type:
        case "step_complete":
            return f" {style.green('done')}{after}{_known(event)}"
        case "step_failed":
            return f" {style.alarm('FAILED')}{after}: {_text(event.error)}{_known(event)}"
        case "step_skipped":
            return f" {style.yellow('skipped')}: {_text(event.because)}"
        case "step_progress":
            if event.message:  # a result needs no duration beside it
                return f": {_text(event.message)}{_known(event)}"
            status = f": {_text(event.status)}" if event.status else ""
            return f" still running{after}{status}{_known(event)}"
    return f" ...{_known(event)}"


def _summary(event: Event, style: Style, has_stack: bool) -> str:
    done, failed, skipped = event.done or 0, event.failed or 0, event.skipped or 0
    time = "" if event.seconds is None else f" in {format_duration(event.seconds)}"
    counts = f"{count_of(done, 'step')} done, {failed:,} failed, {skipped:,} skipped{time}."
    is_good = not failed and not skipped and event.converged is not False
    what = escape_short(event.operation or "").capitalize() if event.message else "Apply"
    words = style.green(f"{what} complete:") if is_good else style.alarm(f"{what} INCOMPLETE:")
    but = f", but for {count_of(event.deferred, 'deferred server')}" if event.deferred else ""
    ending = {
        True: f" The account matches the files{but}.",
        False: " The account does not match the files.",
        None: "",
    }[event.converged]
    if event.message:  # it says what came of it, and no file was compared
        ending = f" {_text(event.message)}"
    if event.override_window:
        ending += f" Windows and freezes were overridden: {_text(event.override_window)}"
    name = f"{escape_short(event.stack)}: " if has_stack and event.stack else ""
    return f"{name}{words} {counts}{ending}"
