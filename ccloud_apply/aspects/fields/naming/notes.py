"""The notes of a server."""

from datetime import datetime
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
from ccloud_apply.model.declared.stack import ServerSpec
from ccloud_apply.model.results.plan import FieldChange


class Notes(Aspect):
    """`set_server_notes` and `delete_server_notes`."""

    field = "notes"
    order = 80
    facts = frozenset({"notes"})
    schema = {
        "type": ["string", "null"],
        "description": "Notes, of one line or many; null or an empty text deletes them.",
    }

    def normalise(self, value: Any, base: str) -> str | None:
        return clean_text(value)

    def create_drafts(
        self, value: Any, spec: ServerSpec, read_at: datetime
    ) -> tuple[StepDraft, ...]:
        return () if value is None else (_build_draft(value),)

    def compare(self, comparison: Comparison) -> Difference:
        declared = comparison.spec.value(self.field)
        live = clean_text(comparison.live.notes)
        if live == declared:
            return EQUAL
        change = FieldChange(field=self.field, before=live, after=declared)
        return Difference(changes=(change,), drafts=(_build_draft(declared),))


def _build_draft(notes: str | None) -> StepDraft:
    if notes is None:
        return StepDraft(name="notes", operation_id="delete_server_notes")
    return StepDraft(name="notes", operation_id="set_server_notes", body={"notes": notes})


EFFECTS = (
    Effect(operation_id="set_server_notes"),
    Effect(operation_id="delete_server_notes"),
)
