"""The page of one run: what it was, what it found or did, its plan and its report."""

from datetime import datetime
from functools import partial
from html import escape

from ccloud_apply.fleet.web.pages.frame import Part, render_parts
from ccloud_apply.fleet.web.pages.journal import render_journal
from ccloud_apply.fleet.web.pages.runs import done_words, why_words
from ccloud_apply.fleet.web.pages.words import (
    link_to,
    path_of,
    show_commit,
    show_digest,
    show_length,
    show_moment,
    show_name,
    show_word,
)
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import JournalReading
from ccloud_apply.model.results.fleet import FleetPlan, FleetRun
from ccloud_apply.render.lib.html_page import html_short

_MAX_ERROR = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """What the page shows; `plan` with its document, the drift that the run has reported, and the
    journal of its stack if no later run has gone on with it."""

    run: FleetRun
    now: datetime
    plan: FleetPlan | None = None
    plan_html: str | None = None
    drift_html: str | None = None
    journal: JournalReading | None = None


def render_run(page: RunPage) -> str:
    """The content of the page."""
    run = page.run
    trail = [link_to("/runs", "Runs"), link_to("/", show_name(run.account), _account(run))]
    if run.stack is not None:
        trail.append(link_to(path_of("stacks", run.account, run.stack), show_name(run.stack)))
    return f'<p class="trail">{" / ".join(trail)}</p>\n{render_parts(run_parts(page))}'


def _account(run: FleetRun) -> dict[str, str]:
    return {"account": run.account}


def run_parts(page: RunPage) -> list[Part]:
    """What replaces itself while it runs."""
    plan = None if page.plan is None else (page.plan.id, page.plan.decision)
    return [
        Part(id="run", key=repr(page.run), render=partial(_run, page)),
        Part(id="plan", key=plan, render=partial(_plan, page)),
        Part(id="drift", key=page.drift_html, render=partial(_drift, page)),
        Part(id="journal", key=repr(page.journal), render=partial(render_journal, page.journal)),
    ]


def _run(page: RunPage) -> str:
    run = page.run
    facts = (
        ("Cause", why_words(run)),
        ("Started", show_moment(run.started)),
        ("Commit", show_commit(run.commit)),
        ("Ended", show_moment(run.ended, never="not yet")),
        ("Worker", html_short(run.worker)),
        ("Took", show_length(run.started, run.ended) or "not ended"),
        ("Requests", "unknown" if run.requests is None else f"{run.requests:,}"),
        ("Done", done_words(run) or "nothing"),
    )
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>\n" for name, value in facts)
    what = f"{escape(run.kind.capitalize())} {run.id}"
    error = (
        f'<div class="box is-failing"><p>{html_short(run.error, _MAX_ERROR)}</p></div>\n'
        if run.error
        else ""
    )
    return (
        f'<div id="run">\n<div class="heading"><h1>{what}</h1>'
        f"{show_word(run.outcome or 'running')}</div>\n{error}"
        f'<dl class="facts">\n{items}</dl>\n</div>\n'
    )


def _plan(page: RunPage) -> str:
    if page.plan is None:
        return '<div id="plan"></div>\n'
    plan = page.plan
    by = "" if plan.decided_by is None else f" by {show_name(plan.decided_by)}"
    why = f": {html_short(plan.decided_why, _MAX_ERROR)}" if plan.decided_why else ""
    document = page.plan_html or '<p class="quiet">The plan cannot be shown.</p>'
    return (
        f'<section id="plan">\n<h2>Plan <small>{show_digest(plan.digest)},'
        f" {escape(plan.decision)}{by}{why}</small></h2>\n"
        f'<div class="document">{document}</div>\n</section>\n'
    )


def _drift(page: RunPage) -> str:
    if page.drift_html is None:
        return '<div id="drift"></div>\n'
    return (
        '<section id="drift">\n<h2>Live against declared</h2>\n'
        f'<div class="document">{page.drift_html}</div>\n</section>\n'
    )
