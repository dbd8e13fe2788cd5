"""A plan as one HTML page: the changes of each server, the dangers, the steps.

`render/lib/html_page.py` has the frame and what all pages share,
`render/lib/shown_change.py` puts a change into words, `server_text.py` a server.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ccloud_apply.model.diagnostic import Diagnostic
from ccloud_apply.model.results.plan import (
    DESTROYS_DATA,
    Action,
    FieldChange,
    Plan,
    StackPlan,
    Step,
)
from ccloud_apply.model.text import join_names
from ccloud_apply.render.lib.account_line import invoice_line
from ccloud_apply.render.lib.escape import escape_short
from ccloud_apply.render.lib.html_page import (
    html_short,
    html_text,
    render_card,
    render_diff,
    render_facts,
    render_page,
    render_totals,
    render_warnings,
)
from ccloud_apply.render.lib.ignored_text import ignored_lines
from ccloud_apply.render.lib.shown_change import show_change
from ccloud_apply.render.lib.timing_text import downtime_words, length_line
from ccloud_apply.render.lib.undo_text import tell_change, tell_server, undo_line
from ccloud_apply.render.lib.value_text import format_tags
from ccloud_apply.render.other.diagnostics_text import hint_lines, locate
from ccloud_apply.render.plan.fold import Fold, fold_servers
from ccloud_apply.render.plan.html_actions import group_cards
from ccloud_apply.render.plan.html_drawing import (
    DRAWING_PART_STYLE,
    DRAWING_STYLE,
    DRAWING_STYLES,
    render_drawing,
)
from ccloud_apply.render.plan.html_groups import group_names, group_values, steps_title
from ccloud_apply.render.plan.html_later import render_later, render_moment
from ccloud_apply.render.plan.html_style import PLAN_STYLE
from ccloud_apply.render.plan.later import count_deferred, count_waiting
from ccloud_apply.render.plan.server_text import (
    describe_action,
    describe_gone,
    describe_resting,
    name_fold,
)
from ccloud_apply.render.plan.words import conclude, cost_lines, find_dangers

_MAX_OPEN = 40
"""Up to this number all cards are open; on a longer page only those that lose data."""

_MAX_STEPS = 50

PLAN_PART_STYLE = PLAN_STYLE + DRAWING_STYLE + DRAWING_PART_STYLE
"""The style of a plan within another page."""

_RARE = frozenset({Action.REINSTALL, Action.RETIRE, Action.RESTORE, Action.NOT_COMPARED}) | {
    DESTROYS_DATA,
    "retired",
    "deferred",
}
"""Counted only where it happens."""


def render_plan_html(plan: Plan, *, is_full: bool = False) -> str:
    """The whole plan, however long; nothing is left out. `is_full`: a card for each server."""
    heading, kind = _headline(plan)
    header = f'<header class="{kind}">\n<h1>{heading}</h1>\n{_summary(plan)}</header>\n'
    return render_page(
        title=conclude(plan),
        header=header,
        main=_sections(plan, is_full=is_full) + render_drawing(plan),
        style=PLAN_STYLE + DRAWING_STYLE,
        more_styles=DRAWING_STYLES,
    )


def render_plan_part(plan: Plan) -> str:
    """The plan as a part of another page, whose style has `PLAN_PART_STYLE`: it has no style
    element, so the page's policy need not allow one."""
    return f"{_summary(plan)}{_sections(plan)}{render_drawing(plan, has_style=False)}"


def _summary(plan: Plan) -> str:
    return (
        f"<p>{html_text(conclude(plan))}</p>\n"
        f"{render_facts(plan.account, plan.read_at, plan.commit, env=plan.env)}"
        f"{_invoice(plan)}{_length(plan)}"
        f"{render_moment(plan)}{_totals(plan)}"
    )


def _sections(plan: Plan, *, is_full: bool = False) -> str:
    folds = {
        stack.stack: fold_servers(stack.told_servers(), stack, is_full=is_full)
        for stack in plan.stacks
    }
    is_long = sum(map(len, folds.values())) > _MAX_OPEN
    return "".join(_stack(stack, folds[stack.stack], is_long=is_long) for stack in plan.stacks)


def _invoice(plan: Plan) -> str:
    line = invoice_line(plan.invoice_preview, plan.currency)
    return f"<p>{escape(line)}</p>\n" if line else ""


def _length(plan: Plan) -> str:
    line = length_line(plan.length)
    return f"<p>{escape(line)}</p>\n" if line else ""


def _headline(plan: Plan) -> tuple[str, str]:
    """The heading and the class of its look."""
    if plan.held:
        return "Plan, blocked by a guard", "stopped"
    if plan.matches:
        return ("Deferred", "changes") if count_deferred(plan.stacks) else ("No changes", "calm")
    return "Plan", "changes"


def _totals(plan: Plan) -> str:
    counts = {
        **plan.summary,
        "retired": count_waiting(plan.stacks),
        "deferred": count_deferred(plan.stacks),
    }
    return render_totals(
        (name.replace("_", " "), count)
        for name, count in counts.items()
        if count or name not in _RARE
    )


def _stack(stack: StackPlan, folds: Sequence[Fold], *, is_long: bool) -> str:
    parts = [
        f'<section class="stack">\n<h2>{html_short(stack.stack)}'
        f" <small>{html_text(stack.path)}</small></h2>\n"
    ]
    if stack.held:
        parts.append(_held(stack.held))
    parts += (
        f'<p class="{found.kind}"><strong>{escape(found.head)}</strong> {escape(found.names)}</p>\n'
        for found in find_dangers(stack)
    )
    told = filter(None, [undo_line(stack.entries), *cost_lines(stack)])
    parts += (f'<p class="cost">{escape(line)}</p>\n' for line in told)
    parts.append(render_warnings([_diagnostic(warning) for warning in stack.warnings]))
    steps = {step.id: step for step in stack.steps}
    parts.append(group_cards(folds, lambda fold: _card(fold, steps, is_long=is_long)))
    parts.append(render_later(stack, _changes))
    parts += (f'<p class="quiet">{escape(line)}</p>\n' for line in ignored_lines(stack.ignored))
    changed = {server.key for fold in folds for server in fold.servers}
    changed |= {server.key for server in stack.retired}
    unchanged = [server.key for server in stack.entries if server.key not in changed]
    if unchanged:
        names = ", ".join(map(html_short, unchanged))
        parts.append(
            f'<details class="quiet"><summary>{len(unchanged):,} unchanged</summary>'
            f"<p>{names}</p></details>\n"
        )
    return "".join(parts) + "</section>\n"


def _held(held: Sequence[Diagnostic]) -> str:
    lines = "".join(f"<p>{_diagnostic(diagnostic)}</p>\n" for diagnostic in held)
    return (
        '<div class="held"><strong>Blocked by a guard: nothing in this plan is done while it'
        " is blocked.</strong>\n"
        f"{lines}</div>\n"
    )


def _diagnostic(diagnostic: Diagnostic) -> str:
    hints = "".join(f"<br><small>{escape(line)}</small>" for line in hint_lines(diagnostic))
    return f"{escape(locate(diagnostic))}{hints}"


def _card(fold: Fold, steps: Mapping[str, Step], *, is_long: bool) -> str:
    first = fold.first
    own = [steps[id] for id in first.steps if id in steps]
    is_destructive = any(step.is_destructive for step in own)
    words = describe_action(fold)
    kind = "release" if first.is_released else first.action.value
    body = (
        _gone(fold)
        + _changes(fold)
        + "".join(_remarks(fold))
        + _steps(own, fold)
        + group_names(fold)
    )
    return render_card(
        kind,
        f"{escape(name_fold(fold))} <small>{escape(words)}</small>",
        kind.replace("_", " ") if first.action is not Action.UNCHANGED else "update",
        body,
        is_open=is_destructive or not is_long,
    )


def _gone(fold: Fold) -> str:
    """What the server is that goes."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="before">{escape(value)}</td></tr>\n'
        for name, value in describe_gone(fold.first, fold.currency)
    )
    if not rows:
        return ""
    heads = '<th scope="col">field</th><th scope="col">now</th>'
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>\n"


def _changes(fold: Fold) -> str:
    if not fold.changes:
        return ""
    is_new = fold.first.action is Action.CREATE
    columns = ("value",) if is_new else ("live", "after apply")
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("field", *columns))
    rows = "".join(_row(change, fold, is_new=is_new) for change in fold.changes)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>\n"


def _row(change: FieldChange, fold: Fold, *, is_new: bool) -> str:
    shown = show_change(change)
    head = f'<tr><th scope="row">{escape(shown.field)}{_note(change)}</th>'
    if shown.lines:
        span = 1 if is_new else 2
        return f'{head}<td colspan="{span}">{render_diff(shown.lines)}</td></tr>\n'
    if shown.items and not is_new:
        # Two cells with what one side has alone would read as if it were all.
        return f'{head}<td colspan="2">{escape(format_tags(change))}</td></tr>\n'
    if each := group_values(change, fold):
        return f'{head}<td colspan="{1 if is_new else 2}">{each}</td></tr>\n'
    before, after = shown.live, shown.declared
    cell = f'<td class="after">{escape(after)}</td></tr>\n'
    return head + (cell if is_new else f'<td class="before">{escape(before)}</td>{cell}')


def _note(change: FieldChange) -> str:
    marks = (
        (change.forces_replace, "forces replacement"),
        (change.is_destructive, "destroys data"),
    )
    words = [*(word for is_so, word in marks if is_so), *filter(None, [tell_change(change)])]
    loud = "".join(f'<br><small class="forces">{escape(word)}</small>' for word in words)
    if not change.note:
        return loud
    return f'{loud}<br><small class="note">{html_short(change.note)}</small>'


def _remarks(fold: Fold) -> Iterator[str]:
    if fold.first.is_stopped:
        yield f'<p class="warning">Downtime {escape(downtime_words(fold.first))}.</p>\n'
    for warning in fold.warnings:
        yield f'<p class="warning">{html_short(warning)}</p>\n'
    if undo := tell_server(fold.first):
        yield f'<p class="warning">{escape(undo)}</p>\n'
    if fold.first.rests_on:
        words = describe_resting(fold.first).capitalize()
        yield f'<p class="warning">{escape(words)}.</p>\n'
    if fold.first.is_busy and not fold.first.why:
        yield '<p class="warning">Someone else\'s task is running on it.</p>\n'


def _steps(steps: Sequence[Step], fold: Fold) -> str:
    if not steps:
        return ""
    lines = "".join(f"<li>{_step(step)}</li>\n" for step in steps[:_MAX_STEPS])
    return f'<h5>{steps_title(fold)}</h5>\n<ol class="steps">\n{lines}</ol>\n'


def _step(step: Step) -> str:
    marks = [
        word
        for is_so, word in (
            (step.is_destructive, "destroys data"),
            (step.causes_downtime, "downtime"),
        )
        if is_so
    ]
    if step.needs:
        marks.append(f"after {join_names(map(escape_short, step.needs))}")
    remark = f" <small>{escape('; '.join(marks))}</small>" if marks else ""
    request = escape_short(f"{step.method} {step.path}")
    return f"{html_short(step.operation)} <code>{escape(request)}</code>{remark}"
