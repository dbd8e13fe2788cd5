"""The account's tasks as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from ccloud_apply.model.documents.document import FORMAT_VERSION
from ccloud_apply.model.documents.encode import encode_account
from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.json_text import dump_json


def render_tasks_json(tasks: Sequence[Task], account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", "tasks": [...]}`, all of a task; null if not known."""
    document = {
        "format_version": FORMAT_VERSION,
        **encode_account(account),
        "tasks": list(map(asdict, tasks)),
    }
    return dump_json(document) + "\n"
