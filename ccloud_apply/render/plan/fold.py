"""Folds neighbouring servers that change in the same way into one block.

A value may hold the server's own key, or its own part of the key. It counts as equal and is shown
as in a stack file (`${key}`, `${index}`). Values of kind NAME may differ. Servers that lose data
are never folded: each of them is shown by name.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ccloud_apply.model.results.plan import Action, FieldChange, ServerPlan, ValueKind

KEY = "${key}"
INDEX = "${index}"
EACH = "${each.key}"
"""The spelling of a server's own part of a value in a fold, as in stack files."""

_SMALLEST = 2
_FOLDED = frozenset({Action.CREATE, Action.UPDATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One or more servers, and the changes shown for all of them."""

    servers: tuple[ServerPlan, ...]
    changes: tuple[FieldChange, ...]
    warnings: tuple[str, ...]

    @property
    def first(self) -> ServerPlan:
        """The server that represents all."""
        return self.servers[0]

    @property
    def last(self) -> ServerPlan:
        """The last server of the fold."""
        return self.servers[-1]

    def change_of_first(self, change: FieldChange) -> FieldChange:
        """The first server's own change of the same field."""
        return _same_field(self.first, change)

    def change_of_last(self, change: FieldChange) -> FieldChange:
        """The last server's own change of the same field."""
        return _same_field(self.last, change)


def _same_field(server: ServerPlan, change: FieldChange) -> FieldChange:
    return next(own for own in server.changes if own.field == change.field)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What must be equal for servers to be folded."""

    action: Action
    changes: tuple[FieldChange, ...]
    warnings: tuple[str, ...]
    kind: tuple[Any, ...]


_Hide = Callable[[str], str]


def _hide_in(value: Any, hide: _Hide) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, list | tuple):
        return [_hide_in(item, hide) for item in value]
    if isinstance(value, Mapping):
        return {name: _hide_in(item, hide) for name, item in value.items()}
    return value


def _build_hide(server: ServerPlan) -> _Hide:
    """Replaces the server's key by `${key}`, its own part by `${index}` or `${each.key}`."""
    names = {server.key: KEY}
    if server.instance is not None:
        names[server.instance] = INDEX if server.instance.isdigit() else EACH
    alternatives = "|".join(re.escape(name) for name in names)
    pattern = re.compile(rf"(?<![A-Za-z0-9-])(?:{alternatives})(?![A-Za-z0-9-])")
    return lambda text: pattern.sub(lambda found: names[found[0]], text)


def _shape(server: ServerPlan) -> _Shape:
    hide = _build_hide(server)
    return _Shape(
        server.action,
        # Each server has its own name: names are not compared, only whether one changes.
        tuple(
            replace(
                change,
                before=None if change.kind is ValueKind.NAME else _hide_in(change.before, hide),
                after=None if change.kind is ValueKind.NAME else _hide_in(change.after, hide),
            )
            for change in server.changes
        ),
        tuple(hide(warning) for warning in server.warnings),
        (
            server.has_downtime,
            server.is_released,
            server.is_busy,
            server.rests_on,
            server.moved_from is None,
        ),
    )


def _fold(servers: list[ServerPlan], shape: _Shape | None) -> Iterable[Fold]:
    first = servers[0]
    if shape is None or len(servers) < _SMALLEST:
        for server in servers:
            yield Fold(servers=(server,), changes=server.changes, warnings=server.warnings)
        return
    is_same = all(server.changes == first.changes for server in servers)
    yield Fold(
        servers=tuple(servers),
        changes=first.changes if is_same else shape.changes,
        warnings=shape.warnings,
    )


def fold_servers(servers: Iterable[ServerPlan]) -> tuple[Fold, ...]:
    """Folds neighbours that change in the same way; the order stays."""
    folds: list[Fold] = []
    group: list[ServerPlan] = []
    group_shape: _Shape | None = None
    for server in servers:
        is_alone = server.action not in _FOLDED or server.moved_from or server.loses_data
        shape = None if is_alone else _shape(server)
        if group and (shape is None or shape != group_shape):
            folds += _fold(group, group_shape)
            group = []
        group.append(server)
        group_shape = shape
    if group:
        folds += _fold(group, group_shape)
    return tuple(folds)
