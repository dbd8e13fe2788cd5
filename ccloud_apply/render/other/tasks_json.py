"""The account's tasks as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.live.account import Task
from ccloud_apply.render.lib.json_text import dump_json


def render_tasks_json(tasks: Sequence[Task]) -> str:
    """`{"format_version", "tasks": [...]}` with every field of a task; null if not known."""
    return dump_json({"format_version": FORMAT_VERSION, "tasks": list(map(asdict, tasks))}) + "\n"
