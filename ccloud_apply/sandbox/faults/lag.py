"""Stale reads: for a while, a read shows a server, its tags or a task in their former state.

All reads show it, or the server list alone (`list`), or the reads of one server alone (`detail`).

Writes always see the present state. A stale read works in three steps within a transaction: the
former state is written to the database, the read is made, and the transaction is rolled back.
"""

from dataclasses import field
from datetime import datetime, timedelta

from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.sandbox.clock import from_wire
from ccloud_apply.sandbox.state.record import ServerRecord
from ccloud_apply.sandbox.state.store import Store

_LIST = "list_servers"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """A former state and until when reads show it; None: there was no such server."""

    until: datetime
    server: ServerRecord | None


@dataclass(slots=True)
class Lag:
    """The former states that reads show, by the id of the server or the task."""

    _servers: dict[int, _Past] = field(default_factory=dict)
    _lists: dict[int, _Past] = field(default_factory=dict)
    _details: dict[int, _Past] = field(default_factory=dict)
    _tags: dict[int, _Past] = field(default_factory=dict)
    _tasks: dict[int, datetime] = field(default_factory=dict)

    def is_active(self, now: datetime) -> bool:
        """Whether any read is stale; forgets the states whose time is over."""
        for pasts in (self._servers, self._lists, self._details, self._tags):
            for number in [number for number, past in pasts.items() if past.until <= now]:
                del pasts[number]
        for number in [number for number, until in self._tasks.items() if until <= now]:
            del self._tasks[number]
        behind = (self._servers, self._lists, self._details, self._tags, self._tasks)
        return any(behind)

    def add(
        self,
        store: Store,
        before: ServerRecord | None,
        started: list[int],
        *,
        seconds: float,
        of: tuple[str, ...],
        is_since_end: bool,
        now: datetime,
    ) -> None:
        """Hides a change from reads. `before` is the server before it, None for a new one."""
        tasks = [task for number in started if (task := store.find_task(number))]
        ends = [from_wire(task["due"]) for task in tasks if task["due"]] if is_since_end else []
        until = max([now, *ends]) + timedelta(seconds=seconds)
        number = before["id"] if before else next((task["server_id"] for task in tasks), None)
        kinds = {
            "server": self._servers,
            "list": self._lists,
            "detail": self._details,
            "tags": self._tags,
        }
        for word, pasts in kinds.items():
            if number is not None and word in of:
                _keep_older(pasts, number, _Past(until=until, server=before))
        if "task" in of:
            self._tasks.update((task["id"], until) for task in tasks)

    def rewind(self, store: Store, operation_id: str) -> None:
        """Writes the former states that this read shows to the store; the caller rolls back."""
        for number in self._tasks:
            store.remove_task(number)
        for number, past in self._tags.items():
            server = store.find_server_by_id(number)
            if server is not None:
                server["tags"] = past.server["tags"] if past.server else []
                store.write_server(server)
        of_read = self._lists if operation_id == _LIST else self._details
        for number, past in (self._servers | of_read).items():
            if past.server is None:
                store.remove_server(number)
            else:
                if store.find_server_by_id(number) is None:
                    store.add_server(past.server, server_id=number)
                store.write_server(past.server)


def _keep_older(pasts: dict[int, _Past], number: int, past: _Past) -> None:
    """Keeps the oldest state when a second change comes within a lag, until the later end."""
    known = pasts.get(number)
    if known is not None:
        past = _Past(until=max(known.until, past.until), server=known.server)
    pasts[number] = past
