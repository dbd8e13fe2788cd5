"""The account's tasks as JSON."""

from collections.abc import Sequence
from dataclasses import asdict

from ccloud_apply.model.live.account import Task
from ccloud_apply.model.results.plan import PlanAccount
from ccloud_apply.render.lib.account_json import dump_of_account


def render_tasks_json(tasks: Sequence[Task], account: PlanAccount | None = None) -> str:
    """`{"format_version", "account", "tasks": [...]}`, all of a task; null if not known."""
    return dump_of_account(account, {"tasks": list(map(asdict, tasks))})
