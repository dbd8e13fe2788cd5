"""A run that has ended, as a line of a log: whole and escaped."""

from collections.abc import Mapping

from ccloud_apply.model.text import count_of
from ccloud_apply.render.fleet.words import change_words, stack_name
from ccloud_apply.render.lib.escape import escape_short

_WHY = 300


def render_run_line(
    account: str,
    stack: str | None,
    outcome: str,
    why: str | None,
    counts: Mapping[str, int],
    requests: int,
) -> str:
    """`shop/web: applied, 2 to create (24 requests)`. Of a sweep, how many stacks stand how."""
    name = escape_short(stack_name(account, stack))
    if stack is None:
        told = ", ".join(f"{number:,} {state}" for state, number in sorted(counts.items()))
        what = "sweep failed" if outcome == "failed" else f"swept, {told or 'no stacks'}"
    else:
        changes = change_words(counts)
        what = outcome if changes == "no changes" else f"{outcome}, {changes}"
    reason = f": {escape_short(why, _WHY)}" if why else ""
    return f"{name}: {what} ({count_of(requests, 'request')}){reason}"
