"""One event loop per command, and what SIGINT, SIGTERM and SIGHUP do to it.

A signal cancels the command, or, while an apply is under way, asks it to stop: what was sent is
noted, nothing more is sent. A second signal ends the process at once. Which exit code that is
belongs to failure.py.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

Value = TypeVar("Value")

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


def heard_signals() -> tuple[signal.Signals, ...]:
    """The signals that stop a command. One that its parent lets it ignore (nohup) stays ignored."""
    there = (getattr(signal, name, None) for name in _NAMES)
    return tuple(
        number for number in filter(None, there) if signal.getsignal(number) is not signal.SIG_IGN
    )


class Interrupted(BaseException):
    """The command was stopped by a signal, cleanly."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Stop:
    """Whether somebody asked the command to stop; `number` is the signal, 0 while nobody did."""

    def __init__(self, task: asyncio.Task[object]) -> None:
        self.event = asyncio.Event()
        self.number = 0
        self._task = task
        self._is_watched = False

    @contextmanager
    def watched(self) -> Iterator[asyncio.Event]:
        """While inside, a signal sets the event instead of cancelling."""
        self._is_watched = True
        try:
            yield self.event
        finally:
            self._is_watched = False

    def receive(self, number: int) -> None:
        """A signal has come."""
        if self.number:
            os._exit(128 + number)
        self.number = number
        self.event.set()
        if not self._is_watched:
            self._task.cancel()


def run_until_signal(command: Callable[[Stop], Awaitable[Value]]) -> Value:
    """Run the command to its end. Raises Interrupted if a signal cancelled it."""

    async def main() -> Value:
        task = asyncio.current_task()
        assert task is not None
        stop = Stop(task)
        loop = asyncio.get_running_loop()
        for number in numbers:
            with suppress(NotImplementedError, RuntimeError):  # no such thing on Windows
                loop.add_signal_handler(number, stop.receive, number)
        try:
            return await command(stop)
        except asyncio.CancelledError:
            if stop.number:
                raise Interrupted(stop.number) from None
            raise

    numbers = heard_signals()
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        return asyncio.run(main())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
