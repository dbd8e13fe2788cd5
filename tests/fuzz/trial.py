"""One input and its law: with limits of time, and a file for what breaks the law."""

import hashlib
import signal
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tests.fuzz.target import MAX_BYTES, Target

CPU_LIMIT_S = 20
"""More than any input of `MAX_BYTES` takes on a slow machine, and less than one takes for which the
time grows with the square of its length."""

HANG_LIMIT_S = 300
"""An input that takes so long, however busy the machine is, waits for what never comes."""


class TooSlowError(Exception):
    """An input took more processor time than any may, or does not end at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a target: how many inputs were tried, and what broke the law, if anything."""

    target: str
    tried: int
    failure: str = ""
    kept_in: str = ""


def try_input(target: Target, data: bytes) -> None:
    """Raises what the target's check raises, and TooSlowError."""
    with hang_limit(HANG_LIMIT_S), cpu_limit(CPU_LIMIT_S):
        target.check(data[:MAX_BYTES])


def cpu_limit(seconds: float) -> AbstractContextManager[None]:
    """Raises TooSlowError inside if it takes more processor time, however busy the machine is."""
    words = f"still busy after {seconds:g} s of processor time"
    return _limit(signal.ITIMER_VIRTUAL, signal.SIGVTALRM, seconds, words)


def hang_limit(seconds: float) -> AbstractContextManager[None]:
    """Raises TooSlowError inside if it has not ended by then: something that waits uses no
    processor time."""
    words = f"not at its end after {seconds:g} s"
    return _limit(signal.ITIMER_REAL, signal.SIGALRM, seconds, words)


@contextmanager
def _limit(timer: int, number: int, seconds: float, words: str) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlowError(words)

    before = signal.signal(number, stop)
    try:  # the limit may be reached at any time from here on
        signal.setitimer(timer, seconds)
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)


def keep(folder: Path, target: Target, data: bytes) -> str:
    """Keep an input that broke the law, under a name made of its contents."""
    place = folder / target.name
    place.mkdir(parents=True, exist_ok=True)
    path = place / hashlib.sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    return str(path)


def explain(error: BaseException) -> str:
    """Where it happened, from our own check on."""
    return "".join(traceback.format_exception(error, limit=-6)).rstrip()
