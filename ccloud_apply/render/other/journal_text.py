"""Journals as tables: unfinished entries first, with what the next apply does about them."""

from collections.abc import Sequence

from ccloud_apply.model.journal import Entry, JournalReading
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_HEADERS = ("WHEN", "STACK", "STEP", "OPERATION", "HOSTNAME", "TASK", "OUTCOME")
_MAX_CELL = 200


def render_journals(journals: Sequence[JournalReading], style: Style = PLAIN) -> str:
    """A line for each entry in the order of writing, or one line if there is none."""
    unfinished, settled = [], []
    for journal in journals:
        numbers = {entry.number for entry in journal.unfinished}
        for entry in journal.entries:
            cells = _cells(journal.stack, entry)
            if entry.number in numbers:
                unfinished.append((*cells, _next(entry), entry.error or ""))
            else:
                settled.append((*cells, entry.error or ""))
    parts = []
    if unfinished:
        heading = style.caution("Unfinished. The next apply of the stack handles it first:")
        headers = (*_HEADERS, "NEXT APPLY", "ERROR")
        parts.append(f"{heading}\n{render_table(headers, unfinished, style, max_cell=_MAX_CELL)}")
    if settled:
        table = render_table((*_HEADERS, "ERROR"), settled, style, max_cell=_MAX_CELL)
        parts.append(f"{style.bold('Settled:')}\n{table}")
    if parts:
        return "\n".join(parts)
    return "Nothing is unfinished.\n" if journals else "No journals.\n"


def _cells(stack: str, entry: Entry) -> tuple[str, ...]:
    return (
        moment_words(entry.time),
        stack,
        entry.intent.step,
        entry.intent.operation,
        entry.hostname or "-",
        "-" if entry.task_id is None else str(entry.task_id),
        entry.outcome or "open",
    )


def _next(entry: Entry) -> str:
    if not entry.is_open:
        return f"does {entry.intent.closed_by}"
    if entry.task_id is not None:
        return f"looks at task {entry.task_id}"
    return "asks the account whether it happened"
