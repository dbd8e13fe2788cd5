"""An explanation as JSON."""

from dataclasses import asdict
from typing import Any

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import (
    encode_account,
    encode_addresses,
    encode_change,
    encode_diagnostic,
    encode_env,
    encode_ignored,
    encode_step,
    encode_task,
    encode_undo,
    encode_value,
)
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.explanation import (
    Declaration,
    ExplainedField,
    Explanation,
    NextPlan,
)
from ccloud_apply.render.lib.json_text import dump_json

_SENSITIVE = {"sensitive": True}


def render_explanation_json(explanation: Explanation) -> str:
    """The document of `schemas/explain.schema.json`, with a line break at the end."""
    return dump_json(encode_explanation(explanation)) + "\n"


def encode_explanation(one: Explanation) -> dict[str, Any]:
    """The document. What is not known is null."""
    tasks = one.last_tasks
    return {
        "format_version": FORMAT_VERSION,
        "account": None,
        **encode_account(one.account),
        **encode_env(one.env),
        "read_at": None if one.read_at is None else one.read_at.isoformat(),
        "status": one.status,
        "stack": one.stack,
        "key": one.key,
        "hostname": one.hostname,
        "custom_name": one.custom_name,
        "created_at": one.created_at,
        **encode_addresses(one.addresses),
        "declared": None if one.declaration is None else _encode_declaration(one.declaration),
        "moved_from": one.moved_from,
        "released": one.is_released,
        "depends_on": list(one.depends_on),
        "needed_by": list(one.needed_by),
        "not_compared": one.why or None,
        "busy": one.is_busy,
        "fields": list(map(_encode_field, one.fields)),
        **({"ignored": list(map(encode_ignored, one.ignored))} if one.ignored else {}),
        "unmanaged": [
            {"field": f.field, "live": encode_value(f.live), "unknown": f.unknown or None}
            for f in one.unmanaged
        ],
        "marks": [
            {
                "tag": mark.tag,
                "meaning": mark.meaning,
                "way_out": mark.way_out or None,
                "due": mark.due,
            }
            for mark in one.marks
        ],
        "last_tasks": None if tasks is None else list(map(_encode_task, tasks)),
        "tasks_unread": one.tasks_why or None,
        "plan": None if one.plan is None else _encode_plan(one.plan),
    }


def _encode_declaration(one: Declaration) -> dict[str, Any]:
    commit = one.last.commit
    return {
        "path": one.path,
        "line": one.line,
        "end_line": one.end_line,
        "commit": None if commit is None else asdict(commit),
        "uncommitted": one.last.is_changed,
        "why": one.last.why or None,
    }


def _encode_field(one: ExplainedField) -> dict[str, Any]:
    return {
        "field": one.field,
        "status": one.status,
        "declared": _SENSITIVE if one.is_sensitive else encode_value(one.declared),
        "live": encode_value(one.live),
        "unknown": one.unknown or None,
        "line": None if one.source is None else one.source.line,
        "changes": list(map(encode_change, one.changes)),
        **({} if one.cause is None else {"by": _encode_task(one.cause)}),
    }


def _encode_task(task: Task) -> dict[str, Any]:
    return {**encode_task(task), "error": task.error_message}


def _encode_plan(plan: NextPlan) -> dict[str, Any]:
    server = plan.server
    return {
        "action": None if server is None else server.action.value,
        "downtime": server is not None and server.has_downtime,
        "steps": list(map(encode_step, plan.steps)),
        "rests_on": [] if server is None else list(server.rests_on),
        "warnings": [] if server is None else list(server.warnings),
        "stack_warnings": list(map(encode_diagnostic, plan.warnings)),
        "held": list(map(encode_diagnostic, plan.held)),
        "errors": list(map(encode_diagnostic, plan.errors)),
        **({} if server is None else encode_undo(server.reversibility, server.undo)),
    }
