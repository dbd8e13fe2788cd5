"""The slots for creates of one account, shared by all processes of a machine through the work dir.

A slot is a file that is locked while its server is being created; the operating system gives it
back when the process ends, however that comes. Who waits stands in line: a file again, named by the
time at which its process came. What the platform has under way is told by the caller.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from ccloud_apply.apply.workdir.lock_note import read_note, write_note
from ccloud_apply.apply.workdir.os_lock import try_lock
from ccloud_apply.apply.workdir.paths import ACCOUNT_DIGITS
from ccloud_apply.lazy_dataclass import dataclass

SLOTS = "slot"


class Slot:
    """A slot that is held."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._task_id: int | None = None

    def note_task(self, task_id: int) -> None:
        """Say which task it is held for, so that nobody counts it as somebody else's as well.

        Where that cannot be written, the others count it twice and wait longer than they need to.
        """
        self._task_id = task_id
        with suppress(OSError):
            write_note(self._handle, {"task": task_id})

    def release(self, *, has_ended: bool = False) -> None:
        """Give it back; a second time does nothing.

        `has_ended`: its task has, which the others may not have seen yet.
        """
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with suppress(OSError):
                write_note(handle, {"ended": self._task_id} if has_ended else None)
            os.close(handle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupied:
    """Why there is no slot: how many are held on this machine, and how many creates there are of
    others. `is_next`: nobody else is before us in the line."""

    held: int
    others: int
    is_next: bool


class Ticket:
    """A place in the line, until `close` or the end of a `with`."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    def close(self) -> None:
        """Leave the line; a second time does nothing."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
            os.close(handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFolder:
    """The slots of one account in a work dir: at most `limit` creates at a time.

    All methods raise OSError.
    """

    folder: Path
    account: str
    limit: int

    def stand_in_line(self, order: int) -> Ticket | None:
        """A place in the line; smaller numbers come first. None: try again at once."""
        name = f"{order:024d}-{os.urandom(8).hex()}"
        path = self._path(f"{name}.wait")
        handle = try_lock(path)
        return None if handle is None else Ticket(path, handle)

    def take(self, running: Collection[int], ticket: Ticket | None) -> Slot | Occupied | None:
        """A slot, if fewer creates than the limit are under way and nobody was there before.

        `running` are the create tasks that the platform has under way. None: another process looks
        at the slots in this very moment.
        """
        with self._looking() as is_alone:
            if not is_alone:
                return None
            is_next = not self._is_anybody_before(ticket)
            free: int | None = None
            held = 0
            known: set[int | None] = set()
            for number in self._numbers():
                path = self._path(f"{number}.slot")
                handle = try_lock(path)
                known.add(_read_task(path, "task" if handle is None else "ended"))
                if handle is None:
                    held += 1
                elif free is None and number < self.limit:
                    free = handle
                else:
                    os.close(handle)
            others = len(set(running) - known)
            if free is None or not is_next or held + others >= self.limit:
                if free is not None:
                    os.close(free)
                return Occupied(held=held, others=others, is_next=is_next)
            write_note(free, None)  # of one who was killed
            return Slot(free)

    @contextmanager
    def _looking(self) -> Iterator[bool]:
        """One at a time: what is counted has to hold until the slot is taken."""
        gate = try_lock(self._path("gate"))
        try:
            yield gate is not None
        finally:
            if gate is not None:
                os.close(gate)

    def _numbers(self) -> list[int]:
        """Of all slots that there are: another process may have a higher limit."""
        ours = f"{self.account[:ACCOUNT_DIGITS]}-"
        names = (path.name for path in (self.folder / SLOTS).iterdir())
        found = [name.removeprefix(ours).removesuffix(".slot") for name in names]
        return sorted({*range(self.limit), *(int(each) for each in found if each.isdecimal())})

    def _is_anybody_before(self, ticket: Ticket | None) -> bool:
        for path in sorted((self.folder / SLOTS).glob(f"{self.account[:ACCOUNT_DIGITS]}-*.wait")):
            if ticket is not None and path >= ticket.path:
                return False
            handle = try_lock(path)
            if handle is None:
                return True
            with suppress(OSError):
                path.unlink(missing_ok=True)  # of one who was killed
            os.close(handle)
        return False

    def _path(self, name: str) -> Path:
        return self.folder / SLOTS / f"{self.account[:ACCOUNT_DIGITS]}-{name}"


def _read_task(path: Path, name: str) -> int | None:
    task = read_note(path).get(name)
    return task if isinstance(task, int) else None
