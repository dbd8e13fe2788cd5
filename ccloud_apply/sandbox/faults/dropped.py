"""A connection that ends without a whole answer."""

from typing import Literal

Phase = Literal["connect", "before", "after", "body"]


class ConnectionDropped(Exception):
    """Raised out of the app in place of an answer; whoever carries the bytes ends the connection.

    `phase`: the client could not even connect; it ended before the platform saw the request, after
    the platform acted, or in the middle of the answer's body.
    """

    def __init__(self, phase: Phase) -> None:
        super().__init__(phase)
        self.phase: Phase = phase
