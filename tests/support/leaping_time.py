"""Real sockets and real databases in a time that a test moves on: whoever waits at most ten seconds
has waited for ten seconds as soon as the other side says so, and never because the machine is busy.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Value = TypeVar("_Value")


class _LeapingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.ahead_s = 0.0
        super().__init__()

    def time(self) -> float:
        return super().time() + self.ahead_s


def leap(seconds: float) -> None:
    """So many seconds have gone by for everybody in the running loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _LeapingLoop)
    loop.ahead_s += seconds


def run_leaping(main: Coroutine[Any, Any, _Value]) -> _Value:
    """Run a coroutine to its end in a loop that can leap."""
    with asyncio.Runner(loop_factory=_LeapingLoop) as runner:
        return runner.run(main)
