"""The slots for creates of one account, shared by all processes of a machine through the work dir.

A slot is a file that is locked while its server is being created; the operating system gives it
back when the process ends, however that comes. Who waits stands in line: a file again, named by the
time at which its process came. What the platform has under way is told by the caller.
"""

import os
from collections.abc import Collection, Iterable, Iterator
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

    def __init__(self, handle: int, number: int) -> None:
        self._handle = handle
        self.number = number
        self.task_id: int | None = None

    @property
    def is_held(self) -> bool:
        """False once it was given back."""
        return self._handle >= 0

    def note_task(self, task_id: int) -> None:
        """Say which task it is held for, so that nobody counts it as somebody else's as well.

        Where that cannot be written, the others count it twice and wait longer than they need to.
        """
        self.task_id = task_id
        with suppress(OSError):
            write_note(self._handle, {"task": task_id})

    def release(self, *, has_ended: bool = False) -> None:
        """Give it back; a second time does nothing.

        `has_ended`: its task has, which the others may not have seen yet.
        """
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with suppress(OSError):
                write_note(handle, {"ended": self.task_id} if has_ended else None)
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

    def take(
        self, running: Collection[int], ticket: Ticket | None, ours: Iterable[Slot] = ()
    ) -> Slot | Occupied | None:
        """A slot, if fewer creates than the limit are under way and nobody was there before.

        `running` are the create tasks that the platform has under way, `ours` slots that the caller
        has taken: those that it still holds need not be looked at. None: another process looks at
        the slots in this very moment.
        """
        own = {slot.number: slot.task_id for slot in ours if slot.is_held}
        with self._looking() as is_alone:
            if not is_alone:
                return None
            names = self._names()
            is_next = not self._is_anybody_before(ticket, names)
            free: int | None = None
            free_number = 0
            held = len(own)
            known: set[int | None] = {*own.values()}
            for number in self._numbers(names):
                if number in own:
                    continue
                path = self._path(f"{number}.slot")
                handle = try_lock(path)
                known.add(_read_task(path, "task" if handle is None else "ended"))
                if handle is None:
                    held += 1
                elif free is None and number < self.limit:
                    free, free_number = handle, number
                else:
                    os.close(handle)
            others = len(set(running) - known)
            if free is None or not is_next or held + others >= self.limit:
                if free is not None:
                    os.close(free)
                return Occupied(held=held, others=others, is_next=is_next)
            write_note(free, None)  # of one who was killed
            return Slot(free, free_number)

    @contextmanager
    def _looking(self) -> Iterator[bool]:
        """One at a time: what is counted has to hold until the slot is taken."""
        gate = try_lock(self._path("gate"))
        try:
            yield gate is not None
        finally:
            if gate is not None:
                os.close(gate)

    def _names(self) -> list[str]:
        """What there is of this account, in order."""
        ours = f"{self.account[:ACCOUNT_DIGITS]}-"
        names = (path.name for path in (self.folder / SLOTS).iterdir())
        return sorted(name.removeprefix(ours) for name in names if name.startswith(ours))

    def _numbers(self, names: Iterable[str]) -> list[int]:
        """Of all slots that there are: another process may have a higher limit."""
        found = (name.removesuffix(".slot") for name in names if name.endswith(".slot"))
        return sorted({*range(self.limit), *(int(each) for each in found if each.isdecimal())})

    def _is_anybody_before(self, ticket: Ticket | None, names: Iterable[str]) -> bool:
        for name in names:
            if not name.endswith(".wait"):
                continue
            path = self._path(name)
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
