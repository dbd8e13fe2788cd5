"""A connection that ends without a complete answer."""

from typing import Literal

Phase = Literal["connect", "before", "after", "body"]


class ConnectionDropped(Exception):
    """Raised out of the app instead of an answer; the server has to end the connection.

    `phase` is `connect` if the client could not even connect. Otherwise the connection ended
    `before` the platform saw the request, `after` it acted, or within the answer's `body`.
    """

    def __init__(self, phase: Phase) -> None:
        super().__init__(phase)
        self.phase: Phase = phase
