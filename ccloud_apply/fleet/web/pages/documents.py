"""Documents of the tables as HTML: a saved plan, a drift report.

One of a later version, or a damaged one, is no reason to show no page: it is None.
"""

import json
from dataclasses import replace

from ccloud_apply.fleet.work.saved import decode_plan_document
from ccloud_apply.model.documents.decode_drift import SavedDrift, decode_drift
from ccloud_apply.model.documents.document import CodecError
from ccloud_apply.plan.kinds import with_kinds
from ccloud_apply.render.drift.html_document import render_drift_part
from ccloud_apply.render.plan.html_document import render_plan_part


def render_plan_document(text: str) -> str | None:
    """The plan as its own page shows it."""
    try:
        plan = decode_plan_document(text)
    except (CodecError, ValueError, RecursionError):
        return None
    return render_plan_part(plan)


def render_drift_document(text: str) -> str | None:
    """The drift of the stacks of a report."""
    try:
        found = decode_drift(json.loads(text))
    except (CodecError, ValueError, RecursionError):
        return None
    return "".join(render_drift_part(_with_kinds(one).drift, one.in_sync) for one in found)


def _with_kinds(saved: SavedDrift) -> SavedDrift:
    drift = saved.drift
    servers = tuple(replace(server, changes=with_kinds(server.changes)) for server in drift.drifted)
    return replace(saved, drift=replace(drift, drifted=servers, account=with_kinds(drift.account)))
