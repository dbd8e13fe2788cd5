"""Documents of the tables as HTML: a saved plan, a drift report, a journal."""

import json
from collections.abc import Mapping
from typing import Any

from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.model.documents.saved_plan import decode_saved_plan
from ccloud_apply.plan.kinds import with_kinds_in
from ccloud_apply.render.plan.html_document import render_plan_part


def render_plan_document(text: str) -> str | None:
    """The plan as its own page shows it; None for a document of another version."""
    try:
        saved = decode_saved_plan(json.loads(text))
    except (CodecError, ValueError, RecursionError):
        return None
    return render_plan_part(with_kinds_in(saved.plan))


def render_drift_document(document: Mapping[str, Any]) -> str | None:
    """The drift of a stack."""
    return None
