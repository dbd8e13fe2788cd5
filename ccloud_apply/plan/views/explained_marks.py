"""What each tag of ours on a server means, and the way out. Pure.

What a mark does to a plan belongs to `plan/diff/marks.py`.
"""

from collections.abc import Iterator
from datetime import date

from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import (
    ACCEPTED,
    INCOMPLETE,
    PREVENT_DESTROY,
    RETIRE_PREFIX,
    SERVER_PREFIX,
    STACK_PREFIX,
    find_unread_waits,
    is_reserved_tag,
    read_marks,
    read_retire_after,
    read_retirement,
)
from ccloud_apply.model.results.explanation import ExplainedMark
from ccloud_apply.model.text import count_of
from ccloud_apply.plan.diff.marks import find_standing


def explain_marks(
    live: LiveServer, key: str | None, spec: ServerSpec | None, today: date
) -> Iterator[ExplainedMark]:
    """Every tag of ours but those that say whose the server is, in the order of the tags. `today`
    is the day of the plan (UTC)."""
    for tag in sorted(set(live.tags)):
        if not is_reserved_tag(tag) or tag.startswith((STACK_PREFIX, SERVER_PREFIX)):
            continue
        if tag.lower().startswith(RETIRE_PREFIX):
            yield _explain_retire(tag, live, key or "KEY", spec, today)
        else:
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
    if (days := read_retire_after((tag,))) is not None:
        return _explain_retire_after(tag, days, spec)
    if find_unread_waits((tag,)):
        return ExplainedMark(
            tag=tag,
            meaning="it tells no number of days to wait, so nothing retires or destroys it",
            way_out="correct the tag by hand, to retire-after:Nd, such as retire-after:7d",
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


def _explain_retire_after(tag: str, days: int, spec: ServerSpec | None) -> ExplainedMark:
    meaning = (
        f"removing it is done in two steps, {count_of(days, 'day')} apart: it is retired first"
    )
    if spec is None or spec.lifecycle.retire == days:
        return ExplainedMark(tag=tag, meaning=meaning)
    says = "no longer says so" if spec.lifecycle.retire is None else "says another number"
    return ExplainedMark(
        tag=tag, meaning=f"{meaning}; the file {says}", way_out="apply brings the tag up to date"
    )


def _explain_retire(
    tag: str, live: LiveServer, name: str, spec: ServerSpec | None, today: date
) -> ExplainedMark:
    day = read_retirement(live.tags)
    if day is None:
        is_one = read_retirement((tag,)) is None
        what = "this tag names no day" if is_one else "its tags name several days"
        return ExplainedMark(
            tag=tag,
            meaning=f"it is retired, and {what}, so nothing destroys it",
            way_out=f"{_how_to_keep(name, spec)}; or correct the tags by hand, to one"
            " retire:YYYY-MM-DD",
        )
    due = day.isoformat()
    when = f"since {due} (UTC)" if day <= today else f"from {due} (UTC) on"
    meaning = f"it is retired, and may be destroyed {when}"
    if spec is not None:
        meaning = f"it was retired until {due} (UTC), and the file declares it again"
    return ExplainedMark(tag=tag, meaning=meaning, way_out=_how_to_keep(name, spec), due=due)


def _how_to_keep(name: str, spec: ServerSpec | None) -> str:
    if spec is not None:
        return "apply restores it, and removes the mark"
    return f"to keep it, declare {name} again and apply, which restores it"
