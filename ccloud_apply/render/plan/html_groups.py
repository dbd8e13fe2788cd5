"""What a card of the plan page shows of a group of servers beyond what it shows of one.

The card itself, and the frame of the page, belong to `html_document.py` and `render/lib/`.
"""

from html import escape

from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.render.lib.shown_change import show_change
from ccloud_apply.render.plan.fold import Fold
from ccloud_apply.render.plan.fold_names import name_server
from ccloud_apply.render.plan.server_text import list_own


def group_names(fold: Fold) -> str:
    """The name of every server of a group, so that the filter finds it; nothing for one server."""
    if len(fold.servers) == 1:
        return ""
    names = ", ".join(escape(name_server(server)) for server in fold.servers)
    return f'<details class="quiet names"><summary>all names</summary><p>{names}</p></details>\n'


def group_values(change: FieldChange, fold: Fold) -> str:
    """A line for each server where each has a value of its own; else nothing."""
    lines = []
    for owner, own in list_own(change, fold):
        shown = show_change(own)
        value = shown.declared if own.before is None else f"{shown.live} \u2192 {shown.declared}"
        lines.append(f"{escape(owner)}: {escape(value)}")
    return "<br>".join(lines)


def steps_title(fold: Fold) -> str:
    """Whose steps are listed: those of a group are alike."""
    if len(fold.servers) == 1:
        return "Steps"
    return f"Steps of {escape(name_server(fold.first))}, and of the others alike"
