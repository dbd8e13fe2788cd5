"""What all clients of one account share beside this process: when a request may leave.

How the requests of one client wait for each other is `level.py` and `admission.py`. A fleet keeps
permits in its database; one client alone needs none.
"""

from typing import Protocol


class Permits(Protocol):
    """Hands out permits, one for each request. Neither function fails."""

    async def acquire(self) -> None:
        """Return once one more request may leave."""
        ...

    async def close_for(self, seconds: float) -> None:
        """The API has asked for a pause: none may leave for so many seconds, whoever sends it."""
        ...


class NoPermits:
    """Lets every request leave: what this client knows of limits is its own."""

    async def acquire(self) -> None:
        """At once."""

    async def close_for(self, seconds: float) -> None:
        """Nobody else is told."""
