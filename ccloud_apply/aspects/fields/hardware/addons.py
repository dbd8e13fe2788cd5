"""Addons by name and count."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.base import Aspect, Comparison, Difference, StepDraft
from ccloud_apply.aspects.effects import Effect, Sent, server_effect
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.plan import FieldChange

_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 1, "maximum": 1000}
_NAME: Mapping[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9._-]+$"}


class Addons(Aspect):
    """`set_server_addon` and `delete_server_addon`, one request per addon."""

    field = "addons"
    order = 60
    facts = frozenset({"addons"})
    merge = "deep"
    schema = {
        "description": "Addons: name and count, or a list of names. {} removes every addon.",
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

    def describe(self, value: Any) -> tuple[FieldChange, ...]:
        return tuple(FieldChange(field=f"addons.{n}", after=c) for n, c in sorted(value.items()))

    def create_body(self, value: Any) -> Mapping[str, Any]:
        if not value:
            return {}
        return {"addons": [{"name": n, "count": c} for n, c in sorted(value.items())]}

    def compare(self, comparison: Comparison) -> Difference:
        declared: Mapping[str, int] = comparison.spec.value(self.field)
        live = {name: count for name, count in comparison.live.addons.items() if count > 0}
        changes = []
        drafts = []
        for name in sorted(declared.keys() | live.keys()):
            before, after = live.get(name), declared.get(name)
            if before != after:
                changes.append(FieldChange(field=f"addons.{name}", before=before, after=after))
                drafts.append(_build_draft(name, before, after))
        return Difference(changes=tuple(changes), drafts=tuple(drafts))


def _build_draft(name: str, before: int | None, after: int | None) -> StepDraft:
    if after is None:
        return StepDraft(
            name=f"addons.{name}",
            operation_id="delete_server_addon",
            parameters={"addon": name},
            label=f"delete addon {name}",
        )
    return StepDraft(
        name=f"addons.{name}",
        operation_id="set_server_addon",
        parameters={"addon": name},
        body={"count": after},
        label=f"add addon {name}" if before is None else f"set addon {name} to {after}",
    )


def _has_addon(server: LiveServer, sent: Sent) -> bool:
    return bool(server.addons.get(sent.target) == sent.baseline.get("count"))


EFFECTS = (
    server_effect("set_server_addon", _has_addon, of_body=("count",)),
    Effect(operation_id="delete_server_addon"),
)
