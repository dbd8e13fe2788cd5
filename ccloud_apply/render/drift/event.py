"""Drift as a CloudEvent in structured mode, for a webhook.

It names the differing fields of each server but not their values: a receiver is seldom protected as
well as the account.
"""

import hashlib
import json
from typing import Any

from ccloud_apply.model.documents.encode import encode_account
from ccloud_apply.model.results.drift import DriftReport, StackDrift
from ccloud_apply.render.lib.json_text import dump_json

_TYPE = "de.centron.ccloud-apply.drift"
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def render_drift_event(report: DriftReport) -> str | None:
    """The event: `drift.detected`; `drift.not_compared` if servers that are not compared are all
    there is; or `drift.cleared` if all of an earlier report is resolved.

    None if there is nothing to tell. The id depends on the content and the time of the reading, so
    that a receiver recognises a duplicate.
    """
    since = report.since
    kind = _find_kind(report)
    if kind is None:
        return None
    stacks = sorted(stack.stack for stack in report.stacks)
    data = {
        "account": None,
        **encode_account(report.account),
        "stacks": list(map(_encode_stack, report.stacks)),
        "resolved": 0 if since is None else len(since.resolved),
        "known": 0 if since is None else since.known,
    }
    read_at = report.read_at.isoformat()
    text = json.dumps([stacks, data, read_at], sort_keys=True)
    document = {
        "specversion": "1.0",
        "id": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        "source": "/ccloud-apply/drift",
        "type": f"{_TYPE}.{kind}.v1",
        "time": read_at,
        "datacontenttype": "application/json",
        "data": data,
    }
    return dump_json(document, indent=None)


def _find_kind(report: DriftReport) -> str | None:
    """The word of the type, or None where nothing is new."""
    since = report.since
    if report.has_drift:
        return "detected"
    if not report.matches:
        return "not_compared"
    if since is None or since.known or since.not_looked_at:
        return None
    is_whole = not any(stack.left_out for stack in report.stacks)
    return "cleared" if is_whole and since.resolved else None


def _encode_stack(stack: StackDrift) -> dict[str, Any]:
    return {
        "stack": stack.stack,
        "drifted": [
            {
                "key": server.key,
                "hostname": server.hostname,
                "fields": [change.field for change in server.changes],
            }
            for server in stack.entries
        ],
        "missing": list(stack.missing),
        "extra": [{"key": extra.key, "hostname": extra.hostname} for extra in stack.extra],
        "retired": [
            {
                "key": server.key,
                "hostname": server.hostname,
                "retires": server.retires.isoformat(),
            }
            for server in stack.retired
        ],
        "in_sync": len(stack.in_sync),
        "not_compared": [
            {"key": server.key, "hostname": server.hostname} for server in stack.not_compared
        ],
        "unknown": [
            {"key": found.key, "hostname": found.hostname, "fields": list(found.fields)}
            for found in stack.unknown
        ],
        "not_looked_at": list(stack.not_looked_at),
    }
