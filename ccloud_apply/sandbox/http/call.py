"""The values that handlers get: the emulator, and a checked request.

Also how a handler reads the server of its request. Routing and checks belong to platform.py.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.sandbox.clock import Clock, to_wire
from ccloud_apply.sandbox.faults.lag import Lag
from ccloud_apply.sandbox.faults.plan import Occurrence
from ccloud_apply.sandbox.faults.task_outcome import TaskOutcome
from ccloud_apply.sandbox.http.errors import Invalid, not_found
from ccloud_apply.sandbox.http.request_log import KEPT, RequestEntry
from ccloud_apply.sandbox.options import SandboxOptions
from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """An emulator: its store, clock and options, and its state in memory."""

    store: Store
    clock: Clock
    options: SandboxOptions
    lag: Lag = field(default_factory=Lag)
    """Former states that stale reads show."""
    request_log: deque[RequestEntry] = field(default_factory=lambda: deque(maxlen=KEPT))
    """The last KEPT requests, oldest first."""

    @property
    def fault_log(self) -> list[Occurrence]:
        """Every injected fault, in order."""
        return self.options.faults.log if self.options.faults else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One checked request."""

    sandbox: Sandbox
    operation_id: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    """The body as read from JSON or a form, strings trimmed; None if there was none."""
    username: str
    now: datetime
    base_url: str
    """Scheme, host and `/api/v1`."""
    task_outcome: TaskOutcome | None = None
    """The outcome of the tasks that it starts, if a fault prescribes one."""
    row_shift: int = 0
    """The number of rows by which a page of a list begins too late (or, below 0, too early)."""
    has_newcomer: bool = False
    """Whether the list has got one more row at its end, for one that it has lost."""

    @property
    def store(self) -> Store:
        """The emulator's data."""
        return self.sandbox.store

    @property
    def options(self) -> SandboxOptions:
        """The emulator's options."""
        return self.sandbox.options

    @property
    def stamp(self) -> str:
        """The request's time as a wire date-time."""
        return to_wire(self.now)


def cut_text(call: Call, text: str | None) -> str | None:
    """A free text as the platform keeps it: cut after `text_limit` characters."""
    return text if text is None else text[: call.options.text_limit]


def read_server(call: Call) -> ServerRecord:
    """The server that the path names. Raises Refusal (404)."""
    hostname = call.path["hostname"]
    server = call.store.find_server(hostname)
    nameless = server is not None and server["building"] and not call.options.hostname_during_build
    if server is None or nameless:
        raise not_found(f"The server {hostname}")
    return server


def read_settled_server(call: Call) -> ServerRecord:
    """The server, for a change without a task. Raises Invalid while it is built or deleted."""
    server = read_server(call)
    if server["building"] or server["deleting"]:
        _refuse_busy(call, server)
    return server


def read_idle_server(call: Call) -> ServerRecord:
    """The server, for a change that starts a task. Raises Invalid while a task runs on it.

    The document does not say what a second task does; the emulator refuses it.
    """
    server = read_server(call)
    _refuse_busy(call, server)
    return server


def _refuse_busy(call: Call, server: ServerRecord) -> None:
    task = call.store.find_running_task(server["id"])
    if task is not None:
        text = f"The server is busy: task {task['id']} ({task['action']}) is still processing."
        raise Invalid({"hostname": text})
