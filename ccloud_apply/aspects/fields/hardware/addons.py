"""Addons by name and count."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ccloud_apply.aspects.base import (
    NO_CATALOGUES,
    Catalogues,
    Unknown,
)
from ccloud_apply.aspects.effects import (
    SERVER_READ,
    Addition,
    Facts,
    Planned,
    Sent,
    server_effect,
    shows_count,
)
from ccloud_apply.aspects.shapes import Set
from ccloud_apply.aspects.undo import REVERSIBLE, Undo, lossy
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.cost import Shape
from ccloud_apply.model.results.plan import FieldChange

_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 1, "maximum": 1000}
_NAME: Mapping[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9._-]+$"}


class Addons(Set):
    """`set_server_addon` and `delete_server_addon`, one request per addon."""

    field = "addons"
    order = 60
    set_operation = "set_server_addon"
    delete_operation = "delete_server_addon"
    entry = "addon"
    body_name = "count"
    merge = "deep"
    part = "NAME"
    part_pattern = "[A-Za-z0-9._-]+"
    schema = {
        "description": "Addons: names with a count, or a list of names. {} removes all addons.",
        "examples": [{"monitoring": 1}],
        "anyOf": [
            {"type": "object", "propertyNames": _NAME, "additionalProperties": _COUNT},
            {
                "type": "array",
                "items": {
                    "anyOf": [
                        _NAME,
                        {
                            "type": "object",
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {"name": _NAME, "count": _COUNT},
                        },
                    ]
                },
            },
            {"type": "null"},
        ],
    }

    def normalise(self, value: Any, base: str) -> Mapping[str, int]:
        if isinstance(value, Mapping):
            return dict(value)
        counts: dict[str, int] = {}
        for entry in value or ():
            name, count = (
                (entry, 1) if isinstance(entry, str) else (entry["name"], entry.get("count", 1))
            )
            counts[name] = counts.get(name, 0) + count
        return counts

    def create_body(self, value: Any) -> Mapping[str, Any]:
        if not value:
            return {}
        return {"addons": [{"name": n, "count": c} for n, c in sorted(value.items())]}

    def read_live(self, live: LiveServer, catalogues: Catalogues = NO_CATALOGUES) -> Any | Unknown:
        if self.field in live.untold:
            return Unknown()
        return {name: count for name, count in sorted(live.addons.items()) if count > 0}

    def live_shape(self, live: LiveServer) -> Mapping[str, Any]:
        return {"addons": tuple(sorted((name, n) for name, n in live.addons.items() if n > 0))}

    def judge_undo(self, change: FieldChange) -> Undo:
        """The API does not say what becomes of what an addon holds, such as backups."""
        if (change.after or 0) >= (change.before or 0):
            return REVERSIBLE
        return lossy("the API does not say what becomes of what the addon holds")

    def change_shape(self, shape: Shape, change: FieldChange, catalogues: Catalogues) -> Shape:
        _, _, name = change.field.partition(".")
        counts = {**dict(shape.addons), name: change.after or 0}
        return replace(shape, addons=tuple(sorted((n, c) for n, c in counts.items() if c > 0)))


def _has_addon(server: LiveServer, sent: Sent) -> bool:
    return shows_count(server.addons.get(sent.target, 0), sent)


def _note_before(_planned: Planned, facts: Facts, sent: Sent) -> Mapping[str, Any]:
    return {"before": _count(facts, sent)}


def _count(facts: Facts, sent: Sent) -> int:
    return 0 if facts.server is None else facts.server.addons.get(sent.target, 0)


EFFECTS = (
    server_effect(
        "set_server_addon",
        _has_addon,
        reads_to_note=frozenset({SERVER_READ}),
        baseline=_note_before,
        of_body=("count",),
        addition=Addition(
            delete_operation_id="delete_server_addon", read_count=_count, kind="addon"
        ),
    ),
)
