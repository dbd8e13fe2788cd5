"""The pages that are about no single stack: accounts and sources, problems, decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from ccloud_apply.fleet.web.pages.table import head_cells, render_table, row_cells
from ccloud_apply.fleet.web.pages.words import (
    address,
    link_to,
    path_of,
    show_age,
    show_commit,
    show_due,
    show_moment,
    show_name,
    show_word,
)
from ccloud_apply.model.results.fleet import (
    FleetAccount,
    FleetDecision,
    FleetProblem,
    FleetSource,
)
from ccloud_apply.render.lib.html_page import html_short, html_text
from ccloud_apply.render.lib.timing_text import span_words

_MAX_ERROR = 300
_MAX_DETAIL = 200


def render_accounts(
    accounts: Sequence[FleetAccount], sources: Sequence[FleetSource], now: datetime
) -> str:
    """Accounts with their sweeps, sources with their polls."""
    rows = "".join(_account(account, now) for account in accounts)
    account_table = _table(
        ("account", "state", "stacks", "runs now", "swept", "next sweep", "error"), rows
    )
    if not accounts:
        account_table = '<p class="quiet">fleet.yaml has no account.</p>\n'
    parts = f"<h1>Accounts</h1>\n{account_table}"
    if sources:
        rows = "".join(_source(source, now) for source in sources)
        names = ("source", "state", "ref", "commit", "polled", "next poll", "error")
        parts += f"<h2>Sources</h2>\n{_table(names, rows)}"
    return parts


def _account(account: FleetAccount, now: datetime) -> str:
    word = "failing" if account.error else "clean"
    if not account.is_configured:
        word = "unknown"
    elif account.closed_until is not None:
        word = "held"
    due = show_due(account.sweep_due, now)
    every = escape(span_words(round(account.sweep_every_s)))
    error = html_short(account.error, _MAX_ERROR) if account.error else ""
    if account.closed_until is not None:
        error = f"The platform asks to wait until {show_moment(account.closed_until)}. {error}"
    return _row(
        f"{link_to('/', show_name(account.name), {'account': account.name})}"
        f"<small>{html_short(account.endpoint)}</small>",
        _told(word, account.is_configured),
        (
            ("stacks", f"{account.stacks:,}"),
            ("runs now", f"{account.runs:,}"),
            ("swept", show_age(account.swept_at, now)),
            ("next sweep", f"{due} <small>every {every}</small>"),
            ("error", error),
        ),
    )


def _source(source: FleetSource, now: datetime) -> str:
    word = "failing" if source.error else "clean"
    due = show_due(source.due, now)
    return _row(
        show_name(source.name),
        _told(word if source.is_configured else "unknown", source.is_configured),
        (
            ("ref", html_short(source.ref) if source.ref else ""),
            ("commit", show_commit(source.commit)),
            ("polled", show_age(source.polled_at, now)),
            ("next poll", due),
            ("error", html_short(source.error, _MAX_ERROR) if source.error else ""),
        ),
    )


def _told(word: str, is_configured: bool) -> str:
    if not is_configured:
        return f"{show_word('unknown')}<small>no longer in fleet.yaml</small>"
    return show_word(word) if word != "clean" else '<span class="word is-clean">reachable</span>'


def render_problems(problems: Sequence[FleetProblem]) -> str:
    """Files that cannot be loaded, names that stand twice, what cannot be read."""
    head = "<h1>Problems</h1>\n"
    if not problems:
        return f'{head}<p class="lead calm">Every file of every source can be loaded.</p>\n'
    lead = (
        '<p class="lead">The stacks of these files are not run until the files are fixed.'
        " The other stacks are.</p>\n"
    )
    rows = "".join(
        _row(
            f"<code>{html_text(problem.path)}{_line(problem)}</code>",
            f"<span>{show_name(problem.source)}</span>",
            (("what", html_short(problem.what, 1000)),),
        )
        for problem in problems
    )
    return f"{head}{lead}{_table(('file', 'source', 'what'), rows)}"


def _line(problem: FleetProblem) -> str:
    return "" if problem.line is None else f":{problem.line}"


def render_audit(decisions: Sequence[FleetDecision], *, more: str | None) -> str:
    """Who did what. `more` is the address of older ones, escaped."""
    head = '<h1>Audit</h1>\n<p class="lead">Who has decided what, newest first.</p>\n'
    if not decisions:
        return f'{head}<p class="quiet">Nobody has decided anything yet.</p>\n'
    rows = "".join(_decision(decision) for decision in decisions)
    older = (
        ""
        if more is None
        else f'<p class="pages"><span></span><a class="button" href="{more}">Older</a></p>\n'
    )
    return f"{head}{_table(('when', 'who', 'what', 'on', 'detail'), rows)}{older}"


def _decision(decision: FleetDecision) -> str:
    on = ""
    if decision.account is not None and decision.subject is not None:
        place = path_of("stacks", decision.account, decision.subject)
        on = f"{link_to(place, show_name(decision.subject))} <small>"
        on += f"{show_name(decision.account)}</small>"
    elif decision.account is not None or decision.subject is not None:
        on = show_name(decision.subject or decision.account or "")
    detail = ", ".join(
        f"{html_text(str(name).replace('_', ' '))}: {html_short(_value_words(value), _MAX_DETAIL)}"
        for name, value in decision.detail.items()
        if _value_words(value)
    )
    return _row(
        show_moment(decision.time),
        show_name(decision.who),
        (("what", html_text(decision.what)), ("on", on), ("detail", detail)),
    )


def _value_words(value: Any) -> str:
    """A value of a detail in words; nothing for what is empty."""
    if isinstance(value, Mapping):
        told = ((name, _value_words(one)) for name, one in value.items())
        return ", ".join(f"{name} {one}" for name, one in told if one)
    if isinstance(value, list):
        return ", ".join(map(_value_words, value))
    return "" if value is None else str(value)


def _table(names: Sequence[str], rows: str) -> str:
    return render_table(head_cells(names), rows)


def _row(head: str, first: str, cells: Sequence[tuple[str, str]]) -> str:
    rest = row_cells(cells)
    return f'<tr><th scope="row">{head}</th><td class="first">{first}</td>{rest}</tr>\n'


def older_than(path: str, last: int) -> str:
    """The address of the rows before this one."""
    return address(path, {"before": str(last)})
