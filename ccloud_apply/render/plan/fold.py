"""Puts servers of a plan together to which exactly the same happens, so that a fleet is one block.

A value may hold the server's own key, or its own part of that; it counts as the same and is shown
as in a stack file (`${key}`, `${index}`). Custom names may differ altogether. What destroys is
never folded: every such server is to be seen by name.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ccloud_apply.model.results.plan import Action, FieldChange, ServerPlan

KEY = "${key}"
INDEX = "${index}"
EACH = "${each.key}"
"""How a value's part that is the server's own is shown in a fold; stack files spell it so too."""

_SMALLEST = 2
_FOLDED = frozenset({Action.CREATE, Action.UPDATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One or more servers with the changes that are shown for all of them."""

    servers: tuple[ServerPlan, ...]
    changes: tuple[FieldChange, ...]
    warnings: tuple[str, ...]

    @property
    def first(self) -> ServerPlan:
        """The server that stands for all."""
        return self.servers[0]

    @property
    def last(self) -> ServerPlan:
        """The server that ends the fold."""
        return self.servers[-1]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What has to be equal for servers to be folded."""

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
    """Puts `${key}` for the server's key and `${index}` or `${each.key}` for its own part of it."""
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
        # A custom name is its server's own; only whether it has one counts.
        tuple(
            replace(
                change,
                before=None if _is_name(change) else _hide_in(change.before, hide),
                after=None if _is_name(change) else _hide_in(change.after, hide),
            )
            for change in server.changes
        ),
        tuple(hide(warning) for warning in server.warnings),
        (server.has_downtime, server.is_released, server.is_busy, server.moved_from is None),
    )


def _is_name(change: FieldChange) -> bool:
    return change.field == "custom_name"


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
    """Neighbours to which the same happens become one fold; the order stays."""
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
