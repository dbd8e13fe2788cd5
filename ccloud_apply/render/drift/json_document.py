"""Drift as the JSON document of the contract."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import (
    encode_account,
    encode_addresses,
    encode_change,
    encode_commit,
    encode_diagnostic,
    encode_env,
    encode_ignored,
    encode_task,
)
from ccloud_apply.model.results.drift import DriftedServer, DriftReport, StackDrift
from ccloud_apply.model.results.plan import FieldChange
from ccloud_apply.render.lib.json_text import dump_json


def render_drift_json(report: DriftReport) -> str:
    """The report as `schemas/drift.schema.json` describes it, with a line break at the end."""
    return dump_json(encode_drift(report)) + "\n"


def encode_drift(report: DriftReport) -> dict[str, Any]:
    """The document, with `since` only if the report was compared with an earlier one."""
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "account": None,
        **encode_account(report.account),
        **encode_env(report.env),
        "read_at": report.read_at.isoformat(),
        "commit": encode_commit(report.commit),
        "stacks": [
            _encode_stack(stack, has_tasks=not report.is_lists_only) for stack in report.stacks
        ],
        "other_stacks": [
            {"stack": other.stack, "servers": other.servers} for other in report.other_stacks
        ],
        "unmanaged": [
            {
                "hostname": server.hostname,
                **encode_addresses(server.addresses),
                "custom_name": server.custom_name,
                "tags": list(server.tags),
            }
            for server in report.unmanaged
        ],
    }
    since = report.since
    if since is not None:
        document["since"] = {
            "read_at": since.read_at,
            "known": since.known,
            "resolved": [
                {"stack": gone.stack, "kind": gone.kind, "name": gone.name}
                for gone in since.resolved
            ],
            **({"not_looked_at": since.not_looked_at} if since.not_looked_at else {}),
        }
    return document


def _encode_stack(stack: StackDrift, *, has_tasks: bool) -> dict[str, Any]:
    unknown = {found.key: list(found.fields) for found in stack.unknown}
    return {
        "stack": stack.stack,
        "path": stack.path,
        "drifted": [
            _encode_server(server, unknown, has_tasks=has_tasks) for server in stack.entries
        ],
        "missing": list(stack.missing),
        "extra": [
            {
                "hostname": extra.hostname,
                "key": extra.key,
                **encode_addresses(extra.addresses),
                **_encode_day(extra.retires),
            }
            for extra in stack.extra
        ],
        "retired": [
            {
                "key": server.key,
                "hostname": server.hostname,
                **encode_addresses(server.addresses),
                **_encode_day(server.retires),
            }
            for server in stack.retired
        ],
        "in_sync": len(stack.in_sync),
        "not_compared": [
            {
                "key": server.key,
                "hostname": server.hostname,
                **encode_addresses(server.addresses),
                "why": server.why,
            }
            for server in stack.not_compared
        ],
        "unknown": [
            {
                "key": found.key,
                "hostname": found.hostname,
                **encode_addresses(found.addresses),
                "unknown": list(found.fields),
            }
            for found in stack.unknown
        ],
        "not_looked_at": list(stack.not_looked_at),
        **({"ignored": list(map(encode_ignored, stack.ignored))} if stack.ignored else {}),
        "warnings": list(map(encode_diagnostic, stack.warnings)),
    }


def _encode_server(
    server: DriftedServer, unknown: Mapping[str, list[str]], *, has_tasks: bool
) -> dict[str, Any]:
    document = {
        "key": server.key,
        "hostname": server.hostname,
        **encode_addresses(server.addresses),
        "changes": [_encode_change(server, change) for change in server.changes],
        "last_tasks": list(map(encode_task, server.last_tasks)) if has_tasks else None,
        **({"retired": True} if server.is_retired else {}),
        **_encode_day(server.retires),
    }
    fields = unknown.get(server.key)
    return {**document, "unknown": fields} if fields else document


def _encode_day(retires: date | None) -> dict[str, str]:
    return {} if retires is None else {"retires": retires.isoformat()}


def _encode_change(server: DriftedServer, change: FieldChange) -> dict[str, Any]:
    cause = server.causes.get(change.field)
    document = encode_change(change)
    return document if cause is None else {**document, "by": encode_task(cause)}
