"""The account's tasks as a table."""

from collections.abc import Sequence

from ccloud_apply.model.live.account import Task
from ccloud_apply.render.lib.moments import moment_words
from ccloud_apply.render.lib.style import PLAIN, Style
from ccloud_apply.render.lib.table import render_table

_HEADERS = ("ID", "ACTION", "STATUS", "SERVER", "USER", "CREATED", "ERROR")


def render_tasks(tasks: Sequence[Task], style: Style = PLAIN) -> str:
    """A line for each task in the given order."""
    if not tasks:
        return "No tasks.\n"
    rows = [
        (
            str(task.id),
            task.action,
            task.status,
            task.hostname or "-",
            task.username or "-",
            moment_words(task.created_at) if task.created_at else "-",
            task.error_message or "",
        )
        for task in tasks
    ]
    return render_table(_HEADERS, rows, style, max_cell=200)
