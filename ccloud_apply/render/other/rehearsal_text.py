"""A rehearsal as text: the steps with their times, the end state, the limits, the rules."""

from collections.abc import Iterator, Sequence

from ccloud_apply.model.results.plan import ACCOUNT, Action, ValueKind
from ccloud_apply.model.results.rehearsal import Rehearsal, RehearsedServer, RehearsedStep
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.style import PLAIN, SYMBOLS, Style

_MAX_STEPS = 200


def render_rehearsal(rehearsal: Rehearsal, style: Style = PLAIN) -> str:
    """The whole report for a person."""
    sections = [
        [*_heading(rehearsal)],
        [*_steps(rehearsal.steps, style)],
        [*_servers(rehearsal, style)],
        [*_usage(rehearsal)],
        [*_rules(rehearsal, style)],
        [*_conclusion(rehearsal, style)],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def format_span(seconds: float) -> str:
    """Hours, minutes and seconds: 0:07, 12:30, 1:02:03."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{second:02}" if hours else f"{minutes}:{second:02}"


def _heading(rehearsal: Rehearsal) -> Iterator[str]:
    servers = count_of(rehearsal.servers_copied, "server")
    yield (
        f"Rehearsed on a copy of the account: {servers}, read with {rehearsal.requests:,} requests"
        f" at {moment_words(rehearsal.read_at)}. The account itself was not changed."
    )
    for name in rehearsal.left_out:
        yield f"  ! not copied: {escape_line(name)}"
    for operation, why in sorted(rehearsal.unread.items()):
        what = f"{escape_line(operation)} ({escape_short(why)})"
        yield f"  ! not read: {what}; assumed to allow everything"


def _steps(steps: Sequence[RehearsedStep], style: Style) -> Iterator[str]:
    if not steps:
        return
    yield style.bold("Steps, in their order")
    shown = steps[:_MAX_STEPS]
    names = [escape_short(step.server) for step in shown]
    width = max(map(len, names))
    words = max(len(escape_short(step.operation)) for step in shown)
    for step, name in zip(shown, names, strict=True):
        start = "" if step.start_s is None else format_span(step.start_s)
        line = f"  {start:>8}  {name:<{width}}  {escape_short(step.operation):<{words}}"
        yield f"{line}  {_result(step, style)}"
    if len(steps) > len(shown):
        yield f"  and {len(steps) - len(shown):,} more"


def _result(step: RehearsedStep, style: Style) -> str:
    if step.status == "done":
        return format_span(step.seconds or 0)
    words = f"{step.status.upper()}: {escape_line(step.why or '')}"
    return style.alarm(words) if step.status == "failed" else style.yellow(words)


def _servers(rehearsal: Rehearsal, style: Style) -> Iterator[str]:
    servers = rehearsal.servers
    days = {
        (stack.stack, server.key): server.retires
        for stack in rehearsal.plan.stacks
        for server in stack.servers
        if server.action is Action.RETIRE
    }
    if not servers:
        return
    yield style.bold("End state")
    width = max(len(escape_short(server.key)) for server in servers)
    for server in servers:
        symbol = style.symbol(SYMBOLS[server.action])
        day = days.get((server.stack, server.key))
        remark = "" if day is None else f"; off, DESTROYED from {day} (UTC) on"
        yield f"  {symbol} {escape_short(server.key):<{width}}  {_describe(server)}{remark}"


def _describe(server: RehearsedServer) -> str:
    live = server.live
    if server.key == ACCOUNT:
        return "the account itself"
    if live is None:
        return "gone" if server.action is Action.DESTROY else "not there"
    sizes = f"{live.cores} cores, {live.memory_gb} GB of memory, {live.disk_gb} GB of disk"
    return f"{escape_short(live.name)}  {sizes}"


def _usage(rehearsal: Rehearsal) -> Iterator[str]:
    if not rehearsal.usage:
        return
    yield "Highest use during the plan"
    for name, usage in rehearsal.usage.items():
        unit = " GB" if usage.kind is ValueKind.GB else ""
        limit = "no limit known" if usage.limit is None else f"limit {usage.limit:,}{unit}"
        yield (
            f"  {name:<7} {usage.peak:,}{unit}  (before {usage.before:,}{unit},"
            f" after {usage.after:,}{unit}; {limit})"
        )


def _rules(rehearsal: Rehearsal, style: Style) -> Iterator[str]:
    for warning in rehearsal.warnings:
        yield f"  ! {escape_line(warning)}"
    for rule in rehearsal.rules:
        if rule.holds:
            yield f"  {style.green('holds')}   {rule.name}"
        else:
            yield f"  {style.alarm('BROKEN')}  {rule.name}: {escape_line(rule.what)}"


def _conclusion(rehearsal: Rehearsal, style: Style) -> Iterator[str]:
    if rehearsal.has_passed:
        yield style.bold(
            f"Rehearsal passed. Expected time: about {format_span(rehearsal.seconds)}, by the"
            " sandbox's durations (the API tells none)."
        )
    else:
        yield style.alarm("Rehearsal FAILED: a real apply of this plan would fail.")
