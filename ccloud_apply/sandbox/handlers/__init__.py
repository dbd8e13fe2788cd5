"""The behaviour behind every operation: one coroutine per operationId, named exactly so.

The document is the table: routes, checks and statuses come from it, and the behaviour by its name.
One module per chapter, a long chapter in parts. A handler gets a checked call and returns the value
of the reply; it refuses with Invalid or Refusal. It never waits for anything: it runs inside a
transaction, and a refusal takes back what it wrote. A test holds the names against the document,
and an answer of each against its schema.
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
