"""The events of an apply as JSON, one on each line."""

from collections.abc import Iterable
from typing import Any

from ccloud_apply.model.documents.encode import encode_addresses, encode_plan
from ccloud_apply.model.event import Event
from ccloud_apply.model.results.present import PresentServer
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
    "override_window",
    "deferred",
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
        document["servers"] = encode_present(event.servers, has_stack=event.stack is None)
    if event.diagnostic is not None:
        document |= encode_error(event.diagnostic)
    if event.plan is not None:
        document["plan"] = encode_plan(event.plan)
    return dump_json(document, indent=None) + "\n"


def encode_present(servers: Iterable[PresentServer], *, has_stack: bool) -> dict[str, Any]:
    """The servers by their keys, with the stack's name before each where there are several."""
    return {
        f"{server.stack}/{server.key}" if has_stack else server.key: {
            "hostname": server.hostname,
            **encode_addresses(server.addresses),
        }
        for server in servers
    }
