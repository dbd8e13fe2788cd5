"""The handlers: one coroutine for each operation, with the operationId as its name.

Routes, checks and statuses come from the API document; the handler is found by its name. There is
a module for each chapter of the document, or several for a long one. A handler gets a checked call
and returns the value of the reply; it refuses with Invalid or Refusal. It must not await anything:
it runs in a transaction, which a refusal rolls back. A test compares the names with the document,
and an answer of each with its schema. Rules that several handlers share belong to rules/.
"""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from ccloud_apply.sandbox.handlers.account import (
    customers,
    invoices,
    misc,
    oauth,
    reports,
    subscriptions,
    tasks,
)
from ccloud_apply.sandbox.handlers.catalogues import gpus, pools, various
from ccloud_apply.sandbox.handlers.servers import (
    actions,
    addons,
    network,
    notes,
    performance,
    resize,
    servers,
    state,
    tags,
)
from ccloud_apply.sandbox.handlers.storage import bootorder, disks, dvds, schedules, snapshots
from ccloud_apply.sandbox.http.call import Call

Handler = Callable[[Call], Awaitable[Any]]

_MODULES = (
    oauth, servers, actions, resize, addons, state, dvds, disks, network, schedules, snapshots,
    performance, bootorder, notes, tags, gpus, tasks, pools, subscriptions, customers, invoices,
    reports, various, misc,
)  # fmt: skip

HANDLERS: dict[str, Handler] = {
    name: function
    for module in _MODULES
    for name, function in vars(module).items()
    if iscoroutinefunction(function) and function.__module__ == module.__name__
}
"""operationId -> coroutine."""
