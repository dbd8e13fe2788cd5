"""The page of all runs, and the table of runs that a stack's page has too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from html import escape

from ccloud_apply.fleet.model.listing import PAGE_SIZE
from ccloud_apply.fleet.model.status import OUTCOMES, Outcome
from ccloud_apply.fleet.web.pages.frame import Part
from ccloud_apply.fleet.web.pages.table import head_cells, render_table, row_cells
from ccloud_apply.fleet.web.pages.words import (
    address,
    link_to,
    path_of,
    show_age,
    show_commit,
    show_length,
    show_name,
    show_word,
)
from ccloud_apply.fleet.web.query import RunsView
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.fleet import FleetRun
from ccloud_apply.render.fleet.words import cause_words, count_words
from ccloud_apply.render.lib.html_page import html_short

_MAX_ERROR = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage:
    """The runs of the view, newest first."""

    view: RunsView
    runs: Sequence[FleetRun]
    now: datetime


def render_runs(page: RunsPage) -> str:
    """The content of the page."""
    view, where = page.view, ""
    if view.stack:
        place = path_of("stacks", view.account, view.stack)
        where = f" of {link_to(place, show_name(view.stack))}"
    elif view.account:
        where = f" of {show_name(view.account)}"
    lift = f" {link_to('/runs', 'Show all runs')}" if where else ""
    outcomes = "".join(
        f'<a class="chip" href="{address("/runs", replace(view, outcome=outcome).query())}"'
        f"{_current(view.outcome == outcome)}>{_outcome(outcome)}</a>"
        for outcome in (None, *OUTCOMES)
    )
    return (
        f'<h1>Runs{where}</h1>\n<p class="lead">Newest first.{lift}</p>\n'
        f'<p class="choices">{outcomes}</p>\n'
        f"{runs_part(page).render()}{_older(page)}"
    )


def _outcome(outcome: Outcome | None) -> str:
    return "all" if outcome is None else show_word(outcome)


def _current(is_current: bool) -> str:
    return ' aria-current="true"' if is_current else ""


def runs_part(page: RunsPage) -> Part:
    """The table, which replaces itself on the first page."""
    return Part(id="runs", key=repr(page.runs), render=partial(_runs, page))


def _runs(page: RunsPage) -> str:
    table = render_run_table(page.runs, page.now, has_stack=not page.view.stack)
    return f'<div id="runs">\n{table}</div>\n'


def _older(page: RunsPage) -> str:
    if len(page.runs) < PAGE_SIZE:
        return ""
    older = address("/runs", {**page.view.query(), "before": str(page.runs[-1].id)})
    return f'<p class="pages"><span></span><a class="button" href="{older}">Older</a></p>\n'


def render_run_table(runs: Sequence[FleetRun], now: datetime, *, has_stack: bool) -> str:
    """A row for each run; a sentence where there is none."""
    if not runs:
        return '<p class="quiet">There has been no run.</p>\n'
    names = ["run", "outcome", *(["stack"] if has_stack else []), "why", "started", "took"]
    rows = "".join(_row(run, now, has_stack=has_stack) for run in runs)
    return render_table(head_cells([*names, "commit", "done", "error"]), rows)


def _row(run: FleetRun, now: datetime, *, has_stack: bool) -> str:
    cells = [
        *([("stack", _stack(run))] if has_stack else []),
        ("why", why_words(run)),
        ("started", show_age(run.started, now)),
        ("took", show_length(run.started, run.ended)),
        ("commit", show_commit(run.commit)),
        ("done", done_words(run)),
        ("error", html_short(run.error, _MAX_ERROR) if run.error else ""),
    ]
    name = link_to(path_of("runs", run.id), f"{escape(run.kind)} {run.id}")
    return (
        f'<tr><th scope="row">{name}</th><td class="first" data-name="outcome">'
        f"{show_word(run.outcome or 'running')}</td>{row_cells(cells)}</tr>\n"
    )


def _stack(run: FleetRun) -> str:
    if run.stack is None:
        return f"all of {show_name(run.account)}"
    name = link_to(path_of("stacks", run.account, run.stack), show_name(run.stack))
    return f"{name} <small>{show_name(run.account)}</small>"


def why_words(run: FleetRun) -> str:
    """What has caused a run: the schedule, a commit, somebody."""
    return html_short(cause_words(run))


def done_words(run: FleetRun) -> str:
    """What a run has counted; empty where it has counted nothing."""
    return html_short(count_words(run))
