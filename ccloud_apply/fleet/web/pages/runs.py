"""The page of all runs, and the table of runs that a stack's page has too."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from html import escape
from typing import get_args

from ccloud_apply.fleet.model.listing import PAGE_SIZE
from ccloud_apply.fleet.model.status import Outcome
from ccloud_apply.fleet.web.pages.frame import Part
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
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.results.fleet import FleetRun
from ccloud_apply.render.lib.html_page import html_short, html_text

_MAX_ERROR = 160
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage:
    """Runs of the account and the stack if these are said, older than `before`."""

    runs: Sequence[FleetRun]
    now: datetime
    account: str = ""
    stack: str = ""
    outcome: Outcome | None = None
    before: int | None = None

    def query(self, **changes: str) -> Mapping[str, str]:
        """What stands in its address, with these changes; `before` is left out."""
        told = {"account": self.account, "stack": self.stack, "outcome": self.outcome or ""}
        return {**told, **changes}


def render_runs(page: RunsPage) -> str:
    """The content of the page."""
    where = ""
    if page.stack:
        place = path_of("stacks", page.account, page.stack)
        where = f" of {link_to(place, show_name(page.stack))}"
    elif page.account:
        where = f" of {show_name(page.account)}"
    lift = f" {link_to('/runs', 'Show all runs')}" if where else ""
    outcomes = [
        f'<a class="chip" href="{address("/runs", page.query(outcome=""))}"'
        f"{_current(page.outcome is None)}>all</a>"
    ] + [
        f'<a class="chip" href="{address("/runs", page.query(outcome=outcome))}"'
        f"{_current(page.outcome == outcome)}>{show_word(outcome)}</a>"
        for outcome in OUTCOMES
    ]
    return (
        f'<h1>Runs{where}</h1>\n<p class="lead">Newest first.{lift}</p>\n'
        f'<p class="choices">{"".join(outcomes)}</p>\n'
        f"{runs_part(page).render()}{_older(page)}"
    )


def _current(is_current: bool) -> str:
    return ' aria-current="true"' if is_current else ""


def runs_part(page: RunsPage) -> Part:
    """The table, which replaces itself on the first page."""
    return Part(id="runs", key=repr(page.runs), render=partial(_runs, page))


def _runs(page: RunsPage) -> str:
    table = render_run_table(page.runs, page.now, has_stack=not page.stack)
    return f'<div id="runs">\n{table}</div>\n'


def _older(page: RunsPage) -> str:
    if len(page.runs) < PAGE_SIZE:
        return ""
    older = address("/runs", page.query(before=str(page.runs[-1].id)))
    return f'<p class="pages"><span></span><a class="button" href="{older}">Older</a></p>\n'


def render_run_table(runs: Sequence[FleetRun], now: datetime, *, has_stack: bool) -> str:
    """A row for each run; a sentence where there is none."""
    if not runs:
        return '<p class="quiet">There has been no run.</p>\n'
    names = ["run", "outcome", *(["stack"] if has_stack else []), "why", "started", "took"]
    heads = "".join(f'<th scope="col">{name}</th>' for name in [*names, "commit", "done", "error"])
    rows = "".join(_row(run, now, has_stack=has_stack) for run in runs)
    return (
        f'<div class="rows"><table><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table></div>\n"
    )


def _row(run: FleetRun, now: datetime, *, has_stack: bool) -> str:
    cells = [
        *([("stack", _stack(run))] if has_stack else []),
        ("why", why_words(run)),
        ("started", show_age(run.started, now)),
        ("took", show_length(run.started, run.ended)),
        ("commit", show_commit(run.commit)),
        ("done", count_words(run)),
        ("error", html_short(run.error, _MAX_ERROR) if run.error else ""),
    ]
    shown = "".join(f'<td data-name="{name}">{value}</td>' for name, value in cells)
    name = link_to(path_of("runs", run.id), f"{escape(run.kind)} {run.id}")
    return (
        f'<tr><th scope="row">{name}</th><td class="first" data-name="outcome">'
        f"{show_word(run.outcome or 'running')}</td>{shown}</tr>\n"
    )


def _stack(run: FleetRun) -> str:
    if run.stack is None:
        return f"all of {show_name(run.account)}"
    name = link_to(path_of("stacks", run.account, run.stack), show_name(run.stack))
    return f"{name} <small>{show_name(run.account)}</small>"


def why_words(run: FleetRun) -> str:
    """What has caused a run: the schedule, a commit, somebody."""
    if run.person is not None:
        return f"{html_text(run.cause)} {show_name(run.person)}"
    return html_text(run.cause)


def count_words(run: FleetRun) -> str:
    """`3 create, 1 update`: what a run has counted, without what it has not found."""
    told = (
        f"{value:,} {html_text(str(name).replace('_', ' '))}"
        for name, value in run.counts.items()
        if isinstance(value, int) and not isinstance(value, bool) and value
    )
    return ", ".join(told)
