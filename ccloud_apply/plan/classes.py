"""The classes of change that a server's part of a plan belongs to: for `--allow`, windows, freezes.

Their names are in `model/classes.py`.
"""

from ccloud_apply.model.results.plan import Action, ServerPlan

_TAGS = "tags"

_RESTORED = frozenset({_TAGS, "power"})
"""What is set where a retired server is only taken back."""


def classes_of(server: ServerPlan) -> tuple[str, ...]:
    """The classes that a server's part of a plan belongs to.

    An adoption that changes more than tags is an update too, and so is a reinstallation that
    changes more than the image. A server that lives on and is down in between belongs to downtime
    as well. One that loses data belongs to destroy, even if it stays. One that is restored is an
    update too if more changes than that.
    """
    if server.action is Action.NOT_COMPARED:
        return ()
    if server.action is Action.UNCHANGED and not server.steps:
        return ()
    action = Action.UPDATE if server.action is Action.UNCHANGED else server.action
    classes = [action.value]
    if action is Action.ADOPT and any(change.field != _TAGS for change in server.changes):
        classes.append("update")
    if action is Action.RESTORE and any(c.field not in _RESTORED for c in server.changes):
        classes.append("update")
    if server.has_downtime and action in (Action.UPDATE, Action.ADOPT, Action.RESTORE):
        classes.append("downtime")
    if server.loses_data:
        classes.append("destroy")
    if action is Action.REINSTALL and any(not c.forces_replace for c in server.changes):
        classes.append("update")
    return tuple(classes)


def windowed_classes_of(server: ServerPlan) -> tuple[str, ...]:
    """The classes by which windows and freezes judge it: to retire a server is the first half of
    its destruction."""
    classes = classes_of(server)
    is_half = "retire" in classes and "destroy" not in classes
    return (*classes, "destroy") if is_half else classes
