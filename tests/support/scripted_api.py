"""An API that does as the test says: how long tasks take, what fails, what is lost on the way.

It keeps count of what it is asked, and of what the platform would refuse: two changes of one server
at the same time, more than ten creates.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ccloud_apply.errors import ApiError, NotFoundError
from ccloud_apply.model.live.account import LiveServer, Task
from ccloud_apply.operations import OPERATIONS


class Call(TypedDict):
    """The request that an error is about."""

    operation: str
    method: str
    path: str


CALL: Call = {"operation": "resize_server_memory", "method": "PUT", "path": "/x"}


@dataclass(frozen=True)
class Answer:
    """What a change was answered with."""

    task_id: int | None
    told: str | None = None


@dataclass
class Script:
    """What happens to the requests for one path: all of it is optional."""

    seconds: float = 60.0
    raises: ApiError | None = None
    raises_times: int = 1000
    acts: bool = False
    """Whether a request that raises starts its task all the same."""
    fails: str | None = None
    answer_takes: float = 0.0
    hostname: str | None = None
    words: Mapping[float, str] = field(default_factory=dict)
    """Other words than processing: from so many seconds on."""
    names_task: bool = True


@dataclass
class Sent:
    """A change that was asked for."""

    operation_id: str
    method: str
    path: str
    body: Any
    at: float


@dataclass
class _Running:
    id: int
    sent: Sent
    script: Script
    start: float


class ScriptedApi:
    """Fulfils the executor's Api."""

    def __init__(self, scripts: Mapping[str, Script] | None = None) -> None:
        self.scripts = dict(scripts or {})
        self.servers: tuple[LiveServer, ...] = ()
        self.parts: dict[str, Any] = {}
        self.customer_addons: dict[str, int] = {}
        self.addresses: dict[str, tuple[str, ...]] = {}
        self.sent: list[Sent] = []
        self._sent_by_path: Counter[str] = Counter()
        self.reads: list[tuple[float, str]] = []
        self.trouble: Callable[[float], ApiError | None] = lambda _now: None
        self.is_ordered = True
        self.largest_page = 100
        self.limits: list[int] = []
        self.hidden: set[int] = set()
        self.tasks: dict[int, _Running] = {}
        self.most_creates = 0
        self.most_running = 0

    async def send(
        self,
        operation_id: str,
        method: str,
        path: str,
        body: Any,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        if before_each is not None:
            await before_each()
        script = self.scripts.get(path, self.scripts.get(operation_id, Script()))
        sent = Sent(operation_id, method, path, body, self._now())
        self.sent.append(sent)
        self._sent_by_path[path] += 1
        await asyncio.sleep(script.answer_takes)
        if script.raises is not None and self._sent_by_path[path] <= script.raises_times:
            if script.acts:
                self.start_task(sent, script)
            raise script.raises
        if OPERATIONS[operation_id].answer != "task":
            return Answer(task_id=None)
        task_id = self.start_task(sent, script)
        running = [task.sent for task in self._unfinished()]
        self.most_running = max(self.most_running, len(running))
        creates = sum(other.operation_id == "create_server" for other in running)
        self.most_creates = max(self.most_creates, creates)
        return Answer(task_id=task_id if script.names_task else None)

    def start_task(self, sent: Sent, script: Script) -> int:
        task_id = 1001 + len(self.tasks)
        self.tasks[task_id] = _Running(id=task_id, sent=sent, script=script, start=self._now())
        return task_id

    async def list_tasks(
        self,
        *,
        status: str | None = None,
        action: str | None = None,
        search: str | None = None,
        limit: int,
        page: int = 1,
        newest_first: bool = True,
    ) -> tuple[Task, ...]:
        self._note_read("list_tasks")
        self.limits.append(limit)
        shown = [self._task(task) for id, task in self.tasks.items() if id not in self.hidden]
        if status is not None:
            shown = [task for task in shown if task.status == status]
        if newest_first and self.is_ordered:
            shown.reverse()
        size = min(limit, self.largest_page)
        return tuple(shown[(page - 1) * size : page * size])

    async def get_task(self, task_id: int) -> Task:
        self._note_read("get_task")
        if task_id not in self.tasks:
            raise NotFoundError(
                "no such task", operation="get_task", method="GET", path="/", status=404
            )
        return self._task(self.tasks[task_id])

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        self._note_read("list_servers")
        return tuple(server for server in self.servers if tag is None or tag in server.tags)

    async def get_server(self, hostname: str) -> LiveServer:
        self._note_read("get_server")
        for server in self.servers:
            if server.hostname == hostname:
                return server
        raise NotFoundError(
            "no such server", operation="get_server", method="GET", path="/", status=404
        )

    async def list_ips(self) -> Mapping[str, tuple[str, ...]]:
        self._note_read("list_ips")
        return self.addresses

    async def list_customer_addons(self) -> Mapping[str, int]:
        self._note_read("list_customer_addons")
        return self.customer_addons

    async def read_part(self, operation_id: str, hostname: str) -> Any:
        self._note_read(operation_id)
        return self.parts[operation_id]

    def reads_per_moment(self) -> Counter[float]:
        """How many reading requests came at the same moment."""
        return Counter(at for at, _ in self.reads)

    def _note_read(self, name: str) -> None:
        self.reads.append((self._now(), name))
        error = self.trouble(self._now())
        if error is not None:
            raise error

    def _unfinished(self) -> list[_Running]:
        return [task for task in self.tasks.values() if self._task(task).is_processing]

    def _task(self, running: _Running) -> Task:
        script = running.script
        age = self._now() - running.start
        is_over = age >= script.seconds
        is_create = running.sent.operation_id == "create_server"
        status = "processing"
        for start, word in script.words.items():
            status = word if age >= start else status
        if is_over:
            status = "failed" if script.fails is not None else "done"
        return Task(
            id=running.id,
            action="resize-server",
            status=status,
            hostname=script.hostname if is_over or not is_create else None,
            error_message=script.fails if is_over else None,
        )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
