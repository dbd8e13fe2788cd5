"""A rehearsal as JSON."""

from typing import Any

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_account, encode_diagnostic
from ccloud_apply.model.live.account import LiveServer
from ccloud_apply.model.results.rehearsal import Rehearsal, RehearsedServer
from ccloud_apply.render.lib.json_text import dump_json


def render_rehearsal_json(rehearsal: Rehearsal) -> str:
    """The document of `schemas/rehearsal.schema.json`, with a line break at the end."""
    return dump_json(_encode(rehearsal)) + "\n"


def _encode(rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        **encode_account(rehearsal.plan.account),
        "passed": rehearsal.has_passed,
        "held": list(map(encode_diagnostic, rehearsal.plan.held)),
        "read_at": rehearsal.read_at.isoformat(),
        "servers_copied": rehearsal.servers_copied,
        "requests": rehearsal.requests,
        "seconds": rehearsal.seconds,
        "steps": [
            {
                "stack": step.stack,
                "server": step.server,
                "step": step.step,
                "operation": step.operation,
                "status": step.status,
                "start": step.start_s,
                "seconds": step.seconds,
                "why": step.why,
            }
            for step in rehearsal.steps
        ],
        "servers": list(map(_encode_server, rehearsal.servers)),
        "rules": [
            {"rule": rule.name, "holds": rule.holds, "what": rule.what} for rule in rehearsal.rules
        ],
        "usage": {
            name: {
                "before": usage.before,
                "peak": usage.peak,
                "after": usage.after,
                "limit": usage.limit,
            }
            for name, usage in rehearsal.usage.items()
        },
        "unread": dict(rehearsal.unread),
        "left_out": list(rehearsal.left_out),
        "warnings": list(rehearsal.warnings),
    }


def _encode_server(server: RehearsedServer) -> dict[str, Any]:
    return {
        "stack": server.stack,
        "key": server.key,
        "action": server.action.value,
        "live": None if server.live is None else _encode_live(server.live),
    }


def _encode_live(live: LiveServer) -> dict[str, Any]:
    return {
        "hostname": live.hostname,
        "custom_name": live.custom_name,
        "cores": live.cores,
        "memory": live.memory_gb,
        "disk": live.disk_gb,
        "pool": live.pool,
        "type": live.type,
        "os_name": live.os_name,
        "addons": dict(live.addons),
        "tags": list(live.tags),
    }
