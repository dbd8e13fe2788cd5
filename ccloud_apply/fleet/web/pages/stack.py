"""The page of one stack: how it stands, what is proposed, its drift, its file, its history."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from html import escape

from ccloud_apply.fleet.web.pages.forms import Powers, render_actions, render_decision
from ccloud_apply.fleet.web.pages.frame import Part, render_parts
from ccloud_apply.fleet.web.pages.journal import render_journal
from ccloud_apply.fleet.web.pages.runs import render_run_table
from ccloud_apply.fleet.web.pages.words import (
    address,
    link_to,
    path_of,
    show_age,
    show_commit,
    show_digest,
    show_due,
    show_labels,
    show_moment,
    show_name,
    show_span,
    show_word,
)
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.journal import JournalReading
from ccloud_apply.model.results.fleet import FleetPlan, FleetRun, FleetStack
from ccloud_apply.render.fleet.words import plan_words
from ccloud_apply.render.lib.escape import escape_line, escape_lines
from ccloud_apply.render.lib.html_page import html_short, html_text
from ccloud_apply.render.lib.timing_text import span_words

MAX_FILE_LINES = 2000
_MAX_WHY = 1000

DONE = {
    "approve": "The plan is approved. A worker applies it now, if nothing has changed meanwhile.",
    "reject": "The plan is rejected. A new commit or new drift brings another one.",
    "pause": "The stack is paused. It is still compared with the account, and not run.",
    "resume": "The stack is no longer paused.",
    "run": "The stack is due now.",
}
"""What a page says after its form has been sent, by the word in its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPage:
    """What the page shows. `plan_html` is the document of the open plan, `drift_html` the newest
    report, `journal` the journal; None where there is none. `declared` is the text of the stack's
    file at its commit, None if this process does not have it."""

    stack: FleetStack
    runs: Sequence[FleetRun]
    now: datetime
    plan_html: str | None = None
    drift_html: str | None = None
    journal: JournalReading | None = None
    declared: str | None = None


def render_stack(page: StackPage, powers: Powers, *, done: str | None = None) -> str:
    """The content of the page."""
    said = DONE.get(done or "")
    told = f'<p id="done" class="box is-done" role="status">{escape(said)}</p>\n' if said else ""
    trail = (
        f'<p class="trail">{link_to("/", "Stacks")} /'
        f" {link_to('/', show_name(page.stack.account), {'account': page.stack.account})}</p>\n"
    )
    first, *rest = stack_parts(page, powers)
    return f"{trail}{first.render()}{told}{render_parts(rest)}{_declared(page)}"


def stack_parts(page: StackPage, powers: Powers) -> list[Part]:
    """What replaces itself; the head is the first."""
    stack, now = page.stack, page.now
    shown = replace(stack, due=stack.since, last_run=None)
    plan = stack.plan
    return [
        Part(id="head", key=repr(replace(shown, seen_at=None)), render=partial(_head, page)),
        Part(
            id="actions",
            key=(stack.pause is None, stack.is_declared),
            render=partial(render_actions, stack, powers),
        ),
        Part(id="plan", key=repr(plan), render=partial(_plan, page, powers)),
        Part(id="facts", key=repr(replace(shown, due=stack.due)), render=partial(_facts, page)),
        Part(id="document", key=plan and plan.id, render=partial(_document, page)),
        Part(id="drift", key=page.drift_html, render=partial(_drift, page)),
        Part(id="journal", key=repr(page.journal), render=partial(render_journal, page.journal)),
        Part(id="history", key=repr(page.runs), render=partial(_history, page.runs, stack, now)),
    ]


def _head(page: StackPage) -> str:
    stack, now = page.stack, page.now
    words = [show_word(stack.state)]
    if stack.holder is not None:
        words.append(show_word("running"))
    if stack.is_stale:
        words.append(show_word("stale"))
    if stack.pause is not None:
        words.append(show_word("paused"))
    since = show_span(stack.since, now)
    return (
        f'<div id="head">\n<div class="heading"><h1>{show_name(stack.name)}</h1>{"".join(words)}'
        f'<span class="quiet">{since}</span></div>\n{"".join(_boxes(stack, now))}</div>\n'
    )


def _boxes(stack: FleetStack, now: datetime) -> Iterator[str]:
    """What somebody should know before anything else."""
    if not stack.is_declared:
        yield _box(
            "failing",
            "No source has this stack any more. Its servers are kept; destroy them with"
            " <code>ccloud-apply destroy</code>, or bring the file back.",
        )
    if stack.problem:
        yield _box("failing", f"Its file cannot be loaded: {html_short(stack.problem, _MAX_WHY)}")
    if stack.is_stale:
        seen = show_age(stack.seen_at, now)
        yield _box("stale", f"What is shown here may be out of date: compared last {seen}.")
    if stack.pause is not None:
        until = show_moment(stack.pause.until, never="somebody resumes it")
        yield _box(
            "paused",
            f"Paused by {show_name(stack.pause.by)} until {until}:"
            f" {html_short(stack.pause.why, _MAX_WHY)}",
        )
    if stack.why:
        kind = "failing" if stack.state == "failing" else "held"
        failures = f" ({stack.failures:,} times in a row)" if stack.failures > 1 else ""
        yield _box(kind, f"{html_short(stack.why, _MAX_WHY)}{failures}")


def _box(kind: str, html: str) -> str:
    return f'<div class="box is-{kind}"><p>{html}</p></div>\n'


def _plan(page: StackPage, powers: Powers) -> str:
    plan = page.stack.plan
    if plan is None:
        return '<div id="plan"></div>\n'
    is_shown = page.plan_html is not None
    return (
        f'<section id="plan" class="box is-proposed">\n<h2>{_plan_title(plan)}</h2>\n'
        f"<p><strong>{escape(escape_line(plan_words(plan)))}</strong></p>\n"
        f"<p>{_plan_words(plan, page.now)}</p>\n"
        f"{render_decision(page.stack, plan, powers, is_shown=is_shown)}</section>\n"
    )


def _document(page: StackPage) -> str:
    if page.stack.plan is None:
        return '<div id="document"></div>\n'
    document = (
        page.plan_html
        or '<p class="quiet">This version cannot show the plan, so it cannot be approved here.</p>'
    )
    return (
        '<details id="document" class="folding" open><summary>What the plan does</summary>'
        f'<div class="document">{document}</div></details>\n'
    )


def _plan_title(plan: FleetPlan) -> str:
    if plan.decision == "approved":
        return "Approved, and applied next"
    return "A plan waits for approval"


def _plan_words(plan: FleetPlan, now: datetime) -> str:
    made = f"{link_to(path_of('runs', plan.run_id), 'made')} {show_age(plan.made_at, now)}"
    words = f"Plan {show_digest(plan.digest)} {made}"
    if plan.commit is not None:
        words += f" from commit {show_commit(plan.commit)}"
    if plan.decision == "approved" and plan.decided_by is not None:
        words += f"; approved by {show_name(plan.decided_by)} {show_age(plan.decided_at, now)}"
        if plan.approved_until is not None:
            words += f", which holds until {show_moment(plan.approved_until)}"
    return f"{words}."


def _facts(page: StackPage) -> str:
    stack, now = page.stack, page.now
    next_run = show_due(stack.due, now)
    if stack.pause is not None:
        next_run = "not while it is paused"
    facts = (
        ("Account", link_to("/", show_name(stack.account), {"account": stack.account})),
        ("Compared", show_age(stack.seen_at, now)),
        ("Source", html_short(stack.source)),
        ("Next run", next_run),
        ("File", f"<code>{html_text(stack.path)}</code>"),
        ("Runs", f"every {escape(span_words(round(stack.every_s)))}"),
        ("Commit", show_commit(stack.commit)),
        ("Mode", escape(stack.mode)),
        ("Labels", show_labels(stack.labels) or "none"),
        ("Worker", "none" if stack.holder is None else html_short(stack.holder)),
    )
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>\n" for name, value in facts)
    return f'<dl id="facts" class="facts">\n{items}</dl>\n'


def _drift(page: StackPage) -> str:
    if page.drift_html is None:
        return '<div id="drift"></div>\n'
    return (
        '<details id="drift" class="folding" open><summary>Live against declared</summary>'
        f'<div class="document">{page.drift_html}</div></details>\n'
    )


def _history(runs: Sequence[FleetRun], stack: FleetStack, now: datetime) -> str:
    every = address("/runs", {"account": stack.account, "stack": stack.name})
    more = f' <small><a href="{every}">all</a></small>' if runs else ""
    table = render_run_table(runs, now, has_stack=False)
    return f'<section id="history">\n<h2>Runs{more}</h2>\n{table}</section>\n'


def _declared(page: StackPage) -> str:
    stack = page.stack
    commit = f" at {show_commit(stack.commit)}" if stack.commit else ""
    title = f"<code>{html_text(stack.path)}</code>{commit} in {show_name(stack.source)}"
    if page.declared is None:
        return f'<h2>Declared</h2>\n<p class="quiet">{title}</p>\n'
    lines = escape_lines(page.declared)
    shown = "\n".join(map(escape, lines[:MAX_FILE_LINES]))
    cut = len(lines) - MAX_FILE_LINES
    rest = f'<p class="quiet">{cut:,} more lines</p>\n' if cut > 0 else ""
    return (
        f'<details class="folding"><summary>Declared <small>{title}</small></summary>\n'
        f'<pre class="file" tabindex="0">{shown}</pre>\n{rest}</details>\n'
    )
