"""The journal of a stack: which changes were sent, and what the next run has to see to first."""

from collections.abc import Sequence
from html import escape

from ccloud_apply.fleet.web.pages.table import head_cells, render_table, row_cells
from ccloud_apply.fleet.web.pages.words import show_word
from ccloud_apply.model.journal import Entry, JournalReading
from ccloud_apply.model.text import count_of
from ccloud_apply.render.lib.html_page import html_short, html_text
from ccloud_apply.render.lib.moments import moment_words

_MAX_ROWS = 200
_MAX_ERROR = 300
_NAMES = ("step", "outcome", "operation", "server", "task", "sent", "error")


def render_journal(journal: JournalReading | None) -> str:
    """What is unfinished is shown, the rest folds. An empty place where there is no journal."""
    if journal is None or not (journal.entries or journal.damage):
        return '<div id="journal"></div>\n'
    unfinished = journal.unfinished
    numbers = {entry.number for entry in unfinished}
    settled = [entry for entry in reversed(journal.entries) if entry.number not in numbers]
    parts = []
    if journal.damage:
        damage = html_short(journal.damage, _MAX_ERROR)
        parts.append(f'<div class="box is-failing"><p>It is damaged: {damage}</p></div>\n')
    if unfinished:
        count = count_of(len(unfinished), "change is", "changes are")
        parts.append(f"<p>{count} unfinished. The next run handles it first.</p>\n")
        parts.append(_table(unfinished))
    if settled:
        parts.append(
            f"<details><summary>{len(settled):,} settled</summary>\n"
            f"{_table(settled[:_MAX_ROWS])}</details>\n"
        )
    return f'<section id="journal">\n<h2>Journal</h2>\n{"".join(parts)}</section>\n'


def _table(entries: Sequence[Entry]) -> str:
    return render_table(head_cells(_NAMES), "".join(map(_row, entries)))


def _row(entry: Entry) -> str:
    intent = entry.intent
    cells = (
        ("operation", f"{html_text(intent.operation)}"),
        ("server", html_short(entry.hostname or intent.server)),
        ("task", "" if entry.task_id is None else f"{entry.task_id}"),
        ("sent", escape(moment_words(entry.time))),
        ("error", html_short(entry.error, _MAX_ERROR) if entry.error else ""),
    )
    return (
        f'<tr><th scope="row">{html_short(intent.step)}</th>'
        f'<td class="first">{show_word(entry.outcome or "open")}</td>{row_cells(cells)}</tr>\n'
    )
