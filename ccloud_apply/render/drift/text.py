"""Drift as text: a block for each drifted server, then one line of counts."""

from ccloud_apply.model.results.drift import DriftedServer, DriftReport, StackDrift, UnmanagedServer
from ccloud_apply.render.drift.words import (
    conclude,
    count_words,
    describe_task,
    describe_warning,
    name_declared,
    name_live,
    name_unmanaged,
    show_drift,
    since_sentences,
)
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.shown_change import ShownChange
from ccloud_apply.render.lib.style import PLAIN, Style

_MARGIN = " " * 6
_LONGEST_NAME = 24


def render_drift(report: DriftReport, style: Style = PLAIN, *, has_unmanaged: bool = False) -> str:
    """The whole report for a person. `has_unmanaged` adds the servers that no stack declares."""
    sections = [line for stack in report.stacks for line in _stack_sections(stack, style)]
    if has_unmanaged:
        sections.append(_unmanaged_lines(report.unmanaged, style))
    sections.append([*since_sentences(report), style.bold(conclude(report))])
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _stack_sections(stack: StackDrift, style: Style) -> list[list[str]]:
    path = style.dim(f"({escape_line(stack.path)})")
    heading = f"{style.bold('Stack ' + escape_short(stack.stack))} {path}"
    blocks = [_drifted_lines(server, style) for server in stack.entries]
    rest = [
        f"  {style.red('-')} {style.bold(escape_short(key))} is declared and not there"
        for key in stack.missing
    ]
    rest += (
        f"  {style.green('+')} {style.bold(name_live(extra.hostname))} carries the stack's tag as"
        f" {escape_short(extra.key)} and is not declared"
        for extra in stack.extra
    )
    rest += (
        f"  {style.dim('…')} {style.bold(escape_short(key))} is being built"
        for key in stack.not_compared
    )
    warnings = [f"  {style.yellow('! ' + describe_warning(found))}" for found in stack.warnings]
    sections = [lines for lines in (*blocks, rest, warnings) if lines]
    return [[f"{heading}: {count_words([stack])}"], *sections]


def _drifted_lines(server: DriftedServer, style: Style) -> list[str]:
    name = style.bold(name_declared(server.key, server.hostname))
    changes = show_drift(server)
    width = min(max((len(change.field) for change in changes), default=0), _LONGEST_NAME)
    lines = [f"  {style.yellow('~')} {name} differs"]
    for change in changes:
        lines += _change_lines(change, width, style)
    if server.last_tasks:
        lines.append(f"{_MARGIN}{style.dim('last tasks')}")
        lines += (f"{_MARGIN}  {style.dim(describe_task(task))}" for task in server.last_tasks)
    return lines


def _change_lines(change: ShownChange, width: int, style: Style) -> list[str]:
    note = f"  {style.dim('# ' + change.note)}" if change.note else ""
    name = change.field.ljust(width)
    if not change.lines:
        sides = f"live: {change.live}; declared: {change.declared}"
        return [f"{_MARGIN}{name}  {sides}{note}"]
    paint = {"+": style.green, "-": style.red}
    return [
        f"{_MARGIN}{name}  - live, + declared{note}",
        *(
            f"{_MARGIN}  | {paint[line[0]](line) if line[:1] in paint else line}".rstrip()
            for line in change.lines
        ),
    ]


def _unmanaged_lines(unmanaged: tuple[UnmanagedServer, ...], style: Style) -> list[str]:
    if not unmanaged:
        return ["No server of the account is without a stack."]
    return [
        style.bold(f"Servers without a stack: {len(unmanaged):,}"),
        *(f"  {name_unmanaged(server)}" for server in unmanaged),
    ]
