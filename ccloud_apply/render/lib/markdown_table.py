"""The counts of a plan as a Markdown table: a row for each stack, and one for all of them."""

from collections import Counter
from collections.abc import Sequence

from ccloud_apply.model.results.plan import (
    DESTROYS_DATA,
    DESTRUCTIVE,
    Action,
    StackPlan,
)
from ccloud_apply.render.lib.markdown import table_code

_MAX_ROWS = 50
_LOSING = "destroys data"
_UNKNOWN = "not compared"
_LOUD = frozenset(
    {*(action.value for action in DESTRUCTIVE), Action.RETIRE.value}
    | {_LOSING, _UNKNOWN, "downtime", "blocked"}
)
_DEFERRED = "deferred"
_RETIRED = "retired"
_RARE = frozenset(
    {Action.REINSTALL.value, Action.RETIRE.value, Action.RESTORE.value}
    | {_LOSING, _UNKNOWN, _DEFERRED, _RETIRED}
)
_COLUMNS = (
    *(action.value.replace("_", " ") for action in Action),
    *(_RETIRED, _DEFERRED, _LOSING, "downtime", "blocked"),
)


def render_counts(stacks: Sequence[StackPlan]) -> str:
    """Stacks with changes first. The stacks after the fiftieth share one row.

    What is rare (a server that stays and loses data, one that is not compared, or deferred, or
    retired and waits) has a column only where it happens.
    """
    counted = [(stack, _counts(stack)) for stack in stacks]
    counted.sort(key=lambda pair: not (pair[0].told_servers() or pair[0].held))
    total = _sum([counts for _, counts in counted])
    columns = [column for column in _COLUMNS if column not in _RARE or total[column]]
    rows = [_row(table_code(stack.stack), counts, columns) for stack, counts in counted[:_MAX_ROWS]]
    rest = [counts for _, counts in counted[_MAX_ROWS:]]
    if rest:
        rows.append(_row(f"{len(rest):,} more", _sum(rest), columns))
    if len(stacks) > 1:
        rows.append(_row("**all**", total, columns))
    head = ["| stack | " + " | ".join(columns) + " |", "| :--- |" + " ---: |" * len(columns)]
    return "\n".join([*head, *rows]) + "\n"


def _counts(stack: StackPlan) -> Counter[str]:
    counts = Counter(stack.summary)
    counts[_LOSING] = counts.pop(DESTROYS_DATA)
    counts[_UNKNOWN] = counts.pop(Action.NOT_COMPARED)
    counts[_DEFERRED] = len(stack.deferred)
    counts[_RETIRED] = len(stack.retired)
    counts["downtime"] = len(stack.stopped)
    counts["blocked"] = len(stack.held)
    return counts


def _sum(counts: Sequence[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _row(name: str, counts: Counter[str], columns: Sequence[str]) -> str:
    cells = [
        f"**{counts[column]:,}**" if column in _LOUD and counts[column] else f"{counts[column]:,}"
        for column in columns
    ]
    return f"| {name} | {' | '.join(cells)} |"
