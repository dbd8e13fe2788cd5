"""Whether a server that is given up may still be dated, shut down or destroyed: what its marks say
by now. Pure; what else has to hold is `precondition.py`.

A run is cut off anywhere, and others restore or date the same server meanwhile. So a server is shut
down only while it carries the day that was planned, and destroyed only while its marks are those
that the plan was made from.
"""

from collections.abc import Iterable
from datetime import date

from ccloud_apply.aspects.effects import TAGS_READ, Effect, Facts, changed_since_plan
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.ownership import is_retire_mark, retire_tag
from ccloud_apply.model.results.plan import Action, ServerPlan
from ccloud_apply.model.text import join_names
from ccloud_apply.plan.matching.match import Match

_NO_READS: frozenset[str] = frozenset()


def reads_of_retired(plan: ServerPlan, effect: Effect) -> frozenset[str]:
    """What tells the marks before a shutdown, beside the server itself. Both have to agree: either
    can be behind, and what was read first can be over."""
    is_shutdown = plan.action is Action.RETIRE and not effect.sets_marks
    return frozenset({TAGS_READ}) if is_shutdown else _NO_READS


def require_same_end(match: Match, plan: ServerPlan, effect: Effect, facts: Facts) -> None:
    """The server is still given up as it was planned. Raises ApplyError "changed since the plan".

    Where the wait was called off (`--retire-now`), and for a server that the file declares, no mark
    holds anything.
    """
    live, fresh = match.live, facts.server
    assert live is not None
    assert fresh is not None
    if plan.retires is not None and plan.action in (Action.RETIRE, Action.UPDATE):
        _require_day(match, plan.retires, effect, facts)
    elif plan.action is Action.DESTROY and effect.ends_server and match.retirement is not None:
        before, now = _marks_of(live.tags), _marks_of(fresh.tags)
        if before != now:
            raise changed_since_plan(_tell_marks(fresh, before, now))


def is_behind(plan: ServerPlan, effect: Effect, facts: Facts) -> bool:
    """True for a shutdown while the tags show the planned day and the server, which is read last,
    does not: it is behind, or somebody has taken the mark away in between."""
    assert facts.server is not None
    if plan.retires is None or TAGS_READ not in reads_of_retired(plan, effect):
        return False
    return _marks_of(facts.server.tags) != {retire_tag(plan.retires)}


def is_dated(match: Match, plan: ServerPlan, effect: Effect, fresh: LiveServer) -> bool:
    """True for the first step of a server that was dated meanwhile as it was planned. One that was
    dated before gets other tags by that step."""
    if plan.action is not Action.RETIRE or not effect.sets_marks or plan.retires is None:
        return False
    planned = {retire_tag(plan.retires)}
    return not _was_dated(match, planned) and _marks_of(fresh.tags) == planned


def _was_dated(match: Match, planned: set[str]) -> bool:
    return match.live is not None and _marks_of(match.live.tags) == planned


def _require_day(match: Match, day: date, effect: Effect, facts: Facts) -> None:
    fresh, planned = facts.server, {retire_tag(day)}
    assert fresh is not None
    now = _marks_of(fresh.tags if effect.sets_marks else facts.part(TAGS_READ))
    is_first = effect.sets_marks and not _was_dated(match, planned)
    if not (now <= planned if is_first else now == planned):
        raise changed_since_plan(_tell_marks(fresh, planned, now))


def _marks_of(tags: Iterable[str]) -> set[str]:
    return {tag.lower() for tag in tags if is_retire_mark(tag)}


def _tell_marks(server: LiveServer, planned: set[str], now: set[str]) -> str:
    if not now:
        return f"{server.name} does not carry {join_names(sorted(planned))} any more"
    was = f", not {join_names(sorted(planned))}" if planned else ", which it did not before"
    return f"{server.name} carries {join_names(sorted(now))}{was}"
