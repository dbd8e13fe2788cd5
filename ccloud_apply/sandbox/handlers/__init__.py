"""The behaviour behind every operation: one coroutine per operationId, named exactly so.

One module per chapter of the API document. A handler gets a checked call and returns the value of
the reply; it refuses with Invalid or Refusal. It never waits for anything: it runs inside a
transaction, and a refusal takes back what it wrote. A test compares the names with the document.
"""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from ccloud_apply.sandbox.call import Call
from ccloud_apply.sandbox.handlers import (
    actions,
    addons,
    bootorder,
    customers,
    disks,
    dvds,
    gpus,
    misc,
    network,
    notes,
    oauth,
    pools,
    resize,
    schedules,
    servers,
    snapshots,
    state,
    tags,
    tasks,
    various,
)

Handler = Callable[[Call], Awaitable[Any]]

_MODULES = (
    oauth, servers, actions, resize, addons, state, dvds, disks, network, schedules, snapshots,
    bootorder, notes, tags, gpus, tasks, pools, customers, various, misc,
)  # fmt: skip

HANDLERS: dict[str, Handler] = {
    name: function
    for module in _MODULES
    for name, function in vars(module).items()
    if iscoroutinefunction(function) and function.__module__ == module.__name__
}
"""operationId -> coroutine."""

NOT_OFFERED = frozenset(
    {
        "get_server_performance",
        "list_subscriptions",
        "set_subscription_display_name",
        "get_subscription",
        "import_server_to_subscription",
        "export_server_from_subscription",
        "export_all_servers_from_subscription",
        "list_invoices",
        "list_customer_addons",
        "set_customer_addon",
        "delete_customer_addon",
        "list_reports",
        "get_report",
        "get_invoice",
        "preview_invoice",
        "get_monitoring_url",
        "get_translations",
        "get_config",
    }
)
"""Documented operations that the emulator answers with 501."""
