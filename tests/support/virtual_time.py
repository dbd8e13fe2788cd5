"""Virtual time for tests, which begins at a fixed moment."""

from datetime import UTC, datetime

from ccloud_apply import virtual_time
from ccloud_apply.virtual_time import Deadlock, run_virtually

__all__ = ["START", "Deadlock", "VirtualClock", "run_virtually"]

START = datetime(2027, 1, 1, tzinfo=UTC)


class VirtualClock(virtual_time.VirtualClock):
    """The product's own, from START on."""

    def __init__(self) -> None:
        super().__init__(START)
