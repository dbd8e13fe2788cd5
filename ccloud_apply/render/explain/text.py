"""An explanation as text: what it is, then a section for each question that one has about it."""

from collections.abc import Iterable, Iterator

from ccloud_apply.model.results.explanation import (
    Declaration,
    ExplainedField,
    ExplainedMark,
    Explanation,
)
from ccloud_apply.model.text import join_names
from ccloud_apply.render.explain.plan_text import plan_lines
from ccloud_apply.render.explain.words import (
    describe_commit,
    describe_status,
    name_server,
)
from ccloud_apply.render.lib.account_line import account_line
from ccloud_apply.render.lib.escape import escape_line, escape_short
from ccloud_apply.render.lib.ignored_text import describe_ignored
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.shown_change import ShownChange, show_change
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table
from ccloud_apply.render.lib.value_text import NONE, SENSITIVE, format_value

_MARGIN = "  "
_MAX_TEXT = 400
_MAX_NAMES = 10
_LONGEST_NAME = 24
_TASK_HEADERS = ("CREATED", "ACTION", "USER", "STATUS", "TASK", "ERROR")


def render_explanation(one: Explanation, style: Style = PLAIN) -> str:
    """The whole explanation for a person."""
    sections = (
        [style.dim(account_line(one.account, one.read_at, one.env))],
        _head(one, style),
        _declared_lines(one, style),
        _unmanaged_lines(one, style),
        _mark_lines(one.marks, style),
        _task_lines(one, style),
        plan_lines(one, style),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _head(one: Explanation, style: Style) -> list[str]:
    facts = list(_facts(one, style))
    width = max((len(name) for name, _ in facts), default=0)
    return [
        f"{style.bold(name_server(one))} {describe_status(one)}",
        *(f"{_MARGIN}{name.ljust(width)}  {text}".rstrip() for name, text in facts),
    ]


def _facts(one: Explanation, style: Style) -> Iterator[tuple[str, str]]:
    if one.declaration is not None:
        yield from _declaration_facts(one.declaration, style)
    if one.moved_from is not None:
        yield "renamed", f"from {escape_short(one.moved_from)}"
    if one.custom_name:
        yield "custom name", format_value(one.custom_name)
    if one.hostname is not None:
        yield "addresses", _addresses(one)
    if one.created_at is not None:
        yield "created", moment_words(one.created_at)
    if one.depends_on:
        yield "depends on", _names(one.depends_on)
    if one.needed_by:
        yield "needed by", _names(one.needed_by)
    for ignored in one.ignored:
        yield "ignored", describe_ignored(ignored)
    if one.why:
        yield "not compared", style.yellow(escape_short(one.why, _MAX_TEXT))


def _declaration_facts(declaration: Declaration, style: Style) -> Iterator[tuple[str, str]]:
    yield "declared in", f"{escape_line(declaration.path)}:{declaration.line}"
    last = declaration.last
    if last.commit is not None:
        yield "last commit", describe_commit(last.commit)
        if last.is_changed:
            yield "", style.yellow("changed since, and not committed")
    elif last.why:
        yield "last commit", f"unknown: {escape_short(last.why, _MAX_TEXT)}"


def _addresses(one: Explanation) -> str:
    if one.addresses is None:
        return "unknown"
    return _names((*one.addresses.ipv4, *one.addresses.ipv6)) or NONE


def _names(names: Iterable[str]) -> str:
    return join_names(map(escape_short, names), most=_MAX_NAMES)


def _declared_lines(one: Explanation, style: Style) -> list[str]:
    if not one.fields:
        return [] if one.declaration is None else [style.bold("Managed fields"), f"{_MARGIN}none"]
    width = _width(field.field for field in one.fields)
    remark = f" {style.dim('(= equal, ~ differs, ? unknown, . ignored)')}"
    lines = [style.bold("Managed fields") + ("" if one.status == "missing" else remark)]
    for field in one.fields:
        lines += (f"{_MARGIN}{line}" for line in _field_lines(field, width, style))
    return lines


def _width(names: Iterable[str]) -> int:
    return min(max(map(len, names), default=0), _LONGEST_NAME)


def _field_lines(one: ExplainedField, width: int, style: Style) -> Iterator[str]:
    sign = {"equal": "=", "differs": "~", "unknown": "?", "ignored": ".", "new": "+"}[one.status]
    sign = style.symbol(sign)
    name = escape_short(one.field).ljust(width)
    declared = SENSITIVE if one.is_sensitive else format_value(one.declared, one.kind)
    if one.status == "differs" and one.changes:
        for change in one.changes:
            yield from _change_lines(show_change(change, _cause(one)), sign, width, style)
        return
    if one.status in ("equal", "new"):
        yield f"{sign} {name}  {declared}"
        return
    live = format_value(one.live, one.kind)
    told = f"unknown, {escape_short(one.unknown, _MAX_TEXT)}" if one.unknown else live
    yield f"{sign} {name}  live: {told}; declared: {declared}"


def _change_lines(change: ShownChange, sign: str, width: int, style: Style) -> Iterator[str]:
    note = f"  {style.dim('# ' + change.note)}" if change.note else ""
    head = f"{sign} {change.field.ljust(width)}"
    if change.lines:
        yield f"{head}  - live, + declared{note}"
        paint = {"+": style.green, "-": style.red}
        for line in change.lines:
            shown = paint[line[0]](line) if line[:1] in paint else line
            yield f"    | {shown}".rstrip()
    elif change.items:
        yield f"{head}  {change.items}  {style.dim('(+ declared, - live)')}{note}"
    else:
        yield f"{head}  live: {change.live}; declared: {change.declared}{note}"


def _cause(one: ExplainedField) -> str:
    task = one.cause
    if task is None:
        return ""
    who = f" by {escape_short(task.username)}" if task.username else ""
    return f"{escape_short(task.action)}{who} (task {task.id})"


def _unmanaged_lines(one: Explanation, style: Style) -> list[str]:
    if not one.unmanaged:
        return []
    width = _width(field.field for field in one.unmanaged)
    title = "Live values" if one.plan is None else "Not managed"
    return [
        style.bold(title),
        *(
            f"{_MARGIN}{escape_short(field.field).ljust(width)}  "
            + (
                style.dim(f"unknown: {escape_short(field.unknown, _MAX_TEXT)}")
                if field.unknown
                else format_value(field.live, field.kind)
            )
            for field in one.unmanaged
        ),
    ]


def _mark_lines(marks: Iterable[ExplainedMark], style: Style) -> list[str]:
    lines = []
    for mark in marks:
        meaning = escape_short(mark.meaning, _MAX_TEXT)
        lines.append(f"{_MARGIN}{style.yellow(escape_short(mark.tag))}: {meaning}")
        if mark.way_out:
            lines.append(f"{_MARGIN * 2}hint: {escape_short(mark.way_out, _MAX_TEXT)}")
    return [style.bold("Marks"), *lines] if lines else []


def _task_lines(one: Explanation, style: Style) -> list[str]:
    if one.hostname is None:
        return []
    if one.last_tasks is None:
        why = escape_short(one.tasks_why, _MAX_TEXT)
        return [style.bold("Last tasks"), f"{_MARGIN}unknown: {why}"]
    if not one.last_tasks:
        return [style.bold("Last tasks"), f"{_MARGIN}none"]
    rows = [
        (
            moment_words(task.created_at) if task.created_at else "-",
            task.action,
            task.username or "-",
            task.status,
            str(task.id),
            task.error_message or "",
        )
        for task in one.last_tasks
    ]
    table = render_table(_TASK_HEADERS, rows, style, max_cell=120)
    return [style.bold("Last tasks"), *(f"{_MARGIN}{line}" for line in table.splitlines())]
