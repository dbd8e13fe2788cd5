"""The name that people give a server."""

from collections.abc import Mapping
from typing import Any

from ccloud_apply.aspects.base import (
    EQUAL,
    Aspect,
    Comparison,
    Difference,
    StepDraft,
    clean_text,
)
from ccloud_apply.aspects.effects import Effect
from ccloud_apply.model.results.plan import FieldChange


class CustomName(Aspect):
    """`set_server_custom_name`; a request without a name deletes the one that is there."""

    field = "custom_name"
    order = 30
    facts = frozenset({"custom_name"})
    schema = {
        "type": ["string", "null"],
        "description": "Display name; null deletes it. Left out: <stack>-<key> at create.",
        "examples": ["web ${index}"],
    }

    def normalise(self, value: Any, base: str) -> str | None:
        return clean_text(value)

    def create_body(self, value: Any) -> Mapping[str, Any]:
        return {} if value is None else {"custom_name": value}

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        live = clean_text(comparison.live.custom_name)
        if live == declared:
            return EQUAL
        draft = StepDraft(
            name=self.field,
            operation_id="set_server_custom_name",
            body={} if declared is None else {"name": declared},
            label="delete custom name" if declared is None else "",
        )
        change = FieldChange(field=self.field, before=live, after=declared)
        return Difference(changes=(change,), drafts=(draft,))


EFFECTS = (Effect(operation_id="set_server_custom_name"),)
