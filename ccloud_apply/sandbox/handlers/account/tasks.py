"""Chapter Tasks: finished and running tasks."""

from typing import Any

from ccloud_apply.sandbox.http.call import Call
from ccloud_apply.sandbox.http.errors import not_found
from ccloud_apply.sandbox.http.paging import read_page
from ccloud_apply.sandbox.state.store import SORTABLE_TASKS
from ccloud_apply.sandbox.state.view import read_sort, show_task


async def list_tasks(call: Call) -> list[dict[str, Any]]:
    """The account's tasks, newest first: a plain list, without a total."""
    return list_page(call)


async def get_task(call: Call) -> dict[str, Any]:
    """One task."""
    task = call.store.find_task(int(call.path["id"]))
    if task is None:
        raise not_found(f"The task {call.path['id']}")
    return show_task(task)


def list_page(call: Call, hostname: str | None = None) -> list[dict[str, Any]]:
    """A page of the tasks that match the query, of one server or of all."""
    page, limit = read_page(call, has_numbers=True)
    tasks = call.store.list_tasks(
        hostname=hostname,
        action=call.query.get("action"),
        status=call.query.get("status"),
        search=call.query.get("search"),
        sort=read_sort(call, SORTABLE_TASKS),
        limit=limit,
        offset=max(0, (page - 1) * limit + call.row_shift),
    )
    return [show_task(task) for task in tasks]
