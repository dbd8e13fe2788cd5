"""TEMPORARY: until the shared one lands."""

from ccloud_apply.model.results.plan import Action, ServerPlan

_TAGS = "tags"


def classes_of(server: ServerPlan) -> tuple[str, ...]:
    """The classes that a server's part of a plan belongs to."""
    if server.action is Action.NOT_COMPARED:
        return ()
    if server.action is Action.UNCHANGED and not server.steps:
        return ()
    action = Action.UPDATE if server.action is Action.UNCHANGED else server.action
    classes = [action.value]
    if action is Action.ADOPT and any(change.field != _TAGS for change in server.changes):
        classes.append("update")
    if server.has_downtime and action in (Action.UPDATE, Action.ADOPT):
        classes.append("downtime")
    if server.loses_data:
        classes.append("destroy")
    if action is Action.REINSTALL and any(not c.forces_replace for c in server.changes):
        classes.append("update")
    return tuple(classes)
