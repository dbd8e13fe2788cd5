"""The events of an apply as JSON, one on each line."""

from typing import Any

from ccloud_apply.model.documents.encode import encode_plan
from ccloud_apply.model.event import Event
from ccloud_apply.render.lib.json_text import dump_json
from ccloud_apply.render.other.diagnostics_json import encode_error

_OPTIONAL = (
    "operation",
    "hostname",
    "task_id",
    "status",
    "message",
    "error",
    "because",
    "done",
    "failed",
    "skipped",
    "converged",
    "seconds",
)


def render_event_json(event: Event) -> str:
    """One line: always type, time, stack, server and step, and everything else that is known."""
    document: dict[str, Any] = {
        "type": event.type,
        "time": event.time.isoformat(),
        "stack": event.stack,
        "server": event.server,
        "step": event.step,
    }
    for name in _OPTIONAL:
        value = getattr(event, name)
        if value is not None:
            document[name] = value
    if event.type == "summary":
        document.setdefault("converged", None)
    if event.diagnostic is not None:
        document |= encode_error(event.diagnostic)
    if event.plan is not None:
        document["plan"] = encode_plan(event.plan)
    return dump_json(document, indent=None) + "\n"
