"""Drift as text: a block for each drifted server, then one line of counts."""

from ccloud_apply.model.results.drift import DriftedServer, DriftReport, StackDrift
from ccloud_apply.render.drift.words import (
    NO_OTHERS,
    SET_SIGNS,
    conclude,
    count_words,
    describe_calm,
    describe_extra,
    describe_restored,
    describe_retired,
    describe_task,
    describe_warning,
    describe_why,
    fold_calm,
    name_declared,
    name_live,
    name_other,
    name_unmanaged,
    show_drift,
    since_sentences,
    source_words,
    unknown_fields,
)
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.ignored_text import ignored_lines
from ccloud_apply.render.lib.shown_change import ShownChange
from ccloud_apply.render.lib.style import PLAIN, Style

_MARGIN = " " * 6
_LONGEST_NAME = 24


def render_drift(report: DriftReport, style: Style = PLAIN, *, has_unmanaged: bool = False) -> str:
    """The whole report for a person. `has_unmanaged` adds the servers that no stack declares."""
    sections = [[style.dim(source_words(report))]]
    shown, calm = fold_calm(report.stacks)
    sections += (lines for stack in shown for lines in _stack_sections(stack, style))
    if calm:
        sections.append([f"{style.bold(describe_calm(report, calm))}: {count_words(calm)}"])
    if has_unmanaged:
        sections += _others(report, style)
    sections.append([*since_sentences(report), style.bold(conclude(report))])
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _stack_sections(stack: StackDrift, style: Style) -> list[list[str]]:
    path = style.dim(f"({escape_line(stack.path)})")
    heading = f"{style.bold('Stack ' + escape_short(stack.stack))} {path}"
    blocks = [_drifted_lines(server, style) for server in stack.entries]
    rest = [
        f"  {style.red('-')} {style.bold(escape_short(key))} is declared but does not exist"
        for key in stack.missing
    ]
    rest += (
        f"  {style.green('+')} {style.bold(name_live(extra.hostname))}"
        f" {describe_extra(extra, extra.key)}"
        for extra in stack.extra
    )
    rest += (
        f"  {style.yellow('?')} {style.bold(name_declared(server.key, server.hostname))} is not"
        f" compared: {describe_why(server)}"
        for server in stack.not_compared
    )
    rest += (
        f"  {style.yellow('?')} {style.bold(escape_short(key))} is compared without {fields}"
        for key, fields in unknown_fields(stack).items()
    )
    retired = [
        f"  {style.dim(f'. {name_declared(one.key, one.hostname)} {describe_retired(one)}')}"
        for one in stack.retired
    ]
    ignored = [f"  {style.dim('. ' + line)}" for line in ignored_lines(stack.ignored)]
    warnings = [f"  {style.yellow('! ' + describe_warning(found))}" for found in stack.warnings]
    sections = [lines for lines in (*blocks, rest, retired, ignored, warnings) if lines]
    return [[f"{heading}: {count_words([stack])}"], *sections]


def _drifted_lines(server: DriftedServer, style: Style) -> list[str]:
    name = style.bold(name_declared(server.key, server.hostname))
    changes = show_drift(server)
    width = min(max((len(change.field) for change in changes), default=0), _LONGEST_NAME)
    lines = [f"  {style.yellow('~')} {name} {describe_restored(server) or 'differs'}"]
    for change in changes:
        lines += _change_lines(change, width, style)
    if server.last_tasks:
        lines.append(f"{_MARGIN}{style.dim('last tasks')}")
        lines += (f"{_MARGIN}  {style.dim(describe_task(task))}" for task in server.last_tasks)
    return lines


def _change_lines(change: ShownChange, width: int, style: Style) -> list[str]:
    note = f"  {style.dim('# ' + change.note)}" if change.note else ""
    name = change.field.ljust(width)
    if change.items:
        return [f"{_MARGIN}{name}  {change.items}  {style.dim(f'({SET_SIGNS})')}{note}"]
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


def _others(report: DriftReport, style: Style) -> list[list[str]]:
    """The servers that none of the stacks has."""
    sections = []
    if report.other_stacks:
        servers = sum(other.servers for other in report.other_stacks)
        head = style.bold(f"Servers of other stacks: {servers:,}")
        sections.append([head, *(f"  {name_other(other)}" for other in report.other_stacks)])
    if report.unmanaged:
        head = style.bold(f"Servers without a stack: {len(report.unmanaged):,}")
        sections.append([head, *(f"  {name_unmanaged(server)}" for server in report.unmanaged)])
    return sections or [[NO_OTHERS]]
