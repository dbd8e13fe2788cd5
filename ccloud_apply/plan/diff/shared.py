"""What the servers of one stack have in common is made once: catalogues, and changes alike.

Ten thousand servers are created with a handful of sizes and images: one value stands for each of
them instead of a hundred thousand. It is made for one stack and is gone with its plan. What a
change says belongs to the aspects, what an undo brings back of it to `plan/undo.py`.
"""

from typing import Any

from ccloud_apply.aspects.base import Aspect, Catalogues
from ccloud_apply.model.results.plan import Action, FieldChange

_PLAIN = (str, int, bool, type(None))
_MAX_KNOWN = 20_000
"""So many changes that differ are kept: a name of its own for each server is shared by none."""


class Shared:
    """The catalogues for all servers of one stack, and their changes, each made once."""

    def __init__(self, catalogues: Catalogues) -> None:
        self.catalogues = catalogues
        self._described: dict[tuple[str, type, Any], tuple[FieldChange, ...]] = {}
        self._told: dict[Action, dict[int, tuple[FieldChange, FieldChange]]] = {}

    def describe(self, name: str, aspect: Aspect, value: Any) -> tuple[FieldChange, ...]:
        """What `aspect.describe` says of a field's value."""
        kind = type(value)
        if kind not in _PLAIN:
            return aspect.describe(value)
        key = (name, kind, value)
        found = self._described.get(key)
        if found is None:
            found = aspect.describe(value)
            if len(self._described) < _MAX_KNOWN:
                self._described[key] = found
        return found

    def told(self, action: Action) -> dict[int, tuple[FieldChange, FieldChange]]:
        """What is known by now of changes of servers with this action: by the id of a change, that
        change, which keeps its id while it is kept, and what it says of an undo."""
        return self._told.setdefault(action, {})
