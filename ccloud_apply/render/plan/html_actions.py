"""The cards of a stack in groups, one for each action, and what loses data first.

Which servers share a card is decided in `fold.py`; what a card shows in `html_document.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from ccloud_apply.model.results.plan import Action
from ccloud_apply.render.lib.html_page import render_group
from ccloud_apply.render.plan.fold import Fold

_RELEASE = "release"
_LOSS = "destroys data"
_TITLES = {
    Action.DESTROY.value: "Destroy",
    Action.REPLACE.value: "Replace",
    Action.REINSTALL.value: "Reinstall",
    Action.RETIRE.value: "Retire",
    _LOSS: "Update, and destroy data",
    Action.UPDATE.value: "Update",
    Action.RESTORE.value: "Restore",
    Action.ADOPT.value: "Adopt",
    _RELEASE: "Release",
    Action.CREATE.value: "Create",
    Action.NOT_COMPARED.value: "Not compared",
}
"""Every group, in the order of the page. An action that is not here stands behind them."""


def group_cards(folds: Iterable[Fold], render: Callable[[Fold], str]) -> str:
    """The cards that `render` makes, below the heading of their action. Within a group they keep
    the plan's order."""
    groups: dict[str, list[Fold]] = defaultdict(list)
    for fold in folds:
        groups[_group_of(fold)].append(fold)
    order = [name for name in _TITLES if name in groups]
    order += [name for name in groups if name not in _TITLES]
    return "".join(
        render_group(
            _TITLES.get(name, name.replace("_", " ").capitalize()),
            sum(len(fold.servers) for fold in groups[name]),
            "".join(map(render, groups[name])),
        )
        for name in order
    )


def _group_of(fold: Fold) -> str:
    first = fold.first
    if first.is_released:
        return _RELEASE
    if first.action is Action.UNCHANGED:  # of which steps are left: as its badge says
        return Action.UPDATE.value
    if first.loses_data and first.action is Action.UPDATE:
        return _LOSS
    return first.action.value
