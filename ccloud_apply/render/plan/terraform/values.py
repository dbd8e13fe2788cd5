"""A server's attributes before and after its changes, as Terraform's documents hold them.

For a live server they hold its hostname, all else that is known of it, declared or not, and the
changes. For a server to be created they hold every declared field; so they do for what comes after
a replacement. A secret is left out and marked. `disks` and
`addons` are objects by position and by name, as the contract documents them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, Literal

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.declared.reference import Reference
from ccloud_apply.model.ownership import is_reserved_tag
from ccloud_apply.model.results.plan import DESTRUCTIVE, Action, FieldChange, ServerPlan

Side = Literal["before", "after"]

_TAGS, _OWNERSHIP = "tags", "ownership_tags"
_GROUPS = frozenset({"disks", "addons"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Known attributes, and `true` for those that are sensitive or not known yet."""

    known: dict[str, Any] = field(default_factory=dict)
    sensitive: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)


def build_values(server: ServerPlan, side: Side) -> Values | None:
    """The server's attributes on one side; None if it does not exist there."""
    if server.action is (Action.CREATE if side == "before" else Action.DESTROY):
        return None
    values = Values()
    if server.action is not Action.REPLACE or side == "before":
        for name, live in server.live.items():
            _put(values, FieldChange(field=name), live)
    if server.action in DESTRUCTIVE and side == "before":
        for fact in server.goes:
            _put(values, fact, fact.before)
    if side == "after" and server.action in (Action.CREATE, Action.REPLACE):
        values.unknown["hostname"] = True
    else:
        values.known["hostname"] = server.hostname
    for name, same in server.unchanged.items():
        _put(values, FieldChange(field=name), same)
    for change in server.changes:
        value = change.before if side == "before" else change.after
        if change.field == _TAGS and isinstance(value, list | tuple):
            ours, value = _split_tags(value)
            values.known[_OWNERSHIP] = ours
        _put(values, change, value)
    return values


def _split_tags(tags: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """The tags of ours, and the users' own."""
    ours = [tag for tag in tags if isinstance(tag, str) and is_reserved_tag(tag)]
    return ours, [tag for tag in tags if tag not in ours]


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
    if not isinstance(group, dict):
        return
    if value is not None:
        group[rest] = value
    else:  # an absent part has no entry; null would be an entry
        group.pop(rest, None)


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
    """The value as in a stack file: a file's name instead of its contents."""
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
