"""The order in which servers get each other's keys: each after the one that had its new key.

So a run that is cut off leaves no two servers with one key. Two that swap their keys have no such
order.
"""

from collections.abc import Mapping, Sequence

from ccloud_apply.lazy_dataclass import replace
from ccloud_apply.model.results.plan import Step
from ccloud_apply.plan.diff.server_diff import ServerDiff

Steps = Mapping[str, tuple[Step, ...]]


def order_retags(diffs: Sequence[ServerDiff], steps: Steps) -> Steps:
    """The steps of every server, by key, where a key is set once no other server has it."""
    leaving = {
        diff.match.moved_from: f"{diff.match.key}/tags"
        for diff in diffs
        if diff.match.moved_from is not None and not diff.match.changes_stack
    }
    ids = {step.id for own in steps.values() for step in own}
    ordered = dict(steps)
    for diff in diffs:
        key, first = diff.match.key, leaving.get(diff.match.key)
        tags = f"{key}/tags"
        if diff.match.moved_from is None or first not in ids or tags not in ids:
            continue
        if not _waits_for(ordered, first, tags):
            ordered[key] = tuple(
                replace(step, needs=(*step.needs, first)) if step.id == tags else step
                for step in ordered[key]
            )
    return ordered


def _waits_for(steps: Steps, one: str, other: str) -> bool:
    """True if the one step is made after the other one, or is the same."""
    seen, todo = {one}, [one]
    while todo:
        id = todo.pop()
        if id == other:
            return True
        own = steps.get(id.split("/")[0], ())
        found = next((step for step in own if step.id == id), None)
        if found is None:
            continue
        needs = (*found.needs, *((found.closes,) if found.closes else ()))
        todo += [need for need in needs if need not in seen]
        seen.update(needs)
    return False
