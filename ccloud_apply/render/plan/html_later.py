"""What a plan leaves for later, on its page: retired servers that wait, what is deferred, and for
which moment the plan is. The words are those of `later.py`."""

from collections.abc import Callable
from html import escape

from ccloud_apply.model.results.plan import Plan, StackPlan
from ccloud_apply.render.lib.html_page import render_card, render_group
from ccloud_apply.render.plan.fold import Fold
from ccloud_apply.render.plan.html_groups import group_names
from ccloud_apply.render.plan.later import (
    Waiting,
    describe_deferred,
    find_waiting,
    fold_deferred,
    moment_lines,
    override_lines,
)
from ccloud_apply.render.plan.server_text import name_fold


def render_moment(plan: Plan) -> str:
    """That the plan is not for now, and that windows do not count; nothing where neither is so."""
    moment = (f"<p><strong>{escape(line)}</strong></p>\n" for line in moment_lines(plan))
    override = (f'<p class="caution">{escape(line)}</p>\n' for line in override_lines(plan))
    return "".join((*moment, *override))


def render_later(stack: StackPlan, render_changes: Callable[[Fold], str]) -> str:
    """A card for everything that is deferred, and for the retired servers of each day."""
    folds, waiting = fold_deferred(stack), find_waiting(stack)
    return render_group(
        "Deferred",
        len(stack.deferred),
        "".join(_deferred_card(fold, render_changes) for fold in folds),
    ) + render_group("Retired", len(stack.retired), "".join(map(_waiting_card, waiting)))


def _deferred_card(fold: Fold, render_changes: Callable[[Fold], str]) -> str:
    title = f"{escape(name_fold(fold))} <small>{escape(describe_deferred(fold))}</small>"
    return render_card("deferred", title, "deferred", render_changes(fold) + group_names(fold))


def _waiting_card(waiting: Waiting) -> str:
    cost = f"; {waiting.cost} until then" if waiting.cost else ""
    title = f"{escape(waiting.names)} <small>{escape(waiting.fate + cost)}</small>"
    return render_card("retired", title, "retired")
