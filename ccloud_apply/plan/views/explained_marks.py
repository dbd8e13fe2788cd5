"""What each tag of ours on a server means, and the way out. Pure.

What a mark does to a plan belongs to `plan/diff/marks.py`.
"""

import re
from collections.abc import Iterator

from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import (
    ACCEPTED,
    INCOMPLETE,
    PREVENT_DESTROY,
    RETIRE_PREFIX,
    SERVER_PREFIX,
    STACK_PREFIX,
    is_reserved_tag,
    read_marks,
    read_retirement,
)
from ccloud_apply.model.results.explanation import ExplainedMark
from ccloud_apply.plan.diff.marks import find_standing

_RETIRE_AFTER = re.compile(r"retire-after:(\d{1,5})d")


def explain_marks(
    live: LiveServer, key: str | None, spec: ServerSpec | None
) -> Iterator[ExplainedMark]:
    """Every tag of ours but those that say whose the server is, in the order of the tags."""
    for tag in sorted(set(live.tags)):
        if not is_reserved_tag(tag) or tag.startswith((STACK_PREFIX, SERVER_PREFIX)):
            continue
        yield _explain(tag, live, key, spec)


def _explain(tag: str, live: LiveServer, key: str | None, spec: ServerSpec | None) -> ExplainedMark:
    lower, name = tag.lower(), key or "KEY"
    if lower == PREVENT_DESTROY:
        return _explain_protection(tag, name, spec)
    if lower == INCOMPLETE:
        return ExplainedMark(
            tag=tag,
            meaning="its build failed, so nothing is done to it",
            way_out=f"--replace {name} destroys it and builds it again, --accept {name} takes it as"
            " it is",
        )
    if lower == ACCEPTED:
        return ExplainedMark(tag=tag, meaning="its build failed, and it was accepted as it is")
    for untaken in read_marks(live.tags).untaken:
        if untaken.tag == tag:
            return _explain_untaken(tag, untaken.field, live, name, spec)
    if lower.startswith(RETIRE_PREFIX):
        return _explain_retire(tag)
    if found := _RETIRE_AFTER.fullmatch(lower):
        days = int(found[1])
        when = "1 day" if days == 1 else f"{days:,} days"
        return ExplainedMark(
            tag=tag, meaning=f"removing it is done in two steps, {when} apart: it is retired first"
        )
    return ExplainedMark(
        tag=tag, meaning="a tag that ccloud-apply keeps for itself; this version leaves it alone"
    )


def _explain_protection(tag: str, name: str, spec: ServerSpec | None) -> ExplainedMark:
    meaning = "no plan destroys or replaces it, nor deletes data of it"
    if tag != PREVENT_DESTROY:  # no file takes away what no file has set
        way_out = f"if it may go, remove the tag {tag} by hand, in the vendor's panel"
    elif spec is None:
        way_out = (
            f"if it may go, declare {name} with lifecycle: {{prevent_destroy: false}}, apply that,"
            " and remove it afterwards"
        )
    elif spec.lifecycle.prevent_destroy:
        way_out = "if it may go, set lifecycle: {prevent_destroy: false} and apply that first"
    else:
        meaning, way_out = f"{meaning}; the file no longer says so", "apply lifts the protection"
    return ExplainedMark(tag=tag, meaning=meaning, way_out=way_out)


def _explain_untaken(
    tag: str, field: str, live: LiveServer, name: str, spec: ServerSpec | None
) -> ExplainedMark:
    if spec is not None and field not in find_standing(spec, live, frozenset()):
        return ExplainedMark(
            tag=tag,
            meaning=f"an earlier change of {field} did not take; the file says something else now",
            way_out="the next apply tries that, and removes the mark",
        )
    return ExplainedMark(
        tag=tag,
        meaning=f"{field} did not become what the file says, so it is not changed again",
        way_out=f"change {field} in the file, or try it once more: --retry {name}",
    )


def _explain_retire(tag: str) -> ExplainedMark:
    day = read_retirement((tag,))
    if day is None:
        return ExplainedMark(tag=tag, meaning="it is retired, and the tag names no day")
    due = day.isoformat()
    return ExplainedMark(
        tag=tag, meaning=f"it is retired: it may be destroyed from {due} (UTC) on", due=due
    )
