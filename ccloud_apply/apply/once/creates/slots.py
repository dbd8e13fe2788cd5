"""Before a create is sent: a slot, so that an account never has more creates under way than it may.

Processes of one machine share slots through the work dir; creates of others are counted from the
task list, mostly by what is read for something else anyway.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import ExitStack
from dataclasses import field
from typing import Protocol

from ccloud_apply.apply.api import Api
from ccloud_apply.apply.once.create import read_running_creates
from ccloud_apply.apply.queued_step import CREATE_TASK
from ccloud_apply.apply.workdir.open_files import hint_for
from ccloud_apply.apply.workdir.slots import Occupied, Slot, SlotFolder, Ticket
from ccloud_apply.clock import Clock
from ccloud_apply.errors import ApplyError
from ccloud_apply.lazy_dataclass import dataclass
from ccloud_apply.model.live.account import Task

FRESH_S = 30.0
"""Seconds for which what is known of others' creates is good enough to begin another one."""

_LOOK_S = 0.3
"""Seconds between two looks at the slots of this machine, which cost no request."""


class HeldSlot(Protocol):
    """A slot, whoever keeps it."""

    def note_task(self, task_id: int) -> None:
        """Say which task it is held for."""
        ...

    def release(self, *, has_ended: bool = False) -> None:
        """Give it back; a second time does nothing. `has_ended`: what it was held for has."""
        ...


class Slots(Protocol):
    """Where slots for creates come from."""

    def observe(self, tasks: Iterable[Task]) -> None:
        """Learn from tasks that were read for something else."""
        ...

    async def acquire(
        self, say: Callable[[str], None], first_look: Callable[[], Awaitable[Iterable[Task]]]
    ) -> HeldSlot:
        """A slot, once there is one. `first_look` brings create tasks that are read anyway.

        Raises ApplyError where there is none in time, and ApiError.
        """
        ...


class SlotPlace(Protocol):
    """Where the slots of an account are kept, for one apply."""

    @property
    def limit(self) -> int:
        """The most creates at a time."""
        ...

    async def take(self, running: Collection[int], line: ExitStack) -> "HeldSlot | Occupied | None":
        """A slot, or why there is none; None if somebody else looks at them in this very moment.

        `running` are the create tasks that the platform has under way. Who gets none stands in line
        until `line` ends. Raises ApplyError.
        """
        ...


class OpenSlots(Protocol):
    """Opens the slots of one account for one apply; `CreateSlots` says what the times mean."""

    def __call__(self, api: Api, clock: Clock, /, *, poll_s: float, timeout_s: float) -> Slots:
        """The slots, in seconds."""
        ...


class _NoSlot:
    def note_task(self, task_id: int) -> None:
        """Nobody counts it."""

    def release(self, *, has_ended: bool = False) -> None:
        """Nobody waits for it."""


class NoSlots:
    """Without a work dir: what one apply has in flight is kept in bounds by its own schedule."""

    def observe(self, tasks: Iterable[Task]) -> None:
        """Nothing is learned."""

    async def acquire(
        self, say: Callable[[str], None], first_look: Callable[[], Awaitable[Iterable[Task]]]
    ) -> HeldSlot:
        """At once."""
        return _NoSlot()


@dataclass(slots=True, kw_only=True)
class CreateSlots:
    """The slots of one account, for one apply.

    Others' creates are read again every `poll_s` seconds while they are in the way; after
    `timeout_s` seconds a create is given up.
    """

    api: Api
    clock: Clock
    place: SlotPlace
    poll_s: float
    timeout_s: float
    _running: set[int] = field(default_factory=set)
    _observed_s: float | None = None

    def observe(self, tasks: Iterable[Task]) -> None:
        """Learn from tasks that were read for something else.

        What is known is as old as it was, if they lack a create that was under way.
        """
        seen: set[int] = set()
        for task in tasks:
            seen.add(task.id)
            if task.action == CREATE_TASK and task.is_processing:
                self._running.add(task.id)
            else:
                self._running.discard(task.id)
        if self._running <= seen:
            self._observed_s = self.clock.monotonic()

    async def acquire(
        self, say: Callable[[str], None], first_look: Callable[[], Awaitable[Iterable[Task]]]
    ) -> HeldSlot:
        """A slot, once fewer creates than the limit are under way and nobody has waited longer."""
        if self._observed_s is None:
            self.observe(await first_look())
        began_s = self.clock.monotonic()
        with ExitStack() as line:
            is_waiting = False
            while True:
                if not self._is_fresh(FRESH_S):
                    await self._read()
                found = await self.place.take(self._running, line)
                if found is not None and not isinstance(found, Occupied):
                    return found
                if found is not None and not is_waiting:
                    is_waiting = True
                    say(_describe(found, self.place.limit))
                if self.clock.monotonic() - began_s >= self.timeout_s:
                    raise ApplyError(
                        f"no slot for a create within {self.timeout_s:g} s:"
                        f" {self.place.limit} creates are under way in the account",
                        hint="`ccloud-apply tasks` shows them; run apply again when they are done",
                    )
                await self.clock.sleep(_LOOK_S)
                is_in_the_way = found is not None and found.is_next and found.others
                if is_in_the_way and not self._is_fresh(self.poll_s):
                    await self._read()

    def _is_fresh(self, seconds: float) -> bool:
        now_s = self.clock.monotonic()
        return self._observed_s is not None and now_s - self._observed_s < seconds

    async def _read(self) -> None:
        """What is under way now, and nothing that was believed before."""
        running = await read_running_creates(self.api)
        self._running.clear()
        self.observe(running)


@dataclass(slots=True, kw_only=True)
class FolderPlace:
    """The slots that the processes of one machine share, for one apply."""

    folder: SlotFolder
    clock: Clock
    _taken: list[Slot] = field(default_factory=list)
    _tickets: dict[ExitStack, Ticket] = field(default_factory=dict)

    @property
    def limit(self) -> int:
        """The most creates at a time."""
        return self.folder.limit

    async def take(self, running: Collection[int], line: ExitStack) -> Slot | Occupied | None:
        """A slot, or why there is none. Raises ApplyError."""
        self._taken = [slot for slot in self._taken if slot.is_held]
        ticket = self._tickets.get(line)
        try:
            found = self.folder.take(running, ticket, self._taken)
            if isinstance(found, Occupied) and ticket is None:
                self._stand_in(line)
        except OSError as error:
            raise _explain(error) from error
        if isinstance(found, Slot):
            self._taken.append(found)
        return found

    def _stand_in(self, line: ExitStack) -> None:
        order = int(self.clock.now().timestamp() * 1_000_000)
        while (ticket := self.folder.stand_in_line(order)) is None:
            order += 1
        self._tickets[line] = line.enter_context(ticket)
        line.callback(self._tickets.pop, line)


def _describe(occupied: Occupied, limit: int) -> str:
    others = f", {occupied.others} of them not from here" if occupied.others else ""
    count = occupied.held + occupied.others
    return f"waiting for a slot: {count} of {limit} creates are under way in the account{others}"


def _explain(error: OSError) -> ApplyError:
    return ApplyError(
        f"the slots for creates cannot be used: {error.strerror or type(error).__name__}",
        hint=hint_for(error, "name another folder with CCLOUD_WORK_DIR"),
    )
