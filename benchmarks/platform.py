"""An account that answers from memory: the server list by page and tag, tasks, and creates.

It takes a request and a moment and returns bytes, so that a process of its own can serve it and a
virtual clock can drive it. It checks nothing: the product's emulator does, and would be what is
measured. What is served over a socket belongs to answering.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks import inputs
from benchmarks.account_spec import Spec, place_servers

PREFIX = "/api/v1"
PAGE_SIZE = 25
MAX_PAGE_SIZE = 100
FIRST_TASK = 5001
_EMPTY = ("bootorder", "dvds", "network", "snapshots", "snapshots/scheduled")
"""Parts of which no server has one."""


@dataclass(slots=True)
class _Task:
    id: int
    hostname: str
    created_at: str
    due_s: float
    row: dict[str, Any]


@dataclass(slots=True)
class Platform:
    """One account. Moments are seconds since the epoch."""

    spec: Spec
    lengths_s: list[float] = field(default_factory=list)
    """How long each create takes, in the order in which they arrived."""
    most_creates: int = 0
    """So many creates were under way at the same time at most."""
    _rows: list[bytes] = field(default_factory=list)
    _tagged: dict[str, list[int]] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _running: dict[int, _Task] = field(default_factory=dict)
    _tasks: list[dict[str, Any]] = field(default_factory=list)
    _random: Random = field(default_factory=Random)
    _fixed: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = Random(self.spec.seed)
        for stack, key in place_servers(self.spec):
            self._add(inputs.server_json(len(self._rows), stack=stack, key=key))
        self._fixed = {
            **({} if self.spec.has_catalogues else {"/ccloud/os": _encode(inputs.IMAGES)}),
            "/ccloud/customers/scheduled": _encode(inputs.schedules_json(len(self._rows))),
            "disks": _encode(inputs.disks_json()),
            "state": _encode(inputs.state_json()),
            **dict.fromkeys(_EMPTY, b"[]"),
        }

    def answer(self, method: str, target: str, body: bytes, now_s: float) -> tuple[int, bytes]:
        """The status and the JSON that a request gets."""
        self._settle(now_s)
        url = urlsplit(target)
        path = url.path.removeprefix(PREFIX)
        if method == "POST" and path == "/ccloud/servers":
            return 200, _encode({"id": self._create(json.loads(body), now_s)})
        if method != "GET":
            return 404, b"{}"
        if path in self._fixed:
            return 200, self._fixed[path]
        query = dict(parse_qsl(url.query))
        if path == "/ccloud/servers":
            return 200, self._list_servers(query)
        if path == "/ccloud/tasks":
            return 200, _encode(self._list_tasks(query))
        return self._answer_one(path)

    def _answer_one(self, path: str) -> tuple[int, bytes]:
        """What there is to know of one server, or one task."""
        kind, _, rest = path.removeprefix("/ccloud/").partition("/")
        name, _, part = rest.partition("/")
        if kind == "tasks" and name.isdecimal():
            place = int(name) - FIRST_TASK
            return (200, _encode(self._tasks[place])) if place in range(self.created) else _MISSING
        if kind != "servers" or name not in self._places:
            return _MISSING
        if not part:
            return 200, self._rows[self._places[name]]
        if part == "tasks":
            return 200, _encode([task for task in self._tasks if task["hostname"] == name][::-1])
        return (200, self._fixed[part]) if part in self._fixed else _MISSING

    @property
    def created(self) -> int:
        """How many creates were accepted."""
        return len(self._tasks)

    def _create(self, order: Mapping[str, Any], now_s: float) -> int:
        place = len(self._rows)
        row = inputs.server_json(place)
        row["tags"] = order["tags"]
        row["custom_name"] = order.get("custom_name")
        row["build_in_progress"] = True
        shown = {name: order[name] for name in ("cores", "memory", "pool", "type")}
        row["data"] |= shown | {"disk": sum(order["disks"]), "addons": order.get("addons", [])}
        row["data"] |= {name: order.get(name) for name in ("description", "notes")}
        self._add(row)
        length_s = self._random.uniform(*self.spec.task_s)
        self.lengths_s.append(length_s)
        task = _Task(
            id=FIRST_TASK + len(self._tasks),
            hostname=row["hostname"],
            created_at=datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            due_s=now_s + length_s,
            row=row,
        )
        self._running[task.id] = task
        self._tasks.append(_show_task(task, "processing"))
        self.most_creates = max(self.most_creates, len(self._running))
        return task.id

    def _settle(self, now_s: float) -> None:
        for task in [task for task in self._running.values() if task.due_s <= now_s]:
            del self._running[task.id]
            self._tasks[task.id - FIRST_TASK] = _show_task(task, "done")
            task.row["build_in_progress"] = False
            self._rows[self._places[task.hostname]] = _encode(task.row)

    def _add(self, row: dict[str, Any]) -> None:
        place = len(self._rows)
        self._rows.append(_encode(row))
        self._places[row["hostname"]] = place
        for tag in row["tags"]:
            self._tagged.setdefault(tag, []).append(place)

    def _list_servers(self, query: Mapping[str, str]) -> bytes:
        places: Sequence[int] = range(len(self._rows))
        if "tag" in query:
            places = self._tagged.get(query["tag"], ())
        if query.get("order") == "desc":
            places = places[::-1]
        page, limit = _read_page(query)
        last = max(1, ceil(len(places) / limit))
        meta = _encode({"current_page": page, "last_page": last, "total": len(places)})
        rows = b",".join(self._rows[n] for n in places[(page - 1) * limit : page * limit])
        return b'{"data":[' + rows + b'],"meta":' + meta + b"}"

    def _list_tasks(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        page, limit = _read_page(query)
        tasks = self._tasks
        if query.get("status") == "processing":
            tasks = [self._tasks[number - FIRST_TASK] for number in self._running]
        elif "status" in query:
            tasks = [task for task in tasks if task["status"] == query["status"]]
        if query.get("order", "desc") == "desc":
            tasks = tasks[::-1]
        return tasks[(page - 1) * limit : page * limit]


_MISSING = (404, b"{}")


def _read_page(query: Mapping[str, str]) -> tuple[int, int]:
    return int(query.get("page", 1)), min(int(query.get("limit", PAGE_SIZE)), MAX_PAGE_SIZE)


def _show_task(task: _Task, status: str) -> dict[str, Any]:
    return {
        "id": task.id,
        "action": "create-server",
        "customer_id": inputs.CUSTOMER_ID,
        "username": "benchmark",
        "hostname": task.hostname,
        "status": status,
        "error_message": None,
        "created_at": task.created_at,
    }


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
