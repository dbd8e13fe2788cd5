"""Waiting for tasks: one poller reads for everybody, in as many requests for one as for hundreds.

What a task means for the step that started it does not belong here; how the task list is read
(pages, order, what is missing in it) is `listing.py`, how long to pause is `pauses.py`.
"""

import asyncio
from collections.abc import Callable, Iterable
from itertools import count

from ccloud_apply.apply.api import TaskApi
from ccloud_apply.apply.messages import explain, shorten, task_timeout
from ccloud_apply.apply.tasks.listing import TaskList
from ccloud_apply.apply.tasks.pauses import Pauses
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApiError, AuthError, NotFoundError, ThrottledError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Task

_MAX_AUTH_ERRORS = 3
_MAX_BACKOFF_S = 30.0
_MAX_RETRY_AFTER_S = 300.0
_MOST_ASKED = 10
"""How many tasks that have probably ended are read by their ids after one poll."""
_UNSEEN_POLLS = 3
"""How many polls may miss a task before it is read by its id."""
_UNKNOWN_FOR_S = 60.0
"""Seconds in which the platform may not know a task whose id it gave: reads can be behind."""


@dataclass(slots=True, kw_only=True)
class _Waiting:
    """One waiter and its task."""

    task_id: int
    kind: str | None
    since: float
    timeout_s: float
    future: asyncio.Future[Task]
    on_progress: Callable[[Task], None] | None
    last: tuple[str, str | None] | None = None
    unseen: int = 0
    unknown_since: float | None = None
    asked_at: int = 0

    @property
    def deadline(self) -> float:
        return self.since + self.timeout_s


class TaskWatcher:
    """Waits for any number of tasks at once.

    A failed poll fails no waiter: it is warned of once, and polling goes on, slower, until each
    waiter's timeout. Only credentials that are refused three times in a row end the waiting.
    `observe` is shown every list that is read.
    """

    def __init__(
        self,
        api: TaskApi,
        clock: Clock,
        *,
        poll_min_s: float,
        poll_max_s: float,
        warn: Callable[[str], None],
        observe: Callable[[Iterable[Task]], None] = lambda tasks: None,
    ) -> None:
        self._api = api
        self._list = TaskList(api)
        self._clock = clock
        self._pauses = Pauses(poll_min_s=poll_min_s, poll_max_s=poll_max_s)
        self._warn = warn
        self._observe = observe
        self._waiting: dict[int, _Waiting] = {}
        self._arrivals = count()
        self._questions = count(1)
        self._poller: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._due = 0.0
        self._failures = 0
        self._auth_errors = 0
        self._retry_after_s = 0.0
        self._has_warned = False

    async def wait(
        self,
        task_id: int,
        *,
        timeout_s: float,
        kind: str | None = None,
        on_progress: Callable[[Task], None] | None = None,
    ) -> Task:
        """Come back with the task once it is done or failed.

        `kind` is the operation that has started it just now; None if it may run for longer.
        `on_progress` is called when its status or hostname is first seen or has changed. Raises
        TaskTimeoutError after `timeout_s`, AuthError if the credentials are refused, NotFoundError
        if the platform goes on not knowing the task.
        """
        waiting = _Waiting(
            task_id=task_id,
            kind=kind,
            since=self._clock.monotonic(),
            timeout_s=timeout_s,
            future=asyncio.get_running_loop().create_future(),
            on_progress=on_progress,
        )
        arrival = next(self._arrivals)
        self._waiting[arrival] = waiting
        self._call_poller(waiting)
        try:
            return await waiting.future
        finally:
            self._waiting.pop(arrival, None)

    async def close(self) -> None:
        """Stop polling. Waiters that are left are not told."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)

    def _call_poller(self, newcomer: _Waiting) -> None:
        """Poll in time for a new waiter, unless polls are failing."""
        pause = self._pauses.poll_max_s
        if not self._failures:
            pause = self._pauses.find_pause([(newcomer.kind, 0.0)])
        due = self._clock.monotonic() + min(newcomer.timeout_s, pause)
        if self._poller is None or self._poller.done():
            self._due = due
            self._poller = asyncio.create_task(self._run())
        elif due < self._due and not self._failures:
            self._due = due
            self._woken.set()

    async def _run(self) -> None:
        try:
            while self._waiting:
                while (pause := self._due - self._clock.monotonic()) > 0:
                    await self._nap(pause)
                await self._poll()
                self._due = self._clock.monotonic() + self._next_pause()
        except Exception as bug:  # without it the waiters would wait for ever
            self._end_all(bug)

    async def _nap(self, seconds: float) -> None:
        """Sleep until the time is over or a new waiter comes."""
        self._woken.clear()
        naps = (
            asyncio.create_task(self._clock.sleep(seconds)),
            asyncio.create_task(self._woken.wait()),
        )
        try:
            await asyncio.wait(naps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for nap in naps:
                nap.cancel()

    def _next_pause(self) -> float:
        if not self._waiting:
            return 0.0
        now = self._clock.monotonic()
        pause = self._pauses.find_pause(
            (one.kind, now - one.since) for one in self._waiting.values()
        )
        if self._failures:
            backoff = min(2.0 ** min(self._failures - 1, 10), _MAX_BACKOFF_S)
            pause = max(pause, backoff, self._retry_after_s)
        nearest = min(waiting.deadline for waiting in self._waiting.values())
        return min(pause, max(nearest - now, 0.001))

    async def _poll(self) -> None:
        start = self._clock.monotonic()
        try:
            tasks = await self._list.read(self._ids())
            self._pauses.note_look(self._clock.monotonic() - start)
            self._observe(tasks.values())
            self._settle(tasks)
            await self._ask_for_unseen()
        except ApiError as error:
            self._note_failure(error)
        else:
            self._failures = self._auth_errors = 0
        now = self._clock.monotonic()
        for waiting in self._still_waiting():
            if waiting.deadline <= now:
                waiting.future.set_exception(task_timeout(waiting.task_id, waiting.timeout_s))
        self._waiting = {
            arrival: waiting
            for arrival, waiting in self._waiting.items()
            if not waiting.future.done()
        }

    def _ids(self) -> frozenset[int]:
        return frozenset(waiting.task_id for waiting in self._still_waiting())

    def _still_waiting(self) -> list[_Waiting]:
        return [waiting for waiting in self._waiting.values() if not waiting.future.done()]

    def _settle(self, tasks: dict[int, Task]) -> None:
        for waiting in self._still_waiting():
            task = tasks.get(waiting.task_id)
            if task is None:
                waiting.unseen += 1
            else:
                self._see(waiting, task)

    async def _ask_for_unseen(self) -> None:
        """Read some unseen tasks by id, the least recently read first.

        A list of all tasks rarely lacks one, so one read a poll is enough. A list of the tasks in
        progress lacks every ended one, so it takes more reads.
        """
        ended, shows_all = self._list.ended, self._list.shows_all
        patience = _UNSEEN_POLLS if shows_all else 1
        unseen = [
            waiting
            for waiting in self._still_waiting()
            if waiting.unseen >= patience or waiting.task_id in ended
        ]
        unseen.sort(key=lambda waiting: (waiting.task_id not in ended, waiting.asked_at))
        for waiting in unseen[: 1 if shows_all and not ended else _MOST_ASKED]:
            waiting.asked_at = next(self._questions)
            try:
                task = await self._api.get_task(waiting.task_id)
            except NotFoundError as error:
                self._note_unknown(waiting, error)
            else:
                if not waiting.future.done():
                    self._see(waiting, task)

    def _note_unknown(self, waiting: _Waiting, error: NotFoundError) -> None:
        now = self._clock.monotonic()
        if waiting.unknown_since is None:
            waiting.unknown_since = now
        if now - waiting.unknown_since >= _UNKNOWN_FOR_S and not waiting.future.done():
            waiting.future.set_exception(error)

    def _note_failure(self, error: ApiError) -> None:
        self._failures += 1
        wish = error.retry_after_s if isinstance(error, ThrottledError) else None
        self._retry_after_s = min(wish or 0.0, _MAX_RETRY_AFTER_S)
        self._auth_errors = self._auth_errors + 1 if isinstance(error, AuthError) else 0
        if self._auth_errors >= _MAX_AUTH_ERRORS:
            self._end_all(error)
        elif not self._has_warned:
            self._has_warned = True
            self._warn(
                f"the tasks cannot be read at the moment, still waiting: {shorten(explain(error))}"
            )

    def _end_all(self, error: Exception) -> None:
        for waiting in self._still_waiting():
            waiting.future.set_exception(error)

    def _see(self, waiting: _Waiting, task: Task) -> None:
        waiting.unseen = 0
        waiting.unknown_since = None
        seen = (task.status, task.hostname)
        if seen != waiting.last:
            waiting.last = seen
            if waiting.on_progress is not None:
                waiting.on_progress(task)
        if not task.is_processing:
            self._pauses.note_end(waiting.kind, self._clock.monotonic() - waiting.since)
            waiting.future.set_result(task)
