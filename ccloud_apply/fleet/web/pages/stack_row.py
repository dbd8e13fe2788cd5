"""One row of the table of stacks."""

from datetime import datetime
from html import escape

from ccloud_apply.fleet.web.pages.words import (
    link_to,
    path_of,
    show_age,
    show_commit,
    show_due,
    show_labels,
    show_name,
    show_span,
    show_word,
)
from ccloud_apply.model.results.fleet import FleetStack
from ccloud_apply.render.lib.html_page import html_short

WIDE = frozenset({"commit", "labels", "mode"})
"""Columns that a narrow window leaves out."""

_MAX_LABELS = 4
_MAX_WHY = 120


def render_row(stack: FleetStack, now: datetime) -> str:
    """A row of the table, which is a card on a telephone."""
    cells = (
        ("account", link_to("/", show_name(stack.account), {"account": stack.account})),
        ("mode", escape(stack.mode)),
        ("seen", show_age(stack.seen_at, now)),
        ("last run", _last_run(stack, now)),
        ("next run", _due(stack, now)),
        ("commit", show_commit(stack.commit)),
        ("labels", show_labels(stack.labels, most=_MAX_LABELS)),
    )
    shown = "".join(f'<td data-name="{name}"{_kind(name)}>{value}</td>' for name, value in cells)
    name = link_to(path_of("stacks", stack.account, stack.name), show_name(stack.name))
    return (
        f'<tr id="s{stack.id}"><th scope="row">{name}<small>{html_short(stack.path)}</small></th>'
        f'<td class="first" data-name="state">{_state(stack, now)}</td>{shown}</tr>\n'
    )


def _kind(name: str) -> str:
    return ' class="wide-only"' if name in WIDE else ""


def _state(stack: FleetStack, now: datetime) -> str:
    marks = [show_word(stack.state)]
    if stack.is_stale:
        marks.append(show_word("stale"))
    if stack.pause is not None:
        marks.append(show_word("paused"))
    why = stack.problem or stack.why
    told = html_short(why, _MAX_WHY) if why else show_span(stack.since, now)
    return f"{' '.join(marks)}<small>{told}</small>"


def _last_run(stack: FleetStack, now: datetime) -> str:
    run = stack.last_run
    if stack.holder is not None:
        return show_word("running")
    if run is None:
        return '<span class="quiet never">none</span>'
    when = show_age(run.ended or run.started, now)
    return f"{link_to(path_of('runs', run.id), show_word(run.outcome or 'running'))} {when}"


def _due(stack: FleetStack, now: datetime) -> str:
    if stack.pause is not None:
        until = stack.pause.until
        return "paused" if until is None else f"paused, ends {show_age(until, now)}"
    return show_due(stack.due, now)
