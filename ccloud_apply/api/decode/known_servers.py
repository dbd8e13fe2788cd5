"""Decoding a list that is read again and again: a row that is as it was is not decoded once more.

An apply reads the servers of its stack each time that some of them have ended. Most rows of a read
are those of the one before.
"""

import marshal
from typing import Any

from ccloud_apply.api.decode.server import decode_server
from ccloud_apply.model.live.account import LiveServer

_MOST = 5000
"""Servers that are remembered at most: each takes some kilobytes."""
_BY_VALUE = 2
"""The version of the format that knows no references: equal bytes are equal rows, and `true` is not
1, nor 1 the same as 1.0."""


class KnownServers:
    """The newest row of each server, and what it was decoded to. For one account."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[bytes, LiveServer]] = {}

    def decode(self, row: Any, place: str = "") -> LiveServer:
        """As `decode_server`. Raises Unreadable."""
        number = row.get("id") if isinstance(row, dict) else None
        if not isinstance(number, int):
            return decode_server(row, place)
        told = marshal.dumps(row, _BY_VALUE)
        known = self._known.get(number)
        if known is not None and known[0] == told:
            return known[1]
        server = decode_server(row, place)
        if known is not None or len(self._known) < _MOST:
            self._known[number] = (told, server)
        return server
