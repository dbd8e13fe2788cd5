"""What an apply needs of the API, as a protocol. The client implements it, and so can a test.

Requests, retries and decoding belong to the client.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from ccloud_apply.model.live.account import LiveServer, Task


class Reply(Protocol):
    """What a change was answered with."""

    @property
    def task_id(self) -> int | None:
        """The task that the platform started, or None where the operation starts none."""
        ...

    @property
    def told(self) -> str | None:
        """What was added, where the answer names it."""
        ...


class TaskApi(Protocol):
    """Reading tasks (`list_tasks`, `get_task`)."""

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
        """One page of the account's tasks. Raises ApiError."""
        ...

    async def get_task(self, task_id: int) -> Task:
        """One task. Raises ApiError."""
        ...


class Api(TaskApi, Protocol):
    """All that the executor asks of the API."""

    async def send(
        self,
        operation_id: str,
        method: str,
        path: str,
        body: Any,
        /,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
    ) -> Reply:
        """Send one change. Raises ApiError; `maybe_done` says that it may have happened.

        `before_each` is awaited before every attempt, also before one that is made again because of
        a 429 or a connection that never came about, and after all that an attempt waits for. What
        it raises is passed on.
        """
        ...

    async def list_servers(self, *, tag: str | None = None) -> tuple[LiveServer, ...]:
        """The live servers, all pages, or those that carry the tag. Raises ApiError."""
        ...

    async def get_server(self, hostname: str, /) -> LiveServer:
        """One live server. Raises ApiError."""
        ...

    async def list_ips(self) -> Mapping[str, tuple[str, ...]]:
        """The account's addresses in use, by hostname. Raises ApiError."""
        ...

    async def list_customer_addons(self) -> Mapping[str, int]:
        """The account's own addons, name to count. Raises ApiError."""
        ...

    async def read_part(self, operation_id: str, hostname: str, /) -> Any:
        """What an operation that reads one server answers, such as its disks. Raises ApiError."""
        ...
