"""A server's attributes before and after its changes, as Terraform's documents hold them.

Of a live server `before` and `after` hold its hostname, what is changed, and what was compared and
stays as it is; of a server to be created they hold all that is declared. A secret is left out and
marked. `disks` and `addons` are objects by position and by name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.results.plan import Action, FieldChange, ServerPlan

Side = Literal["before", "after"]

_GROUPS = frozenset({"disks", "addons"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Attributes: known ones, and `true` for those that are sensitive or not known yet."""

    known: dict[str, Any] = field(default_factory=dict)
    sensitive: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)


def build_values(server: ServerPlan, side: Side) -> Values | None:
    """The server's attributes on one side; None where it does not exist there."""
    if server.action is (Action.CREATE if side == "before" else Action.DESTROY):
        return None
    values = Values()
    if side == "after" and server.action in (Action.CREATE, Action.REPLACE):
        values.unknown["hostname"] = True
    else:
        values.known["hostname"] = server.hostname
    for name, same in server.unchanged.items():
        _put(values, FieldChange(field=name), same)
    for change in server.changes:
        _put(values, change, change.before if side == "before" else change.after)
    return values


def _put(values: Values, change: FieldChange, value: Any) -> None:
    head, dot, rest = change.field.partition(".")
    if change.is_sensitive or _holds_secret(value):
        place = values.sensitive
        value = True
    else:
        place = values.known
        value = _encode(value)
    if not dot or head not in _GROUPS:
        place[change.field] = value
        return
    group = place.setdefault(head, {})
    # An addon or a disk that is not there has no entry; null would be one.
    if value is not None and isinstance(group, dict):
        group[rest] = value


def _holds_secret(value: Any) -> bool:
    return any(item.is_secret for item in _references(value))


def _references(value: Any) -> Iterator[Reference]:
    match value:
        case Reference():
            yield value
        case Mapping():
            for item in value.values():
                yield from _references(item)
        case list() | tuple():
            for item in value:
                yield from _references(item)


def _encode(value: Any) -> Any:
    """The value as a stack file has it: a file's name in place of its contents."""
    match value:
        case Reference():
            return {value.kind: value.name}
        case Mapping():
            return {str(name): _encode(item) for name, item in value.items()}
        case list() | tuple():
            return [_encode(item) for item in value]
        case Decimal():
            return str(value)
    return value
