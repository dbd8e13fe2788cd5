"""Group commit: records that are ready together share one write and one sync, off the event loop.

While a batch is on its way to the disk, nothing else waits for it, and what comes meanwhile is the
next batch. How records are written is `file.py`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from ccloud_apply.concurrency import OffLoop, Revocable

Record: TypeAlias = Mapping[str, Any]


class _Batch:
    """Records that are written together, and who waits for each."""

    def __init__(self, write: Callable[[Sequence[Record]], Sequence[Record]]) -> None:
        self.records: list[Record] = []
        self.waiters: list[asyncio.Future[None]] = []
        self.writing = Revocable(lambda: write(self.records))
        """Done by the thread or by `close`."""


class GroupCommit:
    """Brings records to the disk, in the order in which they come.

    `write` puts several of them there, all or none; it blocks, and is never called twice at a time.
    It gives back the records as they were written, for each of which `note` is called, in the loop.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Record]], Sequence[Record]],
        note: Callable[[Record], None],
        off_loop: OffLoop,
    ) -> None:
        self._write = write
        self._note = note
        self._off_loop = off_loop
        self._next = _Batch(write)
        self._current: _Batch | None = None
        self._is_closed = False

    async def add(self, record: Record) -> None:
        """Come back once it is on the disk; raises what `write` does, and then it is not.

        Whoever is cancelled meanwhile does not take it back: it is written all the same.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        batch = self._next
        batch.records.append(record)
        batch.waiters.append(waiter)
        if self._current is None and len(batch.records) == 1:
            loop.call_soon(self._begin)  # with all that is added before the loop looks again
        await waiter

    def close(self) -> None:
        """Come back once all that was added is written, as far as that is possible."""
        self._is_closed = True
        for batch in (self._current, self._next):
            if batch is not None and batch.records:
                with suppress(OSError):  # whoever waited for it is gone
                    batch.writing()

    def _begin(self) -> None:
        if self._is_closed or self._current is not None or not self._next.records:
            return
        batch, self._next = self._next, _Batch(self._write)
        self._current = batch
        try:
            written = self._off_loop(batch.writing)
        except OSError as error:  # a thread that is free later must not write it either
            self._end(batch, batch.writing.revoke() or error)
        else:
            written.add_done_callback(
                lambda ended: self._end(batch, ended.exception() or ended.result() or ())
            )

    def _end(self, batch: _Batch, ended: Sequence[Record] | BaseException) -> None:
        self._current = None
        failure = ended if isinstance(ended, BaseException) else self._note_all(ended)
        for waiter in batch.waiters:
            if waiter.done():
                continue  # it was cancelled
            if failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(failure)
        self._begin()

    def _note_all(self, records: Sequence[Record]) -> Exception | None:
        try:
            for record in records:
                self._note(record)
        except Exception as bug:  # without it who waits would wait for ever
            return bug
        return None
